"""No weights from outside, and a small network in place of what torchvision publishes."""

import hashlib
import os
from dataclasses import replace

import pytest
import torch

from resnet_demo.network.resnet import resnet
from resnet_demo.results import DEPTHS, ClassInfo
from resnet_demo.weights import registry, sources
from tests.mirror import Mirror
from tests.randomised import randomise


@pytest.fixture(autouse=True)
def cache(monkeypatch, tmp_path):
    """torch hub's folder of checkpoints, empty, and no settings or proxies from outside."""
    for variable in list(os.environ):
        if variable.startswith("RESNET_DEMO_") or variable.lower().endswith("_proxy"):
            monkeypatch.delenv(variable)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    return tmp_path / "torch" / "hub" / "checkpoints"


@pytest.fixture
def mirror():
    server = Mirror()
    yield server
    server.close()


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """The bytes of a ResNet-18 of four classes, as torchvision would publish it."""
    path = tmp_path_factory.mktemp("small") / "small.pth"
    torch.save(randomise(resnet(18, 4), seed=4).state_dict(), path)
    return path.read_bytes()


@pytest.fixture
def record(small, monkeypatch):
    """In place of torchvision's registry: one record for each depth, of the small network."""
    digest = hashlib.sha256(small).hexdigest()
    classes = tuple(ClassInfo(i, None, f"kind {i}") for i in range(4))
    records = {}
    for depth in DEPTHS:
        real = registry.published(depth)[0]
        url = f"https://weights.invalid/resnet{depth}-{digest[:8]}.pth"
        records[depth] = replace(real, classes=classes, sha256=digest, size_bytes=len(small), source=url)
    monkeypatch.setattr("resnet_demo.weights.registry.published", lambda depth: (records[depth],))
    return sources.published(18)[0]
