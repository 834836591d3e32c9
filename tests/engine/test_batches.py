"""Streams of work: in order, ahead of need, never more than fits."""

import itertools

import pytest
import torch

from resnet_demo.engine.batches import batches, halve_until_it_fits, read_ahead
from resnet_demo.errors import DeviceOutOfMemory


def test_what_is_read_ahead_comes_out_in_order():
    assert list(read_ahead(lambda n: n * n, range(50), ahead=7)) == [n * n for n in range(50)]


def test_no_more_than_asked_for_is_taken_from_an_endless_stream():
    taken = []
    stream = read_ahead(lambda n: n, (taken.append(n) or n for n in itertools.count()), ahead=3)
    assert [next(stream) for _ in range(5)] == [0, 1, 2, 3, 4]
    stream.close()
    assert len(taken) <= 5 + 3


def test_an_error_comes_out_in_the_place_of_its_item():
    stream = read_ahead(lambda n: 1 // n, [1, 1, 0, 1], ahead=4)
    assert [next(stream), next(stream)] == [1, 1]
    with pytest.raises(ZeroDivisionError):
        next(stream)


def test_neighbours_of_one_kind_share_a_batch():
    kinds = {"a": 1, "b": 1, "c": 2, "d": None, "e": 2, "f": 2, "g": 2}
    assert list(batches("abcdefg", 3, kinds.get)) == [["a", "b"], ["c", "d", "e"], ["f", "g"]]


def test_an_item_without_a_kind_does_not_fix_the_kind_of_its_batch():
    assert list(batches([None, 1, 1], 5, lambda n: n)) == [[None, 1, 1]]


def test_a_batch_too_large_for_the_device_is_halved_and_keeps_its_order():
    ran = []

    def run(batch):
        if len(batch) > 2:
            raise torch.OutOfMemoryError("too much")
        ran.append(batch)
        return [n * 10 for n in batch]

    assert halve_until_it_fits(run, [1, 2, 3, 4, 5]) == [10, 20, 30, 40, 50]
    assert ran == [[1, 2], [3], [4, 5]]


def test_a_batch_that_the_processors_memory_does_not_hold_is_halved_too():
    def run(batch):
        if len(batch) > 1:
            torch.empty(1 << 50)  # four pebibytes
        return batch

    assert halve_until_it_fits(run, [1, 2, 3]) == [1, 2, 3]


def test_another_failure_of_a_batch_stays_what_it_is():
    def run(batch):
        raise RuntimeError("sizes do not match")

    with pytest.raises(RuntimeError, match="sizes do not match"):
        halve_until_it_fits(run, [1, 2])


def test_one_item_that_does_not_fit_is_a_clear_error():
    def run(batch):
        raise torch.OutOfMemoryError("too much")

    with pytest.raises(DeviceOutOfMemory, match="smaller depth"):
        halve_until_it_fits(run, [1])
