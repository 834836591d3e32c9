"""From a finished run to the deeper network that the next run begins with: ``python -m training.deepen
--grow-from network.pt --to 50 …``.

A ResNet-50 is written from a ResNet-18 (``bottlenecks.py``) and answers nearly as it does; 101 is grown from 50, 152
from 101 or 50 by copies of their own blocks (``copied_blocks.py``) and answers exactly so. Both last layers come along.
The file says which blocks are new: ``distil.py`` lets them learn faster.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from resnet_demo.errors import InputError
from resnet_demo.network.resnet import DEPTHS
from resnet_demo.weights.integrity import sha256_of
from training import bottlenecks, checkpoint, sharp
from training.augment import whole
from training.command import told
from training.copied_blocks import grow_by_copies
from training.data import load_split
from training.distil_run import load_pupil
from training.options import cache_option
from training.pupil import Pupil, divergence

PICTURES = 128
"""Photos of either kind whose means and spreads the new blocks begin with."""


@torch.no_grad()
def deepened(pupil: Pupil, from_depth: int, to_depth: int, pictures: Tensor, seed: int) -> tuple[Pupil, list[str]]:
    """The deeper pupil, frozen and in evaluation mode, and the names of its added blocks. Raises ``ValueError`` for a
    depth that cannot be reached so."""
    if (from_depth, to_depth) == bottlenecks.DEPTHS:
        network = bottlenecks.as_bottlenecks(pupil.network, pictures, seed)
        thousand = nn.Linear(network.fc.in_features, pupil.thousand.out_features)
        thousand.weight.zero_()
        thousand.weight[:, : pupil.thousand.in_features] = pupil.thousand.weight
        thousand.bias.copy_(pupil.thousand.bias)
        return Pupil(network, thousand).eval().requires_grad_(False), list(bottlenecks.SPARE)
    network, added = grow_by_copies(pupil.network, to_depth, pictures, seed)
    return Pupil(network, pupil.thousand).eval().requires_grad_(False), added


def pictures_of(data: Path, pool: Path, cache: Path, size: int) -> Tensor:
    """Blurred and sharp photos, normalised, ``PICTURES`` of either, spread over all."""
    photos = load_split(data, "train", cache).spread(PICTURES).pixels[:PICTURES]
    sharp_photos = sharp.load(pool)
    rows = sharp_photos.trained_on()
    crops = torch.from_numpy(sharp_photos.crops[rows[:: max(1, len(rows) // PICTURES)][:PICTURES]])
    return torch.cat([whole(photos, size), whole(crops, size)])


@told
def main(arguments: Sequence[str] | None = None) -> int:
    """Exit codes: 0 written, 2 wrong usage or input."""
    p = argparse.ArgumentParser(prog="python -m training.deepen", description=__doc__.split(":")[0])
    p.add_argument(
        "--grow-from", dest="origin", type=Path, required=True, help="network.pt of a finished run, or bundled weights"
    )
    p.add_argument("--to", type=int, choices=DEPTHS, required=True, help="depth")
    p.add_argument("--data", type=Path, required=True, help="labelled photos: train/, a folder a class")
    p.add_argument("--pool", type=Path, required=True, help="folder of sharp photos")
    cache_option(p)
    p.add_argument("--size", type=int, default=192, help="of the photos by which it is written (default: %(default)s)")
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--out", type=Path, required=True, help="file to write")
    args = p.parse_args(arguments)
    pupil, about = load_pupil(args.origin)
    pupil.eval().requires_grad_(False)
    pictures = pictures_of(args.data, args.pool, args.cache, args.size)
    try:
        deep, added = deepened(pupil, about["depth"], args.to, pictures, args.seed)
    except ValueError as error:
        raise InputError("training-growth", file=args.origin, cause=error) from error
    answers = pupil.network.fc(pupil.features(pictures)).softmax(1)
    logits = deep.network.fc(deep.features(pictures))
    apart = divergence(answers, logits).item()
    words = sys.argv[1:] if arguments is None else list(arguments)
    record = {
        "command": " ".join(["python -m training.deepen", *words]),
        "from_sha256": sha256_of(args.origin),
        "divergence": round(apart, 4),
        "grown_from": about["depth"],
        "grown_by": "bottlenecks" if (about["depth"], args.to) == bottlenecks.DEPTHS else "added-blocks",
    }
    state = {"network": deep.network.state_dict(), "thousand": deep.thousand.state_dict()}
    grown = {"depth": args.to, "classes": about["classes"], "added": added, "origin": [*about["origin"], record]}
    args.out.parent.mkdir(parents=True, exist_ok=True)
    checkpoint.save(state | {"about": grown}, args.out)
    same = (answers.argmax(1) == logits.argmax(1)).float().mean().item()
    print(f"ResNet-{args.to}: {apart:.4f} nats from the one before, the same answer for {same:.1%} of {len(pictures)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
