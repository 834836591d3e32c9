"""What freezing gains: the network as it is drawn against the one that is made to be run, on the same views, in turn.

Weights are random: time does not depend on them. ``the pass`` is what an answer takes of the network, forward and back
to the stem through Captum; ``forward`` is what a label takes. Without oneDNN's private operations the frozen network is
what another release of PyTorch that lacks them would run.
"""

from __future__ import annotations

import copy
import statistics
from argparse import Namespace
from collections.abc import Callable
from functools import partial
from unittest.mock import patch

import torch
from torch import Tensor, nn

from benchmarks.report import table, write_numbers, write_section
from benchmarks.subjects import in_turn, machine, share
from resnet_demo.engine.device import PRECISIONS
from resnet_demo.engine.loaded import size_of
from resnet_demo.maps.grad_cam import StageGradCam
from resnet_demo.network.frozen import network as frozen
from resnet_demo.network.resnet import ResNet, resnet

CPU = torch.device("cpu")
SIZE = 224
DRAWN, FROZEN, PUBLIC = "drawn", "frozen", "frozen, without oneDNN's private operations"
BASE = f"the pass, {DRAWN}, float32"


def forms(network: ResNet, dtype: torch.dtype) -> dict[str, ResNet | frozen.FrozenNetwork]:
    """What is compared, in one precision: none shares its weights with another."""
    with patch.object(frozen, "packs", lambda *_: False):
        public = frozen.FrozenNetwork(network, CPU, dtype)
    return {
        DRAWN: copy.deepcopy(network).to(dtype).to(memory_format=torch.channels_last),
        FROZEN: frozen.FrozenNetwork(network, CPU, dtype),
        PUBLIC: public,
    }


def work(network: ResNet, batch: int) -> dict[str, Callable[[object], object]]:
    """Every form in both precisions: the pass of an answer, and forward alone."""
    x = torch.randn(batch, 3, SIZE, SIZE).to(memory_format=torch.channels_last)
    found: dict[str, Callable[[object], object]] = {}
    for name in ("float32", "bfloat16"):
        views = x.to(PRECISIONS[name])
        for form, made in forms(network, views.dtype).items():
            found[f"the pass, {form}, {name}"] = partial(_pass, made, views)
            found[f"forward, {form}, {name}"] = partial(_forward, made, views)
    return dict(sorted(found.items(), key=lambda row: row[0].startswith("forward")))


def _pass(network: ResNet | frozen.FrozenNetwork, x: Tensor, _: object) -> None:
    StageGradCam(network).gather(x)


def _forward(network: nn.Module, x: Tensor, _: object) -> None:
    with torch.inference_mode():
        network(x)


def main(options: Namespace) -> None:
    """Measure two depths and two batches and write the section ``Frozen``."""
    found, sizes = {}, []
    for depth in (18, 50):
        network = resnet(depth).eval().requires_grad_(False)
        drawn, made = (size_of(each) / 1e6 for each in (network, frozen.FrozenNetwork(network, CPU, torch.float32)))
        sizes.append(f"ResNet-{depth} {drawn:.0f} MB drawn and {made:.0f} MB frozen")
        for batch in (1, 8):
            found[f"ResNet-{depth}, {batch}"] = in_turn(work(network, batch), options.rounds, lambda: None)
    milliseconds = [f"{1e3 * statistics.median(seconds[BASE]):.0f} ms" for seconds in found.values()]
    names = next(iter(found.values()))
    rows = [[name, *(share(seconds[name], seconds[BASE]) for seconds in found.values())] for name in names]
    lines = [
        f"`python -m benchmarks frozen --rounds {options.rounds}`. {machine()}.",
        "The network as it is drawn (`network/resnet.py`, channels last) against the one that is made to be run "
        "(`network/frozen/`), in turn; median (least to most), a share of the first row's median. Weights in float32: "
        + ", ".join(sizes)
        + ", laid out for the way forward and for the way back; a server that runs no study keeps the latter alone."
        " Wide ranges are other work on the same cores.",
        "",
        table(["", *found], [[f"{BASE}, median", *milliseconds], *rows]),
    ]
    write_section("Frozen", "\n".join(lines))
    write_numbers("frozen", {"machine": machine(), "seconds": found})
