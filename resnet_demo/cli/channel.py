"""``channel``: what one channel answers to, as the atlas has it."""

from __future__ import annotations

import argparse
import json

from resnet_demo.cli.console import Console, put, table
from resnet_demo.cli.networks import open_network
from resnet_demo.errors import InputError
from resnet_demo.export import numerals
from resnet_demo.results import Atlas, Channel
from resnet_demo.results.json import to_json


def run(options: argparse.Namespace, console: Console) -> int:
    """Tell of the channel that was named. Raises ``InputError`` for one that the stage does not have."""
    from resnet_demo.engine.laboratory import Laboratory

    chosen = open_network(options)
    stage, number = options.channel
    found = Laboratory(chosen.engine).run(Atlas, None, chosen.depth, chosen.weights)
    if number >= found.widths[stage]:
        raise InputError("channel-unknown", unit=stage, given=number, last=found.widths[stage] - 1)
    told = found.channel(stage, number)
    put(json.dumps(to_json(told), ensure_ascii=False, allow_nan=False) + "\n" if options.json else _as_text(told))
    return 0


def _as_text(told: Channel) -> str:
    rows: list[tuple[object, ...]] = [(f"{told.stage}.{told.channel}", "")]
    if told.filter is not None:
        kernel = told.filter
        stripes = f"{kernel.orientation:.0f} degrees, {1 / kernel.frequency:.1f} px" if kernel.frequency else "none"
        rows += [("stripes", stripes), ("colour", numerals.probability(kernel.colour))]
    if told.selectivity is None:
        rows.append(("classes", "these weights come without profiles"))
    else:
        rows += [
            ("answers to", told.kind or "nothing in common"),
            ("selectivity", numerals.probability(told.selectivity)),
        ]
        rows += [(each.label, numerals.value(each.mean)) for each in told.best]
    return table(rows, right=())
