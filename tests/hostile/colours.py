"""Colours as files keep them: many bits or few, palettes with gaps, transparency, ink, and profiles that lie."""

from __future__ import annotations

import struct
from collections.abc import Iterator

import numpy as np
from PIL import Image, ImageCms

from tests.hostile.build import (
    GREY,
    GREY_ALPHA,
    PALETTE,
    RGB,
    RGB_ALPHA,
    bmp,
    decoded,
    encode,
    gif,
    gif_frame,
    icc_segments,
    jpeg_with,
    over_white,
    picture,
    png,
    png_chunk,
    png_rows,
    png_with,
    segment,
    tiff_page,
)
from tests.hostile.case import Case, either, refused, shown

KIND = "photo-kind-unsupported"


def grey_rgb(grey: np.ndarray) -> np.ndarray:
    return np.repeat(grey[..., None], 3, axis=-1)


def deep(rng: np.random.Generator) -> Iterator[Case]:
    """16 bits a sample, scaled and not cut off; floats; and numbers that have no white."""
    family = "deep colours"
    grey = rng.integers(0, 65536, (8, 10), dtype=np.uint16)
    grey[0, :4] = 0, 255, 257, 65535
    scaled = np.rint(grey / 257.0).astype(np.uint8)
    yield shown(family, "16-bit grey PNG", png((10, 8), 16, GREY, png_rows(grey)), grey_rgb(scaled))
    rgb = rng.integers(0, 65536, (8, 10, 3), dtype=np.uint16)
    near = np.rint(rgb / 257.0).astype(np.uint8)
    yield shown(family, "16-bit RGB PNG", png((10, 8), 16, RGB, png_rows(rgb)), near, tolerance=1)
    exact = rng.integers(0, 256, (8, 10, 3), dtype=np.uint8)
    wide = exact.astype(np.uint16) * 257
    yield shown(family, "16-bit RGB PNG of 8-bit values", png((10, 8), 16, RGB, png_rows(wide)), exact)
    for title, kind, channels in (("grey and alpha", GREY_ALPHA, 2), ("RGB and alpha", RGB_ALPHA, 4)):
        eight = rng.integers(0, 256, (8, 10, channels), dtype=np.uint8)
        data = png((10, 8), 16, kind, png_rows(eight.astype(np.uint16) * 257))
        colours = eight[..., :3] if channels == 4 else grey_rgb(eight[..., 0])
        yield shown(family, f"16-bit {title} PNG", data, over_white(colours, eight[..., -1]))
    for order in "<>":
        stored = grey.astype(order + "u2").tobytes()
        page = tiff_page((10, 8), stored, bits=(16,), photometric=1, order=order)
        yield shown(family, f"16-bit grey TIFF, order {order}", page, grey_rgb(scaled))
        page = tiff_page((10, 8), wide.astype(order + "u2").tobytes(), bits=(16,) * 3, order=order)
        yield shown(family, f"16-bit RGB TIFF, order {order}", page, exact)
        from_white = tiff_page((10, 8), stored, bits=(16,), photometric=0, order=order)
        yield refused(family, f"16-bit grey TIFF that counts from white, order {order}", from_white)

    def floats(values: np.ndarray) -> bytes:
        more = [(339, 3, (3,))]
        return tiff_page((10, 8), values.astype("<f4").tobytes(), bits=(32,), photometric=1, more=more)

    values = rng.random((8, 10))
    nearest = np.rint(values.astype(np.float32) * 255).astype(np.uint8)
    yield shown(family, "float TIFF of 0 to 1", floats(values), grey_rgb(nearest))
    for what, value in (
        ("NaN", np.nan),
        ("infinity", np.inf),
        ("minus infinity", -np.inf),
        ("255", 255.0),
        ("-1", -1.0),
    ):
        spoilt = values.copy()
        spoilt[3, 3] = value
        yield refused(family, f"float TIFF with {what}", floats(spoilt), KIND)
    for what, kind, bits, code in (
        ("signed 16-bit", 2, 16, "<i2"),
        ("signed 32-bit", 2, 32, "<i4"),
        ("32-bit", 1, 32, "<u4"),
    ):
        stored = (values * 1000).astype(code).tobytes()
        page = tiff_page((10, 8), stored, bits=(bits,), photometric=1, more=[(339, 3, (kind,))])
        yield refused(family, f"{what} TIFF", page, KIND)
    double = tiff_page((10, 8), values.tobytes(), bits=(64,), photometric=1, more=[(339, 3, (3,))])
    yield refused(family, "64-bit float TIFF", double, KIND)


