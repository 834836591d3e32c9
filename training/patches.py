"""Finds the patches that excite each channel of the bundled networks most: ``python -m training.patches``.

Of each photo of the collection in ``assets/photos`` a channel's strongest cell; the best go into a file beside the
weights, ``<weights>-patches.safetensors``, as ``studies/patches.py`` says. Its metadata has the ``weights_sha256`` of
the weights and the ``photos_sha256`` of the photos that it is of. Nothing is drawn at random, and a file that is of its
weights and photos already is left as it is.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from safetensors import safe_open
from tqdm import tqdm

from resnet_demo.assets import assets_dir
from resnet_demo.photos.preprocess import prepare
from resnet_demo.photos.read import read_photo
from resnet_demo.results import Progress
from resnet_demo.studies.patches import patches_file, stored, strongest_patches
from resnet_demo.weights.integrity import sha256_of
from training import storage
from training.bundled import network_of
from training.command import told


def bundled() -> list[Path]:
    """The weights that come with the program, one file a depth."""
    return sorted(card.with_suffix(".safetensors") for card in (assets_dir() / "weights").glob("resnet*-tiny-*.json"))


def collection() -> list[Path]:
    """The photos that the patches are cut from."""
    return sorted((assets_dir() / "photos").glob("*.webp"))


def photos_sha256(photos: Sequence[Path]) -> str:
    """The hash of the photos' names and contents."""
    digest = hashlib.sha256()
    for photo in photos:
        digest.update(photo.name.encode() + hashlib.sha256(photo.read_bytes()).digest())
    return digest.hexdigest()


def is_current(file: Path, about: Mapping[str, str]) -> bool:
    """Whether ``file`` is there and of the weights and photos in ``about``."""
    if not file.is_file():
        return False
    with safe_open(file, "numpy") as opened:
        return about.items() <= (opened.metadata() or {}).items()


def make(weights: Path, photos: Sequence[Path], batch_size: int = 8) -> Path:
    """Finds and writes the patches of ``weights``; returns their file."""
    file = patches_file(weights)
    of = {"weights_sha256": sha256_of(weights), "photos_sha256": photos_sha256(photos)}
    if is_current(file, of):
        return file
    network = network_of(weights)
    card = network.card
    views = torch.stack([prepare(read_photo(photo).pixels, card.transform).tensor for photo in photos])
    views = views.contiguous(memory_format=torch.channels_last)
    with tqdm(desc=weights.stem, unit="batch", disable=None) as bar:

        def step(made: Progress) -> None:
            bar.total = made.total
            bar.update(made.done - bar.n)

        names = [photo.name for photo in photos]
        arrays, about = stored(strongest_patches(network, views, card, names, batch_size=batch_size, progress=step))
    storage.write({name: torch.from_numpy(array) for name, array in arrays.items()}, file, about | of)
    return file


@told
def main(arguments: Sequence[str] | None = None) -> int:
    """Exit codes: 0 written, 2 wrong usage or input."""
    p = argparse.ArgumentParser(prog="python -m training.patches", description=__doc__.split(" (")[0])
    p.add_argument(
        "--weights",
        type=Path,
        nargs="+",
        default=bundled(),
        help="files, their cards beside them (default: all bundled)",
    )
    args = p.parse_args(arguments)
    for weights in args.weights:
        print(make(weights, collection()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
