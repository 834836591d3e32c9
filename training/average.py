"""The average of the network over the recent past, which answers better than its latest state (Polyak and Juditsky
1992; in this exponential form Szegedy et al. 2016, section 8)."""

from __future__ import annotations

import copy
from collections.abc import Iterable

import torch
from torch import Tensor, nn


class Average:
    """``network`` is the averaged copy, in evaluation mode. ``decay`` is what remains of the old average each step.

    Early on the decay is smaller, (1 + step) / (10 + step), so that the random start is soon forgotten. Batch
    statistics are averaged faster than parameters: they have been averaged once already.
    """

    def __init__(self, network: nn.Module, decay: float = 0.999) -> None:
        self.network = copy.deepcopy(network).eval().requires_grad_(False)
        self.decay = decay

    @torch.no_grad()
    def update(self, network: nn.Module, step: int) -> None:
        """Moves the average towards ``network``, which has just made ``step`` (0 the first)."""
        decay = min(self.decay, (1 + step) / (10 + step))
        _move(self.network.parameters(), network.parameters(), decay)
        floats = [(mine, theirs) for mine, theirs in zip(self.network.buffers(), network.buffers(), strict=True)]
        _move(
            (mine for mine, _ in floats if mine.is_floating_point()),
            (theirs for _, theirs in floats if theirs.is_floating_point()),
            decay**10,
        )
        for mine, theirs in floats:
            if not mine.is_floating_point():
                mine.copy_(theirs)


def _move(average: Iterable[Tensor], latest: Iterable[Tensor], decay: float) -> None:
    torch._foreach_lerp_(list(average), list(latest), 1 - decay)


@torch.no_grad()
def blend(network: nn.Module, start: nn.Module, share: float) -> None:
    """Moves the parameters of ``network`` by ``share``, 0 to 1, towards those of ``start``, which it was trained from.

    Two networks of which one was trained on from the other often answer better averaged than either (Wortsman et al.
    2022, "Robust Fine-Tuning of Zero-Shot Models", section 3). The batch statistics are to be recomputed after it.
    """
    _move(network.parameters(), start.parameters(), 1 - share)


@torch.no_grad()
def recompute_statistics(
    network: nn.Module, batches: Iterable[Tensor], only: Iterable[nn.Module] | None = None
) -> None:
    """Replaces the batch statistics by their plain mean over ``batches`` (normalised pictures), for these weights.

    An averaged network has never seen the activations its running statistics describe; and the statistics differ with
    the size of the pictures, so they are taken at the size at which the network is to answer (Izmailov et al. 2018,
    "Averaging Weights Leads to Wider Optima", section 3.2). Where ``only`` some modules' are to be replaced, the
    others normalise by what they know meanwhile.
    """
    norms = [m for m in (network.modules() if only is None else only) if isinstance(m, nn.BatchNorm2d)]
    momenta = [norm.momentum for norm in norms]
    network.eval()
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None
        norm.train()
    try:
        for batch in batches:
            network(batch)
    finally:
        network.eval()
        for norm, momentum in zip(norms, momenta, strict=True):
            norm.momentum = momentum
