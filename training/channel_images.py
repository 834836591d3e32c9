"""Makes an image for every channel of a network's stages: ``python -m training.channel_images --weights FILE``.

With ``--most N`` only for the N of each stage whose class selectivity is highest, by the profiles beside the weights
(``training/atlas.py``). Each is what ``studies/activation_maximisation.py`` makes to excite the channel. A stage's
images lie side by side in one WebP picture, ``COLUMNS`` a row; the pictures go into a file beside the weights,
``<weights>-channels.safetensors``, as uint8 (bytes) under the stage's name, and where not every channel has one,
``<stage>.channels`` int32 (images) says which do. Its metadata has the ``weights_sha256`` of the weights that it is of,
``side`` and ``columns``. Seeded; what has been made is kept in ``--cache``, and the same command goes on from there.
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

from resnet_demo.errors import InputError, WeightsMismatch
from resnet_demo.network.resnet import STAGES, ResNet
from resnet_demo.network.units import width_of
from resnet_demo.studies.activation_maximisation import excite_channels
from resnet_demo.studies.atlas import profiles_file, read_profiles, selectivity, sheets_file
from resnet_demo.weights.cards import Transform
from resnet_demo.weights.integrity import sha256_of
from training import storage
from training.bundled import network_of
from training.command import told
from training.options import cache_option, weights_option

COLUMNS = 16
QUALITY = 80
"""Of WebP: its artefacts are then below what can be told at the size of the images."""


def most_selective(weights: Path, stage: str, most: int) -> list[int]:
    """The ``most`` channels of a stage whose class selectivity is highest, sorted; all of one that has no more."""
    file = profiles_file(weights)
    if not file.is_file():
        raise InputError("training-no-profiles", file=weights, profiles=file.name)
    found = read_profiles(file.read_bytes(), file.name)
    if found.weights_sha256 != sha256_of(weights):
        raise WeightsMismatch("profiles-of-other-weights", weights=weights.name)
    profile, _ = found.stages[stage]
    return sorted(np.argsort(-selectivity(profile), kind="stable")[:most].tolist())


def stage_images(
    network: ResNet,
    stage: str,
    channels: Sequence[int],
    transform: Transform,
    made: Path,
    side: int,
    steps: int,
    part: int,
) -> np.ndarray:
    """uint8 (channels, side, side, 3): ``part`` channels at a time, each kept in the folder ``made``."""
    rows = []
    for first in tqdm(range(0, len(channels), part), desc=stage, unit="part", disable=None):
        file = made / f"{stage}-{first}.npy"
        if not file.is_file():
            images = excite_channels(network, stage, channels[first : first + part], transform, size=side, steps=steps)
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


def make(weights: Path, cache: Path, side: int, steps: int, part: int, most: int | None = None) -> Path:
    """Makes the images of ``weights``, of ``most`` channels a stage or of all; returns their file."""
    network = network_of(weights)
    digest = sha256_of(weights)
    made = cache / f"channels-{digest[:16]}-{side}-{steps}-{most or 'all'}"
    stored = {}
    for stage in STAGES:
        width = width_of(network, stage)
        channels = range(width) if most is None or most >= width else most_selective(weights, stage, most)
        picture = sheet(stage_images(network, stage, channels, network.card.transform, made, side, steps, part))
        stored[stage] = torch.frombuffer(bytearray(picture), dtype=torch.uint8)
        if len(channels) < width:
            stored[f"{stage}.channels"] = torch.tensor(channels, dtype=torch.int32)
    about = {"weights_sha256": digest, "side": str(side), "columns": str(COLUMNS), "steps": str(steps), "seed": "0"}
    storage.write(stored, sheets_file(weights), about)
    return sheets_file(weights)


@told
def main(arguments: Sequence[str] | None = None) -> int:
    """Exit codes: 0 written, 2 wrong usage or input."""
    p = argparse.ArgumentParser(prog="python -m training.channel_images", description=__doc__.split(" (")[0])
    weights_option(p)
    p.add_argument("--most", type=int, help="channels of a stage, the most selective of its classes (default: all)")
    p.add_argument("--side", type=int, default=96, help="pixels (default: %(default)s)")
    p.add_argument("--steps", type=int, default=64, help="of gradient ascent (default: %(default)s)")
    p.add_argument("--part", type=int, default=16, help="channels at a time (default: %(default)s)")
    cache_option(p, "what has been made")
    args = p.parse_args(arguments)
    print(make(args.weights, args.cache, args.side, args.steps, args.part, args.most))
    return 0


if __name__ == "__main__":
    sys.exit(main())
