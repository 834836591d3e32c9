"""``classify``: the most probable labels of any number of photos, in the order given, in steady memory."""

from __future__ import annotations

import argparse
import json
import time
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from resnet_demo.cli.console import Bar, Console, put
from resnet_demo.cli.networks import Chosen, open_network
from resnet_demo.cli.photos import Photos, failure, opened
from resnet_demo.errors import InputError
from resnet_demo.export import numerals, tables
from resnet_demo.export.rows import Rows
from resnet_demo.results import Classification, Failed, PhotoInput
from resnet_demo.results.json import to_json


def run(options: argparse.Namespace, console: Console) -> int:
    """Classify and write as the results come; 1 if any photo failed."""
    chosen = open_network(options)
    photos = Photos(options.photos, options.recursive, console, options.lists)
    with ExitStack() as stack:
        rows = None
        if options.out is not None:
            rows = stack.enter_context(Rows(Path(options.out), _asked(chosen, options), options.resume))
        elif options.resume:
            raise InputError("resume-without-out")
        before = rows.done if rows else 0
        bar = stack.enter_context(console.photos(lambda: photos.total, before, scrolls=rows is None))
        answers = _Answers(
            _classified(chosen, (p for p in photos if not (rows and rows.skip(p))), options), console, bar
        )
        if rows is None:
            for piece in _FORMATS[options.format](answers):
                put(piece)
        else:
            for answer in answers:
                rows.add(answer)
    console.note(answers.told(before))
    return 1 if answers.failed or photos.problems else 0


def _asked(chosen: Chosen, options: argparse.Namespace) -> dict[str, Any]:
    """All that the rows depend on."""
    weights = str(options.weights_file or chosen.weights)
    return {
        "depth": chosen.depth,
        "weights": weights,
        "precision": chosen.engine.precision,
        "top_k": options.top_k,
    }


def _classified(chosen: Chosen, names: Iterator[str], options: argparse.Namespace) -> Iterator[Classification | Failed]:
    """The answers in the order of ``names``, each called by its photo's whole path: in folders many share a name."""
    if options.ray is not None:
        from resnet_demo.cli.cluster import classified

        yield from classified(chosen, [*names], options.ray, options.top_k, options.batch_size)
        return
    taken: deque[str] = deque()

    def opening() -> Iterator[PhotoInput]:
        for name in names:
            taken.append(name)
            yield opened(name)

    for answer in chosen.engine.classify(
        opening(), depth=chosen.depth, weights=chosen.weights, top_k=options.top_k, batch_size=options.batch_size
    ):
        yield replace(answer, name=taken.popleft())


class _Answers:
    """The answers as they come, counted; what failed is said, and how a photo was read where that is not plain."""

    def __init__(self, answers: Iterator[Classification | Failed], console: Console, bar: Bar) -> None:
        self._answers, self._console, self._bar = answers, console, bar
        self.done = self.failed = 0
        self._began = time.monotonic()

    def __iter__(self) -> Iterator[Classification | Failed]:
        for answer in self._answers:
            self.done += 1
            if isinstance(answer, Failed):
                self.failed += 1
                self._console.error(failure(answer.name, answer.error))
            else:
                for note in tables.how_read(answer.notes):
                    self._console.note(f"{answer.name}: {note}")
            yield answer
            self._bar.update()

    def told(self, before: int) -> str:
        """How many there were, and how many a second; ``before`` were there already."""
        parts = [f"{self.done:,} photo{'' if self.done == 1 else 's'}"]
        if self.failed:
            parts.append(f"{self.failed:,} of them failed")
        if before:
            parts.append(f"{before:,} more were done before")
        if self.done:
            parts.append(f"{self.done / max(1e-9, time.monotonic() - self._began):.1f} a second")
        return ", ".join(parts)


def _as_table(answers: Iterable[Classification | Failed]) -> Iterator[str]:
    """A line a label: the photo's name beside the first, how probable, and what."""
    for answer in answers:
        if isinstance(answer, Failed):
            yield f"{answer.name:<40}         –  failed\n"
            continue
        for rank, p in enumerate(answer.predictions):
            yield f"{answer.name if rank == 0 else '':<40}  {numerals.probability(p.probability):>8}  {p.label}\n"


def _as_csv(answers: Iterable[Classification | Failed]) -> Iterator[str]:
    yield from tables.csv_lines([tables.TOP_COLUMNS])
    for answer in answers:
        yield "".join(tables.csv_lines(tables.top_rows(answer)))


def _as_json(answers: Iterable[Classification | Failed]) -> Iterator[str]:
    """One array, written as it grows."""
    before = "[\n"
    for answer in answers:
        yield before + _document(answer)
        before = ",\n"
    yield "[]\n" if before == "[\n" else "\n]\n"


def _as_jsonl(answers: Iterable[Classification | Failed]) -> Iterator[str]:
    for answer in answers:
        yield _document(answer) + "\n"


def _document(answer: Classification | Failed) -> str:
    return json.dumps(to_json(answer), ensure_ascii=False, allow_nan=False)


_FORMATS = {"table": _as_table, "csv": _as_csv, "json": _as_json, "jsonl": _as_jsonl}
