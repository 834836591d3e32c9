"""``stimuli``: what the channels of each stage are tuned to, beside the same network with random weights."""

from __future__ import annotations

import argparse
import json

from resnet_demo.cli.console import Console, put, table
from resnet_demo.cli.networks import open_network
from resnet_demo.export import numerals
from resnet_demo.page.examples import texture_photos
from resnet_demo.results import Tuning
from resnet_demo.results.json import to_json


def run(options: argparse.Namespace, console: Console) -> int:
    """Show the pictures of the bench to one network."""
    from resnet_demo.engine.laboratory import Laboratory

    chosen = open_network(options)
    with console.work("stimuli") as progress:
        found = Laboratory(chosen.engine).run(
            Tuning, [*texture_photos()], chosen.depth, chosen.weights, progress=progress
        )
    as_json = to_json(found, images=False, derived=True)
    put(json.dumps(as_json, ensure_ascii=False, allow_nan=False) + "\n" if options.json else _as_table(found))
    return 0


def _as_table(found: Tuning) -> str:
    first, *_ = found.stages.values()
    rows: list[tuple[object, ...]] = [("tuned to", *found.stages)]
    for name in first.indices:
        rows.append((name, *(_share(each.shares[name], each.null_shares.get(name)) for each in found.stages.values())))
    told = (
        "Shares of each stage's channels, in brackets of the same network with random weights. Tuned: three times as "
        "strong an answer; invariant to place, size or turn: half the variance is due to the object. Classes are told "
        "of where the weights come with class profiles.\n"
    )
    return f"ResNet-{found.depth}, {found.weights}\n" + table(rows, right=(1, 2, 3, 4, 5)) + told


def _share(share: float, null: float | None) -> str:
    return f"{numerals.probability(share)} ({'–' if null is None else numerals.probability(null)})"
