"""Trains on half blurred, half sharp photos: ``python -m training.distil --data DIR --pool DIR --from FILE --out DIR``.

``--from`` is a file of ``from_published.py`` or the ``network.pt`` of another such run; ``--pool`` a folder of
``sharp.py`` with the teacher's ``answers.npy`` (``sharp_answers.py``). Give the same command with ``--resume`` to go on
where a run was stopped. The log says how the averaged network answers: validation photos, labelled sharp photos that
are set aside, and how far from the teacher it is on sharp photos that are held back.
"""

from __future__ import annotations

import os

os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")  # as in tiny_imagenet.py

import argparse
import copy
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from resnet_demo.errors import InputError, ResNetDemoError
from resnet_demo.network.resnet import ResNet, resnet
from resnet_demo.weights.imagenet import imagenet_classes
from resnet_demo.weights.integrity import sha256_of
from training import checkpoint, pack, sharp
from training.allocator import keep_freed_memory
from training.augment import whole
from training.data import Photos, load_split
from training.from_published import load_start
from training.mixed import MixedRecipe, MixedTrainer
from training.mixed_batches import MixedBatches, SharpCrops
from training.pupil import Pupil, Weights, all_but, branch_shares, divergence
from training.run import STOPPING, stopped_by
from training.schedule import parse_legs
from training.teacher import imagenet_indices
from training.tiny_imagenet import in_bfloat16, machine

LOGGED_STEPS = 50


def parser() -> argparse.ArgumentParser:
    """The command line."""
    p = argparse.ArgumentParser(prog="python -m training.distil", description=__doc__.split("\n\n")[0])
    p.add_argument("--data", type=Path, required=True, help="train/ and val/, a folder a class; or unpacked photos")
    p.add_argument("--pool", type=Path, required=True, help="folder of sharp photos with answers.npy")
    p.add_argument("--from", dest="origin", type=Path, required=True, help="the network to train on")
    p.add_argument("--start", type=Path, help="the published network with its last layers, where it teaches")
    p.add_argument("--out", type=Path, required=True, help="folder of this run: checkpoint, log, network")
    p.add_argument("--resume", action="store_true", help="go on from the checkpoint in --out")
    p.add_argument("--cache", type=Path, help="folder of decoded photos (default: cache beside --out)")
    p.add_argument("--schedule", default="160:1000", help="SIZE:STEPS,… (default: %(default)s)")
    p.add_argument("--rate", type=float, default=MixedRecipe.peak, help="highest learning rate (default: %(default)s)")
    p.add_argument("--fast", type=float, default=MixedRecipe.fast, help="times that for what is new (%(default)s)")
    p.add_argument("--batch", type=int, default=MixedRecipe.batch, help="photos a step (default: %(default)s)")
    p.add_argument("--trunk-from-start", action="store_true", help="train layer4 and the last layers alone")
    p.add_argument("--only-added", action="store_true", help="train the added blocks and the last layers alone")
    p.add_argument("--features", type=float, default=0.0, help="weight of being like the start's features")
    p.add_argument("--teach", type=float, default=0.0, help="the start's share in labelled photos' answers")
    p.add_argument("--thousand", type=float, default=Weights.thousand, help="weight of a thousand classes' answers")
    p.add_argument("--free-statistics", action="store_true", help="batch norms take the batches' statistics")
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--photo-size", type=int, default=64, help="side of the labelled photos (default: %(default)s)")
    p.add_argument("--view", type=int, default=224, help="side at which it is measured (default: %(default)s)")
    p.add_argument("--device", default="cpu", help="cpu or cuda (default: %(default)s)")
    p.add_argument("--precision", choices=("auto", "float32", "bfloat16"), default="auto")
    p.add_argument("--threads", type=int, default=os.cpu_count())
    p.add_argument("--save-minutes", type=float, default=4)
    p.add_argument("--measure-minutes", type=float, default=15)
    return p


class Measures:
    """What is measured of a network while it trains: on photos that it does not train on and no test takes."""

    def __init__(
        self, validation: Photos, pool: sharp.Pool, answers: Tensor, known: Tensor, view: int, device: torch.device
    ) -> None:
        self.validation, self.pool, self.answers, self.known, self.view = validation, pool, answers, known, view
        self.device = device
        self.held = [row for row in pool.held() if not answers[row].isnan().any()]
        self.labelled = pool.labelled()
        index = {info.label: info.wnid or "" for info in imagenet_classes()}
        classes = list(validation.classes)
        self.truth = torch.tensor([classes.index(index[pool.rows[row].label or ""]) for row in self.labelled])

    @torch.inference_mode()
    def of(self, pupil: Pupil, bfloat16: bool) -> dict[str, float]:
        """Fractions right and divergences in nats, rounded for the log."""
        with torch.autocast(self.device.type, torch.bfloat16, enabled=bfloat16):
            seen = self._features(pupil, self.validation.pixels)
            labelled, held = (
                self._features(pupil, torch.from_numpy(self.pool.crops[rows])) for rows in (self.labelled, self.held)
            )
        fc, thousand = (copy.deepcopy(layer).cpu() for layer in (pupil.network.fc, pupil.thousand))
        right = (fc(labelled).argmax(1) == self.truth).float()
        answers = self.answers[self.held].float()
        found = {
            "val_top1": (fc(seen).argmax(1) == self.validation.labels).float().mean().item(),
            "labelled_sharp_top1": right.mean().item(),
            "labelled_sharp_mean_of_classes": float(
                np.mean([right[self.truth == c].mean().item() for c in self.truth.unique()])
            ),
            "held_sharp_divergence": divergence(answers[:, self.known].softmax(1), fc(held)).item(),
            "held_sharp_divergence_1000": divergence(answers.softmax(1), thousand(held)).item(),
        }
        return {name: round(value, 4) for name, value in found.items()}

    def _features(self, pupil: Pupil, pixels: Tensor) -> Tensor:
        parts = [pupil.features(whole(part.to(self.device), self.view)).cpu() for part in pixels.split(50)]
        return torch.cat(parts)


