"""Looking at the mounted viewer and using it, as a person does."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import numpy as np
from playwright.sync_api import Page

Open = Callable[..., Page]


def read(page: Page) -> dict[str, Any]:
    return page.evaluate("stageViewer.read()")


def face(page: Page, tile: int) -> Any:
    return page.locator(f"#stages .rv-row [data-tile='{tile}'] .rv-face")


def point_at(page: Page, tile: int, x: float, y: float) -> None:
    """Move the pointer to a place of a tile, each in 0..1."""
    box = face(page, tile).bounding_box()
    page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])


def pixels(page: Page, selector: str) -> np.ndarray:
    """What is on a canvas: uint8 [height, width, 4]."""
    width, height, data = page.evaluate(
        """(selector) => {
          const canvas = document.querySelector(selector);
          const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
          let text = '';
          for (const byte of data) text += String.fromCharCode(byte);
          return [canvas.width, canvas.height, btoa(text)];
        }""",
        selector,
    )
    return np.frombuffer(base64.b64decode(data), np.uint8).reshape(height, width, 4)


def map_of(page: Page, tile: int) -> np.ndarray:
    return pixels(page, f"#stages .rv-row [data-tile='{tile}'] canvas")


def press_segment(page: Page, text: str, within: str = "#stages") -> None:
    page.locator(f"{within} .rv-segment").get_by_text(text, exact=True).click()


def slide(page: Page, name: str, value: int) -> None:
    page.locator("#stages .rv-slider", has_text=name).locator("input").fill(str(value))
