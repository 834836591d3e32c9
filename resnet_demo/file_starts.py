"""What comes in a weights file's place, known by its first bytes."""

from __future__ import annotations

import re


def is_lfs_pointer(start: bytes) -> bool:
    """Whether these are the bytes of the small text that Git LFS keeps where a large file will be."""
    return start.startswith(b"version https://git-lfs.github.com/spec/")


def is_web_page(start: bytes) -> bool:
    """Whether these are the bytes of HTML, which a server sends with its apologies, a network to have people log in."""
    # More than the "<" is asked for: a safetensors file begins with the length of its header, which may be that byte.
    return re.match(rb"\s*<(!doctype|html|head|!--|\?xml)", start, re.IGNORECASE) is not None
