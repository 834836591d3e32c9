"""What the lesion board costs: every single lesion of a network against its plain forward.

Weights are random: time does not depend on them. Beside the quotient of the times stands that of the multiply-adds:
large batches run faster than that, and a busy machine makes the plain forward look slower than it is.
"""

from __future__ import annotations

import statistics
from argparse import Namespace
from collections.abc import Callable

import torch

from benchmarks.report import table, write_numbers, write_section
from benchmarks.subjects import in_turn, machine, share
from resnet_demo.network.resnet import resnet
from resnet_demo.results import DEPTHS, ClassInfo
from resnet_demo.studies.architecture import described
from resnet_demo.studies.lesions import single_lesions
from resnet_demo.weights.cards import Card, Transform

SIZE, CLASSES = 224, 1000
PLAIN, LESIONS = "plain forward", "all single lesions"


def work(depth: int) -> dict[str, Callable[[object], object]]:
    """The two that are compared, on the same network and the same made view."""
    network = resnet(depth, CLASSES).eval().requires_grad_(False).to(memory_format=torch.channels_last)
    x = torch.randn(1, 3, SIZE, SIZE).to(memory_format=torch.channels_last)
    card = _card(depth)

    def plain(_: object) -> None:
        with torch.inference_mode():
            network(x)

    return {PLAIN: plain, LESIONS: lambda _: single_lesions(network, x, None, card)}


def arithmetic(depth: int) -> float:
    """Multiply-adds of all single lesions over those of a forward: the block that is i-th works on i rows."""
    network = described(depth, (SIZE, SIZE), CLASSES)
    stem, *blocks, head = (unit.multiply_adds for unit in network.units)
    lesions = stem + sum(rows * block for rows, block in enumerate(blocks, 1)) + (len(blocks) + 1) * head
    return lesions / network.multiply_adds


def _card(depth: int) -> Card:
    return Card(
        name="random",
        title="random weights",
        depth=depth,
        classes=tuple(ClassInfo(index, None, f"class {index}") for index in range(CLASSES)),
        transform=Transform(SIZE, SIZE, "bilinear", (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)),
        temperature=1.0,
        top1=None,
        top5=None,
        measured_on=None,
        parameters=0,
        sha256=None,
        size_bytes=0,
        source="",
        licence="",
        made_by="",
    )


def main(options: Namespace) -> None:
    """Measure every depth and write the section ``Lesions``."""
    found = {depth: in_turn(work(depth), options.rounds, lambda: None) for depth in DEPTHS}
    rows = [
        [
            f"ResNet-{depth}",
            f"{1e3 * statistics.median(times[PLAIN]):.0f} ms",
            f"{statistics.median(times[LESIONS]):.2f} s",
            share(times[LESIONS], times[PLAIN]),
            f"{arithmetic(depth):.1f}",
        ]
        for depth, times in found.items()
    ]
    lines = [
        f"`python -m benchmarks lesions --rounds {options.rounds}`. {machine()}.",
        "Each block without its branch, one after the other, against one plain forward of the same network, in turn; "
        f"one photo of {SIZE} pixels, medians, in brackets the range.",
        "",
        table(["", PLAIN, LESIONS, "in plain forwards", "in its multiply-adds"], rows),
    ]
    write_section("Lesions", "\n".join(lines))
    write_numbers("lesions", found)
