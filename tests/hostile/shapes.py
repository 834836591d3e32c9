"""Photos of every shape and number: none, one pixel, very long, moving, many pages, turned, and turned wrongly."""

from __future__ import annotations

import struct
from collections.abc import Iterator

import numpy as np
from PIL import Image

from tests.hostile.build import (
    RGB,
    bmp,
    decoded,
    encode,
    exif,
    gif,
    gif_frame,
    jpeg_with,
    picture,
    png,
    png_chunk,
    png_with,
    segment,
    tiff_page,
)
from tests.hostile.case import Case, either, refused, shown

LOSSLESS = {"PNG": {}, "GIF": {}, "BMP": {}, "TIFF": {}, "WEBP": {"lossless": True}}

# EXIF's orientations as numpy says them: from the picture as it is stored to the upright one.
UPRIGHT = {
    1: lambda stored: stored,
    2: np.fliplr,
    3: lambda stored: np.rot90(stored, 2),
    4: np.flipud,
    5: lambda stored: stored.swapaxes(0, 1),
    6: lambda stored: np.rot90(stored, -1),
    7: lambda stored: np.rot90(stored, 2).swapaxes(0, 1),
    8: np.rot90,
}


def without_pixels(_: np.random.Generator) -> Iterator[Case]:
    family = "without pixels"
    for size in ((0, 0), (0, 5), (5, 0)):
        yield refused(family, f"PNG of {size}", png(size, 8, RGB, b""))
        yield refused(family, f"BMP of {size}", bmp(size, 24, b""))
        yield refused(family, f"TIFF of {size}", tiff_page(size, b""))
        yield refused(family, f"GIF of {size}", gif(size, bytes(768), gif_frame((0, 0, *size), [])))
    yield refused(family, "GIF without frames", gif((5, 5), bytes(768), b""))


def one_pixel(rng: np.random.Generator) -> Iterator[Case]:
    """The smallest photos there are, and those one pixel high or wide."""
    for shape in ((1, 1), (1, 7), (7, 1), (2, 2)):
        for form, options in LOSSLESS.items():
            pixels = rng.integers(0, 256, (*shape, 3), dtype=np.uint8)
            yield shown("one pixel", f"{form} of {shape}", encode(pixels, form, **options), pixels)
        for form in ("JPEG", "AVIF", "HEIF"):
            data = encode(np.full((*shape, 3), 90, np.uint8), form)
            yield shown("one pixel", f"{form} of {shape}", data, np.full((*shape, 3), 90, np.uint8), tolerance=3)


def elongated(rng: np.random.Generator) -> Iterator[Case]:
    """Sides of up to 50 to 1 are accepted, and nothing beyond."""
    for shape in ((1, 50), (50, 1), (4, 200)):
        for form, options in LOSSLESS.items():
            pixels = rng.integers(0, 256, (*shape, 3), dtype=np.uint8)
            data = encode(pixels, form, **options)
            truth = decoded(data) if form == "GIF" else pixels  # more colours than a GIF may have
            yield shown("elongated", f"{form} of {shape}", data, truth)
    for shape in ((1, 51), (51, 1), (10, 600), (1, 5000), (3000, 2)):
        for form in ("PNG", "JPEG", "GIF", "WEBP", "TIFF", "BMP"):
            data = encode(np.zeros((*shape, 3), np.uint8), form)
            yield refused("elongated", f"{form} of {shape}", data, "photo-too-elongated")


