"""What every benchmark is made of: rounds, shares and photos."""

from itertools import islice
from pathlib import Path

from benchmarks.folders import evenly
from benchmarks.subjects import in_turn, photos, share


def test_work_alternates_and_the_first_round_does_not_count():
    order, given = [], iter(range(100))
    work = {name: lambda new, name=name: order.append((name, new)) for name in "ab"}
    seconds = in_turn(work, 2, lambda: next(given))
    assert order == [("a", 0), ("b", 1), ("a", 2), ("b", 3), ("a", 4), ("b", 5)]
    assert {name: len(each) for name, each in seconds.items()} == {"a": 2, "b": 2}


def test_a_share_is_of_the_medians():
    assert share([2, 9, 3], [2, 1, 100]) == "1.50 (1.00 to 4.50)"


def test_no_two_photos_are_alike():
    assert len(set(islice(photos(), 20))) == 20


def test_photos_are_taken_evenly_from_folders_of_equal_size():
    paths = [Path(f"{folder}/{photo}") for folder in "abcde" for photo in range(50)]
    folders = [path.parent.name for path in evenly(paths, 20)]
    assert {name: folders.count(name) for name in "abcde"} == dict.fromkeys("abcde", 4)
    assert evenly(paths[:3], 20) == paths[:3]
