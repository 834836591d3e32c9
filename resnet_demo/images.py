"""From a file or bytes to an upright 8-bit RGB photo, with every limit checked before anything is decoded.

Colours are taken as the numbers in the file: no colour profile is applied, as none was in the data that ResNets are
trained and measured on.
"""

from __future__ import annotations

import io
import os
import stat
import unicodedata
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from resnet_demo.errors import InputError
from resnet_demo.results import PhotoInput
from resnet_demo.settings import Settings

try:
    import pillow_heif

    pillow_heif.register_heif_opener()
    HEIF_READER = True
except ImportError:
    HEIF_READER = False

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", *(("HEIF",) if HEIF_READER else ()))
ACCEPTED = "JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF and HEIC"
LONGEST_NAME = 80


@dataclass(frozen=True, eq=False)
class Photo:
    """``name`` is for people; ``pixels`` is uint8 [height, width, 3], upright."""

    name: str
    pixels: np.ndarray


def read_photo(photo: PhotoInput, *, name: str | None = None, settings: Settings | None = None) -> Photo:
    """Decode ``photo``: encoded bytes, a file's path, or an RGB array.

    The first frame of what has several; turned upright as its EXIF says; transparency over white; 16-bit values scaled
    to 8. Raises ``InputError``, whose message names the file, what is wrong and what is accepted.
    """
    settings = Settings() if settings is None else settings
    shown = display_name(photo, name)
    if isinstance(photo, np.ndarray):
        return Photo(shown, _checked_array(photo, shown, settings))
    data = photo if isinstance(photo, bytes) else _read_file(photo, shown, settings)
    _check_bytes(len(data), shown, settings)
    return Photo(shown, _decode(data, shown, settings))


def preview(pixels: np.ndarray, limit: int = 1024) -> np.ndarray:
    """``pixels`` made smaller where its longer side is more than ``limit`` pixels: uint8 [h, w, 3]."""
    height, width = pixels.shape[:2]
    if max(height, width) <= limit:
        return pixels
    scale = limit / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BOX, reducing_gap=2.0))


def display_name(photo: PhotoInput, name: str | None) -> str:
    """What to call a photo: the last part of its name, without control characters, at most 80 characters long."""
    if name is None:
        name = os.fspath(photo) if isinstance(photo, str | Path) else "photo"
    last = name.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]
    # Categories C: control, format (right-to-left overrides among them), surrogates, unassigned.
    clean = "".join(c for c in last if unicodedata.category(c)[0] != "C").strip()
    if len(clean) > LONGEST_NAME:
        stem, dot, ending = clean.rpartition(".")
        ending = dot + ending if stem and len(ending) <= 8 else ""
        clean = clean[: LONGEST_NAME - len(ending) - 1] + "…" + ending
    return clean or "photo"


