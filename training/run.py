"""A run from its first step or its last checkpoint to its end: epochs logged, state saved, the result measured."""

from __future__ import annotations

import copy
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm

from resnet_demo.errors import InputError
from training import checkpoint, run_folder
from training.augment import whole
from training.average import blend, recompute_statistics
from training.data import Photos
from training.loop import Trainer
from training.measure import logits_of, top_k

STATISTICS_PHOTOS = 5_000
STOPPING = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def stopped_by(signals: Iterable[int], stopping: threading.Event | None = None) -> Iterator[threading.Event]:
    """Within it each of the signals sets the event, and does nothing else. For the main thread."""
    stopping = stopping or threading.Event()
    before = {number: signal.signal(number, lambda *_: stopping.set()) for number in signals}
    try:
        yield stopping
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@dataclass
class Progress:
    """What a run has logged so far and what of its running epoch it will log: saved with the checkpoint."""

    loss: float = 0.0
    steps: int = 0
    seconds: float = 0.0
    seconds_of_run: float = 0.0
    commands: list[dict[str, Any]] = field(default_factory=list)


class Run:
    """``out`` receives ``checkpoint.pt``, ``log.jsonl`` (a line an epoch) and at the end ``network.pt``.

    ``about`` is kept with them: depth, classes and whatever else a reader of the files should know. In between, the
    averaged network is measured on ``measured`` validation photos, spread over the whole split, at the size at which
    it is training; at the end on all of them at ``view`` pixels. ``start_share`` of the network that the trainer
    begins with is averaged into the finished one.
    """

    def __init__(
        self,
        trainer: Trainer,
        validation: Photos,
        out: Path,
        about: dict[str, Any],
        view: int,
        measured: int = 2_000,
        save_every: float = 600,
        start_share: float = 0.0,
    ) -> None:
        self.trainer, self.validation, self.out, self.about, self.view = trainer, validation, out, about, view
        self.save_every, self.start_share = save_every, start_share
        self.start = copy.deepcopy(trainer.network) if start_share else None
        self.progress = Progress()
        self.sample = validation.spread(measured)
        self.stopping = threading.Event()

    def resume(self) -> None:
        """Goes on from the checkpoint in ``out``. Raises ``InputError`` where it is of another network or data."""
        file = self.out / "checkpoint.pt"
        state = checkpoint.load(file)
        if other := [name for name, value in self.about.items() if state["about"].get(name) != value]:
            raise InputError("training-checkpoint-other", file=file, what=other[0])
        self.trainer.load(state["trainer"])
        self.progress = Progress(**state["progress"])

    def save(self) -> None:
        """Writes the checkpoint."""
        state = {"trainer": self.trainer.state(), "progress": vars(self.progress), "about": self.about}
        checkpoint.save(state, self.out / "checkpoint.pt")

    def stopped_by_signals(self) -> AbstractContextManager[threading.Event]:
        """Within it SIGINT and SIGTERM end the run after the running step, with a checkpoint. For the main thread."""
        return stopped_by(STOPPING, self.stopping)

    def train(self, until: int | None = None, show: Callable[[str], None] = tqdm.write) -> bool:
        """Trains to the end, or to step ``until``, or until stopped. True when the run is complete."""
        trainer, progress = self.trainer, self.progress
        end = trainer.schedule.steps if until is None else min(until, trainer.schedule.steps)
        per_epoch = trainer.batches.steps_per_epoch
        saved = time.monotonic()
        with tqdm(total=trainer.schedule.steps, initial=trainer.step_number, unit="step", disable=None) as bar:
            while trainer.step_number < end and not self.stopping.is_set():
                start = time.perf_counter()
                progress.loss += trainer.step()
                took = time.perf_counter() - start
                progress.steps += 1
                progress.seconds += took
                progress.seconds_of_run += took
                bar.update()
                if trainer.step_number % per_epoch == 0 or trainer.step_number == trainer.schedule.steps:
                    show(self._log_epoch())
                    self.save()
                    saved = time.monotonic()
                elif time.monotonic() - saved > self.save_every:
                    self.save()
                    saved = time.monotonic()
        self.save()
        return trainer.step_number == trainer.schedule.steps

    def _log_epoch(self) -> str:
        trainer, progress = self.trainer, self.progress
        size = trainer.schedule.size(trainer.step_number - 1)
        logits = logits_of(trainer.average.network, self.sample, size)
        line = {
            "epoch": round(trainer.step_number / trainer.batches.steps_per_epoch, 3),
            "step": trainer.step_number,
            "of": trainer.schedule.steps,
            "size": size,
            "rate": round(trainer.schedule.rate(trainer.step_number - 1), 5),
            "loss": round(progress.loss / progress.steps, 4),
            "top1": round(top_k(logits, self.sample.labels, 1), 4),
            "top5": round(top_k(logits, self.sample.labels, 5), 4),
            "photos_measured": len(self.sample),
            "seconds": round(progress.seconds, 1),
            "photos_per_second": round(progress.steps * trainer.recipe.batch / progress.seconds, 1),
            "hours_of_run": round(progress.seconds_of_run / 3600, 3),
        }
        progress.loss, progress.steps, progress.seconds = 0.0, 0, 0.0
        return self.log(line)

    def log(self, line: dict[str, Any]) -> str:
        """Appends a line to the log and returns it as text."""
        return run_folder.log(self.out, line)

    def finish(self) -> dict[str, Any]:
        """Statistics for ``view``, a measurement on all validation photos, ``network.pt``; what was measured."""
        network = self.trainer.average.network
        if self.start:
            blend(network, self.start, self.start_share)
        pixels = self.trainer.photos.spread(STATISTICS_PHOTOS).pixels
        with torch.autocast("cpu", torch.bfloat16, enabled=self.trainer.recipe.bfloat16):
            recompute_statistics(network, (whole(part, self.view) for part in pixels.split(100)))
            logits = logits_of(network, self.validation, self.view)
        labels = self.validation.labels
        measured = {
            "view": self.view,
            "top1": top_k(logits, labels, 1),
            "top5": top_k(logits, labels, 5),
            "photos": len(labels),
        }
        self.log({"finished": measured, "hours_of_run": round(self.progress.seconds_of_run / 3600, 3)})
        state = {
            "network": network.state_dict(),
            "about": self.about,
            "measured": measured,
            "progress": vars(self.progress),
        }
        checkpoint.save(state, self.out / "network.pt")
        return measured
