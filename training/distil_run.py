"""A run on mixed batches from its first step or last checkpoint to its end: logged, saved, measured, finished."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from torch import nn

from resnet_demo.errors import InputError
from resnet_demo.network.resnet import ResNet, resnet
from training import checkpoint, run_folder
from training.augment import whole
from training.bundled import folders_of, network_of
from training.mixed import MixedTrainer
from training.pupil import THOUSAND, Pupil, branch_shares
from training.pupil_measures import Measures
from training.run import STOPPING, stopped_by

LOGGED_STEPS = 50


def load_pupil(file: Path) -> tuple[Pupil, dict[str, Any]]:
    """What ``from_published.py`` or a finished run wrote, or bundled weights with card and log beside them, and what is
    known about it."""
    if file.suffix == ".safetensors":
        return _bundled_pupil(file)
    state = checkpoint.load(file)
    about = state["about"]
    network: ResNet = resnet(about["depth"], len(about["classes"]))
    network.load_state_dict(state["network"])
    thousand = nn.Linear(network.fc.in_features, len(state["thousand"]["bias"]))
    thousand.load_state_dict(state["thousand"])
    return Pupil(network, thousand), about


def _bundled_pupil(file: Path) -> tuple[Pupil, dict[str, Any]]:
    """Of bundled weights; their layer of a thousand classes begins at zero, as a file doesn't keep it."""
    network = network_of(file)
    card = network.card
    thousand = nn.Linear(network.fc.in_features, THOUSAND)
    nn.init.zeros_(thousand.weight)
    nn.init.zeros_(thousand.bias)
    log = [json.loads(line) for line in file.with_suffix(".jsonl").read_text(encoding="utf-8").splitlines()]
    origin = [*log[0]["origin"], *(line for line in log if "from_step" in line)]
    return Pupil(network, thousand), {"depth": card.depth, "classes": folders_of(card), "origin": origin}


class DistilRun:
    """Steps, a line in the log every so often, checkpoints, and the finished network.

    ``about`` is what export has to know of the network, ``origin`` how the one was made that it began with.
    """

    def __init__(
        self, trainer: MixedTrainer, measures: Measures, out: Path, about: dict[str, Any], origin: list[dict[str, Any]]
    ) -> None:
        self.trainer, self.measures, self.out, self.about, self.origin = trainer, measures, out, about, origin
        self.seconds = 0.0
        self.commands: list[dict[str, Any]] = []

    def log(self, **line: Any) -> None:
        print(run_folder.log(self.out, line), flush=True)

    def save(self) -> None:
        state = {"trainer": self.trainer.state(), "seconds": self.seconds, "commands": self.commands}
        checkpoint.save(state | {"about": self.about}, self.out / "checkpoint.pt")

    def resume(self) -> None:
        """Raises ``InputError`` where the checkpoint is of another network."""
        state = checkpoint.load(self.out / "checkpoint.pt")
        for name in ("depth", "classes"):
            if state["about"][name] != self.about[name]:
                raise InputError("training-checkpoint-other", file=self.out / "checkpoint.pt", what=name)
        self.trainer.load(state["trainer"])
        self.seconds, self.commands = state["seconds"], state["commands"]

    def measured(self) -> dict[str, float]:
        return self.measures.of(self.trainer.averaged, self.trainer.recipe.bfloat16)

    def train(self, save_every: float, measure_every: float) -> bool:
        """To the end or until stopped by a signal; whether it is complete."""
        trainer = self.trainer
        sums: dict[str, float] = {}
        saved = measured = time.monotonic()
        with stopped_by(STOPPING) as stopping:
            while trainer.step_number < trainer.schedule.steps and not stopping.is_set():
                began = time.perf_counter()
                parts = trainer.step()
                took = time.perf_counter() - began
                self.seconds += took
                for name, value in (parts | {"seconds": took, "steps": 1}).items():
                    sums[name] = sums.get(name, 0.0) + value
                if trainer.step_number % LOGGED_STEPS == 0 or trainer.step_number == trainer.schedule.steps:
                    self._log_steps(sums)
                    sums = {}
                if time.monotonic() - measured > measure_every:
                    self.log(step=trainer.step_number, measured=self.measured())
                    measured = time.monotonic()
                if time.monotonic() - saved > save_every:
                    self.save()
                    saved = time.monotonic()
        self.save()
        return trainer.step_number == trainer.schedule.steps

    def _log_steps(self, sums: dict[str, float]) -> None:
        steps, seconds = int(sums.pop("steps")), sums.pop("seconds")
        last = self.trainer.step_number - 1
        self.log(
            step=last + 1,
            of=self.trainer.schedule.steps,
            size=self.trainer.schedule.size(last),
            rate=float(f"{self.trainer.schedule.rate(last):.3g}"),
            photos_per_second=round(steps * self.trainer.recipe.batch / seconds, 1),
            hours_of_run=round(self.seconds / 3600, 3),
            **{name: round(value / steps, 4) for name, value in sums.items()},
        )

    def finish(self, view: int) -> None:
        """Writes ``network.pt``, as ``export.py`` and ``deepen.py`` read it."""
        pupil = self.trainer.averaged
        measured = self.measured()
        pictures = whole(self.measures.validation.spread(50).pixels.to(self.measures.device), view)
        shares = {name: round(share, 3) for name, share in branch_shares(pupil.network, pictures).items()}
        self.log(finished=measured, hours_of_run=round(self.seconds / 3600, 3), branch_shares=shares)
        state = {
            "network": pupil.network.state_dict(),
            "thousand": pupil.thousand.state_dict(),
            "about": self.about | {"origin": [*self.origin, *self.commands]},
            "measured": measured | {"view": view},
            "progress": {"commands": self.commands, "seconds_of_run": self.seconds},
        }
        checkpoint.save(state, self.out / "network.pt")
