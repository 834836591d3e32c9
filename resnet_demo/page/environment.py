"""What must stand in the environment before Gradio is imported, and the folder that visitors' files live in."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from resnet_demo.settings import Settings

PREFIX = "resnet-demo-"
OWNER = "owner.pid"


def prepare(settings: Settings) -> Path:
    """Turn off everything of Gradio's that calls out or opens doors, and return the folder for uploads and exports.

    The folder is this process's own, readable by its user alone, and goes when the process ends. Folders of processes
    that were killed are removed on the way.
    """
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ["GRADIO_SHARE"] = "False"
    # Each of these, set by chance in the surroundings, would serve files that are none of ours.
    for name in ("GRADIO_ALLOWED_PATHS", "GRADIO_EXAMPLES_CACHE", "GRADIO_CACHE_EXAMPLES", "GRADIO_VIBE_MODE"):
        os.environ.pop(name, None)
    parent = settings.temp_dir or Path(tempfile.gettempdir())
    parent.mkdir(parents=True, exist_ok=True)
    remove_orphans(parent)
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent)).resolve()
    (folder / OWNER).write_text(str(os.getpid()))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    uploads = folder / "uploads"
    uploads.mkdir()
    os.environ["GRADIO_TEMP_DIR"] = str(uploads)
    return uploads


def remove_orphans(parent: Path) -> None:
    """Delete the folders that processes left behind which no longer run."""
    for folder in parent.glob(PREFIX + "*"):
        try:
            owner = int((folder / OWNER).read_text())
        except (OSError, ValueError):
            continue  # half made, or another user's: not ours to judge
        if not _runs(owner):
            shutil.rmtree(folder, ignore_errors=True)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
