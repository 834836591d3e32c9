"""Probes learn from labelled photos and from what a teacher says of sharp ones, and say what they learnt from."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from resnet_demo.weights.imagenet import imagenet_classes
from training.probes import sharp_photos
from training.sharp import SIDE, Row
from training.teacher import imagenet_indices


@pytest.fixture
def pool(tmp_path: Path) -> Path:
    """Six crops: one is set aside with its label, one has no answer yet; crop n is of brightness n."""
    crops = np.stack([np.full((3, SIDE, SIDE), number, np.uint8) for number in range(6)])
    np.save(tmp_path / "crops.npy", crops)
    rows = [Row("made", str(number), label="goldfish" if number == 1 else None).__dict__ for number in range(6)]
    (tmp_path / "rows.json").write_text(json.dumps(rows), encoding="utf-8")
    answers = np.zeros((6, 1_000), np.float16)
    answers[:, 7] = np.arange(6)
    answers[4] = np.nan
    np.save(tmp_path / "answers.npy", answers)
    return tmp_path


def test_sharp_photos_are_those_that_are_trained_on_and_have_an_answer(pool: Path) -> None:
    classes = [imagenet_classes()[index].wnid or "" for index in (3, 7)]
    assert imagenet_indices(classes) == [3, 7]
    photos, answers = sharp_photos(pool, classes, 10)
    assert photos.pixels[:, 0, 0, 0].tolist() == [0, 2, 3, 5]
    # Among these two classes alone: softmax(0, n).
    torch.testing.assert_close(answers[:, 1], torch.tensor([0.0, 2.0, 3.0, 5.0]).sigmoid())
    few, _ = sharp_photos(pool, classes, 3)
    assert few.pixels[:, 0, 0, 0].tolist() == [0, 2, 3]
    fewer, _ = sharp_photos(pool, classes, 2)
    assert fewer.pixels[:, 0, 0, 0].tolist() == [0, 3]
