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
    mean = torch.tensor(MEAN, device=pixels.device).view(1, 3, 1, 1) * 255
    std = torch.tensor(STD, device=pixels.device).view(1, 3, 1, 1) * 255
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
    """uint8 (batch, 3, h, w) to float32 (batch, 3, size, size), normalised, channels-last, each cropped at random.

    What is drawn is the same on every device. Photos larger than the crops by more than a fifth are sampled at twice
    the size and averaged, so that fine detail does not turn into false patterns.
    """
    theta = random_crops(len(pixels), smallest, generator).to(pixels.device)
    finer = 2 if pixels.shape[-1] > 1.2 * size else 1
    grid = F.affine_grid(theta, [len(pixels), 3, size * finer, size * finer], align_corners=False)
    seen = F.grid_sample(normalised(pixels), grid, mode="bilinear", padding_mode="border", align_corners=False)
    return F.avg_pool2d(seen, finer) if finer > 1 else seen


def some_blurred(pixels: Tensor, share: float, least: int, most: int, generator: torch.Generator) -> Tensor:
    """uint8 (batch, 3, side, side): about ``share`` of them as if they had had ``least`` to ``most`` pixels a side, the
    number drawn once for all."""
    drawn = torch.rand(len(pixels) + 1, generator=generator)
    side = int(least + (most - least) * drawn[-1].item())
    chosen = (drawn[:-1] < share).to(pixels.device)
    if not chosen.any():
        return pixels
    small = F.interpolate(pixels[chosen], size=(side, side), mode="bilinear", antialias=True)
    found = pixels.clone()
    found[chosen] = F.interpolate(small, size=pixels.shape[-2:], mode="bilinear")
    return found


def whole(pixels: Tensor, size: int) -> Tensor:
    """uint8 (batch, 3, h, w) to float32 (batch, 3, size, size), normalised: the photo as it is, for measuring."""
    return F.interpolate(normalised(pixels), size=(size, size), mode="bilinear", antialias=True)
