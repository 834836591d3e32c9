"""``explain``: each photo's pictures, tables and JSON in a folder of its own, and one report on all of them."""

from __future__ import annotations

import argparse
import json
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack
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
from resnet_demo.results import Analysis, AnalysisRequest, Failed
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
    chosen = open_network(options, console)
    # What would make every photo fail for the same reason is refused before the first.
    find_classes(options.target, options.contrast, chosen.engine.classes(chosen.depth, chosen.weights))
    photos = Photos(options.photos, options.recursive, console)
    out = _folder(options)
    failed = 0
    with ExitStack() as stack:
        save = stack.enter_context(_Folder(out, options, look)) if out else None
        bar = stack.enter_context(console.photos(photos.total))
        original = options.size == "original" and "png" in options.formats
        for path, answer in _answers(chosen, photos, options):
            photo = None
            if save is not None and original and isinstance(answer, Analysis):
                try:
                    photo = read_photo(path, settings=chosen.engine.settings).pixels
                except InputError as error:  # it was there a moment ago
                    answer = Failed(answer.photo.name, error)
            if isinstance(answer, Failed):
                failed += 1
                console.error(failure(path, answer.error))
            if save is not None:
                save.add(answer, photo)
            if options.json:
                put(json.dumps(to_json(answer, options.maps), ensure_ascii=False, allow_nan=False) + "\n")
            elif isinstance(answer, Analysis):
                put(_line(answer))
            bar.update()
    if out:
        console.note(f"Written to {out}")
    return 1 if failed or photos.problems else 0


def _folder(options: argparse.Namespace) -> Path | None:
    """Where files go; with ``--json`` alone there are none."""
    if options.out is None and options.json and not options.html:
        return None
    return Path(options.out or DEFAULT_OUT)


def _answers(chosen: Chosen, photos: Photos, options: argparse.Namespace) -> Iterator[tuple[str, Analysis | Failed]]:
    """Each photo's path and its answer."""
    paths: deque[str] = deque()

    def requests() -> Iterator[AnalysisRequest]:
        for path in photos:
            paths.append(path)
            yield AnalysisRequest(
                photo=path,
                depth=chosen.depth,
                weights=chosen.weights,
                target=options.target,
                contrast=options.contrast,
                stages=options.stages,
                top_k=options.top_k,
                channels=options.channels,
                ranked_by=options.ranked_by,
            )

    for answer in chosen.engine.analyze_many(requests()):
        yield paths.popleft(), answer


def _line(analysis: Analysis) -> str:
    best = analysis.predictions[0]
    return f"{analysis.photo.name:<40}  {numerals.probability(best.probability):>8}  {best.label}\n"


class _Folder:
    """The folder of a run: a folder a photo, ``summary.csv``, with ``html`` a report; each file whole or not there."""

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

    def add(self, answer: Analysis | Failed, photo: np.ndarray | None) -> None:
        """Write all files of one answer; with the upright ``photo`` the overlays are drawn on that."""
        folder = self._out / self._names.take(tables.name_of(answer))
        for name, data in files_of(answer, photo=photo, **self._files, **self._look):
            write(folder / name, data)
        self._summary.append(tables.summary_row(answer))
        if self._report is not None:
            self._report.add(answer)
