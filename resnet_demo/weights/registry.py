"""What torchvision publishes for each depth, as cards; the ``source`` of each is the address to fetch it from.

torchvision's registry has no WordNet ids, keeps accuracies under ``_metrics``, sizes in MiB, and of a file's hash the
eight hex digits in its name: the whole ones stand here.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from resnet_demo.weights.cards import Card, Transform
from resnet_demo.weights.imagenet import imagenet_classes

if TYPE_CHECKING:
    from torchvision.models import WeightsEnum

TITLES = {"IMAGENET1K_V1": "ImageNet V1, 1,000 classes", "IMAGENET1K_V2": "ImageNet V2, 1,000 classes"}

SHA256 = {
    "resnet18-f37072fd.pth": "f37072fd47e89c5e827621c5baffa7500819f7896bbacec160b1a16c560e07ec",
    "resnet34-b627a593.pth": "b627a593bcbe140c234610266fe4f8ae95ea42fc881d091c9b6052e6b1d0590f",
    "resnet50-0676ba61.pth": "0676ba61b6795bbe1773cffd859882e5e297624d384b6993f7c9e683e722fb8a",
    "resnet50-11ad3fa6.pth": "11ad3fa62ca79e40addfd354a8ec4b7c75143b3038b8d2a807fbc68deab379ca",
    "resnet101-63fe2227.pth": "63fe2227b86e8f1f2063f43a75c84d195911b6a0eace650907dd3dc62dd49a0a",
    "resnet101-cd907fc2.pth": "cd907fc2a0de2292b2ba2b27d2216bc672d84632d1cf20058d01c0c03b5e020e",
    "resnet152-394f9c45.pth": "394f9c45966e3651a89bbb78a48410a6755854ce4a5ab64927cf1c7247f85e58",
}
"""Each file's whole hash, as several others who fetched it have published theirs. None was found of ResNet-152's V2:
what comes under its eight digits first is noted beside it, and holds from then on (``integrity.py``)."""


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
        sha256=SHA256.get(entry.url.rpartition("/")[2], entry.url.removesuffix(".pth")[-8:]),
        size_bytes=round(entry.meta["_file_size"] * 1024**2),
        source=entry.url,
        licence="as published by torchvision (BSD-3-Clause); trained on ImageNet, for research and teaching only",
        made_by=f"torchvision's recipe: {entry.meta['recipe']}",
    )
