"""The page as ``app.py`` serves it, with the network of FILE in place of all that there is for ResNet-34.

    python tests/publishing.py FILE

Its classes are called "kind 0", "kind 1" and so on.
"""

from __future__ import annotations

import hashlib
import sys
from dataclasses import replace
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from resnet_demo.labels.classes import ClassInfo
from resnet_demo.page.server import serve
from resnet_demo.weights import registry, sources
from resnet_demo.weights.cards import Card


def published_as(path: Path) -> Card:
    """What torchvision's registry would say of ``path``, a ResNet-34."""
    content = path.read_bytes()
    count = len(torch.load(path, weights_only=True)["fc.bias"])
    return replace(
        registry.published(34)[0],
        classes=tuple(ClassInfo(i, None, f"kind {i}") for i in range(count)),
        sha256=hashlib.sha256(content).hexdigest(),
        size_bytes=len(content),
        source=f"https://weights.invalid/{path.name}",
    )


if __name__ == "__main__":
    small, real, bundled = published_as(Path(sys.argv[1])), registry.published, sources.bundled
    registry.published = lambda depth: (small,) if depth == 34 else real(depth)
    sources.bundled = lambda depth: [] if depth == 34 else bundled(depth)
    sys.exit(serve())
