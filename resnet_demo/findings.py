"""What the studies find, as ``results.py`` is for the analysis: frozen dataclasses of numbers, words and numpy arrays.

No tensor comes this far and nothing here computes more than a mean or a difference of what it holds. Arrays are
read-only to their readers by agreement.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from resnet_demo.results import NetworkInfo, Prediction, ReceptiveField

# Architecture

Operation = Literal["convolution", "max-pool", "average-pool", "linear"]


@dataclass(frozen=True)
class LayerFacts:
    """One layer that moves data between grids or channels.

    ``name`` is the module's in its unit (``conv2``, ``downsample.0``). ``kernel`` is (height, width), the whole grid
    for the average pool; ``stride`` and ``padding`` are those of both sides. ``output_shape`` is (channels, height,
    width).     ``parameters`` and ``multiply_adds`` are the layer's alone, without the batch norm behind it.
    """

    name: str
    operation: Operation
    kernel: tuple[int, int]
    stride: int
    padding: int
    in_channels: int
    out_channels: int
    output_shape: tuple[int, int, int]
    parameters: int
    multiply_adds: int


@dataclass(frozen=True)
class UnitFacts:
    """The stem, one residual block or the head, for one size of view.

    ``kind`` is ``stem``, ``BasicBlock``, ``Bottleneck`` or ``head``; ``stage`` is a name of ``STAGES`` or ``head``.
    ``layers`` are those of the stem, of the block's branch F or of the head, in order; ``projection`` is the
    shortcut's convolution, None where the shortcut is the identity. ``parameters`` and ``multiply_adds`` count
    everything in the unit. ``receptive_field`` is that of its output cells, None for the head, which sees everything.
    """

    name: str
    stage: str
    kind: str
    layers: tuple[LayerFacts, ...]
    projection: LayerFacts | None
    output_shape: tuple[int, int, int]
    parameters: int
    multiply_adds: int
    receptive_field: ReceptiveField | None


@dataclass(frozen=True)
class Architecture:
    """A network as a list of units, stem to head, for views of ``view_size`` (height, width)."""

    view_size: tuple[int, int]
    units: tuple[UnitFacts, ...]

    @property
    def parameters(self) -> int:
        """All parameters of the network."""
        return sum(unit.parameters for unit in self.units)

    @property
    def multiply_adds(self) -> int:
        """All multiply-adds for one view, counted as ``studies.architecture`` says."""
        return sum(unit.multiply_adds for unit in self.units)


@dataclass(frozen=True)
class TableCell:
    """One depth's entry in one row of the paper's table 1: a block's convolutions and how often the block repeats.

    ``convolutions`` are (kernel, channels) pairs in order, (3, 64), (3, 64) for BasicBlock in ``conv2_x``.
    """

    convolutions: tuple[tuple[int, int], ...]
    repeats: int

    @property
    def formula(self) -> str:
        """As the paper prints it: ``[1×1, 64; 3×3, 64; 1×1, 256] × 3``."""
        block = "; ".join(f"{kernel}×{kernel}, {channels}" for kernel, channels in self.convolutions)
        return f"[{block}] × {self.repeats}"


@dataclass(frozen=True)
class TableRow:
    """One stage in the paper's table 1: ``paper_name`` (``conv2_x``), ``name`` here (``layer1``), output size in cells.

    ``shared`` is what stands across all columns (``7×7, 64, stride 2``), else None; ``cells`` hold one entry a depth.
    """

    name: str
    paper_name: str
    output_size: int
    shared: str | None
    cells: Mapping[int, TableCell]


@dataclass(frozen=True)
class PaperTable:
    """Table 1 of He et al. 2016 for 224x224 views and 1,000 classes.

    ``paper_flops`` are the multiply-adds the paper states; ``multiply_adds`` and ``parameters`` are counted on the
    networks here, which stride in the 3x3 of a Bottleneck and so cost more than the paper's from depth 50 on.
    """

    rows: tuple[TableRow, ...]
    paper_flops: Mapping[int, float]
    multiply_adds: Mapping[int, int]
    parameters: Mapping[int, int]


@dataclass(frozen=True)
class Ordering:
    """One way of ordering a residual unit, He et al. 2016b, "Identity Mappings in Deep Residual Networks", figure 4.

    ``branch`` are the steps of F and ``after`` those behind the addition, each one of ``conv``, ``bn``, ``relu``.
    ``errors`` are the paper's test errors on CIFAR-10 in percent (its table 2), by depth of the network.
    """

    name: str
    title: str
    branch: tuple[str, ...]
    after: tuple[str, ...]
    errors: Mapping[int, float]


# Receptive fields


@dataclass(frozen=True)
class ViewBox:
    """A rectangle of whole pixels of the view, top and left included, bottom and right excluded."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True, eq=False)
