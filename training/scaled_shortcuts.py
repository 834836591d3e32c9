"""What a trained residual network for CIFAR-10 still answers as its shortcuts are scaled down: after(F(x) + s x).

At s = 1 it is the network that was trained, at s = 0 the plain one with its weights. Two things go wrong on the way:
every unit gets inputs of another size than it learnt with, and what the shortcut carried is gone. To tell them apart
the errors are taken twice, with the batch norms' statistics as trained and with those of the scaled network itself.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor, nn

from resnet_demo.network.cifar import CifarNetwork
from resnet_demo.network.orderings import OrderedUnit
from training.average import recompute_statistics

SCALES = tuple(round(1 - 0.05 * step, 2) for step in range(21))

PART = 250
"""Pictures that pass the network together."""


class ScaledShortcuts(nn.Module):
    """``network``, which has shortcuts, with ``scale`` times each of them: logits (batch, classes)."""

    def __init__(self, network: CifarNetwork, scale: float) -> None:
        super().__init__()
        self.network, self.scale = network, scale

    def forward(self, x: Tensor) -> Tensor:
        x = self.network.stem(x)
        for unit in cast(list[OrderedUnit], list(self.network.units)):
            x = unit.after(unit.branch(x) + self.scale * unit.shortcut(x))
        return self.network.head(x)


@torch.no_grad()
def errors_by_scale(
    network: CifarNetwork, x: Tensor, labels: Tensor, seen: Tensor, scales: Sequence[float] = SCALES
) -> tuple[list[float], list[float]]:
    """The shares of pictures ``x`` (n, 3, 32, 32) that are named wrongly at each of ``scales``: with the statistics of
    training, and with those of the scaled network for ``seen`` (m, 3, 32, 32). ``network`` is left as it was.
    """
    kept, anew = [], []
    for scale in scales:
        scaled = ScaledShortcuts(copy.deepcopy(network), scale).eval()
        kept.append(_error(scaled, x, labels))
        recompute_statistics(scaled, seen.split(PART))
        anew.append(_error(scaled, x, labels))
    return kept, anew


def _error(network: nn.Module, x: Tensor, labels: Tensor) -> float:
    answers = torch.cat([network(part).argmax(1) for part in x.split(PART)])
    return (answers != labels).double().mean().item()
