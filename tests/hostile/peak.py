"""What reading a photo takes: for each file a line of JSON with the peak of memory above idle, in megabytes, of the
process that decodes it and of the one that asks, the processor time of the first, and what became of the photo.

    python -m tests.hostile.peak FILE...
    python -m tests.hostile.peak --visitors 8 FILE

With ``--visitors`` so many each bring the file four times at once; the one line has the peak of what all processes take
together, looked at every few milliseconds: a decoder that a photo took long is followed by another.
Linux only: other peaks are the kernel's own (VmHWM), started anew for each file.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import threading
import time
from contextlib import suppress
from pathlib import Path

import numpy as np

from resnet_demo.errors import InputError
from resnet_demo.photos.decoders import Decoders
from resnet_demo.photos.read import preview, read_photo
from resnet_demo.settings import Settings
from tests.hostile.build import encode, picture

FORMATS = ("JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP", "AVIF", "HEIF")
EACH = 4


def megabytes(field: str, process: int | str = "self") -> float:
    """A field of a process's status, given there in kibibytes."""
    for line in Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) * 1024 / 1e6
    raise ValueError(field)


def seconds(process: int) -> float:
    """Processor time of a process so far."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def start_peak(process: int | str = "self") -> float:
    """Forget the peak so far; what the process takes now."""
    Path(f"/proc/{process}/clear_refs").write_text("5", encoding="ascii")
    return megabytes("VmRSS", process)


def children(process: int | str = "self") -> list[int]:
    """The processes that a process has started."""
    found: list[int] = []
    for task in Path(f"/proc/{process}/task").iterdir():
        with suppress(OSError):  # a thread that has just ended
            found += map(int, (task / "children").read_text(encoding="ascii").split())
    return found


def taken(process: int) -> float:
    """What a process takes; nothing where it has just ended."""
    try:
        return megabytes("VmRSS", process)
    except (OSError, ValueError):
        return 0.0


def each(paths: list[str]) -> None:
    decoders = Decoders(1)
    for path in paths:
        for form in FORMATS:  # what decoders keep once used
            decoders.decode(encode(picture(np.random.default_rng(0)), form), "warm", Settings())
        (process,) = decoders.processes
        idle, mine, used = start_peak(process), start_peak(), seconds(process)
        ended = resource.getrusage(resource.RUSAGE_CHILDREN)
        try:
            photo = read_photo(path, decode=decoders.decode)
            height, width, _ = photo.pixels.shape
            preview(photo.pixels)
            del photo
            outcome = f"{width} x {height}"
        except InputError as error:
            outcome = error.code
        if decoders.processes == [process]:
            peak, used = megabytes("VmHWM", process), seconds(process) - used
        else:  # it was ended: the kernel knows the largest of all that were
            now = resource.getrusage(resource.RUSAGE_CHILDREN)
            peak = now.ru_maxrss * 1024 / 1e6
            used = now.ru_utime + now.ru_stime - ended.ru_utime - ended.ru_stime - used
        line = {
            "file": Path(path).name,
            "peak_mb": round(peak - idle, 1),
            "server_mb": round(megabytes("VmHWM") - mine, 1),
            "cpu_s": round(used, 1),
            "outcome": outcome,
        }
        print(json.dumps(line), flush=True)
    decoders.close()


def together(path: str, visitors: int) -> None:
    from resnet_demo.engine.allocator import keep_working_memory
    from resnet_demo.engine.reading import Reading
    from resnet_demo.engine.turns import Waiting
    from resnet_demo.weights.cards import Transform

    keep_working_memory()  # as the engine does
    reading = Reading(Settings(), isolated=True)
    transform = Transform(resize=256, crop=224, interpolation="bilinear", mean=(0, 0, 0), std=(1, 1, 1))
    data, sizes = Path(path).read_bytes(), []

    def read(visitor: int) -> None:
        sizes.append(reading.unkept(data, transform, Waiting(visitor=visitor)).prepared.view.shape)

    reading.view(encode(picture(np.random.default_rng(0)), "JPEG"), transform, None, Waiting())
    idle = start_peak() + sum(map(start_peak, reading.decoders.processes))
    threads = [threading.Thread(target=read, args=(number % visitors,)) for number in range(EACH * visitors)]
    for thread in threads:
        thread.start()
    peak = 0.0
    while any(thread.is_alive() for thread in threads):
        peak = max(peak, megabytes("VmRSS") + sum(map(taken, children())))
        time.sleep(0.02)
    print(json.dumps({"photos": len(sizes), "peak_mb": round(peak - idle, 1)}))
    reading.close()


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure what reading photos takes.")
    parser.add_argument("files", nargs="+")
    parser.add_argument("--visitors", type=int, default=0)
    options = parser.parse_args()
    if options.visitors:
        together(options.files[0], options.visitors)
    else:
        each(options.files)


if __name__ == "__main__":
    main()
