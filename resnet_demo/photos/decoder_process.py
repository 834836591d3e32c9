"""A process that decodes photos for a server, one at a time, within limits on its time and memory.

``Decoders`` starts it as ``python -m resnet_demo.photos.decoder_process FD``. It gets a photo's bytes in a file in
memory, puts the pixels in their place, and says so; it knows nothing of networks and never loads PyTorch. A photo that
takes more time than it may ends the process, and so does whatever crashes a decoder: the server starts another.
"""

from __future__ import annotations

import json
import mmap
import os
import resource
import signal
import socket
import sys
import traceback
from pathlib import Path
from typing import Any

import numpy as np
from PIL import AvifImagePlugin

from resnet_demo.errors import InputError
from resnet_demo.photos.decode import decode
from resnet_demo.settings import Settings

SECONDS = 10
"""Of processor time for one photo. The slowest of those that are accepted take a fifth of it on a machine of 2024."""

NO_MEMORY = 70
"""Exit code of a process that was left without memory to go on."""

MOST_MESSAGE = 65_536
"""Bytes of a request or an answer."""

THREADS = 2
"""Of the decoders that can use several: each thread takes memory of its own."""


def main(link: socket.socket) -> None:
    """Answer one request after another until the other end is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # meant for the server, which then closes the link
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # the write fails instead
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # it would hold the photo
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # whatever libraries find odd in a stranger's file
    AvifImagePlugin.DEFAULT_MAX_THREADS = THREADS
    idle = data_bytes()
    while True:
        request, files, _, _ = socket.recv_fds(link, MOST_MESSAGE, 1)
        if not files:
            return
        try:
            said = json.dumps(answer(json.loads(request), files[0], idle), default=str).encode()
        except (MemoryError, SystemError):  # without memory Python can't even say so
            os._exit(NO_MEMORY)
        except Exception:
            said = json.dumps({"failed": traceback.format_exc()[-MOST_MESSAGE // 4 :]}).encode()
        link.send(said)
        os.close(files[0])


def answer(request: dict[str, Any], file: int, idle: int) -> dict[str, Any]:
    """Decode the photo that fills ``file``, which holds its pixels afterwards: their height and width, or an error."""
    settings = Settings(max_megapixels=request["max_megapixels"], max_aspect=request["max_aspect"])
    most_pixels = int(3e6 * settings.max_megapixels)
    length = os.fstat(file).st_size
    used = resource.getrusage(resource.RUSAGE_SELF)
    _limit(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime) + 1 + SECONDS)
    _limit(resource.RLIMIT_DATA, idle + memory(settings) - most_pixels)
    _limit(resource.RLIMIT_FSIZE, max(most_pixels, length))
    mapped: list[mmap.mmap] = []

    def room(shape: tuple[int, int, int]) -> np.ndarray:
        os.ftruncate(file, 0)
        os.ftruncate(file, shape[0] * shape[1] * shape[2])
        mapped.append(mmap.mmap(file, 0))
        return np.frombuffer(mapped[-1], np.uint8).reshape(shape)

    try:
        made = decode(os.pread(file, length, 0), request["name"], settings, room)
    except InputError as error:
        return {"code": error.code, "details": error.details}
    return {"size": made.pixels.shape[:2], "notes": made.notes}


def memory(settings: Settings) -> int:
    """Bytes that one photo may take, its own and its pixels' included: 700 MB where 40 megapixels are accepted."""
    return int(1e6 * (300 + 10 * settings.max_megapixels))


def data_bytes() -> int:
    """What counts against the limit on memory: private memory that can be written to."""
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[5]
    return int(pages) * mmap.PAGESIZE


def _limit(which: int, value: int) -> None:
    """Only the lower of the two limits, which may be raised again for the next photo."""
    resource.setrlimit(which, (value, resource.getrlimit(which)[1]))


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])))
