from __future__ import annotations

import pytest
import torch

from training.batches import Batches


def test_an_epoch_shows_each_photo_at_most_once_and_leaves_out_less_than_a_batch() -> None:
    batches = Batches(photos=23, size=5, seed=0)
    seen = torch.cat([batches.rows(step) for step in range(batches.steps_per_epoch)]).tolist()
    assert len(seen) == len(set(seen)) == 20
    assert set(seen) <= set(range(23))


def test_each_epoch_has_its_own_order() -> None:
    batches = Batches(photos=100, size=100, seed=0)
    assert batches.rows(0).tolist() != batches.rows(1).tolist()


def test_a_step_is_the_same_whether_or_not_steps_were_taken_before_it() -> None:
    walked, jumped = Batches(40, 4, seed=7), Batches(40, 4, seed=7)
    for step in range(24):
        rows = walked.rows(step)
    assert torch.equal(rows, jumped.rows(23))
    numbers = [torch.rand(3, generator=b.crop_generator(23)) for b in (walked, jumped)]
    assert torch.equal(*numbers)


def test_seeds_and_steps_have_numbers_of_their_own() -> None:
    first = Batches(40, 4, seed=7)
    streams = [first.crop_generator(0), first.crop_generator(1), Batches(40, 4, seed=8).crop_generator(0)]
    assert len({torch.rand(1, generator=g).item() for g in streams}) == 3


def test_fewer_photos_than_a_batch_are_refused() -> None:
    with pytest.raises(ValueError, match="batch of 8"):
        Batches(photos=7, size=8, seed=0)
