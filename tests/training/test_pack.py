"""Photos packed for a journey come out as they went in, but for what compression takes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.training.test_near_copies import made_photo
from training import pack, sharp
from training.data import Photos


def made(count: int, side: int) -> np.ndarray:
    return np.stack([np.asarray(made_photo(seed, (side, side))).transpose(2, 0, 1) for seed in range(count)])


def test_photos_survive_webp() -> None:
    photos = made(5, 64)
    found = pack.decoded(pack.encoded(photos, 60))
    assert found.shape == photos.shape
    assert np.abs(found.astype(int) - photos).mean() < 12


def test_everything_comes_out_in_its_place(tmp_path: Path) -> None:
    train = Photos(torch.from_numpy(made(7, 64)), torch.arange(7) % 2, ("a", "b"), "made")
    val = Photos(torch.from_numpy(made(3, 64)), torch.tensor([1, 0, 1]), ("a", "b"), "made")
    rows = tuple(sharp.Row("made", str(number), held=number == 2) for number in range(4))
    pool = sharp.Pool(made(4, 128), rows)
    answers = np.arange(4, dtype=np.float16)[:, None].repeat(1000, 1)
    answers[1] = np.nan
    files = pack.files_of(train, val, pool, answers, 80, 80)
    parts = pack.pack(files, tmp_path / "parts", 40_000)
    assert len(parts) > 1
    assert all(part.stat().st_size <= 40_000 for part in parts)
    pack.unpack(parts, tmp_path / "out")
    found, measured = pack.load(tmp_path / "out", "train"), pack.load(tmp_path / "out", "val")
    assert found.labels.tolist() == train.labels.tolist()
    assert measured.labels.tolist() == [1, 0, 1]
    assert (found.pixels.float() - train.pixels).abs().mean() < 12
    assert [row.name for row in sharp.load(tmp_path / "out/pool").rows] == ["0", "2", "3"]
    assert np.load(tmp_path / "out/pool/answers.npy")[:, 0].tolist() == [0, 2, 3]
    assert json.loads((tmp_path / "out/labels.json").read_text())["classes"] == ["a", "b"]


def test_a_file_that_fits_in_no_part_is_told(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="alone"):
        pack.pack(iter([("a", b"x" * 50_000)]), tmp_path, 40_000)
