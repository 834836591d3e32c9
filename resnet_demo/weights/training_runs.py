"""The networks for CIFAR-10 that come with the program: the log of each run, and what it left.

``assets/degradation`` holds ``<name>.jsonl`` and ``<name>.safetensors`` as ``training/degradation.py`` writes them:
kernels in 16 bits, and the units in which a network sees pictures, ``pixels.mean`` float32 (3, 32, 32) and
``pixels.spread`` float32 (1,). ``<name>-surface.json`` and ``<name>-shortcuts.json``, of
``training/measure_trained.py``, may lie beside them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.torch import load
from torch import Tensor

from resnet_demo.assets import assets_dir
from resnet_demo.network.cifar import ARRANGEMENTS, CifarNetwork
from resnet_demo.results import ScaledShortcuts, TrainingRun

CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
"""Of CIFAR-10, in the order of the networks' outputs."""

MEASURES = ("train_loss", "train_error", "test_loss", "test_error")


def runs_dir() -> Path:
    """Where logs and weights lie."""
    return assets_dir() / "degradation"


@lru_cache(maxsize=1)
def recorded_runs() -> tuple[TrainingRun, ...]:
    """All that come with the program, by seed, arrangement and depth."""
    found = []
    for file in runs_dir().glob("*.jsonl"):
        surface, shortcuts = (_beside(file, what) for what in ("surface", "shortcuts"))
        found.append(run_of_log(file.stem, file.read_text(encoding="utf-8"), surface, shortcuts))
    return tuple(sorted(found, key=lambda run: (run.seed, ARRANGEMENTS.index(run.arrangement), run.layers)))


def _beside(log: Path, what: str) -> dict[str, Any] | None:
    file = log.with_name(f"{log.stem}-{what}.json")
    return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else None


def run_of_log(
    name: str, log: str, surface: dict[str, Any] | None = None, shortcuts: dict[str, Any] | None = None
) -> TrainingRun:
    """What a run's log says; lines about commands and machines are passed over. The rest is the other files'."""
    lines = [line for line in map(json.loads, log.splitlines()) if "epoch" in line]
    fresh, epochs = lines[0], lines[1:]
    recipe = fresh["recipe"]
    return TrainingRun(
        name=name,
        arrangement=recipe["arrangement"],
        layers=recipe["depth"],
        seed=recipe["seed"],
        parameters=fresh["parameters"],
        photos=fresh["photos"],
        test_photos=fresh["test_photos"],
        epochs=_column(epochs, "epoch"),
        rates=_column(epochs, "rate"),
        **{measure: _column(epochs, measure) for measure in MEASURES},
        gradients=_column(lines, "gradient"),
        shares=_column(lines, "share") if "share" in fresh else None,
        scaled=None if shortcuts is None else _scaled(shortcuts),
        surface=None if surface is None else np.array(surface["loss"], np.float32),
        reach=None if surface is None else surface["reach"],
    )


def _scaled(shortcuts: dict[str, Any]) -> ScaledShortcuts:
    scales, errors, anew = (np.array(shortcuts[name], np.float32) for name in ("scales", "errors", "errors_anew"))
    return ScaledShortcuts(shortcuts["photos"], scales, errors, anew)


def _column(lines: Iterable[dict[str, Any]], name: str) -> np.ndarray:
    return np.array([line[name] for line in lines], np.float32)


def trained_network(run: TrainingRun, folder: Path | None = None) -> tuple[CifarNetwork, Tensor, Tensor]:
    """The network that ``run`` left, in evaluation mode, and what pictures of 0..255 are to it: (p - mean) / spread.

    ``folder`` is ``runs_dir()`` where None.
    """
    state = load(((folder or runs_dir()) / f"{run.name}.safetensors").read_bytes())
    mean, spread = state.pop("pixels.mean"), state.pop("pixels.spread")
    network = CifarNetwork(run.layers, run.arrangement, len(CLASSES))
    counters = {name: value for name, value in network.state_dict().items() if name.endswith(".num_batches_tracked")}
    network.load_state_dict(counters | state)
    return network.eval().requires_grad_(False), mean, spread
