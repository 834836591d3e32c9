"""A card's transform as torchvision's: a callable that takes a photo and gives what the network takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from torch import Tensor, nn
from torchvision.transforms import Grayscale, InterpolationMode
from torchvision.transforms import functional as F
from torchvision.transforms._presets import ImageClassification

if TYPE_CHECKING:
    from resnet_demo.weights.cards import Transform


class Preset(nn.Module):
    """torchvision's ``ImageClassification`` with this transform's numbers, after what comes before it: ``grey`` and
    ``soften``. Takes a Pillow image, RGB, and gives float32 (3, crop, crop)."""

    def __init__(self, transform: Transform) -> None:
        super().__init__()
        self.interpolation = InterpolationMode(transform.interpolation)
        self.soften, self.grey = transform.soften, Grayscale(3) if transform.grey else None
        self.preset = ImageClassification(
            crop_size=transform.crop,
            resize_size=transform.resize,
            mean=transform.mean,
            std=transform.std,
            interpolation=self.interpolation,
        )

    def forward(self, photo: Any) -> Tensor:
        if self.grey is not None:
            photo = self.grey(photo)
        _, height, width = F.get_dimensions(photo)
        if self.soften is not None and min(width, height) > self.soften:
            photo = F.resize(photo, [self.soften], self.interpolation)
        return self.preset(photo)
