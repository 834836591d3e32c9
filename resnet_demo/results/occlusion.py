"""Occlusion: what the answer loses when a patch of the view is covered."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Occlusion:
    """What a patch costs at every place it was laid on: arrays float32 [rows, columns] of the places, whose grid covers
    the view evenly.

    The patch is a square of ``side`` pixels of the view, laid around the middle of each cell of the grid, in the
    ``fill`` that it is covered with. ``logits`` and ``probabilities`` (0..1) are those of the class of index ``target``
    under it, ``logit`` and ``probability`` those of the open view; with a ``contrast`` the logits are by how much they
    are above that class's.
    """

    target: int
    contrast: int | None
    side: int
    fill: str
    logit: float
    probability: float
    logits: np.ndarray
    probabilities: np.ndarray

    @property
    def drops(self) -> np.ndarray:
        """Before less after, of the logit, float32 [rows, columns]: above 0 where the class needs what was covered."""
        return np.float32(self.logit) - self.logits
