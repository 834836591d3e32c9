"""Take the pictures that the documentation shows, of the page as ``app.py`` serves it with the bundled weights.

    python scripts/screenshots.py [FOLDER]

They go to ``docs/screenshots`` unless another folder is named; then the picture that goes with a link to the page
(``page/static/card.jpg``) is left as it is. Chromium is looked for on the PATH.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
WIDE, PHONE = (1440, 1000), (390, 1500)
EXAMPLES = ("koala.webp", "red-panda.webp", "german-shepherd.webp", "bison.webp")


@dataclass(frozen=True)
class Shot:
    """One picture: its name, the window, theme and language, and what is opened before it is taken.

    ``tab`` is a tab's name in the page's scripts, None for the whole page; ``wait`` what must be visible in it;
    ``press`` the names of buttons pressed there first. ``photos`` are given to the page as a visitor's, and ``query``
    is what its address asks for.
    """

    name: str
    window: tuple[int, int] = WIDE
    dark: bool = False
    locale: str = "en-GB"
    tab: str | None = None
    wait: str | None = None
    press: tuple[str, ...] = ()
    photos: tuple[str, ...] = ()
    query: str = ""


SHOTS = (
    Shot("page"),
    Shot("page-dark", dark=True),
    Shot("page-zh", locale="zh-CN"),
    Shot("page-zh-dark", locale="zh-CN", dark=True),
    Shot("contrast", query="?example=koala.webp&class=n01882714&contrast=n02480495"),
    Shot("photos", photos=EXAMPLES),
    Shot("phone", PHONE),
    Shot("phone-dark", PHONE, dark=True),
    Shot("phone-zh", PHONE, locale="zh-CN"),
    Shot("phone-zh-dark", PHONE, locale="zh-CN", dark=True),
    Shot("feature-maps", tab="maps", wait=".rv-channel"),
    Shot("receptive-field", tab="field", wait=".rd-large"),
    Shot("ledger", tab="ledger", wait=".rv-waterfall th:nth-child(4)"),
    Shot("ledger-phone", PHONE, tab="ledger", wait=".rv-waterfall th:nth-child(4)", dark=True, locale="zh-CN"),
    Shot("block", tab="block", wait="figure.rd-card"),
    Shot("block-dark", tab="block", wait="figure.rd-card", dark=True),
    Shot("trust", tab="trust", wait=".rd-chart", press=("Put to the test",)),
    Shot("atlas", tab="atlas", wait=".rd-brick"),
    Shot("atlas-phone", PHONE, tab="atlas", wait=".rd-brick"),
    Shot("stimuli", tab="stimuli", wait=".rd-curves", press=("Measure ResNet-18",)),
    Shot("architecture", tab="architecture", wait=".rd-ordering"),
    Shot("degradation", tab="degradation", wait=".rd-small-networks"),
    Shot("degradation-phone", PHONE, tab="degradation", wait=".rd-small-networks", dark=True, locale="zh-CN"),
    Shot("take-away", tab="take", wait=".rd-code"),
    Shot("block-phone", PHONE, tab="block", wait="figure.rd-card"),
    Shot("architecture-phone", PHONE, tab="architecture", wait=".rd-ordering"),
)


@contextmanager
def served() -> Iterator[str]:
    """The page in a process of its own, with nothing but the bundled weights in reach."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as home:
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("RESNET_DEMO_", "GRADIO_"))}
        environment |= {"RESNET_DEMO_PORT": str(port), "TORCH_HOME": home, "RESNET_DEMO_TEMP_DIR": home}
        process = subprocess.Popen([sys.executable, str(ROOT / "app.py")], env=environment)
        try:
            url = f"http://127.0.0.1:{port}/"
            until = time.monotonic() + 120
            while process.poll() is None and time.monotonic() < until:
                try:
                    urllib.request.urlopen(url + "readyz", timeout=5)
                    break
                except (urllib.error.URLError, OSError):
                    time.sleep(0.2)
            else:
                sys.exit("The page could not be served.")
            yield url
        finally:
            process.terminate()
            process.wait()


def take(browser: Browser, url: str, shot: Shot, folder: Path) -> None:
    """Open the page as ``shot`` says, wait until everything stands, and save the picture."""
    width, height = shot.window
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if shot.dark else "light",
        locale=shot.locale,
        device_scale_factor=2 if width < 500 else 1,
        has_touch=width < 500,
        is_mobile=width < 500,
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto(url + shot.query)
    answered(page)
    if shot.photos:
        page.locator("#rd-picker input[type=file]").set_input_files(
            [ROOT / "assets" / "examples" / name for name in shot.photos]
        )
        page.wait_for_function(f"resnetDemo.state.photos.filter((p) => p.answer).length === {len(shot.photos)}")
        answered(page)
    target = folder / f"{shot.name}.png"
    if shot.tab is None:
        page.wait_for_selector("#rd-maps .rv-channel")
        page.wait_for_timeout(500)
        page.screenshot(path=target)
    else:
        page.locator(f'[role="tab"][data-tab-id="{shot.tab}"]').click()
        panel = page.locator("#rd-tabs")
        for name in shot.press:
            panel.get_by_role("button", name=name).click()
        panel.locator(shot.wait).first.wait_for(timeout=120_000)
        page.add_style_tag(content="#rd-band { display: none }")  # it would lie over the top of a tall panel
        page.wait_for_timeout(1500)  # charts are drawn by Gradio's component, which says nothing when it is done
        panel.screenshot(path=target)
    context.close()
    print(target.relative_to(Path.cwd()) if target.is_relative_to(Path.cwd()) else target)


def take_card(browser: Browser, url: str) -> None:
    """The line from the photo to its label alone, as large as previews of a link are."""
    page = browser.new_page(viewport={"width": 1200, "height": 630}, locale="en-GB", color_scheme="light")
    page.goto(url)
    answered(page)
    hidden = "#rd-side, #rd-tabs, #rd-header, #rd-strip, #rd-footer, #rd-classes { display: none !important }"
    alone = "#rd-main { grid-template-columns: minmax(0, 1fr) !important; padding-top: 8px !important }"
    page.add_style_tag(content=hidden + alone + "#rd-explore { border: 0 !important }")
    page.wait_for_timeout(500)
    page.screenshot(path=ROOT / "resnet_demo" / "page" / "static" / "card.jpg", quality=88)
    page.close()


def answered(page: Page) -> None:
    page.wait_for_function("window.resnetDemo?.payload && !resnetDemo.state.running", timeout=60_000)
    page.wait_for_timeout(300)


def main() -> None:
    names = ("chromium", "chromium-browser", "google-chrome")
    executable = next((path for name in names if (path := shutil.which(name))), None)
    if executable is None:
        sys.exit("Chromium is not on the PATH; make browser says how to get it.")
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    with served() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        for shot in SHOTS:
            take(browser, url, shot, folder)
        if len(sys.argv) == 1:
            take_card(browser, url)
        browser.close()


if __name__ == "__main__":
    main()
