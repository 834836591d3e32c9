"""The page's first second, put into Gradio's HTML."""

from __future__ import annotations

import io
from html.parser import HTMLParser
from typing import Any

import httpx
from PIL import Image

from resnet_demo.page.first_paint import DESCRIPTION, TITLE, FirstPaint, complete
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

    run(FirstPaint(app)({"type": "http", "path": path, "method": method, "headers": []}, None, send))
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


class Metas(HTMLParser):
    """The <meta> elements of a page by their property or name, in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if tag == "meta" and (name := told.get("property") or told.get("name")):
            self.found.append((name, told.get("content") or ""))


def test_a_link_to_the_page_is_shown_with_its_own_title_words_and_picture_behind_any_proxy(server: Server) -> None:
    for headers, address in (
        ({}, server.url),
        (
            {"x-forwarded-proto": "https", "x-forwarded-host": "example.org", "x-forwarded-prefix": "/resnet"},
            "https://example.org/resnet/",
        ),
    ):
        found = Metas(httpx.get(server.url, headers=headers).text).found
        previews = {name: content for name, content in found if name.startswith(("og:", "twitter:"))}
        assert len(previews) == sum(name.startswith(("og:", "twitter:")) for name, _ in found), "each is said once"
        assert previews["og:title"] == TITLE and previews["og:description"] == DESCRIPTION
        assert previews["og:url"] == address
        assert previews["og:image"].startswith(address)
        picture = httpx.get(previews["og:image"].replace(address, server.url))
        size = Image.open(io.BytesIO(picture.content)).size
        assert size == (int(previews["og:image:width"]), int(previews["og:image:height"]))
        assert not [content for content in previews.values() if "gradio" in content.lower()]


def test_a_host_that_is_none_gets_no_address_of_a_picture(server: Server) -> None:
    found = dict(Metas(httpx.get(server.url, headers={"x-forwarded-host": 'evil"><script>'}).text).found)
    assert "og:image" not in found and found["og:title"] == TITLE
