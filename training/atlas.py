"""Measures what every channel of a network answers to: ``python -m training.atlas --data DIR --weights FILE``.

For each stage the mean activation over the validation photos of each class, in 8 bits, goes into a file beside the
weights, ``<weights>-profiles.safetensors``: ``<stage>`` uint8 (channels, classes) times ``<stage>.scale`` float32
(channels). ``<stage>.null`` float32 (channels) is how selective the channels of the same network with random weights,
drawn with ``SEED``, are on the same photos. Its metadata has the ``weights_sha256`` of the weights that it is of,
``measured_on`` and the ``precision`` of the passes. What has been seen is kept in ``--cache`` every so many photos, and
the same command goes on from there.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor
from tqdm import tqdm

from resnet_demo.errors import InputError
from resnet_demo.network.resnet import STAGES, ResNet
from resnet_demo.studies.atlas import profiles_file, selectivity
from resnet_demo.studies.randomisation import untrained
from resnet_demo.weights.cards import Card
from resnet_demo.weights.integrity import sha256_of
from training import storage
from training.bundled import folders_of, network_of
from training.command import told
from training.data import Photos, load_split
from training.options import cache_option, weights_option
from training.probes import pooled_stages
from training.tiny_imagenet import in_bfloat16

PART = 500
"""Photos between two notes of what has been seen."""

SEED = 0
"""Of the random weights, as the bench draws them (``resnet_demo/studies/tuning.py``)."""


def class_sums(network: ResNet, card: Card, photos: Photos, kept: Path, bfloat16: bool = False) -> dict[str, Tensor]:
    """By stage the sums float64 (channels, classes) of the mean activations of each class's photos."""
    done = 0
    sums: dict[str, Tensor] = {}
    if kept.is_file():
        sums = load_file(kept)
        done = int(sums.pop("done"))
    with tqdm(total=len(photos), initial=done, desc="validation photos", unit="photo", disable=None) as bar:
        while done < len(photos):
            rows = slice(done, done + PART)
            part = Photos(photos.pixels[rows], photos.labels[rows], photos.classes, photos.fingerprint)
            pooled_parts = pooled_stages(network, card, part, bfloat16)
            for pooled, labels in zip(pooled_parts, part.labels.split(50), strict=True):
                for stage, values in pooled.items():
                    whole = sums.setdefault(stage, torch.zeros(values.shape[1], len(card.classes), dtype=torch.float64))
                    whole.index_add_(1, labels, values.double().T)
            done += len(part)
            kept.parent.mkdir(parents=True, exist_ok=True)
            save_file(sums | {"done": torch.tensor(done)}, kept)
            bar.update(len(part))
    return sums


def in_8_bits(means: Tensor) -> tuple[Tensor, Tensor]:
    """Means (channels, classes), never negative, as uint8 and what each channel is to be multiplied by, float32."""
    scale = means.amax(1) / 255
    steps = torch.where(scale > 0, scale, 1.0)[:, None]
    return (means / steps).round().to(torch.uint8), scale.float()


def make(data: Path, weights: Path, cache: Path, photo_size: int = 64, bfloat16: bool = False) -> Path:
    """Measures and writes the profiles of ``weights`` and their null; returns their file."""
    precision = "bfloat16" if bfloat16 else "float32"
    network = network_of(weights)
    card = network.card
    photos = load_split(data, "val", cache, photo_size)
    if photos.classes != tuple(folders_of(card)):
        raise InputError("training-other-classes", file=weights, folder=data)
    digest, file = sha256_of(weights), profiles_file(weights)
    counts = torch.bincount(photos.labels, minlength=len(card.classes)).clamp(min=1)
    stored: dict[str, Tensor] = {}
    sums = class_sums(network, card, photos, cache / f"profiles-{digest[:16]}-{precision}.safetensors", bfloat16)
    for stage in STAGES:
        stored[stage], stored[f"{stage}.scale"] = in_8_bits(sums[stage] / counts)
    null = untrained(network, SEED).to(memory_format=torch.channels_last)
    sums = class_sums(null, card, photos, cache / f"profiles-null-{digest[:16]}-{precision}.safetensors", bfloat16)
    stored |= {f"{stage}.null": torch.from_numpy(selectivity((sums[stage] / counts).numpy())) for stage in STAGES}
    about = {"weights_sha256": digest, "measured_on": f"{len(photos):,} validation photos", "precision": precision}
    storage.write(stored, file, about)
    return file


@told
def main(arguments: Sequence[str] | None = None) -> int:
    """Exit codes: 0 written, 2 wrong usage or input."""
    p = argparse.ArgumentParser(prog="python -m training.atlas", description=__doc__.split(" (")[0])
    p.add_argument("--data", type=Path, required=True, help="the data the weights were trained on")
    weights_option(p)
    cache_option(p)
    p.add_argument("--precision", choices=("auto", "float32", "bfloat16"), default="float32", help="of the stages")
    args = p.parse_args(arguments)
    print(make(args.data, args.weights, args.cache, bfloat16=in_bfloat16(args)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
