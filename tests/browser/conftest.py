"""A real server on the loopback with the bundled weights, and a browser that may reach nothing else."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from playwright.sync_api import Browser, Page, Playwright, sync_playwright
from safetensors.torch import save_file

from resnet_demo.network.resnet import resnet
from resnet_demo.results import STAGES
from tests.browser.driving import watch
from tests.serving import served


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if _chromium() is None:
        for item in items:
            item.add_marker(pytest.mark.skip(reason="no Chromium on this machine (make test says how to get one)"))


def _chromium() -> str | None:
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((path for name in names if (path := shutil.which(name))), None)


@pytest.fixture(scope="session")
def weights_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random ten-class networks of two more depths, the first with probes: they answer, if only noise."""
    folder = tmp_path_factory.mktemp("weights")
    for depth in (34, 50):
        torch.manual_seed(depth)
        state = resnet(depth, num_classes=10).state_dict()
        save_file(
            {k: v.half() if v.is_floating_point() else v for k, v in state.items()},
            folder / f"resnet{depth}.safetensors",
        )
    save_file(
        random_probes(), folder / "resnet34-probes.safetensors", {"measured_on": "made photos", "stem.top1": "0.2"}
    )
    return folder


def random_probes() -> dict[str, torch.Tensor]:
    """Probes for ten classes, as ``training/probes.py`` stores them."""
    draw = torch.Generator().manual_seed(34)
    stored = {}
    for stage, width in zip(STAGES, (64, 64, 128, 256, 512), strict=True):
        stored[f"{stage}.weight"] = torch.randint(-127, 128, (10, width), generator=draw, dtype=torch.int8)
        stored[f"{stage}.weight.scale"] = torch.full((10,), 1e-3)
        stored[f"{stage}.bias"] = torch.randn(10, generator=draw)
    return stored


@pytest.fixture(scope="session")
def server(weights_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the page."""
    with served(tmp_path_factory.mktemp("server"), weights_dir=weights_dir, max_photos=6) as running:
        yield running.url


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    started = playwright.chromium.launch(
        executable_path=_chromium(),
        args=["--no-sandbox", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"],
    )
    yield started
    started.close()


@pytest.fixture
def page(browser: Browser, server: str) -> Iterator[Page]:
    """The page, opened and showing its first answer. Fails afterwards if the console had an error or a request left."""
    context = browser.new_context(viewport={"width": 1440, "height": 1000}, locale="en-GB")
    opened = context.new_page()
    seen = watch(opened, server)
    opened.goto(f"{server}?example=coffee.png")
    yield opened
    context.close()
    assert seen.outside == [], "requests left the machine"
    assert seen.errors == [], "the console is not clean"
