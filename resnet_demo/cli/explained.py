"""The folder that ``explain`` writes: a folder a photo, ``summary.csv`` and the report kept current, and what a later
run needs to go on with it.

Files are made by threads beside the next passes: drawing and compressing leave Python's lock for the most part. A photo
stands in the summary once all of its files are there, so that whoever goes on makes none twice and lacks none.
"""

from __future__ import annotations

import csv
import io
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import takewhile
from pathlib import Path
from typing import IO, Any

import numpy as np

from resnet_demo.engine.device import usable_cores
from resnet_demo.export import tables
from resnet_demo.export.bundle import files_of
from resnet_demo.export.files import Names, encoded, replacing, write
from resnet_demo.export.report import Report, Section
from resnet_demo.export.rows import Errors, agree, appended, put, remember
from resnet_demo.results import Analysis, Atlas, Failed, Tuning

COLUMNS = (*tables.SUMMARY_COLUMNS, "folder", "path")
GROWN = 1.1
"""The report is written anew when it holds so many times the photos that it held: all writing together stays a small
multiple of its length."""

Answers = Sequence[Analysis | Failed]


class Folder:
    """``with Folder(out, …) as folder: folder.add(path, answers)``, in the order of the photos.

    ``asked`` is all that the files depend on, in JSON's types. With ``resume`` what is in ``out`` is gone on with;
    ``sections`` is how many answers a photo has, ``findings`` what the report tells of the network. Each file is
    whole or not there. Raises ``InputError`` where a file can't be written, and for a folder that was asked otherwise.
    """

    def __init__(
        self,
        out: Path,
        asked: Mapping[str, Any],
        resume: bool,
        files: Mapping[str, Any],
        look: Mapping[str, Any],
        html: bool,
        sections: int,
        findings: Sequence[Atlas | Tuning] = (),
    ) -> None:
        self._out, self._asked, self._files, self._look = out, asked, files, look
        resume = resume and (out / "summary.csv").is_file()
        if resume:
            agree(out / "run.json", asked)
        self._rows = self._done_before() if resume else []
        self._report = Report(None, findings=findings, **look) if html else None
        if self._report is not None:
            taken = self._report.take_up(out / "report.html", sections) if resume else 0
            self._rows = self._rows[:taken]
        self._names, self._done = Names(), Counter[str]()
        for row in self._rows:
            self._names.taken(row["folder"])
            self._done[row["path"]] += 1
        self.done = len(self._rows)
        """How many photos were done before."""
        self._written = self._reported = self.done
        self._summary: IO[bytes] | None = None
        self._errors = Errors(out / "errors.jsonl")
        self._cores = usable_cores()
        self._pool = ThreadPoolExecutor(self._cores, thread_name_prefix="files")
        self._begun: deque[tuple[list[tables.Cell], Future[list[Section]]]] = deque()

    def _begin(self) -> IO[bytes]:
        """The summary, open to be added to; the folder is touched when the first photo is there and not before."""
        if self._summary is None:
            remember(self._out / "run.json", self._asked)
            rows = ([row[name] or None for name in COLUMNS] for row in self._rows)
            write(self._out / "summary.csv", tables.csv_file(COLUMNS, rows))
            self._summary = appended(self._out / "summary.csv")
        return self._summary

    def _done_before(self) -> list[dict[str, str]]:
        """The rows of the summary of photos that did not fail and whose folder is there; one cut short is left out."""
        try:
            text = (self._out / "summary.csv").read_text(encoding="utf-8-sig", errors="replace")
        except FileNotFoundError:
            return []
        rows = csv.DictReader(io.StringIO(text[: text.rfind("\n") + 1]))
        good = (row for row in rows if None not in row.values() and not row["error"])
        return [*takewhile(lambda row: (self._out / row["folder"]).is_dir(), good)]

    def __enter__(self) -> Folder:
        return self

    def __exit__(self, *error: Any) -> None:
        # Interrupted, what has been begun is finished: it would have to be made again.
        self._pool.shutdown(wait=True, cancel_futures=error[0] is not None)
        try:
            self._take_in(0)
            if error[0] is None:
                self._begin()
            if self._summary is not None:
                self._write_report()
        finally:
            self._errors.close()
            if self._summary is not None:
                self._summary.close()

    def skip(self, path: str) -> bool:
        """Whether the photo at ``path`` was done before: once for each time that it was."""
        path = _text(path)
        if not self._done[path]:
            return False
        self._done[path] -= 1
        return True

    def add(self, path: str, answers: Answers, photo: np.ndarray | None = None) -> None:
        """Have all files of one photo's answers written; with the upright ``photo`` overlays are drawn on that."""
        self._begin()
        folder = self._names.take(tables.name_of(answers[0]))
        row = [*tables.summary_row(answers[0]), folder, _text(path)]
        if isinstance(answers[0], Failed):
            self._errors.add(path, answers[0])
        self._begun.append((row, self._pool.submit(self._make, self._out / folder, answers, photo)))
        # More would take memory and nothing else.
        self._take_in(2 * self._cores)

    def _make(self, folder: Path, answers: Answers, photo: np.ndarray | None) -> list[Section]:
        classes, sections = Names(), []
        for answer in answers:
            part, figure = folder, None
            if len(answers) > 1 and isinstance(answer, Analysis):
                part = folder / classes.take(answer.target.label)
            for name, data in files_of(answer, photo=photo, **self._files, **self._look):
                write(part / name, data)
                figure = data if name == "figure.png" else figure
            if self._report is not None:
                sections.append(self._report.section(answer, figure))
        return sections

    def _take_in(self, left: int) -> None:
        """Note the photos whose files are all there, in their order, waiting until at most ``left`` are not."""
        while self._begun and (len(self._begun) > left or self._begun[0][1].done()):
            row, future = self._begun[0]
            if future.cancelled():
                self._begun.clear()
                return
            sections = future.result()
            self._begun.popleft()
            put(self._begin(), encoded("".join(tables.csv_lines([row]))))
            self._written += 1
            if self._report is not None:
                for section in sections:
                    self._report.put(section)
                if self._written >= GROWN * self._reported:
                    self._write_report()

    def _write_report(self) -> None:
        if self._report is not None:
            with replacing(self._out / "report.html") as file:
                self._report.write(file)
            self._reported = self._written


def _text(path: str) -> str:
    """A path as the summary holds it."""
    return str(tables.guarded(encoded(path).decode()))
