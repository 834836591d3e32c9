"""The page served by ``app.py`` in a process of its own, for tests that knock on it from outside."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NOBODY = "http://127.0.0.1:9/"
"""An address on which nobody listens: a download fails at once, whatever the machine's network."""


@dataclass(frozen=True)
class Server:
    url: str
    process: subprocess.Popen[bytes]
    uploads: Path
    log: Path


@contextmanager
def served(
    folder: Path,
    *,
    program: Sequence[str | Path] = (ROOT / "app.py",),
    surroundings: Mapping[str, str] | None = None,
    **settings: object,
) -> Iterator[Server]:
    """A server whose files lie in ``folder``; ``settings`` are fields of ``Settings``. Ended with the ``with``.

    ``program`` is the Python file that serves, and its arguments, options of Python's before them; ``surroundings`` are
    variables of its environment.
    """
    port = settings.get("port") or free_port()
    uploads = folder / "uploads"
    uploads.mkdir(exist_ok=True)
    given = {"port": port, "temp_dir": uploads, "weights_url": NOBODY, **settings}
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("RESNET_DEMO_", "GRADIO_"))}
    environment |= {f"RESNET_DEMO_{name.upper()}": str(value) for name, value in given.items()}
    environment |= {"TORCH_HOME": str(folder), "PYTHONPATH": str(ROOT), **(surroundings or {})}
    log = folder / "server.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, *map(str, program)], cwd=folder, env=environment, stdout=out, stderr=out
        )
        try:
            url = f"http://[{settings['host']}]:{port}/" if "host" in settings else f"http://127.0.0.1:{port}/"
            wait_until_ready(url, process, log)
            yield Server(url, process, uploads, log)
        finally:
            process.terminate()  # nothing happens to one that a test has ended
            process.wait(timeout=60)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def wait_until_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    directly = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    until = time.monotonic() + 180
    while time.monotonic() < until and process.poll() is None:
        try:
            directly.open(url + "readyz", timeout=5)
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise AssertionError(f"the server did not come up:\n{log.read_text()[-4000:]}")
