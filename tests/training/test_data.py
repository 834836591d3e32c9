from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from resnet_demo.errors import InputError
from training.data import list_split, load_split


def save(path: Path, colour: tuple[int, int, int], size: tuple[int, int] = (8, 8)) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, colour).save(path, format="PNG")


def test_an_image_folder_is_read_in_the_order_of_its_sorted_classes(tmp_path: Path) -> None:
    save(tmp_path / "train/zebra/a.png", (10, 20, 30))
    save(tmp_path / "train/ape/b.png", (40, 50, 60))
    photos = load_split(tmp_path, "train", tmp_path / "cache", size=8)
    assert photos.classes == ("ape", "zebra")
    assert photos.labels.tolist() == [0, 1]
    assert photos.pixels.shape == (2, 3, 8, 8)
    assert photos.pixels.dtype == torch.uint8
    assert photos.pixels[:, :, 0, 0].tolist() == [[40, 50, 60], [10, 20, 30]]


def test_tiny_imagenet_is_read_as_it_is_unpacked(tmp_path: Path) -> None:
    for name in ("n02", "n01"):
        save(tmp_path / f"train/{name}/images/{name}_0.JPEG", (0, 0, 0))
        (tmp_path / f"train/{name}/{name}_boxes.txt").write_text(f"{name}_0.JPEG\t0\t0\t7\t7\n")
    save(tmp_path / "val/images/val_0.JPEG", (200, 0, 0))
    save(tmp_path / "val/images/val_1.JPEG", (0, 200, 0))
    (tmp_path / "val/val_annotations.txt").write_text("val_0.JPEG\tn02\t0\t0\t7\t7\nval_1.JPEG\tn01\t0\t0\t7\t7\n")
    training, classes = list_split(tmp_path, "train")
    assert [(path.name, classes[label]) for path, label in training] == [("n01_0.JPEG", "n01"), ("n02_0.JPEG", "n02")]
    validation = load_split(tmp_path, "val", tmp_path / "cache", size=8)
    assert validation.classes == classes == ("n01", "n02")
    assert validation.labels.tolist() == [1, 0]
    assert validation.pixels[:, 0, 0, 0].tolist() == [200, 0]


def test_a_photo_of_another_size_is_resized_by_its_shorter_side_and_cropped_in_the_middle(tmp_path: Path) -> None:
    pixels = np.zeros((16, 48, 3), np.uint8)
    pixels[:, 16:32] = 255  # white in the middle third, the square that is left
    (tmp_path / "train/a").mkdir(parents=True)
    Image.fromarray(pixels).save(tmp_path / "train/a/wide.png")
    photos = load_split(tmp_path, "train", tmp_path / "cache", size=16)
    assert photos.pixels.shape == (1, 3, 16, 16)
    assert bool((photos.pixels == 255).all())


def test_photos_are_decoded_once(tmp_path: Path) -> None:
    file = tmp_path / "train/a/one.png"
    save(file, (1, 2, 3))
    first = load_split(tmp_path, "train", tmp_path / "cache", size=8)
    file.write_bytes(b"no photo any more")
    again = load_split(tmp_path, "train", tmp_path / "cache", size=8)
    assert torch.equal(first.pixels, again.pixels)
    assert first.fingerprint == again.fingerprint


def test_another_photo_or_size_is_another_fingerprint(tmp_path: Path) -> None:
    save(tmp_path / "train/a/one.png", (1, 2, 3))
    small = load_split(tmp_path, "train", tmp_path / "cache", size=8)
    large = load_split(tmp_path, "train", tmp_path / "cache", size=16)
    save(tmp_path / "train/a/two.png", (1, 2, 3))
    more = load_split(tmp_path, "train", tmp_path / "cache", size=8)
    assert len({small.fingerprint, large.fingerprint, more.fingerprint}) == 3


@pytest.mark.parametrize("made", [(), ("train",), ("train/a",)])
def test_a_folder_without_photos_is_refused_by_name(tmp_path: Path, made: tuple[str, ...]) -> None:
    for folder in made:
        (tmp_path / folder).mkdir(parents=True)
    with pytest.raises(InputError, match=str(tmp_path / "train")):
        load_split(tmp_path, "train", tmp_path / "cache")


def test_a_photo_that_is_none_is_refused_by_name(tmp_path: Path) -> None:
    save(tmp_path / "train/a/one.png", (1, 2, 3))
    (tmp_path / "train/a/broken.png").write_bytes(b"not a photo")
    with pytest.raises(InputError, match=r"broken\.png"):
        load_split(tmp_path, "train", tmp_path / "cache")


def test_a_spread_takes_photos_from_the_whole_split(tmp_path: Path) -> None:
    for i in range(10):
        save(tmp_path / f"train/a/{i}.png", (i, 0, 0))
    some = load_split(tmp_path, "train", tmp_path / "cache", size=8).spread(5)
    assert some.pixels[:, 0, 0, 0].tolist() == [0, 2, 4, 6, 8]
