"""Results as tables: rows of plain values for CSV files, in which no name can pass for a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from resnet_demo.export import numerals
from resnet_demo.results import KINDS, Analysis, Classification, Failed, Prediction
from resnet_demo.viewer.inline import resources

Answer = Analysis | Classification | Failed
Cell = str | int | float | None

TOP_COLUMNS = ("file", "rank", "label", "wnid", "index", "probability", "logit", "error")
SUMMARY_COLUMNS = ("file", "label", "wnid", "probability", "margin", "second", "error")
STAGE_COLUMNS = (
    "file", "stage", "channels", "rows", "columns",
    "map_min", "map_max", "map_sum", *(f"spearman_{kind}" for kind in KINDS[1:]),
    "activation_min", "activation_max", "activation_mean", "activation_zeros",
    "receptive_field", "receptive_field_step", "receptive_field_start",
)  # fmt: skip


def notes_of(analysis: Analysis, language: str = "en") -> list[str]:
    """How the photo was read, where that is not plain, and whether it may show none of the classes, in sentences."""
    texts, network = resources(language)["texts"], analysis.network
    notes = how_read(analysis.photo.notes, language)
    shares = analysis.as_sure
    if analysis.unfamiliar and shares is not None:
        told = {name: numerals.probability(share) for name, share in shares.items()}
        notes.append(texts["answer.unfamiliar"].format(classes=numerals.count(network.classes), **told))
    return notes


def how_read(notes: Iterable[str], language: str = "en") -> list[str]:
    """``PhotoInfo.notes`` in sentences."""
    texts = resources(language)["texts"]
    return [texts[f"note.{note}"] for note in notes]


def top_rows(answer: Answer) -> Iterator[list[Cell]]:
    """One row a label, most probable first, in ``TOP_COLUMNS``; one row with the error of a photo that failed."""
    if isinstance(answer, Failed):
        yield [answer.name, None, None, None, None, None, None, answer.error.message]
        return
    for rank, p in enumerate(answer.predictions, start=1):
        yield [name_of(answer), rank, p.label, p.wnid, p.index, p.probability, p.logit, None]


def summary_row(answer: Answer) -> list[Cell]:
    """One row a photo, in ``SUMMARY_COLUMNS``: the most probable label, and by how much it leads the second (0..1)."""
    if isinstance(answer, Failed):
        return [answer.name, None, None, None, None, None, answer.error.message]
    first, second = answer.predictions[0], answer.predictions[1] if len(answer.predictions) > 1 else None
    return [
        name_of(answer), first.label, first.wnid, first.probability, margin(answer.predictions),
        None if second is None else second.label, None,
    ]  # fmt: skip


def margin(predictions: Sequence[Prediction]) -> float | None:
    """How much more probable the first label is than the second, in 0..1; None where no second one is known."""
    return predictions[0].probability - predictions[1].probability if len(predictions) > 1 else None


def stage_rows(analysis: Analysis) -> Iterator[list[Cell]]:
    """One row a stage, in ``STAGE_COLUMNS``.

    ``map_*`` are of the signed Grad-CAM map, ``spearman_*`` each other kind's rank correlation with it,
    ``activation_*`` of all activations of the stage; receptive fields are in view pixels.
    """
    for name, maps in analysis.stages.items():
        channels, rows, columns = maps.shape
        cam, stats, field = maps.cam.astype(np.float64), maps.stats, maps.receptive_field
        yield [
            analysis.photo.name, name, channels, rows, columns,
            float(cam.min()), float(cam.max()), float(cam.sum()), *(maps.agreement.get(kind) for kind in KINDS[1:]),
            stats.minimum, stats.maximum, stats.mean, stats.zeros,
            field.size, field.step, field.start,
        ]  # fmt: skip


def name_of(answer: Answer) -> str:
    """What the photo of an answer is called."""
    return answer.photo.name if isinstance(answer, Analysis) else answer.name


def csv_lines(rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    """Rows as lines of CSV (RFC 4180, but for the plain line feed), None as nothing, numbers unrounded."""
    for row in rows:
        line = io.StringIO()
        csv.writer(line, lineterminator="\r\n").writerow([guarded(cell) for cell in row])  # quotes either character
        yield line.getvalue().removesuffix("\r\n") + "\n"


def csv_file(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """A CSV file with a heading. The mark at its start tells spreadsheets that it is UTF-8."""
    return "".join(csv_lines([columns, *rows])).encode("utf-8-sig", errors="backslashreplace")


# Where a spreadsheet may begin a cell, also one that parts them at semicolons or tabs, as those of many languages do,
# and then takes no notice of our quotes. To Chinese and Japanese ones full-width signs are signs too.
_FORMULA = re.compile(r"(^|[;|\t\r\n])(?= *[=+\-@\t\r＝＋－＠])")


def guarded(cell: Cell) -> Cell:
    """A text that a spreadsheet would take for a formula gets an apostrophe in front, as spreadsheets do it."""
    return _FORMULA.sub(r"\1'", cell) if isinstance(cell, str) else cell
