"""Labels of any number of photos as rows of a file that grows as they come: whole at any time, and gone on with later.

CSV and JSON lines are added to a photo at a time. A Parquet file can't be read before it is closed, so that
``x.parquet`` is a folder of such files, as Spark, Dask and Ray write them and everything that reads Parquet reads them.
Photos that failed are no rows: they stand in a file of their own and are tried again by whoever goes on.
"""

from __future__ import annotations

import csv
import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Protocol, Self

from resnet_demo.errors import InputError
from resnet_demo.export import tables
from resnet_demo.export.files import ROWS, encoded, replacing, unwritable, write
from resnet_demo.results import Classification, Failed
from resnet_demo.results.json import to_json

COLUMNS = tables.TOP_COLUMNS[:-1]
"""Of a row, which is a label: those of ``top_rows`` without the error."""

PART_PHOTOS, PART_SECONDS = 1000, 30.0
"""A part of a Parquet folder is written once it holds so many photos, or was begun so long ago."""


class _Form(Protocol):
    """Where rows go. ``done`` counts the photos that the file holds already, by what they are ``called`` in it."""

    done: Counter[str]

    def called(self, name: str) -> str: ...

    def add(self, answer: Classification) -> None: ...

    def close(self) -> None: ...


class Rows:
    """The rows file at ``path``, whose ending says what it is: ``with Rows(path, asked, resume) as rows``.

    ``asked`` is all that the rows depend on, in JSON's types; it is kept beside the file. With ``resume`` a file that
    is there is gone on with. Raises ``InputError`` for another ending, where the file can't be written, for one that is
    there without ``resume``, and with it for one that was asked otherwise.
    """

    def __init__(self, path: Path, asked: Mapping[str, Any], resume: bool = False) -> None:
        forms: tuple[Callable[[Path], _Form], ...] = (_Parts, _Csv, _JsonLines)
        form = dict(zip(ROWS, forms, strict=True)).get(path.suffix.lower())
        if form is None:
            raise InputError("rows-ending", given=path.name, accepted=", ".join(ROWS))
        if path.exists() and not resume:
            raise InputError("output-exists", path=path)
        run = path.with_name(path.name + ".run.json")
        if path.exists():
            agree(run, asked)
        remember(run, asked)
        self._errors = Errors(path.with_name(path.name + ".errors.jsonl"))
        try:
            self._form = form(path)
        except (ValueError, KeyError, csv.Error) as error:
            if isinstance(error, InputError):
                raise
            raise InputError("rows-unreadable", path=path, cause=error) from error
        self.done = self._form.done.total()
        """How many photos the file holds."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._form.close()
        self._errors.close()

    def skip(self, name: str) -> bool:
        """Whether the photo called ``name`` is in the file already: once for each time that it is."""
        name = self._form.called(name)
        if not self._form.done[name]:
            return False
        self._form.done[name] -= 1
        return True

    def add(self, answer: Classification | Failed) -> None:
        """Append an answer, whose name is the photo's whole path."""
        if isinstance(answer, Failed):
            self._errors.add(answer.name, answer)
        else:
            self._form.add(answer)


def remember(file: Path, asked: Mapping[str, Any]) -> None:
    """Keep in ``file`` what a run is asked. Raises ``InputError`` where it can't be written."""
    write(file, json.dumps(asked, ensure_ascii=False, indent=1, default=str) + "\n")


def agree(file: Path, asked: Mapping[str, Any]) -> None:
    """Raise ``InputError`` unless ``file`` says that the run before was asked the same."""
    asked = json.loads(json.dumps(asked, default=str))
    try:
        before = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        before = {}
    if other := [name for name in asked if before.get(name) != asked[name]]:
        differs = ", ".join(f"{name} {before.get(name)}, now {asked[name]}" for name in other)
        raise InputError("resume-other", path=file.parent, differs=differs)


class Errors:
    """Photos that failed in this run: their JSON documents, a line each. No file where there are none.

    Raises ``InputError`` where that of a run before can't be removed.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[bytes] | None = None
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise unwritable(path, error) from error

    def add(self, name: str, failed: Failed) -> None:
        """``name`` is the photo's whole path."""
        self._file = self._file or appended(self._path)
        put(self._file, _line(Failed(name, failed.error)))

    def close(self) -> None:
        if self._file is not None:
            self._file.close()


