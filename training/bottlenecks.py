"""A ResNet-50 that starts out answering nearly as a trained ResNet-18: its basic blocks, written as bottlenecks.

In the spirit of Chen et al. 2016, "Net2Net: Accelerating Learning via Knowledge Transfer". Both networks have sixteen
3x3 convolutions of the same widths. A bottleneck can carry out half a basic block exactly: its 1x1 convolutions copy
channels in and out, its 3x3 is the basic block's. Of the four times as many channels that a stage of bottlenecks
has, the first quarter holds the basic network's state, the second and third what its two blocks hold between their
convolutions, and the fourth features drawn at random, for the training that follows to use.

    first half:   hidden = ReLU(BN1(conv1(state)))    added to an empty quarter
    second half:  state = ReLU(state + BN2(conv2(hidden)))

A bottleneck has a ReLU where the basic block has none, before the addition, so what may be negative is lifted there
above zero by a constant a channel, which the last batch norm takes off again. layer1 and layer4 of a ResNet-50 have
only three bottlenecks for the four halves: there the second block keeps its first convolution, and a linear map fitted
by least squares stands for the second, and the third quarter is drawn at random like the fourth. layer3 has two
bottlenecks to spare; they begin as the identity.
"""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn

from resnet_demo.network.resnet import STAGES, BasicBlock, Bottleneck, ResNet
from training.initial import fresh

DEPTHS = (18, 50)
"""From the first to the second."""

SPARE = ("layer3.4", "layer3.5")
"""Blocks for which the basic network has no halves: they begin as the identity."""

RIDGE = 1e-3
"""Added to the least squares' matrix, as a share of its mean diagonal."""


