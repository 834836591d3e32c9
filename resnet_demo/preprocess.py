"""From an upright photo to what a network sees: the view, where it lies in the photo, and its tensor."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torchvision.transforms import InterpolationMode
from torchvision.transforms import functional as F

from resnet_demo.cards import Transform
from resnet_demo.results import Box


@dataclass(frozen=True, eq=False)
class Prepared:
    """``view`` uint8 [crop, crop, 3], its ``box`` in the photo, and ``tensor`` float32 (3, crop, crop), normalised."""

    view: np.ndarray
    box: Box
    tensor: Tensor


def prepare(pixels: np.ndarray, transform: Transform) -> Prepared:
    """The view of ``pixels``, uint8 [h, w, 3], that ``transform`` describes; equal to torchvision's preset to the bit.

    Where the photo brought to ``resize`` is narrower than the crop, torchvision pads with black, and the box reaches
    beyond the photo.
    """
    height, width = pixels.shape[:2]
    interpolation = InterpolationMode(transform.interpolation)
    photo = Image.fromarray(pixels)
    if transform.soften is not None and min(height, width) > transform.soften:
        photo = F.resize(photo, [transform.soften], interpolation)
    resized = F.resize(photo, [transform.resize], interpolation)
    view = np.asarray(F.center_crop(resized, [transform.crop]))
    tensor = F.normalize(
        F.convert_image_dtype(torch.from_numpy(view.copy()).permute(2, 0, 1).contiguous(), torch.float),
        list(transform.mean),
        list(transform.std),
    )
    return Prepared(view, _box(width, height, resized.width, resized.height, transform.crop), tensor)


def _box(width: int, height: int, resized_width: int, resized_height: int, crop: int) -> Box:
    """The central crop of the resized photo, in pixels of the photo. Each axis has its own scale: sides are rounded."""
    left, right = _span(width, resized_width, crop)
    top, bottom = _span(height, resized_height, crop)
    return Box(left, top, right, bottom)


def _span(side: int, resized: int, crop: int) -> tuple[float, float]:
    # Both roundings are torchvision's: halves go to the even number in a crop, and down in a padding.
    start = int(round((resized - crop) / 2.0)) if crop <= resized else -((crop - resized) // 2)
    scale = side / resized
    return start * scale, (start + crop) * scale
