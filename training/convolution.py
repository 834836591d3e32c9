"""The gradient of a convolution's kernel as one matrix product, where the grid has few cells and many channels.

PyTorch's CPU kernels for this gradient lose most of their speed on the tiny grids of layer3 and layer4 when pictures
are small (2x2 at 64 px). Gathering the patches into a matrix and multiplying gives the same numbers up to the order
of summation, and was 1.2 to 4 times as fast there in float32 (AVX2, batch 128). The network is the same network: only
how its gradient is computed differs, and only while it trains.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

MANY_CHANNELS = 256
FEW_CELLS = 36


class _PatchGradient(torch.autograd.Function):
    """conv2d with a square kernel, equal strides, no bias, groups or dilation."""

    @staticmethod
    def forward(ctx, x: Tensor, weight: Tensor, stride: int, padding: int) -> Tensor:
        ctx.save_for_backward(x, weight)
        ctx.stride, ctx.padding = stride, padding
        return F.conv2d(x, weight, stride=stride, padding=padding)

    @staticmethod
    def backward(ctx, gradient: Tensor):
        x, weight = ctx.saved_tensors
        stride, padding = ctx.stride, ctx.padding
        into_x, _, _ = torch.ops.aten.convolution_backward(
            gradient, x, weight, None, [stride] * 2, [padding] * 2, [1, 1], False, [0, 0], 1, [True, False, False]
        )
        return into_x, kernel_gradient(x, gradient, weight.shape[-1], stride, padding), None, None


def kernel_gradient(x: Tensor, gradient: Tensor, kernel: int, stride: int, padding: int) -> Tensor:
    """x (batch, in, h, w) and the loss's gradient at the output (batch, out, h', w') to (out, in, kernel, kernel)."""
    padded = F.pad(x.permute(0, 2, 3, 1), (0, 0, padding, padding, padding, padding))
    patches = padded.unfold(1, kernel, stride).unfold(2, kernel, stride)  # (batch, h', w', in, kernel, kernel)
    rows = patches.permute(0, 1, 2, 4, 5, 3).reshape(-1, kernel * kernel * x.shape[1])
    columns = gradient.permute(0, 2, 3, 1).reshape(-1, gradient.shape[1])
    return (columns.t() @ rows).view(gradient.shape[1], kernel, kernel, x.shape[1]).permute(0, 3, 1, 2)


class PatchConv2d(nn.Conv2d):
    """A convolution that takes the matrix product where it pays, and PyTorch's own kernels elsewhere."""

    def forward(self, x: Tensor) -> Tensor:
        cells = -(-x.shape[-2] // self.stride[0]) * -(-x.shape[-1] // self.stride[1])
        if self.training and cells <= FEW_CELLS and not torch.is_autocast_enabled("cpu"):
            return _PatchGradient.apply(x, self.weight, self.stride[0], self.padding[0])
        return super().forward(x)


def use_patch_gradients(network: nn.Module) -> None:
    """Turns the network's 3x3 convolutions of many channels into ``PatchConv2d``; parameters and their names stay."""
    for module in network.modules():
        if type(module) is nn.Conv2d and module.kernel_size == (3, 3) and module.in_channels >= MANY_CHANNELS:
            module.__class__ = PatchConv2d
