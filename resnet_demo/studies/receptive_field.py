"""Receptive fields: what a cell can see by construction, and how much of that it uses.

Theoretical: size, step and start along the deepest path, from the kernel, stride and padding of its layers (Araujo et
al. 2019, "Computing Receptive Fields of Convolutional Neural Networks"). Effective: the gradient of one cell with
respect to the view (Luo et al. 2016, "Understanding the Effective Receptive Field in Deep Convolutional Neural
Networks").
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

import numpy as np
import torch
from torch import Tensor, nn

from resnet_demo.errors import InputError
from resnet_demo.network.resnet import ResNet, resnet
from resnet_demo.network.units import deepest_path, forward_to, require_evaluation, unit_named
from resnet_demo.results import STAGES, EffectiveField, ReceptiveField, receptive_box

PIXEL = ReceptiveField(size=1, step=1, start=0)
"""A pixel of the view sees itself."""


def unit_receptive_fields(network: ResNet) -> dict[str, ReceptiveField]:
    """The theoretical field of the output cells of the stem and of every block, by name.

    A block's branch and shortcut end on the same grid, and F sees all that the shortcut sees, so its path counts.
    """
    fields, field = {}, PIXEL
    for unit, layers in deepest_path(network).items():
        for layer in layers.values():
            field = seen_through(layer, field)
        fields[unit] = field
    return fields


def stage_receptive_fields(network: ResNet) -> dict[str, ReceptiveField]:
    """The theoretical field of each stage's cells, by stage."""
    fields = unit_receptive_fields(network)
    return {stage: fields[unit_named(network, stage)] for stage in STAGES}


@cache
def receptive_fields_of(depth: int) -> Mapping[str, ReceptiveField]:
    """``stage_receptive_fields`` of the network of ``depth``, without making one."""
    with torch.device("meta"):  # shapes without memory
        network = resnet(depth)
    return MappingProxyType(stage_receptive_fields(network))


def seen_through(layer: nn.Conv2d | nn.MaxPool2d, field: ReceptiveField) -> ReceptiveField:
    """The field of a layer's output cells, given that of its input cells. Kernels, strides and paddings are square."""
    kernel, stride, padding = (square_side(v) for v in (layer.kernel_size, layer.stride, layer.padding))
    return ReceptiveField(
        size=field.size + (kernel - 1) * field.step,
        step=field.step * stride,
        start=field.start - padding * field.step,
    )


def square_side(value: int | str | tuple[int, ...]) -> int:
    """One number for a kernel, stride or padding that is the same on both sides: convolutions keep two, pools one."""
    if isinstance(value, int):
        return value
    if isinstance(value, str) or len(set(value)) != 1:
        raise ValueError(f"a layer with {value} for its sides: receptive fields are computed for square ones")
    return value[0]


def effective_receptive_field(network: ResNet, x: Tensor, stage: str, row: int, column: int) -> EffectiveField:
    """How much each pixel of the view sways one cell of a stage or block: Luo et al. 2016, section 2.

    ``x`` (1, 3, h, w) is one view; a block may stand for the ``stage``. The field is the gradient of the cell's
    activation, summed over its channels, with respect to the normalised view, in absolute value summed over colours.
    The paper averages over many inputs to describe a network; here it is this photo's, ReLUs and all.
    Raises ``InputError`` for a stage or block that isn't there and for a cell off its grid.
    """
    require_evaluation(network)
    with torch.inference_mode(False), torch.enable_grad():
        view = x.detach().clone().requires_grad_()
        activation = forward_to(network, view, stage)
        rows, columns = activation.shape[2:]
        if not (0 <= row < rows and 0 <= column < columns):
            raise InputError("cell-unknown", unit=stage, row=row, column=column, rows=rows, columns=columns)
        (gradient,) = torch.autograd.grad(activation[0, :, row, column].float().sum(), view)
    sway = gradient[0].float().abs().sum(0).cpu().numpy()
    theoretical = unit_receptive_fields(network)[unit_named(network, stage)]
    box = receptive_box(theoretical, row, column, sway.shape)
    total, largest = sway.sum(dtype=np.float64), sway.max()
    inside = sway[box.top : box.bottom, box.left : box.right].sum(dtype=np.float64)
    return EffectiveField(
        sway=sway,
        theoretical=theoretical,
        box=box,
        share_inside=float(inside / total) if total > 0 else None,
        effective_size=float(np.sqrt((sway > LUO_THRESHOLD * largest).sum())) if total > 0 else None,
    )


LUO_THRESHOLD = 1 - 0.9545
"""A pixel counts when it sways the cell by more than this share of the largest sway; Luo et al. 2016, section 3, take
the share of the centre's, which a single photo may leave at nothing."""
