"""The pictures of the bench: what an electrophysiologist shows a cell, made by the program.

Every picture is RGB in 0..1 on a mid-grey ground, and what it shows stands in its middle. Each family varies one thing
and holds the others: gratings (orientation, wavelength, phase: Hubel and Wiesel 1962 and all that followed), colours
beside the grey of the same luma, contours (straight, curved, with a corner: Pasupathy and Connor 1999), dots, and drawn
outlines filled with the textures of photos, each texture in each outline (Geirhos et al. 2019), which are moved, scaled
and turned as well.
"""

from __future__ import annotations

import colorsys
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

SIDE = 128
"""Of a picture, in pixels: a middle cell of each stage then stands on the picture's middle."""
GREY = 0.5

ORIENTATIONS = tuple(22.5 * i for i in range(8))
"""Degrees from the horizontal, of the stripes of a grating or of a straight line."""
WAVELENGTHS = (4, 8, 16, 32)
"""Pixels."""
PHASES = (0.0, 90.0, 180.0, 270.0)
HUES = tuple(30.0 * i for i in range(12))
"""Degrees of the colour circle: 0 is red, 120 green, 240 blue."""
PATTERNS = ("field", "disc", "grating")
"""How a colour is shown: everywhere, on a disc, and in stripes with grey between."""
CONTOURS = ("line", "radius 48", "radius 24", "radius 12", "corner 135", "corner 90", "corner 45")
"""A straight line, arcs of a radius in pixels, corners of an angle in degrees."""
DIRECTIONS = tuple(45.0 * i for i in range(8))
"""Degrees: where a contour opens to, and how far an object is turned."""
RADII = (2, 4, 8, 16, 32)
"""Of dots, in pixels."""
OUTLINES = ("disc", "square", "triangle", "star", "cross", "crescent")
PLACES = ((0, 0), (0, -24), (0, 24), (-24, 0), (24, 0))
"""Pixels right and down."""
SIZES = (0.5, 0.71, 1.0, 1.41)
REACH = 40
"""Half the height of an object at size 1, in pixels."""


@dataclass(frozen=True)
class Stimulus:
    """What a picture shows: its ``family``, and where in it the picture stands, one place for each thing varied.

    grating (orientation, wavelength, phase); colour (hue, pattern); grey, of the same luma (hue, pattern); contour
    (kind, direction, polarity); dot (radius, polarity); object (outline, texture); place, size and turn (object, how).
    """

    family: str
    at: tuple[int, ...]


def stimuli(textures: Tensor, side: int = SIDE) -> tuple[list[Stimulus], Tensor]:
    """All pictures, with what each shows: (pictures, 3, side, side) float32 in 0..1.

    ``textures`` (6, 3, h, w), RGB in 0..1, fill the outlines. Raises ``ValueError`` for another number of them.
    """
    if len(textures) != len(OUTLINES):
        raise ValueError(f"here are {len(textures)} textures; the bench takes {len(OUTLINES)}, one for each outline")
    made = [
        *_gratings(side),
        *_colours(side),
        *_contours(side),
        *_dots(side),
        *_objects(side, textures.float().cpu()),
    ]
    return [stimulus for stimulus, _ in made], torch.stack([picture for _, picture in made])


Made = Iterator[tuple[Stimulus, Tensor]]


def grid(
    side: int, finer: int = 1, /, *, turn: float = 0, scale: float = 1, right: float = 0, down: float = 0
) -> tuple[Tensor, Tensor]:
    """Pixels right of and below the middle, each (side * finer)^2, for a thing turned, scaled and moved as it says."""
    line = (torch.arange(side * finer) + 0.5) / finer - side / 2
    y, x = torch.meshgrid(line - down, line - right, indexing="ij")
    a = math.radians(turn)
    return (x * math.cos(a) + y * math.sin(a)) / scale, (y * math.cos(a) - x * math.sin(a)) / scale


def grating(side: int, orientation: float, wavelength: float, phase: float) -> Tensor:
    """A sinusoidal grating of full contrast (side, side), -1..1, its stripes at ``orientation``."""
    _, across = grid(side, turn=orientation)
    return torch.sin(2 * math.pi * across / wavelength + math.radians(phase))


def _gratings(side: int) -> Made:
    for i, orientation in enumerate(ORIENTATIONS):
        for j, wavelength in enumerate(WAVELENGTHS):
            for k, phase in enumerate(PHASES):
                picture = GREY + GREY * grating(side, orientation, wavelength, phase)
                yield Stimulus("grating", (i, j, k)), picture.expand(3, -1, -1)


def luma(rgb: Tensor) -> Tensor:
    """ITU-R 601-2, of colours (3, ...)."""
    return torch.einsum("c...,c->...", rgb, rgb.new_tensor([0.299, 0.587, 0.114]))


