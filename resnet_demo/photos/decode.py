"""From a photo's bytes to upright 8-bit RGB: what is in the file is told by its content, and its size is checked first.

The server does this in processes of their own (``decoders.py``), which end where a file takes more time or memory than
any photo needs; the library and the command line do it where they run.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from PIL import Image, ImageFile

from resnet_demo.errors import InputError
from resnet_demo.photos.formats import kinds, tiff
from resnet_demo.photos.formats.exif import orientation
from resnet_demo.photos.formats.kinds import Format, Reader
from resnet_demo.photos.formats.wrong import Truncated, Unsupported
from resnet_demo.photos.upright import BAND, Room, is_12_bit, upright_rgb
from resnet_demo.settings import Settings


@dataclass(frozen=True, eq=False)
class Decoded:
    """``pixels`` is uint8 [height, width, 3], upright; ``notes`` are those of ``PhotoInfo``."""

    pixels: np.ndarray
    notes: tuple[str, ...] = ()


JPEG_SCAN, END_OF_JPEG = b"\xff\xda", b"\xff\xd9"

HALVED = 1.25
"""Times the limit on pixels: what a HEIC without a smaller copy may have, as it is decoded whole and halved."""


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


def decode(data: bytes, name: str, settings: Settings, room: Room | None = None) -> Decoded:
    """The first picture in ``data``, a photo called ``name``.

    Its pixels are written to the array that ``room`` gives for their shape, by default a new one. Raises
    ``InputError``, and nothing else, for whatever can't be used.
    """
    form = kinds.recognise(data)
    if form is None:
        raise _unrecognised(data, name)
    if form.reader is None:
        raise _without_reader(form, name)
    try:
        whole = form.picture(data)
        endless = form is kinds.JPEG and END_OF_JPEG not in data[data.rfind(JPEG_SCAN) :]
        try:
            made = _picture(form, form.reader, whole, name, settings, room)
        except OSError as error:
            whole = data.rstrip(END_OF_JPEG[:1])
            if not endless or "truncated" not in str(error) or not _lacks_only_its_end(whole, form.reader):
                raise
            made = _picture(form, form.reader, whole + END_OF_JPEG, name, settings, room)
        return replace(made, notes=(*made.notes, "end-missing")) if endless else made
    except InputError:
        raise
    except Unsupported as error:
        facts = {"format": form.title, "thing": error.code, **error.facts}
        raise InputError("photo-kind-unsupported", name=name, **facts) from error
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


def _lacks_only_its_end(data: bytes, reader: Reader) -> bool:
    """Whether every pixel of a JPEG is there, though its end is not.

    Its decoder takes the bits of missing pixels for zeros before an end, and from whatever comes before it: with an end
    alone, and with an end behind bits that are no zeros, it must give the same picture.
    """
    bits = bytes((171 + 37 * place) % 251 for place in range(2000))
    with reader(data + END_OF_JPEG) as one, reader(data + bits + END_OF_JPEG) as other:
        width, height = one.size
        rows = max(1, BAND // width)
        bands = ((0, top, width, min(top + rows, height)) for top in range(0, height, rows))
        return all(one.crop(band).tobytes() == other.crop(band).tobytes() for band in bands)


def too_costly(name: str) -> InputError:
    return InputError("photo-too-costly", name=name)


def damaged(name: str, form: Format | None) -> InputError:
    return InputError("photo-damaged", name=name, format=form.title if form else "RGB")


def _picture(form: Format, reader: Reader, data: bytes, name: str, settings: Settings, room: Room | None) -> Decoded:
    with reader(data) as image:
        size = image.size
        halve = _made_smaller(image, form, settings)
        smaller = halve or image.size != size
        if not halve:
            check_size(*image.size, name, settings, form)
        form.check(image, data)
        deep = image.mode in ("RGB", "RGBA") and bool(image.tile) and ";16" in str(image.tile[0][3])
        window = image.tile[0][1] if form is kinds.GIF and image.tile else None
        try:
            image.load()
        except Image.DecompressionBombError as error:  # only the TIFF reader asks by itself
            limit = 2 * (Image.MAX_IMAGE_PIXELS or 0) / 1_000_000
            raise _too_many_pixels(name, limit, form, *image.size) from error
        if deep and 0 < np.max(image.getextrema()[:3]) < 16:  # of 16 bits Pillow keeps the upper 8
            raise Unsupported("thing-12-bit")
        up = orientation(image.info)
        if form is kinds.TIFF:
            up = tiff.orientation(image)
        elif form is kinds.HEIC:
            up = 1  # libheif has turned it
        pixels = upright_rgb(image.reduce(2) if halve else image, up, room)
        notes = ("smaller",) * smaller + ("12-bit",) * is_12_bit(image)
    if window is not None:
        left, top, right, bottom = window
        pixels[:top] = pixels[bottom:] = pixels[:, :left] = pixels[:, right:] = 255  # a GIF's screen beside its frame
    return Decoded(pixels, notes)


def _made_smaller(image: ImageFile.ImageFile, form: Format, settings: Settings) -> bool:
    """Have a photo of more pixels than are accepted decoded smaller, where its format can.

    JPEG leaves out frequencies and is made 2, 4 or 8 times smaller (``draft``), HEIC has smaller copies inside. True
    for one that can only be decoded whole, within the memory of a photo, and be halved afterwards.
    """
    width, height = image.size
    limit = settings.max_megapixels * form.share * 1e6
    if form not in (kinds.JPEG, kinds.HEIC) or width * height <= limit:
        return False
    times = next((times for times in (2, 4) if width * height <= limit * times**2), 8)
    image.draft(None, (max(1, width // times), max(1, height // times)))
    return form is kinds.HEIC and limit < image.size[0] * image.size[1] <= HALVED * settings.max_megapixels * 1e6


def _unrecognised(data: bytes, name: str) -> InputError:
    accepted = kinds.accepted()
    if found := kinds.known_otherwise(data):
        return InputError("photo-format-unsupported", name=name, thing=found, accepted=accepted)
    return InputError("photo-not-an-image", name=name, accepted=accepted)


def _without_reader(form: Format, name: str) -> InputError:
    if form is kinds.HEIC:
        return InputError("photo-heic-reader-missing", name=name)
    accepted = kinds.accepted()
    return InputError("photo-format-unsupported", name=name, thing="thing-format", format=form.title, accepted=accepted)
