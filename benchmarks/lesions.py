"""What the lesion board costs: every single lesion of a network against its plain forward, on this machine.

``python -m benchmarks.lesions [--depth 50] [--size 224] [--rounds 7]``. Weights are random: time does not depend on
them. The rounds alternate between the two, so that a machine that is busy for a while slows both; medians are printed,
and the quotient of each round's two times. Beside it stands the quotient of their multiply-adds: large batches run
faster than that, and a busy machine makes the plain forward look slower than it is.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

import torch

from resnet_demo.cards import Card, Transform
from resnet_demo.model import resnet
from resnet_demo.results import DEPTHS, ClassInfo
from resnet_demo.studies.architecture import described
from resnet_demo.studies.lesions import single_lesions

CLASSES = 1000


def measure(depth: int, size: int, rounds: int) -> None:
    """Print the median seconds of a plain forward and of all single lesions, and the median quotient with its range."""
    network = resnet(depth, CLASSES).eval().requires_grad_(False).to(memory_format=torch.channels_last)
    x = torch.randn(1, 3, size, size).to(memory_format=torch.channels_last)
    card = _card(depth, size)

    def plain() -> None:
        with torch.inference_mode():
            network(x)

    def lesions() -> None:
        single_lesions(network, x, None, card)

    plain(), lesions()  # the first run of each pays for memory and for choosing kernels
    pairs = [(_seconds(plain), _seconds(lesions)) for _ in range(rounds)]
    one, all_of_them = (statistics.median(column) for column in zip(*pairs, strict=True))
    quotients = [lesion / forward for forward, lesion in pairs]
    print(
        f"ResNet-{depth}, {size} px, {torch.get_num_threads()} threads, {rounds} rounds: "
        f"plain forward {one:.3f} s, all single lesions {all_of_them:.3f} s, "
        f"{statistics.median(quotients):.1f} forwards ({min(quotients):.1f} to {max(quotients):.1f}); "
        f"in multiply-adds {_arithmetic(depth, size):.1f}"
    )


def _arithmetic(depth: int, size: int) -> float:
    """Multiply-adds of all single lesions over those of a forward: the block that is i-th works on i rows."""
    network = described(depth, (size, size), CLASSES)
    stem, *blocks, head = (unit.multiply_adds for unit in network.units)
    lesions = stem + sum(rows * block for rows, block in enumerate(blocks, 1)) + (len(blocks) + 1) * head
    return lesions / network.multiply_adds


def _seconds(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _card(depth: int, size: int) -> Card:
    return Card(
        name="random",
        title="random weights",
        depth=depth,
        classes=tuple(ClassInfo(index, None, f"class {index}") for index in range(CLASSES)),
        transform=Transform(size, size, "bilinear", (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)),
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


def main() -> None:
    """Measure the depths that the command line names."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.lesions", description=__doc__.split(":")[0])
    parser.add_argument("--depth", type=int, nargs="+", choices=DEPTHS, default=[50], help="default: 50")
    parser.add_argument("--size", type=int, default=224, help="side of the view in pixels (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=7, help="default: %(default)s")
    arguments = parser.parse_args()
    for depth in arguments.depth:
        measure(depth, arguments.size, arguments.rounds)


if __name__ == "__main__":
    main()
