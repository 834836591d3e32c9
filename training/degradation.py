"""Trains a network for CIFAR-10, plain or residual, to see what depth does to it:
``python -m training.degradation --data DIR --depth 56 --arrangement plain --out DIR``.

The recipe of He et al. 2016, "Deep Residual Learning for Image Recognition", section 4.2, shortened in proportion:
batches of 128, rate 0.1, a tenth of it after half of the steps and again after three quarters, momentum 0.9, decay
1e-4; photos padded by 4 cells, cropped at random and mirrored. From 110 layers on the rate begins at 0.01 for as many
steps as the paper's 400 are of its 64,000.

``--data`` holds ``train/`` and ``test/``, a folder a class, or ``cifar-10-batches-py/`` as torchvision keeps it.
``--out`` receives ``log.jsonl``, ``checkpoint.pt`` and at the end ``network.safetensors`` with 16 bits a weight. Give
the same command with ``--resume`` to go on where a run was stopped.
"""

from __future__ import annotations

import argparse
import copy
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

import torch
from safetensors.torch import save_file
from torch import Tensor
from torch.nn import functional as F
from torchvision.datasets import CIFAR10

from resnet_demo.errors import InputError
from resnet_demo.network.cifar import ARRANGEMENTS, PLAIN, CifarNetwork
from resnet_demo.network.orderings import OrderedUnit
from training import checkpoint, run_folder
from training.batches import Batches, generator
from training.command import told
from training.data import Photos, load_split
from training.run import STOPPING, stopped_by
from training.storage import in_16_bits
from training.tiny_imagenet import in_bfloat16, machine

PADDING = 4
WARM_UP_FROM, WARM_UP_SHARE = 110, 400 / 64_000
MEASURED = 256
"""Training photos on which gradients and shares are measured, always the same."""

_CROPS = 21


@dataclass(frozen=True)
class Recipe:
    """Everything that decides what a run computes, beside the photos."""

    depth: int
    arrangement: str
    epochs: float = 20
    seed: int = 0
    batch: int = 128
    rate: float = 0.1
    momentum: float = 0.9
    decay: float = 1e-4
    bfloat16: bool = False

    def rate_of(self, step: int, steps: int) -> float:
        """Of step 0, 1, … of so many."""
        done = step / steps
        if self.depth >= WARM_UP_FROM and done < WARM_UP_SHARE:
            return self.rate / 10
        return self.rate * (1 if done < 0.5 else 0.1 if done < 0.75 else 0.01)


class Pixels:
    """Photos in the network's units: the training photos' mean at each cell off, over their spread as a whole."""

    def __init__(self, photos: Photos) -> None:
        pixels = photos.pixels.float()
        self.mean = pixels.mean(0)
        self.spread = (pixels - self.mean).std()

    def __call__(self, pixels: Tensor) -> Tensor:
        """uint8 (batch, 3, 32, 32) to float32 of the same shape."""
        return (pixels.float() - self.mean.to(pixels.device)) / self.spread.to(pixels.device)


def shifted(x: Tensor, draw: torch.Generator) -> Tensor:
    """Each of the pictures (batch, 3, 32, 32) moved by up to ``PADDING`` cells either way, half of them mirrored.

    What comes in from outside is zero: after the mean was taken off, as in the paper.
    """
    count, _, side, _ = x.shape
    down, right = torch.randint(2 * PADDING + 1, (2, count), generator=draw).to(x.device)
    mirrored = (torch.rand(count, generator=draw) < 0.5).to(x.device)
    cells = torch.arange(side, device=x.device)
    across = torch.where(mirrored[:, None], side - 1 - cells, cells) + right[:, None]
    rows, columns = (cells + down[:, None])[:, :, None], across[:, None, :]
    padded = F.pad(x, [PADDING] * 4).permute(0, 2, 3, 1)
    return padded[torch.arange(count, device=x.device)[:, None, None], rows, columns].permute(0, 3, 1, 2).contiguous()


