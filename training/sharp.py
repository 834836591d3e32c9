"""Sharp photos: a pool of crops, made once from public collections, and what a teacher answers for them.

``python -m training.sharp --photos DIR --evaluation DIR --evaluation … --out DIR`` writes ``crops.npy``, ``rows.json``
and ``labelled/``, with the photos to choose by. ``--photos`` holds the repositories of ``sharp_sources.py``, unpacked
as ``<owner>+<name>``; photos below the ``--evaluation`` folders are hashed, and nothing like them gets into the pool.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from training.command import told
from training.near_copies import Known, central_square, hashes
from training.sharp_sources import KEPT_FROM_TRAINING, LABELLED, LABELLED_AT_MOST, UNLABELLED, Source

SIDE = 256
"""Of a stored crop, in pixels: a little more than networks see of it."""

SHORTEST = 160
"""Shorter side of a photo that counts as sharp."""

LARGEST = 4 << 20
"""Bytes of a file."""

HELD_OF = 25
"""Of so many broad photos one is held back."""

KINDS = (".jpg", ".jpeg", ".png")


@dataclass(frozen=True)
class Row:
    """One crop of the pool: where it is from, its ``label`` where it is set aside for choosing, else ``None``;
    ``held`` where it is held back from training."""

    source: str
    name: str
    crop: int = 0
    label: str | None = None
    held: bool = False

    @property
    def trained_on(self) -> bool:
        return self.label is None and not self.held


@dataclass(frozen=True)
class Pool:
    """``crops`` uint8 (crops, 3, ``SIDE``, ``SIDE``), a file mapped into memory; a row of ``rows`` for each."""

    crops: np.ndarray
    rows: tuple[Row, ...]

    def trained_on(self) -> list[int]:
        """The numbers of the rows to train on."""
        return [number for number, row in enumerate(self.rows) if row.trained_on]

    def held(self) -> list[int]:
        """Of those that are held back."""
        return [number for number, row in enumerate(self.rows) if row.held]

    def labelled(self) -> list[int]:
        """Of those with a label, set aside for choosing."""
        return [number for number, row in enumerate(self.rows) if row.label is not None]


def load(folder: Path) -> Pool:
    """What ``write`` wrote."""
    rows = tuple(Row(**row) for row in json.loads((folder / "rows.json").read_text(encoding="utf-8")))
    return Pool(np.load(folder / "crops.npy", mmap_mode="c")[: len(rows)], rows)


def read(file: Path) -> Image.Image:
    """A photo upright in RGB. Raises ``OSError`` for what is none."""
    with Image.open(file) as image:
        image.draft("RGB", (600, 600))
        return ImageOps.exif_transpose(image).convert("RGB")


def photos_below(*folders: Path) -> list[Path]:
    """The files that look like photos, in order."""
    return sorted(
        file for folder in folders for file in folder.rglob("*") if file.suffix.lower() in KINDS and file.is_file()
    )


def _one_of(count: int, text: str) -> bool:
    """The same one of ``count`` texts, on every machine."""
    return int(hashlib.sha256(text.encode()).hexdigest(), 16) % count == 0


def files_of(source: Source, photos: Path) -> list[Path]:
    """A source's files that may be trained on."""
    root = photos / source.repository.replace("/", "+")
    found = photos_below(*(root / folder for folder in source.folders))
    found = [file for file in found if not KEPT_FROM_TRAINING & set(file.parts)]
    return [file for file in found if _one_of(10, file.name)] if source.tenth else found


class Sieve:
    """Lets each photo through once, and none that is unusable or nearly a photo of ``known``."""

    def __init__(self, known: Known) -> None:
        self.known = known
        self.dropped: Counter[str] = Counter()
        self._seen: set[bytes] = set()

    def usable(self, file: Path) -> tuple[Image.Image, list[int]] | None:
        """The photo and its hashes, or None; why not is counted in ``dropped``."""
        found = self._look_at(file)
        if isinstance(found, str):
            self.dropped[found] += 1
            return None
        return found

    def _look_at(self, file: Path) -> tuple[Image.Image, list[int]] | str:
        """The photo and its hashes, or why it is not used."""
        if file.stat().st_size > LARGEST:
            return "too large"
        digest = hashlib.sha256(file.read_bytes()).digest()
        if digest in self._seen:
            return "copy"
        self._seen.add(digest)
        try:
            photo = read(file)
        except (OSError, ValueError, SyntaxError):
            return "unreadable"
        if min(photo.size) < SHORTEST:
            return "small"
        found = hashes(photo)
        return "near an evaluation photo" if self.known.has_near(found) else (photo, found)


