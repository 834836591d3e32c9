"""``ledger``: which stage wrote the answer, unit by unit, and beside it what is lost without each block."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterator, Sequence

from resnet_demo.cli.console import Console, put, table
from resnet_demo.cli.networks import Chosen, open_network
from resnet_demo.cli.photos import Photos, failure, opened
from resnet_demo.engine.questions import find_classes
from resnet_demo.errors import InputError
from resnet_demo.export import numerals
from resnet_demo.photos.names import name_of
from resnet_demo.results import ClassInfo, Failed, Ledger
from resnet_demo.results.json import to_json
from resnet_demo.results.ledger import ledger_profile


def run(options: argparse.Namespace, console: Console) -> int:
    """The ledger of each photo, and of several the mean and the spread; 1 if any photo failed."""
    chosen = open_network(options)
    classes = chosen.engine.classes(chosen.depth, chosen.weights)
    find_classes(options.target, options.contrast, classes)
    photos, found, failed = Photos(options.photos, options.recursive, console, options.lists), [], 0
    for path, ledger in _ledgers(chosen, photos, options, console):
        if isinstance(ledger, InputError):
            failed += 1
            console.error(failure(path, ledger))
        else:
            found.append(ledger)
        if options.json:
            document = (
                to_json(Failed(os.path.basename(path), ledger))
                if isinstance(ledger, InputError)
                else {"photo": name_of(path)} | to_json(ledger, options.maps, derived=True)
            )
            put(json.dumps(document, ensure_ascii=False, allow_nan=False) + "\n")
        elif isinstance(ledger, Ledger):
            put(_as_table(path, ledger, classes))
    if len(found) > 1 and not options.json:
        put(_summary(found))
    return 1 if failed or photos.problems else 0


def _ledgers(
    chosen: Chosen, photos: Photos, options: argparse.Namespace, console: Console
) -> Iterator[tuple[str, Ledger | InputError]]:
    from resnet_demo.engine.laboratory import Laboratory

    laboratory = Laboratory(chosen.engine)
    for path in photos:
        try:
            with console.work("ledger") as progress:
                yield (
                    path,
                    laboratory.run(
                        Ledger,
                        opened(path),
                        chosen.depth,
                        chosen.weights,
                        options.target,
                        contrast=options.contrast,
                        lesions=True,
                        progress=progress,
                    ),
                )
        except InputError as error:
            yield path, error


def _as_table(path: str, found: Ledger, classes: Sequence[ClassInfo]) -> str:
    """Each entry, the sum so far, and what the logit loses without the block; then what each stage wrote."""
    so_far = 0.0
    rows: list[tuple[object, ...]] = [("", "wrote", "so far", "lost without")]
    for entry in found.contributions:
        so_far += entry.value
        total = "" if entry.total is None else _signed(entry.total)
        rows.append((entry.name, _signed(entry.value), numerals.value(so_far), total))
    asked = classes[found.target].label
    if found.contrast is not None:
        asked += f" rather than {classes[found.contrast].label}"
    stages = ", ".join(f"{stage} {_signed(value)}" for stage, value in found.stages.items())
    return (
        f"{path}: logit of {asked} {numerals.value(found.logit)}\n"
        + table(rows, right=(1, 2, 3))
        + f"by stage: {stages}\n\n"
    )


def _summary(found: Sequence[Ledger]) -> str:
    profile = ledger_profile(found)
    rows = [("", "mean", "spread")] + [
        (stage, _signed(mean), numerals.value(profile.stage_spreads[stage]))
        for stage, mean in profile.stage_means.items()
    ]
    return f"{len(found)} photos, each for its own class:\n" + table(rows, right=(1, 2))


def _signed(value: float) -> str:
    """With its sign, so that what speaks for the class is told from what speaks against it."""
    return f"+{numerals.value(value)}" if value > 0 else numerals.value(value)
