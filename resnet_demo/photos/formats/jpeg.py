"""JPEG: the segments that its first picture needs.

Left out are camera data, thumbnails, comments, and the further pictures that phones append; kept are the markers that
say how colours are stored. The orientation is read from the EXIF segment on the way.
"""

from __future__ import annotations

import re
import struct

from resnet_demo.photos.formats import exif
from resnet_demo.photos.formats.bare import Bare, Damaged, Truncated, Unsupported

MOST_SCANS = 50
"""A progressive photo has about ten. Each goes over the whole picture, so a file of many tiny scans takes hours."""

_END, _SCAN, _EXIF, _COMMENT = 0xD9, 0xDA, 0xE1, 0xFE
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_TABLES = {0xC4, 0xCC, 0xDB, 0xDC, 0xDD}
_APPLICATION = range(0xE0, 0xF0)
_COLOURS = {0xE0: b"JFIF\0", 0xE2: b"ICC_PROFILE\0", 0xEE: b"Adobe"}
"""The application segments that bear on the picture, by marker, with what they begin with."""

# In a scan's data, 0xFF is followed by a stuffed 0, by a restart marker, D0 to D7, or by itself, which fills.
_NEXT_MARKER = re.compile(rb"\xff([\x01-\xcf\xd8-\xfe])")


def bare(data: bytes) -> Bare:
    """The first picture of a JPEG. Raises ``Truncated``, ``Damaged`` or ``Unsupported``."""
    kept = [b"\xff\xd8"]
    size, up, scans, at = None, None, 0, 2
    while True:
        found = _NEXT_MARKER.search(data, at)
        if found is None:
            raise Truncated
        if scans:
            kept.append(data[at : found.start()])
        marker = found[1][0]
        at = found.end()
        if marker == _END:
            kept.append(b"\xff\xd9")
            break
        if marker not in (_COMMENT, _SCAN, *_FRAMES, *_TABLES, *_APPLICATION):
            raise Damaged(f"marker {marker:#x} at byte {at}")
        payload = _payload(data, at)
        at += 2 + len(payload)
        if marker in _FRAMES:
            if size is not None or len(payload) < 6:
                raise Damaged("it has two frame headers" if size else "its frame header is too short")
            if payload[0] != 8:
                raise Unsupported(f"JPEG data of {payload[0]} bits a sample")
            size = struct.unpack_from(">HH", payload, 1)[::-1]
        elif marker == _SCAN:
            scans += 1
            if size is None or scans > MOST_SCANS:
                raise Damaged(
                    "a scan comes before its frame header" if size is None else f"it has over {MOST_SCANS} scans"
                )
        elif marker == _EXIF and up is None and payload.startswith(b"Exif\0\0"):
            up = exif.orientation(payload)
        told = marker not in (_COMMENT, *_APPLICATION)
        if told or (marker in _COLOURS and payload.startswith(_COLOURS[marker])):
            kept.append(struct.pack(">BBH", 0xFF, marker, len(payload) + 2) + payload)
    if size is None or not scans:
        raise Damaged("it has no picture")
    return Bare(b"".join(kept), size, up or 1)


def _payload(data: bytes, at: int) -> bytes:
    """What follows a marker: a length of two bytes that counts itself, then the payload."""
    if at + 2 > len(data):
        raise Truncated
    (length,) = struct.unpack_from(">H", data, at)
    if length < 2:
        raise Damaged(f"a segment of length {length}")
    if at + length > len(data):
        raise Truncated
    return data[at + 2 : at + length]
