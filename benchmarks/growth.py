"""How time and peak memory grow with the batch, the size of the input, the depth and the threads, and how long visitors
wait who come at once; a plot of each.

Visitors are threads that ask the engine for one new photo after another, each in its turn, as the page's server does
for them; what the page adds is measured by ``python -m benchmarks.page``.
"""

from __future__ import annotations

import os
import statistics
import threading
import time
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

import matplotlib

matplotlib.use("svg")
from matplotlib import pyplot as plt  # noqa: E402

from benchmarks.memory import DRAWN, PLAIN, WHOLE, alone  # noqa: E402
from benchmarks.report import table, write_numbers, write_section  # noqa: E402
from benchmarks.subjects import machine, photos  # noqa: E402
from resnet_demo.engine.engine import Engine  # noqa: E402
from resnet_demo.engine.turns import Waiting  # noqa: E402
from resnet_demo.results import AnalysisRequest  # noqa: E402
from resnet_demo.settings import Settings  # noqa: E402

PLOTS = Path(__file__).parents[1] / "docs" / "benchmarks"
START = {"depth": 18, "batch": 1, "size": 224, "threads": 0}
ALONG = {
    "batch": (1, 2, 4, 8, 16, 32),
    "size": (128, 224, 320, 416, 512),
    "depth": (18, 34, 50, 101, 152),
    "threads": tuple(range(1, 1 + min(2, os.cpu_count() or 1))),
}
TITLES = {
    "batch": "photos in a batch",
    "size": "side of the view in pixels",
    "depth": "depth of the network",
    "threads": "threads of a pass",
}
NAMES = {
    WHOLE: "the whole job, all five stages",
    DRAWN: "the same by the network as it is drawn",
    PLAIN: "plain forward of torchvision's model",
}
VISITORS, ASKED = (1, 2, 4, 8, 16), 6
"""At once, and photos that each of them asks for."""

Found = dict[str, dict[str, list[dict[str, float]]]]
"""By axis and by what was measured, a value for each point of ``ALONG``."""


def plot(axis: str, found: dict[str, list[dict[str, float]]], folder: Path) -> None:
    """Time and memory beside each other, from zero, as an SVG of the axis's name."""
    figure, sides = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    for side, key, unit, factor in zip(
        sides, ("seconds", "megabytes"), ("milliseconds", "MB beyond the loaded network"), (1e3, 1), strict=True
    ):
        for what, style in ((WHOLE, "o-"), (DRAWN, "^:"), (PLAIN, "s--")):
            side.plot(ALONG[axis], [factor * each[key] for each in found[what]], style, label=NAMES[what])
        side.set(xlabel=TITLES[axis], ylabel=unit, ylim=(0, None), xticks=ALONG[axis])
        side.grid(alpha=0.3)
    sides[0].legend()
    folder.mkdir(parents=True, exist_ok=True)
    figure.savefig(folder / f"{axis}.svg", metadata={"Date": None})
    plt.close(figure)


def section(found: Found) -> str:
    """A table and a plot for each axis."""
    parts = []
    for axis, by_what in found.items():
        rows = [
            [str(value), *(f"{1e3 * by_what[what][i]['seconds']:.0f} ms" for what in NAMES)]
            + [f"{by_what[what][i]['megabytes']:.0f} MB" for what in NAMES]
            for i, value in enumerate(ALONG[axis])
        ]
        short = ("whole job", "as it is drawn", "plain forward")
        head = [TITLES[axis], *short, *(f"{name}, peak" for name in short)]
        parts += [table(head, rows), "", f"![{TITLES[axis]}](../docs/benchmarks/{axis}.svg)", ""]
    return "\n".join(parts)


def visited(engine: Engine, visitors: int, new: Iterator[bytes]) -> dict[str, float]:
    """Median seconds that one of ``visitors`` waits for an answer, the longest, and answers a second of all."""
    given = [[next(new) for _ in range(ASKED)] for _ in range(visitors)]
    waits: list[float] = []

    def visit(number: int) -> None:
        for data in given[number]:
            began = time.perf_counter()
            engine.run(AnalysisRequest(data), Waiting(visitor=number))
            waits.append(time.perf_counter() - began)

    threads = [threading.Thread(target=visit, args=(number,)) for number in range(visitors)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rate = len(waits) / (time.perf_counter() - began)
    return {"seconds": statistics.median(waits), "longest": max(waits), "rate": rate}


def plot_visitors(found: list[dict[str, float]], folder: Path) -> None:
    """Waits and answers a second beside each other, from zero."""
    figure, sides = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    sides[0].plot(VISITORS, [1e3 * each["seconds"] for each in found], "o-", label="median")
    sides[0].plot(VISITORS, [1e3 * each["longest"] for each in found], "^:", label="longest")
    sides[1].plot(VISITORS, [each["rate"] for each in found], "o-")
    for side, unit in zip(sides, ("milliseconds until an answer", "answers a second"), strict=True):
        side.set(xlabel="visitors at once", ylabel=unit, ylim=(0, None), xticks=VISITORS)
        side.grid(alpha=0.3)
    sides[0].legend()
    folder.mkdir(parents=True, exist_ok=True)
    figure.savefig(folder / "visitors.svg", metadata={"Date": None})
    plt.close(figure)


def of_visitors(found: list[dict[str, float]]) -> str:
    """A table and the plot."""
    rows = [
        [str(n), f"{1e3 * each['seconds']:.0f} ms", f"{1e3 * each['longest']:.0f} ms", f"{each['rate']:.1f}"]
        for n, each in zip(VISITORS, found, strict=True)
    ]
    head = ["visitors at once", "an answer, median", "longest", "answers a second"]
    return table(head, rows) + "\n\n![visitors at once](../docs/benchmarks/visitors.svg)\n"


def main(options: Namespace) -> None:
    """Measure each point in a process of its own, draw, and write the section ``Growth``."""
    found: Found = {
        axis: {what: [alone(what, rounds=options.rounds, **(START | {axis: v})) for v in values] for what in NAMES}
        for axis, values in ALONG.items()
    }
    for axis, by_what in found.items():
        plot(axis, by_what, PLOTS)
    engine, new = Engine("cpu", settings=Settings()), photos()
    visited(engine, 1, new)
    visitors = [visited(engine, number, new) for number in VISITORS]
    plot_visitors(visitors, PLOTS)
    text = (
        f"`python -m benchmarks growth --rounds {options.rounds}`. {machine()}. ResNet-18, one photo, 224 pixels, but "
        "for what the first column says; float32. Medians; peak memory is that of the first pass in a fresh process, "
        "beyond the loaded network.\n\n"
    )
    write_section("Growth", text + section(found) + "\n" + of_visitors(visitors))
    write_numbers("growth", found | {"visitors": visitors})
