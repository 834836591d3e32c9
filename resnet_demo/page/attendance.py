"""Who is there: which sessions have their page open, and whose answers are waited for.

A browser holds a connection for as long as its page is open (Gradio's heartbeat), and one more while it waits for what
becomes of its work. A session is what these connections say it is: the same name in a request proves nothing. Of what
nobody listens to nothing is kept for longer than a moment, so that nobody can leave work behind for the server to hold.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
import logging
import re
from collections import Counter
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Protocol
from urllib.parse import parse_qs

from resnet_demo.errors import Busy, InputError
from resnet_demo.page.admission import CALL, Refused
from resnet_demo.page.session import Visitors
from resnet_demo.page.sub_path import own_path

log = logging.getLogger(__name__)

Scope = MutableMapping[str, Any]
App = Callable[..., Awaitable[None]]

PAGE = re.compile(r"/gradio_api/heartbeat/([\w-]{1,64})")
JOIN = "/gradio_api/queue/join"
AT_ONCE = "/gradio_api/run/predict"
"""Where events go that wait in no queue: stops, and the wish to have one's photos deleted."""

STREAM = "/gradio_api/queue/data"
ANSWER = re.compile(r"/gradio_api/call/(?:v2/)?[\w-]{1,64}/([\w-]{1,64})")

LISTEN_WITHIN = 30.0
"""Seconds at least that whoever has asked has to listen: events and answers that nobody listens to are dropped."""


@lru_cache(maxsize=4096)
def address_of(host: str | None) -> str:
    """What stands for a caller's host: of IPv6 the network, since one host has as many addresses there as it wants."""
    with suppress(ValueError):
        address = ipaddress.ip_address(host or "")
        if isinstance(address, ipaddress.IPv6Address):
            if address.ipv4_mapped:
                return str(address.ipv4_mapped)
            return str(ipaddress.ip_network((address, 64), strict=False))
    return host or ""


def address_in(scope: Scope) -> str:
    """The address that a request comes from."""
    client = scope.get("client")
    return address_of(client[0] if client else None)


class Events(Protocol):
    """The events of Gradio's queue, by the session that each belongs to (``gradio_internals.QueuedEvents``)."""

    def session_of(self, event: str) -> str:
        """The session of an event; the event's own name where it came without one."""

    def known(self, session: str) -> bool:
        """Whether there is, or may come, anything to be told to this session."""

    def under_way(self, session: str) -> int:
        """How many of its events have not been told to their end."""

    def broken_off(self, session: str) -> bool:
        """Whether one of its events still runs though nobody hears of it any more."""

    async def end(self, session: str) -> None:
        """End the session's events and drop what was to be told of them."""


@dataclass
class Attendance:
    """What there is to know of connections. ``left`` is called, in a thread, for a session that has been without its
    page for ``grace`` seconds. One address may have three quarters of ``most`` events under way, of which those without
    an open page may have half of ``most``; all together may have four times as many as ``most``."""

    visitors: Visitors
    events: Events
    left: Callable[[str], None]
    most: int
    grace: float
    _addresses: dict[str, str] = field(default_factory=dict)  # of sessions with events under way
    _listening: Counter[str] = field(default_factory=Counter)
    _looks: dict[str, object] = field(default_factory=dict)  # by session the look that is due last
    _heard: set[str] = field(default_factory=set)  # sessions that were told all of their events to the end
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def check_room(self, session: str | None, address: str) -> None:
        """Raise ``Refused`` where as many events are under way as may be: at this address, of all there without an open
        page if this session has none, or of all together."""
        for session in [each for each in self._addresses if not self.events.under_way(each)]:
            self._addresses.pop(session)
        under_way = {session: self.events.under_way(session) for session in self._addresses}
        there = [each for each in under_way if self._addresses[each] == address]
        here = sum(under_way[each] for each in there)
        nameless = sum(under_way[each] for each in there if not self.visitors.has_page(each))
        full = here >= 3 * self.most // 4 or sum(under_way.values()) >= 4 * self.most
        if full or nameless >= self.most // 2 and not (session and self.visitors.has_page(session)):
            raise Refused(503, Busy("busy", waiting=here))

    def asked(self, session: str, address: str) -> None:
        """An event of this session has been let in: someone will listen soon."""
        self._addresses[session] = address
        self._heard.discard(session)
        self._look_after(max(self.grace, LISTEN_WITHIN), session)

    def began(self, session: str, address: str, page: bool) -> None:
        """A connection of this session has begun, of its page or of one who listens."""
        if page:
            self.visitors.opened(session, address)
        else:
            self._listening[session] += 1

    async def ended(self, session: str, page: bool) -> None:
        if page:
            self.visitors.closed(session)
        else:
            self._listening[session] -= 1
            if not self._listens(session):
                if self.events.broken_off(session):
                    self.visitors.stop_all(session)
                if not self.events.under_way(session):
                    self._heard.add(session)
                    await self.events.end(session)
        self._look_after(self.grace, session)

    def has_heard(self, session: str) -> bool:
        """Whether this session has been told all there was a moment ago."""
        return session in self._heard

    def _listens(self, session: str) -> bool:
        if self._listening[session] <= 0:
            del self._listening[session]
            return False
        return True

    def _look_after(self, seconds: float, session: str) -> None:
        """Look then whether anybody of this session is there, unless there is a reason to look later."""
        mark = self._looks[session] = object()
        loop = asyncio.get_running_loop()
        loop.call_later(seconds, lambda: self._keep(loop.create_task(self._look(session, mark))))

    def _keep(self, task: asyncio.Task[None]) -> None:
        self._tasks.add(task)  # the loop itself keeps no task
        task.add_done_callback(self._tasks.discard)

    async def _look(self, session: str, mark: object) -> None:
        if self._looks.get(session) is not mark:
            return
        del self._looks[session]
        if self._listens(session):
            return
        self._addresses.pop(session, None)
        self._heard.discard(session)
        await self.events.end(session)
        if not self.visitors.has_page(session):
            await asyncio.to_thread(self.left, session)


