"""Last layers fitted to features that stay as they are: to labels where there are any, elsewhere to a teacher.

From several kinds of photos at once, each with a weight of its own: Tiny ImageNet's photos have labels and are blurred,
the sharp photos have the answers of a teacher.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

DECAY = 1e-4
"""L2 penalty on the weights, for features of unit variance."""

ROUNDS = 80
"""Of L-BFGS."""

LEAST_SPREAD = 0.3
"""Of the channels' root mean square spread: one that varies less is not made louder. Its noise would be taken for a
sign, and its large weights would leave the others few of the steps that are stored."""

SHARP = 0.7
"""Weight of the sharp photos' answers beside the labels."""


@dataclass(frozen=True, eq=False)
class Lesson:
    """``features`` float32 (photos, channels); ``answers`` int64 (photos,) or probabilities (photos, classes)."""

    features: Tensor
    answers: Tensor
    weight: float = 1.0


def fit(lessons: Sequence[Lesson], classes: int, decay: float = DECAY, rounds: int = ROUNDS) -> nn.Linear:
    """The layer that answers them best: the weighted sum of each lesson's mean cross-entropy at its least.

    Deterministic: L-BFGS from zero on everything at once, on features brought to mean 0 and variance 1 over all
    photos (less where they hardly vary: ``LEAST_SPREAD``); that is then folded into the layer.
    """
    everything = torch.cat([lesson.features for lesson in lessons])
    mean, spread = everything.mean(0), everything.std(0)
    spread = spread.clamp_min(LEAST_SPREAD * spread.square().mean().sqrt())
    spread = torch.where(spread > 0, spread, 1.0)
    standard = [((lesson.features - mean) / spread, lesson.answers, lesson.weight) for lesson in lessons]
    weight = torch.zeros(classes, everything.shape[1], requires_grad=True)
    bias = torch.zeros(classes, requires_grad=True)
    optimizer = torch.optim.LBFGS([weight, bias], max_iter=rounds, history_size=10, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimizer.zero_grad()
        value = decay * weight.square().sum()
        for x, answers, share in standard:
            value = value + share * F.cross_entropy(F.linear(x, weight, bias), answers)
        value.backward()
        return value

    optimizer.step(loss)
    layer = nn.Linear(everything.shape[1], classes)
    with torch.no_grad():
        layer.weight.copy_(weight / spread)
        layer.bias.copy_(bias - layer.weight @ mean)
    return layer.requires_grad_(False)
