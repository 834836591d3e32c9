"""Everything of some answers at once: the files of each photo, and a zip of them with a table and a report of all."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np

from resnet_demo.export import tables
from resnet_demo.export.arrays import npz_file
from resnet_demo.export.figures import figure_png
from resnet_demo.export.files import USUAL, Names, encoded, replacing
from resnet_demo.export.overlays import overlay_png
from resnet_demo.export.report import Report
from resnet_demo.export.sheets import sheet_png
from resnet_demo.results import Analysis, Atlas, Failed, Tuning
from resnet_demo.results.json import Maps, to_json

_ALWAYS = (1980, 1, 1, 0, 0, 0)  # a zip's earliest date: the same answers give the same bytes


def files_of(
    answer: Analysis | Failed,
    maps: Maps = "base64",
    formats: Collection[str] = USUAL,
    photo: np.ndarray | None = None,
    images: bool = True,
    **look: Any,
) -> Iterator[tuple[str, bytes]]:
    """What is saved of one answer, as names and bytes: JSON; and of an analysis its pictures, tables and arrays.

    ``formats`` are some of ``FORMATS``; of an answer that failed there is JSON alone. ``maps`` says how it writes
    arrays; without ``images`` it holds no pictures. ``look`` are fields of ``Look`` for the figure and the overlays,
    which are drawn on ``photo`` where it is given (``overlay``). Raises ``InputError`` for a picture of an analysis
    without the view.
    """
    if "json" in formats:
        yield "result.json", json_file(to_json(answer, maps, images))
    if isinstance(answer, Failed):
        return
    if "png" in formats:
        yield "figure.png", figure_png(answer, **look)
        for stage, found in answer.stages.items():
            yield f"overlay-{stage}.png", overlay_png(answer, stage, photo, **look)
            if len(found.channel_ids):
                yield f"feature-maps-{stage}.png", sheet_png(answer, stage)
        for layer in answer.layers:
            yield f"overlay-{layer}.png", overlay_png(answer, layer, photo, **look)
    if "csv" in formats:
        yield "labels.csv", tables.csv_file(tables.TOP_COLUMNS, tables.top_rows(answer))
        yield "stages.csv", tables.csv_file(tables.STAGE_COLUMNS, tables.stage_rows(answer))
    if "npz" in formats:
        yield "arrays.npz", npz_file(answer)


def json_file(document: Any) -> bytes:
    """A document as the bytes of a JSON file, in UTF-8."""
    return encoded(json.dumps(document, ensure_ascii=False, allow_nan=False) + "\n")


def write_bundle(path: Path, answers: Iterable[Analysis | Failed], language: str = "en", **look: Any) -> None:
    """A zip at ``path``: a folder a photo with ``files_of`` it, ``summary.csv`` and ``report.html`` of all.

    Each answer is written as it comes and then let go. ``language`` is the report's. Raises ``InputError`` as
    ``files_of``, and where ``path`` can't be written; nothing is left there then.
    """
    with replacing(Path(path)) as file:
        fill_bundle(file, answers, language, **look)


def fill_bundle(
    file: IO[bytes],
    answers: Iterable[Analysis | Failed],
    language: str = "en",
    findings: Sequence[Atlas | Tuning] = (),
    **look: Any,
) -> None:
    """The zip of ``write_bundle``, into an open file; ``findings`` are told of in its report."""
    names, summary, report = Names(), [], io.BytesIO()
    with zipfile.ZipFile(file, "w") as bundle:
        with Report(report, language, findings, **look) as pages:
            for answer in answers:
                folder = names.take(tables.name_of(answer))
                for name, data in files_of(answer, **look):
                    _put(bundle, f"{folder}/{name}", data)
                summary.append(tables.summary_row(answer))
                pages.add(answer)
        _put(bundle, "summary.csv", tables.csv_file(tables.SUMMARY_COLUMNS, summary))
        _put(bundle, "report.html", report.getvalue())


def _put(bundle: zipfile.ZipFile, name: str, data: bytes) -> None:
    entry = zipfile.ZipInfo(name, _ALWAYS)
    entry.external_attr = 0o644 << 16
    entry.compress_type = zipfile.ZIP_STORED if name.endswith(".png") else zipfile.ZIP_DEFLATED
    bundle.writestr(entry, data)
