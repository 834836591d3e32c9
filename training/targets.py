"""What the network is to answer: the truth, smoothed, mixed with what teachers answer.

Smoothing as in Szegedy et al. 2016, "Rethinking the Inception Architecture", section 7; soft labels as in Hinton et
al. 2015, "Distilling the Knowledge in a Neural Network", section 2, at temperature 1.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

SMOOTHING = 0.1
TEACHER_SHARE = 0.6


def average_answers(logits: Sequence[Tensor]) -> Tensor:
    """Mean of the teachers' probabilities: each (photos, classes) logits, to float16 (photos, classes)."""
    return torch.stack([teacher.float().softmax(1) for teacher in logits]).mean(0).half()


def targets(
    labels: Tensor, classes: int, answers: Tensor | None, share: float = TEACHER_SHARE, smoothing: float = SMOOTHING
) -> Tensor:
    """float32 (batch, classes), each row a distribution: ``share`` of it from the teachers' ``answers``, where given.

    ``labels`` is int64 (batch,). The truth has 1 - ``smoothing`` and an equal part of the rest, as every class has.
    """
    truth = F.one_hot(labels, classes).float().mul_(1 - smoothing).add_(smoothing / classes)
    if answers is None:
        return truth
    return torch.lerp(truth, answers.float(), share)


def cross_entropy(logits: Tensor, target: Tensor) -> Tensor:
    """Mean over the batch of -sum(target * log softmax(logits)), in float32."""
    return F.cross_entropy(logits.float(), target)
