"""From logits to the top-k with probabilities."""

from __future__ import annotations

import torch
from torch import Tensor

from resnet_demo.errors import WeightsCorrupt
from resnet_demo.results import Prediction
from resnet_demo.weights.cards import Card


def top_k(logits: Tensor, card: Card, k: int) -> tuple[Prediction, ...]:
    """The ``k`` most probable classes of one photo, most probable first; all of them where there are fewer.

    ``logits`` float32 (classes). Probabilities are the softmax of the logits over the card's temperature. Equal logits
    keep the order of the classes. Raises ``WeightsCorrupt`` where a logit is not finite.
    """
    if not bool(torch.isfinite(logits).all()):
        raise WeightsCorrupt("logits-not-finite", weights=card.title)
    probabilities = torch.softmax(logits / card.temperature, 0)
    order = torch.argsort(logits, descending=True, stable=True)[:k].tolist()
    return tuple(
        Prediction(c.index, c.wnid, c.label, float(probabilities[c.index]), float(logits[c.index]))
        for c in (card.classes[i] for i in order)
    )
