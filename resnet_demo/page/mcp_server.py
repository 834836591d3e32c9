"""The tools of ``mcp_tools.py`` over the Model Context Protocol, by its own package: streamable HTTP, one answer a
request and no sessions, so that any of several servers may answer."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from mcp import types
from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from starlette.responses import JSONResponse
from starlette.types import Message, Receive, Scope, Send

from resnet_demo.errors import Busy, InputError
from resnet_demo.page.arguments import one_of
from resnet_demo.page.attendance import address_in
from resnet_demo.page.errors import said
from resnet_demo.page.mcp_tools import TOOLS
from resnet_demo.page.streams import at_work

if TYPE_CHECKING:
    from resnet_demo.page.room import Room

NAMED = {tool.name: tool for tool in TOOLS}


class ToolServer:
    """An ASGI application that answers one request at a time, and as many together as the engine lets wait."""

    def __init__(self, room: Room, longest: int) -> None:
        """``longest`` is how many bytes a request may have."""
        self._room, self._longest = room, longest
        self._threads = ThreadPoolExecutor(room.at_once, thread_name_prefix="tool")
        self._running = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "POST":  # no stream that the server begins, and no session to end
            refused = {"error": said(InputError("mcp-only-post"))}
            return await JSONResponse(refused, 405, {"Allow": "POST"})(scope, receive, send)
        body = bytearray()
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        gone = threading.Event()
        watching = asyncio.create_task(_watch(receive, gone))

        async def again() -> Message:
            return {"type": "http.request", "body": bytes(body), "more_body": False}

        manager = StreamableHTTPSessionManager(
            self._server(gone, address_in(scope)),
            json_response=True,
            stateless=True,
            max_request_body_size=self._longest,
        )
        try:
            async with manager.run():
                await manager.handle_request(scope, again, send)
        finally:
            watching.cancel()

    def _server(self, gone: threading.Event, address: str) -> Server[Any, Any]:
        """For one request from ``address``, whose work ends when whoever asked has ``gone``."""
        server: Server[Any, Any] = Server("resnet-stages")

        @server.list_tools()
        async def listed() -> list[types.Tool]:
            return [tool.described() for tool in TOOLS]

        # Arguments are checked by the tools themselves, which say in words what is wrong.
        @server.call_tool(validate_input=False)
        async def called(name: str, given: dict[str, Any]) -> types.CallToolResult:
            try:
                if self._running >= self._room.at_once:
                    raise Busy("busy", waiting=self._running)
                self._running += 1
                try:
                    loop = asyncio.get_running_loop()
                    content = await loop.run_in_executor(self._threads, self._answer, name, given, gone, address)
                finally:
                    self._running -= 1
            except Exception as error:
                text = types.TextContent(type="text", text=said(error))
                return types.CallToolResult(content=[text], isError=True)
            return types.CallToolResult(content=content)

        return server

    def _answer(self, name: str, given: dict[str, Any], gone: threading.Event, address: str) -> list[Any]:
        tool = NAMED[one_of("The tool's name", name, *NAMED)]
        with at_work():
            return list(tool(self._room, given, self._room.waiting(None, stop=gone.is_set, address=address)))


async def _watch(receive: Receive, gone: threading.Event) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    gone.set()