class Training:
    """A network, its optimiser and the number of steps made, on the device of ``photos``."""

    def __init__(self, photos: Photos, recipe: Recipe, pixels: Pixels) -> None:
        device = photos.pixels.device
        self.photos, self.recipe, self.pixels = photos, recipe, pixels
        self.network = CifarNetwork(recipe.depth, recipe.arrangement, len(photos.classes), recipe.seed).to(device)
        # Channels last is 1.2 to 1.4 times as fast on processors, for most networks and in either precision.
        self.network.to(memory_format=torch.channels_last).train()
        self.batches = Batches(len(photos), recipe.batch, recipe.seed)
        self.steps = max(1, round(recipe.epochs * self.batches.steps_per_epoch))
        self.optimizer = torch.optim.SGD(
            self.network.parameters(), lr=recipe.rate, momentum=recipe.momentum, weight_decay=recipe.decay
        )
        self.step_number = 0

    def step(self) -> tuple[float, float]:
        """Makes one step; the batch's mean loss in nats, and its share of wrong answers, before it."""
        step, recipe = self.step_number, self.recipe
        rows = self.batches.rows(step).to(self.photos.pixels.device)
        x = shifted(self.pixels(self.photos.pixels[rows]), generator(recipe.seed, _CROPS, step))
        x = x.contiguous(memory_format=torch.channels_last)
        with torch.autocast(x.device.type, torch.bfloat16, enabled=recipe.bfloat16):
            logits = self.network(x)
        labels = self.photos.labels[rows]
        loss = F.cross_entropy(logits.float(), labels)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        for group in self.optimizer.param_groups:
            group["lr"] = recipe.rate_of(step, self.steps)
        self.optimizer.step()
        self.step_number += 1
        return loss.item(), (logits.argmax(1) != labels).float().mean().item()

    def state(self) -> dict[str, Any]:
        """All that ``load`` needs to go on as if nothing had happened."""
        return {
            "step": self.step_number,
            "network": self.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
        }

    def load(self, state: dict[str, Any]) -> None:
        self.step_number = state["step"]
        self.network.load_state_dict(state["network"])
        self.optimizer.load_state_dict(state["optimizer"])


@torch.no_grad()
def answered(network: CifarNetwork, photos: Photos, pixels: Pixels) -> dict[str, float]:
    """Mean loss in nats and share of wrong answers on photos as they are, in evaluation mode."""
    network.eval()
    logits = torch.cat([network(pixels(part)).float() for part in photos.pixels.split(500)])
    network.train()
    loss = F.cross_entropy(logits, photos.labels)
    return {"loss": loss.item(), "error": (logits.argmax(1) != photos.labels).float().mean().item()}


def depth_measures(network: CifarNetwork, photos: Photos, pixels: Pixels) -> dict[str, list[float]]:
    """Unit by unit on the first of ``photos``, in training mode, without a trace on the network.

    ``gradient``: the L2 norm of the loss's gradient with respect to what the stem and each unit after it give, as
    ``studies/initialisation.py`` has it; ``share``: the mean over photos of |F(x)| / |shortcut(x)|, for residual units.
    """
    twin = copy.deepcopy(network).train()
    x, labels = pixels(photos.pixels[:MEASURED]), photos.labels[:MEASURED]
    outputs = twin.outputs(x)
    gradients = torch.autograd.grad(F.cross_entropy(twin.head(outputs[-1]), labels), outputs)
    found = {"gradient": [float(f"{gradient.double().norm().item():.4g}") for gradient in gradients]}
    if network.arrangement != PLAIN:
        found["share"] = []
        units = cast(list[OrderedUnit], list(twin.units))
        with torch.no_grad():
            for unit, given in zip(units, outputs, strict=False):
                added, beside = (part.flatten(1).norm(dim=1) for part in (unit.branch(given), unit.shortcut(given)))
                found["share"].append(round((added / beside.clamp_min(1e-12)).mean().item(), 4))
    return found


def load_photos(data: Path, split: str, cache: Path) -> Photos:
    """``split`` is ``train`` or ``test``. Raises ``InputError`` where there are no photos."""
    if not (data / CIFAR10.base_folder).is_dir():
        return load_split(data, split, cache, 32)
    found = CIFAR10(data, train=split == "train")
    pixels = torch.from_numpy(found.data).permute(0, 3, 1, 2).contiguous()
    return Photos(pixels, torch.tensor(found.targets), tuple(found.classes), f"cifar-10/{split}")


