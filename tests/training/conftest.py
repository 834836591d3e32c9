"""Made photos of two classes that a network tells apart at a glance: bright and dark noise, 32 px."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from resnet_demo.training import tiny_imagenet

CLASSES = {"n01443537": 190, "n07920052": 60}
"""Goldfish and espresso, by their WordNet ids, and the mean brightness of their photos here."""


@pytest.fixture(scope="session")
def made_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An ImageFolder tree: 16 training and 4 validation photos a class."""
    root = tmp_path_factory.mktemp("data")
    random = np.random.default_rng(0)
    for split, count in (("train", 16), ("val", 4)):
        for name, mean in CLASSES.items():
            folder = root / split / name
            folder.mkdir(parents=True)
            for i in range(count):
                pixels = random.normal(mean, 25, (32, 32, 3)).clip(0, 255).astype(np.uint8)
                Image.fromarray(pixels).save(folder / f"{i}.png")
    return root


@pytest.fixture(scope="session")
def made_run(made_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a finished run of a ResNet-18 on the made photos, by the command line's own function."""
    out = tmp_path_factory.mktemp("runs") / "resnet18"
    words = ["--data", str(made_data), "--depth", "18", "--out", str(out), "--schedule", "32:4", "--teacher", "none"]
    small = ["--photo-size", "32", "--batch", "8", "--rate", "0.05", "--view", "32", "--threads", "1"]
    assert tiny_imagenet.main([*words, *small]) == 0
    return out
