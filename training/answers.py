"""A network's answers to labelled photos, asked through the engine as the app asks it, and how good they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from resnet_demo.engine.engine import Engine
from resnet_demo.errors import InputError
from resnet_demo.results import ClassInfo, Failed
from training.data import list_split
from training.measure import calibration_error, top_k


@dataclass(frozen=True, eq=False)
class Answers:
    """``logits`` float32 (photos, classes), before the temperature; ``labels`` int64 (photos,), the true classes."""

    logits: Tensor
    labels: Tensor
    classes: tuple[ClassInfo, ...]
    temperature: float

    def top(self, k: int) -> float:
        """Fraction of photos whose class is among the ``k`` most probable."""
        return top_k(self.logits, self.labels, k)

    def calibration_error(self) -> float:
        """Expected calibration error of the probabilities, after the temperature."""
        return calibration_error((self.logits / self.temperature).softmax(1), self.labels)

    def mean_confidence(self) -> float:
        """Mean probability of the most probable class."""
        return (self.logits / self.temperature).softmax(1).max(1).values.mean().item()

    def confusion(self) -> Tensor:
        """Counts int64 (true class, answered class)."""
        count = len(self.classes)
        return torch.bincount(self.labels * count + self.logits.argmax(1), minlength=count**2).view(count, count)


def ask(
    engine: Engine,
    depth: int,
    weights: str,
    data: Path,
    split: str = "val",
    on_photo: Callable[[int, int], None] = lambda done, of: None,
) -> Answers:
    """Every photo of ``<data>/<split>`` through ``Engine.classify``. The folders' names are WordNet ids or labels.

    Raises ``InputError`` for a folder that is no class of these weights, and what a photo that can't be read raises.
    """
    samples, folders = list_split(data, split)
    card = engine.network(depth, weights).card
    index = {info.label: info.index for info in card.classes} | {
        info.wnid: info.index for info in card.classes if info.wnid
    }
    if strangers := [name for name in folders if name not in index]:
        raise InputError("training-strangers", folder=data / split, given=strangers[0], weights=card.title)
    logits = torch.empty(len(samples), len(card.classes))
    found = engine.classify((path for path, _ in samples), depth=depth, weights=weights, top_k=len(card.classes))
    for row, answer in enumerate(found):
        if isinstance(answer, Failed):
            raise answer.error
        for prediction in answer.predictions:
            logits[row, prediction.index] = prediction.logit
        on_photo(row + 1, len(samples))
    labels = torch.tensor([index[folders[label]] for _, label in samples])
    return Answers(logits, labels, card.classes, card.temperature)
