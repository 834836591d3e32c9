"""Files that are something else than they seem: other contents, two at once, other names."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator

import numpy as np

from tests.hostile.build import (
    PNG_SIGNATURE,
    box,
    decoded,
    encode,
    gif,
    gif_frame,
    jpeg_with,
    picture,
    png_chunk,
    png_with,
    segment,
)
from tests.hostile.case import Case, refused, shown

NOT_AN_IMAGE, UNSUPPORTED = "photo-not-an-image", "photo-format-unsupported"


def archive(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in files.items():
            made.writestr(zipfile.ZipInfo(name), data)
    return out.getvalue()


def polyglots(rng: np.random.Generator) -> Iterator[Case]:
    """Two files in one: the picture is shown, if the file begins as one; what else is in it stays unread."""
    family = "polyglots"
    pixels = picture(rng)
    jpeg, png = encode(pixels, "JPEG"), encode(pixels, "PNG")
    script = b"<html><script>alert(document.cookie)</script></html>"
    truth = decoded(jpeg)
    film = box(b"ftyp", b"mp42" + bytes(4)) + box(b"mdat", rng.bytes(5000))
    yield shown(family, "JPEG, then zip", jpeg + archive(a=script), truth)
    yield shown(family, "JPEG, then a film", jpeg + film, truth)
    yield shown(family, "JPEG, then another JPEG", jpeg + encode(255 - pixels, "JPEG"), truth)
    yield shown(family, "JPEG with a page in a comment", jpeg_with(jpeg, segment(0xFE, script)), truth)
    yield shown(family, "JPEG with a JPEG for a thumbnail", jpeg_with(jpeg, segment(0xE1, b"Exif\0\0" + jpeg)), truth)
    yield shown(family, "PNG, then zip", png + archive(a=script), pixels)
    yield shown(family, "PNG with a page in a text", png_with(png, png_chunk(b"tEXt", b"Comment\0" + script)), pixels)
    yield shown(
        family, "PNG with PHP in a private chunk", png_with(png, png_chunk(b"phPx", b"<?php phpinfo();")), pixels
    )
    table = b"*/=1;alert(1)//"[:6].ljust(768, b"\0")
    colours = np.full((2, 2, 3), np.frombuffer(table[:3], np.uint8))
    yield shown(family, "GIF that is JavaScript", gif((2, 2), table, gif_frame((0, 0, 2, 2), [0] * 4)), colours)
    yield shown(family, "WebP, then zip", encode(pixels, "WEBP", lossless=True) + archive(a=b"b"), pixels)
    yield shown(family, "BMP, then a page", encode(pixels, "BMP") + script, pixels)
    yield shown(family, "TIFF, then zip", encode(pixels, "TIFF") + archive(a=b"b"), pixels)
    for what, head in (
        ("PDF", b"%PDF-1.7\n"),
        ("zip", archive(a=b"b")),
        ("a page", script),
        ("a shell script", b"#!/bin/sh\n"),
    ):
        yield refused(family, f"{what}, then JPEG", head + jpeg, NOT_AN_IMAGE, UNSUPPORTED)


def mislabelled(rng: np.random.Generator) -> Iterator[Case]:
    """Good photos under the names of other formats: the content counts."""
    pixels = picture(rng)
    files = {form: encode(pixels, form) for form in ("JPEG", "PNG", "GIF", "BMP", "TIFF", "AVIF", "HEIF")}
    files["WEBP"] = encode(pixels, "WEBP", lossless=True)
    endings = {"JPEG": "jpg", "PNG": "png", "GIF": "gif", "BMP": "bmp", "TIFF": "tif", "AVIF": "avif", "HEIF": "heic"}
    wrong = [*endings.values(), "webp", "txt", "html", "exe"]
    for form, data in files.items():
        for ending in rng.choice([e for e in wrong if e != endings.get(form, "webp")], 4, replace=False):
            yield shown("mislabelled", f"{form} as {ending}", data, decoded(data), name=f"photo.{ending}")


def no_photos(rng: np.random.Generator) -> Iterator[Case]:
    """Everything that people drop by mistake, and everything that only begins like a photo."""
    family = "no photos"
    svg = b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>'
    inner = archive(photo=encode(picture(rng), "JPEG"))
    for what, data, code in (
        ("text", b"This is a holiday photo. Really.", NOT_AN_IMAGE),
        ("a number", b"7", NOT_AN_IMAGE),
        ("spaces", b" " * 1000, NOT_AN_IMAGE),
        ("zeros", bytes(5000), NOT_AN_IMAGE),
        ("noise", b"\x01" + rng.bytes(5000), NOT_AN_IMAGE),
        ("Python", b"#!/usr/bin/env python3\nimport os\nos.remove('/')\n", NOT_AN_IMAGE),
        ("JSON", b'{"photo": "data:image/png;base64,AAAA"}', NOT_AN_IMAGE),
        ("a link to a large-file store", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", NOT_AN_IMAGE),
        ("a program", b"\x7fELF\x02\x01\x01" + bytes(100), NOT_AN_IMAGE),
        ("a program for Windows", b"MZ\x90\0" + bytes(100), NOT_AN_IMAGE),
        ("a page", b"<!DOCTYPE html><html><body><img src=x onerror=alert(1)></body></html>", UNSUPPORTED),
        ("SVG", svg, UNSUPPORTED),
        ("SVG behind a declaration", b'\xef\xbb\xbf<?xml version="1.0"?>\n' + svg, UNSUPPORTED),
        ("SVG of a billion laughs", b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha">]>' + svg, UNSUPPORTED),
        ("PDF", b"%PDF-1.7\n1 0 obj\n<</Type /Catalog>>\nendobj\n%%EOF", UNSUPPORTED),
        ("a film", box(b"ftyp", b"isom\0\0\2\0isomiso2") + box(b"mdat", bytes(500)), UNSUPPORTED),
        ("a film by Apple", box(b"ftyp", b"qt  \0\0\2\0qt  ") + box(b"mdat", bytes(500)), UNSUPPORTED),
        ("a film for the web", b"\x1a\x45\xdf\xa3" + bytes(100), UNSUPPORTED),
        ("zip", inner, UNSUPPORTED),
        ("zip in zip", archive(inner=archive(inner=inner)), UNSUPPORTED),
        ("gzip", b"\x1f\x8b\x08" + bytes(50), UNSUPPORTED),
        ("Photoshop", b"8BPS\0\1" + bytes(100), UNSUPPORTED),
        ("JPEG XL", b"\xff\x0a" + bytes(100), UNSUPPORTED),
        ("JPEG 2000", encode(picture(rng), "JPEG2000"), UNSUPPORTED),
        ("an icon", encode(picture(rng), "ICO"), UNSUPPORTED),
        ("a portable pixmap", encode(picture(rng), "PPM"), UNSUPPORTED),
        ("Targa", encode(picture(rng), "TGA"), UNSUPPORTED),
        ("DICOM", bytes(128) + b"DICM" + bytes(200), UNSUPPORTED),
        ("a raw photo by Canon", box(b"ftyp", b"crx \0\0\0\1crx isom") + box(b"mdat", bytes(500)), UNSUPPORTED),
        ("PostScript", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", NOT_AN_IMAGE),
        ("a raw photo", b"II*\0\x10\0\0\0CR\2\0" + bytes(200), UNSUPPORTED),
        ("sound", b"RIFF\x24\0\0\0WAVEfmt " + bytes(50), NOT_AN_IMAGE),
    ):
        yield refused(family, what, data, code)


def beginnings(rng: np.random.Generator) -> Iterator[Case]:
    """The first bytes of every format, then nothing, zeros, or noise."""
    heads = {
        "JPEG": b"\xff\xd8\xff",
        "PNG": PNG_SIGNATURE,
        "GIF": b"GIF89a",
        "BMP": b"BM",
        "WebP": b"RIFF\x64\0\0\0WEBP",
        "TIFF": b"II*\0",
        "TIFF, big end first": b"MM\0*",
        "BigTIFF": b"II+\0\x08\0\0\0",
        "AVIF": box(b"ftyp", b"avif\0\0\0\0avifmif1"),
        "HEIC": box(b"ftyp", b"heic\0\0\0\0mif1heic"),
    }
    for title, head in heads.items():
        for what, rest in (("nothing", b""), ("zeros", bytes(3000)), ("noise", rng.bytes(3000))):
            yield refused("beginnings", f"{title}, then {what}", head + rest)


def empty(_: np.random.Generator) -> Iterator[Case]:
    for name in ("photo.jpg", "photo.png", "photo.heic", "photo", ""):
        yield refused("empty", f"nothing, called {name!r}", b"", "photo-empty", name=name)


def names(rng: np.random.Generator) -> Iterator[Case]:
    """Good photos, and a bad one each, under names that mean harm wherever they are shown or stored."""
    pixels = picture(rng)
    jpeg = encode(pixels, "JPEG")
    for name in (
        "<img src=x onerror=alert(1)>.jpg",
        "<script>alert('x')</script>.png",
        '"><svg onload=alert(1)>.jpg',
        "{{7*7}}${7*7}<%= 7*7 %>.jpg",
        "![x](javascript:alert(1)).jpg",
        "../../../../etc/passwd",
        "..\\..\\windows\\system32\\config\\sam",
        "/srv/uploads/secret/photo.jpg",
        "C:\\Users\\someone\\photo.jpg",
        "....//....//photo.jpg",
        "photo.jpg\0.txt",
        "photo\r\nSet-Cookie: a=b\r\n.jpg",
        "photo\x1b[31mred\x07.jpg",
        "photo\u202egpj.exe",
        "\u2066photo\u2069\u200f.jpg",
        "\u200bphoto\u200d\ufeff.jpg",
        "photo\u2028line\u2029.jpg",
        "\ud800photo.jpg",
        "CON.jpg",
        "-rf.jpg",
        "$(reboot).jpg",
        "; DROP TABLE photos; --.jpg",
        ".",
        "..",
        "   ",
        "写真 🐈‍⬛ фото.jpg",
        "e\u0301" * 500 + ".jpg",
        "x" * 5000 + ".jpeg",
        "photo." + "y" * 5000,
    ):
        yield shown("names", f"a good photo called {name[:40]!r}", jpeg, decoded(jpeg), name=name)
        yield refused("names", f"a text called {name[:40]!r}", b"text", NOT_AN_IMAGE, name=name)