def moving(rng: np.random.Generator) -> Iterator[Case]:
    """Animations: the first frame, on its whole screen, white where it is not filled."""
    family = "moving"
    frames = [Image.fromarray(picture(rng)) for _ in range(3)]
    first = np.asarray(frames[0])
    options = {"save_all": True, "append_images": frames[1:], "duration": 50}
    yield shown(family, "animated WebP", encode(frames[0], "WEBP", lossless=True, **options), first)
    yield shown(family, "animated PNG", encode(frames[0], "PNG", **options), first)
    still = encode(frames[0], "PNG", **options, default_image=True)
    yield shown(family, "animated PNG with another picture for a default", still, first)
    animated = encode(frames[0], "AVIF", quality=95, **options)
    yield shown(family, "animated AVIF", animated, decoded(animated))
    quantized = [frame.quantize(200) for frame in frames]
    moving_gif = encode(quantized[0], "GIF", save_all=True, append_images=quantized[1:], duration=50, loop=0)
    yield shown(family, "animated GIF", moving_gif, np.asarray(quantized[0].convert("RGB")))

    table = np.arange(768, dtype=np.uint8).reshape(256, 3)
    indices = rng.integers(1, 256, (4, 6))
    filled = np.full((10, 12, 3), 255, np.uint8)
    filled[3:7, 2:8] = table[indices]
    frame = gif_frame((2, 3, 6, 4), indices.ravel().tolist())
    yield shown(family, "GIF with a frame smaller than its screen", gif((12, 10), table.tobytes(), frame), filled)
    clear = gif_frame((2, 3, 6, 4), indices.ravel().tolist(), transparent=int(indices[0, 0]))
    holed = filled.copy()
    holed[3:7, 2:8][indices == indices[0, 0]] = 255
    yield shown(family, "GIF with holes in a smaller frame", gif((12, 10), table.tobytes(), clear), holed)
    grown = np.full((7, 8, 3), 255, np.uint8)
    grown[3:7, 2:8] = table[indices]
    yield shown(family, "GIF with a frame beyond its screen", gif((4, 4), table.tobytes(), frame), grown)
    second = gif_frame((0, 0, 12, 10), [5] * 120)
    yield shown(family, "GIF with a larger second frame", gif((12, 10), table.tobytes(), frame + second), filled)
    odd = b"!\xf9\x02\x01\0\0" + b"!\x99\x03abc\0" + b"!\xff\x0bNETSCAPE2.0\x03\x01\0\0\0"
    yield either(family, "GIF with odd extensions", gif((12, 10), table.tobytes(), odd + frame), filled)


def many_pages(rng: np.random.Generator) -> Iterator[Case]:
    """TIFFs of several pages, and directories that lead in circles or nowhere: the first page."""
    family = "many pages"
    pages = [Image.fromarray(picture(rng)) for _ in range(3)]
    first = np.asarray(pages[0])
    for compression in ("raw", "tiff_lzw", "packbits"):
        data = encode(pages[0], "TIFF", save_all=True, append_images=pages[1:], compression=compression)
        yield shown(family, f"three pages, {compression}", data, first)
    other = encode(pages[0], "TIFF", save_all=True, append_images=[Image.new("CMYK", (9000, 9))])
    yield shown(family, "a second page of another kind", other, first)
    big = encode(pages[0], "TIFF", big_tiff=True)
    yield shown(family, "BigTIFF", big, first)
    size, raw = pages[0].size, first.tobytes()
    for what, after in (("itself", 8), ("its header", 0), ("its middle", 9), ("nowhere", 2**32 - 1)):
        yield shown(family, f"the next page is {what}", tiff_page(size, raw, next_page=after), first)
    for tag, what in ((330, "pages below"), (34665, "EXIF"), (34853, "places"), (40965, "more EXIF")):
        for where in (8, 0, 2**32 - 1):
            data = tiff_page(size, raw, more=[(tag, 4, (where,))])
            yield shown(family, f"{what} at {where}", data, first)
    for order in "<>":
        yield shown(family, f"order {order}", tiff_page(size, raw, order=order), first)
    loop = tiff_page(size, raw)
    yield refused(family, "a directory at the end", loop[:4] + struct.pack("<I", len(loop)) + loop[8:])
    yield refused(family, "a directory beyond the end", loop[:4] + struct.pack("<I", 2**31) + loop[8:])
    yield refused(family, "strips beyond the end", tiff_page(size, raw[:-100]), "photo-truncated", "photo-damaged")
    thumbnail = tiff_page(size, raw, more=[(254, 4, (1,))])
    yield refused(family, "a thumbnail beside a raw photo", thumbnail, "photo-kind-unsupported")


def turned(rng: np.random.Generator) -> Iterator[Case]:
    """All eight orientations, in every format that carries them."""
    pixels = picture(rng)
    for up, turn in UPRIGHT.items():
        upright = np.ascontiguousarray(turn(pixels))
        for order in "<>":
            data = exif(up, order=order)
            jpeg = jpeg_with(encode(pixels, "JPEG"), segment(0xE1, b"Exif\0\0" + data))
            yield shown("turned", f"JPEG, {up}, order {order}", jpeg, turn(decoded(encode(pixels, "JPEG"))))
            yield shown(
                "turned",
                f"PNG, {up}, order {order}",
                png_with(encode(pixels, "PNG"), png_chunk(b"eXIf", data)),
                upright,
            )
        webp = encode(pixels, "WEBP", lossless=True, exif=exif(up))
        yield shown("turned", f"WebP, {up}", webp, upright)
        for what, data in (
            ("TIFF", tiff_page((36, 24), pixels.tobytes(), more=[(274, 3, (up,))])),
            ("deflated TIFF", encode(pixels, "TIFF", compression="tiff_adobe_deflate", tiffinfo={274: up})),
        ):
            yield shown("turned", f"{what}, {up}", data, upright)
        avif = encode(pixels, "AVIF", quality=95, exif=exif(up))
        yield shown("turned", f"AVIF, {up}", avif, turn(decoded(encode(pixels, "AVIF", quality=95))))
        # Pillow-heif writes the turn into the picture's own properties, as phones do, and EXIF that says the same.
        heif = encode(pixels, "HEIF", quality=95, exif=exif(up))
        yield shown("turned", f"HEIC, {up}", heif, turn(decoded(encode(pixels, "HEIF", quality=95))))


