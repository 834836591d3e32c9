"""Connections that may be open: so many, of one address at most three quarters of them, and none that asks nothing.

uvicorn closes a connection that has been answered and asks nothing more, but neither one that never asked nor one whose
request has half a head. Each takes a file of the process, and without a free one no connection is accepted at all.
"""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress
from functools import partial
from typing import Any

from uvicorn import Config
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware
from uvicorn.protocols.http.h11_impl import H11Protocol

from resnet_demo.page.attendance import address_of

ASK_WITHIN = 15.0
"""Seconds after which a connection has to have sent the whole head of a request."""

FILES_BESIDES = 512
"""Files that a server has open besides its connections, at most: networks, photos, exports."""

REFUSED = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 60\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Connections:
    """All that are open. ``proxies`` are addresses as uvicorn's ``forwarded_allow_ips`` takes them; one of these may
    have as many connections as there are."""

    def __init__(self, most: int, proxies: str) -> None:
        self._most, self._each = most, 3 * most // 4
        self._proxies = ProxyHeadersMiddleware(_nothing, proxies).trusted_hosts
        self._open: dict[_Connection, str] = {}  # the oldest first

    def limit(self, config: Config) -> None:
        """Have a server of this configuration keep to these, from its next connection on."""
        config.http_protocol_class = partial(_Connection, self)  # type: ignore[assignment]

    def enter(self, new: _Connection, host: str) -> bool:
        """Whether there is a place for one more; it may be that of one that asks nothing."""
        address = address_of(host)
        if host not in self._proxies:
            here = [each for each, other in self._open.items() if other == address]
            if len(here) >= self._each and not self._close_one(here):
                return False
        if len(self._open) >= self._most and not self._close_one(list(self._open)):
            return False
        self._open[new] = address
        return True

    def leave(self, gone: _Connection) -> None:
        self._open.pop(gone, None)

    def _close_one(self, among: list[_Connection]) -> bool:
        for each in among:
            if each.asks_nothing:
                self.leave(each)
                each.transport.abort()
                return True
        return False


class _Connection(H11Protocol):
    """uvicorn's, which ends where nothing is asked in time."""

    def __init__(self, connections: Connections, **given: Any) -> None:
        super().__init__(**given)
        self._all, self._refused = connections, False
        self._due: asyncio.TimerHandle | None = None

    @property
    def asks_nothing(self) -> bool:
        """Whether no request is being answered here."""
        return self.cycle is None or self.cycle.response_complete

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._refused = not self._all.enter(self, self.client[0] if self.client else "")
        if self._refused:
            transport.write(REFUSED)
            transport.close()
        else:
            self._wait()

    def data_received(self, data: bytes) -> None:
        if self._refused:
            return
        super().data_received(data)
        if self.asks_nothing:
            self._wait()
        else:
            self._stop_waiting()

    def connection_lost(self, exc: Exception | None) -> None:
        self._all.leave(self)
        self._stop_waiting()
        super().connection_lost(exc)

    def _wait(self) -> None:
        """From its first byte on: one byte more does not buy more time."""
        if self._due is None:
            self._due = self.loop.call_later(ASK_WITHIN, self.transport.abort)

    def _stop_waiting(self) -> None:
        if self._due is not None:
            self._due.cancel()
            self._due = None


def allow_files(connections: int) -> int:
    """Raise this process's limit on open files to what so many connections take. Returns how many there is room for."""
    if sys.platform == "win32":
        return connections
    import resource

    wanted = connections + FILES_BESIDES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(hard, wanted)
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return connections if soft == resource.RLIM_INFINITY else max(8, min(connections, soft - FILES_BESIDES))


async def _nothing(*_: Any) -> None:
    """An application that is never asked."""
