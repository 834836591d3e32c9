from __future__ import annotations

from pathlib import Path

import pytest
import torch

from resnet_demo.errors import InputError
from training import teacher
from training.data import Photos


def photos(count: int = 70) -> Photos:
    pixels = torch.arange(count, dtype=torch.uint8).view(-1, 1, 1, 1).expand(count, 3, 4, 4).contiguous()
    return Photos(pixels, torch.zeros(count, dtype=torch.int64), ("a", "b"), "made")


def answer(pixels: torch.Tensor) -> torch.Tensor:
    first = pixels[:, 0, 0, 0].float()
    return torch.stack([first, -first], 1)


def test_classes_are_found_in_imagenet_by_their_wordnet_ids() -> None:
    assert teacher.imagenet_indices(["n01440764", "n07920052"]) == [0, 967]  # tench, espresso


def test_a_class_that_imagenet_has_not_is_named() -> None:
    with pytest.raises(InputError, match="unicorn"):
        teacher.imagenet_indices(["n01440764", "unicorn"])


def test_every_photo_is_answered_once_in_its_place(tmp_path: Path) -> None:
    logits = teacher.cached_answers(photos(), "made", lambda: answer, tmp_path)
    assert logits.dtype == torch.float16
    assert logits[:, 0].tolist() == list(range(70))

    def must_not_be_built() -> teacher.Teacher:
        raise AssertionError("the answers were in the cache")

    assert torch.equal(teacher.cached_answers(photos(), "made", must_not_be_built, tmp_path), logits)


def test_answering_goes_on_where_it_was_stopped(tmp_path: Path) -> None:
    asked: list[int] = []

    def stops(pixels: torch.Tensor) -> torch.Tensor:
        asked.append(int(pixels[0, 0, 0, 0]))
        if len(asked) == 2:
            raise KeyboardInterrupt
        return answer(pixels)

    with pytest.raises(KeyboardInterrupt):
        teacher.cached_answers(photos(), "made", lambda: stops, tmp_path)
    logits = teacher.cached_answers(photos(), "made", lambda: stops, tmp_path)
    assert asked == [0, teacher.CHUNK, teacher.CHUNK, 2 * teacher.CHUNK]  # the second chunk twice, the first once
    assert logits[:, 1].tolist() == [-i for i in range(70)]
