"""The formats that are accepted: how each is recognised, which reader decodes it, and how many pixels it may have."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass

from PIL import AvifImagePlugin, ImageFile
from PIL.BmpImagePlugin import BmpImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.WebPImagePlugin import WebPImageFile

from resnet_demo.photos.formats import png, tiff

_heif_reader: type[ImageFile.ImageFile] | None
try:
    from pillow_heif import HeifImageFile as _heif_reader
except ImportError:
    _heif_reader = None


Reader = Callable[[bytes], ImageFile.ImageFile]


@dataclass(frozen=True)
class Format:
    """``reader`` opens a file's first picture, None where no decoder is installed.

    ``picture`` and ``check`` say what is wrong with a file that its reader would show all the same: the first gives the
    data to open, the second looks at what was opened and those data, before anything is decoded. ``share`` is the part
    of the pixel limit that a photo of this format may use: some decoders take more memory a pixel, and what one photo
    may cost is meant to be about the same for all.
    """

    title: str
    reader: Reader | None
    share: float = 1.0
    picture: Callable[[bytes], bytes] = bytes
    check: Callable[[ImageFile.ImageFile, bytes], None] = lambda image, data: None


def _reader(plugin: type[ImageFile.ImageFile]) -> Reader:
    """Called directly: ``Image.open`` has a pixel limit of its own, one for the whole process."""
    return lambda data: plugin(io.BytesIO(data))


JPEG = Format("JPEG", _reader(JpegImageFile))
PNG = Format("PNG", png.opened, picture=png.picture, check=png.check)
WEBP = Format("WebP", _reader(WebPImageFile), share=0.75)
GIF = Format("GIF", _reader(GifImageFile))
BMP = Format("BMP", _reader(BmpImageFile))
TIFF = Format("TIFF", tiff.opened, check=tiff.check)
AVIF = Format("AVIF", _reader(AvifImagePlugin.AvifImageFile) if AvifImagePlugin.SUPPORTED else None, share=0.75)
HEIC = Format("HEIC", _heif_reader and _reader(_heif_reader), share=0.75)

_SIGNATURES = {
    b"\xff\xd8\xff": JPEG,
    png.SIGNATURE: PNG,
    b"GIF87a": GIF,
    b"GIF89a": GIF,
    b"BM": BMP,
    **dict.fromkeys((b"II*\0", b"MM\0*", b"II+\0\x08\0\0\0", b"MM\0+\0\x08\0\0"), TIFF),
}

_AVIF_BRANDS = {b"avif", b"avis"}
_HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"}
_EITHER = {b"mif1", b"msf1"}

PIXMAP = "thing-pixmap"

# What people take for photos, by how it begins: said by name, so that they know what they sent.
_OTHERS = {
    b"%PDF": "thing-pdf",
    b"8BPS": "thing-photoshop",
    b"PK\x03\x04": "thing-zip",
    b"\x1f\x8b": "thing-gzip",
    b"\xff\x0a": "thing-jpeg-xl",
    b"\0\0\0\x0cJXL ": "thing-jpeg-xl",
    b"\0\0\0\x0cjP  ": "thing-jpeg-2000",
    b"\xff\x4f\xff\x51": "thing-jpeg-2000",
    b"\0\0\x01\0": "thing-icon",
    b"\x1a\x45\xdf\xa3": "thing-film",
    b"\x76\x2f\x31\x01": "thing-openexr",
    b"IIRO": "thing-raw",
    b"IIU\0": "thing-raw",
    b"FUJIFILMCCD-RAW": "thing-raw",
    b"FOVb": "thing-raw",
    **dict.fromkeys((b"P%d" % kind + space for kind in range(1, 7) for space in (b"\n", b" ", b"\r", b"\t")), PIXMAP),
}


def accepted() -> str:
    """The formats that can be read here, as a list."""
    return ", ".join(f.title for f in (JPEG, PNG, WEBP, GIF, BMP, TIFF, AVIF, HEIC) if f.reader is not None)


def recognise(data: bytes) -> Format | None:
    """The format of a file's content, whatever its name says; None where it is none of them."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return WEBP
    if data[8:10] == b"CR" and data[:4] == b"II*\0":  # Canon's raw photos are TIFFs of their own kind
        return None
    if data[4:8] == b"ftyp":
        return _by_brand(data)
    return next((form for signature, form in _SIGNATURES.items() if data.startswith(signature)), None)


def _by_brand(data: bytes) -> Format | None:
    """AVIF or HEIC as the first box says (ISO/IEC 14496-12, section 4.3), None for films."""
    end = min(int.from_bytes(data[:4], "big"), 512)
    major, others = data[8:12], {data[at : at + 4] for at in range(16, end - 3, 4)}
    brands = {major} | (others if major in _EITHER else set())
    return AVIF if brands & _AVIF_BRANDS else HEIC if brands & (_HEIF_BRANDS | _EITHER) else None


def known_otherwise(data: bytes) -> str | None:
    """What a file is that is none of the formats; None where that isn't plain."""
    for signature, title in _OTHERS.items():
        if data.startswith(signature):
            return title
    if data[4:8] == b"ftyp":
        return "thing-raw" if data[8:11] == b"crx" else "thing-film"
    if data[128:132] == b"DICM":
        return "thing-dicom"
    if data.rstrip(b"\0").endswith(b"TRUEVISION-XFILE."):
        return "thing-targa"
    if data[8:10] == b"CR":
        return "thing-raw"
    start = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<svg", b"<?xml")) and b"<svg" in start:
        return "thing-svg"
    if start.startswith((b"<!doctype html", b"<html")):
        return "thing-web-page"
    return None
