"""What is measured of networks for CIFAR-10 once they are trained: ``python -m training.measure_trained WHAT --data DIR
NAME …``.

``--runs`` holds ``<NAME>.jsonl`` and ``<NAME>.safetensors``; what is found is written beside them:

- ``surface``: ``<NAME>-surface.json``, the loss of training photos around the weights (``loss_surface.py``): ``loss``,
  a row for each step along the first direction, a column for each along the second, from ``-reach`` to ``reach``;
- ``shortcuts``: ``<NAME>-shortcuts.json``, the shares of test photos named wrongly as shortcuts are scaled down
  (``scaled_shortcuts.py``): ``errors`` and ``errors_anew`` for ``scales``.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from resnet_demo.network.cifar import PLAIN, CifarNetwork
from resnet_demo.weights.training_runs import run_of_log, runs_dir, trained_network
from training.command import told
from training.data import Photos
from training.degradation import load_photos
from training.loss_surface import REACH, STEPS, surface
from training.options import cache_option
from training.scaled_shortcuts import SCALES, errors_by_scale
from training.tiny_imagenet import in_bfloat16

PHOTOS = 1_000
"""Training photos, from all over: for the loss, and for statistics."""

TEST_PHOTOS = 2_000

Prepared = Callable[[Photos], Tensor]
"""Photos to what a network sees of them, float32 (photos, 3, 32, 32)."""


def surface_of(network: CifarNetwork, prepared: Prepared, args: argparse.Namespace) -> dict[str, Any]:
    """What ``<NAME>-surface.json`` holds."""
    photos = load_photos(args.data, "train", args.cache).spread(PHOTOS)
    found = surface(network, prepared(photos), photos.labels, steps=args.steps, bfloat16=in_bfloat16(args))
    loss = [[round(value, 4) for value in row] for row in found.tolist()]
    return {"reach": REACH, "photos": len(photos), "loss": loss}


def shortcuts_of(network: CifarNetwork, prepared: Prepared, args: argparse.Namespace) -> dict[str, Any]:
    """What ``<NAME>-shortcuts.json`` holds."""
    seen, test = load_photos(args.data, "train", args.cache), load_photos(args.data, "test", args.cache)
    test = test.spread(TEST_PHOTOS)
    with torch.autocast("cpu", torch.bfloat16, enabled=in_bfloat16(args)):
        errors, anew = errors_by_scale(network, prepared(test), test.labels, prepared(seen.spread(PHOTOS)))
    rounded = {name: [round(value, 5) for value in each] for name, each in (("errors", errors), ("errors_anew", anew))}
    return {"photos": len(test), "scales": SCALES, **rounded}


WHAT = {"surface": surface_of, "shortcuts": shortcuts_of}


@told
def main(arguments: Sequence[str] | None = None) -> int:
    """Exit codes: 0 written, 2 wrong usage or input."""
    p = argparse.ArgumentParser(prog="python -m training.measure_trained", description=__doc__.split(":")[0])
    p.add_argument("what", choices=WHAT)
    p.add_argument("--data", type=Path, required=True, help="as for training.degradation")
    p.add_argument("--runs", type=Path, default=runs_dir(), help="folder of logs and weights (default: %(default)s)")
    cache_option(p)
    p.add_argument("--steps", type=int, default=STEPS, help="of a surface in each direction (default: %(default)s)")
    p.add_argument("--precision", choices=("auto", "float32", "bfloat16"), default="float32")
    p.add_argument("names", nargs="+", metavar="NAME", help="a run, as original-56")
    args = p.parse_args(arguments)
    for name in args.names:
        run = run_of_log(name, (args.runs / f"{name}.jsonl").read_text(encoding="utf-8"))
        network, mean, spread = trained_network(run, args.runs)
        if args.what == "shortcuts" and run.arrangement == PLAIN:
            p.error(f"{name} has no shortcuts")
        network.to(memory_format=torch.channels_last)

        def prepared(photos: Photos, mean: Tensor = mean, spread: Tensor = spread) -> Tensor:
            return ((photos.pixels.float() - mean) / spread).contiguous(memory_format=torch.channels_last)

        found = WHAT[args.what](network, prepared, args)
        (args.runs / f"{name}-{args.what}.json").write_text(json.dumps(found) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
