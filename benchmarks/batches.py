"""Many photos on the command line: ``classify`` over 2,000 of them plain, killed and gone on with, and through Ray; its
memory meanwhile; and what the files of ``explain`` cost beside its passes.

Each run is a process of its own, its start and the loading of the network in its time; Ray's start too. ``--data``
names a folder with photos anywhere below it, taken evenly in the order of their names; without it they are made: JPEGs
of 500 x 375 pixels. A run is killed (SIGKILL) when half of its rows are written.
"""

from __future__ import annotations

import csv
import io
import statistics
import subprocess
import sys
import tempfile
import time
from argparse import Namespace
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from benchmarks.folders import ENDINGS, evenly
from benchmarks.report import table, write_numbers, write_section
from benchmarks.subjects import machine, photos
from resnet_demo.engine.engine import Engine
from resnet_demo.settings import Settings

PHOTOS, EXPLAINED, LOOK = 2000, 200, 0.2
TOP_K = 5


@dataclass
class Run:
    """A finished run: its seconds, and its resident memory at each look with the rows written by then."""

    seconds: float
    memory: list[tuple[int, float]] = field(default_factory=list)

    def held(self, begin: float, end: float) -> list[float]:
        """The memory at the looks while the written rows were this part of all; none when all are written, since the
        process gives back then."""
        last = self.memory[-1][0]
        return [megabytes for rows, megabytes in self.memory if begin * last <= rows < end * last]

    @property
    def growth(self) -> float:
        """The median memory in the last fifth of the rows over that in the second."""
        return statistics.median(self.held(0.8, 1)) / statistics.median(self.held(0.2, 0.4))


def classified(names: Path, out: Path, *more: str, kill_at: int | None = None) -> Run:
    """Run ``classify`` over a list, to its end or until ``kill_at`` rows are written."""
    command = [sys.executable, "-m", "resnet_demo", "classify", "--list", str(names), "--out", str(out), "-q", *more]
    began, run = time.monotonic(), Run(0.0)
    process = subprocess.Popen([*command, "--weights", "tiny-imagenet", "--top-k", str(TOP_K)])
    while process.poll() is None:
        time.sleep(LOOK)
        rows = out.read_bytes().count(b"\n") - 1 if out.exists() else 0
        status = Path(f"/proc/{process.pid}/status")
        if rows > 0 and status.exists() and "VmRSS:" in (text := status.read_text()):
            run.memory.append((rows, int(text.split("VmRSS:")[1].split()[0]) / 1000))
        if kill_at is not None and rows >= kill_at:
            process.kill()
    if process.wait() not in ((0,) if kill_at is None else (0, -9)):
        raise RuntimeError(f"classify ended with {process.returncode}")
    run.seconds = time.monotonic() - began
    return run


def rows(out: Path) -> list[tuple[str, str, str]]:
    """File, rank and label of each row."""
    with out.open(encoding="utf-8", newline="") as file:
        return [(row["file"], row["rank"], row["label"]) for row in csv.DictReader(file)]


def explaining(paths: list[Path], folder: Path, depth: int) -> tuple[float, float]:
    """Seconds of the passes over ``paths`` alone, decoding among them, and of ``explain`` with all of its files; both
    in this process with the network loaded."""
    from resnet_demo.cli import main

    settings = Settings(view_cache=0)
    engine = Engine("cpu", settings=settings)
    list(engine.analyze_many(paths[:8], depth=depth, weights="tiny-imagenet"))
    began = time.perf_counter()
    for _ in engine.analyze_many(paths, depth=depth, weights="tiny-imagenet"):
        pass
    passes = time.perf_counter() - began
    words = ["--weights", "tiny-imagenet", "--depth", str(depth), "--out", str(folder), "-q"]
    began = time.perf_counter()
    with redirect_stdout(io.StringIO()):
        main(["explain", *map(str, paths), *words])
    return passes, time.perf_counter() - began


def main(options: Namespace) -> None:
    """Measure, and write the section ``Batches``."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if options.data is None:
            paths = [folder / f"{number:04}.jpg" for number in range(PHOTOS)]
            for path, data in zip(paths, islice(photos(), PHOTOS), strict=True):
                path.write_bytes(data)
        else:
            paths = evenly(sorted(p for p in options.data.rglob("*") if p.suffix.lower() in ENDINGS), PHOTOS)
        names = folder / "names.txt"
        names.write_text("".join(f"{path}\n" for path in paths), encoding="utf-8")
        plain = classified(names, folder / "plain.csv")
        expected = rows(folder / "plain.csv")
        killed = classified(names, folder / "resumed.csv", kill_at=len(expected) // 2)
        resumed = classified(names, folder / "resumed.csv", "--resume")
        ray = classified(names, folder / "ray.csv", "--ray")
        equal = {each: rows(folder / f"{each}.csv") == expected for each in ("resumed", "ray")}
        few = evenly(paths, EXPLAINED)
        files = {depth: explaining(few, folder / f"explained-{depth}", depth) for depth in (18, 50)}
    count = len(paths)
    seconds = {"plain": plain.seconds, "killed and resumed": killed.seconds + resumed.seconds, "ray": ray.seconds}
    told = [
        ["plain", f"{plain.seconds:.0f} s", f"{count / plain.seconds:.1f}", ""],
        [
            "killed at half, and `--resume`",
            f"{killed.seconds:.0f} + {resumed.seconds:.0f} s",
            f"{count / seconds['killed and resumed']:.1f}",
            "yes" if equal["resumed"] else "no",
        ],
        [
            "`--ray`, on this machine",
            f"{ray.seconds:.0f} s",
            f"{count / ray.seconds:.1f}",
            "yes" if equal["ray"] else "no",
        ],
    ]
    held = plain.held(0.2, 1)
    beside = [
        [f"ResNet-{depth}", f"{passes:.1f} s", f"{whole:.1f} s", f"{whole / passes:.2f}"]
        for depth, (passes, whole) in files.items()
    ]
    where = "photos of a folder" if options.data else "JPEG files of 500 x 375"
    lines = [
        f"`python -m benchmarks batches{' --data FOLDER' if options.data else ''}`. {machine()}. `classify` of "
        f"{count:,} {where} by the bundled ResNet-18, five labels each, to a CSV file.",
        "",
        table(["", "seconds", "photos a second", "the same rows as plain"], told),
        "",
        f"Resident memory of the plain run from a fifth of its rows on: {statistics.median(held):.0f} MB "
        f"({min(held):.0f} to {max(held):.0f}); in the last fifth {plain.growth:.3f} times what it was in the second, "
        "by their medians; the bound is 1.05.",
        "",
        f"`explain` of {len(few)} of them with all of its usual files, beside its passes alone; the bound is 1.5.",
        "",
        table(["", "passes alone", "with files", "times"], beside),
    ]
    write_section("Batches", "\n".join(lines))
    found = {"seconds": seconds, "equal": equal, "memory": plain.memory, "growth": plain.growth, "files": files}
    write_numbers("batches", {"machine": machine(), "photos": count, **found})
