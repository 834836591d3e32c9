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
    return with_first(np.stack([a, b]))[0]


def with_first(arrays: np.ndarray) -> list[float | None]:
    """Spearman's rho of each of ``arrays``, stacked along the first axis, but for the first, with the first."""
    flat = arrays.reshape(len(arrays), -1)
    ordered = np.isfinite(flat).all(axis=1)
    ranks = average_ranks(np.where(ordered[:, None], flat, 0)) - (flat.shape[1] - 1) / 2
    sizes = np.sqrt(np.einsum("ij,ij->i", ranks, ranks))
    ordered &= sizes > 0
    sizes[~ordered] = 1  # not divided by: their answer is None
    rho = np.clip(ranks @ ranks[0] / (sizes * sizes[0]), -1, 1)
    return [float(one) if ordered[0] and has else None for one, has in zip(rho[1:], ordered[1:], strict=True)]


def average_ranks(values: ArrayLike) -> np.ndarray:
    """The rank of each value in its row, the last axis, 0 for the smallest; float64, shaped as ``values``.

    Equal values share the mean of their ranks.
    """
    rows = np.atleast_2d(values)
    order = rows.argsort(axis=1)
    in_order = np.take_along_axis(rows, order, axis=1)
    places = np.tile(np.arange(rows.shape[1], dtype=np.float64), (len(rows), 1))
    new = in_order[:, 1:] != in_order[:, :-1]
    for row in np.flatnonzero(~new.all(axis=1)):
        places[row] = _shared_places(new[row])
    ranks = np.empty(rows.shape)
    np.put_along_axis(ranks, order, places, axis=1)
    return ranks.reshape(np.shape(values))


def _shared_places(new: np.ndarray) -> np.ndarray:
    """Places of sorted values, of which ``new`` says which differ from the one before, from the second on."""
    first = np.flatnonzero(np.concatenate([[True], new]))
    counts = np.diff(first, append=len(new) + 1)
    return np.repeat(first + (counts - 1) / 2, counts)
