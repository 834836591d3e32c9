"""Frame sizes of AV1 data: of real encoders' pictures, and of headers written bit by bit after the specification."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from resnet_demo.photos.formats import av1, iso_media
from resnet_demo.photos.formats.bare import Damaged, Truncated, Unsupported
from tests.hostile.build import encode, picture

SEQUENCE_HEADER, FRAME_HEADER, FRAME, TEMPORAL_DELIMITER = 1, 3, 6, 2


def unit(kind: int, payload: bytes, *, extended: bool = False) -> bytes:
    """An open bitstream unit of up to 127 bytes, section 5.3."""
    return bytes((kind << 3 | extended << 2 | 2, *((0,) if extended else ()), len(payload))) + payload


def bits(*fields: tuple[int, int]) -> bytes:
    """(value, bits) after each other, filled up with zeros."""
    text = "".join(format(value, f"0{length}b") if length else "" for value, length in fields)
    return int(text.ljust(-(-len(text) // 8) * 8, "0"), 2).to_bytes(-(-len(text) // 8), "big")


def reduced_header(width: int, height: int) -> bytes:
    # profile, still, reduced, level, then the sides
    return bits((0, 3), (1, 1), (1, 1), (0, 5), (15, 4), (15, 4), (width - 1, 16), (height - 1, 16), (0, 30))


def full_header(width: int, height: int, *, timing: bool = False, ids: bool = False) -> bytes:
    start = [(0, 3), (0, 1), (0, 1)]
    if timing:  # present, tick, scale, equal intervals: no; model present; delays of 8, tick, removal, time of 5 bits
        start += [(1, 1), (1, 32), (30, 32), (0, 1), (1, 1), (7, 5), (1, 32), (7, 5), (4, 5)]
    else:
        start += [(0, 1)]
    start += [(1, 1), (1, 5)]  # display delays, two operating points
    for level in (5, 9):
        start += [(0, 12), (level, 5)] + ([(1, 1)] if level > 7 else [])
        start += [(1, 1), (0, 8), (0, 8), (0, 1)] if timing else []
        start += [(1, 1), (3, 4)]
    start += [(11, 4), (10, 4), (width - 1, 12), (height - 1, 11)]
    start += [(1, 1), (2, 4), (3, 3)] if ids else [(0, 1)]
    # superblocks, filters; interintra, masked, warped, dual; order hints with two more; screen content chosen by frame,
    # and so is integer motion
    return bits(*start, (0, 3), (0, 4), (1, 1), (0, 2), (1, 1), (1, 1), (0, 20))


def frame_header(*, override: int, timing: bool = False, ids: bool = False, screen_content: int = 0) -> bytes:
    fields = [(0, 1), (0, 2), (1, 1), (0, 5 if timing else 0), (0, 1), (screen_content, 1)]
    fields += [(1, 1)] if screen_content else []
    return bits(*fields, (21, 8 if ids else 0), (override, 1), (0, 20))


@pytest.mark.parametrize("shape", [(1, 1), (37, 53), (480, 640), (1000, 20)])
@pytest.mark.parametrize("subsampling", ["4:2:0", "4:4:4", "4:0:0"])
def test_the_size_of_an_encoded_picture_is_found(shape, subsampling):
    height, width = shape
    bare = iso_media.bare_avif(
        encode(np.zeros((height, width, 3), np.uint8), "AVIF", speed=10, subsampling=subsampling)
    )
    assert bare.coded == (height * width,)


def test_a_transparent_picture_is_two_pictures():
    bare = iso_media.bare_avif(encode(np.zeros((30, 50, 4), np.uint8), "AVIF", speed=10))
    assert bare.coded == (1500, 1500)


def test_an_animation_is_read_as_its_still_picture():
    first, second = (Image.fromarray(picture(np.random.default_rng(seed))) for seed in (0, 1))
    bare = iso_media.bare_avif(encode(first, "AVIF", speed=10, save_all=True, append_images=[second]))
    assert bare.coded == (24 * 36,) and bare.data[8:12] == b"avif"


def test_a_reduced_header_says_the_size():
    data = unit(TEMPORAL_DELIMITER, b"") + unit(SEQUENCE_HEADER, reduced_header(1234, 567)) + unit(FRAME, b"\xff" * 9)
    assert list(av1.frame_sizes(data)) == [(1234, 567)]


@pytest.mark.parametrize("timing", [False, True])
@pytest.mark.parametrize("ids", [False, True])
@pytest.mark.parametrize("screen_content", [0, 1])
def test_a_full_header_says_the_size_and_a_frame_that_differs_is_refused(timing, ids, screen_content):
    sequence = unit(SEQUENCE_HEADER, full_header(1234, 567, timing=timing, ids=ids), extended=True)
    frame = {"timing": timing, "ids": ids, "screen_content": screen_content}
    assert list(av1.frame_sizes(sequence + unit(FRAME, frame_header(override=0, **frame)))) == [(1234, 567)]
    for kind in (FRAME, FRAME_HEADER):
        with pytest.raises(Unsupported, match="differ in size"):
            list(av1.frame_sizes(sequence + unit(kind, frame_header(override=1, **frame))))


def test_every_sequence_counts():
    data = b"".join(unit(SEQUENCE_HEADER, reduced_header(side, side)) for side in (10, 9000))
    assert list(av1.frame_sizes(data)) == [(10, 10), (9000, 9000)]


def test_a_frame_before_its_sequence_is_damage():
    with pytest.raises(Damaged):
        list(av1.frame_sizes(unit(FRAME, bytes(9)) + unit(SEQUENCE_HEADER, reduced_header(9, 9))))


def test_data_without_a_sequence_are_damaged():
    for data in (b"", unit(TEMPORAL_DELIMITER, b"")):
        with pytest.raises(Damaged):
            list(av1.frame_sizes(data))


def test_data_that_end_early_are_truncated():
    header = unit(SEQUENCE_HEADER, reduced_header(1234, 567))
    for data in (header[:-1], unit(SEQUENCE_HEADER, reduced_header(1234, 567)[:6])):
        with pytest.raises(Truncated):
            list(av1.frame_sizes(data))
