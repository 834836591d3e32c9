"""More visitors than there is room for, and a server that is told to end or is killed meanwhile."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.page.visiting import Visitor, asked, photo
from tests.serving import ROOT, Server, served

QUEUE = 3
ENDLESS = (ROOT / "tests" / "page" / "endless_server.py",)


class Long:
    """Visitors who each have an image made for a channel, which is never finished here, told in a thread each."""

    def __init__(self, server: Server, names: list[str]) -> None:
        self.visitors = [Visitor(server.url, name) for name in names]
        self.messages: list[list[dict[str, Any]]] = [[] for _ in names]
        self._threads = []
        for number, visitor in enumerate(self.visitors):
            begun = threading.Event()
            answer = visitor.run([asked(example="coffee.png")])["photos"]["a"]["id"]
            sent = {"number": 1, "what": "channel-image", "answer": answer, "stage": "layer2", "channel": number}
            visitor.begin("maps", "work", sent)
            thread = threading.Thread(target=self._hear, args=(number, begun), daemon=True)
            thread.start()
            self._threads.append(thread)
            assert begun.wait(60)

    def _hear(self, number: int, begun: threading.Event) -> None:
        with contextlib.suppress(httpx.HTTPError, RuntimeError):  # a visitor who has left hears no more
            self.messages[number] = self.visitors[number].told(begun)

    def leave(self) -> None:
        for visitor in self.visitors:
            visitor.leave()

    def last(self) -> list[dict[str, Any]]:
        """What each was told last."""
        for thread in self._threads:
            thread.join(60)
        return [messages[-1]["output"]["data"][0] for messages in self.messages]

    def places(self) -> set[int]:
        """The places in the queue that they were told."""
        told = [m["output"]["data"] for messages in self.messages for m in messages if "output" in m]
        # From its second message on Gradio sends what has changed: a list of [how, where, new value].
        values = [each for data in told for each in _values(data)]
        return {place for place in values if place is not None}


def _values(data: Any) -> Iterator[Any]:
    for each in data:
        if isinstance(each, dict) and "place" in each:
            yield each["place"]
        elif isinstance(each, list):
            yield from (change[2] for change in each if change[1] == ["place"])


@contextmanager
def working(server: Server, names: list[str]) -> Iterator[Long]:
    long = Long(server, names)
    try:
        yield long
    finally:
        long.leave()


def until(true: Callable[[], bool], seconds: float = 60) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.2)
    return False


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with served(tmp_path_factory.mktemp("load"), program=ENDLESS, queue_size=QUEUE, max_photos=4) as running:
        yield running


def code(told: dict[str, Any]) -> str | None:
    error = told["error"] or told.get("photos", {}).get("a", {}).get("error")
    return error and error["code"]


def test_who_waits_sees_their_place_and_who_is_refused_the_queues_length(server: Server) -> None:
    with working(server, ["a", "b", "c", "d"]) as long:  # one runs, three wait, in turn
        other = Visitor(server.url, "e")
        told = other.explain(photo(1))
        assert code(told) == "busy" and told["error"]["details"]["waiting"] == QUEUE
        called = other.http.post("/gradio_api/call/analyze", json={"data": _file(other.upload(photo(2)))})
        refusal = other.http.get(f"/gradio_api/call/analyze/{called.json()['event_id']}").text
        assert "event: error" in refusal and f"busy: {QUEUE} requests" in refusal
        for visitor in long.visitors:
            visitor.stop("maps")
        assert all(each["done"] and not each["result"] for each in long.last())
        assert long.places() >= {1, 2, 3}
        assert code(other.explain(photo(1))) is None
        other.leave()


def _file(path: str) -> list[Any]:
    file = {"path": path, "orig_name": "x.png", "meta": {"_type": "gradio.FileData"}}
    return [file]


def test_a_single_photo_is_answered_while_others_have_long_work(server: Server) -> None:
    with working(server, ["f", "g"]) as long:
        other = Visitor(server.url, "h")
        assert code(other.explain(photo(3))) is None
        assert all(not messages for messages in long.messages), "the long work goes on"
        other.leave()


def test_the_work_of_who_has_left_stops(server: Server) -> None:
    with working(server, ["i", "j", "k", "l"]):
        other = Visitor(server.url, "m")
        assert code(other.explain(photo(4))) == "busy"
    assert until(lambda: code(other.explain(photo(4))) is None, 30)
    other.leave()


def test_health_is_answered_at_once_whatever_waits(server: Server) -> None:
    with working(server, ["n", "o", "p", "q"]):
        assert httpx.get(f"{server.url}healthz", timeout=10).text == "ok"
        assert httpx.get(f"{server.url}readyz", timeout=10).text == "ready"


def test_a_request_that_takes_too_long_is_ended_and_the_next_one_is_answered(tmp_path: Path) -> None:
    with served(tmp_path, program=ENDLESS, request_seconds=8) as server, working(server, ["a", "b", "c"]) as long:
        assert [code(each) for each in long.last()] == ["too-slow"] * 3
        other = Visitor(server.url, "d")
        assert code(other.explain(photo(5))) is None
        other.leave()


def test_told_to_end_the_server_ends_what_runs_and_answers_who_waits(tmp_path: Path) -> None:
    with served(tmp_path, program=ENDLESS) as server, working(server, ["a", "b", "c"]) as long:
        server.process.send_signal(signal.SIGTERM)
        assert [code(each) for each in long.last()] == ["server-stopping"] * 3
        assert server.process.wait(timeout=60) == 0
        assert "Traceback" not in server.log.read_text()
        assert list(server.uploads.iterdir()) == []


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows has no such signal")
def test_after_a_kill_the_next_server_starts_clean(tmp_path: Path) -> None:
    with served(tmp_path) as server:
        visitor = Visitor(server.url, "a")
        assert code(visitor.explain(photo(6))) is None
        server.process.kill()
        server.process.wait()
        (left,) = server.uploads.iterdir()
        visitor.leave()
    with served(tmp_path) as server:
        assert not left.exists()
        assert len(list(server.uploads.iterdir())) == 1
        visitor = Visitor(server.url, "a")
        assert code(visitor.explain(photo(6))) is None
        visitor.leave()


def test_files_are_kept_within_their_age_and_the_disk_within_its_limit(tmp_path: Path) -> None:
    with served(tmp_path, temp_age=20, temp_mb=2, max_file_mb=1) as server:
        visitor = Visitor(server.url, "a")
        (folder,) = server.uploads.glob("*/uploads")
        paths = [Path(visitor.upload(os.urandom(900_000), f"{number}.png")) for number in range(3)]
        assert [path.exists() for path in paths] == [False, False, True]

        def there() -> list[Path]:
            return [path for path in folder.rglob("*") if path.is_file()]

        half = _half_an_upload(server)
        assert until(lambda: len(there()) == 2)
        half.close()
        assert until(lambda: there() == paths[-1:]), "what broke off goes"
        assert until(lambda: not there()), "at its age goes the rest"
        visitor.leave()


def _half_an_upload(server: Server) -> socket.socket:
    host, port = server.url.removeprefix("http://").rstrip("/").split(":")
    sender = socket.create_connection((host, int(port)))
    head = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.png"\r\n\r\n'
    sender.sendall(
        b"POST /gradio_api/upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900000\r\n"
        b"Content-Type: multipart/form-data; boundary=x\r\n\r\n" + head + b"x" * 300_000
    )
    return sender
