"""The typeface of pictures: DejaVu Sans, which matplotlib carries, so that a picture is the same on every machine.

Han characters, which it lacks, are drawn where one of the fonts of ``HAN`` is installed.
"""

from __future__ import annotations

import bisect
from functools import cache, lru_cache
from itertools import groupby
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from resnet_demo.results import ClassInfo, Prediction

HAN = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "PingFang SC",
    "Hiragino Sans GB",
    "Microsoft YaHei",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "SimHei",
)
"""Families with Han characters, as systems name those they come with; the first that is installed serves."""

Face = tuple[str, int]

_ROOM = 2
"""Pixels beside a mask's letters, as a letter drawn between pixels reaches into the next."""


@cache
def _faces() -> tuple[Face, ...]:
    """The faces that a character is looked for in, in this order: a file, and which of its faces."""
    # Captum loads matplotlib in any case, which takes a second: not before something is drawn.
    import matplotlib
    from matplotlib.font_manager import fontManager

    own = str(Path(matplotlib.get_data_path(), "fonts", "ttf", "DejaVuSans.ttf"))
    installed = {entry.name: (entry.fname, entry.index) for entry in fontManager.ttflist if entry.weight == 400}
    return ((own, 0), *[installed[name] for name in HAN if name in installed][:1])


@cache
def _characters(face: Face) -> frozenset[int]:
    from matplotlib.ft2font import FT2Font

    return frozenset(FT2Font(face[0], face_index=face[1]).get_charmap())


@cache
def _face_of(character: str) -> Face | None:
    return next((face for face in _faces() if ord(character) in _characters(face)), None)


@cache
def _font(face: Face, size: int) -> ImageFont.FreeTypeFont:
    file, index = face
    return ImageFont.truetype(file, size, index, layout_engine=ImageFont.Layout.BASIC)


@lru_cache(4096)
def _runs(text: str, size: int) -> tuple[tuple[str, ImageFont.FreeTypeFont, float], ...]:
    """``text`` in pieces of one font each, with their widths; what no font has is left to the first: a box."""
    faces = groupby(text, lambda character: _face_of(character) or _faces()[0])
    runs = [("".join(characters), _font(face, size)) for face, characters in faces]
    return tuple((run, letters, letters.getlength(run)) for run, letters in runs)


@lru_cache(4096)
def _drawn(run: str, letters: ImageFont.FreeTypeFont, start: tuple[float, float]) -> tuple[Image.Image, int, int]:
    """A piece of text as a mask, and where that lies from the left end of its baseline, itself ``start`` of a pixel
    beyond one. Sheets and figures say the same words again and again, and drawing these was half of their work."""
    left, top, right, bottom = letters.getbbox(run, anchor="ls")
    left, top = int(left) - _ROOM, int(top) - _ROOM
    mask = Image.new("L", (int(right) + _ROOM - left, int(bottom) + _ROOM - top))
    ImageDraw.Draw(mask).text((start[0] - left, start[1] - top), run, 255, letters, anchor="ls")
    return mask, left, top


def can_draw(text: str) -> bool:
    """Whether every character of ``text`` can be drawn on this machine."""
    return all(map(_face_of, text))


def label_of(known: ClassInfo | Prediction) -> str:
    """The label of a class; where that can't be drawn, its WordNet id or its place among the network's outputs."""
    return known.label if can_draw(known.label) else known.wnid or f"class {known.index}"


def length(text: str, size: int) -> float:
    """The width of ``text`` in pixels, in letters of ``size`` pixels."""
    return sum(width for _, _, width in _runs(text, size))


def write(page: Image.Image, left: float, top: float, text: str, size: int, colour: str, anchor: str = "la") -> None:
    """Draw one line of text. ``anchor`` is Pillow's: which point of the line lies at ``left`` and ``top``.

    Heights are DejaVu's whatever the font of a piece, so that lines stay where they are.
    """
    runs = _runs(text, size)
    left -= {"l": 0, "m": 0.5, "r": 1}[anchor[0]] * sum(width for _, _, width in runs)
    if anchor[1] == "a":
        top += _font(_faces()[0], size).getmetrics()[0]
    for run, letters, width in runs:
        mask, right, down = _drawn(run, letters, (left % 1, top % 1))
        page.paste(colour, (int(left) + right, int(top) + down), mask)
        left += width


def fit(text: str, size: int, width: float) -> str:
    """``text``, cut and ended with "…" where it would be wider than ``width`` pixels."""
    if length(text, size) <= width:
        return text
    fitting = bisect.bisect_right(range(len(text)), width, key=lambda end: length(text[:end] + "…", size))
    return text[: max(0, fitting - 1)].rstrip() + "…"


def wrapped(text: str, size: int, width: float) -> list[str]:
    """``text`` in lines of at most ``width`` pixels, broken between words; a wider word is cut as by ``fit``."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and length(longer, size) <= width:
            lines[-1] = longer
        else:
            lines.append(fit(word, size, width))
    return lines
