"""``weights``: what there is, what is on this machine; fetching and checking."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from resnet_demo.cli.console import Console, put, table
from resnet_demo.cli.networks import own_files, settings_of
from resnet_demo.errors import InputError, ResNetDemoError
from resnet_demo.export import numerals
from resnet_demo.results import DEPTHS, WeightsChoice
from resnet_demo.settings import Settings
from resnet_demo.weights import checkpoints, choices, hub, hub_download
from resnet_demo.weights import own_files as own_files_of


def run(options: argparse.Namespace, console: Console) -> int:
    """List, download or verify; 3 where a file that is here turns out to be damaged."""
    settings = settings_of(options)
    if options.action == "check":
        return _check([*map(Path, options.paths), *own_files(options)], settings, console)
    if options.paths:
        raise InputError("weights-takes-no-file", action=options.action)
    if options.action == "download":
        return _download(options, settings, console)
    rows = [c for depth in ([options.depth] if options.depth else DEPTHS) for c in choices.choices(depth, settings)]
    if options.weights != "auto":
        rows = [c for c in rows if c.name == options.weights]
    if options.action == "verify":
        return _verify(rows, settings, console)
    for file, why in own_files_of.passed_over(settings.weights_dir):
        console.note(f"{file}: passed over, as {why}")
    return _list(rows, options.json)


def _list(rows: list[WeightsChoice], as_json: bool) -> int:
    if as_json:
        put(json.dumps([asdict(c) for c in rows], ensure_ascii=False, indent=1) + "\n")
        return 0
    first = _taken_by_auto(rows)
    lines: list[tuple[object, ...]] = [("depth", "weights", "", "size", "classes", "top-1", "")]
    for c in rows:
        here = (
            "here, auto takes it"
            if c in first
            else "here"
            if c.available
            else "to download"
            if c.downloadable
            else "not here"
        )
        top1 = None if c.top1 is None else numerals.probability(c.top1)
        size = numerals.size(c.size_bytes) if c.size_bytes else None
        classes = None if c.classes is None else numerals.count(c.classes)
        lines.append((c.depth, c.name, here, size, classes, top1, c.measured_on or c.title))
    put(table(lines, right=(0, 3, 4, 5)))
    return 0


def _taken_by_auto(rows: Iterable[WeightsChoice]) -> list[WeightsChoice]:
    """Of each depth the first that is on this machine."""
    first: dict[int, WeightsChoice] = {}
    for c in rows:
        if c.available:
            first.setdefault(c.depth, c)
    return list(first.values())


def _download(options: argparse.Namespace, settings: Settings, console: Console) -> int:
    if hub.is_named(options.weights):
        path = hub_download.fetch(options.weights, settings)
        card, _ = hub.of_name(options.weights, settings)
        console.note(f"{card.name} is here, a ResNet-{card.depth}, its hash checked and pinned: {path}")
        return 0
    if options.depth is None:
        raise InputError("depth-missing", depths=", ".join(map(str, DEPTHS)))
    choice = _named(options.depth, options.weights, settings)
    with console.download(f"ResNet-{choice.depth} {choice.name} ({numerals.size(choice.size_bytes)})") as progress:
        path = choices.download(choice.depth, choice.name, settings=settings, progress=progress)
    console.note(f"{choice.name} for ResNet-{choice.depth} is here, its hash checked: {path}")
    return 0


def _named(depth: int, name: str, settings: Settings) -> WeightsChoice:
    """The choice to download: for ``auto`` torchvision's first. A name that there is not is refused by the download."""
    name = "imagenet1k-v1" if name == "auto" else name
    for choice in choices.choices(depth, settings):
        if choice.name == name:
            return choice
    choices.resolve(depth, name, settings)
    raise AssertionError(f"{name} resolves, but is no choice")


def _check(paths: list[Path], settings: Settings, console: Console) -> int:
    """What each file holds, what was unwrapped, and that it loads; of a folder, what is taken from it as well."""
    paths = paths or [path for path in (settings.weights_file, settings.weights_dir) if path is not None]
    if not paths:
        raise InputError("weights-check-what")
    damaged = 0
    for path in paths:
        files = [path]
        if path.is_dir():
            files = [file for depth in DEPTHS if (file := own_files_of.find(depth, Settings(weights_dir=path)))]
            for file, why in own_files_of.passed_over(path):
                put(f"{file.name}: passed over, as {why}\n")
        for file in files:
            try:
                put(_found(file, settings))
            except ResNetDemoError as error:
                damaged += 1
                console.error(error.message)
    return 3 if damaged else 0


def _found(file: Path, settings: Settings) -> str:
    """Raises what loading raises."""
    outline = checkpoints.outline(file)
    card = choices.load(outline.depth, file, settings=settings).card
    view = f"{card.transform.crop} x {card.transform.crop} of {card.transform.resize}"
    rows = [
        f"ResNet-{outline.depth}, {card.parameters:,} parameters, usable",
        card.title,
        f"classes: {', '.join(c.label for c in card.classes[:4])}{', …' if len(card.classes) > 4 else ''}",
        f"view: {view}{', grey' if card.transform.grey else ''}; probabilities: {card.activation}",
        *own_files_of.notes(file, settings),
    ]
    return f"{file}\n" + "".join(f"  {row}\n" for row in rows)


def _verify(rows: Iterable[WeightsChoice], settings: Settings, console: Console) -> int:
    damaged = 0
    for c in rows:
        if not c.available and c.name != "file":
            continue
        try:
            path = choices.verify(c.depth, c.name, settings)
        except ResNetDemoError as error:
            damaged += 1
            console.error(f"ResNet-{c.depth} {c.name}: {error.message}")
        else:
            put(f"ResNet-{c.depth} {c.name}: whole and usable ({path})\n")
    return 3 if damaged else 0
