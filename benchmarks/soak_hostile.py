"""A visitor among those of ``benchmarks.soak`` who wants everything for themselves: many small requests of every kind
that could take turns, decoders, disk, memory or connections from the others.

They work in a process of their own, so that what the others wait for is the server and not these requests being made:
``python -m benchmarks.soak_hostile URL`` until its standard input ends.
"""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

import httpx
import numpy as np

from tests.hostile.attacks import tiles
from tests.hostile.build import encode, picture

ADDRESS = "127.0.0.9"
"""Where they connect from, on the loopback, which no proxy is trusted to speak for."""

SILENT = 600
"""Connections that they would hold."""

PAUSE = 0.2
"""Seconds between two attacks: what they take from the others is the server's, not this machine's."""


@dataclass(frozen=True)
class Attack:
    """What requests were answered, and the seconds of processor time that it took to make them."""

    outcomes: Counter[str]
    seconds: float


class HostileProcess:
    """One hostile user at work in another process."""

    def __init__(self, url: str) -> None:
        asked = [sys.executable, "-m", "benchmarks.soak_hostile", url]
        self._process = subprocess.Popen(asked, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def stop(self) -> Attack:
        """End it."""
        told, _ = self._process.communicate(timeout=300)
        said = json.loads(told)
        return Attack(Counter(said["outcomes"]), said["seconds"])


class Hostile:
    """One hostile user, at work in a thread until ``stop``. ``outcomes`` counts what their requests were answered."""

    def __init__(self, url: str) -> None:
        self.outcomes: Counter[str] = Counter()
        transport = httpx.HTTPTransport(local_address=ADDRESS)
        self._http = httpx.Client(base_url=url, timeout=60, transport=transport)
        self._numbers = count()
        self._events = {
            target[1]: each["id"]
            for each in self._http.get("/config").json()["dependencies"]
            for target in each["targets"]
        }
        self._stopped = threading.Event()
        self._held: list[socket.socket] = []
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End it, and close every connection."""
        self._stopped.set()
        self._thread.join(120)
        self._http.close()
        for each in self._held:
            each.close()

    def _work(self) -> None:
        attacks: list[Callable[[], Iterator[httpx.Response]]] = [
            self._stops,
            self._calls_without_a_session,
            self._runs_under_invented_names,
            self._many_tiny_files,
            self._parts_that_are_no_files,
            self._connections_that_ask_nothing,
        ]
        while not self._stopped.is_set():
            for attack in attacks:
                with contextlib.suppress(httpx.HTTPError, OSError):
                    for answer in attack():
                        self.outcomes[f"{attack.__name__.strip('_').replace('_', ' ')}: {answer.status_code}"] += 1
                if self._stopped.wait(PAUSE):
                    return

    def _upload(self, data: bytes, number: int = 1) -> httpx.Response:
        return self._http.post("/gradio_api/upload", files=[("files", (f"{n}.png", data)) for n in range(number)])

    def _join(self, event: str, session: str, sent: list[Any]) -> httpx.Response:
        body = {"data": sent, "fn_index": self._events[event], "session_hash": session}
        return self._http.post(f"/gradio_api/{'run/predict' if event == 'stop' else 'queue/join'}", json=body)

    def _stops(self) -> Iterator[httpx.Response]:
        for _ in range(20):
            yield self._join("stop", f"invented-{next(self._numbers)}", [])

    def _calls_without_a_session(self) -> Iterator[httpx.Response]:
        path = self._upload(encode(picture(np.random.default_rng(next(self._numbers))), "PNG")).json()[0]
        photo = {"path": path, "meta": {"_type": "gradio.FileData"}}
        for _ in range(10):
            yield self._http.post("/gradio_api/call/blocks", json={"data": [photo]})

    def _runs_under_invented_names(self) -> Iterator[httpx.Response]:
        """Of photos that take a decoder as long as any may."""
        for _ in range(3):
            path = self._upload(tiles()).json()[0]
            asked = {"key": "a", "name": "a.tif", "path": path}
            sent = {"run": 1, "depth": 18, "weights": None, "photos": [asked]}
            yield self._join("run", f"invented-{next(self._numbers)}", [sent])

    def _many_tiny_files(self) -> Iterator[httpx.Response]:
        for number in (32, 32, 33):
            yield self._upload(b"x", number)

    def _parts_that_are_no_files(self) -> Iterator[httpx.Response]:
        yield self._http.post("/gradio_api/upload", files={"files": (None, b"x" * 5_000_000)})

    def _connections_that_ask_nothing(self) -> Iterator[httpx.Response]:
        """Half of them silent, half with a request that is never sent to its end. Then one that asks."""
        for each in self._held:
            each.close()
        self._held.clear()
        host, port = self._http.base_url.host, self._http.base_url.port or 80
        head = b"POST /gradio_api/upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900000\r\n"
        head += b"Content-Type: multipart/form-data; boundary=x\r\n\r\n--x"
        for number in range(SILENT):
            connection = socket.create_connection((host, port), timeout=5, source_address=(ADDRESS, 0))
            self._held.append(connection)
            with contextlib.suppress(OSError):
                connection.sendall(head if number % 2 else b"")
        yield self._http.get("/healthz")


def main() -> None:
    attacker = Hostile(sys.argv[1])
    sys.stdin.read()
    attacker.stop()
    print(json.dumps({"outcomes": attacker.outcomes, "seconds": time.process_time()}))


if __name__ == "__main__":
    main()
