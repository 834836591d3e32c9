"""From a file or bytes to an upright 8-bit RGB photo, with every limit checked before anything is decoded.

Colours are the numbers in the file, as in the data that ResNets are trained and measured on: ``upright.py`` says what
that means for profiles. ``formats/`` knows the formats and cuts each file down to its first picture.
"""

from __future__ import annotations

import io
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from resnet_demo.errors import InputError
from resnet_demo.photos.formats import kinds
from resnet_demo.photos.formats.bare import Bare, Damaged, Truncated, Unsupported
from resnet_demo.photos.formats.exif import orientation
from resnet_demo.photos.formats.kinds import Format
from resnet_demo.photos.names import name_of
from resnet_demo.photos.upright import upright_rgb
from resnet_demo.results import PhotoInput
from resnet_demo.settings import Settings

_ADDRESS = re.compile(r"\s*(?:[a-z][a-z0-9+.-]*://|(?:https?|ftp|file|data|blob|javascript):)", re.IGNORECASE)


@dataclass(frozen=True, eq=False)
class Photo:
    """``name`` is for people; ``pixels`` is uint8 [height, width, 3], upright, and nobody else's array."""

    name: str
    pixels: np.ndarray


def read_photo(photo: PhotoInput, *, name: str | None = None, settings: Settings | None = None) -> Photo:
    """Decode ``photo``: encoded bytes, a file's path, or an RGB array uint8 [height, width, 3].

    The format is told by the content, whatever the name ends in. Of several frames or pages the first counts; it is
    turned upright as its EXIF says, laid over white where it is transparent, and scaled to 8 bits. ``name`` is what
    the photo is called where it is no path. Raises ``InputError``, and nothing else, for whatever can't be used.
    """
    settings = Settings() if settings is None else settings
    shown = name_of(photo, name)
    try:
        return Photo(shown, _pixels(photo, shown, settings))
    except InputError as error:
        # Tracebacks keep what their frames hold: whoever keeps this error would keep a half-decoded picture with it.
        for earlier in (error.__cause__, error.__context__):
            if earlier is not None:
                earlier.__traceback__ = earlier.__context__ = None
        raise error.with_traceback(None) from error.__cause__


def preview(pixels: np.ndarray, limit: int = 1024) -> np.ndarray:
    """``pixels``, uint8 [h, w, 3], brought to at most ``limit`` pixels on the longer side; as they are if they fit."""
    height, width = pixels.shape[:2]
    longer = max(height, width)
    if longer <= limit:
        return pixels
    size = max(1, round(width * limit / longer)), max(1, round(height * limit / longer))
    return np.array(Image.fromarray(pixels).resize(size, Image.Resampling.BICUBIC, reducing_gap=2.0))


def _pixels(photo: object, name: str, settings: Settings) -> np.ndarray:
    if isinstance(photo, np.ndarray):
        return _checked_array(photo, name, settings)
    if isinstance(photo, bytes):
        data = photo
    elif isinstance(photo, str | Path):
        data = _read_file(photo, name, settings)
    else:
        raise InputError("photo-type-unsupported", name=name, type=type(photo).__name__)
    _check_bytes(len(data), name, settings)
    return _decode(data, name, settings)


def _read_file(path: str | Path, name: str, settings: Settings) -> bytes:
    if _ADDRESS.match(str(path)):
        raise InputError("photo-is-address", name=name)
    try:
        # Looked at before it is opened: opening a pipe waits for its writer, opening a device may do anything.
        status = os.stat(path)
        if stat.S_ISREG(status.st_mode):
            _check_bytes(status.st_size, name, settings)
            with open(path, "rb") as file:
                return file.read(int(settings.max_file_mb * 1_000_000) + 1)
    except FileNotFoundError as error:
        raise InputError("photo-not-found", name=name) from error
    except (OSError, ValueError) as error:
        raise InputError("photo-unreadable", name=name, cause=getattr(error, "strerror", None) or error) from error
    raise InputError("photo-not-a-file", name=name)


def _check_bytes(size: int, name: str, settings: Settings) -> None:
    if size == 0:
        raise InputError("photo-empty", name=name)
    if size > settings.max_file_mb * 1_000_000:
        raise InputError("photo-too-large", name=name, size_mb=round(size / 1e6, 2), limit_mb=settings.max_file_mb)


