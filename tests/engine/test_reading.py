"""Photos read for many at once: how many are decoded at a time, whose turn it is, and when it ends."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from resnet_demo.engine import reading as reading_module
from resnet_demo.engine.reading import Reading
from resnet_demo.engine.turns import AT_ONCE, Waiting
from resnet_demo.errors import Cancelled
from resnet_demo.photos.decode import Decoded
from resnet_demo.settings import Settings
from resnet_demo.weights.cards import Transform
from tests.hostile.build import encode, picture

TRANSFORM = Transform(resize=24, crop=24, interpolation="bilinear", mean=(0, 0, 0), std=(1, 1, 1))


def photo(seed: int) -> bytes:
    return encode(picture(np.random.default_rng(seed)), "PNG")


class Gate:
    """Decodes nothing before it is opened, and counts what is inside."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.inside, self.most, self.seen, self.gentle = 0, 0, [], []
        self.changed, self.opened = threading.Condition(), False

    def decode(self, data, name, settings, check, gently):
        with self.changed:
            self.gentle += [name] * gently
            self.inside += 1
            self.most = max(self.most, self.inside)
            self.seen.append(name)
            self.changed.notify_all()
            until = time.monotonic() + 30
            try:
                while not self.opened and time.monotonic() < until:
                    self.changed.wait(0.01)
                    check()
            finally:
                self.inside -= 1
                self.changed.notify_all()
        return Decoded(np.zeros((24, 36, 3), np.uint8))

    def open(self) -> None:
        with self.changed:
            self.opened = True
            self.changed.notify_all()

    def wait_until_inside(self, count: int) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: self.inside == count, 30)


@pytest.fixture
def gate(monkeypatch) -> Gate:
    gates = []
    monkeypatch.setattr(reading_module, "_start", lambda count: gates.append(Gate(count)) or gates[0])
    return gates


def test_no_more_photos_are_decoded_at_once_than_there_are_decoders(gate):
    reading = Reading(Settings(decoders=2), isolated=True)
    with ThreadPoolExecutor(12) as threads:
        waiting = [Waiting(visitor=number % 4) for number in range(12)]
        asked = [threads.submit(reading.view, photo(n), TRANSFORM, str(n), each) for n, each in enumerate(waiting)]
        gate[0].wait_until_inside(2)
        gate[0].open()
        assert {each.result(30).photo.name for each in asked} == {str(n) for n in range(12)}
    assert gate[0].most == 2


def test_a_visitor_with_many_photos_lets_another_go_before_the_next(gate):
    reading = Reading(Settings(decoders=1), isolated=True)
    places: list[int] = []
    with ThreadPoolExecutor(5) as threads:
        ask = lambda name, waiting: threads.submit(reading.view, photo(len(name)), TRANSFORM, name, waiting)  # noqa: E731
        many = [ask("a", Waiting(visitor="many"))]
        gate[0].wait_until_inside(1)
        many += [ask("a" * (n + 2), Waiting(visitor="many")) for n in range(3)]
        while reading.turns.waiting < 3:
            threading.Event().wait(0.001)
        single = ask("b" * 9, Waiting(visitor="single", on_wait=places.append))
        while reading.turns.waiting < 4:
            threading.Event().wait(0.001)
        gate[0].open()
        for each in (*many, single):
            each.result(30)
    assert gate[0].seen.index("b" * 9) == 2, "behind the one under way and the one that is next"
    assert places[0] == 2


def test_one_s_own_photos_read_ahead_are_no_queue_to_be_told_of(gate):
    reading = Reading(Settings(decoders=1), isolated=True)
    places: list[int] = []
    with ThreadPoolExecutor(3) as threads:
        waiting = Waiting(visitor="me", on_wait=places.append)
        first = threads.submit(reading.view, photo(0), TRANSFORM, "0", waiting)
        gate[0].wait_until_inside(1)
        others = [threads.submit(reading.view, photo(n), TRANSFORM, str(n), waiting) for n in (1, 2)]
        while reading.turns.waiting < 2:
            threading.Event().wait(0.001)
        gate[0].open()
        for each in (first, *others):
            each.result(30)
    assert places in ([], [1])  # the very first may be told that it is next


def test_who_has_stopped_does_not_wait_for_a_decoder(gate):
    reading = Reading(Settings(decoders=1), isolated=True)
    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(reading.view, photo(0), TRANSFORM, "0", AT_ONCE)
        gate[0].wait_until_inside(1)
        with pytest.raises(Cancelled):
            reading.view(photo(1), TRANSFORM, "1", Waiting(stop=lambda: True))
        gate[0].open()
        first.result(30)


def test_a_photo_seen_before_waits_for_nobody(gate):
    reading = Reading(Settings(decoders=1), isolated=True)
    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(reading.view, photo(0), TRANSFORM, "0", AT_ONCE)
        gate[0].wait_until_inside(1)
        gate[0].open()
        first.result(30)
        gate[0].opened = False
        second = threads.submit(reading.view, photo(1), TRANSFORM, "1", AT_ONCE)
        gate[0].wait_until_inside(1)
        assert reading.view(photo(0), TRANSFORM, "again", AT_ONCE).photo.name == "again"
        gate[0].open()
        second.result(30)


@pytest.mark.parametrize(
    ("asker", "other"),
    [
        (Waiting(visitor="greedy"), Waiting(visitor="single")),
        (Waiting(visitor="one name", address="a"), Waiting(visitor="single", address="b")),
    ],
)
def test_who_holds_every_decoder_gives_the_later_one_back_and_its_photo_is_decoded_after_all(
    gate, monkeypatch, asker, other
):
    monkeypatch.setattr(reading_module, "PATIENCE", 0.0)
    reading = Reading(Settings(decoders=2), isolated=True)
    again = replace(asker, visitor="another name") if asker.address else asker
    with ThreadPoolExecutor(3) as threads:
        first = threads.submit(reading.view, photo(0), TRANSFORM, "first", asker)
        gate[0].wait_until_inside(1)
        later = threads.submit(reading.view, photo(1), TRANSFORM, "later", again)
        gate[0].wait_until_inside(2)
        assert gate[0].seen == ["first", "later"], "alone, all of them are theirs"
        single = threads.submit(reading.unkept, photo(2), TRANSFORM, other)
        while len(gate[0].seen) < 3:
            threading.Event().wait(0.001)
        while reading.turns.waiting < 1:
            threading.Event().wait(0.001)
        gate[0].open()
        assert [each.result(30).photo.name for each in (first, later)] == ["first", "later"]
        single.result(30)
    assert gate[0].seen.count("first") == 1 and gate[0].seen.count("later") == 2 and gate[0].most == 2
    assert gate[0].gentle == ["later"], "the second time, and nobody else"


def test_who_holds_one_decoder_keeps_it_to_the_end(gate, monkeypatch):
    monkeypatch.setattr(reading_module, "PATIENCE", 0.0)
    reading = Reading(Settings(decoders=2), isolated=True)
    with ThreadPoolExecutor(3) as threads:
        asked = []
        for number, visitor in enumerate("abc"):
            asked.append(threads.submit(reading.view, photo(number), TRANSFORM, visitor, Waiting(visitor=visitor)))
            gate[0].wait_until_inside(min(number + 1, 2))
        while reading.turns.waiting < 1:
            threading.Event().wait(0.001)
        gate[0].open()
        for each in asked:
            each.result(30)
    assert sorted(gate[0].seen) == ["a", "b", "c"]
