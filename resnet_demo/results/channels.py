"""Channels: what changes without one, what excites it, and which of them fire in a place."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class ChannelAblation:
    """What changes for the class of index ``target`` when one channel of a stage is set to zero; arrays float32 [n].

    ``channels`` int32 [n] are the channels, each taken away alone. ``logits`` and ``probabilities`` are the class's
    without it, ``logit`` and ``probability`` those of the whole network.
    """

    stage: str
    target: int
    logit: float
    probability: float
    channels: np.ndarray
    logits: np.ndarray
    probabilities: np.ndarray

    @property
    def logit_changes(self) -> np.ndarray:
        """After less before, float32 [n]: negative where the class needs the channel, 0 for one that is silent."""
        return self.logits - np.float32(self.logit)

    @property
    def probability_changes(self) -> np.ndarray:
        """After less before, float32 [n]."""
        return self.probabilities - np.float32(self.probability)


@dataclass(frozen=True, eq=False)
class ChannelImage:
    """An image made to excite one channel of a stage: uint8 [h, w, 3].

    ``activations`` float32 [steps + 1] is the channel's mean activation on the image as it stood before each step and
    after the last. All of them are zero for a channel that no step could wake.
    """

    stage: str
    channel: int
    image: np.ndarray
    activations: np.ndarray


@dataclass(frozen=True, eq=False)
class CellActivations:
    """Every channel of a stage in one cell of a photo, beside what is usual of it; arrays float32 [channels].

    ``usual`` is a channel's mean activation over the photos that ``measured_on`` names, classes weighing alike and all
    positions together; where that is None, its mean over the positions of this photo.
    """

    stage: str
    row: int
    column: int
    activations: np.ndarray
    usual: np.ndarray
    measured_on: str | None

    @property
    def ratios(self) -> np.ndarray:
        """The activation in multiples of what is usual, float32 [channels]: 0 for a channel that is silent in the cell,
        infinite for one that fires there and is usually silent."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(self.activations > 0, self.activations / self.usual, np.float32(0))
