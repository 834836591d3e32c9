"""Half of each batch is blurred photos with labels, half sharp ones."""

from __future__ import annotations

import pytest
import torch

from training.augment import normalised, some_blurred
from training.data import Photos
from training.mixed_batches import MixedBatches, SharpCrops


@pytest.fixture
def batches() -> MixedBatches:
    """Every sharp crop is of one grey, 20, 60, 100, and its answers are that number, over and over."""
    numbers = torch.Generator().manual_seed(0)
    pixels = torch.randint(0, 256, (12, 3, 64, 64), dtype=torch.uint8, generator=numbers)
    photos = Photos(pixels, torch.arange(12), tuple("abcdefghijkl"), "made")
    greys = torch.arange(20, 240, 40)
    stored = greys.byte()[:, None, None, None].repeat(1, 3, 128, 128)
    rows = torch.tensor([0, 1, 3, 4, 5])
    answers = greys[rows].half()[:, None].expand(5, 1000)
    return MixedBatches(photos, SharpCrops(stored, rows, answers, torch.arange(12)), batch=8, seed=3)


def test_every_epoch_shows_every_photo_once(batches: MixedBatches) -> None:
    seen = torch.cat([batches.batch(step, 32).labels for step in range(3)])
    assert sorted(seen.tolist()) == list(range(12))


def test_sharp_crops_come_with_their_own_answers(batches: MixedBatches) -> None:
    batch = batches.batch(0, 64)
    for picture, answers in zip(batch.pictures[4:], batch.answers, strict=True):
        assert answers[0] != 100  # the row that is not trained on
        grey = answers[0].byte().expand(1, 3, 64, 64)
        torch.testing.assert_close(picture, normalised(grey)[0], atol=1e-4, rtol=0)


def test_a_step_shows_the_same_whenever_it_is_asked(batches: MixedBatches) -> None:
    first = batches.batch(4, 64)
    batches.batch(0, 64)
    again = batches.batch(4, 64)
    assert torch.equal(first.pictures, again.pictures)
    assert torch.equal(first.answers, again.answers)
    assert first.pictures.shape == (8, 3, 64, 64)


def test_some_sharp_crops_have_lost_their_detail() -> None:
    stored = torch.randint(0, 256, (40, 3, 128, 128), dtype=torch.uint8)
    seen = some_blurred(stored, 0.5, 48, 64, torch.Generator().manual_seed(0))
    blurred = (seen != stored).flatten(1).any(1)
    assert 10 < blurred.sum() < 30
    assert normalised(seen[blurred]).std() < normalised(stored).std() / 1.5
    assert torch.equal(some_blurred(stored, 0.0, 48, 64, torch.Generator().manual_seed(0)), stored)


def test_a_batch_larger_than_the_photos_is_refused(batches: MixedBatches) -> None:
    with pytest.raises(ValueError, match="half of it"):
        MixedBatches(batches.photos, batches.sharp, batch=16, seed=0)
