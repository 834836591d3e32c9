from __future__ import annotations

import math

import pytest
import torch
from torchvision.transforms import functional as transforms

from training.augment import MEAN, STD, crops, normalised, random_crops, whole


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_normalising_is_torchvisions() -> None:
    pixels = torch.randint(0, 256, (2, 3, 5, 4), dtype=torch.uint8, generator=generator())
    expected = transforms.normalize(pixels.float() / 255, MEAN, STD)
    assert torch.allclose(normalised(pixels), expected, atol=1e-5)


def test_crops_lie_inside_the_photo_and_keep_area_and_aspect() -> None:
    theta = random_crops(5_000, 0.35, generator())
    width, height = theta[:, 0, 0].abs(), theta[:, 1, 1]
    assert bool((theta[:, 0, 2].abs() + width <= 1 + 1e-6).all())
    assert bool((theta[:, 1, 2].abs() + height <= 1 + 1e-6).all())
    area = width * height
    assert area.max() <= 1 + 1e-6
    inside = (width < 1) & (height < 1)  # a side that was clipped leaves less area, and another aspect
    assert area[inside].min() >= 0.35 - 1e-6
    aspect = (width / height)[inside].log()
    assert aspect.abs().max() <= math.log(4 / 3) + 1e-6
    assert not bool(theta[:, 0, 1].any() or theta[:, 1, 0].any())  # neither turned nor sheared


def test_half_of_the_crops_are_mirrored() -> None:
    mirrored = (random_crops(10_000, 0.35, generator())[:, 0, 0] < 0).double().mean().item()
    assert mirrored == pytest.approx(0.5, abs=0.02)  # four standard deviations


def test_a_crop_of_everything_is_the_photo_or_its_mirror_image() -> None:
    pixels = torch.randint(0, 256, (8, 3, 32, 32), dtype=torch.uint8, generator=generator())
    seen = crops(pixels, 32, 1.0, generator(1))
    theta = random_crops(8, 1.0, generator(1))
    expected = normalised(pixels)
    for i in range(8):
        unclipped = theta[i, 0, 0].abs() == 1 and theta[i, 1, 1] == 1
        if unclipped:
            assert torch.allclose(seen[i], expected[i].flip(2) if theta[i, 0, 0] < 0 else expected[i], atol=1e-4)


def test_a_crop_of_a_ramp_has_the_ramps_slope_times_its_width() -> None:
    # Brightness rises by 2 a pixel from left to right; the view of a crop rises by 2 * (crop's width) / (view's width).
    ramp = (torch.arange(64, dtype=torch.float32) * 2).to(torch.uint8).expand(4, 3, 64, 64)
    seen = crops(ramp, 32, 0.5, generator(3)) * torch.tensor(STD).view(1, 3, 1, 1) * 255
    theta = random_crops(4, 0.5, generator(3))
    slope = (seen[..., 20] - seen[..., 10]).mean((1, 2)) / 10
    assert torch.allclose(slope, theta[:, 0, 0] * 64 / 32 * 2, atol=1e-3)


def test_the_same_generator_gives_the_same_crops() -> None:
    pixels = torch.randint(0, 256, (4, 3, 32, 32), dtype=torch.uint8, generator=generator())
    assert torch.equal(crops(pixels, 32, 0.35, generator(5)), crops(pixels, 32, 0.35, generator(5)))
    assert not torch.equal(crops(pixels, 32, 0.35, generator(5)), crops(pixels, 32, 0.35, generator(6)))


def test_the_whole_photo_is_torchvisions_bilinear_resize() -> None:
    pixels = torch.randint(0, 256, (2, 3, 64, 64), dtype=torch.uint8, generator=generator())
    expected = transforms.resize(normalised(pixels), [96, 96], antialias=True)
    assert torch.allclose(whole(pixels, 96), expected, atol=1e-5)
