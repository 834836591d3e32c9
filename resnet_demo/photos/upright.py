"""From a decoded picture of any kind to upright 8-bit RGB.

The work goes in bands of rows, straight into the result: beside the decoder's picture and the result, no third copy
of a 40-megapixel photo ever exists.
"""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageCms

from resnet_demo.photos.formats.wrong import Unsupported

Room = Callable[[tuple[int, int, int]], np.ndarray]
"""Where pixels go: an array, uint8 of the shape asked for."""

BAND = 1_000_000
"""Pixels converted at a time."""

# What turns a stored picture upright, by its orientation (CIPA DC-008 section 4.6.4.A).
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def upright_rgb(image: Image.Image, orientation: int, room: Room | None = None) -> np.ndarray:
    """``image`` as uint8 [height, width, 3], turned upright from EXIF's ``orientation``, 1 to 8.

    It is written to the array that ``room`` gives for its shape, by default a new one.

    Transparency is laid over white; 16-bit values are scaled by 255/65535 and rounded; floats must lie in 0..1. CMYK is
    converted by its embedded profile, or by Pillow's plain formula where it has none that works. Colour profiles of RGB
    and grey pictures are not applied: the accuracies that weights are published with were measured on photos read by
    ``convert("RGB")``, without colour management. Raises ``Unsupported`` for values that have no defined white.
    """
    width, height = image.size
    shape = (height, width, 3) if orientation < 5 else (width, height, 3)
    upright = np.empty(shape, np.uint8) if room is None else room(shape)
    turn, convert = _TURNS.get(orientation), _converter(image)
    rows = max(1, BAND // width)
    for top in range(0, height, rows):
        bottom = min(top + rows, height)
        band = image if rows >= height else image.crop((0, top, width, bottom))
        # Orientations 3, 4, 6 and 7 begin with the stored picture's last row.
        place = slice(top, bottom) if orientation in (1, 2, 5, 8) else slice(height - bottom, height - top)
        where = place if orientation < 5 else (slice(None), place)
        upright[where] = convert(band if turn is None else band.transpose(turn))
    return upright


def _converter(image: Image.Image) -> Callable[[Image.Image], np.ndarray]:
    """How bands of ``image`` become uint8 [rows, width, 3], or [rows, width, 1] for grey."""
    mode, key = image.mode, image.info.get("transparency")
    if mode == "F":
        return _from_floats
    if mode.startswith("I;16"):
        return lambda band: _over_key(np.asarray(band), key, _from_16_bits(np.asarray(band)))
    if mode == "I":
        raise Unsupported("32-bit whole numbers with no defined white")
    if mode == "CMYK":
        profiled = _cmyk_transform(image.info.get("icc_profile"))
        if profiled is not None:
            return lambda band: np.asarray(ImageCms.applyTransform(band, profiled))
    if mode in ("LA", "La", "PA", "RGBA", "RGBa") or (mode == "P" and key is not None):
        return lambda band: _over_white(np.asarray(_straight_alpha(band)))
    if mode in ("1", "L"):
        return lambda band: _over_key(grey := np.asarray(band.convert("L")), key, grey[..., None])
    if mode == "RGB":
        return lambda band: _over_key(rgb := np.asarray(band), key, rgb)
    return lambda band: np.asarray(band.convert("RGB"))


def _straight_alpha(band: Image.Image) -> Image.Image:
    # Pillow turns premultiplied grey only into straight grey.
    return band.convert("LA").convert("RGBA") if band.mode == "La" else band.convert("RGBA")


def _over_white(rgba: np.ndarray) -> np.ndarray:
    """Straight-alpha uint8 [..., 4] over white: c a / 255 + (255 − a), rounded to the nearest."""
    alpha = rgba[..., 3:].astype(np.uint16)
    # 255 * 255 + 127 fits 16 bits, and adding 127 before dividing by 255 rounds: 255 is odd, so there are no ties.
    return (255 - ((255 - rgba[..., :3]) * alpha + 127) // 255).astype(np.uint8)


def _over_key(values: np.ndarray, key: int | tuple[int, int, int] | None, converted: np.ndarray) -> np.ndarray:
    """``converted`` with white where ``values``, [rows, width] or [rows, width, 3], equal the transparent colour."""
    if key is None:
        return converted
    clear = values == key if values.ndim == 2 else (values == np.asarray(key)).all(axis=-1)
    return np.where(clear[..., None], np.uint8(255), converted)


def _from_16_bits(values: np.ndarray) -> np.ndarray:
    # 65535 = 255 * 257, so this is round(v * 255 / 65535).
    return ((values.astype(np.uint32) + 128) // 257).astype(np.uint8)[..., None]


def _from_floats(band: Image.Image) -> np.ndarray:
    values = np.asarray(band)
    if not ((values >= 0) & (values <= 1)).all():  # NaN is neither
        raise Unsupported("floating-point values outside 0 to 1")
    return np.rint(values * 255).astype(np.uint8)[..., None]


def _cmyk_transform(profile: bytes | None) -> ImageCms.ImageCmsTransform | None:
    """From the CMYK of ``profile`` to sRGB, None where it is no CMYK profile that can be used."""
    if not profile:
        return None
    try:
        return ImageCms.buildTransform(
            ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB"), "CMYK", "RGB"
        )
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None
