"""The one typeface of pictures, which comes with the program: the same picture on every machine."""

from __future__ import annotations

import bisect
from functools import cache
from pathlib import Path

from PIL import ImageFont

FILE = Path(__file__).parent / "fonts" / "DejaVuSans.ttf"
_NO_CHARACTER = "\U0010fffe"


@cache
def font(size: int) -> ImageFont.FreeTypeFont:
    """DejaVu Sans in ``size`` pixels: Latin, Greek and Cyrillic letters and the signs of mathematics."""
    return ImageFont.truetype(FILE, size, layout_engine=ImageFont.Layout.BASIC)


def can_draw(text: str) -> bool:
    """Whether the typeface has every character of ``text``."""
    return not any(_missing(character) for character in text)


@cache
def _missing(character: str) -> bool:
    letters = font(16)
    return bytes(letters.getmask(character)) == bytes(letters.getmask(_NO_CHARACTER))


def fit(text: str, size: int, width: float) -> str:
    """``text``, cut and ended with "…" where it would be wider than ``width`` pixels."""
    letters = font(size)
    if letters.getlength(text) <= width:
        return text
    fitting = bisect.bisect_right(range(len(text)), width, key=lambda end: letters.getlength(text[:end] + "…"))
    return text[: max(0, fitting - 1)].rstrip() + "…"


def wrapped(text: str, size: int, width: float) -> list[str]:
    """``text`` in lines of at most ``width`` pixels, broken between words; a wider word is cut as by ``fit``."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and font(size).getlength(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(fit(word, size, width))
    return lines
