"""What one visitor can take from the others by many small requests, through raw HTTP."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator

import httpx
import pytest

from tests.page.conftest import FRIEND
from tests.page.visiting import Visitor, asked, photo
from tests.serving import Server

FILE = {"orig_name": "x.png", "meta": {"_type": "gradio.FileData"}}


@pytest.fixture
def honest(server: Server) -> Iterator[Visitor]:
    visitor = Visitor(server.url, "honest")
    yield visitor
    visitor.leave()


@pytest.fixture
def http(server: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, timeout=120) as client:
        yield client


def test_stops_under_invented_names_take_nobodys_results(honest: Visitor, http: httpx.Client) -> None:
    result = honest.explain(photo(1))["photos"]["a"]["id"]
    for number in range(1001):
        body = {"data": [], "fn_index": honest.event("desk", "stop"), "session_hash": f"invented-{number}"}
        assert http.post("/gradio_api/run/predict", json=body).status_code == 200
    assert http.get(f"/ui/results/{result}").status_code == 200


def test_calls_without_a_session_leave_room_for_others(honest: Visitor, http: httpx.Client) -> None:
    photos = {"data": [{"path": honest.upload(photo(2)), **FILE}]}
    answers = [http.post("/gradio_api/call/blocks", json=photos) for _ in range(70)]
    accepted = [answer.json()["event_id"] for answer in answers if answer.status_code == 200]
    refused = [answer for answer in answers if answer.status_code != 200]
    assert {answer.status_code for answer in refused} <= {503} and all(each.headers["retry-after"] for each in refused)
    assert honest.explain(photo(3))["photos"]["a"].get("error") is None
    for event in accepted:
        with http.stream("GET", f"/gradio_api/call/blocks/{event}"):
            pass  # whoever leaves ends their work


def test_an_answer_is_told_once(honest: Visitor, http: httpx.Client) -> None:
    photos = {"data": [[{"path": honest.upload(photo(5)), **FILE}]]}
    address = "/gradio_api/call/classify"
    event = http.post(address, json=photos).json()["event_id"]
    assert "event: complete" in http.get(f"{address}/{event}").text
    again = http.get(f"{address}/{event}")
    assert again.status_code == 404 and "told already" in again.json()["error"]


def test_the_same_photo_sent_by_two_is_taken_from_neither(honest: Visitor, server: Server) -> None:
    other = Visitor(server.url, "other")
    mine, theirs = honest.upload(photo(4)), other.upload(photo(4))
    assert mine != theirs
    other.leave()
    assert honest.run([asked(path=mine)])["photos"]["a"].get("error") is None


@pytest.mark.parametrize("letters", [5_000, 60_000])
def test_nothing_is_kept_of_the_name_of_an_upload(http: httpx.Client, letters: int) -> None:
    answer = http.post(f"/gradio_api/upload?upload_id={'x' * letters}", files={"files": ("a.png", b"x")})
    assert answer.status_code == 200
    assert http.get("/gradio_api/upload_progress?upload_id=x").status_code == 404


def test_silent_connections_take_no_answer_from_anybody(http: httpx.Client, server: Server) -> None:
    address = (httpx.URL(server.url).host, httpx.URL(server.url).port)
    with contextlib.ExitStack() as silent:
        for _ in range(900):
            silent.enter_context(socket.create_connection(address))
        assert httpx.get(f"{server.url}healthz", timeout=60).text == "ok"
    assert "Traceback" not in server.log.read_text()


def test_other_sites_and_strangers_names_are_refused(http: httpx.Client) -> None:
    files = {"files": ("a.png", b"x")}
    evil = {"Origin": "https://evil.example"}
    assert http.post("/gradio_api/upload", files=files, headers=evil).status_code == 403
    assert http.post("/gradio_api/call/classify", json={"data": []}, headers=evil).status_code == 403
    read = http.get("/config", headers=evil)
    assert read.status_code == 200 and not [name for name in read.headers if name.startswith("access-control-")]
    rebound = http.get("/config", headers={"Host": "rebound.example"})
    assert rebound.status_code == 421 and "rebound.example" in rebound.json()["error"]
    friend = http.post("/gradio_api/upload", files=files, headers={"Origin": FRIEND})
    assert friend.status_code == 200 and friend.headers["access-control-allow-origin"] == FRIEND
    preflight = {"Origin": FRIEND, "Access-Control-Request-Method": "POST"}
    assert http.options("/gradio_api/upload", headers=preflight).status_code == 200
    assert http.options("/gradio_api/upload", headers=preflight | evil).status_code == 400
    own = {"Origin": str(http.base_url).rstrip("/")}
    assert http.post("/gradio_api/upload", files=files, headers=own).status_code == 200
    framed = {"Host": "localhost", "Origin": "https://localhost", "Referer": "https://huggingface.co/"}
    assert http.post("/gradio_api/upload", files=files, headers=framed).status_code == 200
