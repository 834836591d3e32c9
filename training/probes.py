"""Linear probes: what can be read off each stage's channels alone (Alain and Bengio 2016, "Understanding Intermediate
Layers Using Linear Classifier Probes"). ``python -m training.probes --data DIR --weights FILE [--pool DIR]``.

A probe is a linear layer from a stage's activation, averaged over positions, to the network's classes, trained while
the network stays as it is. With ``--pool``, a folder of ``sharp.py``, it learns what a teacher answers of sharp crops
too: one that has seen blurred photos alone is too sure of sharp ones.

The file beside the weights, ``<weights>-probes.safetensors``, has for every stage ``<stage>.weight`` int8 (classes,
channels) with ``<stage>.weight.scale`` float32 (classes) and ``<stage>.bias`` float32 (classes): logits = (weight *
scale) @ pooled + bias. Its metadata, texts all, has the ``weights_sha256`` of the weights they are for,
``<stage>.top1`` and ``<stage>.top5`` on the validation photos, and ``measured_on``.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F
from tqdm import tqdm

from resnet_demo.errors import InputError
from resnet_demo.network.resnet import STAGES, ResNet
from resnet_demo.photos.preprocess import prepare
from resnet_demo.weights.cards import Card
from training import heads, sharp, storage
from training.bundled import folders_of, network_of
from training.command import told
from training.data import Photos, load_split
from training.measure import top_k
from training.options import cache_option, weights_option
from training.teacher import imagenet_indices
from training.tiny_imagenet import in_bfloat16

ROUNDS = 200
"""Of L-BFGS."""


@torch.inference_mode()
def pooled_stages(
    network: ResNet, card: Card, photos: Photos, bfloat16: bool = False, batch: int = 50
) -> Iterator[dict[str, Tensor]]:
    """For one batch after another: each stage's activation averaged over positions, float32 (batch, channels)."""
    for pixels in photos.pixels.split(batch):
        views = [prepare(photo.permute(1, 2, 0).contiguous().numpy(), card.transform).tensor for photo in pixels]
        x = torch.stack(views).contiguous(memory_format=torch.channels_last)
        with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
            stages = network.forward_stages(x).stages
        yield {name: activation.float().mean((2, 3)) for name, activation in stages.items()}


def pool_all(network: ResNet, card: Card, photos: Photos, about: str, bfloat16: bool = False) -> dict[str, Tensor]:
    """``pooled_stages`` of all photos together, with a progress bar."""
    parts = []
    with tqdm(total=len(photos), desc=about, unit="photo", disable=None) as bar:
        for part in pooled_stages(network, card, photos, bfloat16):
            parts.append(part)
            bar.update(len(part[STAGES[0]]))
    return {name: torch.cat([part[name] for part in parts]) for name in STAGES}


def sharp_photos(folder: Path, classes: Sequence[str], count: int) -> tuple[Photos, Tensor]:
    """Up to ``count`` crops of a pool that have an answer, from all over it, and what the teacher says of each:
    probabilities (crops, classes) among ``classes``, WordNet ids."""
    pool = sharp.load(folder)
    answers = torch.from_numpy(np.load(folder / "answers.npy"))
    known = [row for row in pool.trained_on() if not answers[row].isnan().any()]
    rows = known if len(known) <= count else [known[number * len(known) // count] for number in range(count)]
    probabilities = answers[rows].float()[:, imagenet_indices(classes)].softmax(1)
    pixels = torch.from_numpy(pool.crops[rows])
    return Photos(pixels, probabilities.argmax(1), tuple(classes), folder.name), probabilities


def make(
    data: Path,
    weights: Path,
    cache: Path,
    count: int,
    photo_size: int = 64,
    pool: Path | None = None,
    bfloat16: bool = False,
) -> dict[str, dict[str, float]]:
    """Trains, measures and writes the probes of ``weights``; returns each stage's top-1 and top-5 (fractions)."""
    network = network_of(weights)
    card = network.card
    training, validation = (load_split(data, split, cache, photo_size) for split in ("train", "val"))
    if training.classes != tuple(folders_of(card)):
        raise InputError("training-other-classes", file=weights, folder=data)
    some = training.spread(count)
    seen = pool_all(network, card, some, "training photos", bfloat16)
    unseen = pool_all(network, card, validation, "validation photos", bfloat16)

    lessons = {name: [heads.Lesson(seen[name], some.labels)] for name in STAGES}
    taught = f"{len(some):,} training photos"
    if pool is not None:
        crops, answers = sharp_photos(pool, training.classes, count)
        for name, features in pool_all(network, card, crops, "sharp photos", bfloat16).items():
            lessons[name].append(heads.Lesson(features, answers, heads.SHARP))
        taught += f" and {len(crops):,} sharp ones"
    exact = {name: heads.fit(lessons[name], len(card.classes), rounds=ROUNDS) for name in STAGES}
    stored = storage.in_8_bits(
        {f"{name}.{key}": value for name, probe in exact.items() for key, value in probe.state_dict().items()}
    )
    accuracy = {}
    for name in STAGES:
        weight = stored[f"{name}.weight"].float() * stored[f"{name}.weight.scale"][:, None]
        logits = F.linear(unseen[name], weight, stored[f"{name}.bias"])
        accuracy[name] = {f"top{k}": round(top_k(logits, validation.labels, k), 4) for k in (1, 5)}
    metadata = {f"{name}.{key}": str(value) for name, row in accuracy.items() for key, value in row.items()}
    metadata |= {
        "weights_sha256": card.sha256 or "",
        "measured_on": f"{len(validation):,} validation photos; trained on {taught}",
    }
    storage.write(stored, weights.with_name(weights.stem + "-probes.safetensors"), metadata)
    return accuracy


@told
def main(arguments: Sequence[str] | None = None) -> int:
    """Exit codes: 0 written, 2 wrong usage or input."""
    p = argparse.ArgumentParser(prog="python -m training.probes", description=__doc__.split(" (")[0])
    p.add_argument("--data", type=Path, required=True, help="the data the weights were trained on")
    weights_option(p)
    cache_option(p)
    p.add_argument(
        "--photos", type=int, default=20_000, help="photos of a kind, spread over all (default: %(default)s)"
    )
    p.add_argument("--pool", type=Path, help="folder of sharp photos with answers.npy, to learn from too")
    p.add_argument("--precision", choices=("auto", "float32", "bfloat16"), default="float32", help="of the stages")
    args = p.parse_args(arguments)
    made = make(args.data, args.weights, args.cache, args.photos, pool=args.pool, bfloat16=in_bfloat16(args))
    for name, row in made.items():
        print(f"{name:8} top-1 {row['top1']:.4f}  top-5 {row['top5']:.4f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