class EffectiveField:
    """What one cell makes use of: ``sway`` float32 [h, w] of the view, never negative, zero outside ``box``.

    ``theoretical`` is the field by construction and ``box`` its part in the view; ``share_inside`` of the whole sway
    lies in it, all of it up to rounding. ``effective_size`` is the side in pixels of a square as large as the area
    that counts (Luo et al. 2016). Both are None for a cell that nothing sways: its channels are silent there.
    """

    sway: np.ndarray
    theoretical: ReceptiveField
    box: ViewBox
    share_inside: float | None
    effective_size: float | None


# Blocks


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
        return _mean(self.ratios)

    @property
    def cosine(self) -> float | None:
        """The mean cosine over the photos that have one; None where none has."""
        return _mean(self.cosines)

    @property
    def zero_share(self) -> float:
        """The mean share of zeros, 0..1."""
        return float(self.zeros.mean(dtype=np.float64))


def _mean(values: np.ndarray) -> float | None:
    known = values[np.isfinite(values)]
    return float(known.mean(dtype=np.float64)) if known.size else None


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
class BlockStudy:
    """A network's blocks on some photos, by name: the profile over all of them, and each photo's lesions."""

    network: NetworkInfo
    photos: tuple[str, ...]
    profile: tuple[BlockProfile, ...]
    lesions: tuple[LesionBoard, ...]


@dataclass(frozen=True, eq=False)
class BlockMaps:
    """Grad-CAM inside one block for the class of index ``target``: signed float32 [h, w] on the block's grid.

    ``branch`` and ``shortcut`` weigh the channels of F(x) and of the shortcut by the gradient at their sum before the
    ReLU; they add up to ``total``, the map of that sum. ``output`` is the map of the block's output, behind the ReLU,
    with the gradient there: that of an ordinary Grad-CAM.
    """

    name: str
    target: int
    branch: np.ndarray
    shortcut: np.ndarray
    total: np.ndarray
    output: np.ndarray


# Channels


@dataclass(frozen=True, eq=False)
class ChannelAblation:
    """What changes for the class of index ``target`` when one channel of a stage is set to zero; arrays float32 [n].

    ``channels`` int32 [n] are the channels, each taken away alone. ``logits`` and ``probabilities`` are the class's
    without it, ``logit`` and ``probability`` those of the whole network.
    """

    stage: str
    target: int
    logit: float
    probability: float
    channels: np.ndarray
    logits: np.ndarray
    probabilities: np.ndarray

    @property
    def logit_changes(self) -> np.ndarray:
        """After less before, float32 [n]: negative where the class needs the channel, 0 for one that is silent."""
        return self.logits - np.float32(self.logit)

    @property
    def probability_changes(self) -> np.ndarray:
        """After less before, float32 [n]."""
        return self.probabilities - np.float32(self.probability)


@dataclass(frozen=True, eq=False)
class ChannelImage:
    """An image made to excite one channel of a stage: uint8 [h, w, 3].

    ``activations`` float32 [steps + 1] is the channel's mean activation on the image as it stood before each step and
    after the last. All of them are zero for a channel that no step could wake.
    """

    stage: str
    channel: int
    image: np.ndarray
    activations: np.ndarray


# Trust


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


@dataclass(frozen=True, eq=False)
class Faithfulness:
    """Deletion and insertion for the class of index ``target``.

    ``shares`` float32 [steps + 1] are the shares of pixels taken, 0 to 1. ``stages`` hold each stage's curves,
    ``centre`` those of an order from the middle of the view outwards. ``probability`` is the class's on the whole view;
    the other two are on the blurred view that insertion starts from and the blank one that deletion ends with: what is
    left of the class where nothing of it should be.
    """

    target: int
    shares: np.ndarray
    stages: Mapping[str, StageFaithfulness]
    centre: Curve
    probability: float
    blurred_probability: float
    blank_probability: float


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


# Readout


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
    """At which stage the class of index ``target`` can be told: the probes' answers by stage, and the network's own."""

    target: int
    stages: Mapping[str, StageReadout]
    network: StageReadout
    measured_on: str | None
