from __future__ import annotations

from pathlib import Path

import pytest
import torch

from training import fitted
from training.data import Photos

PHOTOS, CLASSES = 24, 3
LABELS = torch.arange(PHOTOS) // 8


def features() -> torch.Tensor:
    """Each class around a corner of its own."""
    noise = torch.rand(PHOTOS, CLASSES, generator=torch.Generator().manual_seed(0))
    return torch.eye(CLASSES)[LABELS] + 0.5 * noise


def test_every_photo_is_answered_rightly_by_features_that_tell_the_classes_apart() -> None:
    logits = fitted.cross_fitted(features(), LABELS, CLASSES)
    assert logits.dtype == torch.float16
    assert torch.equal(logits.argmax(1), LABELS)


def test_a_photo_has_no_say_in_its_own_answer() -> None:
    before = fitted.cross_fitted(features(), LABELS, CLASSES)
    labels = LABELS.clone()
    labels[5] = 2
    after = fitted.cross_fitted(features(), labels, CLASSES)
    same_part = torch.arange(PHOTOS) % fitted.PARTS == 5 % fitted.PARTS
    assert torch.equal(after[same_part], before[same_part])
    assert not torch.equal(after[~same_part], before[~same_part])


def test_the_layer_is_fitted_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    photos = Photos(torch.zeros(PHOTOS, 3, 4, 4, dtype=torch.uint8), LABELS, ("a", "b", "c"), "made")
    logits = fitted.cached_fit(photos, "corners", features(), tmp_path)
    assert torch.equal(logits, fitted.cross_fitted(features(), LABELS, CLASSES))
    monkeypatch.setattr(fitted, "cross_fitted", lambda *_: pytest.fail("it was in the cache"))
    assert torch.equal(fitted.cached_fit(photos, "corners", features(), tmp_path), logits)