def few_bits(rng: np.random.Generator) -> Iterator[Case]:
    """1, 2 and 4 bits, grey and palette, in PNG, TIFF and BMP."""
    family = "few bits"
    for depth in (1, 2, 4):
        levels = 2**depth
        samples = rng.integers(0, levels, (8, 16), dtype=np.uint8)
        packed = np.packbits(
            ((samples[..., None] >> np.arange(depth - 1, -1, -1)) & 1).reshape(8, -1).astype(np.uint8), axis=1
        )
        grey = (samples.astype(int) * 255 // (levels - 1)).astype(np.uint8)
        yield shown(family, f"{depth}-bit grey PNG", png((16, 8), depth, GREY, png_rows(packed)), grey_rgb(grey))
        page = tiff_page((16, 8), packed.tobytes(), bits=(depth,), photometric=1)
        yield shown(family, f"{depth}-bit grey TIFF", page, grey_rgb(grey))
        page = tiff_page((16, 8), packed.tobytes(), bits=(depth,), photometric=0)
        yield shown(family, f"{depth}-bit grey TIFF that counts from white", page, grey_rgb(255 - grey))
        table = rng.integers(0, 256, (levels, 3), dtype=np.uint8)
        chunk = png_chunk(b"PLTE", table.tobytes())
        data = png((16, 8), depth, PALETTE, png_rows(packed), before=chunk)
        yield shown(family, f"{depth}-bit palette PNG", data, table[samples])
        clear = png_chunk(b"tRNS", struct.pack(">H", int(samples[2, 2])))
        holed = np.where((samples == samples[2, 2])[..., None], 255, grey_rgb(grey)).astype(np.uint8)
        data = png((16, 8), depth, GREY, png_rows(packed), before=clear)
        yield shown(family, f"{depth}-bit grey PNG with a clear level", data, holed)
        if depth != 2:
            entries = b"".join(bytes((b, g, r, 0)) for r, g, b in table.tolist())
            rows = np.pad(packed, ((0, 0), (0, -packed.shape[1] % 4)))[::-1].tobytes()
            yield shown(family, f"{depth}-bit BMP", bmp((16, 8), depth, rows, table=entries), table[samples])


def palettes(rng: np.random.Generator) -> Iterator[Case]:
    """Palettes that are missing, short, or shorter than the pixels need."""
    family = "palettes"
    indices = rng.integers(0, 16, (6, 6), dtype=np.uint8)
    table = rng.integers(0, 256, (16, 3), dtype=np.uint8)
    rows = png_rows(indices)
    whole = png_chunk(b"PLTE", table.tobytes())
    yield shown(family, "PNG", png((6, 6), 8, PALETTE, rows, before=whole), table[indices])
    yield either(family, "PNG without a palette", png((6, 6), 8, PALETTE, rows))
    yield either(
        family, "PNG with two colours of 16", png((6, 6), 8, PALETTE, rows, before=png_chunk(b"PLTE", bytes(6)))
    )
    yield either(family, "PNG with a third of a colour", png((6, 6), 8, PALETTE, rows, before=png_chunk(b"PLTE", b"a")))
    yield either(family, "PNG with an empty palette", png((6, 6), 8, PALETTE, rows, before=png_chunk(b"PLTE")))
    long = png_chunk(b"PLTE", table.tobytes() + bytes(3000))
    yield either(family, "PNG with a thousand colours", png((6, 6), 8, PALETTE, rows, before=long), table[indices])
    late = png((6, 6), 8, PALETTE, rows, after=whole)
    yield either(family, "PNG with its palette at the end", late)
    yield shown(family, "RGB PNG with a palette", png_with(encode(table[indices], "PNG"), whole), table[indices])
    for what, alphas in (("short", bytes((0, 128))), ("long", bytes(range(0, 256, 16)) + bytes(300)), ("empty", b"")):
        data = png((6, 6), 8, PALETTE, rows, before=whole + png_chunk(b"tRNS", alphas))
        opacity = np.frombuffer((alphas + b"\xff" * 16)[:16], np.uint8)
        yield either(family, f"PNG with {what} transparency", data, over_white(table[indices], opacity[indices]))
    yield either(family, "GIF without a palette", gif((6, 6), b"", gif_frame((0, 0, 6, 6), indices.ravel().tolist())))
    small = gif((6, 6), table[:4].tobytes(), gif_frame((0, 0, 6, 6), indices.ravel().tolist()))
    yield either(family, "GIF with four colours of 16", small)
    frame = gif_frame((0, 0, 6, 6), indices.ravel().tolist(), transparent=200)
    padded = np.zeros((256, 3), np.uint8)
    padded[:16] = table
    yield shown(family, "GIF whose clear colour is not used", gif((6, 6), padded.tobytes(), frame), table[indices])
    yield either(family, "BMP without a palette", bmp((6, 6), 8, bytes(48)))
    page = tiff_page((6, 6), indices.tobytes(), bits=(8,), photometric=3)
    yield refused(family, "TIFF without a palette", page)
    page = tiff_page((6, 6), indices.tobytes(), bits=(8,), photometric=3, more=[(320, 3, (1, 2, 3))])
    yield either(family, "TIFF with one colour", page)


def transparent(rng: np.random.Generator) -> Iterator[Case]:
    """Everything that can be seen through, over white."""
    family = "transparent"
    rgb = picture(rng, 12, 16)
    alpha = rng.integers(0, 256, (12, 16), dtype=np.uint8)
    alpha[0, :3] = 0, 255, 1
    rgba = np.dstack((rgb, alpha))
    truth = over_white(rgb, alpha)
    yield shown(family, "PNG", encode(rgba, "PNG"), truth)
    yield shown(family, "WebP", encode(rgba, "WEBP", lossless=True, exact=True), truth)
    yield shown(family, "TIFF", encode(rgba, "TIFF"), truth)
    yield shown(
        family, "grey PNG", encode(np.dstack((rgb[..., 0], alpha)), "PNG"), over_white(grey_rgb(rgb[..., 0]), alpha)
    )
    opaque = np.dstack((rgb, np.full_like(alpha, 255)))
    yield shown(
        family, "AVIF", encode(opaque, "AVIF", quality=95), decoded(encode(rgb, "AVIF", quality=95)), tolerance=4
    )
    clear = np.full((12, 16, 3), 255, np.uint8)
    for form, options in (("PNG", {}), ("WEBP", {"lossless": True}), ("TIFF", {}), ("AVIF", {}), ("HEIF", {})):
        nothing = np.zeros((12, 16, 4), np.uint8)
        yield shown(family, f"{form} of nothing at all", encode(nothing, form, **options), clear, tolerance=1)
    # Colours multiplied by their transparency beforehand are rounded in the file already.
    multiplied = np.rint(rgb * (alpha[..., None] / 255)).astype(np.uint8)
    page = tiff_page((16, 12), np.dstack((multiplied, alpha)).tobytes(), bits=(8,) * 4, more=[(338, 3, (1,))])
    yield shown(family, "TIFF with premultiplied colours", page, truth, tolerance=2)
    ignored = tiff_page((16, 12), rgba.tobytes(), bits=(8,) * 4, more=[(338, 3, (0,))])
    yield shown(family, "TIFF whose fourth channel is not transparency", ignored, rgb)
    key = tuple(int(v) for v in rgb[5, 5])
    holed = np.where((rgb == key).all(-1)[..., None], 255, rgb).astype(np.uint8)
    chunk = png_chunk(b"tRNS", struct.pack(">HHH", *key))
    yield shown(family, "RGB PNG with a clear colour", png_with(encode(rgb, "PNG"), chunk), holed)
    wide = png(
        (16, 12),
        16,
        RGB,
        png_rows(rgb.astype(np.uint16) * 257),
        before=png_chunk(b"tRNS", struct.pack(">HHH", *(v * 257 for v in key))),
    )
    yield shown(family, "16-bit RGB PNG with a clear colour", wide, holed)
    grey = rng.integers(0, 65536, (12, 16), dtype=np.uint16)
    level = int(grey[4, 4])
    data = png((16, 12), 16, GREY, png_rows(grey), before=png_chunk(b"tRNS", struct.pack(">H", level)))
    eight = np.rint(grey / 257.0).astype(np.uint8)
    yield shown(family, "16-bit grey PNG with a clear level", data, grey_rgb(np.where(grey == level, 255, eight)))
    for payload in (b"", b"\0", bytes(7)):
        yield either(
            family,
            f"RGB PNG with {len(payload)} bytes of clear colour",
            png_with(encode(rgb, "PNG"), png_chunk(b"tRNS", payload)),
        )
    yield either(family, "transparent PNG with a clear colour", png_with(encode(rgba, "PNG"), chunk), truth)


def ink(rng: np.random.Generator) -> Iterator[Case]:
    """CMYK, as Adobe inverts it and as nobody does, and what TIFF has beside."""
    family = "ink"
    inks = rng.integers(0, 256, (2, 2, 4)).repeat(8, 0).repeat(8, 1).astype(np.uint8)
    c, k = inks[..., :3].astype(int), inks[..., 3:].astype(int)
    plain = np.rint((255 - c) * (255 - k) / 255).astype(np.uint8)
    image = Image.fromarray(inks, "CMYK")
    for options in ({}, {"progressive": True}):
        jpeg = encode(image, "JPEG", quality=100, subsampling=0, **options)
        yield shown(family, f"JPEG by Adobe {options}", jpeg, plain, tolerance=6)
        marker = jpeg.index(b"\xff\xee")
        length = 2 + int.from_bytes(jpeg[marker + 2 : marker + 4], "big")
        bare = jpeg[:marker] + jpeg[marker + length :]
        yield either(family, f"JPEG without Adobe's segment {options}", bare, plain, tolerance=6)
        for what, profile in profiles(rng):
            if what != "ink":
                data = jpeg_with(jpeg, icc_segments(profile))
                yield shown(family, f"JPEG with a profile of {what} {options}", data, plain, tolerance=6)
    for compression in ("raw", "tiff_lzw", "tiff_adobe_deflate"):
        yield shown(family, f"TIFF, {compression}", encode(image, "TIFF", compression=compression), plain, tolerance=1)
    deep_inks = tiff_page((16, 16), (inks.astype("<u2") * 257).tobytes(), bits=(16,) * 4, photometric=5)
    yield shown(family, "16-bit TIFF", deep_inks, plain, tolerance=1)
    lab = np.full((4, 4, 3), (255, 0, 0), np.uint8)
    white = np.full((4, 4, 3), 255, np.uint8)
    yield shown(family, "Lab TIFF, white", tiff_page((4, 4), lab.tobytes(), photometric=8), white, tolerance=1)
    lab[..., 0] = 0
    yield shown(family, "Lab TIFF, black", tiff_page((4, 4), lab.tobytes(), photometric=8), white * 0, tolerance=1)
    photo = picture(rng)
    ycbcr = Image.fromarray(photo).convert("YCbCr")
    yield refused(family, "uncompressed YCbCr TIFF", encode(ycbcr, "TIFF"), KIND)
    packed = encode(ycbcr, "TIFF", compression="tiff_lzw")
    yield shown(family, "YCbCr TIFF", packed, photo, tolerance=4)
    for compression in (6, 32809, 34677, 34712, 50001, 65000):
        page = tiff_page((16, 16), bytes(768), compression=compression)
        yield refused(family, f"TIFF of compression {compression}", page, KIND)


def profiles(rng: np.random.Generator) -> Iterator[tuple[str, bytes]]:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    yield "nothing", b""
    yield "noise", rng.bytes(600)
    yield "sRGB", srgb
    yield "half of sRGB", srgb[: len(srgb) // 2]
    yield "a false length", struct.pack(">I", 2**31) + srgb[4:]
    yield "text", b"a profile" * 100
    yield "another space", srgb[:16] + b"CMYK" + srgb[20:]


def lying_profiles(rng: np.random.Generator) -> Iterator[Case]:
    """Colour profiles change nothing of RGB, whatever they say."""
    pixels = picture(rng)
    jpeg = encode(pixels, "JPEG")
    for what, profile in profiles(rng):
        yield shown("profiles", f"JPEG, {what}", jpeg_with(jpeg, icc_segments(profile or b"\0")), decoded(jpeg))
        chunk = png_chunk(b"iCCP", b"p\0\0" + profile)
        yield shown("profiles", f"PNG, {what}", png_with(encode(pixels, "PNG"), chunk), pixels)
        yield shown("profiles", f"WebP, {what}", encode(pixels, "WEBP", lossless=True, icc_profile=profile), pixels)
        if profile:
            yield shown("profiles", f"TIFF, {what}", encode(pixels, "TIFF", icc_profile=profile), pixels)
            avif = encode(pixels, "AVIF", quality=95, icc_profile=profile)
            yield either("profiles", f"AVIF, {what}", avif, decoded(encode(pixels, "AVIF", quality=95)), tolerance=1)
    first, second = (segment(0xE2, b"ICC_PROFILE\0" + bytes(part) + b"profile") for part in ((2, 2), (9, 7)))
    yield shown("profiles", "JPEG, parts of two profiles", jpeg_with(jpeg, first, second), decoded(jpeg))
    short = segment(0xE2, b"ICC_PROFILE\0")
    yield either("profiles", "JPEG, a part without a number", jpeg_with(jpeg, short), decoded(jpeg))
