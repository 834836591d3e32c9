"""Files to take away: each answer once, in turn between visitors, and ended in time."""

from __future__ import annotations

import asyncio
import io
import threading
import zipfile
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from resnet_demo.engine.turns import Waiting
from resnet_demo.errors import Busy, Cancelled, InputError
from resnet_demo.page import routes
from resnet_demo.page.exports import Bench, Workshop
from resnet_demo.page.room import Room
from resnet_demo.page.session import Visitors
from resnet_demo.page.startup import Later
from resnet_demo.page.uploads import Uploads
from resnet_demo.results import Analysis, AnalysisRequest, Atlas, Tuning
from resnet_demo.settings import Settings
from tests.made_answers import made_analysis, made_atlas, made_ledger, made_tuning
from tests.page.running import run


class Asker:
    """Stands for a request, whose client leaves when told to."""

    left = noticed = False

    async def is_disconnected(self) -> bool:
        self.noticed = self.left
        return self.left


@pytest.fixture
def settings() -> Settings:
    return Settings()


@pytest.fixture
def room(tmp_path: Path, settings: Settings) -> Room:
    (tmp_path / "uploads").mkdir()
    uploads = Uploads(tmp_path / "uploads", age=60, megabytes=10)
    drawn = SimpleNamespace(card=SimpleNamespace(depth=18, name="tiny-imagenet", sha256="a" * 64))
    engine = Later(lambda: SimpleNamespace(drawn=lambda depth, weights: drawn), "engine")
    made = Room(settings, engine, uploads, Visitors(settings.results_kept))
    # Of the photo that is no more there is no ledger.
    vars(made)["laboratory"] = SimpleNamespace(with_ledger=_with_ledger, run=_run)
    return made


def _run(finding: type, photo: None, depth: int, weights: str) -> Atlas:
    """The atlas of every network, and nothing else: whatever costs more is not asked for."""
    assert finding is Atlas
    return made_atlas()


def _with_ledger(analysis: Analysis, photo: Any, waiting: Waiting) -> Analysis:
    if analysis.photo.name == "b.png":
        raise InputError("photo-gone", name="b.png")
    return replace(analysis, ledger=made_ledger())


@pytest.fixture
def http(room: Room) -> TestClient:
    return TestClient(Starlette(routes=list(routes.routes(room))))


def kept(room: Room, name: str) -> str:
    number = room.visitors.begin("me", "run")
    answer = room.visitors.keep_answer("me", number, made_analysis(name), AnalysisRequest(b"", name=name), dict)
    assert answer is not None
    return answer.id


def test_a_zip_holds_each_answer_once_however_often_it_is_named(http: TestClient, room: Room) -> None:
    first, second = kept(room, "a.png"), kept(room, "b.png")
    ids = ",".join([first] * 30 + [second] + [first])
    answer = http.get("/ui/collections/resnet-stages.zip", params={"ids": ids})
    folders = [name.split("/")[0] for name in zipfile.ZipFile(io.BytesIO(answer.content)).namelist() if "/" in name]
    assert list(dict.fromkeys(folders)) == ["a", "b"]
    table = http.get("/ui/collections/resnet-stages.csv", params={"ids": ids}).text
    assert len(table.splitlines()) == 3
    report = http.get("/ui/collections/resnet-stages.html", params={"ids": ids}).text
    assert report.count('class="rv photo"') == 2 and report.count('class="found-ledger"') == 1
    assert report.count('<details class="told">') == 1 and "is tuned to" not in report
    question = (Tuning, 18, "tiny-imagenet", "a" * 64)
    room.network_findings.put(made_tuning(), *question)  # somebody has measured it
    report = http.get("/ui/collections/resnet-stages.html", params={"ids": ids}).text
    assert report.count("What each stage of ResNet-18 is tuned to") == 1


def test_channels_are_told_once_however_often_they_are_named(http: TestClient, room: Room) -> None:
    result = kept(room, "a.png")
    told = http.get("/ui/channels/layer4", params={"ids": f"{result},{result}", "channels": "3,1,3,3"}).json()
    means = room.visitors.find_answer(result).analysis.stages["layer4"].means
    assert list(told) == [result] and told[result]["means"] == [means[3], means[1]]


