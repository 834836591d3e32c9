"""Connections: so many, none that asks nothing, and always room for one that asks."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn

from resnet_demo.page import connections as connections_module
from resnet_demo.page.connections import Connections
from tests.page.running import run

MOST = 8
HEAD = b"GET / HTTP/1.1\r\nHost: localhost\r\n"


@asynccontextmanager
async def served(proxies: str = "") -> AsyncIterator[tuple[int, asyncio.Event]]:
    """A port where every request is answered once the event is set."""
    go = asyncio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await go.wait()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})

    config = uvicorn.Config(app, port=0, log_level="warning", lifespan="off", forwarded_allow_ips=proxies)
    config.load()
    Connections(MOST, proxies).limit(config)
    server = uvicorn.Server(config)
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as listening:
        task = asyncio.create_task(server.serve([listening]))
        yield listening.getsockname()[1], go
        go.set()
        server.should_exit = server.force_exit = True
        await task


async def connect(port: int, sent: bytes = b"", host: str = "127.0.0.1") -> tuple[Any, Any]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(host, 0))
    writer.write(sent)
    await writer.drain()
    return reader, writer


async def answered(reader: Any) -> bytes:
    try:
        return await asyncio.wait_for(reader.read(12), 30)
    except ConnectionError:
        return b""


@pytest.mark.parametrize("sent", [b"", HEAD, b"GET"])
def test_who_asks_nothing_is_disconnected(monkeypatch: pytest.MonkeyPatch, sent: bytes) -> None:
    monkeypatch.setattr(connections_module, "ASK_WITHIN", 0.05)

    async def scene() -> None:
        async with served() as (port, go):
            reader, writer = await connect(port, sent)
            while not reader.at_eof() and reader.exception() is None:
                writer.write(b"X")  # one byte more buys no more time
                await asyncio.sleep(0.01)
            asking, _ = await connect(port, HEAD + b"\r\n")
            await asyncio.sleep(0.1)
            go.set()
            assert await answered(asking) == b"HTTP/1.1 200", "who asks is waited for"

    run(scene())


def test_however_many_ask_nothing_one_that_asks_is_answered() -> None:
    async def scene() -> None:
        async with served() as (port, go):
            go.set()
            silent = [await connect(port) for _ in range(5 * MOST)]
            asking, _ = await connect(port, HEAD + b"\r\n")
            assert await answered(asking) == b"HTTP/1.1 200"
            closed = await asyncio.gather(*(answered(reader) for reader, _ in silent[: 4 * MOST]))
            assert not any(closed)

    run(scene())


def test_one_address_holds_three_quarters_and_leaves_the_rest_to_others() -> None:
    async def scene() -> None:
        async with served() as (port, go):
            flood = [await connect(port, HEAD + b"\r\n") for _ in range(3 * MOST)]
            told = await asyncio.gather(*(answered(reader) for reader, _ in flood[3 * MOST // 4 :]))
            assert set(told) == {b"HTTP/1.1 503"}
            other, _ = await connect(port, HEAD + b"\r\n", host="127.0.0.2")
            go.set()
            assert await answered(other) == b"HTTP/1.1 200"
            held = await asyncio.gather(*(answered(reader) for reader, _ in flood[: 3 * MOST // 4]))
            assert set(held) == {b"HTTP/1.1 200"}

    run(scene())


def test_a_trusted_proxy_may_hold_all_of_them() -> None:
    async def scene() -> None:
        async with served("127.0.0.0/8") as (port, go):
            held = [await connect(port, HEAD + b"\r\n") for _ in range(MOST)]
            beyond, _ = await connect(port, HEAD + b"\r\n")
            assert await answered(beyond) == b"HTTP/1.1 503"
            go.set()
            assert {await answered(reader) for reader, _ in held} == {b"HTTP/1.1 200"}

    run(scene())
