"""Processes that decode photos, so that no file can take the server's time or memory, whatever is made of it.

Each photo may take so much processor time and memory and no more (``decoder_process.py``); it is ended when nobody
waits for it any longer, and a crash of a decoder is the end of one process that another replaces. Linux only: elsewhere
these limits do not hold, and photos are decoded in the server itself.
"""

from __future__ import annotations

import fcntl
import json
import logging
import math
import mmap
import os
import queue
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from resnet_demo.errors import InputError
from resnet_demo.photos.decode import Decoded, check_size, damaged, too_costly
from resnet_demo.photos.decoder_process import MOST_MESSAGE, NO_MEMORY
from resnet_demo.photos.formats import kinds
from resnet_demo.results import NOTES
from resnet_demo.settings import Settings

log = logging.getLogger(__name__)

SOON, NICER = 1.0, 10
"""Seconds of processor time after which a photo gives way to others, and by how much: at 10 a process gets a tenth of
what one at 0 gets."""

LOOK = 50
"""Milliseconds between two looks whether a photo is still wanted."""

_PACKAGE = Path(__file__).resolve().parents[2]
_ENVIRONMENT = {
    # Numpy's and glibc's own threads and arenas would take memory that the photo is meant to have.
    **dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MALLOC_ARENA_MAX"), "1"),
    "PYTHONPATH": os.pathsep.join([str(_PACKAGE), *(path for path in sys.path if path)]),
}


class Decoders:
    """``count`` processes, started at once and light: none of them loads PyTorch. Safe to use from several threads."""

    def __init__(self, count: int) -> None:
        self.count, self._closed = count, False
        self._idle: queue.LifoQueue[_Process] = queue.LifoQueue()
        for _ in range(count):
            self._idle.put(_Process())

    @property
    def processes(self) -> list[int]:
        """The numbers of the processes that have nothing to do."""
        with self._idle.mutex:
            return [process.number for process in self._idle.queue]

    def decode(
        self,
        data: bytes,
        name: str,
        settings: Settings,
        check: Callable[[], None] = lambda: None,
        gently: bool = False,
    ) -> Decoded:
        """As ``decode.decode``, in one of the processes; waits while all are at work. The pixels can't be written to.

        ``check`` is called from time to time; when it raises, the process is ended and so is this. ``gently``: the
        photo gives way to others from its start, not only after ``SOON``. Raises ``InputError`` of the code
        "photo-too-costly" for a photo that takes more time or memory than it may.
        """
        process = self._idle.get()
        if process.has_ended():
            process = _Process()
        sound, limit = False, process.seconds() + SOON
        if gently:
            process.give_way()
            limit = math.inf

        def look() -> None:
            nonlocal limit
            check()
            if process.seconds() > limit:
                process.give_way()
                limit = math.inf

        file = os.memfd_create("photo", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        try:
            with open(file, "wb", closefd=False) as whole:
                whole.write(data)
            request = {"name": name, "max_megapixels": settings.max_megapixels, "max_aspect": settings.max_aspect}
            answer = process.ask(request, file, look)
            if answer is None:
                check()
                raise _ended(process.end(grace=1.0), data, name)
            # One that met a limit may be left with little memory; one that gave way can't get its priority back.
            sound = answer.get("code") != "photo-too-costly" and limit < math.inf
            if "failed" in answer:
                raise RuntimeError(f"A decoder failed.\n{answer['failed']}")
            if "code" in answer:
                raise InputError(answer["code"], **answer["details"])
            height, width = answer["size"]
            check_size(width, height, name, settings)
            return Decoded(_pixels(file, (height, width, 3)), tuple(note for note in NOTES if note in answer["notes"]))
        finally:
            os.close(file)
            if not sound:
                process.end()
                process = process if self._closed else _Process()
            self._idle.put(process)

    def close(self) -> None:
        """End the processes: those that are idle at once, the others as soon as their photo is done or not wanted."""
        self._closed = True
        while True:
            try:
                self._idle.get_nowait().end()
            except queue.Empty:
                return


class _Process:
    """One process, and the link to it."""

    def __init__(self) -> None:
        self._link, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with other:
            # -P: no folder that the server happens to be started in lends it modules.
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "resnet_demo.photos.decoder_process", str(other.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=(other.fileno(),),
                env={**os.environ, **_ENVIRONMENT},
            )
        self.number = self._process.pid
        self._answers = select.poll()
        self._answers.register(self._link, select.POLLIN)

    def ask(self, request: dict[str, Any], file: int, check: Callable[[], None]) -> dict[str, Any] | None:
        """Its answer; None when it has ended without one."""
        try:
            socket.send_fds(self._link, [json.dumps(request).encode()], [file])
            while not self._answers.poll(LOOK):
                check()
            said = self._link.recv(MOST_MESSAGE)
        except (BrokenPipeError, ConnectionResetError):
            said = b""
        return json.loads(said) if said else None

    def seconds(self) -> float:
        """The processor time that it has taken; 0 where it has ended."""
        try:
            fields = Path(f"/proc/{self.number}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        except OSError:
            return 0.0
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def give_way(self) -> None:
        """Let other processes go before this one."""
        with suppress(OSError):  # it has just ended
            usual = os.getpriority(os.PRIO_PROCESS, self.number)
            os.setpriority(os.PRIO_PROCESS, self.number, min(19, usual + NICER))

    def has_ended(self) -> bool:
        return self._process.poll() is not None

    def end(self, grace: float = 0.0) -> int:
        """End it, after ``grace`` seconds in which it may do so itself: its exit code, or minus the signal's number."""
        try:
            code = self._process.wait(grace)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        self._link.close()
        return code


def _ended(code: int, data: bytes, name: str) -> Exception:
    """What to make of a process that ended while it decoded."""
    if code in (NO_MEMORY, -signal.SIGXCPU, -signal.SIGKILL):  # killed: the system's memory was up
        return too_costly(name)
    if code < 0:
        log.warning("A decoder was ended by signal %d.", -code)
        return damaged(name, kinds.recognise(data))
    return RuntimeError(f"A decoder process ended with exit code {code}.")


def _pixels(file: int, shape: tuple[int, int, int]) -> np.ndarray:
    """The pixels that a process has put into ``file``, which nobody can make shorter from now on."""
    fcntl.fcntl(file, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK)
    if os.fstat(file).st_size != np.prod(shape):
        raise RuntimeError(f"a decoder process promised {shape} and sent {os.fstat(file).st_size} bytes")
    return np.frombuffer(mmap.mmap(file, 0, access=mmap.ACCESS_READ), np.uint8).reshape(shape)
