"""From logits to the top-k with probabilities."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor

from resnet_demo.errors import WeightsCorrupt
from resnet_demo.results import Prediction
from resnet_demo.weights.cards import Card

Probable = Callable[[Tensor], Tensor]
"""What makes logits (…, classes) probabilities."""


def softmax(logits: Tensor) -> Tensor:
    """Probabilities of classes that exclude each other, at temperature 1."""
    return torch.softmax(logits, -1)


def probabilities(logits: Tensor, card: Card) -> Tensor:
    """Logits (…, classes) as probabilities 0..1 of the same shape: what the card's activation makes of them over its
    temperature. Those of a softmax add up to one, as do shares; those of a sigmoid each stand alone."""
    if card.activation == "share":
        positive = logits.clamp(min=0)
        return positive / positive.sum(-1, keepdim=True).clamp(min=torch.finfo(logits.dtype).tiny)
    logits = logits / card.temperature
    return torch.sigmoid(logits) if card.activation == "sigmoid" else softmax(logits)


def untempered(card: Card) -> Card:
    """The same card at temperature 1."""
    return replace(card, temperature=1.0)


def top_k(logits: Tensor, card: Card, k: int) -> tuple[Prediction, ...]:
    """The ``k`` most probable classes of one photo, most probable first; all of them where there are fewer.

    ``logits`` float32 (classes). Equal logits keep the order of the classes. Raises ``WeightsCorrupt`` where a logit is
    not finite.
    """
    if not bool(torch.isfinite(logits).all()):
        raise WeightsCorrupt("logits-not-finite", weights=card.title)
    probable, plain = probabilities(logits, card), probabilities(logits, untempered(card))
    order = torch.argsort(logits, descending=True, stable=True)[:k].tolist()
    return tuple(
        Prediction(c.index, c.wnid, c.label, float(probable[c.index]), float(logits[c.index]), float(plain[c.index]))
        for c in (card.classes[i] for i in order)
    )
