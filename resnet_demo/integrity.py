"""Whether a file is the one its record describes: SHA-256, computed once a process while the file stays as it is."""

from __future__ import annotations

import hashlib
from pathlib import Path

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
    """Whether ``path`` is a file whose hash begins with ``sha256`` (eight hex digits or all 64)."""
    return path.is_file() and sha256_of(path).startswith(sha256)


def _identity(path: Path) -> tuple:
    stat = path.stat()
    return path.absolute(), stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns
