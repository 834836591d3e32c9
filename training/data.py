"""Photos in memory: a folder of JPEGs decoded once into bytes, kept in a cache, in the order torchvision gives them.

Accepted are torchvision's ``ImageFolder`` tree, ``<split>/<class>/**/photo``, and the two layouts of Tiny ImageNet as
it is distributed (Le and Yang 2015), so that nobody has to move files: boxes beside the training photos are ignored,
and a ``val_annotations.txt`` names the class of each validation photo.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torchvision.datasets import ImageFolder
from torchvision.transforms import functional as transforms

from resnet_demo.errors import InputError


@dataclass(frozen=True)
class Photos:
    """One split. ``pixels`` uint8 (photos, 3, size, size), RGB; ``labels`` int64 (photos,), indices into ``classes``.

    ``classes`` are the names of the class folders in sorted order (Tiny ImageNet: WordNet ids), ``fingerprint`` a
    hash over the photos' names in order, the classes and the size: equal where and only where the rows mean the same.
    """

    pixels: Tensor
    labels: Tensor
    classes: tuple[str, ...]
    fingerprint: str

    def __len__(self) -> int:
        return len(self.labels)

    def spread(self, count: int) -> Photos:
        """Every so many-th photo, so that there are about ``count``, never fewer unless there are no more."""
        rows = slice(None, None, max(1, len(self) // count))
        return Photos(self.pixels[rows], self.labels[rows], self.classes, f"{self.fingerprint}/{rows.step}")


def list_split(root: Path, split: str) -> tuple[list[tuple[Path, int]], tuple[str, ...]]:
    """The photos of ``<root>/<split>`` with the class of each, and the classes in index order. Decodes nothing.

    Raises ``InputError`` where there is no such folder, or it holds no photo of any class.
    """
    folder = root / split
    if not folder.is_dir():
        raise InputError("training-folder-missing", folder=folder)
    annotations = folder / "val_annotations.txt"
    if annotations.is_file():
        rows = [line.split("\t")[:2] for line in annotations.read_text(encoding="utf-8").splitlines() if line.strip()]
        classes = tuple(sorted({name for _, name in rows}))
        index = {name: i for i, name in enumerate(classes)}
        return [(folder / "images" / photo, index[name]) for photo, name in rows], classes
    try:
        found = ImageFolder(folder)
    except FileNotFoundError as error:
        raise InputError("training-folder-empty", folder=folder, cause=error) from error
    return [(Path(path), label) for path, label in found.samples], tuple(found.classes)


def decode(path: Path, size: int) -> Tensor:
    """A photo as uint8 (3, size, size): as it is where it has that size, else resized and cropped in the middle."""
    try:
        with Image.open(path) as image:
            photo = image.convert("RGB")
    except OSError as error:
        raise InputError("training-photo", path=path, cause=error) from error
    if photo.size != (size, size):
        photo = transforms.center_crop(transforms.resize(photo, size), [size, size])
    return transforms.pil_to_tensor(photo)


def load_split(root: Path, split: str, cache: Path, size: int = 64) -> Photos:
    """The split in memory, from ``cache`` where it is there, else decoded and put there (100,000 photos: 1.2 GB)."""
    samples, classes = list_split(root, split)
    names = [path.relative_to(root).as_posix() for path, _ in samples]
    labels = [label for _, label in samples]
    identity = json.dumps([size, classes, names, labels])
    fingerprint = hashlib.sha256(identity.encode()).hexdigest()[:16]
    file = cache / f"{split}-{size}px-{fingerprint}.npy"
    if not file.is_file():
        cache.mkdir(parents=True, exist_ok=True)
        partial = file.with_suffix(f".{os.getpid()}.partial")
        pixels = np.lib.format.open_memmap(partial, mode="w+", dtype=np.uint8, shape=(len(samples), 3, size, size))
        for row, (path, _) in enumerate(samples):
            pixels[row] = decode(path, size).numpy()
        pixels.flush()
        partial.replace(file)
    return Photos(torch.from_numpy(np.load(file)), torch.tensor(labels, dtype=torch.int64), classes, fingerprint)
