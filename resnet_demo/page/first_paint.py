"""The page's first second: title, style sheets and a still outline, put into the HTML before Gradio's scripts run.

Gradio adds what it is given for <head> only after its own scripts have started, too late for a theme or a language.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, MutableMapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from resnet_demo.page.sub_path import address_of, own_path

STATIC = Path(__file__).resolve().parent / "static"
TITLE = "ResNet stages"
DESCRIPTION = (
    "What does each stage of a residual network look at? Top-5 labels, feature maps and Grad-CAM of every stage."
)

CARD = "card.jpg"
CARD_SIZE = (1200, 630)
CARD_SHOWS = (
    "The line from a photo of a koala through the five stages of a ResNet to its label, with a map of each stage"
)

POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",  # Gradio starts from inline scripts and compiles templates
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "media-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
    )
)
"""What the browser lets the page load: nothing from elsewhere, whatever a script might ask for. Frames are let in."""

_OTHERS_PREVIEW = re.compile(rb"<meta\s+(property=.og:|name=.twitter:)[^>]*>\s*")
"""Gradio's lines for previews of a link, which show Gradio."""

_FORM = b'"auth_required":true'
"""What Gradio writes into the page where somebody has to sign in first."""

_FRAMES = "<style>input, button { border: 1px solid !important; border-radius: 6px !important }</style>"
"""The page's theme has no frames around fields: the form would show none."""

HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
)


class FirstPaint:
    """ASGI middleware that completes the HTML of the page at "/", and says what it may load."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(
        self, scope: MutableMapping[str, Any], receive: Any, send: Callable[..., Awaitable[None]]
    ) -> None:
        if scope["type"] != "http" or own_path(scope) != "/" or scope["method"] != "GET":
            return await self._app(scope, receive, send)
        start: dict[str, Any] = {}
        body = bytearray()

        async def hold(message: dict[str, Any]) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
                return
            body.extend(message.get("body", b""))
            if message.get("more_body"):
                return
            whole = complete(bytes(body), address_of(scope))
            headers = [(n, v) for n, v in start["headers"] if n.lower() != b"content-length"]
            headers += [(b"content-length", str(len(whole)).encode()), *HEADERS]
            await send({**start, "headers": headers})
            await send({"type": "http.response.body", "body": whole})

        await self._app(scope, receive, hold)


def complete(html: bytes, address: str | None = None) -> bytes:
    """``html`` with our lines at the end of its head, and the outline at the top of its body.

    ``address`` is the page's own, for those who show a picture of it beside a link: they take absolute addresses only.
    """
    html = _OTHERS_PREVIEW.sub(b"", html)
    if _FORM in html:
        return html.replace(b"</head>", f"<title>{TITLE}</title>{_FRAMES}</head>".encode(), 1)
    html = html.replace(b"</head>", _head() + _preview(address) + b"</head>", 1)
    at = html.find(b"<gradio-app")
    return html if at < 0 else html[:at] + _outline() + html[at:]


@cache
def _head() -> bytes:
    boot = (STATIC / "boot.js").read_text(encoding="utf-8")
    # Written into the page: browsers fetch an icon again each time the address bar changes.
    icon = "data:image/svg+xml," + quote((STATIC / "icon.svg").read_text(encoding="utf-8").strip())
    return f"""
<title>{TITLE}</title>
<meta name="description" content="{DESCRIPTION}" />
<meta property="og:type" content="website" />
<meta property="og:title" content="{TITLE}" />
<meta property="og:description" content="{DESCRIPTION}" />
<link rel="icon" href="{icon}" type="image/svg+xml" />
<script>{boot}</script>
<link rel="stylesheet" href="ui/tokens.css" />
<link rel="stylesheet" href="ui/page/static/page.css" />
<link rel="modulepreload" href="ui/page/static/page.js" />
""".encode()


def _preview(address: str | None) -> bytes:
    """The picture that goes with a link to the page (https://ogp.me)."""
    if address is None:
        return b""
    width, height = CARD_SIZE
    return f"""<meta property="og:url" content="{address}" />
<meta property="og:image" content="{address}ui/page/static/{CARD}" />
<meta property="og:image:width" content="{width}" />
<meta property="og:image:height" content="{height}" />
<meta property="og:image:alt" content="{CARD_SHOWS}" />
<meta name="twitter:card" content="summary_large_image" />
""".encode()


@cache
def _outline() -> bytes:
    tiles = '<i class="rd-box rd-square"></i>' * 6
    return f"""
<div id="rd-outline" aria-hidden="true">
<div class="rd-header"><b class="rd-title">{TITLE}</b></div>
<div class="rd-columns"><div class="rd-panel rd-tall"></div>
<div class="rd-panel"><i class="rd-box rd-line"></i><i class="rd-box rd-bars"></i>
<div class="rd-tiles">{tiles}</div></div></div>
</div>
""".encode()
