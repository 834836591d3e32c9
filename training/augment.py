"""Random resized crops and flips of a whole batch as one affine grid sample (Szegedy et al. 2015, "Going Deeper with
Convolutions", section 6, for the crops).

Two departures from torchvision's ``RandomResizedCrop``: a side that would be longer than the photo is clipped to it
(torchvision draws again), and the crop's place is not rounded to whole pixels.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)
"""ImageNet's, over values in 0..1."""

RATIO = 4 / 3
"""Crops are up to this much wider than high, or higher than wide."""


def normalised(pixels: Tensor) -> Tensor:
    """uint8 or float (batch, 3, h, w) in 0..255 to float32 in the network's units, channels-last."""
    mean = torch.tensor(MEAN).view(1, 3, 1, 1) * 255
    std = torch.tensor(STD).view(1, 3, 1, 1) * 255
    return pixels.to(torch.float32, memory_format=torch.channels_last).sub(mean).div_(std)


def random_crops(count: int, smallest: float, generator: torch.Generator) -> Tensor:
    """One affine map a photo, (count, 2, 3): from places in the view to places in the photo, both in -1..1.

    The crop's area is uniform in ``smallest``..1 of the photo's, the logarithm of its aspect ratio uniform, its place
    uniform; half of the crops are mirrored.
    """
    area, ratio, right, down, mirror = torch.rand(5, count, generator=generator)
    aspect = torch.exp((2 * ratio - 1) * math.log(RATIO))
    area = smallest + (1 - smallest) * area
    width = torch.sqrt(area * aspect).clamp_(max=1)
    height = torch.sqrt(area / aspect).clamp_(max=1)
    theta = torch.zeros(count, 2, 3)
    theta[:, 0, 0] = torch.where(mirror < 0.5, -width, width)
    theta[:, 0, 2] = (2 * right - 1) * (1 - width)
    theta[:, 1, 1] = height
    theta[:, 1, 2] = (2 * down - 1) * (1 - height)
    return theta


def crops(pixels: Tensor, size: int, smallest: float, generator: torch.Generator) -> Tensor:
    """uint8 (batch, 3, h, w) to float32 (batch, 3, size, size), normalised, channels-last, each cropped at random."""
    theta = random_crops(len(pixels), smallest, generator)
    grid = F.affine_grid(theta, [len(pixels), 3, size, size], align_corners=False)
    return F.grid_sample(normalised(pixels), grid, mode="bilinear", padding_mode="border", align_corners=False)


def whole(pixels: Tensor, size: int) -> Tensor:
    """uint8 (batch, 3, h, w) to float32 (batch, 3, size, size), normalised: the photo as it is, for measuring."""
    return F.interpolate(normalised(pixels), size=(size, size), mode="bilinear", antialias=True)
