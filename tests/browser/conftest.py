"""A real server on the loopback with the bundled weights, and a browser that may reach nothing else."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from playwright.sync_api import Browser, Page, Playwright, sync_playwright
from safetensors.torch import save_file

from resnet_demo.model import resnet
from tests.browser.driving import watch

ROOT = Path(__file__).resolve().parents[2]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if _chromium() is None:
        for item in items:
            item.add_marker(pytest.mark.skip(reason="no Chromium on this machine (make test says how to get one)"))


def _chromium() -> str | None:
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((path for name in names if (path := shutil.which(name))), None)


@pytest.fixture(scope="session")
def weights_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random ten-class networks of two more depths: what they answer is noise, but they answer."""
    folder = tmp_path_factory.mktemp("weights")
    for depth in (34, 50):
        torch.manual_seed(depth)
        state = resnet(depth, num_classes=10).state_dict()
        save_file({k: v.half() if v.is_floating_point() else v for k, v in state.items()}, folder / f"resnet{depth}.safetensors")
    return folder


@pytest.fixture(scope="session")
def server(weights_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a page served by ``app.py`` in a process of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    home = tmp_path_factory.mktemp("home")
    settings = {
        "RESNET_DEMO_PORT": str(port),
        "RESNET_DEMO_WEIGHTS_DIR": str(weights_dir),
        "RESNET_DEMO_TEMP_DIR": str(tmp_path_factory.mktemp("uploads")),
        # A port on which nobody listens: a download fails at once, whatever the machine's network.
        "RESNET_DEMO_WEIGHTS_URL": "http://127.0.0.1:9/",
        "RESNET_DEMO_MAX_PHOTOS": "6",
        "TORCH_HOME": str(home),
    }
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("RESNET_DEMO_", "GRADIO_"))}
    log = (home / "server.log").open("wb")
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "app.py")], cwd=home, env=environment | settings, stdout=log, stderr=log
    )
    url = f"http://127.0.0.1:{port}/"
    try:
        _wait_until_ready(url, process, home / "server.log")
        yield url
    finally:
        process.terminate()
        process.wait(timeout=30)
        log.close()


def _wait_until_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 120
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        try:
            urllib.request.urlopen(url + "readyz", timeout=5)
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    pytest.fail(f"the server did not come up:\n{log.read_text()[-4000:]}")


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    started = playwright.chromium.launch(
        executable_path=_chromium(), args=["--no-sandbox", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
    )
    yield started
    started.close()


@pytest.fixture
def page(browser: Browser, server: str) -> Iterator[Page]:
    """The page, opened and showing its first answer. Fails afterwards if the console had an error or a request left."""
    context = browser.new_context(viewport={"width": 1440, "height": 1000}, locale="en-GB")
    opened = context.new_page()
    seen = watch(opened, server)
    opened.goto(server)
    yield opened
    context.close()
    assert seen.outside == [], "requests left the machine"
    assert seen.errors == [], "the console is not clean"
