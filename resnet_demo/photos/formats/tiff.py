"""TIFF: which pages have a plain meaning as a picture of 8 bits, and whether their data are all there."""

from __future__ import annotations

import io

from PIL import ImageFile
from PIL.TiffImagePlugin import TiffImageFile

from resnet_demo.photos.formats.wrong import Truncated, Unsupported

SUBFILE, WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC, SAMPLES, SAMPLE_FORMAT = 254, 256, 257, 258, 259, 262, 277, 339
STRIP_LENGTHS, TILE_LENGTHS = 279, 325

COMPRESSIONS = {1, 2, 3, 4, 5, 7, 8, 32773, 32946}
"""None, the three of fax, LZW, JPEG, Deflate, PackBits, and Deflate's older number."""

SUB_PAGES, DNG, OLD_JPEG, COLOUR_FILTER = 330, 50706, 6, 32803
"""Tags of pages below a page and of DNG's version; the compression and the colours of cameras' raw data."""

ORIENTATION = 274
UNSIGNED, SIGNED, FLOAT = 1, 2, 3
YCBCR = 6


class Page(TiffImageFile):
    """A page as it is stored. Pillow turns it upright at its end, while the decoder still holds what it read."""

    def load_end(self) -> None:
        self._size = self.im.size


def opened(data: bytes) -> Page:
    """The first page of a TIFF or BigTIFF. Raises ``Unsupported``, and whatever Pillow raises for a damaged one."""
    try:
        return Page(io.BytesIO(data))
    except SyntaxError as error:
        # Pillow knows no name for the page's combination of numbers, or for its compression.
        if "unknown pixel mode" in str(error) or isinstance(error.__cause__, KeyError):
            raise Unsupported("thing-tiff-other") from error
        raise


def check(page: ImageFile.ImageFile, _: bytes) -> None:
    """Refuse what comes out wrong from the decoder. Raises ``Unsupported`` or ``Truncated``."""
    assert isinstance(page, TiffImageFile)
    tags = page.tag_v2
    compression = tags.get(COMPRESSION, 1)
    # NEF, ARW, DNG and their kin: a small picture first, the sensor's data in a page below or of a kind of their own.
    small_first = tags.get(SUBFILE, 0) & 1 or (SUB_PAGES in tags and compression == OLD_JPEG)
    if small_first or DNG in tags or tags.get(PHOTOMETRIC) == COLOUR_FILTER:
        raise Unsupported("thing-raw-beside")
    if compression not in COMPRESSIONS:
        raise Unsupported("thing-tiff-compression", compression=compression)
    bits, kind = max(tags.get(BITS, (1,))), max(tags.get(SAMPLE_FORMAT, (UNSIGNED,)))
    if kind == SIGNED or (kind == UNSIGNED and bits not in (1, 2, 4, 8, 16)) or (kind == FLOAT and bits != 32):
        raise Unsupported("thing-floats" if kind == FLOAT else "thing-whole", bits=bits)
    if compression == 1 and tags.get(PHOTOMETRIC) == YCBCR:  # Pillow would take it for four bytes a pixel
        raise Unsupported("thing-ycbcr")
    # Pillow hands 16-bit and float values on as they are even where the page says that 0 is white.
    if bits > 8 and tags.get(PHOTOMETRIC) == 0:
        raise Unsupported("thing-from-white", bits=bits)
    lengths = tags.get(STRIP_LENGTHS) or tags.get(TILE_LENGTHS) or ()
    if compression == 1 and sum(lengths) < _unpacked_length(page):
        raise Truncated  # Pillow would take whatever follows in the file for pixels


def orientation(page: ImageFile.ImageFile) -> int:
    """What the page's own tag says, 1 to 8; 1 where it says nothing of the kind."""
    assert isinstance(page, TiffImageFile)
    up = page.tag_v2.get(ORIENTATION)
    return up if isinstance(up, int) and 1 <= up <= 8 else 1


def _unpacked_length(page: TiffImageFile) -> int:
    """Bytes of the page's pixels as they are, each row in whole bytes."""
    bits = page.tag_v2.get(BITS, (1,))
    pixel = max(sum(bits), bits[0] * page.tag_v2.get(SAMPLES, 1))
    width, height = page.tag_v2[WIDTH], page.tag_v2[HEIGHT]
    return height * (width * pixel // 8)
