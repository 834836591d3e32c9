"""One hostile file, and what may become of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

Expected = Literal["picture", "refused", "either"]


@dataclass(frozen=True, eq=False)
class Case:
    """``what`` says in a few words what is wrong with ``data``, which an upload calls ``name``.

    ``truth`` is the only picture that may come out, uint8 [height, width, 3], each value at most ``tolerance`` away.
    ``codes`` are the errors that fit, empty where any may come.
    """

    family: str
    what: str
    data: bytes
    name: str
    expected: Expected
    truth: np.ndarray | None = None
    tolerance: int = 0
    codes: tuple[str, ...] = ()


def shown(
    family: str, what: str, data: bytes, truth: np.ndarray, *, name: str = "photo.jpg", tolerance: int = 0
) -> Case:
    """A file that is to be read in spite of everything."""
    return Case(family, what, data, name, "picture", truth, tolerance)


def refused(family: str, what: str, data: bytes, *codes: str, name: str = "photo.jpg") -> Case:
    return Case(family, what, data, name, "refused", codes=codes)


def either(family: str, what: str, data: bytes, truth: np.ndarray | None = None, *, tolerance: int = 0) -> Case:
    """A file that may be refused; a picture, if one comes out, is ``truth`` where that can be known."""
    return Case(family, what, data, "photo.jpg", "either", truth, tolerance)
