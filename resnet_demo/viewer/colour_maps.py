"""The viewer's colour maps for pictures made without a browser: the same tables, from the same file.

``viridis``, ``magma`` and ``cividis`` are matplotlib's (Smith, van der Walt and Firing 2015; Nuñez, Anderton and
Renslow 2018), perceptually uniform and legible to the colour-blind. ``turbo`` (Mikhailov 2019) and ``jet`` are
matplotlib's too, for pictures to lay beside older ones: their lightness rises and falls, so that they show edges where
a map has none and mislead the colour-blind (Borland and Taylor 2007). ``blue-white-red`` is made for signed maps, in
CIELAB under D65: entry i stands for s = (2 i - 255) / 255, its lightness is 96 - 62 |s|, the same on both sides, its
hue and chroma are 285 degrees and 48 |s| where s is negative, 28 degrees and 62 |s| where it is positive.
"""

from __future__ import annotations

import json
from functools import cache

import numpy as np

from resnet_demo.viewer import VIEWER_DIR

SEQUENTIAL = ("viridis", "magma", "cividis", "turbo", "jet")
UNEVEN = ("turbo", "jet")
"""Those of ``SEQUENTIAL`` whose lightness does not follow the value."""
DIVERGING = "blue-white-red"


@cache
def colour_table(name: str) -> np.ndarray:
    """The 256 colours of a map, from its low end on: uint8 [256, 3]. Raises ``KeyError`` for an unknown name."""
    tables = json.loads((VIEWER_DIR / "colour_maps.json").read_text(encoding="utf-8"))
    return np.frombuffer(bytes.fromhex(tables[name]), dtype=np.uint8).reshape(256, 3)
