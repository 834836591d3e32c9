"""Weights as they are stored: 16 or 8 bits a weight, or both, in a file that ``resnet_demo.weights.checkpoints`` reads.

With 8 bits, ``<key>`` is int8 and ``<key>.scale`` float32 has one factor an output channel, so that the value is their
product. Whatever has one number a channel (batch norms, biases) stays float32: it is little, and it is exact.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

COUNTER = ".num_batches_tracked"
SCALE = ".scale"

LEVELS = 127
"""Steps of an 8-bit weight on either side of zero."""


def in_16_bits(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Kernels rounded to float16; batch counters, which evaluation never reads, left out."""
    return {name: value.half() if value.ndim > 1 else value.float() for name, value in _kept(weights)}


def in_8_and_16_bits(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Kernels wider than one cell as ``in_8_bits``, everything else as ``in_16_bits``.

    A row of a 1x1 convolution that mostly passes one channel on has one large weight, whose scale leaves the others
    few steps: bottlenecks written from basic blocks have many such rows.
    """
    wide = {name: value for name, value in weights.items() if value.ndim == 4 and value.shape[-1] > 1}
    return in_16_bits({name: value for name, value in weights.items() if name not in wide}) | in_8_bits(wide)


def in_8_bits(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Kernels rounded to whole numbers from -127 to 127 times their output channel's scale, max |w| / 127.

    Every value comes back within half its channel's scale; a channel that is all zero stays so, with scale 1.
    """
    return in_8_bits_of(weights, weights)


def in_8_bits_of(weights: Mapping[str, Tensor], scaled_by: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """As ``in_8_bits``, with the scales of other kernels: those from which the given ones were rounded."""
    stored = {}
    for name, value in _kept(weights):
        if value.ndim == 1:
            stored[name] = value.float()
            continue
        scale = scales(scaled_by[name].flatten(1))
        per_channel = scale.view(-1, *[1] * (value.ndim - 1))
        stored[name] = (value.float() / per_channel).round().clamp(-LEVELS, LEVELS).to(torch.int8)
        stored[name + SCALE] = scale
    return stored


def scales(kernel: Tensor) -> Tensor:
    """What one step of each row is worth, float32 (rows,), for a kernel (rows, columns)."""
    largest = kernel.float().abs().max(dim=1).values
    return torch.where(largest > 0, largest / LEVELS, 1.0)


def _kept(weights: Mapping[str, Tensor]) -> list[tuple[str, Tensor]]:
    return [(name, value) for name, value in weights.items() if not name.endswith(COUNTER)]


def write(stored: Mapping[str, Tensor], file: Path, metadata: Mapping[str, str] | None = None) -> None:
    """Writes the file whole or not at all."""
    partial = file.with_name(file.name + ".partial")
    save_file({name: value.contiguous() for name, value in stored.items()}, partial, dict(metadata or {}))
    partial.chmod(0o644)  # safetensors leaves it to its owner alone, and an image is read by another user
    partial.replace(file)
