"""From a file or bytes to an upright 8-bit RGB photo, with every limit checked before anything is decoded.

Colours are the numbers in the file, as in the data that ResNets are trained and measured on: ``upright.py`` says what
that means for profiles. ``formats/`` knows the formats and cuts each file down to its first picture.
"""

from __future__ import annotations

import io
import os
import re
import stat
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from resnet_demo.errors import InputError
from resnet_demo.photos.formats import kinds
from resnet_demo.photos.formats.bare import Bare, Damaged, Truncated, Unsupported
from resnet_demo.photos.formats.exif import orientation
from resnet_demo.photos.formats.kinds import Format
from resnet_demo.photos.upright import upright_rgb
from resnet_demo.results import PhotoInput
from resnet_demo.settings import Settings

LONGEST_NAME = 80

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
    shown = display_name(photo, name)
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


def display_name(photo: PhotoInput, name: str | None) -> str:
    """What to call a photo: the last part of its name, without what is invisible, at most 80 characters long.

    Markup in a name is left as it is: whoever puts the name into a page escapes it.
    """
    if name is None:
        name = os.fspath(photo) if isinstance(photo, str | Path) else ""
    last = str(name).replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]
    # Categories C: control, format (right-to-left overrides among them), surrogates, unassigned. Z: spaces of all
    # kinds, line and paragraph separators among them.
    spaced = "".join(" " if unicodedata.category(c)[0] == "Z" or c in "\t\n\r" else c for c in last)
    clean = " ".join("".join(c for c in spaced if unicodedata.category(c)[0] != "C").split())
    if len(clean) > LONGEST_NAME:
        stem, dot, ending = clean.rpartition(".")
        ending = dot + ending if stem and len(ending) <= 8 else ""
        clean = clean[: LONGEST_NAME - len(ending) - 1] + "…" + ending
    return clean if clean.strip(".") else "photo"


def _pixels(photo: object, name: str, settings: Settings) -> np.ndarray:
    if isinstance(photo, np.ndarray):
        return _checked_array(photo, name, settings)
    if isinstance(photo, bytes):
        data = photo
    elif isinstance(photo, str | Path):
        data = _read_file(photo, name, settings)
    else:
        kind = type(photo).__name__
        raise _refusal(
            name,
            "photo-type-unsupported",
            f"is a Python object of type {kind}. Accepted are a file's path, its bytes, and uint8 [height, width, 3].",
            type=kind,
        )
    _check_bytes(len(data), name, settings)
    return _decode(data, name, settings)


def _refusal(name: str, code: str, what: str, **details: Any) -> InputError:
    return InputError(f"{name} {what}", code=code, name=name, **details)


def _read_file(path: str | Path, name: str, settings: Settings) -> bytes:
    if _ADDRESS.match(str(path)):
        raise _refusal(
            name, "photo-is-address", "is an address, not a file. Please save the photo and choose the file."
        )
    try:
        # Looked at before it is opened: opening a pipe waits for its writer, opening a device may do anything.
        status = os.stat(path)
        if stat.S_ISREG(status.st_mode):
            _check_bytes(status.st_size, name, settings)
            with open(path, "rb") as file:
                return file.read(int(settings.max_file_mb * 1_000_000) + 1)
    except FileNotFoundError as error:
        raise _refusal(name, "photo-not-found", "was not found.") from error
    except (OSError, ValueError) as error:
        cause = getattr(error, "strerror", None) or "its name is not valid"
        raise _refusal(name, "photo-unreadable", f"can't be read: {cause}.", cause=cause) from error
    raise _refusal(name, "photo-not-a-file", "is not a file. Please choose a photo.")


