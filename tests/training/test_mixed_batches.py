"""Half of each batch is blurred photos with labels, half sharp ones."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from training.augment import normalised
from training.data import Photos
from training.mixed_batches import MixedBatches, sharp_crop
from training.sharp import Pool, Row


@pytest.fixture
def batches() -> MixedBatches:
    numbers = torch.Generator().manual_seed(0)
    pixels = torch.randint(0, 256, (12, 3, 64, 64), dtype=torch.uint8, generator=numbers)
    photos = Photos(pixels, torch.arange(12), tuple("abcdefghijkl"), "made")
    stored = np.random.default_rng(0).integers(0, 256, (10, 3, 256, 256), dtype=np.uint8)
    pool = Pool(stored, tuple(Row("made", str(number)) for number in range(10)))
    return MixedBatches(photos, pool, torch.tensor([1, 3, 5, 7, 9]), batch=8, seed=3)


def test_every_epoch_shows_every_photo_once(batches: MixedBatches) -> None:
    seen = torch.cat([batches.batch(step, 32).labels for step in range(3)])
    assert sorted(seen.tolist()) == list(range(12))


def test_only_usable_rows_are_shown(batches: MixedBatches) -> None:
    rows = torch.cat([batches.batch(step, 32).rows for step in range(6)])
    assert {*rows.tolist()} <= {1, 3, 5, 7, 9}


def test_a_step_shows_the_same_whenever_it_is_asked(batches: MixedBatches) -> None:
    first = batches.batch(4, 64)
    batches.batch(0, 64)
    again = batches.batch(4, 64)
    assert torch.equal(first.pictures, again.pictures)
    assert torch.equal(first.rows, again.rows)
    assert first.pictures.shape == (8, 3, 64, 64)


def test_the_whole_of_a_stored_crop_is_shown_where_nothing_else_is_drawn() -> None:
    stored = torch.randint(0, 256, (3, 64, 64), dtype=torch.uint8)
    shown = sharp_crop(stored, 64, 1.0, 0.0, [1.0, 0.5, 0.0, 0.0, 0.5, 0.9])
    assert torch.equal(shown, stored)
    mirrored = sharp_crop(stored, 64, 1.0, 0.0, [1.0, 0.5, 0.0, 0.0, 0.5, 0.1])
    assert torch.equal(mirrored, stored.flip(2))


def test_a_blurred_crop_has_lost_its_detail() -> None:
    stored = torch.randint(0, 256, (3, 256, 256), dtype=torch.uint8)
    sharp, blurred = (sharp_crop(stored, 160, 1.0, share, [1.0, 0.5, 0, 0, 0.2, 0.9]) for share in (0.0, 1.0))
    assert normalised(blurred[None]).std() < normalised(sharp[None]).std() / 1.5


def test_a_batch_larger_than_the_photos_is_refused(batches: MixedBatches) -> None:
    with pytest.raises(ValueError, match="half of it"):
        MixedBatches(batches.photos, batches.pool, batches.usable, batch=16, seed=0)
