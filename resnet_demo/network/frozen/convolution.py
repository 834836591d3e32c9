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

_PACKED = torch.ops.mkldnn
"""What ``torch.compile`` calls oneDNN by: convolutions with a sum or a ReLU in the same sweep, and weights packed."""


class Convolution(Protocol):
    """Tensors are (batch, channels, h, w) in channels-last memory; weights take no gradients."""

    def __call__(self, x: Tensor, plus: Tensor | None = None, relu: bool = False) -> Tensor:
        """conv(x), with ``plus`` added to it where there is one, and then the ReLU where that is asked for."""

    def back(self, gradient: Tensor, size: Sequence[int], plus: Tensor | None = None) -> Tensor:
        """The gradient with respect to x, whose height and width were ``size``, from that with respect to conv(x).

        ``plus``, shaped as x, is added to it; the result may lie where ``plus`` was.
        """


def convolution(conv: nn.Conv2d, norm: nn.BatchNorm2d, device: torch.device, dtype: torch.dtype) -> Convolution:
    """``conv`` and ``norm`` in evaluation mode as one, on ``device`` and in ``dtype``."""
    weight, bias = fold(conv, norm)
    weight, bias = weight.to(device, dtype), bias.to(device, dtype)
    stride, padding = conv.stride[0], int(conv.padding[0])
    if packs(device, dtype):
        if conv.kernel_size == (1, 1):
            return PackedProduct(weight, bias, stride)
        if stride == 1:
            return PackedConvolution(weight, bias, padding)
    return PlainConvolution(weight, bias, stride, padding)


def fold(conv: nn.Conv2d, norm: nn.BatchNorm2d) -> tuple[Tensor, Tensor]:
    """Weights (out, in, k, k) and bias (out) of the convolution that does what both do, float32."""
    assert conv.bias is None and norm.running_mean is not None and norm.running_var is not None
    with torch.no_grad():
        scale = norm.weight.double() / torch.sqrt(norm.running_var.double() + norm.eps)
        bias = norm.bias.double() - norm.running_mean.double() * scale
        return conv.weight.float() * scale.float()[:, None, None, None], bias.float()


def packs(device: torch.device, dtype: torch.dtype) -> bool:
    """Whether oneDNN convolves in ``dtype`` here."""
    if device.type != "cpu" or not torch.backends.mkldnn.is_available():
        return False
    if dtype == torch.bfloat16:
        return _PACKED._is_mkldnn_bf16_supported()
    if dtype == torch.float16:
        return _PACKED._is_mkldnn_fp16_supported()
    return dtype == torch.float32


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
        beyond = _beyond(gradient, size, self._stride, self._padding, self._weight.shape[2])
        back = F.conv_transpose2d(gradient, self._weight, None, self._stride, self._padding, beyond)
        return back if plus is None else plus.add_(back)


class PackedConvolution:
    """Of stride 1, by oneDNN, with weights laid out once as its kernels want them: otherwise they are laid out anew in
    every call, which costs a fifth of a pass over a single photo.

    The layout of a 3x3 convolution of stride 1 suits every batch and size of photo. That of one that strides does not,
    and the wrong one costs ten times what it could save: those are ``PlainConvolution``.
    """

    def __init__(self, weight: Tensor, bias: Tensor, padding: int) -> None:
        self._bias, self._padding, self._turn = bias, padding, weight.shape[2] - 1 - padding
        # Back through a convolution of stride 1 goes another one, its kernels turned around.
        turned = weight.transpose(0, 1).flip(2, 3)
        self._weight, self._turned = self._laid_out(weight, padding), self._laid_out(turned, self._turn)

    @staticmethod
    def _laid_out(weight: Tensor, padding: int) -> Tensor:
        plain = weight.contiguous(memory_format=torch.channels_last)
        return _PACKED._reorder_convolution_weight(plain, [padding] * 2, [1, 1], [1, 1], 1, None)

    def __call__(self, x: Tensor, plus: Tensor | None = None, relu: bool = False) -> Tensor:
        how = self._weight, self._bias, [self._padding] * 2, [1, 1], [1, 1], 1
        if plus is None:
            return _PACKED._convolution_pointwise.default(x, *how, "relu" if relu else "none", [], "")
        return _PACKED._convolution_pointwise.binary(x, plus, *how, "add", 1.0, "relu" if relu else None, [], "")

    def back(self, gradient: Tensor, size: Sequence[int], plus: Tensor | None = None) -> Tensor:
        how = self._turned, None, [self._turn] * 2, [1, 1], [1, 1], 1
        if plus is None:
            return _PACKED._convolution_pointwise.default(gradient, *how, "none", [], "")
        return _PACKED._convolution_pointwise_.binary(plus, gradient, *how, "add", 1.0, None, [], "")


class PackedProduct:
    """A 1x1 convolution, which is a product of two matrices, a row for each position; packed as ``PackedConvolution``.

    One that strides looks at every other row and column only, so these are taken out first.
    """

    def __init__(self, weight: Tensor, bias: Tensor, stride: int) -> None:
        across = weight.flatten(1)
        self._bias, self._stride = bias, stride
        self._weight = _PACKED._reorder_linear_weight(across.contiguous())
        self._turned = _PACKED._reorder_linear_weight(across.T.contiguous())

    def __call__(self, x: Tensor, plus: Tensor | None = None, relu: bool = False) -> Tensor:
        if plus is None:
            return _product(self._seen(x), self._weight, self._bias, "relu" if relu else "none")
        y = _product(self._seen(x), self._weight, self._bias, plus=plus)
        return y.relu_() if relu else y

    def back(self, gradient: Tensor, size: Sequence[int], plus: Tensor | None = None) -> Tensor:
        if self._stride == 1:
            return _product(gradient, self._turned, None, plus=plus)
        if plus is None:
            batch, channels = len(gradient), self._turned.shape[0]
            plus = gradient.new_zeros(batch, *size, channels).permute(0, 3, 1, 2)
        self._seen(plus).add_(_product(gradient, self._turned, None))
        return plus

    def _seen(self, x: Tensor) -> Tensor:
        return x if self._stride == 1 else x[:, :, :: self._stride, :: self._stride]


def _product(
    x: Tensor, weight: Tensor, bias: Tensor | None, activation: str = "none", plus: Tensor | None = None
) -> Tensor:
    """(batch, in, h, w) to (batch, out, h, w): each position's channels times ``weight``, and ``plus`` added."""
    batch, _, height, width = x.shape
    rows = _rows(x)
    if plus is None:
        y = _PACKED._linear_pointwise.default(rows, weight, bias, activation, [], "")
    else:
        y = _PACKED._linear_pointwise.binary(rows, _rows(plus), weight, bias, "add")
    return y.view(batch, height, width, -1).permute(0, 3, 1, 2)


def _rows(x: Tensor) -> Tensor:
    """(batch, channels, h, w) in channels-last memory as (batch h w, channels)."""
    return x.permute(0, 2, 3, 1).reshape(-1, x.shape[1])


def _beyond(gradient: Tensor, size: Sequence[int], stride: int, padding: int, kernel: int) -> list[int]:
    """How many rows and columns at the end of the input lie beyond the last step of the kernel."""
    return [
        side - ((steps - 1) * stride - 2 * padding + kernel)
        for side, steps in zip(size, gradient.shape[2:], strict=True)
    ]