def spent() -> Settings:
    """Every request has had its time already, which no setting allows."""
    settings = Settings()
    object.__setattr__(settings, "request_seconds", -1.0)
    return settings


@pytest.mark.parametrize("settings", [spent()])
@pytest.mark.parametrize("path", ["collections/resnet-stages.zip?ids={}", "results/{}/files/figure.png"])
def test_a_file_that_takes_longer_than_a_request_may_is_not_made(http: TestClient, room: Room, path: str) -> None:
    answer = http.get("/ui/" + path.format(kept(room, "a.png")))
    assert answer.status_code == 503 and "longer than a request may take" in answer.json()["error"]


def test_no_file_is_made_once_the_server_is_to_end(http: TestClient, room: Room) -> None:
    result = kept(room, "a.png")
    room.closing.set()
    assert http.get(f"/ui/results/{result}/files/figure.png").status_code == 503


async def until(true: Any) -> None:
    while not true():
        await asyncio.sleep(0.01)


class Held:
    """Work on items that stays at the first one until it is let go, and notes what it has done."""

    def __init__(self, done: list[str], *items: str) -> None:
        self.begun, self.go, self._done, self._items = threading.Event(), threading.Event(), done, items

    def __call__(self, bench: Bench) -> None:
        for item in bench.each(self._items):
            self._done.append(item)
            self.begun.set()
            self.go.wait(60)


def test_a_zip_gives_way_to_another_visitor_between_two_photos() -> None:
    async def scene() -> None:
        workshop, done = Workshop(4), []
        large, small = Held(done, "a1", "a2", "a3"), Held(done, "b")
        small.go.set()
        first = asyncio.create_task(workshop.make(Asker(), Waiting("a"), large))
        await until(large.begun.is_set)
        second = asyncio.create_task(workshop.make(Asker(), Waiting("b"), small))
        await until(lambda: workshop.waiting == 1)
        large.go.set()
        await asyncio.gather(first, second)
        assert done == ["a1", "b", "a2", "a3"]

    run(scene())


def test_one_visitor_takes_at_most_half_of_the_places_and_the_next_hears_at_once() -> None:
    async def scene() -> None:
        workshop, done = Workshop(4), []
        held = Held(done, "a")
        running = [asyncio.create_task(workshop.make(Asker(), Waiting("a"), held)) for _ in range(3)]
        await until(lambda: workshop.waiting == 2)
        with pytest.raises(Busy):
            await workshop.make(Asker(), Waiting("a"), held)
        running += [asyncio.create_task(workshop.make(Asker(), Waiting("b"), Held(done))) for _ in range(2)]
        await until(lambda: workshop.waiting == 4)
        with pytest.raises(Busy):
            await workshop.make(Asker(), Waiting("c"), held)
        held.go.set()
        await asyncio.gather(*running)

    run(scene())


def test_a_zip_ends_after_the_photo_at_which_it_was_stopped() -> None:
    async def scene() -> None:
        done: list[str] = []
        stopped, work = threading.Event(), Held(done, "a1", "a2")
        made = asyncio.create_task(Workshop(4).make(Asker(), Waiting("a", stop=stopped.is_set), work))
        await until(work.begun.is_set)
        stopped.set()
        work.go.set()
        with pytest.raises(Cancelled):
            await made
        assert done == ["a1"]

    run(scene())


def test_a_zip_ends_after_the_photo_at_which_its_asker_left() -> None:
    async def scene() -> None:
        workshop, done = Workshop(4), []
        asker, work, next_one = Asker(), Held(done, "a1", "a2"), Held(done, "b")
        next_one.go.set()
        made = asyncio.create_task(workshop.make(asker, Waiting("a"), work))
        await until(work.begun.is_set)
        asker.left = True
        await until(lambda: asker.noticed)
        work.go.set()
        with pytest.raises(Cancelled):
            await made
        await workshop.make(Asker(), Waiting("b"), next_one)
        assert done == ["a1", "b"]

    run(scene())
