"""Convolutions by the operations that ``torch.compile`` calls oneDNN by, with weights laid out once for the processor.

They do a convolution with a sum or a ReLU in one sweep, and take packed weights. They are private to PyTorch, so
another release may lack or change them: before the first use in a precision ``packs`` holds them to its public
operations. Where they fail, networks run by those alone, slower and within the same rounding, and the log says so.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import cache

import torch
from torch import Tensor

from resnet_demo.network.frozen.convolution import Convolution, PlainConvolution, beyond_last_step

_log = logging.getLogger(__name__)
_ONEDNN = torch.ops.mkldnn


def packs(device: torch.device, dtype: torch.dtype) -> bool:
    """Whether oneDNN convolves in ``dtype`` on ``device``, by operations that do what they are taken for here."""
    if device.type != "cpu" or not torch.backends.mkldnn.is_available():
        return False
    return dtype in (torch.float32, torch.bfloat16, torch.float16) and _as_expected(dtype)


@cache
def _as_expected(dtype: torch.dtype) -> bool:
    """Whether the classes below give what ``PlainConvolution`` gives, forward and back."""
    try:
        if dtype == torch.bfloat16 and not _ONEDNN._is_mkldnn_bf16_supported():
            return False
        if dtype == torch.float16 and not _ONEDNN._is_mkldnn_fp16_supported():
            return False
        right = all(_agrees(kernel, stride, dtype) for kernel, stride in ((3, 1), (3, 2), (1, 1), (1, 2)))
    except (AttributeError, RuntimeError, TypeError) as error:  # not there, or called in another way
        _log.warning("oneDNN's packed convolutions can't be used here, which makes networks slower: %s", error)
        return False
    if not right:
        _log.warning("oneDNN's packed convolutions give other numbers here; networks run without them, slower")
    return right


def _agrees(kernel: int, stride: int, dtype: torch.dtype) -> bool:
    generator = torch.Generator().manual_seed(0)

    def some(*shape: int) -> Tensor:
        """Whole numbers so small that every precision holds them, and what they add up to, exactly."""
        numbers = torch.randint(-1, 2, shape, generator=generator).to(dtype)
        return numbers.contiguous(memory_format=torch.channels_last) if len(shape) == 4 else numbers

    weight, bias, x = some(16, 8, kernel, kernel), some(16), some(2, 8, 6, 6)
    ours, theirs = (make(weight, bias, stride, kernel // 2) for make in (packed, PlainConvolution))
    y = theirs(x)
    plus, gradient, before, size = some(*y.shape), some(*y.shape), some(*x.shape), x.shape[2:]
    pairs = [
        (ours(x), y),
        (ours(x, relu=True), theirs(x, relu=True)),
        (ours(x, plus=plus, relu=True), theirs(x, plus=plus, relu=True)),
        (ours.back(gradient, size), theirs.back(gradient, size)),
        # The result may lie where ``plus`` was, so each has its own.
        (ours.back(gradient, size, plus=before.clone()), theirs.back(gradient, size, plus=before.clone())),
    ]
    return all(a.shape == b.shape and torch.allclose(a, b, rtol=0, atol=0.5) for a, b in pairs)


def packed(weight: Tensor, bias: Tensor, stride: int, padding: int) -> Convolution:
    """The convolution with packed weights where it gains by them."""
    if weight.shape[2:] == (1, 1):
        return PackedProduct(weight, bias, stride)
    if stride == 1 or _one_layout_strides():
        return PackedConvolution(weight, bias, stride, padding)
    return PlainConvolution(weight, bias, stride, padding)


def _one_layout_strides() -> bool:
    """Whether one layout of a convolution that strides suits every batch and size of photo.

    With AVX-512 it does. Without, oneDNN has one for each of several sizes, and lays weights out anew for a photo that
    wants another, in every call: of 256 channels 50 times the convolution itself at 8 x 8 positions, 20 at 14 x 14.
    """
    return torch.backends.cpu.get_cpu_capability().startswith("AVX512")


class PackedConvolution:
    """By oneDNN, with weights laid out once as its kernels want them: otherwise they are laid out anew in every call,
    which costs a fifth of a pass over a single photo.
    """

    def __init__(self, weight: Tensor, bias: Tensor, stride: int, padding: int) -> None:
        self._bias, self._stride, self._padding = bias, stride, padding
        self._kernel = weight.shape[2]
        self._weight = self._laid_out(weight, stride, padding)
        # Back through a convolution of stride 1 goes another one, its kernels turned around; through one that strides,
        # one that is transposed.
        self._turn = self._kernel - 1 - padding
        if stride == 1:
            self._turned = self._laid_out(weight.transpose(0, 1).flip(2, 3), 1, self._turn)
        else:
            plain, how = _in_channels_last(weight), ([padding] * 2, [0, 0], [stride] * 2, [1, 1], 1, None)
            self._turned = _ONEDNN._reorder_convolution_transpose_weight(plain, *how)

    @staticmethod
    def _laid_out(weight: Tensor, stride: int, padding: int) -> Tensor:
        how = [padding] * 2, [stride] * 2, [1, 1], 1, None
        return _ONEDNN._reorder_convolution_weight(_in_channels_last(weight), *how)

    def __call__(self, x: Tensor, plus: Tensor | None = None, relu: bool = False) -> Tensor:
        how = self._weight, self._bias, [self._padding] * 2, [self._stride] * 2, [1, 1], 1
        if plus is None:
            return _ONEDNN._convolution_pointwise.default(x, *how, "relu" if relu else "none", [], "")
        return _ONEDNN._convolution_pointwise.binary(x, plus, *how, "add", 1.0, "relu" if relu else None, [], "")

    def back(self, gradient: Tensor, size: Sequence[int], plus: Tensor | None = None) -> Tensor:
        if self._stride > 1:
            beyond = beyond_last_step(gradient, size, self._stride, self._padding, self._kernel)
            across = [self._padding] * 2, beyond, [self._stride] * 2, [1, 1], 1
            back = _ONEDNN._convolution_transpose_pointwise.default(
                gradient, self._turned, None, *across, "none", [], ""
            )
            return back if plus is None else plus.add_(back)
        how = self._turned, None, [self._turn] * 2, [1, 1], [1, 1], 1
        if plus is None:
            return _ONEDNN._convolution_pointwise.default(gradient, *how, "none", [], "")
        return _ONEDNN._convolution_pointwise_.binary(plus, gradient, *how, "add", 1.0, None, [], "")


def _in_channels_last(weight: Tensor) -> Tensor:
    return weight.contiguous(memory_format=torch.channels_last)


class PackedProduct:
    """A 1x1 convolution, which is a product of two matrices, a row for each position; packed as ``PackedConvolution``.

    One that strides looks at every other row and column only, so these are taken out first.
    """

    def __init__(self, weight: Tensor, bias: Tensor, stride: int) -> None:
        across = weight.flatten(1)
        self._bias, self._stride = bias, stride
        self._weight = _ONEDNN._reorder_linear_weight(across.contiguous())
        self._turned = _ONEDNN._reorder_linear_weight(across.T.contiguous())

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
        y = _ONEDNN._linear_pointwise.default(rows, weight, bias, activation, [], "")
    else:
        y = _ONEDNN._linear_pointwise.binary(rows, _rows(plus), weight, bias, "add")
    return y.view(batch, height, width, -1).permute(0, 3, 1, 2)


def _rows(x: Tensor) -> Tensor:
    """(batch, channels, h, w) in channels-last memory as (batch h w, channels)."""
    return x.permute(0, 2, 3, 1).reshape(-1, x.shape[1])