def _colours(side: int) -> Made:
    x, y = grid(side)
    masks = {
        "field": torch.ones_like(x),
        "disc": (x.hypot(y) < 32).float(),
        "grating": (grating(side, 90, 16, 0) + 1) / 2,
    }
    for i, hue in enumerate(HUES):
        colour = torch.tensor(colorsys.hsv_to_rgb(hue / 360, 0.9, 0.9))
        for family, shown in (("colour", colour), ("grey", luma(colour).expand(3))):
            for j, pattern in enumerate(PATTERNS):
                mask = masks[pattern]
                yield Stimulus(family, (i, j)), GREY + (shown[:, None, None] - GREY) * mask


def _strokes(side: int, kind: str, direction: float) -> Tensor:
    """A contour 4 pixels wide through the middle, (side, side), 0..1."""
    x, y = grid(side, 2, turn=direction)
    name, _, figure = kind.partition(" ")
    if name == "line":
        far = torch.where(x.abs() < REACH, y.abs(), math.inf)
    elif name == "radius":
        radius = float(figure)
        angle = torch.atan2(y, x + radius).abs()  # round a centre on the left, so that the arc passes the middle
        far = torch.where(angle < min(math.pi / 2, REACH / radius), ((x + radius).hypot(y) - radius).abs(), math.inf)
    else:
        half = math.radians(float(figure) / 2)
        along, across = x * math.cos(half) + y.abs() * math.sin(half), y.abs() * math.cos(half) - x * math.sin(half)
        far = torch.where((along >= 0) & (along < REACH), across.abs(), x.hypot(y))
    return _coarser((far < 2).float())


def _coarser(fine: Tensor) -> Tensor:
    return functional.avg_pool2d(fine[None, None], 2)[0, 0]


def _contours(side: int) -> Made:
    for i, kind in enumerate(CONTOURS):
        for j, direction in enumerate(ORIENTATIONS if kind == "line" else DIRECTIONS):
            for k, sign in enumerate((1, -1)):
                yield (
                    Stimulus("contour", (i, j, k)),
                    (GREY + sign * GREY * _strokes(side, kind, direction)).expand(3, -1, -1),
                )


def _dots(side: int) -> Made:
    x, y = grid(side, 2)
    for i, radius in enumerate(RADII):
        for k, sign in enumerate((1, -1)):
            dot = _coarser((x.hypot(y) < radius).float())
            yield Stimulus("dot", (i, k)), (GREY + sign * GREY * dot).expand(3, -1, -1)


def _inside(name: str, x: Tensor, y: Tensor) -> Tensor:
    """Whether a place, in units of half the object's height, is inside an outline."""
    radius, angle = x.hypot(y), torch.atan2(x, -y)
    sharp = angle.remainder(2 * math.pi / 5) - math.pi / 5
    inside: dict[str, Callable[[], Tensor]] = {
        "disc": lambda: radius < 0.9,
        "square": lambda: torch.maximum(x.abs(), y.abs()) < 0.8,
        "triangle": lambda: (y < 0.7) & (y > -0.9 + 1.8 * x.abs()),
        "star": lambda: radius < 0.45 + 0.55 * (sharp.abs() / (math.pi / 5)) ** 2,
        "cross": lambda: (torch.minimum(x.abs(), y.abs()) < 0.28) & (torch.maximum(x.abs(), y.abs()) < 0.95),
        "crescent": lambda: (radius < 0.95) & ((x - 0.45).hypot(y) > 0.75),
    }
    return inside[name]()


def _object(side: int, outline: str, texture: Tensor, **moved: float) -> Tensor:
    """An outline filled with a texture, on grey: (3, side, side)."""
    mask = _coarser(_inside(outline, *(each / REACH for each in grid(side, 2, **moved))).float())
    x, y = grid(side, **moved)
    _, height, width = texture.shape
    places = torch.stack([2 * x / width, 2 * y / height], dim=-1)
    filled = functional.grid_sample(texture[None], places[None], padding_mode="reflection", align_corners=False)[0]
    return GREY + (filled.clamp(0, 1) - GREY) * mask


def _objects(side: int, textures: Tensor) -> Made:
    for i, outline in enumerate(OUTLINES):
        for j, texture in enumerate(textures):
            yield Stimulus("object", (i, j)), _object(side, outline, texture)
    for i, (outline, texture) in enumerate(zip(OUTLINES, textures, strict=True)):
        for j, (right, down) in enumerate(PLACES):
            yield Stimulus("place", (i, j)), _object(side, outline, texture, right=right, down=down)
        for j, scale in enumerate(SIZES):
            yield Stimulus("size", (i, j)), _object(side, outline, texture, scale=scale)
        for j, turn in enumerate(DIRECTIONS):
            yield Stimulus("turn", (i, j)), _object(side, outline, texture, turn=turn)
