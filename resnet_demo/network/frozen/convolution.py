"""One convolution with the batch norm behind it folded in: forward, and the gradient back to its input.

In evaluation mode a batch norm scales and shifts each channel by fixed amounts, so bn(conv(x)) is a convolution too:
its weights are w s and its bias is beta - mean s, where s = gamma / sqrt(var + eps). Jacob et al. 2018, "Quantization
and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference", section 3.2.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Convolution(Protocol):
    """Tensors are (batch, channels, h, w) in channels-last memory; weights take no gradients."""

    def __call__(self, x: Tensor, plus: Tensor | None = None, relu: bool = False) -> Tensor:
        """conv(x), with ``plus`` added to it where there is one, and then the ReLU where that is asked for."""

    def back(self, gradient: Tensor, size: Sequence[int], plus: Tensor | None = None) -> Tensor:
        """The gradient with respect to x, whose height and width were ``size``, from that with respect to conv(x).

        ``plus``, shaped as x, is added to it; the result may lie where ``plus`` was.
        """


def fold(conv: nn.Conv2d, norm: nn.BatchNorm2d) -> tuple[Tensor, Tensor]:
    """Weights (out, in, k, k) and bias (out) of the convolution that does what both do, float32."""
    assert conv.bias is None and norm.running_mean is not None and norm.running_var is not None
    with torch.no_grad():
        scale = norm.weight.double() / torch.sqrt(norm.running_var.double() + norm.eps)
        bias = norm.bias.double() - norm.running_mean.double() * scale
        return conv.weight.float() * scale.float()[:, None, None, None], bias.float()


class PlainConvolution:
    """By PyTorch's own operations, on any device."""

    def __init__(self, weight: Tensor, bias: Tensor, stride: int, padding: int) -> None:
        self._weight = weight.contiguous(memory_format=torch.channels_last)
        self._bias, self._stride, self._padding = bias, stride, padding

    def __call__(self, x: Tensor, plus: Tensor | None = None, relu: bool = False) -> Tensor:
        y = F.conv2d(x, self._weight, self._bias, self._stride, self._padding)
        if plus is not None:
            y += plus
        return y.relu_() if relu else y

    def back(self, gradient: Tensor, size: Sequence[int], plus: Tensor | None = None) -> Tensor:
        beyond = beyond_last_step(gradient, size, self._stride, self._padding, self._weight.shape[2])
        back = F.conv_transpose2d(gradient, self._weight, None, self._stride, self._padding, beyond)
        return back if plus is None else plus.add_(back)


def beyond_last_step(gradient: Tensor, size: Sequence[int], stride: int, padding: int, kernel: int) -> list[int]:
    """How many rows and columns at the end of the input lie beyond the last step of the kernel."""
    return [
        side - ((steps - 1) * stride - 2 * padding + kernel)
        for side, steps in zip(size, gradient.shape[2:], strict=True)
    ]
