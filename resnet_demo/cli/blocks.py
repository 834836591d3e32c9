"""``blocks``: what each residual block adds to its shortcut, and what is lost without it."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from functools import partial

from resnet_demo.cli.console import Console, put, table
from resnet_demo.cli.networks import open_network
from resnet_demo.cli.photos import Photos, failure, opened
from resnet_demo.errors import InputError
from resnet_demo.export import numerals
from resnet_demo.labels.classes import find_class
from resnet_demo.results import BlockMaps, Blocks, Lesion, LesionBoard, ResidualProfile
from resnet_demo.results.json import to_json


def run(options: argparse.Namespace, console: Console) -> int:
    """Profile the blocks over all photos and cut each block for each photo; 1 if any photo failed, 2 if all did."""
    from resnet_demo.engine.laboratory import Laboratory

    chosen = open_network(options)
    engine, depth, weights = chosen.engine, chosen.depth, chosen.weights
    network = engine.drawn(depth, weights)
    if options.target is not None:
        find_class(options.target, network.card.classes)
    photos, names, good, failed = Photos(options.photos, options.recursive, console, options.lists), [], [], 0
    for path in photos:
        try:
            names.append(engine.view(opened(path), network).photo.name)
            good.append(path)
        except InputError as error:
            failed += 1
            console.error(failure(path, error))
    if not good:
        raise InputError("no-photos")
    laboratory = Laboratory(engine)
    with console.work("profile") as progress:
        profile = laboratory.run(ResidualProfile, [*map(opened, good)], depth, weights, progress=progress)
    boards = []
    for path in good:
        with console.work("lesions") as progress:
            boards.append(laboratory.run(LesionBoard, opened(path), depth, weights, options.target, progress=progress))
    maps = []
    kinds = [*dict.fromkeys(options.kinds)]
    for path in good if kinds else ():
        ask = partial(laboratory.run, BlockMaps, opened(path), depth, weights, options.target)
        maps.append(tuple(ask(block=block.name, kind=kind) for kind in kinds for block in profile.blocks))
    found = Blocks(engine.network_info(depth, weights), tuple(names), profile.blocks, tuple(boards), tuple(maps))
    as_json = options.json or kinds
    put(json.dumps(to_json(found), ensure_ascii=False, allow_nan=False) + "\n" if as_json else _as_table(found))
    return 1 if failed or photos.problems else 0


def _as_table(found: Blocks) -> str:
    rows: list[tuple[object, ...]] = [
        ("block", "shortcut", "|F| / |shortcut|", "cosine", "zeros", "class without F", "first label changes")
    ]
    cut: dict[str, list[Lesion]] = {block.name: [] for block in found.profile}
    for board in found.lesions:
        for lesion in board.lesions:
            cut[lesion.blocks[0]].append(lesion)
    for block in found.profile:
        rows.append(
            (
                block.name,
                "projection" if block.projection else "identity",
                _number(block.ratio),
                _number(block.cosine),
                numerals.probability(block.zero_share),
                _change(cut[block.name]),
                f"{sum(map(_relabelled, cut[block.name]))} of {len(cut[block.name])}",
            )
        )
    photos = ", ".join(found.photos)
    network = f"ResNet-{found.network.depth}, {found.network.title}"
    told = (
        "Means over the photos. Without F: the change of the explained class's probability, in percentage points, when "
        "the block hands on its shortcut alone.\n"
    )
    return f"{network}: {photos}\n" + table(rows, right=(2, 3, 4, 5, 6)) + told


def _number(value: float | None) -> str:
    return "–" if value is None else numerals.value(value)


def _change(lesions: Sequence[Lesion]) -> str:
    known = [lesion.probability_change for lesion in lesions if lesion.probability_change is not None]
    return numerals.points(sum(known) / len(known)) if known else "–"


def _relabelled(lesion: Lesion) -> bool:
    before, after = lesion.before.predictions, lesion.after.predictions
    return not after or before[0].index != after[0].index
