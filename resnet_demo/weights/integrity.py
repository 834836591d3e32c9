"""Whether a file is the one its record describes: SHA-256, computed once a process while the file stays as it is, and
the first bytes of what often comes in a weights file's place."""

from __future__ import annotations

import hashlib
import re
from contextlib import suppress
from pathlib import Path

WHOLE = 64
"""Hex digits of a SHA-256."""

_digests: dict[tuple, str] = {}


def sha256_of(path: Path) -> str:
    """The file's SHA-256 in hex, from memory if the same bytes were hashed before: by place, length and age."""
    key = _identity(path)
    if key not in _digests:
        with path.open("rb") as file:
            _digests[key] = hashlib.file_digest(file, "sha256").hexdigest()
    return _digests[key]


def remember(path: Path, digest: str) -> None:
    """Note the hash of a file that was hashed while it was written."""
    _digests[_identity(path)] = digest


def forget(path: Path) -> None:
    """Have the file hashed anew the next time."""
    _digests.pop(_identity(path), None)


def matches(path: Path, sha256: str) -> bool:
    """Whether ``path`` is the file of this hash. Where only its first eight hex digits are known, the whole one of the
    file that had them first counts: it is noted beside it."""
    if not path.is_file() or not sha256_of(path).startswith(expected(path, sha256)):
        return False
    note(path, sha256, sha256_of(path))
    return True


def expected(path: Path, sha256: str) -> str:
    """What the hash of ``path`` must begin with: ``sha256``, or all that is noted of a shorter one."""
    if len(sha256) < WHOLE:
        with suppress(OSError, ValueError):
            return _note(path).read_text(encoding="ascii")[:WHOLE]
    return sha256


def note(path: Path, sha256: str, digest: str) -> None:
    """Note the whole hash of ``path`` beside it, in the form of ``sha256sum``, where ``sha256`` is shorter and nothing
    is noted yet."""
    if len(sha256) < WHOLE and not _note(path).exists():
        with suppress(OSError):  # a folder that others look after
            _note(path).write_text(f"{digest}  {path.name}\n", encoding="ascii")


def _note(path: Path) -> Path:
    return path.with_name(f"{path.name}.sha256")


def is_lfs_pointer(start: bytes) -> bool:
    """Whether these are the bytes of the small text that Git LFS keeps where a large file will be."""
    return start.startswith(b"version https://git-lfs.github.com/spec/")


def is_web_page(start: bytes) -> bool:
    """Whether these are the bytes of HTML, which a server sends with its apologies, a network to have people log in."""
    # More than the "<" is asked for: a safetensors file begins with the length of its header, which may be that byte.
    return re.match(rb"\s*<(!doctype|html|head|!--|\?xml)", start, re.IGNORECASE) is not None


def _identity(path: Path) -> tuple:
    stat = path.stat()
    return path.absolute(), stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns
