"""Whatever a program has for a photo, made into one of the things that are read: a path, a file's bytes, an array."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from resnet_demo.errors import InputError
from resnet_demo.photos.decode import check_size
from resnet_demo.photos.formats.exif import orientation
from resnet_demo.photos.formats.wrong import Unsupported
from resnet_demo.photos.upright import upright_rgb
from resnet_demo.results import PhotoInput
from resnet_demo.settings import Settings

Plain = bytes | str | Path | np.ndarray
"""An encoded file's bytes, the path of one, or its pixels: RGB, uint8 [height, width, 3]."""


def plain(photo: PhotoInput, name: str, settings: Settings) -> Plain:
    """``photo`` as one of the three. A file object is read from its beginning; a path is not opened.

    Raises ``InputError`` for what is no photo of any kind.
    """
    match photo:
        case str() | bytes() | Path():
            return photo
        case bytearray() | memoryview():
            return bytes(photo)
        case os.PathLike():
            return Path(os.fsdecode(photo))
        case Image.Image():
            return _of_pillow(photo, name, settings)
        case np.ndarray():
            return _rgb(photo, False, name, settings)
        case torch.Tensor():
            values = photo.detach().cpu()
            return _rgb((values.float() if values.is_floating_point() else values).numpy(), True, name, settings)
    if callable(getattr(photo, "read", None)):
        return _of_file(photo, name, settings)
    raise InputError("photo-type-unsupported", name=name, type=type(photo).__name__)


def several(photos: Any) -> Iterable[Any]:
    """The photos of an argument that takes several: one alone is a list of one, a batch of arrays its photos."""
    one = isinstance(photos, str | bytes | bytearray | memoryview | os.PathLike | Image.Image)
    one = one or isinstance(photos, np.ndarray | torch.Tensor) and photos.ndim < 4 or hasattr(photos, "read")
    return photos if isinstance(photos, Iterable) and not one else [photos]


def _of_pillow(image: Image.Image, name: str, settings: Settings) -> np.ndarray:
    """Upright and without transparency, as the same photo read from its file."""
    check_size(*image.size, name, settings)
    try:
        image.load()
        # Pillow's reader of TIFF, and libheif, turn what they decode upright themselves.
        return upright_rgb(image, 1 if image.format in ("TIFF", "HEIF") else orientation(image.info))
    except Unsupported as error:
        form = image.format or image.mode
        raise InputError("photo-kind-unsupported", name=name, format=form, thing=error.code, **error.facts) from error
    except Exception as error:  # of a file that was opened and not yet decoded: decoders fail in every way there is
        raise InputError("photo-unreadable", name=name, cause=error) from error


def _of_file(file: Any, name: str, settings: Settings) -> bytes:
    try:
        if file.seekable():  # what was just written to stands at its end
            file.seek(0)
        data = file.read(int(settings.max_file_mb * 1_000_000) + 1)
    except (OSError, ValueError, AttributeError) as error:
        raise InputError("photo-unreadable", name=name, cause=error) from error
    if not isinstance(data, bytes):
        raise InputError("photo-file-of-text", name=name)
    return data


def _rgb(pixels: np.ndarray, channels_first: bool, name: str, settings: Settings) -> np.ndarray:
    """One photo's pixels, RGB or grey, uint8 or floats in 0..1, as uint8 [height, width, 3]; the array itself where it
    is that. Where both ends of the shape could be channels, ``channels_first`` says which."""
    given = {"name": name, "dtype": str(pixels.dtype), "shape": str(tuple(pixels.shape))}
    if pixels.ndim == 2:
        pixels = pixels[..., None]
    if pixels.ndim != 3 or (pixels.dtype != np.uint8 and pixels.dtype.kind != "f"):
        raise InputError("photo-array-invalid", **given)
    first, last = pixels.shape[0] in (1, 3), pixels.shape[2] in (1, 3)
    if first and (channels_first or not last):
        pixels = pixels.transpose(1, 2, 0)
    elif not last:
        raise InputError("photo-array-invalid", **given)
    check_size(pixels.shape[1], pixels.shape[0], name, settings)
    if pixels.dtype != np.uint8:
        lowest, highest = float(pixels.min()), float(pixels.max())
        if not 0 <= lowest <= highest <= 1:
            raise InputError("photo-array-range", name=name, lowest=round(lowest, 3), highest=round(highest, 3))
        # Rounded, 8-bit values come back as they were, however they were divided by 255.
        pixels = np.rint(pixels.astype(np.float32) * 255).astype(np.uint8)
    return pixels if pixels.shape[2] == 3 else np.repeat(pixels, 3, axis=2)
