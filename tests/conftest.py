"""What all tests share."""

import os
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

# The tests' networks are tiny: with several threads most of the time goes into waiting for each other.
os.environ.setdefault("OMP_NUM_THREADS", "1")

HERE = Path(__file__).parent

SLOW = (
    "browser",
    "hostile",
    "page",
    "benchmarks/test_gpu.py",
    "training/test_allocator.py",
    "training/test_bottlenecks.py",
    "training/test_export.py",
    "training/test_run.py",
    "engine/test_forked.py",
    "engine/test_loaded.py",
    "weights/test_full_weights.py",
    "weights/test_hub.py",
    "weights/download/test_together.py",
    "cli",
    "weights/test_formats.py",
    "test_container.py",
    "test_deployment.py",
    "test_docs_site.py",
    "test_packed.py",
    "test_project.py",
    "test_space.py",
)
"""What starts servers, browsers and processes, trains networks or loads the largest ones. All the rest is ``fast``."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        place = item.path.relative_to(HERE).as_posix()
        if not any(place == slow or place.startswith(f"{slow}/") for slow in SLOW):
            item.add_marker(pytest.mark.fast)


@pytest.fixture
def interruptible():
    """SIGINT raises ``KeyboardInterrupt``, though a shell's background jobs ignore it and the tests may be one."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="session")
def wheel(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--no-index", "--quiet"]
    subprocess.run([*build, "--wheel-dir", str(folder), str(HERE.parent)], check=True)
    (made,) = folder.glob("*.whl")
    return made


@pytest.fixture(scope="session")
def unpacked(wheel, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    zipfile.ZipFile(wheel).extractall(folder)
    return folder
