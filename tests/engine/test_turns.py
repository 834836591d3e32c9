"""Turns on the device are fair between visitors, whoever sent more."""

import threading
import time

import pytest

from resnet_demo.engine.turns import Turns
from resnet_demo.errors import Busy, Cancelled


def _queue(turns, work):
    """Start one thread for each (visitor, name), in this order, while the device is held; return names as they ran.

    A visitor is a name, or a pair of a name and an address.
    """
    ran = []

    def run(asker, name):
        visitor, address = asker if isinstance(asker, tuple) else (asker, None)
        with turns.take(visitor, address=address):
            ran.append(name)

    with turns.take("holder"):
        threads = []
        for count, (visitor, name) in enumerate(work, start=1):
            threads.append(threading.Thread(target=run, args=(visitor, name)))
            threads[-1].start()
            while turns.waiting < count:
                time.sleep(0.001)
    for thread in threads:
        thread.join(10)
    return ran


def test_a_single_photo_waits_behind_one_piece_of_each_other_visitor():
    work = [("a", "a1"), ("a", "a2"), ("a", "a3"), ("b", "b1"), ("b", "b2"), ("c", "c1")]
    assert _queue(Turns(100), work) == ["a1", "b1", "c1", "a2", "b2", "a3"]


def test_visitors_without_a_name_are_served_in_the_order_they_came():
    assert _queue(Turns(100), [(None, 1), (None, 2), (None, 3)]) == [1, 2, 3]


def test_whoever_calls_themselves_many_is_served_as_one_address_is():
    many = [((f"name {number}", "a"), f"a{number}") for number in range(4)]
    work = [*many, (("x", "b"), "b1"), (("x", "b"), "b2"), (("y", "b"), "b3")]
    assert _queue(Turns(100), work) == ["a0", "b1", "a1", "b3", "a2", "b2", "a3"]


def _begun(turns, visitor, address, left):
    """Begin a piece of work that lasts until ``left`` is set; an event that is set once it has its turn."""
    has_turn = threading.Event()

    def work():
        with turns.take(visitor, address=address):
            has_turn.set()
            left.wait(10)

    threading.Thread(target=work, daemon=True).start()
    return has_turn


def test_the_last_place_is_kept_for_whoever_holds_none():
    turns, left = Turns(None, at_once=2), threading.Event()
    with turns.take("b", address="there"):
        pass  # somebody else has asked a moment ago
    assert _begun(turns, "long", "here", left).wait(5)
    second = _begun(turns, "long", "here", left)
    other_name = _begun(turns, "another name", "here", left)
    assert not second.wait(0.3) and not other_name.is_set() and turns.waiting == 2
    for _ in range(3):  # though they came later, and though the others wait before them
        with turns.take("b", address="there"):
            pass
    assert not second.is_set() and not other_name.is_set()
    left.set()
    assert second.wait(5) and other_name.wait(5)


def test_visitors_of_one_address_keep_the_last_place_for_each_other():
    turns, left = Turns(None, at_once=2), threading.Event()
    with turns.take("b", address="here"):
        pass
    assert _begun(turns, "long", "here", left).wait(5)
    second = _begun(turns, "long", "here", left)
    assert not second.wait(0.3)
    with turns.take("b", address="here"):
        pass
    left.set()
    assert second.wait(5)


def test_who_is_alone_has_all_places(monkeypatch):
    monkeypatch.setattr("resnet_demo.engine.turns.COMPANY", 0.4)
    turns, left = Turns(None, at_once=2), threading.Event()
    assert _begun(turns, "a", "here", left).wait(5) and _begun(turns, "a", "here", left).wait(5)
    left.set()
    with turns.take("b", address="there"):
        pass
    left.clear()
    assert _begun(turns, "a", "here", left).wait(5)
    second = _begun(turns, "a", "here", left)
    assert not second.wait(0.1), "the other one may ask again"
    assert second.wait(5), "they have not"
    left.set()


