"""What torchvision publishes for each depth, as cards; the ``source`` of each is the address to fetch it from.

torchvision's registry has no WordNet ids, keeps accuracies under ``_metrics``, sizes in MiB, and of a file's hash the
eight hex digits in its name.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from resnet_demo.weights.cards import Card, Transform
from resnet_demo.weights.imagenet import imagenet_classes

if TYPE_CHECKING:
    from torchvision.models import WeightsEnum

TITLES = {"IMAGENET1K_V1": "ImageNet V1, 1,000 classes", "IMAGENET1K_V2": "ImageNet V2, 1,000 classes"}


@cache
def published(depth: int) -> tuple[Card, ...]:
    """The ImageNet-1k weights for one of the five depths: V1, then V2 where there is one (50 and deeper)."""
    # Importing torchvision's models takes seconds; a program that never asks need not wait for them.
    from torchvision.models import get_model_weights

    entries = get_model_weights(f"resnet{depth}")
    return tuple(_record(depth, entry) for entry in entries if entry.name in TITLES)


def _record(depth: int, entry: WeightsEnum) -> Card:
    accuracy = entry.meta["_metrics"]["ImageNet-1K"]
    preset = entry.transforms()
    return Card(
        name=entry.name.lower().replace("_", "-"),
        title=TITLES[entry.name],
        depth=depth,
        classes=imagenet_classes(),
        transform=Transform(
            resize=preset.resize_size[0],
            crop=preset.crop_size[0],
            interpolation=preset.interpolation.value,
            mean=tuple(preset.mean),
            std=tuple(preset.std),
        ),
        temperature=1.0,
        top1=accuracy["acc@1"] / 100,
        top5=accuracy["acc@5"] / 100,
        measured_on="ImageNet-1k validation",
        parameters=entry.meta["num_params"],
        sha256=entry.url.removesuffix(".pth")[-8:],
        size_bytes=round(entry.meta["_file_size"] * 1024**2),
        source=entry.url,
        licence="as published by torchvision (BSD-3-Clause); trained on ImageNet, for research and teaching only",
        made_by=f"torchvision's recipe: {entry.meta['recipe']}",
    )
