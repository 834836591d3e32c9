"""The card of a set of weights: what is known about it, in one record, and its JSON beside the file.

Menu, preprocessing, probabilities and documentation all read the card, so none of them can be about other weights.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from resnet_demo.results import ClassInfo

Interpolation = Literal["bilinear", "bicubic"]


@dataclass(frozen=True)
class Transform:
    """From an upright RGB photo to the network's view and tensor, as torchvision's ImageClassification preset does it.

    The shorter side is brought to ``resize`` pixels and the central ``crop`` x ``crop`` square is the view; values in
    0..1 are then normalised with ``mean`` and ``std``. With ``soften`` the shorter side is first brought to that many
    pixels, where the photo is larger: it takes away detail that training photos did not have.
    """

    resize: int
    crop: int
    interpolation: Interpolation
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    soften: int | None = None


@dataclass(frozen=True)
class Card:
    """``classes`` in index order. ``temperature`` divides the logits before the softmax.

    ``top1`` and ``top5`` are fractions on the data that ``measured_on`` names, None when unknown; ``sha256`` is of the
    weights file, its first eight hex digits where no more is known; ``size_bytes`` is that file's size.
    """

    name: str
    title: str
    depth: int
    classes: tuple[ClassInfo, ...]
    transform: Transform
    temperature: float
    top1: float | None
    top5: float | None
    measured_on: str | None
    parameters: int
    sha256: str | None
    size_bytes: int
    source: str
    licence: str
    made_by: str