def _read_file(path: str | Path, name: str, settings: Settings) -> bytes:
    if isinstance(path, str) and ("://" in path or path.startswith("data:")):
        raise InputError(
            f"{name} is an address, not a file. Please save the photo and choose the file.", code="photo-is-address", name=name
        )
    try:
        # Not blocking: opening a pipe that nobody writes to would wait for ever.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except (OSError, ValueError) as error:
        raise InputError(
            f"{name} can't be opened: {getattr(error, 'strerror', None) or error}.", code="photo-not-found", name=name
        ) from error
    with open(descriptor, "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise InputError(f"{name} is no file: choose a photo.", code="photo-not-a-file", name=name)
        _check_bytes(status.st_size, name, settings)
        return file.read(int(settings.max_file_mb * 1_000_000) + 1)


def _check_bytes(size: int, name: str, settings: Settings) -> None:
    if size == 0:
        raise InputError(f"{name} is empty. Accepted are {ACCEPTED}.", code="photo-empty", name=name)
    if size > settings.max_file_mb * 1_000_000:
        raise InputError(
            f"{name} is too large: {size / 1e6:.1f} MB, and at most {settings.max_file_mb:g} MB are accepted. "
            "A smaller copy works as well: the network sees a few hundred pixels.",
            code="photo-too-large",
            name=name,
            size_mb=round(size / 1e6, 1),
            limit_mb=settings.max_file_mb,
        )


def _check_size(width: int, height: int, name: str, settings: Settings) -> None:
    if width < 1 or height < 1:
        raise InputError(f"{name} has no pixels: {width} by {height}.", code="photo-no-pixels", name=name)
    if width * height > settings.max_megapixels * 1_000_000:
        raise InputError(
            f"{name} has too many pixels: {width} by {height}, and at most {settings.max_megapixels:g} million are "
            "accepted. A smaller copy works as well: the network sees a few hundred pixels a side.",
            code="photo-too-many-pixels",
            name=name,
            width=width,
            height=height,
            limit_megapixels=settings.max_megapixels,
        )
    if max(width, height) > settings.max_aspect * min(width, height):
        raise InputError(
            f"{name} is too elongated: {width} by {height}. One side may be at most {settings.max_aspect:g} times "
            "the other. Crop it to the part that matters.",
            code="photo-too-elongated",
            name=name,
            width=width,
            height=height,
            limit=settings.max_aspect,
        )


def _checked_array(pixels: np.ndarray, name: str, settings: Settings) -> np.ndarray:
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3:
        raise InputError(
            f"{name} is an array of {pixels.dtype} with shape {pixels.shape}; expected is uint8 [height, width, 3].",
            code="photo-array-invalid",
            name=name,
        )
    _check_size(pixels.shape[1], pixels.shape[0], name, settings)
    return np.ascontiguousarray(pixels)


def _decode(data: bytes, name: str, settings: Settings) -> np.ndarray:
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            _check_size(*image.size, name, settings)
            image.load()
            return np.asarray(_rgb(_upright(image)))
    except InputError:
        raise
    except Image.DecompressionBombError as error:
        raise InputError(
            f"{name} has too many pixels; at most {settings.max_megapixels:g} million are accepted.",
            code="photo-too-many-pixels",
            name=name,
            limit_megapixels=settings.max_megapixels,
        ) from error
    except Image.UnidentifiedImageError as error:
        raise _unrecognised(data, name) from error
    # Damaged files make Pillow's readers fail in many ways; each of them means the same to whoever sent the file.
    except Exception as error:
        raise InputError(
            f"{name} is damaged or incomplete and can't be decoded. Accepted are {ACCEPTED}.", code="photo-damaged", name=name
        ) from error


def _unrecognised(data: bytes, name: str) -> InputError:
    if not HEIF_READER and data[4:8] == b"ftyp" and data[8:11] in (b"hei", b"hev", b"mif", b"msf"):
        return InputError(
            f"{name} is a HEIC photo, and the reader for these is not installed here: pip install pillow-heif, or "
            "export the photo as JPEG.",
            code="photo-heic-reader-missing",
            name=name,
        )
    return InputError(
        f"{name} is no photo that can be read. Accepted are {ACCEPTED}.", code="photo-not-an-image", name=name
    )


def _upright(image: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # EXIF that can't be read says nothing about which way is up
        return image


def _rgb(image: Image.Image) -> Image.Image:
    """8-bit RGB: transparency over white, wider values scaled, other colour spaces converted."""
    if image.mode.startswith("I;16") or image.mode in ("I", "F"):
        image = Image.fromarray(_eight_bits(np.asarray(image)))
    if image.has_transparency_data:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        white.alpha_composite(image)
        image = white
    return image if image.mode == "RGB" else image.convert("RGB")


def _eight_bits(values: np.ndarray) -> np.ndarray:
    """Grey values of more than 8 bits as uint8: 16-bit ones by their full range, floats of 0..1 by theirs."""
    if np.issubdtype(values.dtype, np.floating):
        if not np.isfinite(values).all():
            raise ValueError("the picture holds values that are not finite")
        top = 1.0 if values.max() <= 1 else 255.0 if values.max() <= 255 else 65535.0
        return np.rint(np.clip(values / top, 0, 1) * 255).astype(np.uint8)
    # 65535 = 255 * 257, so this is exact for values that were 8-bit once
    return ((np.clip(values, 0, 65535).astype(np.uint32) + 128) // 257).astype(np.uint8)
