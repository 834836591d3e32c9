"""Makes an image for every channel of a network's stages: ``python -m training.channel_images --weights FILE``.

Each is what ``studies/activation_maximisation.py`` makes to excite the channel. A stage's images lie side by side in
one WebP picture, ``COLUMNS`` a row; the pictures go into a file beside the weights, ``<weights>-channels.safetensors``,
as uint8 (bytes) under the stage's name. Its metadata has the ``weights_sha256`` of the weights that it is of, ``side``
and ``columns``. Seeded; what has been made is kept in ``--cache``, and the same command goes on from there.
"""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from tqdm import tqdm

from resnet_demo.network.resnet import STAGES, ResNet
from resnet_demo.network.units import width_of
from resnet_demo.studies.activation_maximisation import excite_channels
from resnet_demo.studies.atlas import sheets_file
from resnet_demo.weights.cards import Transform
from resnet_demo.weights.integrity import sha256_of
from training import storage
from training.bundled import network_of
from training.command import told
from training.options import cache_option, weights_option

COLUMNS = 16
QUALITY = 80
"""Of WebP: its artefacts are then below what can be told at the size of the images."""


def stage_images(
    network: ResNet, stage: str, transform: Transform, made: Path, side: int, steps: int, part: int
) -> np.ndarray:
    """uint8 (channels, side, side, 3): ``part`` channels at a time, each kept in the folder ``made``."""
    width = width_of(network, stage)
    rows = []
    for first in tqdm(range(0, width, part), desc=stage, unit="part", disable=None):
        file = made / f"{stage}-{first}.npy"
        if not file.is_file():
            images = excite_channels(
                network, stage, range(first, min(first + part, width)), transform, size=side, steps=steps
            )
            made.mkdir(parents=True, exist_ok=True)
            partial = file.with_suffix(".part")
            with partial.open("wb") as out:
                np.save(out, np.stack([each.image for each in images]))
            partial.replace(file)
        rows.append(np.load(file))
    return np.concatenate(rows)


def sheet(images: np.ndarray, columns: int = COLUMNS) -> bytes:
    """Images (n, side, side, 3) side by side, row by row, as one WebP; places that are left over are black."""
    count, side, _, _ = images.shape
    whole = np.zeros((-(-count // columns) * columns, side, side, 3), np.uint8)
    whole[:count] = images
    grid = whole.reshape(-1, columns, side, side, 3).swapaxes(1, 2).reshape(-1, columns * side, 3)
    out = io.BytesIO()
    Image.fromarray(grid).save(out, "WEBP", quality=QUALITY, method=6)
    return out.getvalue()


def make(weights: Path, cache: Path, side: int, steps: int, part: int) -> Path:
    """Makes the images of ``weights``; returns their file."""
    network = network_of(weights)
    digest = sha256_of(weights)
    made = cache / f"channels-{digest[:16]}-{side}-{steps}"
    stored = {}
    for stage in STAGES:
        picture = sheet(stage_images(network, stage, network.card.transform, made, side, steps, part))
        stored[stage] = torch.frombuffer(bytearray(picture), dtype=torch.uint8)
    about = {"weights_sha256": digest, "side": str(side), "columns": str(COLUMNS), "steps": str(steps), "seed": "0"}
    storage.write(stored, sheets_file(weights), about)
    return sheets_file(weights)


@told
def main(arguments: Sequence[str] | None = None) -> int:
    """Exit codes: 0 written, 2 wrong usage or input."""
    p = argparse.ArgumentParser(prog="python -m training.channel_images", description=__doc__.split(" (")[0])
    weights_option(p)
    p.add_argument("--side", type=int, default=96, help="pixels (default: %(default)s)")
    p.add_argument("--steps", type=int, default=64, help="of gradient ascent (default: %(default)s)")
    p.add_argument("--part", type=int, default=16, help="channels at a time (default: %(default)s)")
    cache_option(p, "what has been made")
    args = p.parse_args(arguments)
    print(make(args.weights, args.cache, args.side, args.steps, args.part))
    return 0


if __name__ == "__main__":
    sys.exit(main())
