"""Photos that are nearly the same are found, and only they."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from training.near_copies import Known, central_square, difference_hash, hashes


def made_photo(seed: int, size: tuple[int, int] = (300, 200)) -> Image.Image:
    """Soft patches of colour."""
    cells = np.random.default_rng(seed).integers(0, 256, (12, 16, 3), dtype=np.uint8)
    return Image.fromarray(cells).resize(size, Image.Resampling.BICUBIC)


def recompressed(photo: Image.Image, quality: int = 40) -> Image.Image:
    stream = io.BytesIO()
    photo.save(stream, "JPEG", quality=quality)
    return Image.open(stream).convert("RGB")


@pytest.mark.parametrize("seed", range(5))
def test_a_smaller_recompressed_copy_is_near(seed: int) -> None:
    photo = made_photo(seed)
    copy = recompressed(photo.resize((150, 100), Image.Resampling.BILINEAR))
    assert Known(hashes(photo)).has_near(hashes(copy))


def test_the_central_square_of_a_known_photo_is_near() -> None:
    photo = made_photo(7)
    assert Known(hashes(photo)).has_near(hashes(central_square(photo).resize((64, 64))))


def test_other_photos_are_not_near() -> None:
    known = Known()
    for seed in range(20):
        found = hashes(made_photo(seed))
        assert not known.has_near(found)
        known.add(found)
    assert len(known) == 40


def test_the_hash_says_which_cell_is_lighter_than_its_left_neighbour() -> None:
    rising = Image.fromarray(np.tile(np.arange(9, dtype=np.uint8) * 20, (8, 1)))
    assert difference_hash(rising) == 2**64 - 1
    assert difference_hash(rising.transpose(Image.Transpose.FLIP_LEFT_RIGHT)) == 0
