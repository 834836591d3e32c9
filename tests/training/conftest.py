"""Made photos of two classes that a network tells apart at a glance: bright and dark noise, 32 px."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from resnet_demo.network.resnet import STAGES, ResNet, resnet
from training import export, probes, tiny_imagenet

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


@pytest.fixture(scope="session")
def exported(made_data: Path, made_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The weights file of the made run, 8 bits a weight; its card, log and probes beside it."""
    to = tmp_path_factory.mktemp("weights")
    words = ["--run", str(made_run), "--data", str(made_data), "--to", str(to), "--bits", "8"]
    assert export.main(words) == 0
    file = to / "resnet18-tiny-imagenet.safetensors"
    assert probes.make(made_data, file, made_data / "cache", count=32, photo_size=32).keys() == set(STAGES)
    return file


@pytest.fixture
def decoded(exported: Path) -> ResNet:
    """The network in that file, its weights multiplied out here."""
    stored = load_file(exported)
    network = resnet(18, 2).eval()
    for name, value in network.state_dict().items():
        if name in stored:
            scale = stored.get(f"{name}.scale", torch.ones(1)).view(-1, *[1] * (value.ndim - 1))
            value.copy_(stored[name] * scale)
    return network
