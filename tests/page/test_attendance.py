"""Who is there: open pages, listeners, and what becomes of those that nobody hears of any more."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from resnet_demo.page import attendance as attendance_module
from resnet_demo.page.admission import Refused
from resnet_demo.page.attendance import Attendance, Attending, address_of
from resnet_demo.page.session import Visitors
from tests.page.running import run


class Queue:
    """Stands for Gradio's queue: what is under way, by session."""

    def __init__(self) -> None:
        self.running: Counter[str] = Counter()
        self.kept: set[str] = set()
        self.broken: set[str] = set()
        self.ended: list[str] = []

    def session_of(self, event: str) -> str:
        return event.partition("/")[0]

    def known(self, session: str) -> bool:
        return session in self.kept

    def under_way(self, session: str) -> int:
        return self.running[session]

    def broken_off(self, session: str) -> bool:
        return session in self.broken

    async def end(self, session: str) -> None:
        self.ended.append(session)
        self.running.pop(session, None)
        self.kept.discard(session)


class Scene:
    """An attendance whose grace is ``grace``, and the app behind it, which holds each connection until it is let go."""

    def __init__(self, grace: float = 0.0, most: int = 8) -> None:
        self.visitors, self.queue, self.left = Visitors(4), Queue(), []
        self.attendance = Attendance(self.visitors, self.queue, self._leave, most, grace)
        self.go = asyncio.Event()
        self.app = Attending(self._app, self.attendance)

    def _leave(self, session: str) -> None:
        self.left.append(session)
        self.visitors.forget(session)

    async def _app(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["method"] == "POST":
            sent = json.loads((await receive())["body"])
            session = sent.get("session_hash") or "alone"
            self.queue.running[session] += 1
            self.queue.kept.add(session)
            await send({"type": "http.response.start", "status": 200, "headers": []})
            return await send({"type": "http.response.body", "body": b'{"event_id": "alone"}'})
        await self.go.wait()

    async def ask(self, method: str, path: str, body: dict[str, Any] | None = None, address: str = "1.1.1.1") -> Any:
        path, _, query = path.partition("?")
        scope = {"type": "http", "method": method, "path": path, "query_string": query.encode(), "headers": []}
        scope["client"] = (address, 1)
        sent: list[Any] = []

        async def receive() -> Any:
            return {"type": "http.request", "body": json.dumps(body).encode(), "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        await self.app(scope, receive, send)
        return b"".join(each.get("body", b"") for each in sent)

    def open(self, path: str, address: str = "1.1.1.1") -> asyncio.Task[Any]:
        return asyncio.create_task(self.ask("GET", path, address=address))

    async def join(self, session: str | None, address: str = "1.1.1.1") -> None:
        await self.ask("POST", "/gradio_api/queue/join", {"session_hash": session, "data": []}, address)


async def until(true: Callable[[], bool]) -> None:
    while not true():
        await asyncio.sleep(0.001)


def test_a_page_that_closes_is_left_after_its_grace_and_not_when_it_is_open_again() -> None:
    async def scene() -> None:
        here = Scene(grace=0.05)
        page = here.open("/gradio_api/heartbeat/me")
        await until(lambda: here.visitors.has_page("me"))
        here.go.set()
        await page
        assert here.left == [] and not here.visitors.has_page("me")
        here.go.clear()
        again = here.open("/gradio_api/heartbeat/me")
        other = here.open("/gradio_api/heartbeat/other")
        await until(lambda: here.visitors.has_page("other"))
        other.cancel()
        await until(lambda: here.left == ["other"])
        assert here.visitors.has_page("me"), "closed before the other one, and open again"
        again.cancel()
        await until(lambda: here.left == ["other", "me"])

    run(scene())


def test_a_page_that_is_open_twice_is_there_until_both_are_closed() -> None:
    async def scene() -> None:
        here = Scene()
        first, second = here.open("/gradio_api/heartbeat/me"), here.open("/gradio_api/heartbeat/me")
        await until(lambda: here.visitors._visitors.get("me") is not None and here.visitors._visitors["me"].pages == 2)
        first.cancel()
        await until(lambda: here.visitors._visitors["me"].pages == 1)
        await asyncio.sleep(0.01)
        assert here.left == [] and here.visitors.has_page("me")
        second.cancel()
        await until(lambda: here.left == ["me"])

    run(scene())


def test_what_nobody_listens_to_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attendance_module, "LISTEN_WITHIN", 0.02)

    async def scene() -> None:
        here = Scene()
        await here.join("unheard")
        await here.join("heard")
        listening = here.open("/gradio_api/queue/data?session_hash=heard")
        await until(lambda: "unheard" in here.queue.ended)
        await asyncio.sleep(0.02)
        assert here.queue.under_way("heard") == 1 and not here.queue.under_way("unheard")
        here.queue.running.clear()
        here.go.set()
        await listening
        assert not here.queue.known("heard"), "what has been told to its end is kept no longer"

    run(scene())


def test_the_work_of_a_connection_that_broke_off_ends_at_once_and_its_results_stay() -> None:
    async def scene() -> None:
        here = Scene(grace=3600)
        here.visitors.opened("me", "1.1.1.1")
        work = here.visitors.begin("me", "run")
        await here.join("me")
        listening = here.open("/gradio_api/queue/data?session_hash=me")
        await until(lambda: here.attendance._listening["me"] == 1)
        here.queue.broken.add("me")
        listening.cancel()
        await until(lambda: not here.visitors.is_current("me", "run", work))
        assert here.left == [] and here.visitors.has_page("me")

    run(scene())


def test_an_answer_is_told_once_and_then_there_is_none() -> None:
    async def scene() -> None:
        here = Scene()
        await here.ask("POST", "/gradio_api/call/analyze", {"data": []})
        here.go.set()
        here.queue.running.clear()
        await here.ask("GET", "/gradio_api/call/analyze/alone")
        for event in ("alone", "invented"):
            with pytest.raises(Refused) as refused:
                await here.ask("GET", f"/gradio_api/call/analyze/{event}")
            assert refused.value.status == 404
        assert messages(await here.ask("GET", "/gradio_api/queue/data?session_hash=invented")) == [
            "unexpected_error",
            "close_stream",  # else Gradio's scripts take the stream for open, and open no other
        ]

    run(scene())


def test_who_has_heard_all_there_was_and_listens_once_more_hears_that_it_is_over() -> None:
    async def scene() -> None:
        here = Scene(grace=60.0)
        listen = ("GET", "/gradio_api/queue/data?session_hash=one")
        await here.ask("POST", "/gradio_api/queue/join", {"session_hash": "one"})
        here.go.set()
        here.queue.running.clear()
        await here.ask(*listen)
        assert messages(await here.ask(*listen)) == ["close_stream"]

    run(scene())


def test_a_stop_or_deletion_reaches_gradio_from_a_known_session_alone() -> None:
    async def scene() -> None:
        here = Scene(grace=3600)
        stop = {"session_hash": "me", "data": [], "fn_index": 0}
        assert json.loads(await here.ask("POST", "/gradio_api/run/predict", stop))["data"] == []
        assert here.queue.running == {}, "nobody of this name is there: nothing was asked of Gradio"
        here.visitors.opened("me", "1.1.1.1")
        await here.ask("POST", "/gradio_api/run/predict", stop)
        assert here.queue.running == {"me": 1}
        await here.ask("POST", "/gradio_api/run/predict/", {**stop, "session_hash": None})
        here.queue.kept.add("waited for")  # its page is gone for a moment, its work is not
        await here.ask("POST", "/gradio_api/run/predict", {**stop, "session_hash": "waited for"})
        assert here.queue.running == {"me": 1, "waited for": 1}
        here.visitors.closed("me")  # so is this one's, and its photos can still be deleted
        await here.ask("POST", "/gradio_api/run/predict", stop)
        assert here.queue.running == {"me": 2, "waited for": 1}

    run(scene())


def messages(told: bytes) -> list[str]:
    """The kinds of messages of a stream."""
    return [json.loads(line.removeprefix(b"data: "))["msg"] for line in told.split(b"\n\n")[:-1]]


def test_an_address_has_three_quarters_of_what_may_be_under_way_under_however_many_names() -> None:
    async def scene() -> None:
        here = Scene(grace=3600, most=8)
        for number in range(6):
            here.visitors.opened(f"name-{number}", "1.1.1.1")
            await here.join(f"name-{number}")
        here.visitors.opened("seventh", "1.1.1.1")
        with pytest.raises(Refused) as refused:
            await here.join("seventh")
        assert refused.value.status == 503 and refused.value.error.code == "busy"
        await here.join("honest", address="2.2.2.2")
        here.queue.running["name-0"] = 0
        await here.join("seventh")

    run(scene())


def test_all_without_a_page_leave_room_at_their_address_for_one_that_has_one() -> None:
    async def scene() -> None:
        here = Scene(grace=3600, most=8)
        here.visitors.opened("page", "1.1.1.1")
        for number in range(4):
            await here.join(f"invented-{number}")
        for session in ("invented-5", None):
            with pytest.raises(Refused):
                await here.join(session)
        await here.join("page")

    run(scene())


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("10.0.0.1", "10.0.0.1"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::", "2001:db8:1:2::/64"),
        ("::ffff:10.0.0.1", "10.0.0.1"),
        ("testclient", "testclient"),
        (None, ""),
    ],
)
def test_a_host_of_ipv6_is_its_network(host: str | None, address: str) -> None:
    assert address_of(host) == address
