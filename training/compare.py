"""How several networks answer the same labelled photos: ``python -m training.compare --data DIR --split val --weights
FILE --weights FILE …``.

A row a network: how often it is right, how far its probabilities are from that, and how often its first answer is that
of the network in the row above, whether right or not.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from resnet_demo.settings import Settings
from training.answers import Answers, ask
from training.bundled import engine_of
from training.command import told


@dataclass(frozen=True)
class Line:
    """One network of the table; ``agreement`` with the one before, a fraction, None for the first."""

    depth: int
    photos: int
    top1: float
    error: float
    top5: float
    calibration_error: float
    agreement: float | None


def lines(found: Sequence[tuple[int, Answers]]) -> list[Line]:
    """The table, from depths and their answers to the same photos in the same order.

    ``error`` is one standard error of top-1: sqrt(p (1 - p) / photos).
    """
    table: list[Line] = []
    before = None
    for depth, answers in found:
        top1, photos = answers.top(1), len(answers.labels)
        first = answers.logits.argmax(1)
        same = None if before is None else (first == before).double().mean().item()
        error = (top1 * (1 - top1) / photos) ** 0.5
        table.append(Line(depth, photos, top1, error, answers.top(5), answers.calibration_error(), same))
        before = first
    return table


def as_markdown(table: Sequence[Line]) -> str:
    """The table for a readme or a note."""
    rows = ["| depth | photos | top-1 | top-5 | calibration error | same first answer as above |", "|" + "---|" * 6]
    for line in table:
        same = "" if line.agreement is None else f"{line.agreement:.3f}"
        cells = [
            f"{line.depth}",
            f"{line.photos:,}",
            f"{line.top1:.3f} ± {line.error:.3f}",
            f"{line.top5:.3f}",
            f"{line.calibration_error:.3f}",
            same,
        ]
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


@told
def main(arguments: Sequence[str] | None = None) -> int:
    """Exit codes: 0 measured, 2 wrong usage or input."""
    p = argparse.ArgumentParser(prog="python -m training.compare", description=__doc__.split(":")[0])
    p.add_argument("--data", type=Path, required=True, help="folder with the split: a folder of photos a class")
    p.add_argument("--split", default="val", help="folder inside --data (default: %(default)s)")
    p.add_argument("--weights", type=Path, action="append", required=True, help="a file, its card beside it")
    args = p.parse_args(arguments)
    found = []
    for file in args.weights:
        engine, depth, name = engine_of(file, Settings.from_environment())
        with tqdm(desc=f"ResNet-{depth}", unit="photo", disable=None) as bar:
            answers = ask(engine, depth, name, args.data, args.split, lambda done, _: bar.update(done - bar.n))
        found.append((depth, answers))
    print(as_markdown(lines(found)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
