"""The frame sizes that AV1 data announce (AV1 specification, sections 5.3, 5.5 and 5.9.2)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from resnet_demo.photos.formats.bare import Damaged, Truncated, Unsupported

_SEQUENCE_HEADER, _FRAME_HEADER, _FRAME, _REDUNDANT_FRAME_HEADER = 1, 3, 6, 7
_KEY_FRAME, _SWITCH_FRAME = 0, 3
_SELECT = 2
"""A setting that each frame makes for itself."""


@dataclass(frozen=True)
class Sequence:
    """What a sequence header says of its frames: their size, and what must be known to read a frame's own header.

    ``time_bits`` and ``id_bits`` are lengths of fields of that header, 0 where it lacks them.
    """

    size: tuple[int, int]
    reduced: bool
    time_bits: int = 0
    id_bits: int = 0
    screen_content: int = _SELECT
    integer_motion: int = _SELECT


def frame_sizes(data: bytes) -> Iterator[tuple[int, int]]:
    """The (width, height) of each sequence in ``data``, a chain of open bitstream units.

    Raises ``Damaged`` where a frame comes before the sequence header, and ``Unsupported`` where a frame has a size of
    its own: it may be any, and no encoder of still pictures does so.
    """
    sequence, at = None, 0
    while at < len(data):
        kind, extended, sized = data[at] >> 3 & 15, data[at] >> 2 & 1, data[at] >> 1 & 1
        at += 1 + extended
        length = len(data) - at
        if sized:
            length, at = _leb128(data, at)
        if length < 0 or at + length > len(data):
            raise Truncated
        if kind == _SEQUENCE_HEADER:
            sequence = _sequence(_Bits(data[at : at + length]))
            yield sequence.size
        elif kind in (_FRAME_HEADER, _FRAME, _REDUNDANT_FRAME_HEADER):
            if sequence is None:
                raise Damaged("a frame comes before its sequence header")
            if _has_own_size(_Bits(data[at : at + min(length, 32)]), sequence):
                raise Unsupported("an AVIF picture whose frames differ in size")
        at += length
    if sequence is None:
        raise Damaged("its picture has no sequence header")


def _leb128(data: bytes, at: int) -> tuple[int, int]:
    """A number of seven bits a byte, lowest first, and where it ends."""
    value = 0
    for place, byte in enumerate(data[at : at + 8]):
        value |= (byte & 127) << 7 * place
        if byte < 128:
            return value, at + place + 1
    raise Damaged("a length that does not end")


class _Bits:
    """Reads whole numbers of some bits each, highest bit first."""

    def __init__(self, data: bytes) -> None:
        self._value, self._left = int.from_bytes(data, "big"), 8 * len(data)

    def take(self, bits: int) -> int:
        self._left -= bits
        if self._left < 0:
            raise Truncated
        return self._value >> self._left & (1 << bits) - 1

    def skip_uvlc(self) -> None:
        """Skip a number written as n zeros, a one, and n bits."""
        zeros = 0
        while not self.take(1):
            zeros += 1
        self.take(zeros if zeros < 32 else 0)


def _sequence(bits: _Bits) -> Sequence:
    """Section 5.5.1. Fields are taken in the order of the specification; the names of those not needed are comments."""
    bits.take(3 + 1)  # seq_profile, still_picture
    reduced = bits.take(1) == 1
    time_bits = 0
    if reduced:
        bits.take(5)  # seq_level_idx
    else:
        delay_bits, time_bits = _timing(bits)
        display_delays = bits.take(1)
        for _ in range(bits.take(5) + 1):  # operating points
            bits.take(12)  # operating_point_idc
            if bits.take(5) > 7:  # seq_level_idx
                bits.take(1)  # seq_tier
            if delay_bits and bits.take(1):
                bits.take(2 * delay_bits + 1)
            if display_delays and bits.take(1):
                bits.take(4)
    width_bits, height_bits = bits.take(4) + 1, bits.take(4) + 1
    size = bits.take(width_bits) + 1, bits.take(height_bits) + 1
    if reduced:
        return Sequence(size, reduced)
    id_bits = bits.take(4) + bits.take(3) + 3 if bits.take(1) else 0
    bits.take(3 + 4)  # superblocks, filter_intra, intra_edge; interintra, masked, warped, dual_filter
    if bits.take(1):  # enable_order_hint
        bits.take(2)
    screen_content = _SELECT if bits.take(1) else bits.take(1)
    integer_motion = _SELECT
    if screen_content and not bits.take(1):
        integer_motion = bits.take(1)
    return Sequence(size, reduced, time_bits, id_bits, screen_content, integer_motion)


def _timing(bits: _Bits) -> tuple[int, int]:
    """timing_info and decoder_model_info: how many bits buffer delays have, and a frame's presentation time."""
    if not bits.take(1):
        return 0, 0
    bits.take(32 + 32)
    equal_intervals = bits.take(1)
    if equal_intervals:
        bits.skip_uvlc()
    if not bits.take(1):
        return 0, 0
    delay_bits = bits.take(5) + 1
    bits.take(32 + 5)
    time_bits = bits.take(5) + 1
    return delay_bits, 0 if equal_intervals else time_bits


def _has_own_size(bits: _Bits, sequence: Sequence) -> bool:
    """frame_size_override_flag of section 5.9.2."""
    if sequence.reduced or bits.take(1):  # show_existing_frame
        return False
    frame = bits.take(2)
    shown = bits.take(1)
    bits.take(sequence.time_bits if shown else 1)  # or showable_frame
    if frame != _SWITCH_FRAME and not (frame == _KEY_FRAME and shown):
        bits.take(1)  # error_resilient_mode
    bits.take(1)  # disable_cdf_update
    screen_content = bits.take(1) if sequence.screen_content == _SELECT else sequence.screen_content
    if screen_content and sequence.integer_motion == _SELECT:
        bits.take(1)  # force_integer_mv
    bits.take(sequence.id_bits)
    return frame == _SWITCH_FRAME or bits.take(1) == 1
