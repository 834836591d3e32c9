"""A stage's map laid over the view: the drawing of one tile, as the viewer draws it (``viewer/raster.js``)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from PIL import Image

from resnet_demo.errors import InputError
from resnet_demo.export.colours import colours_at
from resnet_demo.export.look import STEPS, Look, Scale, nothing_to_show, scale_of
from resnet_demo.results import Analysis, Box
from resnet_demo.results.png import png_file

SIDE = 448
"""Longest side of a saved overlay, in pixels: twice the view of most networks."""

BAND = 1_000_000
"""Pixels painted at a time: a photo of 40 megapixels takes little memory beside itself and its copy."""

_FAINT = 0.16  # below this share of the scale's end colour fades, so that the photo stays legible where little is said


def overlay(analysis: Analysis, stage: str, photo: np.ndarray | None = None, **look: Any) -> Image.Image:
    """The view with the map of ``stage``, or of a layer, over it, RGB, ``SIDE`` pixels on its longest side.

    With ``photo``, the analysed one upright, uint8 [height, width, 3], the map lies over the photo at its own size;
    what the network did not see stays as it is. ``look`` are fields of ``Look``. A map that has nothing to show leaves
    the view as it is. Raises ``InputError`` for a stage that was not analysed, a result without the view, and what
    ``Look`` refuses.
    """
    chosen = Look(**look)
    cams = cams_of(analysis, chosen.kind)
    if stage not in cams:
        raise InputError("stage-not-analysed", given=stage, stages=", ".join(cams))
    scale = scale_of(cams[stage], chosen, cams.values())
    if photo is not None:
        return paint(Image.fromarray(photo), cams[stage], chosen, scale, analysis.box)
    return paint(view_of(analysis, SIDE), cams[stage], chosen, scale)


def overlay_png(analysis: Analysis, stage: str, photo: np.ndarray | None = None, **look: Any) -> bytes:
    """``overlay`` as the bytes of a PNG file."""
    return png(overlay(analysis, stage, photo, **look))


def cams_of(analysis: Analysis, kind: str) -> dict[str, np.ndarray]:
    """The maps of one kind by stage, in the order of the data, and after them by layer where layers were asked for."""
    layers = {name: cams[kind] for name, cams in analysis.layers.items() if kind in cams}
    return {name: maps.cams[kind] for name, maps in analysis.stages.items()} | layers


def view_of(analysis: Analysis, side: int) -> Image.Image:
    """What the network saw, its longest side made ``side`` pixels. Raises ``InputError`` where it was left out."""
    if analysis.view is None:
        raise InputError("view-missing", name=analysis.photo.name)
    view = Image.fromarray(analysis.view)
    share = side / max(view.size)
    return view.resize((round(view.width * share), round(view.height * share)), Image.Resampling.BICUBIC)


def paint(view: Image.Image, cam: np.ndarray, look: Look, scale: Scale, box: Box | None = None) -> Image.Image:
    """``cam``, float32 [rows, columns], over ``view``: each cell covers an equal share of it.

    With a ``box``, in pixels of ``view``, the map covers that part: the pixels that lie wholly inside.
    """
    if nothing_to_show(cam, look.signed):
        return view
    box = Box(0, 0, *view.size) if box is None else box
    left, right = max(0, math.ceil(box.left)), min(view.width, math.floor(box.right))
    top, bottom = max(0, math.ceil(box.top)), min(view.height, math.floor(box.bottom))
    if left >= right or top >= bottom:
        return view
    rows, columns = cam.shape
    across, down = columns / (box.right - box.left), rows / (box.bottom - box.top)  # cells a pixel
    lookup, painted = _lookup(look), view.copy()
    step = max(1, BAND // (right - left))
    for upper in range(top, bottom, step):
        lower = min(upper + step, bottom)
        part = (
            (left - box.left) * across,
            (upper - box.top) * down,
            (right - box.left) * across,
            (lower - box.top) * down,
        )
        values = resample(cam, (right - left, lower - upper), look.smooth, part)
        colours = lookup[scale.steps(values)]
        bare = ~np.isfinite(values)
        if look.threshold > 0:
            bare |= (np.abs(values) if look.signed else values) < look.threshold * scale.high
        colours[bare] = 0
        layer = Image.fromarray(colours.view(np.uint8).reshape(*values.shape, 4))
        painted.paste(layer, (left, upper), layer)
    return painted


def _lookup(look: Look) -> np.ndarray:
    """Colour and opacity at each step of a scale: uint32 [STEPS], the bytes of a pixel in one word."""
    places = np.arange(STEPS) / (STEPS - 1)
    alpha = opacities(np.abs(2 * places - 1) if look.signed else places, look.opacity)
    pixels = np.column_stack([colours_at(look.colours, places), np.rint(255 * alpha).astype(np.uint8)])
    return pixels.view(np.uint32)[:, 0]


def resample(
    cam: np.ndarray, size: tuple[int, int], smooth: bool, part: tuple[float, float, float, float] | None = None
) -> np.ndarray:
    """A map at ``size`` (width, height), float32 [height, width]: bilinear between centres of cells, or as cells.

    ``part`` is the left, top, right and bottom of the map, in cells, in place of all of it.
    """
    method = Image.Resampling.BILINEAR if smooth else Image.Resampling.NEAREST
    return np.asarray(Image.fromarray(np.ascontiguousarray(cam, np.float32)).resize(size, method, part))


def opacities(strength: np.ndarray, opacity: float) -> np.ndarray:
    """How opaque values are drawn, 0..1: fainter where ``strength``, in 0..1 of the scale's end, is small.

    The further ``opacity`` goes, the less they fade; at 1 every value is opaque and colours are exact.
    """
    s = np.minimum(1, strength / _FAINT)
    fade = s * s * (3 - 2 * s)
    return opacity * (fade + (1 - fade) * opacity**4)


def png(image: Image.Image) -> bytes:
    """An RGB image as the bytes of a PNG file."""
    return png_file(np.asarray(image), dpi=200)
