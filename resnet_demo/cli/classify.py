"""``classify``: the most probable labels of any number of photos, in the order given, in steady memory."""

from __future__ import annotations

import argparse
import json
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace

from resnet_demo.cli.console import Console, put
from resnet_demo.cli.networks import open_network
from resnet_demo.cli.photos import Photos, failure
from resnet_demo.export import numerals, tables
from resnet_demo.results import Classification, Failed
from resnet_demo.results.json import to_json


def run(options: argparse.Namespace, console: Console) -> int:
    """Classify and write as the results come; 1 if any photo failed."""
    chosen = open_network(options)
    photos = Photos(options.photos, options.recursive, console)
    done = failed = 0
    paths: deque[str] = deque()

    def taken() -> Iterator[str]:
        for path in photos:
            paths.append(path)
            yield path

    def answers() -> Iterator[Classification | Failed]:
        nonlocal done, failed
        found = chosen.engine.classify(
            taken(), depth=chosen.depth, weights=chosen.weights, top_k=options.top_k, batch_size=options.batch_size
        )
        with console.photos(photos.total) as bar:
            for answer in found:
                # A photo goes by its whole path here: in folders many share a name.
                answer = replace(answer, name=paths.popleft())
                done += 1
                if isinstance(answer, Failed):
                    failed += 1
                    console.error(failure(answer.name, answer.error))
                yield answer
                bar.update()

    for piece in _FORMATS[options.format](answers()):
        put(piece)
    console.note(f"{done:,} photo{'' if done == 1 else 's'}" + (f", {failed:,} of them failed" if failed else ""))
    return 1 if failed or photos.problems else 0


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