def random_crop(photo: Image.Image, numbers: random.Random) -> Image.Image:
    """30 to 90 % of the photo's area, its sides' ratio up to 4:3 either way."""
    area = photo.width * photo.height * numbers.uniform(0.3, 0.9)
    ratio = 2 ** numbers.uniform(-0.41, 0.41)
    width, height = min(photo.width, int((area * ratio) ** 0.5)), min(photo.height, int((area / ratio) ** 0.5))
    left, top = numbers.randint(0, photo.width - width), numbers.randint(0, photo.height - height)
    return photo.crop((left, top, left + width, top + height))


def labelled_rows(photos: Path, sieve: Sieve) -> Iterator[tuple[Row, Image.Image]]:
    """Up to ``LABELLED_AT_MOST`` photos of each class, no two of them nearly the same; then near ones are unusable."""
    everywhere: list[int] = []
    for label, places in LABELLED.items():
        folders = [
            photos / repository.replace("/", "+") / folder for repository, folder in (p.split(":") for p in places)
        ]
        files = photos_below(*folders)
        random.Random(1).shuffle(files)
        own = Known()
        count = 0
        for file in files:
            usable = sieve.usable(file) if count < LABELLED_AT_MOST else None
            if usable is None or own.has_near(usable[1]):
                continue
            own.add(usable[1])
            everywhere += usable[1]
            count += 1
            yield Row("labelled", file.name, 0, label), central_square(usable[0])
    sieve.known.add(everywhere)


def unlabelled_rows(photos: Path, sieve: Sieve, seed: int = 0) -> Iterator[tuple[Row, Image.Image]]:
    """The sources' photos: the central square of each and as many random crops as its source asks for."""
    numbers = random.Random(seed)
    for source in UNLABELLED:
        for file in files_of(source, photos):
            usable = sieve.usable(file)
            if usable is None:
                continue
            photo = usable[0]
            held = source.broad and _one_of(HELD_OF, f"h{file.name}")
            yield Row(source.name, file.name, 0, None, held), central_square(photo)
            for crop in range(1, 1 if held else source.crops):
                yield Row(source.name, file.name, crop), random_crop(photo, numbers)


def write(found: Iterator[tuple[Row, Image.Image]], at_most: int, folder: Path) -> int:
    """Stores the crops; how many there were."""
    folder.mkdir(parents=True, exist_ok=True)
    shape = (at_most, 3, SIDE, SIDE)
    crops = np.lib.format.open_memmap(folder / "crops.npy", mode="w+", dtype=np.uint8, shape=shape)
    rows: list[dict[str, object]] = []
    for row, picture in found:
        crops[len(rows)] = np.asarray(picture.resize((SIDE, SIDE), Image.Resampling.BILINEAR)).transpose(2, 0, 1)
        rows.append(asdict(row))
    crops.flush()
    (folder / "rows.json").write_text(json.dumps(rows), encoding="utf-8")
    return len(rows)


def write_labelled(pool: Pool, folder: Path) -> None:
    """The labelled photos as ``evaluate`` reads them: ``choose`` and ``measure``, every second photo, a folder a class.

    What is chosen by the first, and the temperature that is fitted on them, can then be told by the second.
    """
    for number, row in enumerate(pool.labelled()):
        label = pool.rows[row].label or ""
        place = folder / ("choose", "measure")[number % 2] / label
        place.mkdir(parents=True, exist_ok=True)
        picture = Image.fromarray(pool.crops[row].transpose(1, 2, 0))
        picture.save(place / f"{row}-{Path(pool.rows[row].name).stem}.png")


def make(photos: Path, evaluation: Sequence[Path], out: Path) -> tuple[int, Counter[str]]:
    """The whole pool; how many crops, and what was dropped."""
    known = Known(one for file in photos_below(*evaluation) for one in hashes(read(file)))
    sieve = Sieve(known)

    def everything() -> Iterator[tuple[Row, Image.Image]]:
        yield from labelled_rows(photos, sieve)
        yield from unlabelled_rows(photos, sieve)

    at_most = sum(source.crops * len(files_of(source, photos)) for source in UNLABELLED)
    return write(everything(), at_most + len(LABELLED) * LABELLED_AT_MOST, out), sieve.dropped


@told
def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0: written."""
    p = argparse.ArgumentParser(prog="python -m training.sharp", description=__doc__.split("\n\n")[0])
    p.add_argument("--photos", type=Path, required=True, help="folder of the unpacked repositories")
    p.add_argument("--evaluation", type=Path, action="append", required=True, help="folder of photos to keep out")
    p.add_argument("--out", type=Path, required=True, help="folder of the pool")
    args = p.parse_args(arguments)
    count, dropped = make(args.photos, args.evaluation, args.out)
    write_labelled(load(args.out), args.out / "labelled")
    print(f"{count:,} crops; dropped: {', '.join(f'{n:,} {why}' for why, n in dropped.items()) or 'none'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
