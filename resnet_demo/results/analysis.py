"""What passes between the engine and everything above it: frozen dataclasses of numbers, words and numpy arrays.

No tensor comes this far. Arrays of one analysis are read-only to their readers by agreement; nothing here computes.
``json.py`` turns them into JSON and back.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import IO, TYPE_CHECKING, Any, Literal, Protocol

import numpy as np

from resnet_demo.errors import ResNetDemoError
from resnet_demo.results.document import Document, shown_by
from resnet_demo.results.ledger import Ledger
from resnet_demo.results.occlusion import Occlusion

if TYPE_CHECKING:
    from PIL import Image  # the command line answers --help without it

DEPTHS = (18, 34, 50, 101, 152)
"""The five depths of the paper's table 1."""

STAGES = ("stem", "layer1", "layer2", "layer3", "layer4")
"""The stages in the order of the data: the stem's output after its max-pool, then the four stages of blocks."""

KINDS = ("grad-cam", "grad-cam++", "xgrad-cam", "layercam", "hirescam")
"""The kinds of class activation map that one backward pass gives at no further cost."""

NOTES = ("smaller", "end-missing", "12-bit")
"""Of a photo: decoded smaller than it is, without its end mark, of 12-bit values that were kept in 16 bits."""

MISSED = 0.05
"""The share of photos of other classes whose answer is so sure that it is taken for one of the network's classes."""

Growth = Literal["added-blocks", "bottlenecks", "published"]
"""How a network was made from another: from a shallower one, with added blocks that began as the identity (Chen et al.
2016, "Net2Net") or with its basic blocks written as bottlenecks; or from a published one, of none of the five depths,
with blocks left out or added."""

RankedBy = Literal["evidence", "activation"]


class Picture(Protocol):
    """An image of Pillow's, known by what it can do: nothing of Pillow is needed where there is none."""

    @property
    def size(self) -> tuple[int, int]: ...

    def getexif(self) -> Any: ...


class Tensor(Protocol):
    """What is known here of a PyTorch tensor."""

    def __array__(self, *args: Any) -> np.ndarray: ...


Buffer = bytes | bytearray | memoryview
PhotoInput = str | os.PathLike[str] | Buffer | IO[bytes] | Picture | np.ndarray | Tensor
"""The path of a file, its bytes, a file opened with "rb", a Pillow image, or pixels: an array or PyTorch tensor, RGB or
grey, uint8 or floats in 0..1, [height, width, 3] or [3, height, width]."""

WeightsName = str | os.PathLike[str] | Enum
"""A choice's name, ``"auto"``, torchvision's name for it ("IMAGENET1K_V2", "DEFAULT") or member of an enumeration, or
the path of a file of one's own, which is never a text, as that may be a stranger's."""


@dataclass(frozen=True, eq=False)
class AnalysisRequest:
    """One photo to explain.

    ``target`` and ``contrast`` name a class by this network's index, a WordNet id ("n07920052") or a label
    ("espresso"); without a target the most probable class is explained. With a contrast the maps show the evidence
    for the target rather than the contrast: the gradient of the difference of their logits.
    ``channels`` feature maps a stage are returned, the ranks ``first_rank`` to ``first_rank + channels - 1``.
    ``weights`` is a choice's name, torchvision's name for it, or the path of a file of one's own.
    ``stages`` are names of ``STAGES``; one alone may be given as it is.
    ``name`` is what the photo is called in results and errors when ``photo`` is no path.
    """

    photo: PhotoInput
    depth: int | str = 18
    weights: WeightsName = "auto"
    target: int | str | None = None
    contrast: int | str | None = None
    stages: str | Sequence[str] = STAGES
    top_k: int = 5
    channels: int = 16
    first_rank: int = 0
    ranked_by: RankedBy = "evidence"
    name: str | None = None


@dataclass(frozen=True)
class ClassInfo:
    """One class of one network: its index there, WordNet id where it has one, and label."""

    index: int
    wnid: str | None
    label: str


