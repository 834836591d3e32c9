"""What is measured, made alike for every script: photos never seen before, networks of random weights, the engine."""

from __future__ import annotations

import io
import json
import platform
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from importlib.metadata import version
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torchvision
from PIL import Image
from safetensors.torch import save_file

from resnet_demo.engine.engine import Engine
from resnet_demo.photos.preprocess import prepare
from resnet_demo.photos.read import read_photo
from resnet_demo.results import Analysis, AnalysisRequest
from resnet_demo.weights.cards import Transform

LIBRARIES = ("torch", "torchvision", "captum", "numpy", "pillow", "gradio", "grad-cam", "torchcam")
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def machine() -> str:
    """The machine and the versions, in a line."""
    parts = [f"{platform.machine()}, {torch.get_num_threads()} threads; Python {platform.python_version()}"]
    return ", ".join(parts + [f"{name} {version(name)}" for name in LIBRARIES])


def photos() -> Iterator[bytes]:
    """JPEGs of 500 x 375 pixels without end, no two alike."""
    for seed in count():
        small = np.random.default_rng(seed).integers(0, 256, (9, 12, 3), dtype=np.uint8)
        file = io.BytesIO()
        Image.fromarray(small).resize((500, 375), Image.Resampling.BICUBIC).save(file, "JPEG", quality=90)
        yield file.getvalue()


def random_weights(depth: int, folder: Path, size: int = 224) -> torch.nn.Module:
    """torchvision's model, frozen, with the same weights in ``folder`` for the engine, which sees ``size`` pixels."""
    model = getattr(torchvision.models, f"resnet{depth}")(weights=None).eval().requires_grad_(False)
    file = folder / f"resnet{depth}.safetensors"
    save_file(model.state_dict(), file)
    if size != 224:
        transform = Transform(size * 8 // 7, size, "bilinear", MEAN, STD)
        file.with_suffix(".json").write_text(json.dumps({"transform": asdict(transform)}), encoding="utf-8")
    return model


def stages(model: Any) -> dict[str, torch.nn.Module]:
    """The module of torchvision's model whose output is each stage's."""
    return {"stem": model.maxpool} | {f"layer{i}": getattr(model, f"layer{i}") for i in range(1, 5)}


def analysed(engine: Engine, depth: int, data: list[bytes]) -> list[Analysis]:
    """The whole job, in one batch."""
    answers = list(engine.analyze_many([AnalysisRequest(each, depth) for each in data], batch_size=len(data)))
    assert all(isinstance(answer, Analysis) for answer in answers), answers
    return answers  # type: ignore[return-value]


def tensor(engine: Engine, depth: int, data: list[bytes]) -> torch.Tensor:
    """Photos decoded and prepared, one after the other: (photos, 3, h, w), NCHW."""
    transform = engine.network(depth).card.transform
    return torch.stack([prepare(read_photo(each).pixels, transform).tensor for each in data]).contiguous()


def in_turn(work: dict[str, Callable[[Any], object]], rounds: int, take: Callable[[], Any]) -> dict[str, list[float]]:
    """Seconds of each piece of work, A B C A B C, each call given what ``take()`` makes beforehand.

    A round before those that count pays for memory and for choosing kernels.
    """
    seconds: dict[str, list[float]] = {name: [] for name in work}
    for round_ in range(rounds + 1):
        for name, run in work.items():
            given = take()
            began = time.perf_counter()
            run(given)
            if round_:
                seconds[name].append(time.perf_counter() - began)
    return seconds


def share(seconds: list[float], base: list[float]) -> str:
    """A median with its range, in medians of ``base``."""
    unit = statistics.median(base)
    return f"{statistics.median(seconds) / unit:.2f} ({min(seconds) / unit:.2f} to {max(seconds) / unit:.2f})"
