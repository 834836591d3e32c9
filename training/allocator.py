"""Freed memory kept for the next step, on Linux with glibc.

By default glibc hands every large buffer back to the system, which gives it out again a page at a time, each cleared
first. A training step frees and takes gigabytes: keeping them made it 5 to 40 % faster (ResNet-18, batch 128, bfloat16,
64 to 192 px, 2 threads), at the price of a process that never shrinks.
"""

from __future__ import annotations

import ctypes
import sys

_TRIM_THRESHOLD, _MMAP_MAX = -1, -4  # M_TRIM_THRESHOLD and M_MMAP_MAX of mallopt(3)


def keep_freed_memory() -> bool:
    """True where the C library understood; elsewhere nothing changes."""
    if sys.platform != "linux":
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    return mallopt is not None and bool(mallopt(_MMAP_MAX, 0) and mallopt(_TRIM_THRESHOLD, 2**31 - 1))
