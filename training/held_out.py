"""Folders of photos that nothing is trained on or chosen by, as ``evaluate`` and ``compare`` read them.

``python -m training.held_out --nips DIR --samples DIR --data DIR --out DIR`` links the photos below ``--out``, a folder
a class by WordNet id:

- ``known``: of the NIPS 2017 adversarial challenge's 1,000 photos (CC BY 2.0, none from ImageNet) those whose class is
  one of the ``--data``'s classes; ``others``: the rest, of ImageNet's other classes;
- ``samples``: of ``EliSchwartz/imagenet-sample-images``, a photo a class from ImageNet, those of the same classes.

Figures on ``known`` and ``samples`` are told when all is done and decide nothing; ``others`` may say whether a network
of a thousand classes is worth having.
"""

from __future__ import annotations

import argparse
import csv
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from resnet_demo.weights.imagenet import imagenet_classes
from training.data import list_split


def nips_photos(folder: Path) -> Iterator[tuple[Path, str]]:
    """Each photo of the challenge with its class's WordNet id; ``images.csv`` counts the classes from 1."""
    wnids = [info.wnid or "" for info in imagenet_classes()]
    with (folder / "images.csv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            photo = folder / "images" / f"{row['ImageId']}.png"
            if photo.is_file():
                yield photo, wnids[int(row["TrueLabel"]) - 1]


def sample_photos(folder: Path) -> Iterator[tuple[Path, str]]:
    """Each of the sample photos, ``n01440764_tench.JPEG``, with its class's WordNet id."""
    for photo in sorted(folder.glob("n*_*.JPEG")):
        yield photo, photo.name.split("_")[0]


def link(photos: Iterator[tuple[Path, str]], out: Path) -> int:
    """Links every photo below the folder of its class; how many."""
    count = 0
    for photo, wnid in photos:
        place = out / wnid / photo.name
        place.parent.mkdir(parents=True, exist_ok=True)
        if not place.exists():
            os.symlink(photo.resolve(), place)
        count += 1
    return count


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0: linked."""
    p = argparse.ArgumentParser(prog="python -m training.held_out", description=__doc__.split("\n\n")[0])
    p.add_argument("--nips", type=Path, help="folder with images.csv and images/")
    p.add_argument("--samples", type=Path, help="folder of the sample images")
    p.add_argument("--data", type=Path, required=True, help="train/ there has a folder for each known class")
    p.add_argument("--out", type=Path, required=True)
    args = p.parse_args(arguments)
    known = {*list_split(args.data, "train")[1]}
    if args.nips:
        found = list(nips_photos(args.nips))
        for name, wanted in (("known", True), ("others", False)):
            count = link((one for one in found if (one[1] in known) == wanted), args.out / name)
            print(f"{name}: {count:,} photos")
    if args.samples:
        count = link((one for one in sample_photos(args.samples) if one[1] in known), args.out / "samples")
        print(f"samples: {count:,} photos")
    return 0


if __name__ == "__main__":
    sys.exit(main())
