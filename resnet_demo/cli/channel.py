"""``channel``: what one channel answers to, as the atlas has it."""

from __future__ import annotations

import argparse
import json
from dataclasses import replace

from resnet_demo.cli.console import Console, put, table
from resnet_demo.cli.networks import open_network
from resnet_demo.errors import InputError
from resnet_demo.export import numerals
from resnet_demo.page.examples import collection, collection_told
from resnet_demo.results import Atlas, Channel, Patch, Patches
from resnet_demo.results.json import to_json


def run(options: argparse.Namespace, console: Console) -> int:
    """Tell of the channel that was named. Raises ``InputError`` for one that the stage does not have."""
    from resnet_demo.engine.laboratory import Laboratory

    chosen = open_network(options)
    stage, number = options.channel
    laboratory = Laboratory(chosen.engine)
    found = laboratory.run(Atlas, None, chosen.depth, chosen.weights)
    if number >= found.widths[stage]:
        raise InputError("channel-unknown", unit=stage, given=number, last=found.widths[stage] - 1)
    if options.patches and found.patches is None:
        with console.work("patches") as progress:
            cut = laboratory.run(
                Patches,
                [*collection().values()],
                chosen.depth,
                chosen.weights,
                files=[*collection()],
                progress=progress,
            )
        found = replace(found, patches=cut)
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
    if told.patches:
        rows.append(("patches", "cut from photos that come with the program; activation, share of the largest"))
        rows += [_patch_row(each) for each in told.patches]
    return table(rows, right=())


def _patch_row(patch: Patch) -> tuple[object, ...]:
    box = patch.box
    title = collection_told()[patch.photo]["title"]["en"] if patch.photo in collection_told() else patch.photo
    place = f"x {box.left} to {box.right}, y {box.top} to {box.bottom} px"
    return title, f"{numerals.value(patch.value)}, {numerals.probability(patch.relative)}, {place}"