def test_an_address_fills_at_most_three_quarters_of_the_queue_under_however_many_names():
    turns, threads = Turns(8), []

    def wait(visitor, address):
        with turns.take(visitor, address=address):
            pass

    def begin(visitor, address):
        threads.append(threading.Thread(target=wait, args=(visitor, address)))
        threads[-1].start()
        while turns.waiting < len(threads):
            time.sleep(0.001)

    with turns.take("holder"):
        for number in range(6):
            begin(number, "a")
        with pytest.raises(Busy), turns.take("seventh", address="a"):
            pass
        begin("x", "b")
        begin("y", "c")
        with pytest.raises(Busy), turns.take("z", address="d"):
            pass
    for thread in threads:
        thread.join(10)


def test_a_full_queue_says_busy_with_its_length():
    turns = Turns(1)
    with turns.take():
        waiter = threading.Thread(target=lambda: turns.take().__enter__())
        waiter.start()
        while turns.waiting < 1:
            time.sleep(0.001)
        with pytest.raises(Busy) as caught, turns.take():
            pass
        assert caught.value.details["waiting"] == 1
    waiter.join(10)


def test_nobody_fills_the_queue_alone():
    turns = Turns(4)

    def wait(visitor):
        with turns.take(visitor):
            pass

    with turns.take("a"):
        threads = [threading.Thread(target=wait, args=("a",)) for _ in range(2)]
        for count, thread in enumerate(threads, start=1):
            thread.start()
            while turns.waiting < count:
                time.sleep(0.001)
        with pytest.raises(Busy), turns.take("a"):
            pass
        threads.append(threading.Thread(target=wait, args=("b",)))
        threads[-1].start()
        while turns.waiting < 3:
            time.sleep(0.001)
    for thread in threads:
        thread.join(10)


def test_who_waits_is_told_their_place():
    turns, places = Turns(100), []

    def wait():
        with turns.take("b", on_wait=places.append):
            pass

    with turns.take("a"):
        first = threading.Thread(target=lambda: turns.take("c").__enter__())
        first.start()
        while turns.waiting < 1:
            time.sleep(0.001)
        second = threading.Thread(target=wait, daemon=True)
        second.start()
        while not places:
            time.sleep(0.001)
    assert places[0] == 2


def test_a_stopped_waiter_leaves_the_queue_and_the_next_one_runs():
    turns, stopped = Turns(100), threading.Event()
    outcome = []

    def wait():
        try:
            with turns.take("b", stop=stopped.is_set):
                outcome.append("ran")
        except Cancelled as error:
            outcome.append(error.code)

    with turns.take("a"):
        thread = threading.Thread(target=wait)
        thread.start()
        while turns.waiting < 1:
            time.sleep(0.001)
        stopped.set()
        thread.join(10)
        assert outcome == ["stopped"]
        assert turns.waiting == 0
    with turns.take("c"):
        pass


def test_the_device_is_free_again_after_work_that_failed():
    turns = Turns(1)
    with pytest.raises(ValueError, match="broken"), turns.take():
        raise ValueError("broken")
    with turns.take():
        pass


def test_past_the_deadline_a_waiter_is_told_that_it_took_too_long():
    turns = Turns(10)
    with turns.take(), pytest.raises(Cancelled) as caught, turns.take(deadline=time.monotonic() - 1):
        pass
    assert caught.value.code == "too-slow"


def test_long_work_lets_others_go_between_its_steps():
    turns, ran = Turns(10), []

    def short():
        with turns.take("b"):
            ran.append("short")

    with turns.take("a") as turn:
        thread = threading.Thread(target=short)
        thread.start()
        while turns.waiting < 1:
            time.sleep(0.001)
        ran.append("step 1")
        turn.give_way()
        ran.append("step 2")
        turn.give_way()
    thread.join(10)
    assert ran == ["step 1", "short", "step 2"]


def test_long_work_stopped_while_it_gives_way_takes_nothing_from_who_runs():
    turns, stopped, running, done = Turns(10), threading.Event(), threading.Event(), threading.Event()

    def other():
        with turns.take("b"):
            running.set()
            stopped.set()
            done.wait(10)

    thread = threading.Thread(target=other)
    with pytest.raises(Cancelled), turns.take("a", stop=stopped.is_set) as turn:
        thread.start()
        while turns.waiting < 1:
            time.sleep(0.001)
        turn.give_way()
    assert running.is_set()
    with pytest.raises(Cancelled), turns.take("c", stop=lambda: True):  # the device is still b's
        pass
    done.set()
    thread.join(10)
    with turns.take("c"):
        pass
