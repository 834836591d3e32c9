"""ImageNet's 1,000 classes with their WordNet ids, which torchvision's registry does not have."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files

from resnet_demo.results import ClassInfo


@cache
def imagenet_classes() -> tuple[ClassInfo, ...]:
    """The classes of ILSVRC 2012 in index order, labelled as torchvision labels them."""
    table = json.loads((files("resnet_demo.weights") / "imagenet_classes.json").read_text(encoding="utf-8"))
    return tuple(ClassInfo(index, wnid, label) for index, (wnid, label) in enumerate(table["classes"]))