def load_pupil(file: Path) -> tuple[Pupil, dict[str, Any]]:
    """What ``from_published.py`` or a finished run wrote, and what is known about it."""
    state = checkpoint.load(file)
    about = state["about"]
    network: ResNet = resnet(about["depth"], len(about["classes"]))
    network.load_state_dict(state["network"])
    thousand = nn.Linear(network.fc.in_features, len(state["thousand"]["bias"]))
    thousand.load_state_dict(state["thousand"])
    return Pupil(network, thousand), about


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
        text = json.dumps(line)
        print(text, flush=True)
        with (self.out / "log.jsonl").open("a", encoding="utf-8") as stream:
            stream.write(text + "\n")

    def save(self) -> None:
        state = {"trainer": self.trainer.state(), "seconds": self.seconds, "commands": self.commands}
        checkpoint.save(state | {"about": self.about}, self.out / "checkpoint.pt")

    def resume(self) -> None:
        """Raises ``InputError`` where the checkpoint is of another network."""
        state = checkpoint.load(self.out / "checkpoint.pt")
        if state["about"] != self.about:
            other = next(name for name in self.about if state["about"].get(name) != self.about[name])
            raise InputError("training-checkpoint-other", file=self.out / "checkpoint.pt", what=other)
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
        """Writes ``network.pt``, as ``export.py`` reads it, with the layer of a thousand classes beside."""
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


def train(args: argparse.Namespace, words: Sequence[str]) -> int:
    """One run as ``args`` asks; ``words`` are the command line as given, for the record."""
    torch.set_num_threads(args.threads)
    keep_freed_memory()
    args.out.mkdir(parents=True, exist_ok=True)
    if not args.resume and (args.out / "checkpoint.pt").exists():
        raise InputError("training-out", folder=args.out)
    cache = args.cache or args.out.parent / "cache"
    if (args.data / "labels.json").is_file():
        photos, validation = (pack.load(args.data, split) for split in ("train", "val"))
    else:
        photos, validation = (load_split(args.data, split, cache, args.photo_size) for split in ("train", "val"))
    pool = sharp.load(args.pool)
    answers = torch.from_numpy(np.load(args.pool / "answers.npy"))
    pupil, known_about = load_pupil(args.origin)
    if known_about["classes"] != list(photos.classes):
        raise InputError("training-other-classes", file=args.origin, folder=args.data)
    bfloat16 = in_bfloat16(args)
    recipe = MixedRecipe(
        parse_legs(args.schedule),
        seed=args.seed,
        batch=args.batch,
        peak=args.rate,
        fast=args.fast,
        weights=Weights(1.0, args.thousand, args.features, args.teach),
        trunk_from_start=args.trunk_from_start,
        frozen_statistics=not args.free_statistics,
        frozen=all_but(pupil.network, known_about["added"]) if args.only_added else MixedRecipe.frozen,
        added=tuple(f"{name}." for name in known_about.get("added", ())),
        bfloat16=bfloat16,
    )
    device = torch.device(args.device)
    known = torch.tensor(imagenet_indices(photos.classes))
    usable = [row for row in pool.trained_on() if not answers[row].isnan().any()]
    crops = SharpCrops(torch.from_numpy(pool.crops), torch.tensor(usable), answers[usable], known)
    start = load_start(args.start).to(device) if args.start else None
    labelled = replace(photos, pixels=photos.pixels.to(device), labels=photos.labels.to(device))
    batches = MixedBatches(labelled, crops.to(device), args.batch, args.seed)
    trainer = MixedTrainer(pupil.to(device), batches, recipe, start)
    about: dict[str, Any] = {key: known_about[key] for key in ("depth", "classes", "added") if key in known_about}
    sharp_photos = len({(pool.rows[row].source, pool.rows[row].name) for row in usable})
    about |= {"photo_size": args.photo_size, "photos": len(photos), "sharp_photos": sharp_photos}
    measures = Measures(validation.spread(1_000), pool, answers, known, args.view, device)
    run = DistilRun(trainer, measures, args.out, about, known_about["origin"])
    if args.resume:
        run.resume()
    else:
        run.log(start="trained on", file=args.origin.name, sha256=sha256_of(args.origin), origin=known_about["origin"])
    record = {
        "command": " ".join(["python -m training.distil", *words]),
        "from_step": trainer.step_number,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(args.threads, bfloat16) if args.device == "cpu" else torch.cuda.get_device_name(device),
    }
    run.commands.append(record)
    run.log(**record, sharp_crops=len(usable))
    if not args.resume:
        run.log(step=0, measured=run.measured())
    if not run.train(args.save_minutes * 60, args.measure_minutes * 60):
        return 130
    run.finish(args.view)
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit codes: 0 finished, 2 wrong usage or input, 130 stopped by a signal (``--resume`` goes on)."""
    args = parser().parse_args(arguments)
    try:
        return train(args, sys.argv[1:] if arguments is None else list(arguments))
    except ResNetDemoError as error:
        print(error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
