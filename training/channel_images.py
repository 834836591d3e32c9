"""Makes an image for every channel of a network's stages: ``python -m training.channel_images --weights FILE``.

With ``--most N`` only for the N of each stage whose class selectivity is highest, by the profiles beside the weights
(``training/atlas.py``), channels that hardly ever fire left out: those are selective by chance. Each image is what
``studies/activation_maximisation.py`` makes to excite the channel; one that does so less than one of the example photos
is left out too. A stage's images lie side by side in one WebP picture, ``COLUMNS`` a row; the pictures go into a file
beside the weights, ``<weights>-channels.safetensors``, as uint8 (bytes) under the stage's name, and where not every
channel has one, ``<stage>.channels`` int32 (images) says which do. Its metadata has the ``weights_sha256`` of the
weights that it is of, ``side`` and ``columns``. Seeded; what has been made is kept in ``--cache``, and the same command
goes on from there.
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
from torch import Tensor
from tqdm import tqdm

from resnet_demo.assets import assets_dir
from resnet_demo.errors import InputError, WeightsMismatch
from resnet_demo.network.resnet import STAGES, ResNet
from resnet_demo.network.units import width_of
from resnet_demo.photos.preprocess import prepare
from resnet_demo.photos.read import read_photo
from resnet_demo.studies.activation_maximisation import excite_channels
from resnet_demo.studies.atlas import profiles_file, read_profiles, selectivity, sheets_file
from resnet_demo.weights.cards import Transform
from resnet_demo.weights.integrity import sha256_of
from training import storage
from training.bundled import network_of
from training.command import told
from training.options import cache_option, weights_option

COLUMNS = 16
SILENT = 0.01
"""Of the stage's mean: a channel whose mean activation is below that for its best class is taken to be silent."""
QUALITY = 80
"""Of WebP: its artefacts are then below what can be told at the size of the images."""


def most_selective(weights: Path, stage: str, most: int) -> list[int]:
    """The ``most`` channels of a stage whose class selectivity is highest, sorted; of those that are not ``SILENT``."""
    file = profiles_file(weights)
    if not file.is_file():
        raise InputError("training-no-profiles", file=weights, profiles=file.name)
    found = read_profiles(file.read_bytes(), file.name)
    if found.weights_sha256 != sha256_of(weights):
        raise WeightsMismatch("profiles-of-other-weights", weights=weights.name)
    profile, scale = found.stages[stage]
    largest = profile.max(1) * scale
    awake = np.flatnonzero(largest > SILENT * largest.mean())
    return sorted(awake[np.argsort(-selectivity(profile[awake]), kind="stable")[:most]].tolist())


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
    files = {channel: made / f"{stage}-{channel}.npy" for channel in channels}
    missing = [channel for channel, file in files.items() if not file.is_file()]
    for first in tqdm(range(0, len(missing), part), desc=stage, unit="part", disable=None):
        some = missing[first : first + part]
        made.mkdir(parents=True, exist_ok=True)
        for channel, each in zip(
            some, excite_channels(network, stage, some, transform, size=side, steps=steps), strict=True
        ):
            partial = files[channel].with_suffix(".part")
            with partial.open("wb") as out:
                np.save(out, each.image)
            partial.replace(files[channel])
    return np.stack([np.load(file) for file in files.values()])


def more_than_photos(
    network: ResNet, stage: str, channels: Sequence[int], images: np.ndarray, transform: Transform, photos: Tensor
) -> list[bool]:
    """Of each channel whether its image, uint8 (channels, side, side, 3), excites it more than any of some
    views does, (views, 3, h, w): in the mean over positions, which is what the image was made for."""
    mean, std = (torch.tensor(values)[:, None, None] for values in (transform.mean, transform.std))
    best = network.forward_stages(photos).stages[stage].mean((2, 3)).amax(0)
    found = []
    for part, own in zip(torch.from_numpy(images).split(32), torch.tensor(channels).split(32), strict=True):
        x = ((part.permute(0, 3, 1, 2) / 255 - mean) / std).contiguous(memory_format=torch.channels_last)
        excited = network.forward_stages(x).stages[stage].mean((2, 3))
        found += (excited[range(len(own)), own] > best[own]).tolist()
    return found


def sheet(images: np.ndarray, columns: int = COLUMNS) -> bytes:
    """Images (n, side, side, 3) side by side, row by row, as one WebP; places that are left over are black."""
    count, side, _, _ = images.shape
    whole = np.zeros((-(-count // columns) * columns, side, side, 3), np.uint8)
    whole[:count] = images
    grid = whole.reshape(-1, columns, side, side, 3).swapaxes(1, 2).reshape(-1, columns * side, 3)
    out = io.BytesIO()
    Image.fromarray(grid).save(out, "WEBP", quality=QUALITY, method=6)
    return out.getvalue()


def images_of(picture: bytes, count: int, columns: int = COLUMNS) -> np.ndarray:
    """The first ``count`` images of a ``sheet``, uint8 (count, side, side, 3)."""
    grid = np.asarray(Image.open(io.BytesIO(picture)).convert("RGB"))
    side = grid.shape[1] // columns
    return grid.reshape(-1, side, columns, side, 3).swapaxes(1, 2).reshape(-1, side, side, 3)[:count]


def make(weights: Path, cache: Path, side: int, steps: int, part: int, most: int | None = None) -> Path:
    """Makes the images of ``weights``, of ``most`` channels a stage or of all; returns their file."""
    network = network_of(weights)
    digest = sha256_of(weights)
    made = cache / f"channels-{digest[:16]}-{side}-{steps}"
    transform = network.card.transform
    examples = sorted(file for file in (assets_dir() / "examples").iterdir() if file.suffix not in (".json", ".md"))
    photos = torch.stack([prepare(read_photo(file).pixels, transform).tensor for file in examples])
    stored = {}
    for stage in STAGES:
        width = width_of(network, stage)
        channels = list(range(width)) if most is None or most >= width else most_selective(weights, stage, most)
        images = stage_images(network, stage, channels, transform, made, side, steps, part)
        kept = [False]
        while not all(kept):  # WebP takes something of an image, in each picture a little else
            picture = sheet(images)
            shown = images_of(picture, len(images))
            kept = more_than_photos(network, stage, channels, shown, transform, photos)
            images, channels = images[kept], [c for c, better in zip(channels, kept, strict=True) if better]
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
