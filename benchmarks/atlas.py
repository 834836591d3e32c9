"""How soon a channel's card is open and how smoothly the wall of 512 channels scrolls, in a real browser.

``python -m benchmarks atlas --rounds 20``. The page is served on the loopback with the bundled ResNet-18 and worked in
Chromium. A card is open once it is drawn with its image decoded: on the wall, from the click; of a stage whose images
have not been shown yet, from the link; and first of all on a page, the atlas and its tab included, from the link. A
wall is scrolled from its first row to its last at one speed, and the frames are timed in the page.
"""

from __future__ import annotations

import shutil
import statistics
import tempfile
from argparse import Namespace
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks import report
from benchmarks.subjects import machine
from tests.browser.driving import answered
from tests.serving import served

CARD_MS, FRAMES_A_SECOND = 300, 60
"""What is asked for: a card from bundled data within so many milliseconds, and a wall that scrolls so smoothly."""

STAGES = ("layer1", "layer2", "layer3")
"""Whose images the wall of layer4 does not show."""

OPENED = """async ([stage, channel, clicked]) => {
  const root = () => resnetDemo.parts.rootOf('atlas');
  const began = performance.now();
  if (clicked) root().querySelector(`[data-channel="${channel}"]`).click();
  else resnetDemo.showChannel('atlas', {stage, channel});
  for (;;) {
    await new Promise(requestAnimationFrame);
    const made = root()?.querySelector('dialog[open] .rd-made');
    if (made && resnetDemo.channel?.stage === stage && resnetDemo.channel.channel === channel) {
      const image = new Image();
      image.src = made.style.backgroundImage.slice(5, -2);
      await image.decode();
      await new Promise(requestAnimationFrame);
      return performance.now() - began;
    }
    if (performance.now() - began > 60000) throw new Error('no card within a minute');
  }
}"""
"""Open a card, and close nothing: milliseconds until it is drawn."""

SPEED = 1500
"""Pixels a second at which the wall is scrolled, about ten rows."""

SCROLLED = """async (speed) => {
  const wall = resnetDemo.parts.rootOf('atlas').querySelector('.rd-wall');
  const page = document.scrollingElement;
  page.scrollTop += wall.getBoundingClientRect().top;
  const from = page.scrollTop;
  const times = [await new Promise(requestAnimationFrame)];
  while (wall.getBoundingClientRect().bottom > innerHeight) {
    page.scrollTop = from + (speed * (times.at(-1) - times[0] + 1000 / 60)) / 1000;
    times.push(await new Promise(requestAnimationFrame));
  }
  return times.slice(1).map((time, place) => time - times[place]);
}"""
"""Scroll the wall from end to end; the milliseconds from each frame to the next."""


def measured(rounds: int) -> dict[str, list[float]]:
    """By what was done the milliseconds that it took, each as often as ``rounds`` says."""
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        found: dict[str, list[float]] = {"first": [], "stage": [], "wall": [], "frames": []}
        for round_ in range(rounds):
            page = _page(browser, server.url)
            found["first"].append(_opened(page, "layer4", 7 * round_ % 512))
            found["wall"].append(_opened(page, "layer4", 13 * round_ % 512, clicked=True))
            found["stage"].extend(_opened(page, stage, round_ % 64) for stage in STAGES)
            _wall(page, "layer4")
            found["frames"].extend(page.evaluate(SCROLLED, SPEED))
            page.close()
        browser.close()
    return found


def _page(browser: Browser, url: str) -> Page:
    """A page that nobody has been on, with an answer and the feature maps in view: nothing of the atlas is there."""
    page = browser.new_page(viewport={"width": 1440, "height": 1000})
    page.goto(url)
    answered(page)
    return page


def _opened(page: Page, stage: str, channel: int, clicked: bool = False) -> float:
    took: float = page.evaluate(OPENED, [stage, channel, clicked])
    page.keyboard.press("Escape")
    page.wait_for_function("() => !resnetDemo.parts.rootOf('atlas').querySelector('dialog[open]')")
    return took


def _wall(page: Page, stage: str) -> None:
    page.locator("#rd-atlas").get_by_role("button", name=stage, exact=True).click()
    page.wait_for_function("() => resnetDemo.parts.rootOf('atlas').querySelectorAll('.rd-brick').length === 512")


def section(found: dict[str, list[float]], rounds: int) -> str:
    """What was measured, in Markdown."""
    cards = {
        "on the wall, from the click": found["wall"],
        "of a stage whose images were not shown yet": found["stage"],
        "the first on a page, its tab and the atlas included": found["first"],
    }
    rows = [
        [what, f"{statistics.median(times):.0f} ms", f"{min(times):.0f} to {max(times):.0f} ms"]
        for what, times in cards.items()
    ]
    frames = found["frames"]
    late = sum(time > 1.5 * 1000 / FRAMES_A_SECOND for time in frames) / len(frames)
    return (
        f"`python -m benchmarks atlas --rounds {rounds}`. {machine()}. In Chromium, 1440 x 1000 pixels, the bundled "
        f"ResNet-18. Asked for: a card from bundled data within {CARD_MS} ms, {FRAMES_A_SECOND} frames a second.\n\n"
        f"{report.table(['A card opens', 'median', 'least to most'], rows)}\n\n"
        f"The wall of layer4, 512 channels, scrolled from end to end {rounds} times: "
        f"{1000 * len(frames) / sum(frames):.1f} frames a second; {100 * late:.1f} % of the frames came more than half "
        f"a frame late, the longest took {max(frames):.0f} ms."
    )


def main(options: Namespace) -> None:
    """Measure and write the section ``Atlas``, in the folder that ``--out`` names."""
    found: dict[str, Any] = measured(options.rounds)
    text = section(found, options.rounds)
    folder = options.out or report.RESULTS.parent
    report.write_section("Atlas", text, folder / "RESULTS.md")
    report.write_numbers("atlas", found, folder / "results.json")
    print(text)
