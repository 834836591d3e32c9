"""How time and peak memory grow with the batch, the size of the input and the depth; a plot of each."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

import matplotlib

matplotlib.use("svg")
from matplotlib import pyplot as plt  # noqa: E402

from benchmarks.memory import PLAIN, WHOLE, alone  # noqa: E402
from benchmarks.report import table, write_numbers, write_section  # noqa: E402
from benchmarks.subjects import machine  # noqa: E402

PLOTS = Path(__file__).parents[1] / "docs" / "benchmarks"
START = {"depth": 18, "batch": 1, "size": 224}
ALONG = {"batch": (1, 2, 4, 8, 16, 32), "size": (128, 224, 320, 416, 512), "depth": (18, 34, 50, 101, 152)}
TITLES = {"batch": "photos in a batch", "size": "side of the view in pixels", "depth": "depth of the network"}
NAMES = {WHOLE: "the whole job, all five stages", PLAIN: "plain forward of torchvision's model"}

Found = dict[str, dict[str, list[dict[str, float]]]]
"""By axis and by what was measured, a value for each point of ``ALONG``."""


def plot(axis: str, found: dict[str, list[dict[str, float]]], folder: Path) -> None:
    """Time and memory beside each other, from zero, as an SVG of the axis's name."""
    figure, sides = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    for side, key, unit, factor in zip(
        sides, ("seconds", "megabytes"), ("milliseconds", "MB beyond the loaded network"), (1e3, 1), strict=True
    ):
        for what, style in ((WHOLE, "o-"), (PLAIN, "s--")):
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
        head = [TITLES[axis], "whole job", "plain forward", "whole job, peak", "plain forward, peak"]
        parts += [table(head, rows), "", f"![{TITLES[axis]}](../docs/benchmarks/{axis}.svg)", ""]
    return "\n".join(parts)


def main(options: Namespace) -> None:
    """Measure each point in a process of its own, draw, and write the section ``Growth``."""
    found: Found = {
        axis: {what: [alone(what, rounds=options.rounds, **(START | {axis: v})) for v in values] for what in NAMES}
        for axis, values in ALONG.items()
    }
    for axis, by_what in found.items():
        plot(axis, by_what, PLOTS)
    text = (
        f"`python -m benchmarks growth --rounds {options.rounds}`. {machine()}. ResNet-18, one photo, 224 pixels, but "
        "for what the first column says; float32. Medians; peak memory is that of the first pass in a fresh process, "
        "beyond the loaded network.\n\n"
    )
    write_section("Growth", text + section(found))
    write_numbers("growth", found)
