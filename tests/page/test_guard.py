"""The guard, rule by rule, in front of an app that would say yes to everything."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest

from resnet_demo.page.guard import LARGEST_JSON, Guard, Refused, check_json
from tests.page.running import run


async def _yes(scope: Any, receive: Any, send: Any) -> None:
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


def ask(
    method: str, path: str, body: bytes = b"", query: bytes = b"", chunk: int = 1 << 16, **guard: Any
) -> tuple[int, bytes]:
    """The status and body of one request; ``body`` arrives in chunks and without a declared length."""
    scope = {"type": "http", "method": method, "path": path, "query_string": query, "headers": []}
    parts = [body[i : i + chunk] for i in range(0, len(body), chunk)] or [b""]
    messages = iter(
        {"type": "http.request", "body": part, "more_body": i + 1 < len(parts)} for i, part in enumerate(parts)
    )
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return next(messages)

    async def send(message: Any) -> None:
        sent.append(message)

    run(Guard(_yes, largest_upload=guard.pop("largest_upload", 10_000_000), **guard)(scope, receive, send))
    return sent[0]["status"], b"".join(m.get("body", b"") for m in sent)


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/config",
        "/assets/index.js",
        "/ui/page/static/page.js",
        "/healthz",
        "/readyz",
        "/gradio_api/info",
        "/gradio_api/heartbeat/abc",
    ],
)
def test_what_the_page_reads_passes(path: str) -> None:
    assert ask("GET", path)[0] == 200


@pytest.mark.parametrize(
    "path",
    [
        "/monitoring",
        "/monitoring/summary",
        "/gradio_api/deep_link",
        "/gradio_api/proxy=https://example.org/x",
        "/gradio_api/dev/reload",
        "/gradio_api/vibe-code/",
        "/gradio_api/runs",
        "/gradio_api/stream/s/r/1/playlist-file",
        "/gradio_api/mcp/sse",
        "/docs",
        "/openapi.json",
        "/ui/",
    ],
)
def test_what_the_page_has_no_use_for_is_not_there(path: str) -> None:
    assert ask("GET", path)[0] == 404


@pytest.mark.parametrize(
    "path", ["/gradio_api/component_server", "/gradio_api/process_recording", "/gradio_api/stream/x", "/login"]
)
def test_what_nobody_should_send_to_is_not_there(path: str) -> None:
    assert ask("POST", path, b"{}")[0] == 404


@pytest.mark.parametrize(
    "asked",
    [
        "http://127.0.0.1/",
        "https://example.org/a.png",
        "HTTPS://example.org",
        "%68ttp://example.org",
        "//example.org/a",
        "ftp://x/y",
        " http://x",
    ],
)
@pytest.mark.parametrize("route", ["file=", "file/"])
def test_a_file_route_is_no_proxy(route: str, asked: str) -> None:
    assert ask("GET", f"/gradio_api/{route}{asked}")[0] == 403


def test_a_file_of_the_servers_own_passes() -> None:
    assert ask("GET", "/gradio_api/file=/tmp/uploads/abc/photo.png")[0] == 200


@pytest.mark.parametrize(
    "data",
    [
        {"data": [{"path": "http://127.0.0.1:80/secret", "meta": {"_type": "gradio.FileData"}}]},
        {"data": [[{"deep": {"path": "https://example.org/x.png"}}]]},
        {"data": [{"path": "  HTTP://example.org"}]},
        {"data": [{"path": "//example.org/x"}]},
        {"data": [{"url": "data:image/png;base64,AAAA"}]},
    ],
)
def test_addresses_and_inline_data_in_json_are_refused(data: Any) -> None:
    status, body = ask("POST", "/gradio_api/queue/join", json.dumps(data).encode())
    assert status == 400
    assert "uploaded as files" in json.loads(body)["error"]


def test_the_first_of_two_equal_names_is_seen_as_well() -> None:
    with pytest.raises(Refused):
        check_json(b'{"path": "http://example.org/", "path": "/tmp/fine.png"}')


def test_other_encodings_of_json_are_read_as_gradio_reads_them() -> None:
    with pytest.raises(Refused):
        check_json(json.dumps({"path": "http://example.org/"}).encode("utf-16"))


def test_the_pages_own_requests_pass_unchanged() -> None:
    body = json.dumps(
        {"data": [{"run": 1, "photos": [{"key": "a", "path": "/tmp/x/photo.png", "url": "http://127.0.0.1/x"}]}]}
    ).encode()
    assert ask("POST", "/gradio_api/queue/join", body) == (200, body)


def test_json_beyond_its_limit_is_refused_while_it_arrives() -> None:
    assert ask("POST", "/gradio_api/queue/join", b" " * (LARGEST_JSON + 1))[0] == 413


@pytest.mark.parametrize("body", [b"{", b"\xff\xff\xff", b"[" * 200_000])
def test_what_is_no_json_is_refused(body: bytes) -> None:
    assert ask("POST", "/gradio_api/queue/join", body)[0] == 400


def test_an_upload_beyond_its_limit_is_refused_while_it_arrives() -> None:
    assert ask("POST", "/gradio_api/upload", b"x" * 2001, largest_upload=2000, chunk=500)[0] == 413
    assert ask("POST", "/gradio_api/upload", b"x" * 2000, largest_upload=2000, chunk=500)[0] == 200


def test_deep_links_are_not_followed() -> None:
    assert ask("GET", "/", query=b"deep_link=abc")[0] == 404
    assert ask("GET", "/", query=b"deep%5Flink=abc")[0] == 404


def test_the_routes_of_mcp_open_only_where_it_is_asked_for() -> None:
    assert ask("GET", "/gradio_api/mcp/sse", mcp=True)[0] == 200


def test_each_request_is_logged_where_that_is_asked_for_and_no_file_is_named(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        ask("GET", "/config")
        assert caplog.text == ""
        ask("GET", "/gradio_api/file=/tmp/uploads/abc/my-secret.png", verbose=True)
        ask("GET", "/monitoring", verbose=True)
    assert "GET /gradio_api/file= 200" in caplog.text
    assert "GET /monitoring 404" in caplog.text
    assert "secret" not in caplog.text
