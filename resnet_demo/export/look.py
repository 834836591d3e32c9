"""How maps are looked at: the choices of the viewer's toolbar, and what follows from them for one map's scale."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from resnet_demo.errors import InputError
from resnet_demo.results import KINDS
from resnet_demo.viewer.colour_maps import DIVERGING, SEQUENTIAL, UNEVEN

TITLES = dict(zip(KINDS, ("Grad-CAM", "Grad-CAM++", "XGrad-CAM", "LayerCAM", "HiResCAM"), strict=True))
"""The kinds of map, as their papers call them."""


@dataclass(frozen=True)
class Look:
    """A look at the maps of an analysis, with the viewer's defaults (``viewer/display.js``).

    ``kind`` is one of ``results.KINDS``. With ``signed`` evidence against the class is drawn as well, on a diverging
    colour map; otherwise ``colour_map``, one of ``SEQUENTIAL``, shows what is for it. ``opacity`` is that of
    the strongest evidence, ``threshold`` the share of the scale's end below which nothing is drawn, both in 0..1.
    ``smooth`` interpolates between the centres of cells. ``shared`` gives all stages the scale of the strongest.
    Raises ``InputError`` for a value that is none of these.
    """

    kind: str = "grad-cam"
    signed: bool = False
    colour_map: str = "viridis"
    opacity: float = 0.7
    smooth: bool = True
    shared: bool = False
    threshold: float = 0.0

    def __post_init__(self) -> None:
        _one_of("kind", self.kind, KINDS)
        _one_of("colour_map", self.colour_map, SEQUENTIAL)
        for name in ("opacity", "threshold"):
            share = getattr(self, name)
            if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share <= 1:
                raise InputError("number-out-of-range", what=name, given=share, least=0, most=1)

    @property
    def colours(self) -> str:
        """The colour map in use."""
        return DIVERGING if self.signed else self.colour_map

    @property
    def uneven(self) -> bool:
        """Whether the lightness of the colours in use rises and falls where values only rise."""
        return self.colours in UNEVEN


def _one_of(name: str, given: object, accepted: Iterable[str]) -> None:
    if given not in tuple(accepted):
        raise InputError("choice-unknown", what=name, given=given, accepted=", ".join(accepted))


STEPS = 1024
"""Of a scale, as in the viewer: its values have no more colours than that."""


@dataclass(frozen=True)
class Scale:
    """The ends of a map's scale: 0 to its largest value, or -peak to peak for evidence for and against."""

    low: float
    high: float

    def steps(self, values: np.ndarray) -> np.ndarray:
        """On which of the scale's ``STEPS``, 0 the first, values lie: integers. What is no number is taken for 0."""
        if not self.high > self.low:
            return np.zeros(values.shape, np.intp)
        last = STEPS - 1
        steps = np.nan_to_num(values).astype(np.float64)
        steps -= self.low
        steps *= last / (self.high - self.low)
        steps += 0.5
        return np.clip(steps, 0, last, out=steps).astype(np.intp)

    def places(self, values: np.ndarray) -> np.ndarray:
        """Where values lie on the scale, 0..1, in ``STEPS`` steps."""
        return self.steps(values) / (STEPS - 1)

    @property
    def ticks(self) -> tuple[float, float, float]:
        """What a colour bar says at its start, middle and end."""
        return self.low, (self.low + self.high) / 2, self.high


def scale_of(cam: np.ndarray, look: Look, every: Iterable[np.ndarray]) -> Scale:
    """The scale of ``cam``; ``every`` are the maps of all stages, for a shared one."""
    peak = max(0.0, *(_peak(other, look.signed) for other in (every if look.shared else [cam])))
    return Scale(-peak if look.signed else 0.0, peak)


def _peak(cam: np.ndarray, signed: bool) -> float:
    low, high = extent(cam)
    return max(high, -low) if signed else high


def extent(cam: np.ndarray) -> tuple[float, float]:
    """The smallest and largest finite value of a map; zeros where there is none."""
    finite = cam[np.isfinite(cam)]
    return (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)


def nothing_to_show(cam: np.ndarray, signed: bool) -> str | None:
    """Why a map is not drawn, in words, or None. Stretching what is not there would paint noise."""
    low, high = extent(cam)
    if low == high == 0:
        return "zero everywhere"
    return None if high > 0 or signed else "nowhere above zero"
