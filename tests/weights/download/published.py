"""The file that is downloaded, and how a download of it ends."""

import hashlib
import random
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from resnet_demo.errors import ResNetDemoError
from resnet_demo.weights.download import fetch

NAME = "resnet18-00000000.pth"
BODY = random.Random(1).randbytes(1_000_000)
SHA256 = hashlib.sha256(BODY).hexdigest()
ROOT = Path(__file__).resolve().parents[3]


def fetched(file, folder, timeout=10.0, **more):
    return fetch(file, folder, timeout=timeout, **more)


def held(folder):
    """What lies in the folder, apart from lock files, which stay so that two processes never lock different ones."""
    return sorted(p.name for p in folder.iterdir() if p.suffix != ".lock") if folder.exists() else []


@contextmanager
def refused(kind: type[ResNetDemoError], code: str, *words: str):
    """Whatever runs inside is refused with this type and code, its message having these words and the file's name."""
    with pytest.raises(kind) as caught:
        yield
    assert caught.value.code == code
    assert caught.value.details["file"] == NAME
    for word in (NAME, *words):
        assert word in str(caught.value)


def in_process(url, folder, *, sha256=SHA256):
    """The same download in a process of its own."""
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from resnet_demo.weights.download import RemoteFile, fetch\n"
        "url, sha256, size, folder = sys.argv[1:]\n"
        "fetch(RemoteFile(url, sha256, int(size)), Path(folder), timeout=20.0)\n"
    )
    return subprocess.Popen([sys.executable, "-c", script, url, sha256, str(len(BODY)), str(folder)], cwd=ROOT)
