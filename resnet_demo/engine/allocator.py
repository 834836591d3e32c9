"""How the C library keeps freed memory, on Linux with glibc; elsewhere nothing changes.

A pass frees and takes tens of megabytes. By default glibc hands most of it back to the system each time, which gives it
out again a page at a time, each cleared first: a third of the time of an analysis. And it gives each thread a store of
its own, so that a server whose threads take turns keeps the memory of a pass many times over.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8  # mallopt(3)
LARGEST, KEPT = 32 * 2**20, 256 * 2**20
"""Bytes: a larger buffer, a decoded photo of more than 11 megapixels say, goes back to the system as soon as it is
freed, and so does what is free at the end of the heap beyond ``KEPT``."""
SMALL = 64 * 2**10


def keep_working_memory() -> bool:
    """One store for all threads, which keeps what a pass needs. True where the C library understood."""
    mallopt = _of_glibc("mallopt")
    options = (_ARENA_MAX, 1), (_MMAP_THRESHOLD, LARGEST), (_TRIM_THRESHOLD, KEPT)
    return mallopt is not None and all(mallopt(option, value) for option, value in options)


@contextmanager
def buffers_apart() -> Iterator[None]:
    """Within it every buffer of more than ``SMALL`` bytes has pages of its own.

    For what is kept while much beside it is freed, the weights of a network: in the common heap they would leave gaps
    between them, which later passes would fill here and there, touching more pages than they ever use at a time.
    """
    mallopt = _of_glibc("mallopt")
    if mallopt is not None:
        mallopt(_MMAP_THRESHOLD, SMALL)
    try:
        yield
    finally:
        if mallopt is not None:
            mallopt(_MMAP_THRESHOLD, LARGEST)


def give_back() -> None:
    """Hand all that is free back to the system, after work that won't be done again soon."""
    trim = _of_glibc("malloc_trim")
    if trim is not None:
        trim(0)


def _of_glibc(name: str) -> Any:
    return getattr(ctypes.CDLL(None), name, None) if sys.platform == "linux" else None