def _check_size(width: int, height: int, name: str, settings: Settings, form: Format | None = None) -> None:
    limit = settings.max_megapixels * (form.share if form else 1.0)
    if width < 1 or height < 1:
        raise InputError("photo-no-pixels", name=name, width=width, height=height)
    if width * height > limit * 1_000_000:
        raise _too_many_pixels(name, limit, form, width, height)
    if max(width, height) > settings.max_aspect * min(width, height):
        raise InputError("photo-too-elongated", name=name, width=width, height=height, limit=settings.max_aspect)


def _too_many_pixels(name: str, limit: float, form: Format | None, width: int, height: int) -> InputError:
    return InputError(
        "photo-too-many-pixels",
        name=name,
        format=form.title if form else "RGB",
        width=width,
        height=height,
        megapixels=round(width * height / 1e6, 2),
        limit_megapixels=limit,
    )


def _checked_array(pixels: np.ndarray, name: str, settings: Settings) -> np.ndarray:
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3:
        raise InputError("photo-array-invalid", name=name, dtype=str(pixels.dtype), shape=str(pixels.shape))
    _check_size(pixels.shape[1], pixels.shape[0], name, settings)
    return np.array(pixels, order="C")  # whoever sent it may go on writing to it


def _decode(data: bytes, name: str, settings: Settings) -> np.ndarray:
    form = kinds.recognise(data)
    if form is None:
        raise _unrecognised(data, name)
    if form.reader is None:
        raise _without_reader(form, name)
    try:
        bare = form.bare(data)
        if bare.size is not None:
            _check_size(*bare.size, name, settings, form)
        if bare.verify is not None:
            bare.verify()
        return _picture(form, bare, name, settings)
    except InputError:
        raise
    except Unsupported as error:
        raise InputError("photo-kind-unsupported", name=name, format=form.title, cause=error) from error
    except MemoryError as error:
        raise InputError("photo-no-memory", name=name) from error
    # Damaged files make decoders fail in every way there is; each of them means the same to whoever sent the file.
    except Exception as error:
        if isinstance(error, Truncated) or "truncated" in str(error).lower():
            raise InputError("photo-truncated", name=name, format=form.title) from error
        raise InputError("photo-damaged", name=name, format=form.title) from error


def _picture(form: Format, bare: Bare, name: str, settings: Settings) -> np.ndarray:
    """Decode one picture.

    The format's reader is called directly: ``Image.open`` has a pixel limit of its own, one for the whole process.
    """
    assert form.reader is not None
    with form.reader(io.BytesIO(bare.data)) as image:
        if bare.size is not None and image.size != bare.size:
            raise Damaged(f"its size is {bare.size}, or {image.size}")
        _check_size(*image.size, name, settings, form)
        _check_coded(bare.coded, image.size)
        try:
            image.load()
        except Image.DecompressionBombError as error:  # only the TIFF reader asks by itself
            limit = 2 * (Image.MAX_IMAGE_PIXELS or 0) / 1_000_000
            raise _too_many_pixels(name, limit, form, *image.size) from error
        up = bare.orientation or orientation(image.info.get("exif"))
        pixels = upright_rgb(image, up)
    if bare.window is not None:
        left, top, right, bottom = bare.window
        framed = np.full_like(pixels, 255)
        framed[top:bottom, left:right] = pixels[top:bottom, left:right]
        return framed
    return pixels


def _check_coded(coded: tuple[int, ...], size: tuple[int, int]) -> None:
    """Refuse a file in which larger pictures wait than it announces."""
    pixels = size[0] * size[1]
    # None is larger than the whole, but for a tile of 256 by 256 in a smaller one. Together they may be two and a half:
    # colour, transparency, a gain map or thumbnail, and what tiles reach over the edge.
    if coded and (max(coded) > 1.25 * pixels + 256 * 256 or sum(coded) > 2.5 * pixels + 4_000_000):
        raise Damaged(f"the pictures inside have {coded} pixels, the file says {pixels}")


def _unrecognised(data: bytes, name: str) -> InputError:
    accepted = kinds.accepted()
    if found := kinds.known_otherwise(data):
        return InputError("photo-format-unsupported", name=name, found=found, accepted=accepted)
    return InputError("photo-not-an-image", name=name, accepted=accepted)


def _without_reader(form: Format, name: str) -> InputError:
    if form is kinds.HEIC:
        return InputError("photo-heic-reader-missing", name=name)
    return InputError("photo-format-unsupported", name=name, found=form.title, accepted=kinds.accepted())
