"""From whatever a program has for a photo to its pixels and its name, within the limits."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from resnet_demo.errors import InputError
from resnet_demo.photos.decode import Decoded, check_size, decode
from resnet_demo.photos.inputs import Plain, plain
from resnet_demo.photos.names import name_of
from resnet_demo.results import PhotoInput
from resnet_demo.settings import Settings

Decode = Callable[[bytes, str, Settings], Decoded]
"""What makes pixels of a photo's bytes: ``decode.decode`` here, ``Decoders.decode`` in a process of its own."""

_ADDRESS = re.compile(r"\s*(?:[a-z][a-z0-9+.-]*://|(?:https?|ftp|file|data|blob|javascript):)", re.IGNORECASE)


@dataclass(frozen=True, eq=False)
class Photo:
    """``name`` is for people; ``pixels`` is uint8 [height, width, 3], upright, and nobody else's array.

    ``notes`` are those of ``PhotoInfo``.
    """

    name: str
    pixels: np.ndarray
    notes: tuple[str, ...] = ()


def read_photo(
    photo: PhotoInput, *, name: str | None = None, settings: Settings | None = None, decode: Decode = decode
) -> Photo:
    """Decode ``photo``, which may be any of ``PhotoInput``.

    By default in this process, where nothing but the limits on bytes and pixels holds a file made to cost much time or
    memory; ``decode`` can be that of ``Decoders``, as the server's is.

    The format is told by the content, whatever the name ends in. Of several frames or pages the first counts; it is
    turned upright as its EXIF says, laid over white where it is transparent, and scaled to 8 bits. ``name`` is what
    the photo is called where it is no path. Raises ``InputError``, and nothing else, for whatever can't be used.
    """
    settings = Settings() if settings is None else settings
    shown = name_of(photo, name)
    try:
        made = _decoded(plain(photo, shown, settings), shown, settings, decode)
        return Photo(shown, made.pixels, made.notes)
    except InputError as error:
        # Tracebacks keep what their frames hold: whoever keeps this error would keep a half-decoded picture with it.
        for earlier in (error.__cause__, error.__context__):
            if earlier is not None:
                earlier.__traceback__ = earlier.__context__ = None
        raise error.with_traceback(None) from error.__cause__


def preview(pixels: np.ndarray, limit: int = 1024) -> np.ndarray:
    """``pixels``, uint8 [h, w, 3], brought to at most ``limit`` pixels on the longer side; a copy if they fit."""
    height, width = pixels.shape[:2]
    longer = max(height, width)
    if longer <= limit:
        return np.array(pixels)
    size = max(1, round(width * limit / longer)), max(1, round(height * limit / longer))
    return np.array(Image.fromarray(pixels).resize(size, Image.Resampling.BICUBIC, reducing_gap=2.0))


def _decoded(photo: Plain, name: str, settings: Settings, decode: Decode) -> Decoded:
    if isinstance(photo, np.ndarray):
        check_size(photo.shape[1], photo.shape[0], name, settings)
        return Decoded(np.array(photo, order="C"))  # whoever sent it may go on writing to it
    data = photo if isinstance(photo, bytes) else _read_file(photo, name, settings)
    _check_bytes(len(data), name, settings)
    return decode(data, name, settings)


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
    except InputError:
        raise
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
