"""The pool of sharp photos: what gets in, and what stays out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.training.test_near_copies import made_photo
from training import sharp
from training.near_copies import Known, hashes
from training.sharp_sources import KEPT_FROM_TRAINING, LABELLED, UNLABELLED


def put(file: Path, photo: Image.Image) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    photo.save(file, quality=95)
    return file


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Some everyday photos, lions that are set aside, and a test's photo."""
    for number in range(30):
        put(tmp_path / "photos/Fernando-crz+image-search/images" / f"{number}.jpg", made_photo(number))
    for number in range(100, 103):
        put(tmp_path / "photos/mengwanguc+tensorflow-tensorrt-python/lion" / f"{number}.jpg", made_photo(number))
    put(tmp_path / "evaluation/photo.png", made_photo(5, (120, 80)))
    return tmp_path


def test_a_photo_of_a_test_gets_into_no_pool(photos: Path) -> None:
    count, dropped = sharp.make(photos / "photos", [photos / "evaluation"], photos / "out")
    pool = sharp.load(photos / "out")
    assert dropped["near an evaluation photo"] == 1
    assert "5.jpg" not in {row.name for row in pool.rows}
    assert count == len(pool.rows) == len(pool.crops)


def test_every_broad_photo_has_its_square_first_and_a_random_crop_unless_it_is_held(photos: Path) -> None:
    sharp.make(photos / "photos", [photos / "evaluation"], photos / "out")
    pool = sharp.load(photos / "out")
    for row in pool.rows:
        crops = [other.crop for other in pool.rows if other.name == row.name]
        assert crops == ([0] if row.held or row.label else [0, 1])
    assert {row.label for row in pool.rows if not row.trained_on and not row.held} == {"lion"}
    assert not {*pool.trained_on()} & {*pool.held(), *pool.labelled()}


def test_what_is_set_aside_is_not_trained_on_under_another_name(photos: Path) -> None:
    put(photos / "photos/Fernando-crz+image-search/images/copied.jpg", made_photo(101, (330, 220)))
    sharp.make(photos / "photos", [photos / "evaluation"], photos / "out")
    assert "copied.jpg" not in {row.name for row in sharp.load(photos / "out").rows}


def test_a_small_photo_and_a_broken_one_are_not_used(tmp_path: Path) -> None:
    sieve = sharp.Sieve(Known(hashes(made_photo(0))))
    small = put(tmp_path / "small.jpg", made_photo(1, (200, 150)))
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"no photo")
    good = put(tmp_path / "good.jpg", made_photo(2))
    assert sieve.usable(small) is None
    assert sieve.usable(broken) is None
    assert sieve.usable(good) is not None
    assert sieve.usable(good) is None
    assert dict(sieve.dropped) == {"small": 1, "unreadable": 1, "copy": 1}


def test_a_crop_is_stored_as_the_photo_shows_it(tmp_path: Path) -> None:
    square = made_photo(3, (sharp.SIDE, sharp.SIDE))
    sharp.write(iter([(sharp.Row("coco", "a.jpg"), square)]), 5, tmp_path)
    pool = sharp.load(tmp_path)
    assert pool.crops.shape == (1, 3, sharp.SIDE, sharp.SIDE)
    assert (pool.crops[0] == np.asarray(square).transpose(2, 0, 1)).all()


def test_no_collection_of_a_test_is_among_the_sources() -> None:
    named = " ".join([source.repository for source in UNLABELLED] + [p for places in LABELLED.values() for p in places])
    for never in ("caltech", "imagenet-sample", "nips", "adversarial", "SSA", "tiny-imagenet"):
        assert never.lower() not in named.lower()
    groceries = {Path(p.split(":")[1]).name for places in LABELLED.values() for p in places if "Grocery" in p}
    assert groceries <= KEPT_FROM_TRAINING
