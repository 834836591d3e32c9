"""Painting over a photo, or over the cells of a stage, and what the network then says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from resnet_demo.results.blocks import Outcome
from resnet_demo.results.ledger import Ledger

FILLS = ("grey", "blur", "noise")
"""What may cover a part of a view: the mean colour of the training photos, the view blurred, or coloured noise."""

COPY = "copy"
"""What shows another part of the view, or a part of another photo's."""

CELL_FILLS = ("zero", "mean")
"""What may cover cells of a stage: zeros, or each channel's mean over the stage."""

Fill = Literal["grey", "blur", "noise", "copy", "zero", "mean"]


@dataclass(frozen=True, eq=False)
class Stroke:
    """One stroke of the brush: discs of ``radius`` around ``points`` float32 [n, 2], x and y.

    Lengths are shares of the view's width and height, 0..1, whatever it is laid on: ``on`` is "view" or a stage, whose
    cells are covered where a disc holds their middle or a point lies in them. With "copy" what is ``offset`` (x, y)
    away is shown, in the view itself or in the one of place ``source`` among those given, from 1.
    """

    on: str
    fill: Fill
    points: np.ndarray
    radius: float
    offset: tuple[float, float] = (0.0, 0.0)
    source: int = 0


@dataclass(frozen=True, eq=False)
class Painted:
    """What the network says of a painted view: ``picture`` uint8 [h, w, 3] is that view, the paint on stages not in it.

    ``outcome`` is told of the class of index ``target``; ``cams`` hold each stage's signed Grad-CAM map, float32
    [h, w], and ``ledger`` the logit as a sum, for the class or against the ``contrast``.
    """

    target: int
    contrast: int | None
    picture: np.ndarray
    outcome: Outcome
    cams: Mapping[str, np.ndarray]
    ledger: Ledger
