"""Photos for a journey: everything that ``distil`` reads, small enough to carry to a machine that is lent for minutes.

``python -m training.pack --data DIR --pool DIR --cache DIR --out DIR`` writes ``part-0.tar``, ``part-1.tar`` … of at
most ``--part-mib`` each: labelled photos and sharp crops as WebP, many in one file, and the teacher's answers.
``python -m training.pack --unpack DIR --out DIR`` makes of them ``train.npy``, ``val.npy``, ``labels.json`` and
``pool/``, which ``distil --data`` takes. Photos lose a little by it: they are compressed once more.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
import tarfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from training import sharp
from training.data import Photos, load_split

BLOCK = 1_000
"""Photos in one file of an archive."""

_HEADER, _ENDING = 512, 10_240
"""Bytes that an archive has for a file beside its content, and at its end."""

VALIDATION = 1_000
"""Photos of the validation split that come along: as many as a run measures on."""


def encoded(pixels: np.ndarray, quality: int) -> bytes:
    """uint8 (photos, 3, h, w) as WebP files after one another, before them their number and lengths, uint32 each."""

    def one(photo: np.ndarray) -> bytes:
        stream = io.BytesIO()
        Image.fromarray(photo.transpose(1, 2, 0)).save(stream, "WEBP", quality=quality, method=4)
        return stream.getvalue()

    with ThreadPoolExecutor() as pool:
        files = list(pool.map(one, pixels))
    head = np.array([len(files), *map(len, files)], "<u4").tobytes()
    return head + b"".join(files)


def decoded(data: bytes) -> np.ndarray:
    """What ``encoded`` was given, nearly."""
    count = int(np.frombuffer(data, "<u4", 1)[0])
    lengths = np.frombuffer(data, "<u4", count, offset=4)
    ends = 4 * (count + 1) + np.cumsum(lengths, dtype=np.int64)

    def one(place: tuple[int, int]) -> np.ndarray:
        start, end = place
        with Image.open(io.BytesIO(data[start:end])) as photo:
            return np.asarray(photo.convert("RGB")).transpose(2, 0, 1)

    starts = np.concatenate([[4 * (count + 1)], ends[:-1]])
    with ThreadPoolExecutor() as pool:
        return np.stack(list(pool.map(one, zip(starts.tolist(), ends.tolist(), strict=True))))


def files_of(
    photos: Photos, validation: Photos, pool: sharp.Pool, answers: np.ndarray, quality: int, sharp_quality: int
) -> Iterator[tuple[str, bytes]]:
    """Name and content of every file: photos in blocks, what is known of them, answers in blocks too.

    Only crops with answers come along, in their order.
    """
    rows = np.flatnonzero(~np.isnan(answers[:, 0]))
    yield "rows.json", json.dumps([asdict(pool.rows[row]) for row in rows]).encode()
    known = {"classes": photos.classes, "train": photos.labels.tolist(), "val": validation.labels.tolist()}
    yield "labels.json", json.dumps(known).encode()
    for at in range(0, len(rows), BLOCK):
        block = rows[at : at + BLOCK]
        yield f"answers/{at:07}.npy", _npy(answers[block])
        yield f"crops/{at:07}.webps", encoded(pool.crops[block], sharp_quality)
    for name, split in (("val", validation), ("train", photos)):
        for at in range(0, len(split), BLOCK):
            yield f"{name}/{at:07}.webps", encoded(split.pixels[at : at + BLOCK].numpy(), quality)


def _npy(array: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


def pack(files: Iterator[tuple[str, bytes]], out: Path, part_bytes: int) -> list[Path]:
    """Archives of at most so many bytes, filled in order. Raises ``ValueError`` where one file alone is larger."""
    out.mkdir(parents=True, exist_ok=True)
    parts: list[list[tuple[str, bytes]]] = [[]]
    filled = _ENDING
    for name, content in files:
        room = _HEADER * (-(-len(content) // _HEADER) + 1)
        if room + _ENDING > part_bytes:
            raise ValueError(f"{name} alone has {len(content):,} bytes")
        if filled + room > part_bytes:
            _write(parts[-1], out / f"part-{len(parts) - 1}.tar")
            parts[-1].clear()
            parts.append([])
            filled = _ENDING
        parts[-1].append((name, content))
        filled += room
    _write(parts[-1], out / f"part-{len(parts) - 1}.tar")
    return [out / f"part-{number}.tar" for number in range(len(parts))]


def _write(files: list[tuple[str, bytes]], part: Path) -> None:
    with tarfile.open(part, "w") as archive:
        for name, content in files:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))


def unpack(parts: Sequence[Path], out: Path) -> None:
    """Writes ``train.npy``, ``val.npy``, ``labels.json`` and ``pool/`` with crops, rows and answers."""
    blocks: dict[str, dict[str, bytes]] = {}
    for part in parts:
        with tarfile.open(part) as archive:
            for info in archive:
                stream = archive.extractfile(info)
                kind, _, name = info.name.rpartition("/")
                blocks.setdefault(kind, {})[name] = stream.read() if stream else b""
    (out / "pool").mkdir(parents=True, exist_ok=True)
    (out / "labels.json").write_bytes(blocks[""]["labels.json"])
    (out / "pool/rows.json").write_bytes(blocks[""]["rows.json"])
    answers = [np.load(io.BytesIO(content)) for _, content in sorted(blocks["answers"].items())]
    np.save(out / "pool/answers.npy", np.concatenate(answers))
    for kind, file in (("crops", "pool/crops.npy"), ("train", "train.npy"), ("val", "val.npy")):
        found = [decoded(content) for _, content in sorted(blocks[kind].items())]
        np.save(out / file, np.concatenate(found))


def load(folder: Path, split: str) -> Photos:
    """A split that was unpacked."""
    known = json.loads((folder / "labels.json").read_text(encoding="utf-8"))
    pixels = torch.from_numpy(np.load(folder / f"{split}.npy"))
    return Photos(pixels, torch.tensor(known[split]), tuple(known["classes"]), f"unpacked-{split}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0: written."""
    p = argparse.ArgumentParser(prog="python -m training.pack", description=__doc__.split("\n\n")[0])
    p.add_argument("--unpack", type=Path, help="folder of the parts; without it, they are written")
    p.add_argument("--data", type=Path, help="labelled photos: train/ and val/, a folder a class")
    p.add_argument("--pool", type=Path, help="folder of sharp photos with answers.npy")
    p.add_argument("--cache", type=Path, default=Path("runs/cache"), help="folder of decoded photos")
    p.add_argument("--out", type=Path, required=True)
    p.add_argument("--every", type=int, default=1, help="every so many-th photo, for a trial (default: %(default)s)")
    p.add_argument("--quality", type=int, default=45, help="of labelled photos (default: %(default)s)")
    p.add_argument("--sharp-quality", type=int, default=45, help="of sharp crops (default: %(default)s)")
    p.add_argument("--part-mib", type=float, default=63, help="most of a part (default: %(default)s)")
    args = p.parse_args(arguments)
    if args.unpack:
        unpack(sorted(args.unpack.glob("part-*.tar")), args.out)
        return 0
    if not (args.data and args.pool):
        p.error("--data and --pool are needed to pack")
    photos, validation = (load_split(args.data, split, args.cache) for split in ("train", "val"))
    pool, answers = sharp.load(args.pool), np.load(args.pool / "answers.npy")
    if args.every > 1:
        answers[np.arange(len(answers)) % args.every > 0] = np.nan
        photos = photos.spread(len(photos) // args.every)
    measured = validation.spread(VALIDATION)
    files = files_of(photos, measured, pool, answers, args.quality, args.sharp_quality)
    for part in pack(files, args.out, int(args.part_mib * 2**20)):
        print(f"{part}: {part.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
