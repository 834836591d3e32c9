"""Trains the bundled networks: ``python -m training.tiny_imagenet --data DIR --depth 18 --out DIR``.

Give the same command with ``--resume`` to go on where a run was stopped; the log, the checkpoint and at the end the
network are in ``--out``. Photos and the teacher's answers are prepared once and kept in ``--cache``. A ``--schedule``
given with ``--resume`` takes the place of the one before, from the step reached.

The bundled networks, one from the other: ``--depth 18``; then ``--depth 34 --grow-from
assets/weights/resnet18-tiny-imagenet.safetensors --schedule 160:0.8 --rate 0.05 --crop 0.5 --start-share 0.5``; and
``--depth 50 --grow-from`` the same ``--teacher efficientnet-lite1-fitted --schedule 128:1,160:1.1 --rate 0.06 --crop
0.5``. The commands that made them stand in their cards.
"""

from __future__ import annotations

import os

# Large pages for PyTorch's buffers; read once, at its first allocation. Up to a third faster here on small pictures.
os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")

import argparse
import platform
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import torch

from resnet_demo.errors import InputError
from resnet_demo.network.resnet import DEPTHS
from training import run_folder
from training.command import told
from training.data import load_split
from training.loop import Recipe, Trainer
from training.run import Run
from training.schedule import parse_legs
from training.start import start_network
from training.teaching import answers_for

SCHEDULES = {
    18: "64:14,96:6,128:3,160:1",
    34: "96:3,128:2,160:1",
    50: "64:14,96:6,128:3,160:1",
    101: "64:14,96:6,128:3,160:1",
    152: "64:14,96:6,128:3,160:1",
}
"""Epochs at each size, by depth: see ``schedule.py``. The ResNet-34's is for one grown from a ResNet-18."""


def parser() -> argparse.ArgumentParser:
    """The command line."""
    p = argparse.ArgumentParser(prog="python -m training.tiny_imagenet", description=__doc__.split("\n\n")[0])
    p.add_argument(
        "--data",
        type=Path,
        required=True,
        help="folder with train/ and val/, a folder a class (ImageFolder), or Tiny ImageNet as unpacked",
    )
    p.add_argument("--depth", type=int, choices=DEPTHS, required=True)
    p.add_argument("--out", type=Path, required=True, help="folder of this run: checkpoint, log, network")
    p.add_argument("--resume", action="store_true", help="go on from the checkpoint in --out")
    p.add_argument(
        "--cache", type=Path, help="folder of decoded photos and teachers' answers (default: cache beside --out)"
    )
    p.add_argument("--schedule", help=f"SIZE:EPOCHS,… (default by depth; ResNet-18: {SCHEDULES[18]})")
    p.add_argument(
        "--teacher",
        choices=("efficientnet-lite1", "efficientnet-lite1-fitted", "none"),
        default="efficientnet-lite1",
        help="whose answers are learnt beside the truth; fitted: its last layer fitted to the training photos",
    )
    p.add_argument(
        "--teach-from",
        type=Path,
        metavar="NETWORK",
        help="network.pt of a finished run, or a weights file, whose answers are averaged with the teacher's",
    )
    p.add_argument(
        "--grow-from",
        type=Path,
        metavar="NETWORK",
        help="network.pt of a finished run, or a weights file, of a shallower network to start from",
    )
    p.add_argument(
        "--start-share",
        type=share,
        default=0.0,
        metavar="SHARE",
        help="of the network at the start averaged into the finished one, from 0 to 1 (default: %(default)s)",
    )
    p.add_argument(
        "--start-from",
        type=Path,
        metavar="WEIGHTS",
        help="a weights file of this depth and these classes to start from",
    )
    p.add_argument("--rate", type=float, default=Recipe.peak, help="highest learning rate (default: %(default)s)")
    p.add_argument("--batch", type=int, default=Recipe.batch, help="photos a step (default: %(default)s)")
    p.add_argument(
        "--crop",
        type=float,
        default=Recipe.crop,
        help="smallest share of a photo's area in a random crop (default: %(default)s)",
    )
    p.add_argument("--seed", type=int, default=0)
    p.add_argument(
        "--photo-size", type=int, default=64, help="side of the photos in memory, in pixels (default: %(default)s)"
    )
    p.add_argument(
        "--view", type=int, default=192, help="side at which the result is to be used (default: %(default)s)"
    )
    p.add_argument(
        "--precision",
        choices=("auto", "float32", "bfloat16"),
        default="auto",
        help="auto: bfloat16 where the processor multiplies in it",
    )
    p.add_argument("--threads", type=int, default=os.cpu_count())
    p.add_argument(
        "--measured", type=int, default=2_000, help="validation photos measured after each epoch (default: %(default)s)"
    )
    p.add_argument(
        "--save-minutes", type=float, default=10, help="a checkpoint at least this often (default: %(default)s)"
    )
    return p


def share(text: str) -> float:
    """A number from 0 to 1. Raises ``ValueError`` for anything else, as argparse asks."""
    value = float(text)
    if not 0 <= value <= 1:
        raise ValueError(text)
    return value


@told
def main(arguments: Sequence[str] | None = None) -> int:
    """Exit codes: 0 finished, 2 wrong usage or input, 130 stopped by a signal (``--resume`` goes on)."""
    args = parser().parse_args(arguments)
    return train(args, sys.argv[1:] if arguments is None else list(arguments))


def train(args: argparse.Namespace, words: list[str]) -> int:
    """One run as ``args`` asks; ``words`` are the command line as given, for the record."""
    run_folder.begin(args.out, args.threads, args.resume)
    cache = args.cache or args.out.parent / "cache"
    recipe = Recipe(
        legs=parse_legs(args.schedule or SCHEDULES[args.depth]),
        seed=args.seed,
        batch=args.batch,
        peak=args.rate,
        crop=args.crop,
        bfloat16=in_bfloat16(args),
    )
    photos, validation = (load_split(args.data, split, cache, args.photo_size) for split in ("train", "val"))
    if photos.classes != validation.classes:
        raise InputError("training-split-classes", folder=args.data)
    network, start = start_network(args, photos, validation)
    trainer = Trainer(network, photos, answers_for(photos, args, cache, recipe.bfloat16), recipe)
    about = {"depth": args.depth, "classes": list(photos.classes), "photo_size": args.photo_size, "photos": len(photos)}
    run = Run(trainer, validation, args.out, about, args.view, args.measured, args.save_minutes * 60, args.start_share)
    if args.resume:
        run.resume()
    else:
        run.log(start)
    command = " ".join(["python -m training.tiny_imagenet", *words])
    record = {
        "command": command,
        "from_step": trainer.step_number,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(args.threads, recipe.bfloat16),
    }
    run.progress.commands.append(record)
    run.log(record)
    with run.stopped_by_signals():
        if not run.train():
            return 130
    print(run.finish(), file=sys.stderr)
    return 0


def in_bfloat16(args: argparse.Namespace) -> bool:
    """Whether the convolutions are to be computed in it."""
    return args.precision == "bfloat16" or (args.precision == "auto" and torch.cpu._is_avx512_bf16_supported())


def machine(threads: int, bfloat16: bool) -> str:
    """The processor in words, for the log and the card."""
    capability = torch.backends.cpu.get_cpu_capability()
    precision = "bfloat16 autocast" if bfloat16 else "float32"
    return f"{threads} CPU threads, {platform.machine()} {capability}, {precision}, PyTorch {torch.__version__}"


if __name__ == "__main__":
    sys.exit(main())
