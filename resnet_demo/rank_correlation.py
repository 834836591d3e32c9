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
    return correlation(standing(a), standing(b))


def standing(values: ArrayLike) -> np.ndarray | None:
    """Where each value stands among all: its rank less the mean rank, over the root of the sum of such squares.

    float64 (size), so that the product of two of them is their rank correlation; None where there is no order.
    """
    values = np.asarray(values)
    if not np.isfinite(values).all():
        return None
    ranks = average_ranks(values) - (values.size - 1) / 2
    size = np.sqrt(ranks @ ranks)
    return ranks / size if size > 0 else None


def correlation(a: np.ndarray | None, b: np.ndarray | None) -> float | None:
    """Spearman's rho of two arrays, from where their values stand: for one array against many."""
    return None if a is None or b is None else float(np.clip(a @ b, -1, 1))


def average_ranks(values: ArrayLike) -> np.ndarray:
    """The rank of each value, 0 for the smallest, float64 (size): equal values share the mean of their ranks."""
    flat = np.ravel(values)
    order = np.argsort(flat)
    in_order = flat[order]
    new = np.ones(flat.size, bool)
    new[1:] = in_order[1:] != in_order[:-1]
    first = np.flatnonzero(new)
    counts = np.diff(first, append=flat.size)
    ranks = np.empty(flat.size)
    ranks[order] = np.repeat(first + (counts - 1) / 2, counts)
    return ranks
