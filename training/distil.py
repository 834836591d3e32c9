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
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import torch

from resnet_demo.errors import InputError
from resnet_demo.network.resnet import STAGES
from resnet_demo.weights.integrity import sha256_of
from training import pack, run_folder, sharp
from training.command import told
from training.data import load_split
from training.distil_run import DistilRun, load_pupil
from training.from_published import load_start
from training.mixed import MixedRecipe, MixedTrainer
from training.mixed_batches import MixedBatches, SharpCrops
from training.pupil import Pupil, Weights, all_but
from training.pupil_measures import Measures
from training.schedule import parse_legs
from training.teacher import imagenet_indices
from training.tiny_imagenet import in_bfloat16, machine


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
    p.add_argument("--frozen", default=",".join(MixedRecipe.frozen), help="beginnings of names that do not learn")
    p.add_argument("--only-added", action="store_true", help="train the added blocks and the last layers alone")
    p.add_argument("--features", type=float, default=0.0, help="weight of being like the start's features")
    p.add_argument("--like", choices=STAGES, help="learn to be like the start at this stage, and nothing else")
    p.add_argument("--teach", type=float, default=0.0, help="the start's share in labelled photos' answers")
    p.add_argument("--thousand", type=float, default=Weights.thousand, help="weight of a thousand classes' answers")
    p.add_argument("--free-statistics", action="store_true", help="batch norms take the batches' statistics")
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--photo-size", type=int, default=64, help="side of the labelled photos (default: %(default)s)")
    p.add_argument("--view", type=int, default=224, help="side at which it is measured (default: %(default)s)")
    p.add_argument("--device", default="cpu", help="cpu or cuda (default: %(default)s)")
    p.add_argument("--precision", choices=("auto", "float32", "bfloat16"), default="auto")
    p.add_argument(
        "--threads", type=int, default=os.cpu_count(), help="1 where other programs share the cores (default: all)"
    )
    p.add_argument("--save-minutes", type=float, default=4)
    p.add_argument("--measure-minutes", type=float, default=15)
    return p


def recipe_of(args: argparse.Namespace, pupil: Pupil, added: Sequence[str]) -> MixedRecipe:
    """What the command line asks for, of a pupil with these ``added`` blocks."""
    return MixedRecipe(
        parse_legs(args.schedule),
        seed=args.seed,
        batch=args.batch,
        peak=args.rate,
        fast=args.fast,
        weights=Weights(1.0, args.thousand, args.features, args.teach),
        trunk_from_start=args.trunk_from_start,
        frozen_statistics=not args.free_statistics,
        frozen=all_but(pupil.network, added) if args.only_added else tuple(args.frozen.split(",")),
        added=tuple(f"{name}." for name in added),
        like=args.like,
        bfloat16=in_bfloat16(args),
    )


def train(args: argparse.Namespace, words: Sequence[str]) -> int:
    """One run as ``args`` asks; ``words`` are the command line as given, for the record."""
    run_folder.begin(args.out, args.threads, args.resume)
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
    recipe = recipe_of(args, pupil, known_about.get("added", ()))
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
        "machine": machine(args.threads, recipe.bfloat16)
        if args.device == "cpu"
        else torch.cuda.get_device_name(device),
    }
    run.commands.append(record)
    run.log(**record, sharp_crops=len(usable))
    if not args.resume:
        run.log(step=0, measured=run.measured())
    if not run.train(args.save_minutes * 60, args.measure_minutes * 60):
        return 130
    run.finish(args.view)
    return 0


@told
def main(arguments: Sequence[str] | None = None) -> int:
    """Exit codes: 0 finished, 2 wrong usage or input, 130 stopped by a signal (``--resume`` goes on)."""
    args = parser().parse_args(arguments)
    if (args.trunk_from_start or args.like or args.features or args.teach) and not args.start:
        parser().error("--trunk-from-start, --like, --features and --teach need --start")
    return train(args, sys.argv[1:] if arguments is None else list(arguments))


if __name__ == "__main__":
    sys.exit(main())
