"""Any panel is saved as a PNG: charts by Plotly, everything else as it is seen."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from resnet_demo import Engine
from resnet_demo.assets import assets_dir
from resnet_demo.settings import Settings
from tests.browser.driving import answered, open_tab

WAIT = 90_000

BRIGHT = np.unravel_index(
    Engine(settings=Settings())
    .analyze(assets_dir() / "examples" / "coffee.png", channels=0)
    .stages["layer4"]
    .cam.argmax(),
    (7, 7),
)
"""Row and column of the cell of layer4 that the page begins with."""

PANELS = {
    "Compare depths": ("Compare", ["depths-compared.png"]),
    "Receptive field": (None, [f"receptive-field-layer4-{BRIGHT[0]}-{BRIGHT[1]}.png"]),
    "Inside the block": (
        None,
        ["residual-profile.png", "lesion-board.png", "without-layer3.0.png", "maps-layer3.0.png"],
    ),
    "Trust": ("Check", ["forgotten.png", "forgotten-maps.png", "readout.png"]),
    "Architecture": (None, ["resnet18.png", "blocks.png", "depths.png", "orderings.png"]),
}
"""The button that fills a tab, and the pictures that it offers."""


@pytest.mark.parametrize("tab", PANELS)
def test_every_panel_of_a_tab_is_saved_as_a_picture(page: Page, tab: str) -> None:
    answered(page, photo="coffee.png")
    open_tab(page, tab)
    panel = page.get_by_role("tabpanel").filter(visible=True)
    press, names = PANELS[tab]
    if press:
        panel.get_by_role("button", name=press, exact=True).click()
    saves = panel.get_by_role("button", name="Save as PNG")
    expect(saves).to_have_count(len(names), timeout=WAIT)
    expect(panel.locator("progress").filter(visible=True)).to_have_count(0, timeout=WAIT)
    assert [saved(page, button)[0] for button in saves.all()] == names


def test_a_saved_panel_is_what_is_seen(page: Page) -> None:
    answered(page, photo="coffee.png")
    open_tab(page, "Inside the block")
    panel = page.locator("#rd-block")
    expect(panel.locator("figure.rd-card")).to_have_count(4, timeout=WAIT)
    whole = panel.locator("section.rd-saved").last
    _, picture = saved(page, whole.get_by_role("button", name="Save as PNG"))
    card = whole.locator(".rd-picture").first
    card.scroll_into_view_if_needed()
    seen = pixels(card.screenshot())
    place = whole.evaluate(
        """(whole) => {
          const [a, b] = [whole, whole.querySelector('.rd-picture')].map((node) => node.getBoundingClientRect());
          return [b.left - a.left, b.top - a.top];
        }"""
    )
    left, top = (round(2 * (16 + at)) for at in place)
    height, width = 2 * seen.shape[0], 2 * seen.shape[1]
    kept = Image.fromarray(picture[top : top + height, left : left + width]).resize(seen.shape[1::-1])
    inner = (slice(8, -8), slice(8, -8))
    difference = np.abs(np.asarray(kept, float)[inner] - seen.astype(float)[inner])
    assert difference.mean() < 6, "the same picture, but for the browser's own smoothing"


def saved(page: Page, button: Locator) -> tuple[str, np.ndarray]:
    """The name and the pixels of the picture that a button saves; never an empty one."""
    with page.expect_download() as download:
        button.click()
    picture = pixels(download.value.path().read_bytes())
    assert picture.std() > 10
    return download.value.suggested_filename, picture


def pixels(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
