"""``classify`` over a folder: throughput against decoding and the plain batched forward, and bfloat16 beside float32.

What the cores allow is the time of decoding all photos in as many threads as there are cores, added to that of the
plain forward of all batches, since both use the same cores. ``--data`` names a folder with validation photos anywhere
below it, for the agreement of the two precisions; photos are taken from it evenly in the order of their names.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from argparse import Namespace
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any

import torch

from benchmarks.report import table, write_numbers, write_section
from benchmarks.subjects import in_turn, machine, photos, random_weights, tensor
from resnet_demo.engine.engine import Engine
from resnet_demo.results import Classification
from resnet_demo.settings import Settings

PHOTOS, BATCH, AGREED = 128, 32, 1000
ENDINGS = (".jpeg", ".jpg", ".png")


def evenly(paths: list[Path], most: int) -> list[Path]:
    """At most ``most`` of ``paths``, at equal distances in their order: of folders of equal size, as many of each."""
    return [paths[i * len(paths) // most] for i in range(most)] if len(paths) > most else paths


def labels(engine: Engine, depth: int, paths: list[Path], weights: str = "auto") -> list[int]:
    """The most probable class of each photo. Raises ``RuntimeError`` where one can't be classified."""
    found = []
    for answer in engine.classify(paths, depth=depth, weights=weights, top_k=1, batch_size=BATCH):
        if not isinstance(answer, Classification):
            raise RuntimeError(str(answer.error))
        found.append(answer.predictions[0].index)
    return found


def throughput(depth: int, rounds: int) -> dict[str, list[float]]:
    """Seconds for all photos, by what does it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        model: Any = random_weights(depth, folder)
        engines = {each: Engine("cpu", each, Settings(weights_dir=folder)) for each in ("float32", "bfloat16")}
        paths = [folder / f"{i:03}.jpg" for i in range(PHOTOS)]
        for path, data in zip(paths, islice(photos(), PHOTOS), strict=True):
            path.write_bytes(data)
        x = tensor(engines["float32"], depth, [path.read_bytes() for path in paths[:BATCH]])

        def bound(_: object) -> None:
            with ThreadPoolExecutor(torch.get_num_threads()) as pool:
                list(pool.map(lambda path: tensor(engines["float32"], depth, [path.read_bytes()]), paths))
            with torch.inference_mode():
                for _batch in range(PHOTOS // BATCH):
                    model(x)

        work: dict[str, Callable[[Any], object]] = {"decoding and the plain forward": bound}
        for precision, engine in engines.items():
            work[f"classify, {precision}"] = lambda _, engine=engine: labels(engine, depth, paths)
        return in_turn(work, rounds, lambda: None)


def agreement(data: Path) -> tuple[int, float]:
    """Of how many photos of ``data`` the bundled network names the same first label in both precisions: their number
    and the share."""
    every = sorted(path for path in data.rglob("*") if path.suffix.lower() in ENDINGS)
    if not every:
        raise FileNotFoundError(f"no photos in {data}")
    paths = evenly(every, AGREED)
    one, other = (labels(Engine("cpu", each), 18, paths, "tiny-imagenet") for each in ("float32", "bfloat16"))
    return len(paths), sum(a == b for a, b in zip(one, other, strict=True)) / len(paths)


def main(options: Namespace) -> None:
    """Measure both, and write the section ``Folders``."""
    rows, found = [], {}
    for depth in (18, 50):
        seconds = found[f"ResNet-{depth}"] = throughput(depth, min(options.rounds, 3))
        base = statistics.median(seconds["decoding and the plain forward"])
        for name, each in seconds.items():
            middle = statistics.median(each)
            rows.append([f"ResNet-{depth}, {name}", f"{PHOTOS / middle:.1f}", f"{100 * base / middle:.0f} %"])
    text = (
        f"`python -m benchmarks folders --rounds {options.rounds} [--data FOLDER]`. {machine()}. {PHOTOS} JPEG files "
        f"of 500 x 375, batches of {BATCH}, in turn. What decoding and the plain batched forward allow together is "
        "100 %; the bound for `classify` in float32 is 90 %.\n\n"
    )
    text += table(["", "photos a second", "of what the cores allow"], rows)
    if options.data is not None:
        began = time.perf_counter()
        number, share = agreement(options.data)
        print(f"agreement of {number} photos: {time.perf_counter() - began:.0f} s", flush=True)
        text += (
            f"\n\nOn {number:,} validation photos, taken evenly, the bundled ResNet-18 names the same first label in "
            f"bfloat16 as in float32 for {100 * share:.1f} %."
        )
        found["agreement"] = {"photos": number, "share": share}
    write_section("Folders", text)
    write_numbers("folders", found)
