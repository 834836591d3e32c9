"""From the published network to those that training begins with: ``python -m training.from_published …``.

Its last layers are fitted to features of photos it sees as they are: Tiny ImageNet's training photos have labels, the
sharp ones a teacher's answers (``heads.py``). ``--out`` then holds ``start.pt``, the whole published network, which
also teaches; ``resnet18.pt``, without layer4's third block, which training has to make up for; and ``resnet34.pt``,
grown from the whole, which answers as it does.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from resnet_demo.network.resnet import STAGES, ResNet, resnet
from resnet_demo.weights.integrity import sha256_of
from training import checkpoint, heads, published, sharp
from training.augment import whole
from training.command import told
from training.copied_blocks import grow_by_copies
from training.data import Photos, load_split
from training.mixed import Start
from training.options import cache_option
from training.teacher import imagenet_indices
from training.tiny_imagenet import in_bfloat16

VIEW = 224
"""Side in pixels at which the published network was trained."""

ROUNDS, ROUNDS_THOUSAND = 50, 40

PICTURES = 128
"""Photos of either kind, by whose statistics added blocks begin."""


@torch.inference_mode()
def features_of(network: ResNet, pictures: Iterable[Tensor], bfloat16: bool) -> Tensor:
    """float32 (photos, channels) of uint8 parts (photos, 3, h, w), each photo whole at ``VIEW`` pixels."""
    found = []
    for part in pictures:
        x = whole(part, VIEW)
        with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
            for stage in STAGES:
                x = getattr(network, stage)(x)
        found.append(x.float().mean((2, 3)))
    return torch.cat(found)


def fit_heads(
    blurred: tuple[Tensor, Tensor], sharp_features: Tensor, answers: Tensor, known: Tensor
) -> tuple[nn.Linear, nn.Linear, Tensor]:
    """The last layers of the known classes and of a thousand, and the features' variance.

    ``blurred`` are the labelled photos' features and labels; ``answers`` float32 (photos, 1,000) the teacher's logits.
    """
    features, labels = blurred
    own = heads.Lesson(sharp_features, answers[:, known].softmax(1), heads.SHARP)
    fc = heads.fit([heads.Lesson(features, labels), own], len(known), rounds=ROUNDS)
    everything = heads.Lesson(sharp_features, answers.softmax(1))
    thousand = heads.fit([everything], answers.shape[1], rounds=ROUNDS_THOUSAND)
    return fc, thousand, torch.cat([features, sharp_features]).var(0)


def without_last_block(start: ResNet) -> ResNet:
    """The ResNet-18 that is left without layer4's third block."""
    network = resnet(18, start.fc.out_features)
    network.load_state_dict({k: v for k, v in start.state_dict().items() if not k.startswith("layer4.2.")})
    return network.eval()


def load_start(file: Path) -> Start:
    """The whole published network with its last layer, from ``start.pt``."""
    state = checkpoint.load(file)
    network = ResNet(published.PLAN, len(state["about"]["classes"]))
    network.load_state_dict(state["network"])
    return Start(
        network.eval().requires_grad_(False).to(memory_format=torch.channels_last),
        state["variance"],
    )


def make(args: argparse.Namespace, command: str) -> None:
    """Everything in ``args.out``."""
    photos = load_split(args.data, "train", args.cache)
    some = Photos(photos.pixels[:: args.every], photos.labels[:: args.every], photos.classes, photos.fingerprint)
    pool = sharp.load(args.pool)
    answers = torch.from_numpy(np.load(args.pool / "answers.npy")).float()
    rows = [row for row in pool.trained_on() if not answers[row].isnan().any()]
    known = torch.tensor(imagenet_indices(photos.classes))
    network = published.as_network(published.read(args.network, args.preprocess), len(photos.classes))
    network.to(memory_format=torch.channels_last)
    bfloat16 = in_bfloat16(args)
    blurred = features_of(network, some.pixels.split(50), bfloat16)
    crops = (torch.from_numpy(pool.crops[rows[at : at + 50]]) for at in range(0, len(rows), 50))
    fc, thousand, variance = fit_heads(
        (blurred, some.labels), features_of(network, crops, bfloat16), answers[rows], known
    )
    network.fc.load_state_dict(fc.state_dict())
    begun = {
        "published": {file.name: sha256_of(file) for file in (args.network, args.preprocess)},
        "command": command,
        "photos_fitted_to": len(some),
        "sharp_crops_fitted_to": len(rows),
    }
    pictures = torch.cat(
        [whole(photos.spread(PICTURES).pixels[:PICTURES], VIEW)]
        + [whole(torch.from_numpy(pool.crops[rows[:: max(1, len(rows) // PICTURES)][:PICTURES]]), VIEW)]
    )
    deep, added = grow_by_copies(network, 34, pictures, args.seed)
    about: dict[str, Any] = {"classes": list(photos.classes), "origin": [begun]}
    args.out.mkdir(parents=True, exist_ok=True)
    for name, one, more in (
        ("start", network, {"plan": list(published.PLAN.blocks)}),
        ("resnet18", without_last_block(network), {"depth": 18}),
        ("resnet34", deep, {"depth": 34, "added": added}),
    ):
        state = {"network": one.state_dict(), "thousand": thousand.state_dict(), "variance": variance}
        checkpoint.save(state | {"about": about | more}, args.out / f"{name}.pt")


def parser() -> argparse.ArgumentParser:
    """The command line."""
    p = argparse.ArgumentParser(prog="python -m training.from_published", description=__doc__.split(":")[0])
    p.add_argument("--network", type=Path, required=True, help="ResNet18.onnx as published")
    p.add_argument("--preprocess", type=Path, required=True, help="ResNetPreprocess.onnx as published")
    p.add_argument("--data", type=Path, required=True, help="labelled photos: train/, a folder a class")
    p.add_argument("--pool", type=Path, required=True, help="folder of sharp photos with answers.npy")
    cache_option(p)
    p.add_argument("--out", type=Path, required=True)
    p.add_argument("--every", type=int, default=5, help="fit to every so many-th labelled photo (default: %(default)s)")
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--precision", choices=("auto", "float32", "bfloat16"), default="auto")
    return p


@told
def main(arguments: Sequence[str] | None = None) -> int:
    """Exit codes: 0 written, 2 wrong usage or input."""
    args = parser().parse_args(arguments)
    make(args, " ".join(["python -m training.from_published", *(arguments or sys.argv[1:])]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