@torch.no_grad()
def as_bottlenecks(basic: ResNet, views: Tensor, seed: int) -> ResNet:
    """The ResNet-50 for a trained ResNet-18, in evaluation mode.

    ``views`` (photos, 3, h, w), normalised, are what means, spreads and the least squares are taken from: a hundred
    photos or more, at about the size at which the network is to answer.
    """
    deep = fresh(50, basic.fc.out_features, seed).eval()
    _copy(deep.conv1, basic.conv1)
    _copy(deep.bn1, basic.bn1)
    basic.eval()
    x, state = deep.stem(views), basic.stem(views)
    for name in STAGES[1:]:
        old, new = getattr(basic, name), getattr(deep, name)
        width = old[0].conv1.out_channels
        lift = _project(new[0].downsample, old[0], x, state, width, min(len(old), len(new) // 2))
        for number, block in enumerate(old):
            hidden = slice((number + 1) * width, (number + 2) * width)
            first = new[2 * number]
            _read(first, x, slice(state.shape[1]))
            _copy_into(first.conv2, block.conv1)
            _copy(first.bn2, block.bn1)
            if 2 * number + 1 < len(new):
                _write(first, x, hidden, torch.eye(width))
                x = first(x)
                second = new[2 * number + 1]
                _read(second, x, hidden)
                _copy(second.conv2, block.conv2)
                _copy(second.bn2, block.bn2)
                lifted = _lift(second.bn2, block.branch(state))
                _write(second, x, slice(width), torch.eye(width), -lifted - lift)
                x, lift = second(x), torch.zeros(width)
            else:
                wanted = block.branch(state)
                linear, offset = _least_squares(_middle(first, x), wanted)
                _write(first, x, slice(width), linear, offset)
                x = first(x)
            state = block(state)
        for spare in new[2 * len(old) :]:
            x = spare(x)
    deep.fc.weight.zero_()
    deep.fc.weight[:, : basic.fc.in_features] = basic.fc.weight
    deep.fc.bias.copy_(basic.fc.bias)
    return deep


def _copy(to: nn.Module, source: nn.Module) -> None:
    to.load_state_dict(source.state_dict())


def _copy_into(to: nn.Conv2d, source: nn.Conv2d) -> None:
    """A kernel of as many input channels or fewer; the others begin unheard."""
    to.weight.zero_()
    to.weight[:, : source.in_channels] = source.weight


def _measure(norm: nn.BatchNorm2d, values: Tensor) -> None:
    statistics = norm.state_dict()
    statistics["running_mean"].copy_(values.mean((0, 2, 3)))
    statistics["running_var"].copy_(values.var((0, 2, 3), correction=0))


def _passing(norm: nn.BatchNorm2d, channels: slice, values: Tensor, offset: Tensor | None = None) -> None:
    """Makes ``norm`` pass ``values`` (photos, channels, h, w) on as they are, or plus ``offset`` a channel."""
    mean, variance = values.mean((0, 2, 3)), values.var((0, 2, 3), correction=0)
    statistics = norm.state_dict()
    statistics["running_mean"][channels], statistics["running_var"][channels] = mean, variance
    norm.weight[channels] = (variance + norm.eps).sqrt()
    norm.bias[channels] = mean if offset is None else mean + offset


def _read(block: Bottleneck, x: Tensor, channels: slice) -> None:
    """Lets the middle of ``block`` see the given channels of its input, one each; what is left of it sees a mixture."""
    count = channels.stop - (channels.start or 0)
    block.conv1.weight[:count] = 0
    block.conv1.weight[:count, channels, 0, 0] = torch.eye(count)
    seen = block.conv1(x)
    _measure(block.bn1, seen)
    _passing(block.bn1, slice(0, count), seen[:, :count])


def _middle(block: Bottleneck, x: Tensor) -> Tensor:
    """What the last convolution of ``block`` sees."""
    return block.relu(block.bn2(block.conv2(block.relu(block.bn1(block.conv1(x))))))


def _write(block: Bottleneck, x: Tensor, channels: slice, linear: Tensor, offset: Tensor | None = None) -> None:
    """Adds ``linear`` (channels, middle) of the middle, plus ``offset`` (channels), to the given channels alone."""
    block.conv3.weight[channels, :, 0, 0] = linear
    written = block.conv3(_middle(block, x))
    _measure(block.bn3, written)
    _passing(block.bn3, channels, written[:, channels], offset)


def _lift(norm: nn.BatchNorm2d, values: Tensor) -> Tensor:
    """Raises what ``norm`` gives in each of ``values``' channels until it is nowhere below zero; by how much."""
    lift = values.amin((0, 2, 3)).neg().clamp(min=0)
    norm.bias[: len(lift)] += lift
    return lift


def _project(downsample: nn.Sequential, block: BasicBlock, x: Tensor, state: Tensor, width: int, hidden: int) -> Tensor:
    """The first shortcut of a stage: the basic one's, ``hidden`` empty quarters, random features in what is left.

    By how much it is lifted.
    """
    convolution, norm = cast(nn.Conv2d, downsample[0]), cast(nn.BatchNorm2d, downsample[1])
    theirs = cast(nn.Sequential | None, block.downsample)
    kernel = torch.eye(width)[:, :, None, None] if theirs is None else cast(nn.Conv2d, theirs[0]).weight
    convolution.weight[:width] = 0
    convolution.weight[:width, : kernel.shape[1]] = kernel
    projected = convolution(x)
    _measure(norm, projected)
    norm.weight[width : (1 + hidden) * width] = 0
    if theirs is None:
        _passing(norm, slice(0, width), projected[:, :width])
        return torch.zeros(width)
    for name, value in theirs[1].state_dict().items():
        if value.ndim:
            norm.state_dict()[name][:width] = value
    return _lift(norm, block.shortcut(state))


def _least_squares(inputs: Tensor, wanted: Tensor) -> tuple[Tensor, Tensor]:
    """The linear map (wanted, inputs) from each cell's inputs to what is wanted there, and the offset beside its mean.

    Both (photos, channels, h, w). The offset is relative to the map's own mean, as a batch norm takes that off.
    """
    x, y = (t.permute(0, 2, 3, 1).flatten(0, 2).double() for t in (inputs, wanted))
    x_mean, y_mean = x.mean(0), y.mean(0)
    x, y = x - x_mean, y - y_mean
    square = x.t() @ x
    square += torch.eye(len(square), dtype=torch.double) * RIDGE * square.diagonal().mean()
    linear = torch.linalg.solve(square, x.t() @ y).t()
    return linear.float(), (y_mean - linear @ x_mean).float()
