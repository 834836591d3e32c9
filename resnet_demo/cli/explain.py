"""``explain``: each photo's pictures, tables and JSON in a folder of its own, and one report on all of them."""

from __future__ import annotations

import argparse
import json
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import Any

from resnet_demo.cli.console import Console, put
from resnet_demo.cli.explained import Folder
from resnet_demo.cli.networks import Chosen, open_network
from resnet_demo.cli.photos import Photos, failure, opened
from resnet_demo.engine.questions import find_classes
from resnet_demo.errors import InputError
from resnet_demo.export import Look, numerals, tables
from resnet_demo.page.examples import texture_photos
from resnet_demo.photos.read import read_photo
from resnet_demo.results import Analysis, AnalysisRequest, Atlas, ClassInfo, Failed, Tuning
from resnet_demo.results.json import to_json

DEFAULT_OUT = "explained"
_LOOK = ("kind", "signed", "colour_map", "opacity", "smooth", "shared")


def run(options: argparse.Namespace, console: Console) -> int:
    """Explain, write, and say in a line a photo what was seen; 1 if any photo failed."""
    look = {name: getattr(options, name) for name in _LOOK}
    if Look(**look).uneven:  # a value that can't be used is refused before any work
        console.note(
            f"{options.colour_map} is not even: its lightness rises and falls, so that it shows edges where a map has "
            "none and misleads the colour-blind. viridis, magma and cividis do not."
        )
    chosen = open_network(options)
    # What would make every photo fail for the same reason is refused before the first.
    targets = _targets(options, chosen.engine.classes(chosen.depth, chosen.weights))
    photos = Photos(options.photos, options.recursive, console, options.lists)
    out = _folder(options)
    if options.resume and out is None:
        raise InputError("resume-without-out")
    formats = tuple(name for name in options.formats if not (options.no_images and name == "png"))
    failed = 0
    with ExitStack() as stack:
        save = None
        if out is not None:
            files = {"maps": options.maps, "formats": formats, "images": not options.no_images}
            asked = _asked(chosen, options, targets) | files
            save = stack.enter_context(
                Folder(
                    out,
                    asked,
                    options.resume,
                    files,
                    look,
                    options.html,
                    sections=len(targets),
                    findings=_findings(chosen, options, console) if options.html else (),
                )
            )
        bar = stack.enter_context(console.photos(lambda: photos.total, save.done if save else 0))
        original = options.size == "original" and "png" in formats
        names = (path for path in photos if not (save and save.skip(path)))
        for path, answers in _answers(chosen, names, targets, options):
            first, photo = answers[0], None
            if save is not None and original and isinstance(first, Analysis):
                try:
                    photo = read_photo(opened(path), settings=chosen.engine.settings).pixels
                except InputError as error:  # it was there a moment ago
                    first = Failed(first.photo.name, error)
                    answers = [first]
            if isinstance(first, Failed):
                failed += 1
                console.error(failure(path, first.error))
            if save is not None:
                save.add(path, answers, photo)
            if options.json:
                for answer in answers:
                    document = to_json(answer, options.maps, images=not options.no_images)
                    put(json.dumps(document, ensure_ascii=False, allow_nan=False) + "\n")
            elif isinstance(first, Analysis):
                put(_line(first))
            if isinstance(first, Analysis):
                for note in tables.notes_of(first):
                    console.note(f"{path}: {note}")
            bar.update()
    if out:
        console.note(f"Written to {out}")
    return 1 if failed or photos.problems else 0


def _findings(chosen: Chosen, options: argparse.Namespace, console: Console) -> list[Atlas | Tuning]:
    """What the report tells of the network: what its channels answer to, and on request what they are tuned to."""
    from resnet_demo.engine.laboratory import Laboratory

    laboratory = Laboratory(chosen.engine)
    found: list[Atlas | Tuning] = [laboratory.run(Atlas, None, chosen.depth, chosen.weights)]
    if options.stimuli:
        with console.work("stimuli") as progress:
            of = (chosen.depth, chosen.weights)
            found.append(laboratory.run(Tuning, [*texture_photos()], *of, progress=progress))
    return found


def _asked(chosen: Chosen, options: argparse.Namespace, targets: Sequence[int | None]) -> dict[str, Any]:
    """All that the files of a photo depend on."""
    same = ("contrast", "occlude", "stages", "layers", "top_k", "channels", "ranked_by", "size", *_LOOK)
    weights = str(options.weights_file or chosen.weights)
    made_by = {"depth": chosen.depth, "weights": weights, "precision": chosen.engine.precision, "classes": targets}
    return made_by | {name: getattr(options, name) for name in same}


def _folder(options: argparse.Namespace) -> Path | None:
    """Where files go; with ``--json`` alone there are none."""
    if options.out is None and options.json and not options.html:
        return None
    return Path(options.out or DEFAULT_OUT)


def _targets(options: argparse.Namespace, classes: Sequence[ClassInfo]) -> list[int | None]:
    """The classes to explain, each once and by its index; one None for each photo's most probable.

    Raises ``InputError`` for a class that there is not, or that is its own contrast.
    """
    if not options.targets:
        find_classes(None, options.contrast, classes)
        return [None]
    found = [find_classes(target, options.contrast, classes)[0] for target in options.targets]
    return list(dict.fromkeys(each.index for each in found if each is not None))


def _answers(
    chosen: Chosen, names: Iterable[str], targets: Sequence[int | None], options: argparse.Namespace
) -> Iterator[tuple[str, list[Analysis | Failed]]]:
    """Each photo's path and its answers: one a class, or why the photo has none.

    Raises ``InputError`` for a layer that there is not, or for layers and a kind of map that holds for stages alone.
    """
    from resnet_demo.engine.laboratory import Laboratory

    paths: deque[str] = deque()

    def requests() -> Iterator[AnalysisRequest]:
        for path in names:
            paths.append(path)
            for target in targets:
                yield AnalysisRequest(
                    photo=opened(path),
                    depth=chosen.depth,
                    weights=chosen.weights,
                    target=target,
                    contrast=options.contrast,
                    stages=options.stages,
                    top_k=options.top_k,
                    channels=options.channels,
                    ranked_by=options.ranked_by,
                )

    answers, laboratory = chosen.engine.analyze_many(requests()), Laboratory(chosen.engine)
    while of_one := list(islice(answers, len(targets))):
        path = paths.popleft()
        if failed := [answer for answer in of_one if isinstance(answer, Failed)]:
            yield path, [failed[0]]
            continue
        found = [answer for answer in of_one if isinstance(answer, Analysis)]
        if options.layers:
            found = [laboratory.with_layers(answer, opened(path), options.layers, options.kind) for answer in found]
        if options.html:
            found = [laboratory.with_ledger(answer, opened(path)) for answer in found]
        if options.occlude:
            found = [laboratory.with_occlusion(answer, opened(path)) for answer in found]
        yield path, [*found]


def _line(analysis: Analysis) -> str:
    best = analysis.predictions[0]
    return f"{analysis.photo.name:<40}  {numerals.probability(best.probability):>8}  {best.label}\n"
