"""The page's first second, put into Gradio's HTML."""

from __future__ import annotations

from typing import Any

import httpx

from resnet_demo.page.first_paint import FirstPaint, complete
from tests.page.running import run
from tests.serving import Server


def served(path: str, method: str = "GET") -> tuple[dict[bytes, bytes], bytes]:
    """The headers and body of an app that sends its HTML in two parts."""
    html = b"<html><head></head><body><gradio-app></gradio-app></body></html>"
    sent: list[dict[str, Any]] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        headers = [(b"content-type", b"text/html"), (b"content-length", str(len(html)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": html[:20], "more_body": True})
        await send({"type": "http.response.body", "body": html[20:]})

    async def send(message: Any) -> None:
        sent.append(message)

    run(FirstPaint(app)({"type": "http", "path": path, "method": method}, None, send))
    return dict(sent[0]["headers"]), b"".join(m.get("body", b"") for m in sent[1:])


def test_the_pages_html_is_completed_and_its_length_is_right() -> None:
    headers, body = served("/")
    assert b"ui/page/static/page.css" in body and b'id="rd-outline"' in body
    assert body.index(b"rd-outline") < body.index(b"<gradio-app")
    assert int(headers[b"content-length"]) == len(body)


def test_other_answers_pass_untouched() -> None:
    for path, method in (("/config", "GET"), ("/", "HEAD")):
        headers, body = served(path, method)
        assert b"rd-outline" not in body and b"content-security-policy" not in headers


def test_html_without_gradios_element_is_left_alone_but_for_the_head() -> None:
    assert complete(b"<p>no</p>") == b"<p>no</p>"


def test_the_browser_is_told_to_load_nothing_from_elsewhere(server: Server) -> None:
    policy = httpx.get(server.url).headers["content-security-policy"]
    sources = {word for rule in policy.split(";") for word in rule.split()[1:]}
    assert sources <= {"'self'", "'unsafe-inline'", "'unsafe-eval'", "'none'", "data:", "blob:"}
