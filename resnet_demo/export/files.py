"""Files that are whole or not there, under names that are safe wherever they are opened."""

from __future__ import annotations

import errno
import os
import re
import secrets
import sys
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from resnet_demo.errors import InputError

if sys.platform != "win32":
    import fcntl

FORMATS = ("json", "png", "csv", "npz")
USUAL = FORMATS[:3]
"""The kinds of file that may be made of each photo, and those that are where nothing else is said."""

ROWS = (".parquet", ".csv", ".jsonl")
"""Endings of files that rows can be written to (``rows.py``)."""

PART = ".resnet-demo-"
_LONGEST = 80
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?")  # devices on Windows, with any ending


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A new file for the length of the ``with``, which takes the place of ``path`` when that ends well.

    Whatever goes wrong, Ctrl-C included, ``path`` stays as it was and nothing is left beside it; what a killed process
    left there is removed by the next one that writes. Raises ``InputError`` where the folder can't be written or the
    disk is full.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _sweep(path.parent)
        file, part = _begin(path.parent)
    except OSError as error:
        raise unwritable(path, error) from error
    try:
        with file:
            yield file
        os.replace(part, path)
    except OSError as error:
        # Any other error is of something else that the caller did meanwhile.
        if error.errno in (errno.ENOSPC, errno.EDQUOT) or error.filename == str(part):
            raise unwritable(path, error) from error
        raise
    finally:
        part.unlink(missing_ok=True)


def _begin(folder: Path) -> tuple[BinaryIO, Path]:
    """A new file under a name of its own, locked as long as it is open."""
    while True:
        part = folder / f"{PART}{secrets.token_hex(8)}.part"
        file = part.open("xb")
        if sys.platform == "win32":
            return file, part
        with suppress(OSError):  # a file system that knows no locks
            fcntl.flock(file, fcntl.LOCK_EX)
        if os.fstat(file.fileno()).st_nlink:  # nobody took it for a left one before it was locked
            return file, part
        file.close()


def _sweep(folder: Path) -> None:
    """Remove what processes left that were killed while they wrote."""
    for part in folder.glob(f"{PART}*.part"):
        with suppress(OSError):
            if sys.platform == "win32":
                part.unlink()  # Windows removes no file that is open
                continue
            with part.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                part.unlink()


def unwritable(path: Path, error: OSError) -> InputError:
    """That ``path`` can't be written, and why."""
    return InputError("output-not-writable", path=path, cause=error.strerror or error)


def write(path: Path, data: bytes | str) -> None:
    """Write all of a file or nothing. Raises as ``replacing``."""
    with replacing(path) as file:
        file.write(encoded(data) if isinstance(data, str) else data)


def encoded(text: str) -> bytes:
    """UTF-8. A file name that is no Unicode is written with escapes, which JSON reads back as they were."""
    return text.encode("utf-8", errors="backslashreplace")


class Names:
    """Names for the parts of an export, from the names of photos: safe, and no two alike even if case is ignored."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def take(self, photo: str) -> str:
        """A name for what belongs to ``photo``: its own without folders and ending, numbered from the second on."""
        stem = safe_stem(photo)
        name, number = stem, 1
        while name.casefold() in self._taken:
            number += 1
            name = f"{stem}-{number}"
        self._taken.add(name.casefold())
        return name

    def taken(self, name: str) -> None:
        """``name`` was given before, by another run."""
        self._taken.add(name.casefold())


def safe_stem(photo: str) -> str:
    """A photo's name without folders and ending, in letters, digits, spaces, dots, dashes and underscores.

    Never empty, never hidden, never a device of Windows, at most 80 characters: safe as a part of any path.
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", photo))[-1]
    stem = re.sub(r"(?<=.)\.[A-Za-z0-9]{1,5}$", "", last)
    stem = re.sub(r"[^\w .-]", "_", stem).encode("utf-8", "ignore")[:_LONGEST].decode("utf-8", "ignore").strip(" .")
    if not stem.strip("_"):
        return "photo"
    return f"_{stem}" if _RESERVED.fullmatch(stem) or stem.startswith("-") else stem
