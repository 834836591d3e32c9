"""``explain``: each photo's pictures, tables and JSON in a folder of its own, and one report on all of them."""

from __future__ import annotations

import argparse
import json
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from resnet_demo.cli.console import Console, put
from resnet_demo.cli.networks import Chosen, open_network
from resnet_demo.cli.photos import Photos, failure
from resnet_demo.engine.questions import find_classes
from resnet_demo.errors import InputError
from resnet_demo.export import Look, numerals, tables
from resnet_demo.export.bundle import files_of
from resnet_demo.export.files import Names, replacing, write
from resnet_demo.export.report import Report
from resnet_demo.photos.read import read_photo
from resnet_demo.results import Analysis, AnalysisRequest, ClassInfo, Failed
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
    photos = Photos(options.photos, options.recursive, console)
    out = _folder(options)
    failed = 0
    with ExitStack() as stack:
        save = stack.enter_context(_Folder(out, options, look)) if out else None
        bar = stack.enter_context(console.photos(photos.total))
        original = options.size == "original" and "png" in options.formats
        for path, answers in _answers(chosen, photos, targets, options):
            first, photo = answers[0], None
            if save is not None and original and isinstance(first, Analysis):
                try:
                    photo = read_photo(path, settings=chosen.engine.settings).pixels
                except InputError as error:  # it was there a moment ago
                    first = Failed(first.photo.name, error)
                    answers = [first]
            if isinstance(first, Failed):
                failed += 1
                console.error(failure(path, first.error))
            if save is not None:
                save.add(answers, photo)
            if options.json:
                for answer in answers:
                    put(json.dumps(to_json(answer, options.maps), ensure_ascii=False, allow_nan=False) + "\n")
            elif isinstance(first, Analysis):
                put(_line(first))
            if isinstance(first, Analysis):
                for note in tables.notes_of(first):
                    console.note(f"{path}: {note}")
            bar.update()
    if out:
        console.note(f"Written to {out}")
    return 1 if failed or photos.problems else 0


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
    chosen: Chosen, photos: Photos, targets: Sequence[int | None], options: argparse.Namespace
) -> Iterator[tuple[str, list[Analysis | Failed]]]:
    """Each photo's path and its answers: one a class, or why the photo has none.

    Raises ``InputError`` for a layer that there is not, or for layers and a kind of map that holds for stages alone.
    """
    from resnet_demo.engine.laboratory import Laboratory

    paths: deque[str] = deque()

    def requests() -> Iterator[AnalysisRequest]:
        for path in photos:
            paths.append(path)
            for target in targets:
                yield AnalysisRequest(
                    photo=path,
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
            found = [laboratory.with_layers(answer, path, options.layers, options.kind) for answer in found]
        if options.html:
            found = [laboratory.with_ledger(answer, path) for answer in found]
        if options.occlude:
            found = [laboratory.with_occlusion(answer, path) for answer in found]
        yield path, [*found]


def _line(analysis: Analysis) -> str:
    best = analysis.predictions[0]
    return f"{analysis.photo.name:<40}  {numerals.probability(best.probability):>8}  {best.label}\n"


class _Folder:
    """The folder of a run: a folder a photo, in it one a class where there are several, ``summary.csv``, with ``html``
    a report; each file whole or not there."""

    def __init__(self, out: Path, options: argparse.Namespace, look: dict[str, Any]) -> None:
        self._out, self._html, self._look = out, options.html, look
        self._files = {"maps": options.maps, "formats": options.formats}
        self._names, self._stack = Names(), ExitStack()
        self._summary: list[list[tables.Cell]] = []
        self._report: Report | None = None

    def __enter__(self) -> _Folder:
        with ExitStack() as stack:
            if self._html:
                file = stack.enter_context(replacing(self._out / "report.html"))
                self._report = stack.enter_context(Report(file, **self._look))
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *error: Any) -> None:
        if error[0] is None:
            write(self._out / "summary.csv", tables.csv_file(tables.SUMMARY_COLUMNS, self._summary))
        self._stack.__exit__(*error)

    def add(self, answers: Sequence[Analysis | Failed], photo: np.ndarray | None) -> None:
        """Write all files of one photo's answers; with the upright ``photo`` the overlays are drawn on that."""
        folder, classes = self._out / self._names.take(tables.name_of(answers[0])), Names()
        for answer in answers:
            part = folder
            if len(answers) > 1 and isinstance(answer, Analysis):
                part = folder / classes.take(answer.target.label)
            for name, data in files_of(answer, photo=photo, **self._files, **self._look):
                write(part / name, data)
            if self._report is not None:
                self._report.add(answer)
        self._summary.append(tables.summary_row(answers[0]))
