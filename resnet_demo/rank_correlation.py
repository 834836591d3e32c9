"""Spearman's rank correlation: do two maps order their cells alike, whatever their scales?"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike


def spearman(a: ArrayLike, b: ArrayLike) -> float | None:
    """Spearman's rho of two arrays of one shape, in -1..1: Pearson's correlation of their ranks, ties averaged.

    None where there is no order to compare: fewer than two values, an array that is constant, or one that holds a
    value that is not finite. Raises ``ValueError`` for arrays of different shapes.
    """
    a, b = np.asarray(a), np.asarray(b)
    if a.shape != b.shape:
        raise ValueError(f"arrays of shapes {a.shape} and {b.shape} can't be compared cell by cell")
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        return None
    x, y = (average_ranks(v) - (v.size - 1) / 2 for v in (a, b))
    size = np.sqrt((x @ x) * (y @ y))
    return float(np.clip((x @ y) / size, -1, 1)) if size > 0 else None


def average_ranks(values: ArrayLike) -> np.ndarray:
    """The rank of each value, 0 for the smallest, float64 (size): equal values share the mean of their ranks."""
    _, group, counts = np.unique(np.ravel(values), return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return ((last - counts + last - 1) / 2)[group]
