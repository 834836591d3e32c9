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

Convert = Callable[[Image.Image], np.ndarray]

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

    Transparency is laid over white. 16-bit values are scaled by 255/65535 and rounded, 12-bit ones kept in 16, as
    microscopes and cameras do, by 255/4095; floats must lie in 0..1. Colours are converted to sRGB by the embedded
    profile of CMYK and RGB (Display P3, Adobe RGB); without one that works, CMYK by Pillow's plain formula, and RGB is
    taken for sRGB. Profiles of grey pictures are not applied. Raises ``Unsupported`` for values that have no defined
    white.
    """
    width, height = image.size
    shape = (height, width, 3) if orientation < 5 else (width, height, 3)
    upright = np.empty(shape, np.uint8) if room is None else room(shape)
    turn, convert = _TURNS.get(orientation), _in_srgb(image, _converter(image))
    rows = max(1, BAND // width)
    for top in range(0, height, rows):
        bottom = min(top + rows, height)
        band = image if rows >= height else image.crop((0, top, width, bottom))
        # Orientations 3, 4, 6 and 7 begin with the stored picture's last row.
        place = slice(top, bottom) if orientation in (1, 2, 5, 8) else slice(height - bottom, height - top)
        where = place if orientation < 5 else (slice(None), place)
        upright[where] = convert(band if turn is None else band.transpose(turn))
    return upright


def _in_srgb(image: Image.Image, convert: Convert) -> Convert:
    """``convert``, and then from the RGB of the profile of ``image`` to sRGB, where that is another."""
    if image.mode not in ("RGB", "RGBA", "RGBX", "P"):
        return convert
    profiled = _transform(image.info.get("icc_profile"), "RGB")
    if profiled is None or _changes_nothing(profiled):
        return convert
    return lambda band: np.asarray(ImageCms.applyTransform(Image.fromarray(convert(band)), profiled))


def _changes_nothing(profiled: ImageCms.ImageCmsTransform) -> bool:
    """Whether colours come out as they are, but for rounding: the profile is one of the many ways to write sRGB."""
    levels = np.arange(0, 256, 15, dtype=np.uint8)
    colours = np.stack(np.meshgrid(levels, levels, levels), axis=-1).reshape(len(levels), -1, 3)
    made = np.asarray(ImageCms.applyTransform(Image.fromarray(colours), profiled))
    return int(np.abs(made.astype(int) - colours).max()) <= 2


def _converter(image: Image.Image) -> Convert:
    """How bands of ``image`` become uint8 [rows, width, 3], or [rows, width, 1] for grey."""
    mode, key = image.mode, image.info.get("transparency")
    if mode == "F":
        return _from_floats
    if mode.startswith("I;16"):
        most = 4095 if is_12_bit(image) else 65535
        return lambda band: _over_key(np.asarray(band), key, _from_16_bits(np.asarray(band), most))
    if mode == "I":
        raise Unsupported("thing-whole", bits=32)
    if mode == "CMYK":
        profiled = _transform(image.info.get("icc_profile"), "CMYK")
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


def _from_16_bits(values: np.ndarray, most: int) -> np.ndarray:
    # Half of an odd divisor, rounded down, added before dividing rounds to the nearest: there are no ties.
    return ((values.astype(np.uint32) * 255 + most // 2) // most).astype(np.uint8)[..., None]


def is_12_bit(image: Image.Image) -> bool:
    """Whether the picture has 16 bits a value, and uses twelve of them."""
    if not image.mode.startswith("I;16"):
        return False
    width, height = image.size
    rows = max(1, BAND // width)
    bands = (image.crop((0, top, width, min(top + rows, height))) for top in range(0, height, rows))
    return 0 < max(int(np.asarray(band).max()) for band in bands) <= 4095


def _from_floats(band: Image.Image) -> np.ndarray:
    values = np.asarray(band)
    if not ((values >= 0) & (values <= 1)).all():  # NaN is neither
        raise Unsupported("thing-floats-outside")
    return np.rint(values * 255).astype(np.uint8)[..., None]


def _transform(profile: bytes | None, mode: str) -> ImageCms.ImageCmsTransform | None:
    """From the colours of ``profile`` to sRGB, None where it is no profile of ``mode`` that can be used."""
    if not profile:
        return None
    try:
        return ImageCms.buildTransform(
            ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB"), mode, "RGB"
        )
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None
