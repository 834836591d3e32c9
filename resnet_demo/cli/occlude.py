"""``occlude``: what the answer loses when a patch covers each part of the photo in turn."""

from __future__ import annotations

import argparse
import json
import os

import numpy as np

from resnet_demo.cli.console import Console, put
from resnet_demo.cli.networks import open_network
from resnet_demo.cli.photos import Photos, failure, opened
from resnet_demo.engine.questions import find_classes
from resnet_demo.errors import InputError
from resnet_demo.export import numerals
from resnet_demo.photos.names import name_of
from resnet_demo.results import Failed, Occlusion
from resnet_demo.results.json import to_json


def run(options: argparse.Namespace, console: Console) -> int:
    """The map of each photo; 1 if any photo failed."""
    from resnet_demo.engine.laboratory import Laboratory

    chosen = open_network(options)
    classes = chosen.engine.classes(chosen.depth, chosen.weights)
    find_classes(options.target, options.contrast, classes)
    photos = Photos(options.photos, options.recursive, console, options.lists)
    laboratory, failed = Laboratory(chosen.engine), 0
    for path in photos:
        try:
            with console.work("occlusion") as progress:
                found = laboratory.run(
                    Occlusion,
                    opened(path),
                    chosen.depth,
                    chosen.weights,
                    options.target,
                    contrast=options.contrast,
                    progress=progress,
                    fill=options.fill,
                    places=options.places,
                )
        except InputError as error:
            failed += 1
            console.error(failure(path, error))
            if options.json:
                put(_line(to_json(Failed(os.path.basename(path), error))))
            continue
        if options.json:
            put(_line({"photo": name_of(path)} | to_json(found, options.maps, derived=True)))
        else:
            put(_as_table(path, found, classes[found.target].label))
    return 1 if failed or photos.problems else 0


def _line(document: dict) -> str:
    return json.dumps(document, ensure_ascii=False, allow_nan=False) + "\n"


def _as_table(path: str, found: Occlusion, label: str) -> str:
    """The drop at every place as it lies in the view, and the place that costs most."""
    rows = "".join("  ".join(f"{drop:6.2f}" for drop in row) + "\n" for row in found.drops).replace("-", "−")
    row, column = np.unravel_index(int(found.drops.argmax()), found.drops.shape)
    return (
        f"{path}: what the logit of {label} ({numerals.value(found.logit)}) loses under a {found.fill} patch of "
        f"{found.side} pixels\n{rows}"
        f"most in row {row + 1}, column {column + 1}: {numerals.value(float(found.drops[row, column]))}, probability "
        f"{numerals.probability(float(found.probabilities[row, column]))} in place of "
        f"{numerals.probability(found.probability)}\n\n"
    )