class Attending:
    """ASGI middleware that keeps ``attendance``, behind the guard, which answers for what is refused here."""

    def __init__(self, app: App, attendance: Attendance) -> None:
        self._app, self._attendance = app, attendance

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        path, method = own_path(scope), scope["method"]
        if method == "GET" and (page := PAGE.fullmatch(path)):
            await self._during(page[1], True, scope, receive, send)
        elif method == "GET" and path == STREAM:
            session = parse_qs(scope["query_string"].decode("latin-1")).get("session_hash", [""])[0]
            if not self._attendance.events.known(session):
                return await _tell_nothing(send, lost=not self._attendance.has_heard(session))
            await self._during(session, False, scope, receive, send)
        elif method == "GET" and (answer := ANSWER.fullmatch(path)):
            session = self._attendance.events.session_of(answer[1])
            if not self._attendance.events.known(session):
                raise Refused(404, InputError("answer-gone"))
            await self._during(session, False, scope, receive, send)
        elif method == "POST" and (path == JOIN or re.fullmatch(CALL, path)):
            await self._ask(scope, receive, send)
        elif method == "POST" and path.rstrip("/") == AT_ONCE:
            await self._end(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _during(self, session: str, page: bool, scope: Scope, receive: Any, send: Any) -> None:
        self._attendance.began(session, address_in(scope), page)
        over = False

        async def end() -> None:
            nonlocal over
            if not over:
                over = True
                await asyncio.shield(self._attendance.ended(session, page))

        async def told(message: Any) -> None:
            if message["type"] == "http.response.body" and not message.get("more_body"):
                await end()  # first, so that whoever has heard the last word and asks again finds it gone
            await send(message)

        try:
            await self._app(scope, receive, told)
        finally:
            await end()

    async def _end(self, scope: Scope, receive: Any, send: Any) -> None:
        """Of a session that nothing is known of there is nothing to stop or delete, and Gradio is not told of it: for
        every new name it would make a state of all components."""
        message = await receive()
        session = json.loads(message["body"]).get("session_hash")
        if session and (self._attendance.visitors.knows(session) or self._attendance.events.known(session)):
            return await self._app(scope, _first(message, receive), send)
        body = json.dumps({"data": [], "is_generating": False, "duration": 0.0}).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _ask(self, scope: Scope, receive: Any, send: Any) -> None:
        address = address_in(scope)
        message = await receive()  # whole: the guard has read it
        sent = json.loads(message["body"])
        self._attendance.check_room(sent.get("session_hash"), address)
        status, told = 0, bytearray()

        async def heard(message: Any) -> None:
            nonlocal status
            status = message.get("status", status)
            told.extend(message.get("body", b""))
            await send(message)

        await self._app(scope, _first(message, receive), heard)
        if status == 200:
            self._attendance.asked(sent.get("session_hash") or json.loads(told)["event_id"], address)


def _first(message: Any, receive: Any) -> Callable[[], Awaitable[Any]]:
    """What gives a message that has been read already, then those that come."""
    read = [message]

    async def again() -> Any:
        return read.pop() if read else await receive()

    return again


async def _tell_nothing(send: Any, lost: bool) -> None:
    """What Gradio's own scripts understand: the stream is over, and what was awaited ``lost`` unless it has been told.

    An event's number can reach them after its end, which they heard by the stream of the one before. Of a stream that
    is not said to be over they believe that it is open, and listen to nothing that they ask for later.
    """
    failed = {"msg": "unexpected_error", "message": "", "session_not_found": False, "success": False}
    said = [failed] * lost + [{"msg": "close_stream"}]
    headers = [(b"content-type", b"text/event-stream; charset=utf-8")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"".join(b"data: %s\n\n" % json.dumps(m).encode() for m in said)})