def lying_orientation(rng: np.random.Generator) -> Iterator[Case]:
    """Orientations that are none: the picture stays as it is stored."""
    family = "lying orientation"
    pixels = picture(rng)
    jpeg, png_file = encode(pixels, "JPEG"), encode(pixels, "PNG")
    for what, data in (
        ("0", exif(0)),
        ("9", exif(9)),
        ("65535", exif(65535)),
        ("a long number", exif(6, kind=4)),
        ("a text", exif(6, kind=2)),
        ("a fraction", exif(6, kind=5)),
        ("a type of no kind", exif(6, kind=77)),
        ("six values", exif(6, count=6)),
        ("no values", exif(6, count=0)),
        ("many values", exif(6, count=2**32 - 1)),
    ):
        in_jpeg = jpeg_with(jpeg, segment(0xE1, b"Exif\0\0" + data))
        yield shown(family, f"JPEG, {what}", in_jpeg, decoded(jpeg))
        yield shown(family, f"PNG, {what}", png_with(png_file, png_chunk(b"eXIf", data)), pixels)
    for what, entry in (
        ("9", (274, 3, (9,))),
        ("none", (274, 3, ())),
        ("two", (274, 3, (6, 3))),
        ("a text", (274, 2, (6,))),
    ):
        page = tiff_page((36, 24), pixels.tobytes(), more=[entry])
        yield either(family, f"TIFF, {what}", page, None if what == "two" else pixels)
    for value in (b"0", b"9", b"66", b"six"):
        xmp = b'http://ns.adobe.com/xap/1.0/\0<x:xmpmeta><rdf:Description tiff:Orientation="%b"/></x:xmpmeta>' % value
        data = jpeg_with(jpeg, segment(0xE1, xmp))
        yield shown(family, f"JPEG whose XMP says {value.decode()}", data, decoded(jpeg))
    once, again = (segment(0xE1, b"Exif\0\0" + exif(up)) for up in (3, 6))
    yield shown(family, "JPEG, two that differ", jpeg_with(jpeg, once, again), np.rot90(decoded(jpeg), 2))


def broken_exif(rng: np.random.Generator) -> Iterator[Case]:
    """EXIF that is no EXIF never costs the photo."""
    family = "broken EXIF"
    pixels = picture(rng)
    jpeg, png_file, webp = encode(pixels, "JPEG"), encode(pixels, "PNG"), encode(pixels, "WEBP", lossless=True)
    good = exif(6)
    for what, data in (
        ("nothing", b""),
        ("noise", rng.bytes(500)),
        ("zeros", bytes(500)),
        ("half a header", good[:6]),
        ("half an entry", good[:15]),
        ("text", b"Exif? What Exif?"),
        ("another order", b"MM" + good[2:]),
        ("no order", b"XX" + good[2:]),
        ("a directory beyond", good[:4] + struct.pack("<I", 10**9) + good[8:]),
        ("a directory on itself", good[:4] + bytes(4) + good[8:]),
        ("65,535 entries", good[:8] + b"\xff\xff" + good[10:]),
        ("no entries", good[:8] + b"\0\0" + good[10:]),
    ):
        truth = UPRIGHT[6](pixels) if what == "65,535 entries" else pixels
        in_jpeg = jpeg_with(jpeg, segment(0xE1, b"Exif\0\0" + data))
        stored = decoded(jpeg)
        yield shown(family, f"JPEG, {what}", in_jpeg, UPRIGHT[6](stored) if what == "65,535 entries" else stored)
        yield shown(family, f"PNG, {what}", png_with(png_file, png_chunk(b"eXIf", data)), truth)
        yield (
            shown(family, f"WebP, {what}", encode(pixels, "WEBP", lossless=True, exif=data), truth)
            if data
            else shown(family, f"WebP, {what}", webp, truth)
        )
