"""How long a visitor waits: from the click to everything drawn, against the engine's own time, in a real browser.

``python -m benchmarks.page [--rounds 20]``. The page is served on the loopback with the bundled ResNet-18 and worked in
Chromium. Timed in turn are a photo never seen before, its upload included, and a click on its second label. The
engine's own time is what the answer itself says was spent on reading, waiting, the pass and the maps. Redraws are timed
inside the page, from the change of a control to the end of its drawing; requests made meanwhile are counted.
"""

from __future__ import annotations

import argparse
import base64
import io
import shutil
import statistics
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import sync_playwright

from tests.browser.driving import VIEWER, answered
from tests.serving import served

TO_DRAWN = """async (element, [viewer, photo]) => {
  const read = new Function('return (' + viewer + ')()');
  const before = read().id;
  let change = () => element.click();
  if (photo) {
    const bytes = Uint8Array.from(atob(photo.data), (c) => c.charCodeAt(0));
    const files = new DataTransfer();
    files.items.add(new File([bytes], photo.name, {type: 'image/jpeg'}));
    change = () => { element.files = files.files; element.dispatchEvent(new Event('change')); };
  }
  const began = performance.now();
  change();
  for (;;) {
    await new Promise(requestAnimationFrame);
    const now = read();
    const channels = resnetDemo.parts.get('maps').browser.read();
    if (now?.id && !now.busy && now.id !== before && channels.id === now.id) break;
    if (performance.now() - began > 60000) throw new Error('no answer within a minute');
  }
  const drawn = performance.now() - began;
  const steps = Object.entries(window.resnetDemo.payload.timings).filter(([step]) => step !== 'load');
  return [drawn, 1000 * steps.reduce((sum, [, seconds]) => sum + seconds, 0)];
}"""
"""Put a photo into a file field, or click a button; milliseconds until all is drawn, and the engine's own."""

REDRAW = """(slider) => {
  const times = [];
  for (let i = 0; i < 40; i++) {
    slider.value = String(Number(slider.min) + ((i % 20) / 20) * (slider.max - slider.min));
    const began = performance.now();
    slider.dispatchEvent(new Event('input', {bubbles: true}));
    times.push(performance.now() - began);
  }
  return times;
}"""


def photo(seed: int) -> dict[str, str]:
    """A JPEG of 500 x 375 pixels that nobody has seen before: smooth colours, another one for each seed."""
    small = np.random.default_rng(seed).integers(0, 256, (9, 12, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(small).resize((500, 375), Image.Resampling.BICUBIC).save(file, "JPEG", quality=90)
    return {"name": f"photo-{seed}.jpg", "data": base64.b64encode(file.getvalue()).decode()}


def report(what: str, pairs: list[tuple[float, float]]) -> None:
    beyond = [drawn - engine for drawn, engine in pairs]
    drawn, engine = (statistics.median(column) for column in zip(*pairs, strict=True))
    print(
        f"{what}, {len(pairs)} times: drawn after {drawn:.0f} ms, of which the engine {engine:.0f} ms; "
        f"beyond the engine {statistics.median(beyond):.0f} ms ({min(beyond):.0f} to {max(beyond):.0f})"
    )


def measure(rounds: int) -> None:
    """Print the medians, with their range."""
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1440, "height": 1000})
        page.goto(server.url)
        answered(page)
        field, second = page.locator("input[type=file]").first, page.locator("button.rv-bar").nth(1)
        photos, classes = [], []
        for round_ in range(rounds):
            photos.append(tuple(field.evaluate(TO_DRAWN, [VIEWER, photo(round_)])))
            classes.append(tuple(second.evaluate(TO_DRAWN, [VIEWER, None])))
        report("a new photo, from its choice", photos)
        report("another class, from the click", classes)
        requests: list[str] = []
        page.on("request", lambda request: requests.append(request.url))
        times = page.locator(".rv input[type=range]").first.evaluate(REDRAW)
        print(
            f"a step of the opacity slider, {len(times)} steps: redrawn in {statistics.median(times):.1f} ms "
            f"(at most {max(times):.1f} ms), {len(requests)} requests"
        )
        browser.close()


def main() -> None:
    """Measure with the rounds that the command line names."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.page", description=__doc__.split(":")[0])
    parser.add_argument("--rounds", type=int, default=20, help="photos (default: %(default)s)")
    measure(parser.parse_args().rounds)


if __name__ == "__main__":
    main()
