"""Every door of a served page that a stranger might try, through raw HTTP."""

from __future__ import annotations

import io
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

from tests.serving import Server


def photo(seed: int = 0) -> bytes:
    out = io.BytesIO()
    Image.fromarray(np.random.default_rng(seed).integers(0, 256, (48, 64, 3), dtype=np.uint8)).save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def http(server: Server) -> httpx.Client:
    with httpx.Client(base_url=server.url, timeout=60) as client:
        yield client


@pytest.fixture
def listener() -> Any:
    """A server on the loopback that notes whoever calls."""
    calls: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            calls.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            pass

    running = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{running.server_port}/secret.png", calls
    running.shutdown()


def config(http: httpx.Client) -> dict[str, Any]:
    return http.get("/config").json()


def event(http: httpx.Client, name: str) -> dict[str, Any]:
    """The dependency that answers to an event of the page's own components."""
    for dependency in config(http)["dependencies"]:
        if any(target[1] == name for target in dependency["targets"]):
            return dependency
    raise AssertionError(f"the page has no event {name}")


def join(http: httpx.Client, fn_index: int, data: list[Any], session: str) -> list[dict[str, Any]]:
    """Put an event into the queue as the page does, and collect what is told of it."""
    asked = http.post("/gradio_api/queue/join", json={"data": data, "fn_index": fn_index, "session_hash": session})
    assert asked.status_code == 200, asked.text
    told = []
    with http.stream("GET", "/gradio_api/queue/data", params={"session_hash": session}) as stream:
        for line in stream.iter_lines():
            if line.startswith("data:"):
                told.append(json.loads(line[5:]))
                if told[-1]["msg"] in ("process_completed", "close_stream", "unexpected_error"):
                    break
    return told


def run(http: httpx.Client, photos: list[dict[str, Any]], session: str, **fields: Any) -> dict[str, Any]:
    """The last message of a run, as the page receives it."""
    sent = {"run": 1, "depth": 18, "weights": None, "photos": photos, **fields}
    return join(http, event(http, "run")["id"], [sent], session)[-1]["output"]["data"][0]


def asked(key: str = "a", **fields: Any) -> dict[str, Any]:
    return {"key": key, "name": "x.png", "path": None, "example": None, "target": None, "contrast": None, **fields}


def uploaded(http: httpx.Client, data: bytes, name: str = "photo.png") -> str:
    answer = http.post("/gradio_api/upload", files={"files": (name, data)})
    assert answer.status_code == 200, answer.text
    return answer.json()[0]


def test_the_server_says_that_it_runs_and_that_it_is_ready(http: httpx.Client) -> None:
    assert http.get("/healthz").text == "ok"
    assert http.get("/readyz").status_code == 200


@pytest.mark.parametrize(
    "path", ["/monitoring", "/monitoring/summary", "/gradio_api/deep_link?session_hash=a", "/gradio_api/runs"]
)
def test_what_gradio_offers_and_the_page_does_not_need_is_closed(http: httpx.Client, path: str) -> None:
    assert http.get(path).status_code == 404


def test_the_api_that_skips_the_queue_is_closed(http: httpx.Client) -> None:
    assert http.post("/gradio_api/run/analyze", json={"data": []}).status_code in (404, 401, 403)


def test_addresses_are_fetched_on_no_endpoint(http: httpx.Client, listener: Any) -> None:
    address, calls = listener
    file = {"path": address, "meta": {"_type": "gradio.FileData"}}
    ids = [dependency["id"] for dependency in config(http)["dependencies"]]
    for number in ids:
        answer = http.post("/gradio_api/queue/join", json={"data": [file], "fn_index": number, "session_hash": "s"})
        assert answer.status_code == 400
    assert http.post("/gradio_api/call/analyze", json={"data": [file]}).status_code == 400
    assert http.get(f"/gradio_api/file={address}").status_code == 404
    assert http.get(f"/gradio_api/proxy={address}").status_code == 404
    time.sleep(0.3)
    assert calls == []


def test_a_run_reads_no_file_but_uploads(http: httpx.Client, server: Server, tmp_path: Path) -> None:
    secret = tmp_path / "secret.png"
    secret.write_bytes(photo())
    for path in (str(secret), "/etc/passwd", str(server.log), "../../etc/passwd", "\0", "x" * 5000):
        told = run(http, [asked(path=path)], "files")
        known = told["photos"].get("a", {}).get("error") or told["error"]
        assert known["code"] in ("photo-gone", "request-malformed")


