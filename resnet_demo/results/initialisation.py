"""A network before its training: how strong the signal is from unit to unit, and the gradient on its way back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class InitialSignal:
    """One fresh network, ``arrangement`` saying how it is made: "plain", or the name of an ``Ordering``.

    ``signal`` float32 [units + 1] is the root mean square of what the stem gives and each unit after it; ``gradient``
    float64 [units + 1] the L2 norm of the loss's gradient with respect to the same, over all pictures.
    """

    arrangement: str
    signal: np.ndarray
    gradient: np.ndarray

    @property
    def growth(self) -> float | None:
        """How many times larger the gradient is at the stem than at the last unit; None where it vanishes there."""
        last = float(self.gradient[-1])
        return float(self.gradient[0]) / last if last > 0 else None


@dataclass(frozen=True, eq=False)
class Initialisation:
    """Fresh networks of so many ``layers``, each with the same pictures and drawn from the same ``seed``."""

    layers: int
    seed: int
    networks: tuple[InitialSignal, ...]
