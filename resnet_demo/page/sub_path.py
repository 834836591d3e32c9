"""The page below a path of somebody else's server, ``https://example.org/resnet/``, whatever the proxy between does.

A proxy may strip that path from a request or leave it in, and may say it (``X-Forwarded-Prefix``) or not. Behind this
middleware the request looks as ASGI has it: ``path`` begins with ``root_path``, and what follows is the page's own.
Where nothing tells the path, the browser knows it: ``static/boot.js`` takes the page's root from its address.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]

_PREFIX = re.compile(r"(/[\w.~-]+)+")
_HOST = re.compile(r"([\w.-]+|\[[0-9a-fA-F:.]+\])(:\d{1,5})?", re.ASCII)


class SubPath:
    """ASGI middleware. ``root_path`` is the setting, "" where there is none; a proxy's header goes before it."""

    def __init__(self, app: Callable[..., Awaitable[None]], root_path: str = "") -> None:
        self._app, self._root_path = app, root_path.rstrip("/")

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and (root := _said_by_a_proxy(scope) or self._root_path):
            own = own_path({**scope, "root_path": root})
            scope = {**scope, "root_path": root, "path": root + own, "raw_path": (root + own).encode()}
        await self._app(scope, receive, send)


def own_path(scope: Scope) -> str:
    """The path of a request below the page's root."""
    path, root = scope["path"], scope.get("root_path", "")
    return path.removeprefix(root) or "/" if path == root or path.startswith(f"{root}/") else path


def address_of(scope: Scope) -> str | None:
    """The address of the page as its visitor knows it, ending in a slash; None where the request's host is no plain
    one. A proxy's ``X-Forwarded-Proto`` and ``X-Forwarded-Host`` go before the connection's own."""
    host = _header(scope, b"x-forwarded-host") or _header(scope, b"host")
    scheme = _header(scope, b"x-forwarded-proto") or scope.get("scheme", "http")
    if scheme not in ("http", "https") or not _HOST.fullmatch(host):
        return None
    return f"{scheme}://{host}{scope.get('root_path', '')}/"


def _said_by_a_proxy(scope: Scope) -> str:
    """What a request says of itself concerns its own answer alone; what is no plain path is not heard."""
    said = _header(scope, b"x-forwarded-prefix").rstrip("/")
    return said if _PREFIX.fullmatch(said) else ""


def _header(scope: Scope, name: bytes) -> str:
    """What the first of a row of proxies said in this header, "" where none did."""
    return dict(scope["headers"]).get(name, b"").decode("latin-1").split(",")[0].strip()