def test_an_upload_is_explained_and_its_result_found_by_its_id_alone(http: httpx.Client) -> None:
    path = uploaded(http, photo(1))
    told = run(http, [asked(path=path)], "visitor-one")
    result = told["photos"]["a"]["id"]
    assert len(result) >= 24
    assert http.get(f"/ui/results/{result}").json()["photo"]["name"] == "x.png"
    assert http.get(f"/ui/results/{result[:-1]}").status_code == 404


def test_another_session_can_do_no_work_on_a_result(http: httpx.Client) -> None:
    path = uploaded(http, photo(2))
    result = run(http, [asked(path=path)], "visitor-two")["photos"]["a"]["id"]
    sent = {"number": 1, "what": "residual-profile", "answer": result}
    work = [d["id"] for d in config(http)["dependencies"] if any(t[1] == "work" for t in d["targets"])]
    told = [join(http, number, [sent], "stranger")[-1]["output"]["data"][0]["error"] for number in work]
    assert {error["code"] for error in told} <= {"result-gone", "request-malformed"}
    assert any(error["code"] == "result-gone" for error in told)


@pytest.mark.parametrize(
    "sent",
    [None, 1, "x", [], {}, {"run": 1}, {"run": 1, "depth": 18, "photos": "x"}, {"run": 1, "depth": 18, "photos": [1]}],
)
def test_a_malformed_request_gets_a_sentence_and_no_trace(http: httpx.Client, sent: Any) -> None:
    told = join(http, event(http, "run")["id"], [sent], "malformed")
    assert told[-1]["output"]["data"][0]["error"]["code"] == "request-malformed"
    assert "Traceback" not in json.dumps(told)


@pytest.mark.parametrize("depth", [19, -1, 10**8])
def test_an_unknown_depth_is_told_by_its_code(http: httpx.Client, depth: int) -> None:
    told = run(http, [asked(example="coffee.png")], "depths", depth=depth)
    assert told["error"]["code"] == "depth-unknown"


def test_more_photos_than_a_run_takes_are_refused(http: httpx.Client) -> None:
    told = run(http, [asked(key=str(i), example="coffee.png") for i in range(5)], "many")
    assert told["error"]["code"] == "too-many-photos"


def test_a_file_beyond_the_limit_is_not_stored(http: httpx.Client, server: Server) -> None:
    answer = http.post("/gradio_api/upload", files={"files": ("large.png", b"\0" * 1_200_000)})
    assert answer.status_code == 413
    assert not list(server.uploads.rglob("large.png"))


def test_an_upload_request_beyond_all_limits_is_refused(http: httpx.Client) -> None:
    files = [("files", (f"{i}.png", b"\0" * 900_000)) for i in range(7)]
    assert http.post("/gradio_api/upload", files=files).status_code == 413


def test_a_closed_page_takes_its_uploads_and_results_with_it(http: httpx.Client, server: Server) -> None:
    session = "leaving"
    path = uploaded(http, photo(3))
    with (
        httpx.Client(base_url=server.url, timeout=60) as other,
        other.stream("GET", f"/gradio_api/heartbeat/{session}"),
    ):
        result = run(http, [asked(path=path)], session)["photos"]["a"]["id"]
        assert Path(path).exists()
    until = time.monotonic() + 20
    while time.monotonic() < until and (Path(path).exists() or http.get(f"/ui/results/{result}").status_code == 200):
        time.sleep(0.2)
    assert not Path(path).exists()
    assert http.get(f"/ui/results/{result}").status_code == 404


def test_no_machine_path_stands_in_what_the_page_is_sent(http: httpx.Client, server: Server) -> None:
    sent = [
        http.get(path).text for path in ("/", "/config", "/ui/config.json", "/ui/networks.json", "/gradio_api/info")
    ]
    root = str(Path(__file__).resolve().parents[2])
    assert not [text for text in sent if root in text or str(server.uploads) in text]


@pytest.mark.parametrize("name", ["../secret", "%2e%2e/texts/en.json", "..%2f..%2fserver.py", "page.py", ".hidden"])
def test_the_pages_files_are_served_and_none_beside_them(http: httpx.Client, name: str) -> None:
    assert http.get(f"/ui/page/static/{name}").status_code == 404


def test_an_api_call_with_a_bad_photo_is_told_in_words(http: httpx.Client) -> None:
    path = uploaded(http, b"milk, eggs, bread" * 10, "notes.jpg")
    file = {"path": path, "orig_name": "notes.jpg", "meta": {"_type": "gradio.FileData"}}
    called = http.post("/gradio_api/call/analyze", json={"data": [file]})
    told = http.get(f"/gradio_api/call/analyze/{called.json()['event_id']}").text
    assert "event: error" in told and "notes.jpg" in told and "Traceback" not in told
