"""The figure of an analysis: the view and its overlays in a row, with names, grids, and colour bars in numbers.

Put together pixel by pixel: matplotlib's axes were tried here, and in ``sheets`` and ``compared``. They took three to
five times as long (a figure 250 ms in place of 85, a sheet 200 in place of 40), laid tiles off the grid of pixels, and
cut no long line, in as many lines of code.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from resnet_demo.export import numerals
from resnet_demo.export.colours import colours_at
from resnet_demo.export.look import TITLES, Look, Scale, extent, nothing_to_show, scale_of
from resnet_demo.export.overlays import cams_of, paint, png, view_of
from resnet_demo.export.typeface import can_draw, fit, label_of, write
from resnet_demo.results import Analysis
from resnet_demo.viewer.tokens import LIGHT

TILE, GAP, MARGIN = 320, 24, 36
BAR = 12
INK, QUIET, PAPER, EDGE = (LIGHT[name] for name in ("ink", "muted", "panel", "line"))


def figure(analysis: Analysis, **look: Any) -> Image.Image:
    """What the network saw, then the map of each stage over it, left to right, on white.

    ``look`` are fields of ``Look``. Above each tile its stage and grid (rows x columns of cells), below it the colour
    bar with its numbers and the map's largest and smallest value. Raises ``InputError`` for a result without the view,
    and what ``Look`` refuses.
    """
    chosen = Look(**look)
    cams = cams_of(analysis, chosen.kind)
    view = view_of(analysis, TILE)
    width = 2 * MARGIN + (1 + len(cams)) * TILE + len(cams) * GAP
    top = MARGIN + 100
    page = Image.new("RGB", (width, top + view.height + 84 + MARGIN), PAPER)
    write(page, MARGIN, MARGIN, fit(headline(analysis, chosen), 26, width - 2 * MARGIN), 26, INK)
    write(page, MARGIN, MARGIN + 38, fit(about(analysis), 17, width - 2 * MARGIN), 17, QUIET)

    height, across = analysis.network.view_size
    tile(page, view, 0, top, "view", f"{height} × {across} pixels")
    for place, (stage, cam) in enumerate(cams.items(), start=1):
        scale = scale_of(cam, chosen, cams.values())
        rows, columns = cam.shape
        left = tile(page, paint(view, cam, chosen, scale), place, top, stage, f"{rows} × {columns}")
        legend(page, left, top + view.height + 14, cam, chosen, scale)
    return page


def figure_png(analysis: Analysis, **look: Any) -> bytes:
    """``figure`` as the bytes of a PNG file."""
    return png(figure(analysis, **look))


def headline(analysis: Analysis, look: Look) -> str:
    """Which map, for which class: "Grad-CAM for espresso rather than cup"."""
    against = f" rather than {label_of(analysis.contrast)}" if analysis.contrast else ""
    signs = ", evidence for and against" if look.signed else ""
    return f"{TITLES[look.kind]} for {label_of(analysis.target)}{against}{signs}"


def about(analysis: Analysis) -> str:
    """Which network, what it says of the class, and of which photo."""
    network = analysis.network
    said = next((p.probability for p in analysis.predictions if p.index == analysis.target.index), None)
    parts = [
        analysis.photo.name if can_draw(analysis.photo.name) else "",
        ", ".join([f"ResNet-{network.depth}", *([network.title] if can_draw(network.title) else [])]),
        "" if said is None else f"{label_of(analysis.target)} {numerals.probability(said)}",
    ]
    return "   ·   ".join(part for part in parts if part)


def colour_bar(page: Image.Image, left: int, top: int, width: int, colours: str) -> None:
    """A bar of a colour map from its weakest to its strongest colour, ``BAR`` pixels high."""
    strip = colours_at(colours, np.linspace(0, 1, width))
    page.paste(Image.fromarray(np.broadcast_to(strip, (BAR, width, 3)).copy()), (left, top))


def tile(page: Image.Image, picture: Image.Image, place: int, top: int, name: str, grid: str) -> int:
    """Paste a picture in its place, its name and grid above it; returns where it begins."""
    left = MARGIN + place * (TILE + GAP)
    write(page, left, top - 10, name, 20, INK, "ls")
    write(page, left + TILE, top - 10, grid, 17, QUIET, "rs")
    page.paste(picture, (left, top))
    ImageDraw.Draw(page).rectangle((left - 1, top - 1, left + picture.width, top + picture.height), outline=EDGE)
    return left


def legend(page: Image.Image, left: int, top: int, cam: np.ndarray, look: Look, scale: Scale) -> None:
    """Below a tile: the colour bar with its numbers, or why nothing is drawn, and the map's range."""
    low, high = extent(cam)
    extremes = f"largest {numerals.value(high)}, smallest {numerals.value(low)}"
    nothing = nothing_to_show(cam, look.signed)
    if nothing:
        write(page, left, top - 4, fit(nothing, 17, TILE), 17, INK)
    else:
        colour_bar(page, left, top, TILE, look.colours)
        for tick, x, anchor in zip(scale.ticks, (left, left + TILE / 2, left + TILE), ("la", "ma", "ra"), strict=True):
            write(page, x, top + BAR + 6, numerals.value(tick), 15, INK, anchor)
    write(page, left, top + BAR + 30, fit(extremes, 15, TILE), 15, QUIET)