@dataclass(frozen=True)
class Prediction:
    """One row of the top-k: ``probability`` in 0..1 after the card's temperature, ``untempered`` at temperature 1, and
    ``logit`` before either."""

    index: int
    wnid: str | None
    label: str
    probability: float
    logit: float
    untempered: float


@dataclass(frozen=True)
class Box:
    """A rectangle in pixels of the upright original, left and top included, right and bottom excluded."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, eq=False)
class PhotoInfo:
    """The visitor's photo: its name, its upright size in pixels, and a preview uint8 [h, w, 3] of at most 1,024 px.

    ``notes`` say how it was read where that is not plain, as words of ``NOTES``.
    """

    name: str
    width: int
    height: int
    preview: np.ndarray | None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Familiarity:
    """How sure a network's answers are for photos of its classes, and for photos of others.

    ``known`` and ``others`` are quantiles, at equal steps from the smallest to the largest, of the probability of the
    most probable class (the score of Hendrycks and Gimpel 2017, "A Baseline for Detecting Misclassified and
    Out-of-Distribution Examples"); ``measured_on`` says on which photos.
    """

    known: tuple[float, ...]
    others: tuple[float, ...]
    measured_on: str


@dataclass(frozen=True)
class NetworkInfo:
    """The network that answered, with the figures of the weights in use.

    ``weights`` is the choice's name, ``title`` what people call it; ``multiply_adds`` is for one view of ``view_size``
    (height, width); ``top1`` and ``top5`` are fractions on the data that ``measured_on`` names, None when unknown.
    ``temperature`` divides the logits before they become probabilities (Guo et al. 2017, "On Calibration of Modern
    Neural Networks", section 4.2): 1 is the plain softmax, below 1 the network is made surer of its answers.
    ``familiarity`` is None where it was not measured.
    """

    depth: int
    weights: str
    title: str
    classes: int
    block: str
    blocks: tuple[int, int, int, int]
    parameters: int
    multiply_adds: int
    view_size: tuple[int, int]
    top1: float | None
    top5: float | None
    measured_on: str | None
    temperature: float
    familiarity: Familiarity | None = None


@dataclass(frozen=True)
class ReceptiveField:
    """The theoretical receptive field of a stage's cells in view pixels, along the deepest path.

    The cell in row r and column c sees the square of ``size`` pixels that begins at ``start + step * r`` (top) and
    ``start + step * c`` (left); parts outside the view are padding.
    """

    size: int
    step: int
    start: int


@dataclass(frozen=True)
class StageStats:
    """Of all activations of one stage for one photo: smallest, largest, mean, and the share that is exactly zero."""

    minimum: float
    maximum: float
    mean: float
    zeros: float


@dataclass(frozen=True, eq=False)
class StageMaps:
    """One stage for one photo and class. K channels, H rows, W columns, k feature maps returned.

    ``cams`` holds one signed float32 [H, W] map a kind; ``cam`` is Grad-CAM, sum over k of w_k A_k. ``weights``
    float32 [K] are Grad-CAM's w_k. ``ranking`` int32 [K] lists all channels, best first, ties by channel number.
    ``channel_ids`` int32 [k] are the channels returned, the ranks from ``first_rank`` on, ``evidence`` float32 [K]
    each channel's sum over positions of gradient times activation: what zeroing it takes from the score, to first
    order, and exactly in layer4 (all of them add up to the sum of the HiResCAM map), ``means`` float32 [K] its mean
    activation, ``peaks`` float32 [K] its largest one and ``peak_cells`` int32 [K] where: row times W plus
    column, the first of equals. ``maps`` float16 [k, H, W] times ``scales`` float32 [k] are the activations.
    ``agreement`` is each other kind's Spearman rank correlation with Grad-CAM, None where a map is constant.
    """

    name: str
    shape: tuple[int, int, int]
    cams: Mapping[str, np.ndarray]
    agreement: Mapping[str, float | None]
    weights: np.ndarray
    evidence: np.ndarray
    means: np.ndarray
    peaks: np.ndarray
    peak_cells: np.ndarray
    ranking: np.ndarray
    first_rank: int
    channel_ids: np.ndarray
    maps: np.ndarray
    scales: np.ndarray
    receptive_field: ReceptiveField
    stats: StageStats

    @property
    def cam(self) -> np.ndarray:
        """The signed Grad-CAM map, float32 [H, W]."""
        return self.cams["grad-cam"]


@dataclass(frozen=True, eq=False)
class Analysis(Document):
    """The whole answer for one photo. ``view`` uint8 [h, w, 3] is what the network saw, ``box`` its place in the photo.

    ``timings`` are seconds by step. ``target`` is the class explained; ``contrast`` the one it is set against, or None.
    ``layers`` hold, of layers inside the stages that were asked for by their names ("layer3.1.conv2"), a signed float32
    [h, w] map a kind, as ``StageMaps.cams``. ``ledger`` and ``occlusion`` are those of its class and contrast, where
    they were asked for.
    """

    photo: PhotoInfo
    view: np.ndarray | None
    box: Box
    network: NetworkInfo
    predictions: tuple[Prediction, ...]
    target: ClassInfo
    contrast: ClassInfo | None
    ranked_by: RankedBy
    stages: Mapping[str, StageMaps]
    timings: Mapping[str, float]
    device: str
    precision: str
    layers: Mapping[str, Mapping[str, np.ndarray]] = field(default_factory=dict)
    ledger: Ledger | None = None
    occlusion: Occlusion | None = None

    @property
    def as_sure(self) -> dict[str, float] | None:
        """The share of photos of the network's classes ("known"), and of photos of others ("others"), that get an
        answer at least as sure as this one; None where that was not measured."""
        found = self.network.familiarity
        if found is None:
            return None
        sure = self.predictions[0].probability
        return {name: _share_from(getattr(found, name), sure) for name in ("known", "others")}

    @property
    def unfamiliar(self) -> bool | None:
        """Whether more than a twentieth of photos of other classes get an answer as sure, so that this photo may show
        none of the network's; None where that was not measured."""
        shares = self.as_sure
        return None if shares is None else shares["others"] > MISSED

    def figure(self, **look: Any) -> Image.Image:
        """Photo, view, labels and the maps of all stages on one page; ``look`` are fields of ``export.Look``."""
        return shown_by("figure")(self, **look)

    def _repr_html_(self) -> str | None:
        """What a notebook shows: the report, with its viewer, in a frame of its own; it asks nobody for anything.
        Nothing of its own for an analysis that was read back without the view."""
        return None if self.view is None else shown_by("framed_report")([self])


def _share_from(quantiles: tuple[float, ...], least: float) -> float:
    """The share of values that are at least ``least``."""
    return 1 - float(np.interp(least, quantiles, np.linspace(0, 1, len(quantiles)), left=0.0, right=1.0))


@dataclass(frozen=True)
class Classification(Document):
    """The top-k of one photo, without maps. ``notes`` say how it was read, as ``PhotoInfo.notes``."""

    name: str
    predictions: tuple[Prediction, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Failed(Document):
    """A photo that could not be read or explained, in its place among the results."""

    name: str
    error: ResNetDemoError


@dataclass(frozen=True)
class WeightsChoice:
    """A choice of weights for one depth, as a menu shows it.

    ``available`` says that a file of it lies on this machine; ``size_bytes`` is the file's size, or the download's;
    ``classes`` is None while a file of one's own has not been opened. ``grown_from`` is the depth of the network that
    the weights began as, None where that has none of the five; ``grown_by`` is how they were made from it, None where
    they began afresh or nothing is known.
    ``composed`` is of what the title of weights without one of their own was put together: a note, and a file's name.
    """

    depth: int
    name: str
    title: str
    available: bool
    downloadable: bool
    size_bytes: int
    classes: int | None
    top1: float | None
    measured_on: str | None
    grown_from: int | None = None
    grown_by: Growth | None = None
    composed: tuple[str, str] | None = None


@dataclass(frozen=True)
class Progress:
    """How far long work is: ``done`` of ``total`` (0 when unknown), in ``unit`` ("bytes", "photos", "blocks")."""

    step: str
    done: float
    total: float
    unit: str
    about: Mapping[str, str] = field(default_factory=dict)
