"""From a photo's bytes to upright 8-bit RGB: what is in the file is told by its content, and its size is checked first.

The server does this in processes of their own (``decoders.py``), which end where a file takes more time or memory than
any photo needs; the library and the command line do it where they run.
"""

from __future__ import annotations

import numpy as np
from PIL import Image

from resnet_demo.errors import InputError
from resnet_demo.photos.formats import kinds
from resnet_demo.photos.formats.exif import orientation
from resnet_demo.photos.formats.kinds import Format, Reader
from resnet_demo.photos.formats.wrong import Truncated, Unsupported
from resnet_demo.photos.upright import Room, upright_rgb
from resnet_demo.settings import Settings


def check_size(width: int, height: int, name: str, settings: Settings, form: Format | None = None) -> None:
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


def decode(data: bytes, name: str, settings: Settings, room: Room | None = None) -> np.ndarray:
    """The first picture in ``data``, a photo called ``name``: upright, uint8 [height, width, 3].

    It is written to the array that ``room`` gives for its shape, by default a new one. Raises ``InputError``, and
    nothing else, for whatever can't be used.
    """
    form = kinds.recognise(data)
    if form is None:
        raise _unrecognised(data, name)
    if form.reader is None:
        raise _without_reader(form, name)
    try:
        return _picture(form, form.reader, form.picture(data), name, settings, room)
    except InputError:
        raise
    except Unsupported as error:
        raise InputError("photo-kind-unsupported", name=name, format=form.title, cause=error) from error
    except MemoryError as error:
        raise too_costly(name) from error
    # Damaged files make decoders fail in every way there is; each of them means the same to whoever sent the file.
    except Exception as error:
        ran_out = isinstance(error, Truncated) or isinstance(error.__cause__, EOFError)
        if ran_out or "truncated" in str(error).lower():
            raise InputError("photo-truncated", name=name, format=form.title) from error
        if "memory" in str(error).lower() and "limit" not in str(error):  # several decoders say so in words alone
            raise too_costly(name) from error
        raise damaged(name, form) from error


def too_costly(name: str) -> InputError:
    return InputError("photo-too-costly", name=name)


def damaged(name: str, form: Format | None) -> InputError:
    return InputError("photo-damaged", name=name, format=form.title if form else "RGB")


def _picture(form: Format, reader: Reader, data: bytes, name: str, settings: Settings, room: Room | None) -> np.ndarray:
    with reader(data) as image:
        check_size(*image.size, name, settings, form)
        form.check(image, data)
        window = image.tile[0][1] if form is kinds.GIF and image.tile else None
        try:
            image.load()
        except Image.DecompressionBombError as error:  # only the TIFF reader asks by itself
            limit = 2 * (Image.MAX_IMAGE_PIXELS or 0) / 1_000_000
            raise _too_many_pixels(name, limit, form, *image.size) from error
        # Pillow's reader of TIFF, and libheif, turn what they decode upright themselves.
        pixels = upright_rgb(image, 1 if form in (kinds.TIFF, kinds.HEIC) else orientation(image.info), room)
    if window is not None:
        left, top, right, bottom = window
        pixels[:top] = pixels[bottom:] = pixels[:, :left] = pixels[:, right:] = 255  # a GIF's screen beside its frame
    return pixels


def _unrecognised(data: bytes, name: str) -> InputError:
    accepted = kinds.accepted()
    if found := kinds.known_otherwise(data):
        return InputError("photo-format-unsupported", name=name, found=found, accepted=accepted)
    return InputError("photo-not-an-image", name=name, accepted=accepted)


def _without_reader(form: Format, name: str) -> InputError:
    if form is kinds.HEIC:
        return InputError("photo-heic-reader-missing", name=name)
    return InputError("photo-format-unsupported", name=name, found=form.title, accepted=kinds.accepted())
