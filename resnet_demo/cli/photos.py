"""Which photos are meant: files, folders, and names that arrive on standard input, one after another and in order."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import cast

from resnet_demo.cli.console import Console
from resnet_demo.errors import ResNetDemoError

STDIN = "-"
SUFFIXES = (
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".png", ".apng", ".webp", ".gif", ".bmp", ".tif", ".tiff"),
    *(".avif", ".avifs", ".heic", ".heics", ".heif", ".heifs", ".hif"),
)
"""The endings by which photos are known in a folder. A file that is named itself may have any."""


class Photos:
    """The paths of the photos that ``paths`` mean, once through; takes from standard input and folders only as it goes.

    A file is taken whatever it is called; of a folder, what has the ending of a photo, in the order of names, and with
    ``recursive`` what lies in the folders below. ``-`` stands for names on standard input. What a folder holds besides
    is noted on standard error; a folder without photos is named there and counted in ``problems``.
    """

    def __init__(self, paths: Sequence[str], recursive: bool, console: Console) -> None:
        self._paths, self._recursive, self._console = paths, recursive, console
        self.problems = 0

    @property
    def total(self) -> int | None:
        """How many photos there will be, where that is known before looking into folders."""
        return None if any(path == STDIN or os.path.isdir(path) for path in self._paths) else len(self._paths)

    def __iter__(self) -> Iterator[str]:
        for path in self._paths:
            if path == STDIN:
                for name in names_from(cast(io.BufferedIOBase, sys.stdin.buffer)):
                    yield from self._of(name)
            else:
                yield from self._of(path)

    def _of(self, path: str) -> Iterator[str]:
        if not os.path.isdir(path):
            yield path
            return
        found, others = False, _Others()
        for photo in self._in_folder(Path(path), others):
            found = True
            yield str(photo)
        if others.some:
            self._console.note(f"{path}: passed over {others.words()}")
        if not found:
            below = "" if self._recursive else " (--recursive looks into the folders below)"
            self._problem(f"{path} holds no photos{below}. Their names end in {', '.join(SUFFIXES)}.")

    def _in_folder(self, folder: Path, others: _Others) -> Iterator[Path]:
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            self._problem(f"{folder} can't be read: {error.strerror or error}.")
            return
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if entry.is_dir(follow_symlinks=False):  # a link to a folder may lead in a circle
                if self._recursive:
                    yield from self._in_folder(Path(entry.path), others)
                else:
                    others.folders += 1
            elif os.path.splitext(entry.name)[1].lower() in SUFFIXES:
                yield Path(entry.path)
            else:
                others.add(entry.name)

    def _problem(self, text: str) -> None:
        self.problems += 1
        self._console.error(text)


class _Others:
    """What a folder holds besides photos: how many files, the first few by name, and the folders not looked into."""

    _NAMED = 3

    def __init__(self) -> None:
        self.files, self.folders = 0, 0
        self._names: list[str] = []

    def add(self, name: str) -> None:
        self.files += 1
        if self.files <= self._NAMED:
            self._names.append(name)

    @property
    def some(self) -> bool:
        return self.files + self.folders > 0

    def words(self) -> str:
        """The end of a sentence: "2 files without a photo's ending (a.txt, b.cr2)."."""
        parts = []
        if self.files:
            named = ", ".join(self._names) + (", …" if self.files > self._NAMED else "")
            parts.append(f"{self.files:,} {'file' if self.files == 1 else 'files'} without a photo's ending ({named})")
        if self.folders:
            below = "folder" if self.folders == 1 else "folders"
            parts.append(f"{self.folders:,} {below} below (--recursive looks into them)")
        return " and ".join(parts) + "."


def failure(path: str, error: ResNetDemoError) -> str:
    """The line that says which photo failed and why: with its folder, where it has one, as names may repeat."""
    return f"{path}: {error.message}" if os.path.dirname(path) else error.message


def names_from(stream: io.BufferedIOBase) -> Iterator[str]:
    """Names as they arrive, ended by NUL (``find -print0``) if the first that arrives holds one, else by line feeds."""
    rest, end = b"", b""
    while piece := stream.read1(65536):
        rest += piece
        end = end or (b"\0" if b"\0" in rest else b"\n" if b"\n" in rest else b"")
        if end:
            *names, rest = rest.split(end)
            yield from _decoded(names)
    yield from _decoded([rest])


def _decoded(names: list[bytes]) -> Iterator[str]:
    for name in names:
        if name := name.removesuffix(b"\r"):
            yield os.fsdecode(name)
