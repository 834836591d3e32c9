"""The guard in front of Gradio: refuses what a stranger has no business asking for, before Gradio sees it.

It lets through what ``admission.py``, ``sites.py`` and ``entrance.py`` admit, bounds how much is sent by everybody and
from one address and how slowly, and turns whatever breaks behind it into one sentence. It is plain ASGI, so that
streams pass through it untouched.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
import time
from collections import Counter
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

from resnet_demo.errors import InputError
from resnet_demo.page.admission import MCP, UPLOAD, Doors, Refused
from resnet_demo.page.attendance import address_in
from resnet_demo.page.entrance import Entrance
from resnet_demo.page.errors import said
from resnet_demo.page.sites import Sites
from resnet_demo.page.sub_path import own_path

log = logging.getLogger(__name__)

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


RETRY_AFTER = 60
"""Seconds after which a server that is busy may be asked again."""


LEAST_RATE = 4_000
"""Bytes a second that a request has to bring while it arrives."""


@dataclass(frozen=True)
class Limits:
    """Bytes of one upload request, of all that are arriving together, of any other request, of one call of a tool,
    which has photos in it, and of all of these that are held together, of which one address has at most three quarters;
    how many seconds may bring less than ``LEAST_RATE``, and how many one request may arrive."""

    upload: int
    uploads: int
    other: int = 200_000
    tool: int = 2_000_000
    tools: int = 8_000_000
    silence: float = 30.0
    arrival: float = 600.0


class Budget:
    """Bytes that are arriving or held, of all addresses together at most ``most``, of one address three quarters or
    ``one``, whichever is more."""

    def __init__(self, most: int, one: int) -> None:
        self._most, self._each = most, max(one, 3 * most // 4)
        self._held: Counter[str] = Counter()

    def take(self, address: str, size: int) -> None:
        """Raises ``Refused`` beyond what there is; ``size`` is held even so, until it is given back."""
        self._held[address] += size
        if self._held[address] > self._each or self._held.total() > self._most:
            raise Refused(503, InputError("uploads-busy"))

    def give_back(self, address: str, size: int) -> None:
        self._held[address] -= size
        if not self._held[address]:
            del self._held[address]


class Arrival:
    """How fast a request arrives: each ``limits.silence`` seconds bring ``LEAST_RATE`` bytes a second at least."""

    def __init__(self, limits: Limits) -> None:
        self._least, self._silence = LEAST_RATE * limits.silence, limits.silence
        self._until = time.monotonic() + limits.arrival
        self._begin()

    def _begin(self) -> None:
        self._began, self._brought = time.monotonic(), 0

    async def next(self, receive: Receive) -> Message:
        """The next part of the request. Raises ``Refused`` where it does not come in time."""
        while True:
            now = time.monotonic()
            if now >= self._began + self._silence:
                if self._brought < self._least:
                    break
                self._begin()
            if now >= self._until:
                break
            try:
                message = await asyncio.wait_for(receive(), min(self._began + self._silence, self._until) - now)
            except TimeoutError:
                continue
            self._brought += len(message.get("body", b""))
            return message
        raise Refused(408, InputError("request-too-slow"))


class Guard:
    """ASGI middleware. With ``verbose`` each request is logged with its status and time."""

    def __init__(
        self,
        app: App,
        doors: Doors,
        limits: Limits,
        sites: Sites | None = None,
        verbose: bool = False,
        entrance: Entrance | None = None,
    ) -> None:
        self._app, self._doors, self._limits = app, doors, limits
        self._sites, self._verbose, self._entrance = sites or Sites("localhost"), verbose, entrance
        self._arriving, self._held = Budget(limits.uploads, limits.upload), Budget(limits.tools, limits.tool)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return await self._app(scope, receive, send)
        if scope["type"] != "http":  # nothing here speaks over web sockets
            return await send({"type": "websocket.close", "code": 1008})
        status, began = 0, time.perf_counter()

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                if status == 503:
                    message["headers"] = [*message["headers"], (b"retry-after", str(RETRY_AFTER).encode())]
                elif status == 401:
                    message["headers"] = [*message["headers"], (b"www-authenticate", b"Bearer")]
            await send(message)

        try:
            self._sites.check(scope, own_path(scope))
            if self._entrance is not None:
                scope = self._entrance.admit(scope, own_path(scope), address_in(scope))
            if own_path(scope) == UPLOAD and scope["method"] == "POST":
                await self._take_upload(scope, receive, watched)
            elif re.fullmatch(MCP, own_path(scope)) and scope["method"] == "POST":
                await self._take_tool_call(scope, receive, watched)
            else:
                await self._app(scope, await self._admit(scope, receive), watched)
        except Refused as refused:  # at the door, or when an upload grew past its limit while it was being read
            if not status:
                await _answer(watched, refused.status, said(refused.error))
        except Exception as error:  # a bug, of ours or Gradio's: logged whole, told as a number
            sentence = said(error)
            if not status:
                await _answer(watched, 500, sentence)
        finally:
            if self._verbose:
                spent = 1000 * (time.perf_counter() - began)
                log.info("%s %s %d %.0f ms", scope["method"], _loggable(own_path(scope)), status, spent)

    async def _admit(self, scope: Scope, receive: Receive) -> Receive:
        path, method = own_path(scope), scope["method"]
        if method in ("GET", "HEAD"):
            self._doors.check_read(path, scope["query_string"])
            return receive
        self._doors.check_write(method, path)
        body = await self._whole(scope, receive, self._limits.other)
        if method == "POST":
            sent = self._doors.check_body(path, body)
            if self._entrance is not None:
                self._entrance.check_event(scope, sent)
        return _again(body, receive)

    async def _take_tool_call(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a call of a tool on whole, its photos within it, while all that are held stay within their limit."""
        address, held = address_in(scope), 0

        def hold(size: int) -> None:
            nonlocal held
            held += size
            self._held.take(address, size)

        try:
            self._doors.check_write("POST", own_path(scope))
            body = await self._whole(scope, receive, self._limits.tool, hold)
            self._doors.check_body(own_path(scope), body)
            await self._app(scope, _again(body, receive), send)
        finally:
            self._held.give_back(address, held)

    async def _take_upload(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand an upload on while it stays within its limit, and all that arrive together within theirs."""
        most, seen, arriving, address = self._limits.upload, 0, True, address_in(scope)
        if (_declared_length(scope) or 0) > most:
            raise _too_large(most)
        arrival = Arrival(self._limits)

        async def counted() -> Message:
            nonlocal seen, arriving
            if not arriving:
                return await receive()
            message = await arrival.next(receive)
            arriving = message["type"] == "http.request" and bool(message.get("more_body"))
            size = len(message.get("body", b""))
            seen += size
            self._arriving.take(address, size)
            if seen > most:
                raise _too_large(most)
            return message

        try:
            await self._app(scope, counted, send)
        finally:
            self._arriving.give_back(address, seen)

    async def _whole(
        self, scope: Scope, receive: Receive, most: int, arrived: Callable[[int], None] = lambda size: None
    ) -> bytes:
        if (_declared_length(scope) or 0) > most:
            raise _too_long(most)
        body, arrival = bytearray(), Arrival(self._limits)
        while True:
            message = await arrival.next(receive)
            if message["type"] != "http.request":
                raise Refused(400, InputError("request-broke-off"))
            arrived(len(message.get("body", b"")))
            body += message.get("body", b"")
            if len(body) > most:
                raise _too_long(most)
            if not message.get("more_body"):
                return bytes(body)


def _declared_length(scope: Scope) -> int | None:
    for name, value in scope["headers"]:
        if name == b"content-length":
            if not value.isdigit():
                raise Refused(400, InputError("request-length-unreadable"))
            return int(value[:20])
    return None


def _again(body: bytes, receive: Receive) -> Receive:
    """A ``receive`` that hands out ``body`` once, and then whatever follows (the news that the client has left)."""
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


def _too_large(most: int) -> Refused:
    return Refused(413, InputError("upload-too-large", limit=most))


def _too_long(most: int) -> Refused:
    return Refused(413, InputError("request-too-large", limit=most))


def _loggable(path: str) -> str:
    """A path of bounded length on one line, whatever a stranger wrote into it, without what may name a file."""
    route = re.split(r"(?<=file=)|(?<=file/)", path, maxsplit=1)[0][:120]
    return route if route.isprintable() else ascii(route)


async def _answer(send: Send, status: int, sentence: str) -> None:
    body = json.dumps({"error": sentence}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
