"""From an upright photo to what a network sees: the view, where it lies in the photo, and its tensor."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torchvision.transforms import InterpolationMode
from torchvision.transforms import functional as F

from resnet_demo.results import Box
from resnet_demo.weights.cards import Transform


@dataclass(frozen=True, eq=False)
class Prepared:
    """What a network sees of a photo.

    ``view`` is uint8 [crop, crop, 3]; ``box`` is where it lies in the photo; ``tensor`` is the view in 0..1, normalised
    channel by channel, float32 (3, crop, crop) on the CPU, in the view's own order in memory: channels last.
    """

    view: np.ndarray
    box: Box
    tensor: Tensor


def prepare(pixels: np.ndarray, transform: Transform) -> Prepared:
    """The view of an upright photo, uint8 [h, w, 3], that ``transform`` describes.

    Equal to the bit to torchvision's ``ImageClassification`` preset of the same settings on a PIL photo, which is what
    published accuracies are measured with: the resizing is Pillow's, with its antialiasing. ``grey`` and
    ``soften`` come before. Where the resized photo is smaller than the crop, torchvision pads it with black, and the
    box reaches beyond the photo.
    """
    interpolation = InterpolationMode(transform.interpolation)
    photo = Image.fromarray(pixels)
    if transform.grey:
        photo = photo.convert("L").convert("RGB")
    width, height = photo.size
    if transform.soften is not None and min(width, height) > transform.soften:
        photo = F.resize(photo, [transform.soften], interpolation)
    resized = F.resize(photo, [transform.resize], interpolation)
    view = np.array(F.center_crop(resized, [transform.crop]))
    left, right = _span(width, resized.width, transform.crop)
    top, bottom = _span(height, resized.height, transform.crop)
    return Prepared(view, Box(left, top, right, bottom), normalised(view, transform))


def normalised(view: np.ndarray, transform: Transform) -> Tensor:
    """``Prepared.tensor`` of a view.

    By numpy, a row of pixels at a time: views are prepared in threads, and each thread that works with PyTorch would
    bring a team of its own to the cores that the network runs on.
    """
    rows = view.reshape(transform.crop, -1).astype(np.float32)
    rows /= np.float32(255)
    rows -= np.tile(np.array(transform.mean, np.float32), transform.crop)
    rows /= np.tile(np.array(transform.std, np.float32), transform.crop)
    return torch.from_numpy(rows.reshape(view.shape)).permute(2, 0, 1)


def _span(side: int, resized: int, crop: int) -> tuple[float, float]:
    """Where the central ``crop`` of ``resized`` pixels begins and ends, in pixels of the photo's ``side``.

    Each axis has its own scale, as the resized sides are whole numbers. The roundings are torchvision's: a crop begins
    at the nearest pixel, halves going to the even one; a padding is shorter at its beginning.
    """
    start = round((resized - crop) / 2) if crop <= resized else -((crop - resized) // 2)
    return start * side / resized, (start + crop) * side / resized
