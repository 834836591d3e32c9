"""How far a map can be trusted, and at which stage the class can be told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from resnet_demo.results.analysis import Prediction
from resnet_demo.results.blocks import known_mean


@dataclass(frozen=True, eq=False)
class Curve:
    """The class's probability along one order of taking pixels, float32 [steps + 1], 0..1.

    ``deletion``: the first pixels of the order are replaced in the view by its mean colour. ``insertion``: they are put
    sharp into a blurred view. The areas under the curves over the share of pixels taken are 0..1; a map that finds what
    the network relies on has a small one for deletion and a large one for insertion.
    """

    deletion: np.ndarray
    insertion: np.ndarray
    deletion_area: float
    insertion_area: float


@dataclass(frozen=True, eq=False)
class StageFaithfulness:
    """One stage's Grad-CAM put to the test.

    ``shuffles`` are the map with its own cells in random places: the same grid and smoothness, and nothing known about
    the photo. ``flat`` says that the map is constant, so that its order is arbitrary.
    """

    map: Curve
    shuffles: tuple[Curve, ...]
    flat: bool

    @property
    def shuffled(self) -> Curve:
        """The mean of the shuffles' curves, and of their areas."""
        return Curve(
            deletion=np.mean([curve.deletion for curve in self.shuffles], axis=0),
            insertion=np.mean([curve.insertion for curve in self.shuffles], axis=0),
            deletion_area=float(np.mean([curve.deletion_area for curve in self.shuffles])),
            insertion_area=float(np.mean([curve.insertion_area for curve in self.shuffles])),
        )

    @property
    def spread(self) -> Mapping[str, float]:
        """The standard deviation of the shuffles' areas, by "deletion_area" and "insertion_area"; 0 for one alone."""
        return {
            area: float(np.std([getattr(curve, area) for curve in self.shuffles], ddof=min(1, len(self.shuffles) - 1)))
            for area in ("deletion_area", "insertion_area")
        }


@dataclass(frozen=True, eq=False)
class Faithfulness:
    """Deletion and insertion for the class of index ``target``.

    ``shares`` float32 [steps + 1] are the shares of pixels taken, 0 to 1. ``stages`` hold each stage's curves,
    ``centre`` those of an order from the middle of the view outwards. ``probability`` is the class's on the whole view;
    the other two are on the blurred view that insertion starts from and the blank one that deletion ends with: what is
    left of the class where nothing of it should be. All are at temperature 1. ``blur`` is the standard deviation in
    pixels of the Gaussian that blurs; deleted pixels take the mean colour of the training data.
    """

    target: int
    shares: np.ndarray
    stages: Mapping[str, StageFaithfulness]
    centre: Curve
    probability: float
    blurred_probability: float
    blank_probability: float
    blur: float


@dataclass(frozen=True, eq=False)
class StageCells:
    """Cells of one stage of ``grid`` (rows, columns), each set to zero alone.

    ``cells`` int32 [n] are row times columns plus column; ``drops`` float32 [n] are what the class's logit lost, below
    0 where it rose. ``trust`` is by kind of map Spearman's rank correlation in -1..1 of the map with the drops over
    these cells, None where either is constant.
    """

    grid: tuple[int, int]
    cells: np.ndarray
    drops: np.ndarray
    trust: Mapping[str, float | None]


@dataclass(frozen=True, eq=False)
class CellAblation:
    """How far each kind of map foretells what single cells are worth to the class of index ``target``, by stage."""

    target: int
    stages: Mapping[str, StageCells]


@dataclass(frozen=True, eq=False)
class Randomisation:
    """What is left of the maps when the network forgets its layers, last to first.

    ``layers`` are ``fc``, ``layer4`` … ``stem``: step i has fresh parameters in the first i + 1 of them. ``maps`` hold
    each stage's signed Grad-CAM of the trained network, float32 [h, w], ``randomised_maps`` those of the first draw,
    float32 [steps, h, w]. ``correlations`` hold each stage's Spearman correlations with the trained network's map,
    float32 [draws, steps], NaN where a map is constant.
    """

    target: int
    layers: tuple[str, ...]
    maps: Mapping[str, np.ndarray]
    randomised_maps: Mapping[str, np.ndarray]
    correlations: Mapping[str, np.ndarray]

    @property
    def mean_correlations(self) -> Mapping[str, tuple[float | None, ...]]:
        """The mean over the draws at each step, None where every draw's map was constant."""
        return {name: tuple(map(known_mean, values.T)) for name, values in self.correlations.items()}

    @property
    def mean_sizes(self) -> Mapping[str, tuple[float | None, ...]]:
        """The same of the correlations without their sign: maps turned round by chance are no memory, nor is their
        mean of nothing a loss of it."""
        return {name: tuple(map(known_mean, np.abs(values).T)) for name, values in self.correlations.items()}


@dataclass(frozen=True, eq=False)
class StageReadout:
    """What a linear probe reads from one stage's pooled activation.

    ``probability`` 0..1, ``logit`` and ``rank`` (1 for the most probable class) are the explained class's. ``top1`` is
    the probe's accuracy, a fraction on the data that its ``Readout`` names, None when unknown.
    """

    predictions: tuple[Prediction, ...]
    probability: float
    logit: float
    rank: int
    top1: float | None


@dataclass(frozen=True, eq=False)
class Readout:
    """At which stage the class of index ``target`` can be told: the probes' answers by stage, and the network's own.

    There are no ``stages`` for weights that no probes were trained for.
    """

    target: int
    stages: Mapping[str, StageReadout]
    network: StageReadout
    measured_on: str | None