class DegradationRun:
    """A run from its first step or last checkpoint to its end."""

    def __init__(self, training: Training, test: Photos, out: Path) -> None:
        self.training, self.test, self.out = training, test, out
        self.sums = {"loss": 0.0, "error": 0.0, "steps": 0}
        self.seconds = 0.0

    def log(self, **line: Any) -> None:
        """Appends a line to the log, and prints it."""
        print(run_folder.log(self.out, line), flush=True)

    def save(self) -> None:
        state = {"training": self.training.state(), "sums": self.sums, "seconds": self.seconds}
        checkpoint.save(state | {"recipe": asdict(self.training.recipe)}, self.out / "checkpoint.pt")

    def resume(self) -> None:
        """Raises ``InputError`` where the checkpoint is of another run."""
        state = checkpoint.load(self.out / "checkpoint.pt")
        for name, value in asdict(self.training.recipe).items():
            if state["recipe"][name] != value:
                raise InputError("training-checkpoint-other", file=self.out / "checkpoint.pt", what=name)
        self.training.load(state["training"])
        self.sums, self.seconds = state["sums"], state["seconds"]

    def train(self, save_every: float, until: int | None = None) -> bool:
        """To the end, to step ``until``, or until stopped by a signal; whether it is complete."""
        training = self.training
        end = training.steps if until is None else min(until, training.steps)
        saved = time.monotonic()
        with stopped_by(STOPPING) as stopping:
            while training.step_number < end and not stopping.is_set():
                began = time.perf_counter()
                loss, error = training.step()
                self.seconds += time.perf_counter() - began
                self.sums = {
                    "loss": self.sums["loss"] + loss,
                    "error": self.sums["error"] + error,
                    "steps": self.sums["steps"] + 1,
                }
                if (
                    training.step_number % training.batches.steps_per_epoch == 0
                    or training.step_number == training.steps
                ):
                    self._log_epoch()
                    self.save()
                elif time.monotonic() - saved > save_every:
                    self.save()
                    saved = time.monotonic()
        self.save()
        return training.step_number == training.steps

    def _log_epoch(self) -> None:
        training, steps = self.training, self.sums["steps"]
        rounded = {f"train_{name}": round(self.sums[name] / steps, 5) for name in ("loss", "error")}
        on_test = answered(training.network, self.test, training.pixels)
        self.log(
            epoch=round(training.step_number / training.batches.steps_per_epoch, 3),
            step=training.step_number,
            rate=float(f"{training.recipe.rate_of(training.step_number - 1, training.steps):.3g}"),
            **rounded,
            **{f"test_{name}": round(value, 5) for name, value in on_test.items()},
            seconds_of_run=round(self.seconds, 1),
            **depth_measures(training.network, training.photos, training.pixels),
        )
        self.sums = {"loss": 0.0, "error": 0.0, "steps": 0}

    def finish(self) -> None:
        """Writes the weights, and in what units the network sees pictures: ``pixels.mean`` and ``pixels.spread``."""
        weights = {name: value.cpu().contiguous() for name, value in self.training.network.state_dict().items()}
        pixels = self.training.pixels
        units = {"pixels.mean": pixels.mean.cpu().contiguous(), "pixels.spread": pixels.spread.cpu().reshape(1)}
        save_file(in_16_bits(weights) | units, self.out / "network.safetensors")


def parser() -> argparse.ArgumentParser:
    """The command line."""
    p = argparse.ArgumentParser(prog="python -m training.degradation", description=__doc__.split(":\n")[0])
    p.add_argument("--data", type=Path, required=True, help="train/ and test/, a folder a class; or torchvision's")
    p.add_argument("--depth", type=int, required=True, help="6n + 2: 20, 32, 44, 56, 110")
    p.add_argument("--arrangement", choices=ARRANGEMENTS, required=True)
    p.add_argument("--out", type=Path, required=True, help="folder of this run")
    p.add_argument("--resume", action="store_true", help="go on from the checkpoint in --out")
    p.add_argument("--epochs", type=float, default=Recipe.epochs, help="(default: %(default)s; the paper's are 164)")
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--batch", type=int, default=Recipe.batch, help="photos a step (default: %(default)s)")
    p.add_argument("--cache", type=Path, help="folder of decoded photos (default: cache beside --out)")
    p.add_argument("--device", default="cpu", help="cpu or cuda (default: %(default)s)")
    p.add_argument("--precision", choices=("auto", "float32", "bfloat16"), default="float32")
    p.add_argument("--threads", type=int, default=os.cpu_count())
    p.add_argument("--save-minutes", type=float, default=10)
    return p


def train(args: argparse.Namespace, words: Sequence[str]) -> int:
    """One run as ``args`` asks; ``words`` are the command line as given, for the record."""
    run_folder.begin(args.out, args.threads, args.resume)
    cache = args.cache or args.out.parent / "cache"
    photos, test = (load_photos(args.data, split, cache) for split in ("train", "test"))
    if photos.classes != test.classes:
        raise InputError("training-split-classes", folder=args.data)
    pixels = Pixels(photos)
    photos, test = (
        Photos(each.pixels.to(args.device), each.labels.to(args.device), each.classes, each.fingerprint)
        for each in (photos, test)
    )
    recipe = Recipe(args.depth, args.arrangement, args.epochs, args.seed, args.batch, bfloat16=in_bfloat16(args))
    training = Training(photos, recipe, pixels)
    run = DegradationRun(training, test, args.out)
    if args.resume:
        run.resume()
    on = machine(args.threads, recipe.bfloat16) if args.device == "cpu" else torch.cuda.get_device_name(args.device)
    run.log(command=" ".join(["python -m training.degradation", *words]), from_step=training.step_number, machine=on)
    if not args.resume:
        parameters = sum(parameter.numel() for parameter in training.network.parameters())
        counts = {"parameters": parameters, "photos": len(photos), "test_photos": len(test)}
        run.log(epoch=0, step=0, **counts, recipe=asdict(recipe), **depth_measures(training.network, photos, pixels))
    if not run.train(args.save_minutes * 60):
        return 130
    run.finish()
    return 0


@told
def main(arguments: Sequence[str] | None = None) -> int:
    """Exit codes: 0 finished, 2 wrong usage or input, 130 stopped by a signal (``--resume`` goes on)."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    args = parser().parse_args(words)
    try:
        return train(args, words)
    except ValueError as error:
        parser().error(str(error))


if __name__ == "__main__":
    sys.exit(main())
