"""How the tests work the page and read it: by what a visitor sees, and by what the viewer says it shows."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from PIL import Image
from playwright.sync_api import Page

VIEWER = """() => {
  const found = [];
  const look = (root) => {
    for (const element of root.querySelectorAll('*')) {
      if (element.__viewer) found.push(element.__viewer);
      if (element.shadowRoot) look(element.shadowRoot);
    }
  };
  look(document);
  return found[0]?.read() ?? null;
}"""


@dataclass
class Seen:
    """What the console and the network showed while a page was open."""

    errors: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)


def watch(page: Page, server: str) -> Seen:
    """Listen to the page's console and requests from now on."""
    seen = Seen()
    page.on("console", lambda m: seen.errors.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: seen.errors.append(str(error)))
    inside = (server, "data:", "blob:")
    page.on("request", lambda r: None if r.url.startswith(inside) else seen.outside.append(r.url))
    return seen


def reading(page: Page) -> dict[str, Any] | None:
    """What the stage viewer says is on screen."""
    return page.evaluate(VIEWER)


def answered(
    page: Page, photo: str | None = None, depth: int | None = None, target: str | None = None
) -> dict[str, Any]:
    """Wait until the viewer shows the finished answer that is meant; what it shows."""
    page.wait_for_function(
        """([viewer, photo, depth, target]) => {
          const read = new Function('return (' + viewer + ')()')();
          const shown = window.resnetDemo?.payload;
          if (!read?.answer || read.busy || !shown || read.id !== shown.id) return false;
          return (photo ?? shown.photo.name) === shown.photo.name
            && (depth ?? shown.network.depth) === shown.network.depth
            && (target ?? shown.target.label) === shown.target.label;
        }""",
        arg=[VIEWER, photo, depth, target],
        timeout=60_000,
    )
    shown = reading(page)
    assert shown is not None
    return shown


def png(seed: int, width: int = 96, height: int = 64) -> bytes:
    """A photo of coloured noise, another one for each seed."""
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


def upload(page: Page, *files: tuple[str, bytes]) -> None:
    """Choose files as a visitor does."""
    page.locator("#rd-picker input[type=file]").set_input_files(
        [{"name": name, "mimeType": "image/png", "buffer": data} for name, data in files]
    )


def choose_depth(page: Page, depth: int) -> None:
    page.locator("#rd-depth label", has_text=str(depth)).first.click()


def stop_the_next_run(page: Page) -> None:
    """Press Stop as soon as a run has begun; ``page.evaluate(STOPPED)`` waits until it has been.

    It is looked for within the page: a run may begin and end between two looks from without.
    """
    page.evaluate(
        """() => {
          window.stopped = new Promise((done) => {
            const look = () => (resnetDemo.state.running ? done(resnetDemo.stop()) : setTimeout(look));
            look();
          });
        }"""
    )


STOPPED = "() => window.stopped.then(() => null)"


def label(page: Page) -> str:
    """The label that stands largest on the page."""
    return page.locator("#rd-explorer .rv-name span").inner_text()


def read_inside(page: Page, part: str) -> dict[str, Any]:
    """What the browser of feature maps says is on screen."""
    return page.evaluate("(part) => resnetDemo.parts.get(part).browser.read()", part)


def open_tab(page: Page, name: str) -> None:
    page.get_by_role("tab", name=name, exact=True).click()
