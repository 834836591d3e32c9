"""Photos that are nearly the same, found by a hash of what they show: so that no photo of a test is trained on.

The hash is the difference hash (Krawetz 2013, "Kind of Like That"): the picture shrunk to 9 x 8 grey cells, one bit for
each cell that is lighter than its left neighbour. Recompression and scaling change a few of its 64 bits, so photos
within ``LIMIT`` bits count as copies. A photo and its central square are hashed both, as data sets carry either.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from PIL import Image

LIMIT = 6
"""Bits of 64. Plain backgrounds make some different photos as near as that; dropping them too costs little."""

_BITS = np.array([number.bit_count() for number in range(256)], np.uint8)


def central_square(photo: Image.Image) -> Image.Image:
    """The largest square in the middle."""
    side = min(photo.size)
    left, top = (photo.width - side) // 2, (photo.height - side) // 2
    return photo.crop((left, top, left + side, top + side))


def difference_hash(photo: Image.Image) -> int:
    """64 bits of the whole photo, whatever its shape."""
    grey = np.asarray(photo.convert("L").resize((9, 8), Image.Resampling.BOX), np.int16)
    return int(np.packbits((grey[:, 1:] > grey[:, :-1]).ravel()).view(np.uint64)[0])


def hashes(photo: Image.Image) -> list[int]:
    """Of the photo and of its central square."""
    return [difference_hash(photo), difference_hash(central_square(photo))]


class Known:
    """Hashes seen so far."""

    def __init__(self, found: Iterable[int] = ()) -> None:
        self._hashes = np.array(list(found), np.uint64)

    def __len__(self) -> int:
        return len(self._hashes)

    def add(self, found: Iterable[int]) -> None:
        """Remembers more of them."""
        self._hashes = np.concatenate([self._hashes, np.array(list(found), np.uint64)])

    def has_near(self, found: Iterable[int], limit: int = LIMIT) -> bool:
        """Whether one of ``found`` is within ``limit`` bits of one that is known."""
        for one in found:
            different = (self._hashes ^ np.uint64(one)).view(np.uint8).reshape(-1, 8)
            if (_BITS[different].sum(1) <= limit).any():
                return True
        return False
