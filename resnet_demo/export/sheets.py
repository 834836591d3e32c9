"""A sheet of one stage's feature maps: a grid of channels, each with its number, rank and share of the evidence."""

from __future__ import annotations

import math

import numpy as np
from PIL import Image, ImageDraw

from resnet_demo.errors import InputError
from resnet_demo.export import numerals
from resnet_demo.export.colours import colours_at
from resnet_demo.export.figures import BAR, EDGE, INK, MARGIN, PAPER, QUIET, colour_bar
from resnet_demo.export.look import Scale, extent
from resnet_demo.export.overlays import png, resample
from resnet_demo.export.typeface import fit, label_of, write
from resnet_demo.results import Analysis, StageMaps

CELL, GAP, CAPTION = 224, 24, 56


def sheet(analysis: Analysis, stage: str, *, colour_map: str = "viridis", smooth: bool = False) -> Image.Image:
    """The feature maps of ``stage`` that the analysis holds, best first, row by row; each has a scale of its own.

    A channel's share, as in the viewer, is its evidence (``StageMaps``) out of all evidence of the stage, for and
    against taken together, in -1..1. Raises ``InputError`` where the
    analysis holds no feature map of that stage.
    """
    maps = analysis.stages.get(stage)
    if maps is None or len(maps.channel_ids) == 0:
        raise InputError("feature-maps-missing", given=stage)
    count = len(maps.channel_ids)
    columns = min(8, max(4, math.ceil(math.sqrt(count))))  # four at least, for the heading
    lines = math.ceil(count / columns)
    width = 2 * MARGIN + columns * CELL + (columns - 1) * GAP
    top = MARGIN + 124
    page = Image.new("RGB", (width, top + lines * (CELL + CAPTION + GAP) - GAP + MARGIN), PAPER)
    draw = ImageDraw.Draw(page)
    _heading(page, analysis, maps, colour_map, width)
    all_evidence = float(np.abs(maps.evidence).sum(dtype=np.float64)) or 1.0
    for place, channel in enumerate(maps.channel_ids):
        left = MARGIN + place % columns * (CELL + GAP)
        upper = top + place // columns * (CELL + CAPTION + GAP)
        activation = maps.maps[place].astype(np.float32) * maps.scales[place]
        page.paste(_drawn(activation, colour_map, smooth), (left, upper))
        draw.rectangle((left - 1, upper - 1, left + CELL, upper + CELL), outline=EDGE)
        share = numerals.share(maps.evidence[channel] / all_evidence)
        write(page, left, upper + CELL + 8, f"channel {channel}", 16, INK)
        write(page, left + CELL, upper + CELL + 8, f"rank {maps.first_rank + place + 1}", 16, QUIET, "ra")
        write(page, left, upper + CELL + 30, f"share {share}", 15, QUIET)
        write(page, left + CELL, upper + CELL + 30, f"max {numerals.value(extent(activation)[1])}", 15, QUIET, "ra")
    return page


def sheet_png(analysis: Analysis, stage: str, *, colour_map: str = "viridis", smooth: bool = False) -> bytes:
    """``sheet`` as the bytes of a PNG file."""
    return png(sheet(analysis, stage, colour_map=colour_map, smooth=smooth))


def _heading(page: Image.Image, analysis: Analysis, maps: StageMaps, colour_map: str, width: int) -> None:
    channels, rows, columns = maps.shape
    first, last = maps.first_rank + 1, maps.first_rank + len(maps.channel_ids)
    by = f"evidence for {label_of(analysis.target)}" if analysis.ranked_by == "evidence" else "mean activation"
    if analysis.ranked_by == "evidence" and analysis.contrast:
        by += f" rather than {label_of(analysis.contrast)}"
    title = f"{maps.name}: channels of rank {first} to {last} of {channels:,}, by {by}"
    told = "A share is a channel's part of all evidence of the stage, for and against taken together."
    room = width - 2 * MARGIN
    write(page, MARGIN, MARGIN, fit(title, 22, room), 22, INK)
    write(page, MARGIN, MARGIN + 34, fit(f"Grid {rows} × {columns}. {told}", 16, room), 16, QUIET)
    colour_bar(page, MARGIN, MARGIN + 70, CELL, colour_map)
    write(page, MARGIN, MARGIN + 70 + BAR + 5, "0", 15, INK)
    write(page, MARGIN + CELL, MARGIN + 70 + BAR + 5, "each map's max", 15, INK, "ra")


def _drawn(activation: np.ndarray, colour_map: str, smooth: bool) -> Image.Image:
    scale = Scale(0.0, max(0.0, extent(activation)[1]))
    if smooth:
        return Image.fromarray(colours_at(colour_map, scale.places(resample(activation, (CELL, CELL), smooth))))
    # A cell is one colour: it is found once, not for each of the cell's pixels.
    cells = Image.fromarray(colours_at(colour_map, scale.places(activation)))
    return cells.resize((CELL, CELL), Image.Resampling.NEAREST)
