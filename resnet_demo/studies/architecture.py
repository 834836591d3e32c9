"""The five networks of the paper's table 1, and any one of them unit by unit: shapes, parameters, multiply-adds.

Everything is computed from the modules' own kernels, strides and paddings, without running them. Multiply-adds are
counted as torchinfo counts them, so that totals can be compared: a convolution's weights once for each of its output
cells, every other layer's parameters once a view. Additions of shortcuts, ReLUs and pools count nothing.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import torch
from torch import nn

from resnet_demo.network import resnet as drawn
from resnet_demo.network.orderings import OrderedUnit
from resnet_demo.network.resnet import PLANS, BasicBlock, Block, Bottleneck, ResNet, resnet
from resnet_demo.network.units import blocks_of, branch_convolutions, stage_of
from resnet_demo.results import (
    DEPTHS,
    STAGES,
    Architecture,
    LayerFacts,
    PaperTable,
    ReceptiveField,
    TableCell,
    TableRow,
    UnitFacts,
)
from resnet_demo.studies.receptive_field import square_side, unit_receptive_fields
from resnet_demo.weights import constructors

Shape = tuple[int, int, int]

PAPER_FLOPS = {18: 1.8e9, 34: 3.6e9, 50: 3.8e9, 101: 7.6e9, 152: 11.3e9}
"""The last row of table 1, in multiply-adds."""


def describe(network: ResNet, view_size: tuple[int, int]) -> Architecture:
    """``network`` as a list of units for views of ``view_size`` (height, width), each at least 1."""
    fields = unit_receptive_fields(network)
    conv = _layer("conv1", network.conv1, (3, *view_size))
    pool = _layer("maxpool", network.maxpool, conv.output_shape)
    units = [_unit("stem", "stem", [network.conv1, network.bn1], [conv, pool], None, fields["stem"])]
    for name, block in blocks_of(network).items():
        units.append(_block(name, block, units[-1].output_shape, fields[name]))
    return Architecture(view_size, (*units, _head(network, units[-1].output_shape)))


def multiply_adds(depth: int, view_size: tuple[int, int], classes: int) -> int:
    """Multiply-adds of one view of ``view_size`` (height, width) through a network of ``depth`` with ``classes``."""
    return described(depth, tuple(view_size), classes).multiply_adds


@lru_cache(maxsize=32)
def described(depth: int, view_size: tuple[int, int], classes: int) -> Architecture:
    """The network of ``depth`` as a list of units for views of ``view_size``, without making one."""
    with torch.device("meta"):  # shapes without memory
        network = resnet(depth, classes)
    return describe(network, view_size)


@lru_cache(maxsize=1)
def paper_table() -> PaperTable:
    """Table 1 of He et al. 2016, "Deep Residual Learning for Image Recognition", with our counts beside its FLOPs."""
    rows = [TableRow("stem", "conv1", 112, "7×7, 64, stride 2; then 3×3 max pool, stride 2, to 56", {})]
    for index, stage in enumerate(STAGES[1:]):
        cells = {depth: _cell(depth, index) for depth in DEPTHS}
        rows.append(TableRow(stage, f"conv{index + 2}_x", 56 >> index, None, cells))
    rows.append(TableRow("head", "", 1, "average pool, 1000-d fc, softmax", {}))
    ours = {depth: described(depth, (224, 224), 1000) for depth in DEPTHS}
    return PaperTable(
        rows=tuple(rows),
        paper_flops=PAPER_FLOPS,
        multiply_adds={depth: network.multiply_adds for depth, network in ours.items()},
        parameters={depth: network.parameters for depth, network in ours.items()},
    )


def source_code() -> dict[str, str]:
    """The code of this package's networks by what it builds, from a block to the five constructors."""
    five = (constructors.resnet18, constructors.resnet34, constructors.resnet50, constructors.resnet101)
    parts: dict[str, tuple[Any, ...]] = {
        "BasicBlock": (BasicBlock,),
        "Bottleneck": (Bottleneck,),
        "stage": (drawn._stage,),
        "ResNet": (ResNet,),
        "resnet18": (*five, constructors.resnet152),
        "OrderedUnit": (OrderedUnit,),
    }
    return {name: "\n\n".join(map(inspect.getsource, each)) for name, each in parts.items()}


def _cell(depth: int, index: int) -> TableCell:
    plan, channels = PLANS[depth], 64 << index
    if plan.block is BasicBlock:
        return TableCell(((3, channels), (3, channels)), plan.blocks[index])
    return TableCell(((1, channels), (3, channels), (1, channels * plan.block.expansion)), plan.blocks[index])


def _block(name: str, block: Block, shape: Shape, field: ReceptiveField) -> UnitFacts:
    layers, seen = [], shape
    for layer_name, layer in branch_convolutions(block).items():
        layers.append(_layer(layer_name, layer, seen))
        seen = layers[-1].output_shape
    projection = None
    if block.downsample is not None:
        (convolution,) = (m for m in block.downsample.modules() if isinstance(m, nn.Conv2d))
        projection = _layer("downsample.0", convolution, shape)
    return _unit(name, type(block).__name__, [block], layers, projection, field)


def _head(network: ResNet, shape: Shape) -> UnitFacts:
    channels, height, width = shape
    classes, size = network.fc.out_features, _parameters(network.fc)
    pool = LayerFacts("avgpool", "average-pool", (height, width), 1, 0, channels, channels, (channels, 1, 1), 0, 0)
    linear = LayerFacts("fc", "linear", (1, 1), 1, 0, channels, classes, (classes, 1, 1), size, size)
    return _unit("head", "head", [network.fc], [pool, linear], None, None)


def _unit(
    name: str,
    kind: str,
    modules: Sequence[nn.Module],
    layers: Sequence[LayerFacts],
    projection: LayerFacts | None,
    field: ReceptiveField | None,
) -> UnitFacts:
    """``modules`` hold all parameters of the unit; what is no layer's among them is a batch norm's."""
    parameters = sum(map(_parameters, modules))
    counted = [*layers, *([projection] if projection else [])]
    norms = parameters - sum(layer.parameters for layer in counted)
    return UnitFacts(
        name=name,
        stage=stage_of(name),
        kind=kind,
        layers=tuple(layers),
        projection=projection,
        output_shape=layers[-1].output_shape,
        parameters=parameters,
        multiply_adds=norms + sum(layer.multiply_adds for layer in counted),
        receptive_field=field,
    )


def _layer(name: str, layer: nn.Conv2d | nn.MaxPool2d, shape: Shape) -> LayerFacts:
    """The facts of a convolution without bias, or of a pool, whose input is of ``shape`` (channels, height, width)."""
    kernel, stride, padding = square_side(layer.kernel_size), square_side(layer.stride), square_side(layer.padding)
    channels, *sides = shape
    out_channels = layer.out_channels if isinstance(layer, nn.Conv2d) else channels
    height, width = ((side + 2 * padding - kernel) // stride + 1 for side in sides)
    parameters = _parameters(layer)
    return LayerFacts(
        name=name,
        operation="convolution" if isinstance(layer, nn.Conv2d) else "max-pool",
        kernel=(kernel, kernel),
        stride=stride,
        padding=padding,
        in_channels=channels,
        out_channels=out_channels,
        output_shape=(out_channels, height, width),
        parameters=parameters,
        multiply_adds=parameters * height * width,
    )


def _parameters(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())
