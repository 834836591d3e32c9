"""The guard, rule by rule, in front of an app that would say yes to everything."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

import pytest

from resnet_demo.page import guard as guard_module
from resnet_demo.page.admission import LONGEST_PATH, MOST_VALUES, Doors, Refused, read_json
from resnet_demo.page.guard import LEAST_RATE, Budget, Guard, Limits
from tests.page.running import run

QUEUED, AT_ONCE, IN_THE_BROWSER = 3, 5, 4
DOORS = Doors(frozenset({QUEUED}), frozenset({AT_ONCE}), {"analyze": ("photo", "depth")})
JSON = 5000
"""Bytes that a request may have here."""


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
    method: str,
    path: str,
    body: bytes = b"",
    query: bytes = b"",
    chunk: int = 1 << 16,
    mcp: bool = False,
    app: Any = _yes,
    largest_upload: int = 10_000_000,
    tool: int = JSON,
    tools: int = JSON,
    **guard: Any,
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

    limits = Limits(largest_upload, 2 * largest_upload, JSON, tool, tools)
    run(Guard(app, Doors(DOORS.queued, DOORS.at_once, DOORS.endpoints, mcp), limits, **guard)(scope, receive, send))
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
        "/gradio_api/mcp/",
        "/gradio_api/call/v3/analyze/abc",
        "/gradio_api/file=/tmp/uploads/abc/photo.png",
        "/gradio_api/file/tmp/uploads/abc/photo.png",
        "/gradio_api/file=http://127.0.0.1/",
        "/gradio_api/file=%68ttp://example.org",
        "/docs",
        "/openapi.json",
        "/ui/",
    ],
)
def test_what_the_page_has_no_use_for_is_not_there(path: str) -> None:
    assert ask("GET", path)[0] == 404


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/component_server",
        "/gradio_api/process_recording",
        "/gradio_api/stream/x",
        "/gradio_api/api/predict",
        "/gradio_api/run/analyze",
        "/gradio_api/call/v2/unknown",
        "/gradio_api/call/v2",
        "/gradio_api/call/unknown",
        "/gradio_api/queue/join/",
        "/login",
    ],
)
def test_what_nobody_should_send_to_is_not_there(path: str) -> None:
    assert ask("POST", path, b"{}")[0] == 404


def test_an_endless_path_is_not_looked_at() -> None:
    assert ask("GET", "/ui/classes/" + "9" * LONGEST_PATH)[0] == 404


def test_a_call_by_name_takes_the_names_that_it_has() -> None:
    def call(**given: Any) -> tuple[int, bytes]:
        return ask("POST", "/gradio_api/call/v2/analyze", json.dumps(given).encode())

    assert call(depth=18)[0] == call()[0] == ask("GET", "/gradio_api/call/v2/analyze/abc")[0] == 200
    status, body = call(depth=18, data=[])
    assert status == 400 and "takes no data; it takes photo, depth" in json.loads(body)["error"]
    assert call(photo={"path": "http://127.0.0.1/x.png"})[0] == 400


def test_a_server_that_is_busy_says_when_it_may_be_asked_again() -> None:
    heads: list[Any] = []

    async def busy(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 503, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def send(message: Any) -> None:
        heads.extend(message.get("headers", []))

    scope = {"type": "http", "method": "GET", "path": "/config", "query_string": b"", "headers": []}
    run(Guard(busy, DOORS, Limits(1000, 1000))(scope, None, send))
    assert heads == [(b"retry-after", b"60")]


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
    status, body = ask("POST", "/gradio_api/queue/join", json.dumps(data | {"fn_index": QUEUED}).encode())
    assert status == 400
    assert "uploaded as files" in json.loads(body)["error"]


def test_a_photo_under_a_hidden_name_is_refused_in_words_on_the_api_and_read_by_the_page() -> None:
    hidden = {"path": "/tmp/x/.photo.png"}
    file = {**hidden, "meta": {"_type": "gradio.FileData"}}
    status, body = ask("POST", "/gradio_api/call/analyze", json.dumps({"data": [file]}).encode())
    assert status == 400 and "begins with a dot" in json.loads(body)["error"]
    assert ask("POST", "/gradio_api/queue/join", event(data=[hidden]))[0] == 200


def test_the_first_of_two_equal_names_is_seen_as_well() -> None:
    with pytest.raises(Refused):
        read_json(b'{"path": "http://example.org/", "path": "/tmp/fine.png"}')


def test_other_encodings_of_json_are_read_as_gradio_reads_them() -> None:
    with pytest.raises(Refused):
        read_json(json.dumps({"path": "http://example.org/"}).encode("utf-16"))


def event(number: Any = QUEUED, data: Any = (), **fields: Any) -> bytes:
    return json.dumps({"data": data, "fn_index": number, "session_hash": "abc", **fields}).encode()


def test_the_pages_own_requests_pass_unchanged() -> None:
    photo = {"key": "a", "path": "/tmp/x/photo.png", "url": "http://127.0.0.1/x"}
    body = event(data=[{"run": 1, "photos": [photo]}])
    assert ask("POST", "/gradio_api/queue/join", body) == (200, body)
    assert ask("POST", "/gradio_api/run/predict", event(AT_ONCE))[0] == 200
    assert ask("POST", "/gradio_api/call/analyze", b'{"data": [{"path": "/tmp/x/photo.png"}, 18]}')[0] == 200


@pytest.mark.parametrize("number", [IN_THE_BROWSER, -1, 99, 3.0, "3", None, True, [3]])
def test_an_event_that_is_none_of_the_pages_is_not_there(number: Any) -> None:
    assert ask("POST", "/gradio_api/queue/join", event(number))[0] == 404


def test_an_event_that_waits_in_the_queue_goes_by_no_other_way() -> None:
    assert ask("POST", "/gradio_api/run/predict", event(QUEUED))[0] == 404


@pytest.mark.parametrize("fields", [{"session_hash": 5}, {"session_hash": "a/b"}, {"event_id": ""}, {"data": "x"}])
def test_a_request_of_another_shape_is_refused(fields: dict[str, Any]) -> None:
    assert ask("POST", "/gradio_api/queue/join", event(**fields))[0] == 400


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b'"x"', b"5"])
@pytest.mark.parametrize("path", ["queue/join", "run/predict", "cancel", "reset", "call/analyze"])
def test_what_is_no_object_is_refused_on_every_route(path: str, body: bytes) -> None:
    assert ask("POST", f"/gradio_api/{path}", body)[0] == 400


def test_json_beyond_its_limit_is_refused_while_it_arrives() -> None:
    assert ask("POST", "/gradio_api/queue/join", b" " * (JSON + 1), chunk=500)[0] == 413


@pytest.mark.parametrize("small", [b"{}", b"[]", b"1"])
def test_many_small_values_are_refused_though_their_text_is_short(small: bytes) -> None:
    with pytest.raises(Refused) as refused:
        read_json(b"[" + b",".join([small] * MOST_VALUES) + b"]")
    assert refused.value.status == 413
    assert read_json(b"[" + b",".join([small] * (MOST_VALUES - 2)) + b"]")


@pytest.mark.parametrize("body", [b"{", b"\xff\xff\xff", b"[" * 4000, b"NaN", b"[-Infinity]", b"1e400", b"9" * 19])
def test_what_is_no_json_and_numbers_that_are_none_are_refused(body: bytes) -> None:
    assert ask("POST", "/gradio_api/queue/join", body)[0] == 400


def test_a_tool_call_may_be_as_long_as_its_photo_and_all_together_no_longer_than_their_limit() -> None:
    def call(letters: int, **limits: int) -> int:
        sent = {"method": "tools/call", "params": {"name": "analyze", "arguments": {"photo": "A" * letters}}}
        return ask("POST", "/gradio_api/mcp/", json.dumps(sent).encode(), mcp=True, **limits)[0]

    assert call(2 * JSON, tool=3 * JSON, tools=3 * JSON) == 200
    assert call(4 * JSON, tool=3 * JSON, tools=9 * JSON) == 413
    assert call(2 * JSON, tool=3 * JSON, tools=JSON) == 503


def test_an_upload_beyond_its_limit_is_refused_while_it_arrives() -> None:
    assert ask("POST", "/gradio_api/upload", b"x" * 2001, largest_upload=2000, chunk=500)[0] == 413
    assert ask("POST", "/gradio_api/upload", b"x" * 2000, largest_upload=2000, chunk=500)[0] == 200


def test_deep_links_are_not_followed() -> None:
    assert ask("GET", "/", query=b"deep_link=abc")[0] == 404
    assert ask("GET", "/", query=b"deep%5Flink=abc")[0] == 404
    assert ask("GET", "/config", query=b"x=1&dee%70_link=abc")[0] == 404


def test_the_routes_of_mcp_open_only_where_it_is_asked_for() -> None:
    assert ask("POST", "/gradio_api/mcp", b"{}", mcp=True)[0] == ask("GET", "/gradio_api/mcp/", mcp=True)[0] == 200
    assert ask("POST", "/gradio_api/mcp", b"{}")[0] == ask("POST", "/gradio_api/mcp/sse", b"{}", mcp=True)[0] == 404


def test_each_request_is_logged_where_that_is_asked_for_and_no_file_is_named(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        ask("GET", "/config")
        assert caplog.text == ""
        ask("GET", "/gradio_api/file=/tmp/uploads/abc/my-secret.png", verbose=True)
        ask("GET", "/ui/a\nb", verbose=True)
        ask("GET", "/monitoring", verbose=True)
    assert "GET /gradio_api/file= 404" in caplog.text
    assert "/ui/a\\nb" in caplog.text
    assert "GET /monitoring 404" in caplog.text
    assert "secret" not in caplog.text


def test_what_breaks_behind_it_is_told_as_a_number_and_logged_whole(caplog: pytest.LogCaptureFixture) -> None:
    async def broken(scope: Any, receive: Any, send: Any) -> None:
        raise ZeroDivisionError("password=hunter2")

    status, body = ask("GET", "/config", app=broken)
    said = json.loads(body)["error"]
    assert status == 500 and "hunter2" not in said
    number = said.split()[-1].rstrip(".")
    assert number in caplog.text and "hunter2" in caplog.text


def test_a_request_whose_rest_does_not_come_is_given_up() -> None:
    sent: list[Any] = []

    async def receive() -> Any:
        await asyncio.sleep(3600)

    async def send(message: Any) -> None:
        sent.append(message)

    guard = Guard(_yes, DOORS, Limits(1000, 1000, silence=0.05))
    for path in ("/gradio_api/upload", "/gradio_api/queue/join"):
        run(guard({"type": "http", "method": "POST", "path": path, "query_string": b"", "headers": []}, receive, send))
    assert [message["status"] for message in sent if "status" in message] == [408, 408]


def test_uploads_that_arrive_together_share_a_limit_and_give_it_back() -> None:
    guard = Guard(_yes, DOORS, Limits(1000, 1500))
    path = {"type": "http", "method": "POST", "path": "/gradio_api/upload", "query_string": b"", "headers": []}

    async def upload(size: int, hold: asyncio.Event, begun: asyncio.Event) -> int:
        parts = [{"type": "http.request", "body": b"x" * size, "more_body": True}, {"type": "http.request"}]
        sent: list[Any] = []

        async def receive() -> Any:
            if len(parts) == 1:
                begun.set()
                await hold.wait()
            return parts.pop(0)

        async def send(message: Any) -> None:
            sent.append(message)

        await guard(path, receive, send)
        return sent[0]["status"]

    async def both() -> tuple[int, int, int]:
        hold, begun, free = asyncio.Event(), asyncio.Event(), asyncio.Event()
        free.set()
        first = asyncio.create_task(upload(1000, hold, begun))
        await begun.wait()
        second = await upload(1000, free, asyncio.Event())
        hold.set()
        return await first, second, await upload(1000, free, asyncio.Event())

    assert run(both()) == (200, 503, 200)


def test_one_address_has_three_quarters_of_what_may_arrive_or_as_much_as_one_request_may_have() -> None:
    budget = Budget(1000, 100)
    budget.take("a", 750)
    with pytest.raises(Refused):
        budget.take("a", 1)
    budget.give_back("a", 1)
    budget.take("b", 250)
    with pytest.raises(Refused):
        budget.take("c", 1)
    for address, size in (("a", 750), ("b", 250), ("c", 1)):
        budget.give_back(address, size)
    large = Budget(1000, 900)
    large.take("a", 900)
    with pytest.raises(Refused):
        large.take("a", 1)


@pytest.mark.parametrize(
    ("every", "size", "status"),
    [
        (20.0, 1, 408),  # a byte each 20 seconds
        (1.0, LEAST_RATE, 200),
        (1.0, LEAST_RATE - 1, 408),
        (0.0, 1, 200),
    ],
)
def test_a_request_that_arrives_too_slowly_is_given_up(
    monkeypatch: pytest.MonkeyPatch, every: float, size: int, status: int
) -> None:
    assert arriving(monkeypatch, every, size, 100, Limits(10**9, 10**9)) == status


def test_no_upload_arrives_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    assert arriving(monkeypatch, 1.0, LEAST_RATE, 100, Limits(10**9, 10**9, arrival=99.0)) == 408


def arriving(monkeypatch: pytest.MonkeyPatch, every: float, size: int, parts: int, limits: Limits) -> int:
    """The status of an upload whose parts of ``size`` bytes come ``every`` so many seconds, by a clock of its own."""
    now, left, sent = 0.0, parts, []
    monkeypatch.setattr(guard_module.time, "monotonic", lambda: now)

    async def wait_for(coming: Any, timeout: float) -> Any:
        nonlocal now
        if timeout < every:
            coming.close()
            now += timeout
            raise TimeoutError
        now += every
        return await coming

    monkeypatch.setattr(guard_module.asyncio, "wait_for", wait_for)

    async def receive() -> Any:
        nonlocal left
        left -= 1
        return {"type": "http.request", "body": b"x" * size, "more_body": left > 0}

    async def send(message: Any) -> None:
        sent.append(message)

    path = {"type": "http", "method": "POST", "path": "/gradio_api/upload", "query_string": b"", "headers": []}
    run(Guard(_yes, DOORS, limits)(path, receive, send))
    return sent[0]["status"]
