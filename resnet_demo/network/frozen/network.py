"""A ResNet made to be run: each convolution with its batch norm, its ReLU and the sum with the shortcut in one sweep.

The gradient of a block is written out, where autograd would keep and sweep over more: what a ReLU let through is seen
in its own output, the two paths into a block meet in one sum, and weights have no gradients.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from resnet_demo.network.frozen.convolution import Convolution, PlainConvolution, fold
from resnet_demo.network.frozen.packed import packed, packs
from resnet_demo.network.resnet import BasicBlock, Bottleneck, ResNet
from resnet_demo.results import STAGES


class FrozenNetwork(nn.Module):
    """What ``network`` computes in evaluation mode, on ``device`` and in ``dtype``, within rounding.

    Views are (batch, 3, h, w), square, in channels-last memory. The last pool sums in float32, and what is linear
    behind it works in float32. Nothing here can be trained or taken apart: weights are no parameters, and of the
    modules only the stages are modules.
    """

    def __init__(self, network: ResNet, device: torch.device, dtype: torch.dtype) -> None:
        super().__init__()
        self.stem = _Stem(convolution(network.conv1, network.bn1, device, dtype), network.maxpool)
        for name in STAGES[1:]:
            blocks = (FrozenBlock(block, device, dtype) for block in getattr(network, name))
            self.add_module(name, nn.Sequential(*blocks))
        self._fc = [copy.deepcopy(network.fc).to(device, torch.float32).requires_grad_(False)]

    def head(self, x: Tensor) -> Tensor:
        """layer4's output (batch, channels, h, w) to logits float32 (batch, classes)."""
        return self._fc[0](x.mean((2, 3), dtype=torch.float32))

    def forward(self, x: Tensor) -> Tensor:
        """Logits float32 (batch, classes), before the softmax."""
        for name in STAGES:
            x = getattr(self, name)(x)
        return self.head(x)

    def stage_modules(self) -> dict[str, nn.Module]:
        """The module whose output is each stage's activation."""
        return {name: getattr(self, name) for name in STAGES}


def convolution(conv: nn.Conv2d, norm: nn.BatchNorm2d, device: torch.device, dtype: torch.dtype) -> Convolution:
    """``conv`` and ``norm`` in evaluation mode as one, on ``device`` and in ``dtype``."""
    weight, bias = (tensor.to(device, dtype) for tensor in fold(conv, norm))
    stride, padding = conv.stride[0], int(conv.padding[0])
    make = packed if packs(device, dtype) else PlainConvolution
    return make(weight, bias, stride, padding)


class _Stem(nn.Module):
    """No gradient goes through it: its output is the first stage's activation."""

    def __init__(self, conv: Convolution, pool: nn.MaxPool2d) -> None:
        super().__init__()
        self._conv, self._pool = conv, pool

    def forward(self, x: Tensor) -> Tensor:
        with torch.no_grad():
            return self._pool(self._conv(x, relu=True))


class FrozenBlock(nn.Module):
    """A residual block: its convolutions in a row, and the projection beside them where there is one."""

    def __init__(self, block: BasicBlock | Bottleneck, device: torch.device, dtype: torch.dtype) -> None:
        super().__init__()
        pairs = [(block.conv1, block.bn1), (block.conv2, block.bn2)]
        if isinstance(block, Bottleneck):
            pairs.append((block.conv3, block.bn3))
        self.branch = [convolution(conv, norm, device, dtype) for conv, norm in pairs]
        self.projection: Convolution | None = None
        if isinstance(block.downsample, nn.Sequential):
            conv, norm = block.downsample
            assert isinstance(conv, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d)
            self.projection = convolution(conv, norm, device, dtype)

    def forward(self, x: Tensor) -> Tensor:
        """y = ReLU(F(x) + shortcut(x)), (batch, in_channels, h, w) to (batch, channels, h / stride, w / stride)."""
        if torch.is_grad_enabled() and x.requires_grad:
            return _Backwards.apply(x, self)
        return self.run(x)[-1]

    def run(self, x: Tensor) -> list[Tensor]:
        """The output of every ReLU of the block, first to last."""
        inner = [x]
        for conv in self.branch[:-1]:
            inner.append(conv(inner[-1], relu=True))
        shortcut = x if self.projection is None else self.projection(x)
        return [*inner[1:], self.branch[-1](inner[-1], plus=shortcut, relu=True)]

    def back(self, gradient: Tensor, outputs: Sequence[Tensor], size: Sequence[int]) -> Tensor:
        """The gradient with respect to x, whose height and width were ``size``, from that with respect to y.

        ``outputs`` are those of ``run``, the last one as it is or what it ``_passed``. ``gradient`` is left as it is.
        """
        *inner, last = outputs
        at_sum = _through_relu(gradient.contiguous(memory_format=torch.channels_last), last)
        first, *later = self.branch
        along = at_sum
        for conv, output in zip(reversed(later), reversed(inner), strict=True):
            along = conv.back(along, output.shape[2:])
            _through_relu(along, output, out=along)
        if self.projection is None:
            return first.back(along, size, plus=at_sum)
        return self.projection.back(at_sum, size, plus=first.back(along, size))


class _Backwards(torch.autograd.Function):
    """A block whose gradient is ``FrozenBlock.back``."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, block: FrozenBlock) -> Tensor:
        outputs = block.run(x)
        # A bottleneck's output has four times the channels of what is inside it.
        wide = len(outputs) == 3 and x.element_size() == 4
        ctx.save_for_backward(*outputs[:-1], _passed(outputs[-1]) if wide else outputs[-1])
        ctx.block, ctx.size = block, x.shape[2:]
        return outputs[-1]

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        return ctx.block.back(gradient, ctx.saved_tensors, ctx.size), None


def _through_relu(gradient: Tensor, kept: Tensor, out: Tensor | None = None) -> Tensor:
    """The gradient before a ReLU, of whose output ``kept`` is or of what it ``_passed``: nothing where that is zero."""
    out = torch.empty_like(gradient) if out is None else out
    if kept.dtype == torch.int8:
        return torch.mul(gradient, kept, out=out)
    return torch.ops.aten.threshold_backward.grad_input(gradient, kept, 0, grad_input=out)


def _passed(output: Tensor) -> Tensor:
    """1 where a ReLU let something through, as seen in its float32 output, and 0 elsewhere, in a byte each.

    That is all its gradient needs, in a quarter of the memory of the output. In half of it, as of a 16-bit output,
    multiplying by bytes costs more time than the output itself costs memory. The signs of whole numbers are found
    several times as fast as a comparison of floats is written as bytes.
    """
    return output.view(torch.int32).clamp(0, 1).to(torch.int8)