def _check_bytes(size: int, name: str, settings: Settings) -> None:
    if size == 0:
        raise _refusal(name, "photo-empty", f"is empty. Accepted are {kinds.accepted()}.", accepted=kinds.accepted())
    if size > settings.max_file_mb * 1_000_000:
        raise _refusal(
            name,
            "photo-too-large",
            f"has {size / 1e6:.2f} MB; at most {settings.max_file_mb:g} MB are accepted. A smaller copy serves as "
            "well, as networks see a few hundred pixels a side.",
            size_mb=round(size / 1e6, 2),
            limit_mb=settings.max_file_mb,
        )


def _check_size(width: int, height: int, name: str, settings: Settings, form: Format | None = None) -> None:
    limit = settings.max_megapixels * (form.share if form else 1.0)
    if width < 1 or height < 1:
        raise _refusal(name, "photo-no-pixels", f"has no pixels: {width} by {height}.", width=width, height=height)
    if width * height > limit * 1_000_000:
        raise _too_many_pixels(name, limit, form, width, height)
    if max(width, height) > settings.max_aspect * min(width, height):
        raise _refusal(
            name,
            "photo-too-elongated",
            f"is too elongated: {width} by {height}. One side may be at most {settings.max_aspect:g} times the other. "
            "Please crop it to the part that matters.",
            width=width,
            height=height,
            limit=settings.max_aspect,
        )


def _too_many_pixels(name: str, limit: float, form: Format | None, width: int, height: int) -> InputError:
    kind = f" in {form.title}" if form and form.share < 1 else ""
    return _refusal(
        name,
        "photo-too-many-pixels",
        f"has too many pixels: {width} by {height}, {width * height / 1e6:.2f} million; at most {limit:g} million are "
        f"accepted{kind}. A smaller copy serves as well, as networks see a few hundred pixels a side.",
        width=width,
        height=height,
        megapixels=round(width * height / 1e6, 2),
        limit_megapixels=limit,
    )


def _checked_array(pixels: np.ndarray, name: str, settings: Settings) -> np.ndarray:
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3:
        raise _refusal(
            name,
            "photo-array-invalid",
            f"is an array of {pixels.dtype} and shape {pixels.shape}. Accepted is RGB, uint8 [height, width, 3].",
            dtype=str(pixels.dtype),
            shape=str(pixels.shape),
        )
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
        raise _refusal(
            name,
            "photo-kind-unsupported",
            f"holds {error}, which can't be shown to a network as it is. Please save it as an 8-bit JPEG or PNG.",
            format=form.title,
            cause=str(error),
        ) from error
    except MemoryError as error:
        raise _refusal(
            name, "photo-no-memory", "needs more memory than there is right now. Please send a smaller copy."
        ) from error
    # Damaged files make decoders fail in every way there is; each of them means the same to whoever sent the file.
    except Exception as error:
        if isinstance(error, Truncated) or "truncated" in str(error).lower():
            raise _refusal(
                name,
                "photo-truncated",
                f"is incomplete: its end is missing, as after a download that broke off. It begins as {form.title}.",
                format=form.title,
            ) from error
        raise _refusal(
            name,
            "photo-damaged",
            f"is damaged and can't be decoded. It begins as {form.title}; opening it in another program and saving it "
            "anew may help.",
            format=form.title,
        ) from error


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
        return _refusal(
            name, "photo-format-unsupported", f"is {found}. Accepted are {accepted}.", found=found, accepted=accepted
        )
    return _refusal(
        name, "photo-not-an-image", f"is not a photo in a known format. Accepted are {accepted}.", accepted=accepted
    )


def _without_reader(form: Format, name: str) -> InputError:
    if form is kinds.HEIC:
        return _refusal(
            name,
            "photo-heic-reader-missing",
            "is a HEIC photo, and the reader for these is not installed here. Please export it as JPEG, or install the "
            "reader: pip install pillow-heif.",
        )
    return _refusal(
        name,
        "photo-format-unsupported",
        f"is in {form.title}, which this installation can't read. Accepted are {kinds.accepted()}.",
        found=form.title,
        accepted=kinds.accepted(),
    )
