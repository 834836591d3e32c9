"""Pace: what is reported before, between and after the steps of long work."""

import pytest

from resnet_demo.errors import Cancelled
from resnet_demo.results import Progress
from resnet_demo.studies.long_work import paced


def test_each_step_is_reported_before_it_and_the_end_behind_the_last():
    events = []
    for item in paced("ab", "baking", "cakes", events.append, None):
        events.append(item)
    assert events == [
        Progress("baking", 0, 2, "cakes"),
        "a",
        Progress("baking", 1, 2, "cakes"),
        "b",
        Progress("baking", 2, 2, "cakes"),
    ]


def test_work_without_steps_is_done_at_once():
    reports = []
    assert list(paced([], "baking", "cakes", reports.append, lambda: True)) == []
    assert reports == [Progress("baking", 0, 0, "cakes")]


def test_a_stop_is_asked_before_every_step_and_ends_the_work():
    done = []
    with pytest.raises(Cancelled) as stopped:
        for item in paced(range(5), "baking", "cakes", None, lambda: len(done) == 3):
            done.append(item)
    assert done == [0, 1, 2] and stopped.value.code == "stopped"


def test_nobody_has_to_listen():
    assert list(paced([1, 2], "baking", "cakes", None, None)) == [1, 2]
