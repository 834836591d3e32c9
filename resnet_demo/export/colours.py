"""Colours along a colour map. The tables are the viewer's: what is saved has the colours of what was seen."""

from __future__ import annotations

import numpy as np

from resnet_demo.viewer.colour_maps import colour_table


def colours_at(name: str, places: np.ndarray) -> np.ndarray:
    """The colours at ``places`` in 0..1 along the map called ``name``: uint8 [..., 3]."""
    return colour_table(name)[np.floor(places * 255 + 0.5).astype(np.intp)]
