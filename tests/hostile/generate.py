"""Hostile photos: several hundred files in over twenty families, the same ones for the same seed.

    python -m tests.hostile.generate --out DIR --seed 0

writes them as files beside a ``manifest.json`` that says of each what is wrong with it, the name it comes under, and
what may become of it.
"""

from __future__ import annotations

import argparse
import json
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from tests.hostile import bombs, colours, damage, disguises, shapes
from tests.hostile.case import Case

Family = Callable[[np.random.Generator], Iterator[Case]]

FAMILIES: tuple[Family, ...] = (
    *(damage.truncated, damage.flipped, damage.overwritten, damage.lying_sizes, damage.broken_parts),
    *(bombs.bombs, bombs.costly_parts),
    *(disguises.polyglots, disguises.mislabelled, disguises.no_photos),
    *(disguises.beginnings, disguises.empty, disguises.names),
    *(shapes.without_pixels, shapes.one_pixel, shapes.elongated, shapes.moving, shapes.many_pages),
    *(shapes.turned, shapes.lying_orientation, shapes.broken_exif),
    *(colours.deep, colours.few_bits, colours.palettes, colours.transparent, colours.ink, colours.lying_profiles),
)


def family_cases(family: Family, seed: int = 0) -> list[Case]:
    """The cases of one family. Each family draws numbers of its own, so that a new one changes no other."""
    return list(family(np.random.default_rng([seed, zlib.crc32(family.__name__.encode())])))


def cases(seed: int = 0) -> Iterator[Case]:
    """All cases of all families."""
    for family in FAMILIES:
        yield from family_cases(family, seed)


def write(folder: Path, seed: int = 0) -> list[Path]:
    """Write every case into ``folder``, and the manifest. The files' names are harmless, those in the manifest not."""
    folder.mkdir(parents=True, exist_ok=True)
    manifest, paths = [], []
    for number, case in enumerate(cases(seed)):
        path = folder / f"{number:04d}-{case.family.replace(' ', '-')}.bin"
        path.write_bytes(case.data)
        paths.append(path)
        about = {"file": path.name, "family": case.family, "what": case.what, "name": case.name}
        manifest.append({**about, "expected": case.expected, "codes": list(case.codes)})
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1), encoding="utf-8")
    return paths


def main() -> None:
    parser = argparse.ArgumentParser(description="Write hostile photos for tests of what reads them.")
    parser.add_argument("--out", type=Path, required=True, help="folder to write into")
    parser.add_argument("--seed", type=int, default=0, help="another seed makes other files (default: 0)")
    arguments = parser.parse_args()
    paths = write(arguments.out, arguments.seed)
    size = sum(path.stat().st_size for path in paths)
    print(f"{len(paths)} files of {len(FAMILIES)} families, {size / 1e6:.1f} MB, in {arguments.out}")


if __name__ == "__main__":
    main()
