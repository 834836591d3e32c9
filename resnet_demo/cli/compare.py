"""``compare``: one photo through several depths or weights files, side by side."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from resnet_demo.cli.console import Console, put, table
from resnet_demo.cli.networks import open_engine, own_files, require_here, settings_of, weights_name
from resnet_demo.cli.photos import Photos, failure, opened
from resnet_demo.errors import InputError
from resnet_demo.export import numerals, tables
from resnet_demo.export.bundle import json_file
from resnet_demo.export.compared import agreement, comparison_figure
from resnet_demo.export.files import Names, write
from resnet_demo.export.overlays import png
from resnet_demo.labels.classes import find_class
from resnet_demo.results import ClassInfo, Failed
from resnet_demo.results.comparison import Comparison
from resnet_demo.results.json import to_json

if TYPE_CHECKING:
    from resnet_demo.engine.engine import Engine


def run(options: argparse.Namespace, console: Console) -> int:
    """Compare each photo; 1 if any failed."""
    engine = open_engine(settings_of(options))
    networks = _networks(options, engine)
    if options.target is not None:
        _check_known(options.target, [engine.classes(depth, weights) for depth, weights in networks])
    photos, names, failed = Photos(options.photos, options.recursive, console, options.lists), Names(), 0
    with console.photos(lambda: photos.total) as bar:
        for path in photos:
            try:
                found = engine.compare(opened(path), networks, target=options.target, top_k=options.top_k)
            except InputError as error:
                failed += 1
                console.error(failure(path, error))
                if options.json:
                    put(_line(to_json(Failed(os.path.basename(path), error))))
                continue
            if options.out:
                folder = Path(options.out) / names.take(path)
                write(folder / "layer4.png", png(comparison_figure(found)))
                write(folder / "comparison.json", json_file(to_json(found, options.maps)))
            put(_line(to_json(found, options.maps)) if options.json else _as_table(path, found))
            for note in tables.how_read(found.answers[0].analysis.photo.notes):
                console.note(f"{path}: {note}")
            bar.update()
    if options.out:
        console.note(f"Written to {options.out}")
    return 1 if failed or photos.problems else 0


def _networks(options: argparse.Namespace, engine: Engine) -> list[tuple[int, str | Path]]:
    """The networks to compare: each depth, with the weights named for all of them, and each of several files.

    One file alone stands for the weights of its depth. Raises ``InputError`` where there is but one network,
    ``WeightsUnavailable`` where its weights are not here.
    """
    files = own_files(options)
    weights = weights_name(options)
    require_here(options.depths, weights, engine.settings)
    networks: list[tuple[int, str | Path]] = [(depth, weights) for depth in options.depths]
    if len(files) > 1:
        from resnet_demo.weights.checkpoints import outline

        networks += [(outline(file).depth, file) for file in files]
    if len(networks) < 2:
        raise InputError("compare-which")
    return networks


def _check_known(target: str, networks: Sequence[Sequence[ClassInfo]]) -> None:
    """Raise ``InputError`` for a class that none of the networks knows; those that know it explain it."""
    for place, classes in enumerate(networks):
        try:
            find_class(target, classes)
        except InputError:
            if place == len(networks) - 1:
                raise
        else:
            return


def _line(document: dict) -> str:
    return json.dumps(document, ensure_ascii=False, allow_nan=False) + "\n"


def _as_table(path: str, found: Comparison) -> str:
    """A column a network: labels, time, size; then how far every two of them agree."""
    analyses = [answer.analysis for answer in found.answers]
    networks = [a.network for a in analyses]
    alike = len({(n.depth, n.weights) for n in networks}) < len(networks)  # files of one's own, of one depth
    rows: list[list[str]] = [
        ["", *(f"ResNet-{n.depth}" for n in networks)],
        ["weights", *(n.title if alike else n.weights for n in networks)],
    ]
    for rank in range(max(len(a.predictions) for a in analyses)):
        rows.append([str(rank + 1)])
        for a in analyses:
            p = a.predictions[rank] if rank < len(a.predictions) else None
            rows[-1].append("" if p is None else f"{numerals.probability(p.probability):>8}  {p.label}")
    if not found.same_classes and found.shared_classes:
        shared = [answer.shared[0] for answer in found.answers]
        rows.append(["shared", *(f"{numerals.probability(p.probability):>8}  {p.label}" for p in shared)])
    rows += [
        ["map for", *(a.target.label for a in analyses)],
        ["pass", *(numerals.seconds(a.timings["pass"]) for a in analyses)],
        ["parameters", *(numerals.large(n.parameters) for n in networks)],
        [
            "multiply-adds",
            *(f"{numerals.large(n.multiply_adds)} at {n.view_size[0]} x {n.view_size[1]}" for n in networks),
        ],
    ]
    lines = [path, table(rows).rstrip("\n"), agreement(found)]
    for pair in found.pairs:
        depths = " and ".join(f"ResNet-{networks[i].depth}" for i in (pair.first, pair.second))
        common = "" if pair.common is None else f"{pair.common} of the most probable shared labels in common; "
        rho = (
            "no rank correlation"
            if pair.map_agreement is None
            else f"rank correlation {numerals.correlation(pair.map_agreement)}"
        )
        of = "the same class" if pair.same_target else "different classes"
        lines.append(f"{depths}: {common}{rho} of the layer4 maps, which explain {of}.")
    mean, deviation = map(numerals.correlation, found.other_photos)
    lines.append(f"Maps of two different photos reach {mean} ± {deviation}.")
    return "\n".join(lines) + "\n\n"
