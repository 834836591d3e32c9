"""What the channels of each stage are tuned to, measured with pictures made for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

TUNED = 0.5
"""From here on a channel counts as tuned: of a contrast (a - b) / (a + b), that a is at least three times b."""


@dataclass(frozen=True, eq=False)
class StageTuning:
    """One stage's channels.

    ``curves`` hold for each thing varied float32 [channels, steps], the mean or best response at each of its steps.
    ``indices`` hold for each property float32 [channels] in -1..1, 0 for a channel that is silent on the pictures it is
    measured with; ``null_indices`` are the same of the network with random weights. ``classes`` is among them where the
    weights come with class profiles, and among the null's where that was measured with them. ``hues`` int32 [channels]
    are the steps of the hue that channels answer to, -1 for one that answers to none, and ``null_hues`` those of the
    network with random weights. ``best`` int32 [channels, n] are the pictures that excite a channel most, best first;
    -1 where fewer do at all.
    """

    curves: Mapping[str, np.ndarray]
    indices: Mapping[str, np.ndarray]
    null_indices: Mapping[str, np.ndarray]
    hues: np.ndarray
    null_hues: np.ndarray
    best: np.ndarray

    @property
    def shares(self) -> Mapping[str, float]:
        """By property, the share of all channels that are tuned to it."""
        return {name: _share(index) for name, index in self.indices.items()}

    @property
    def null_shares(self) -> Mapping[str, float]:
        """The same of the network with random weights."""
        return {name: _share(index) for name, index in self.null_indices.items()}


@dataclass(frozen=True, eq=False)
class Tuning:
    """All stages of a network, by name.

    ``steps`` names the steps of each curve, numbers as texts. ``sheet`` uint8 [h, w, 3] shows all ``pictures``, so many
    ``columns`` side by side, in the order in which ``StageTuning.best`` counts them; None once it was written without
    images.
    """

    depth: int
    weights: str
    stages: Mapping[str, StageTuning]
    steps: Mapping[str, tuple[str, ...]]
    sheet: np.ndarray | None
    pictures: int
    columns: int


def _share(index: np.ndarray) -> float:
    return float((index >= TUNED).mean())