class _Lines:
    """A text file. A photo is written at once; one whose writing a kill cut short is cut off and written anew."""

    def __init__(
        self,
        path: Path,
        head: bytes,
        written: Callable[[Classification], bytes],
        read: Callable[[IO[bytes]], Iterator[tuple[str, int]]],
    ) -> None:
        self._written, self.done, end = written, Counter[str](), 0
        self._file = appended(path)
        with open(path, "rb") as file:
            for name, end in read(file):  # noqa: B007  the last one's end
                self.done[name] += 1
        self._file.truncate(end)
        if end == 0:
            put(self._file, head)

    def called(self, name: str) -> str:
        return _text(name)

    def add(self, answer: Classification) -> None:
        put(self._file, self._written(answer))

    def close(self) -> None:
        self._file.close()


class _Csv(_Lines):
    def __init__(self, path: Path) -> None:
        super().__init__(path, _csv_of([COLUMNS]), lambda answer: _csv_of(_rows(answer)), _in_csv)

    def called(self, name: str) -> str:
        return str(tables.guarded(_text(name)))


class _JsonLines(_Lines):
    def __init__(self, path: Path) -> None:
        super().__init__(path, b"", _line, _in_jsonl)


def _csv_of(rows: Iterable[Sequence[tables.Cell]]) -> bytes:
    return encoded("".join(tables.csv_lines(rows)))


def _in_csv(file: IO[bytes]) -> Iterator[tuple[str, int]]:
    """Each photo's name and where its rows end. The last photo's may not all be there: it is left out."""
    end = 0

    def lines() -> Iterator[str]:
        nonlocal end
        for line in file:
            end += len(line)
            yield line.decode("utf-8", errors="replace")

    name, before = None, 0
    for row in csv.reader(lines()):
        begins = row[1:2] == ["1"]
        if begins and name is not None:
            yield name, before
        if begins:
            name = row[0]
        before = end


def _in_jsonl(file: IO[bytes]) -> Iterator[tuple[str, int]]:
    end = 0
    for line in file:
        end += len(line)
        if not line.endswith(b"\n"):
            return
        yield _text(json.loads(line)["name"]), end


class _Parts:
    """A folder of Parquet files, each written whole. Those that hidden names begin are passed over by readers."""

    def __init__(self, path: Path) -> None:
        try:
            import pyarrow as pa
            from pyarrow import parquet
        except ImportError as error:
            raise InputError("extra-missing", what=path, extra="parquet") from error
        kinds = {"rank": pa.int32(), "index": pa.int32(), "probability": pa.float64(), "logit": pa.float64()}
        self._schema = pa.schema([(name, kinds.get(name, pa.string())) for name in COLUMNS])
        self._table, self._parquet, self._path = pa.Table, parquet, path
        try:
            path.mkdir(parents=True, exist_ok=True)
            parts = sorted(path.glob("part-*.parquet"))
        except OSError as error:
            raise unwritable(path, error) from error
        self._number = 1 + max((int(part.stem.removeprefix("part-")) for part in parts), default=-1)
        self.done = Counter[str]()
        for part in parts:
            firsts = parquet.read_table(part, columns=["file"], filters=[("rank", "==", 1)])
            self.done.update(firsts["file"].to_pylist())
        self._rows: list[list[tables.Cell]] = []
        self._photos, self._began = 0, time.monotonic()

    def called(self, name: str) -> str:
        return _text(name)

    def add(self, answer: Classification) -> None:
        for row in _rows(answer):
            self._rows.append([_text(cell) if isinstance(cell, str) else cell for cell in row])
        self._photos += 1
        if self._photos >= PART_PHOTOS or time.monotonic() - self._began >= PART_SECONDS:
            self.close()

    def close(self) -> None:
        if self._rows:
            columns = dict(zip(COLUMNS, map(list, zip(*self._rows, strict=True)), strict=True))
            with replacing(self._path / f"part-{self._number:05}.parquet") as file:
                self._parquet.write_table(self._table.from_pydict(columns, self._schema), file)
            self._number += 1
        self._rows, self._photos, self._began = [], 0, time.monotonic()


def _rows(answer: Classification) -> Iterator[list[tables.Cell]]:
    return (row[:-1] for row in tables.top_rows(answer))


def _line(answer: Classification | Failed) -> bytes:
    return encoded(json.dumps(to_json(answer), ensure_ascii=False, allow_nan=False) + "\n")


def _text(name: str) -> str:
    """A name as files hold it, in UTF-8."""
    return encoded(name).decode()


def appended(path: Path) -> IO[bytes]:
    """A file to be added to. Raises ``InputError`` where it can't be written, as ``put`` does."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("ab")
    except OSError as error:
        raise unwritable(path, error) from error


def put(file: IO[bytes], data: bytes) -> None:
    """Hand a piece to the system at once and as a whole: what a killed process had written is there."""
    try:
        file.write(data)
        file.flush()
    except OSError as error:
        raise unwritable(Path(file.name), error) from error
