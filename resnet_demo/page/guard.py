"""The guard in front of Gradio: refuses what a stranger has no business asking for, before Gradio sees it.

Gradio fetches addresses that it finds in a request, on any endpoint, and serves some routes that this page has no use
for. The guard lets through the routes the page and its API need and nothing else, reads each request's JSON before
anyone acts on it, and bounds what may be sent. It is plain ASGI, so that streams pass through it untouched.
"""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import unquote

log = logging.getLogger(__name__)

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

LARGEST_JSON = 2_000_000
"""Bytes of a request that is no upload. The page's own are some thousands."""

READ = (
    r"/|/config/?|/theme\.css|/favicon\.ico|/manifest\.json|/robots\.txt|/healthz|/readyz|/assets/.+|/static/.+"
    r"|/ui/.+"
    r"|/gradio_api/(info/?|openapi\.json|app_id/?|startup-events|theme\.css|upload_progress|queue/(data|status)"
    r"|heartbeat/[\w-]+|call/(v2/)?[\w-]+/[\w-]+|file=.+|file/.+)"
)
WRITE = r"/gradio_api/(upload|queue/join|cancel|reset/?|call/(v2/)?[\w-]+/?|run/[\w-]+/?|api/[\w-]+/?)"
MCP = r"/gradio_api/mcp(/.*)?"
ADDRESS = re.compile(r"^[a-z][a-z0-9+.-]+:|^//", re.IGNORECASE)
UPLOAD = "/gradio_api/upload"


class Refused(Exception):
    """Why a request goes no further: an HTTP status and a sentence for whoever sent it."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status, self.sentence = status, sentence


class Guard:
    """ASGI middleware. ``largest_upload`` bounds the bytes of one upload request, ``mcp`` opens the MCP routes.

    With ``verbose`` each request is logged with its status and time; of a file's path no more than the route.
    """

    def __init__(self, app: App, largest_upload: int, mcp: bool = False, verbose: bool = False) -> None:
        self._app, self._largest_upload, self._verbose = app, largest_upload, verbose
        self._read = re.compile(f"(?:{READ}{'|' + MCP if mcp else ''})")
        self._write = re.compile(f"(?:{WRITE}{'|' + MCP if mcp else ''})")

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
            await send(message)

        try:
            await self._app(scope, await self._admit(scope, receive), watched)
        except Refused as refused:  # at the door, or when an upload grew past its limit while it was being read
            if not status:
                await _answer(watched, refused)
        finally:
            if self._verbose:
                route = re.split(r"(?<=file=)|(?<=file/)", scope["path"], maxsplit=1)[0]
                log.info("%s %s %d %.0f ms", scope["method"], route[:120], status, 1000 * (time.perf_counter() - began))

    async def _admit(self, scope: Scope, receive: Receive) -> Receive:
        path, method = scope["path"], scope["method"]
        if method in ("GET", "HEAD"):
            if not self._read.fullmatch(path):
                raise Refused(404, "There is nothing here.")
            _check_file(path)
            _check_query(scope["query_string"])
            return receive
        if method == "OPTIONS":
            return receive
        if method not in ("POST", "DELETE") or not self._write.fullmatch(path):
            raise Refused(404, "There is nothing here.")
        declared = _declared_length(scope)
        if path == UPLOAD:
            if declared is not None and declared > self._largest_upload:
                raise Refused(413, f"An upload may have at most {self._largest_upload:,} bytes in all.")
            return _bounded(receive, self._largest_upload)
        if declared is not None and declared > LARGEST_JSON:
            raise Refused(413, f"A request may have at most {LARGEST_JSON:,} bytes; photos are uploaded as files.")
        body = await _whole(receive, LARGEST_JSON)
        check_json(body)
        return _again(body, receive)


def check_json(body: bytes) -> None:
    """Raise ``Refused`` for a body that would make Gradio fetch an address or decode inline data, or is no JSON."""
    if not body.strip():
        return
    try:
        # Gradio reads the body as JSON whatever its content type says, and takes the last of two equal names: see all.
        json.loads(body, object_pairs_hook=_check_object)
    except Refused:
        raise
    except (ValueError, RecursionError):
        raise Refused(400, "The request is not readable JSON.") from None


def _check_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    for name, value in pairs:
        if not isinstance(value, str):
            continue
        if name == "path" and ADDRESS.match(value.strip()):
            raise Refused(400, "Photos are uploaded as files: this server fetches no addresses.")
        if name == "url" and value.strip().lower().startswith("data:"):
            raise Refused(400, "Photos are uploaded as files, not written into the request.")
    return dict(pairs)


def _check_file(path: str) -> None:
    """``file=`` serves files of this server's own making; with an address in place of a path it would be a proxy."""
    match = re.match(r"/gradio_api/file[=/](.*)", path, re.DOTALL)
    if not match:
        return
    asked = match[1]
    for _ in range(4):
        if ADDRESS.match(asked.strip().lstrip("/")) or ADDRESS.match(asked.strip()):
            raise Refused(403, "This server fetches no addresses.")
        asked = unquote(asked)


def _check_query(query: bytes) -> None:
    # Gradio's own deep links read session values from disk; this page has links of its own.
    if b"deep_link=" in query.replace(b"%5F", b"_").replace(b"%5f", b"_"):
        raise Refused(404, "There is nothing here.")


def _declared_length(scope: Scope) -> int | None:
    for name, value in scope["headers"]:
        if name == b"content-length":
            try:
                return int(value)
            except ValueError:
                raise Refused(400, "The request's length can't be read.") from None
    return None


async def _whole(receive: Receive, most: int) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise Refused(400, "The request broke off.")
        body += message.get("body", b"")
        if len(body) > most:
            raise Refused(413, f"A request may have at most {most:,} bytes; photos are uploaded as files.")
        if not message.get("more_body"):
            return bytes(body)


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


def _bounded(receive: Receive, most: int) -> Receive:
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > most:
            raise Refused(413, f"An upload may have at most {most:,} bytes in all.")
        return message

    return counted


async def _answer(send: Send, refused: Refused) -> None:
    body = json.dumps({"error": refused.sentence}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": refused.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
