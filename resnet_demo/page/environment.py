"""What must stand in the environment before Gradio is imported, and the folder that visitors' files live in."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from resnet_demo.settings import Settings

PREFIX = "resnet-demo-"
OWNER = "owner.lock"
"""Locked by the process whose folder it is; the system lets go of it when the process ends, however it ends."""


def prepare(settings: Settings) -> Path:
    """Turn off everything of Gradio's that calls out or opens doors, and return the folder for uploads and exports.

    The folder is this process's own, readable by its user alone, and goes when the process ends. Folders of processes
    that were killed are removed on the way.
    """
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ["GRADIO_SHARE"] = "False"
    os.environ["FORWARDED_ALLOW_IPS"] = settings.trusted_proxies  # uvicorn's own default is to trust this machine
    # Each of these, set by chance in the surroundings, would serve files that are none of ours.
    for name in ("GRADIO_ALLOWED_PATHS", "GRADIO_EXAMPLES_CACHE", "GRADIO_CACHE_EXAMPLES", "GRADIO_VIBE_MODE"):
        os.environ.pop(name, None)
    folder, owner = _own_folder(settings.temp_dir or Path(tempfile.gettempdir()))
    atexit.register(_leave, folder, owner)
    uploads = folder / "uploads"
    os.environ["GRADIO_TEMP_DIR"] = str(uploads)
    if not os.access(os.path.expanduser("~"), os.W_OK):
        # Matplotlib, which draws what is taken away, and fontconfig warn where they can write no cache below it.
        os.environ.setdefault("MPLCONFIGDIR", str(folder / "matplotlib"))
        os.environ.setdefault("XDG_CACHE_HOME", str(folder / "cache"))
    return uploads


def _own_folder(parent: Path) -> tuple[Path, FileLock]:
    """A new folder with a place for uploads, and its lock, which is held."""
    parent.mkdir(parents=True, exist_ok=True)
    remove_orphans(parent)
    while True:
        folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent)).resolve()
        owner = FileLock(folder / OWNER)
        try:
            owner.acquire()
            # Until it was locked another start may have taken it for one that was left: then it is gone, or made anew
            # for the lock's sake, open to all.
            folder.chmod(0o700)
            (folder / "uploads").mkdir()
        except FileNotFoundError:
            owner.release()
            continue
        return folder, owner


def remove_orphans(parent: Path) -> None:
    """Delete the folders that processes left behind which no longer run."""
    for folder in parent.glob(PREFIX + "*"):
        try:
            if not (folder / OWNER).is_file():
                continue  # half made, or none of ours
            with FileLock(folder / OWNER, timeout=0):  # held until it is gone: its owner may be just about to lock it
                shutil.rmtree(folder, ignore_errors=True)
        except (Timeout, OSError):
            continue  # its process runs, or it is another user's


@contextmanager
def without_proxies() -> Iterator[None]:
    """Within it this process's requests go to their addresses themselves: what starts a page asks it over the loopback
    address whether it answers, which no proxy of the surroundings can reach."""
    proxies = {name: value for name, value in os.environ.items() if name.lower().endswith("_proxy")}
    for name in proxies:
        del os.environ[name]
    try:
        yield
    finally:
        os.environ.update(proxies)


def _leave(folder: Path, owner: FileLock) -> None:
    owner.release()
    shutil.rmtree(folder, ignore_errors=True)
