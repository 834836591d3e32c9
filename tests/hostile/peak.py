"""How much memory reading a photo takes: for each file a line of JSON with the peak above idle, in megabytes.

    python -m tests.hostile.peak FILE...

Linux only: the peak is the kernel's own (VmHWM), started anew for each file.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np

from resnet_demo.errors import InputError
from resnet_demo.photos.read import read_photo
from tests.hostile.build import encode, picture


def megabytes(field: str) -> float:
    """A field of this process's status, given there in kibibytes."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) * 1024 / 1e6
    raise ValueError(field)


def main(paths: list[str]) -> None:
    for form in ("JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP", "AVIF", "HEIF"):  # what decoders keep once used
        read_photo(encode(picture(np.random.default_rng(0)), form))
    for path in paths:
        idle = megabytes("VmRSS")
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
        try:
            height, width, _ = read_photo(path).pixels.shape
            outcome = f"{width} x {height}"
        except InputError as error:
            outcome = error.code
        print(json.dumps({"file": Path(path).name, "peak_mb": round(megabytes("VmHWM") - idle, 1), "outcome": outcome}))


if __name__ == "__main__":
    main(sys.argv[1:])
