"""Which photos are meant: files, folders, lists, addresses and names that arrive on standard input, one after another
and in order."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import cast

from resnet_demo.cli.console import Console
from resnet_demo.errors import InputError, ResNetDemoError
from resnet_demo.photos.remote import Remote, is_address, listed
from resnet_demo.results import PhotoInput

STDIN = "-"
SUFFIXES = (
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".png", ".apng", ".webp", ".gif", ".bmp", ".tif", ".tiff"),
    *(".avif", ".avifs", ".heic", ".heics", ".heif", ".heifs", ".hif"),
)
"""The endings by which photos are known in a folder. A file that is named itself may have any."""


class Photos:
    """The names of the photos that ``paths`` mean and those that the files ``lists`` hold, once through; takes from
    standard input, lists and folders only as it goes. ``opened`` makes a photo of a name.

    A file is taken whatever it is called; of a folder, what has the ending of a photo, in the order of names, and with
    ``recursive`` what lies in the folders below. An address (``remote.py``) is that of a file or a folder. ``-`` stands
    for names on standard input. What a folder holds besides is noted on standard error; a folder without photos is
    named there and counted in ``problems``. Raises ``InputError`` where nothing is named, and for a list that can't be
    read.
    """

    def __init__(self, paths: Sequence[str], recursive: bool, console: Console, lists: Sequence[str] = ()) -> None:
        if not paths and not lists:
            raise InputError("no-photos-named")
        self._paths, self._lists, self._recursive, self._console = paths, lists, recursive, console
        self._counting = False
        self.problems = 0

    @property
    def total(self) -> int | None:
        """How many photos there will be: all folders are looked through. None where names come on standard input."""
        if STDIN in self._paths:
            return None
        self._counting = True
        try:
            return sum(1 for _ in self)
        finally:
            self._counting = False

    def __iter__(self) -> Iterator[str]:
        for path in self._paths:
            if path == STDIN:
                for name in names_from(cast(io.BufferedIOBase, sys.stdin.buffer)):
                    yield from self._of(name)
            else:
                yield from self._of(path)
        for file in self._lists:
            for name in _names_in(file):
                yield from self._of(name)

    def _of(self, path: str) -> Iterator[str]:
        others = _Others()
        if is_address(path):
            try:
                remote = listed(path, self._recursive)
            except InputError as error:
                self._problem(error.message)
                return
            if remote is None:
                yield path
                return
            files, others.folders = remote
            found = [name for name in files if _is_photo(name, others)]
            yield from found
        elif os.path.isdir(path):
            found = []
            for photo in self._in_folder(Path(path), others):
                found = [str(photo)]
                yield str(photo)
        else:
            yield path
            return
        if others.some and not self._counting:
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
            elif _is_photo(entry.name, others):
                yield Path(entry.path)

    def _problem(self, text: str) -> None:
        if not self._counting:
            self.problems += 1
            self._console.error(text)


def opened(name: str) -> PhotoInput:
    """What the engine is given for a name: a path as it is, of an address what fetches it."""
    return cast(PhotoInput, Remote(name)) if is_address(name) else name  # a file to whoever reads it


def _is_photo(name: str, others: _Others) -> bool:
    """Whether ``name`` has the ending of a photo; counted among the ``others`` if not."""
    if os.path.splitext(name)[1].lower() in SUFFIXES:
        return True
    others.add(os.path.basename(name))
    return False


def _names_in(file: str) -> Iterator[str]:
    """The names in a list, a line each. Raises ``InputError`` where it can't be read."""
    try:
        with io.BytesIO(Remote(file).read()) if is_address(file) else open(file, "rb") as names:
            yield from names_from(cast(io.BufferedIOBase, names))
    except OSError as error:
        raise InputError("list-unreadable", given=file, cause=error.strerror or error) from error


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
