"""A network as a list of units, the paper's table of all five depths, and the orderings of a residual unit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from resnet_demo.results.analysis import ReceptiveField

Operation = Literal["convolution", "max-pool", "average-pool", "linear"]


@dataclass(frozen=True)
class LayerFacts:
    """One layer that moves data between grids or channels.

    ``name`` is the module's in its unit (``conv2``, ``downsample.0``). ``kernel`` is (height, width), the whole grid
    for the average pool; ``stride`` and ``padding`` are those of both sides. ``output_shape`` is (channels, height,
    width). ``parameters`` and ``multiply_adds`` are the layer's alone, without the batch norm behind it.
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
