"""Residual blocks: what each adds, what is lost without it, and where it found its evidence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from resnet_demo.results.analysis import NetworkInfo, Prediction

BLOCK_KINDS = ("grad-cam", "hirescam")
BlockKind = Literal["grad-cam", "hirescam"]
"""The kinds of map that are linear in what is weighed, so that those of branch and shortcut add up."""


@dataclass(frozen=True, eq=False)
class BlockProfile:
    """How much one block adds to what passes beside it, photo by photo: arrays float32 [photos].

    ``ratios`` are |F(x)| / |shortcut(x)|, L2 norms over channels and positions, NaN where the shortcut is all zero;
    ``cosines`` are of the angle between the two, -1..1, NaN where either is all zero; ``zeros`` are the share of the
    block's output, after its ReLU, that is exactly zero. ``projection`` says that the shortcut is no identity.
    """

    name: str
    stage: str
    projection: bool
    ratios: np.ndarray
    cosines: np.ndarray
    zeros: np.ndarray

    @property
    def ratio(self) -> float | None:
        """The mean ratio over the photos that have one; None where none has."""
        return known_mean(self.ratios)

    @property
    def cosine(self) -> float | None:
        """The mean cosine over the photos that have one; None where none has."""
        return known_mean(self.cosines)

    @property
    def zero_share(self) -> float:
        """The mean share of zeros, 0..1."""
        return float(self.zeros.mean(dtype=np.float64))


def known_mean(values: np.ndarray) -> float | None:
    """The mean of the values that are finite; None where none is."""
    known = values[np.isfinite(values)]
    return float(known.mean(dtype=np.float64)) if known.size else None


@dataclass(frozen=True, eq=False)
class ResidualProfile:
    """The profile of every block of a network on the same photos, first block to last."""

    blocks: tuple[BlockProfile, ...]


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a network says of one photo, whole or with a part cut.

    ``probability`` 0..1 (after the card's temperature) and ``logit`` are the explained class's; ``predictions`` the
    top-k. A network cut so that its values overflow has no answer: None, None and no predictions.
    """

    probability: float | None
    logit: float | None
    predictions: tuple[Prediction, ...]


@dataclass(frozen=True, eq=False)
class Lesion:
    """What changes when ``blocks`` are cut, in the way that ``cut`` names.

    ``branch``: F is bypassed, output = ReLU(shortcut(x)); ``shortcut``: the shortcut is cut, output = ReLU(F(x)).
    The changes are after less before, None where the cut network has no answer.
    """

    blocks: tuple[str, ...]
    cut: Literal["branch", "shortcut"]
    before: Outcome
    after: Outcome

    @property
    def probability_change(self) -> float | None:
        """-1..1, negative where the class lost by the cut."""
        return _change(self.before.probability, self.after.probability)

    @property
    def logit_change(self) -> float | None:
        """In units of the logit, negative where the class lost by the cut."""
        return _change(self.before.logit, self.after.logit)


def _change(before: float | None, after: float | None) -> float | None:
    return None if before is None or after is None else after - before


@dataclass(frozen=True, eq=False)
class LesionBoard:
    """The lesion of every block alone, first block to last, for the class of index ``target``."""

    target: int
    clean: Outcome
    lesions: tuple[Lesion, ...]


@dataclass(frozen=True, eq=False)
class ShortcutFade:
    """The answer as every shortcut is scaled down: ReLU(F(x) + s · shortcut(x)) in each block.

    ``scales`` float32 [n] are the factors s, 0..1, the first of them 1, the network as it is; ``outcomes`` what it says
    with each, for the class of index ``target``.
    """

    target: int
    scales: np.ndarray
    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True, eq=False)
class BlockMaps:
    """Maps inside one block for the class of index ``target``: signed float32 [h, w] on the block's grid.

    ``kind`` is "grad-cam", where a channel has one weight, or "hirescam", where every place has its own. ``branch`` and
    ``shortcut`` weigh F(x) and the shortcut by the gradient at their sum before the ReLU; they add up to ``total``, the
    map of that sum. ``output`` is the map of the block's output, behind the ReLU, with the gradient there: that of an
    ordinary map of a stage.
    """

    name: str
    target: int
    branch: np.ndarray
    shortcut: np.ndarray
    total: np.ndarray
    output: np.ndarray
    kind: BlockKind


@dataclass(frozen=True, eq=False)
class Blocks:
    """A network's blocks on some photos, by name: the profile over all of them, and each photo's lesions.

    ``maps`` hold, where they were asked for, each photo's maps inside every block, first block to last, for each of the
    kinds in turn.
    """

    network: NetworkInfo
    photos: tuple[str, ...]
    profile: tuple[BlockProfile, ...]
    lesions: tuple[LesionBoard, ...]
    maps: tuple[tuple[BlockMaps, ...], ...] = ()
