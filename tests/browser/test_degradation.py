"""The tab of degradation: its chart is the study's, its pictures answer to the hand, its code is the package's."""

from __future__ import annotations

import inspect

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from resnet_demo import Engine
from resnet_demo.assets import assets_dir
from resnet_demo.engine.laboratory import Laboratory
from resnet_demo.network.resnet import Bottleneck
from resnet_demo.results import Initialisation, ShortcutFade
from resnet_demo.settings import Settings
from tests.browser.driving import answered, open_tab

COFFEE = assets_dir() / "examples" / "coffee.png"
WAIT = 90_000
LINES = """() => document.querySelector('#rd-initialisation-plot .js-plotly-plot')?.data
  .map(({ name, y }) => [name, [...y]])"""


@pytest.fixture(scope="module")
def laboratory() -> Laboratory:
    return Laboratory(Engine(device="cpu", settings=Settings()))


def drawn(page: Page, *names: str) -> dict[str, list[float]]:
    """The chart's lines once it shows these."""
    page.wait_for_function(
        f"(names) => ({LINES})()?.map(([name]) => name).join() === names", arg=",".join(names), timeout=WAIT
    )
    return dict(page.evaluate(LINES))


def test_the_chart_holds_the_studys_numbers_for_the_layers_and_units_chosen(page: Page, laboratory: Laboratory) -> None:
    answered(page, photo="coffee.png")
    open_tab(page, "Degradation")
    panel = page.locator("#rd-degradation")
    expect(panel.locator(".rd-work")).to_be_hidden(timeout=WAIT)
    expect(panel).to_contain_text("over 27 units the gradient grows", timeout=WAIT)
    found = laboratory.run(Initialisation, COFFEE, 18, layers=56, arrangements=["plain", "original"]).networks
    lines = drawn(page, "plain", "residual, original")
    for network, (_, values) in zip(found, lines.items(), strict=True):
        np.testing.assert_allclose(values, network.gradient, rtol=1e-3)
    fade = laboratory.run(ShortcutFade, COFFEE, 18)
    panel.get_by_role("slider", name="Scale s").fill("20")
    last = fade.outcomes[20].predictions[0]
    expect(panel.locator(".rd-bars").first).to_contain_text(last.label)
    faded = page.evaluate("[...document.querySelector('#rd-fade-plot .js-plotly-plot').data[0].y]")
    np.testing.assert_allclose(faded, [each.probability for each in fade.outcomes], atol=1e-3)
    panel.get_by_role("slider", name="Layers").fill("1")
    panel.get_by_role("button", name="full pre-activation").click()
    panel.get_by_role("button", name="residual, original").click()
    panel.get_by_role("button", name="Signal").click()
    expect(panel).to_contain_text("full pre-activation: over 6 units", timeout=WAIT)
    found = laboratory.run(
        Initialisation, COFFEE, 18, layers=14, arrangements=["plain", "full-pre-activation"]
    ).networks
    lines = drawn(page, "plain", "full pre-activation")
    for network, (_, values) in zip(found, lines.items(), strict=True):
        np.testing.assert_allclose(values, network.signal, rtol=1e-3)
    panel.locator("summary").filter(has_text="The numbers as a table").click()
    cells = panel.locator("table").last.locator("tbody tr").first.inner_text().split("\t")
    assert float(cells[4]) == pytest.approx(found[0].growth, rel=6e-3)


def test_the_pictures_answer_to_the_hand_and_the_code_is_the_packages(page: Page) -> None:
    answered(page, photo="coffee.png")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_tab(page, "Degradation")
    panel = page.locator("#rd-degradation")
    centre = panel.get_by_role("button", name="Centre 1,")
    before = centre.get_attribute("aria-label")
    centre.focus()
    page.keyboard.press("ArrowRight")
    # Six points, each 8 further to the left of their centre now.
    sums = [
        int(label.split()[-2].strip(",").replace("−", "-")) for label in (before, centre.get_attribute("aria-label"))
    ]
    assert sums[1] - sums[0] == -48
    panel.get_by_role("button", name="Back to the start").click()
    assert centre.get_attribute("aria-label") == before
    box = centre.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 4, box["y"] + 4)
    page.mouse.down()
    page.mouse.move(box["x"] + 60, box["y"] + 30, steps=4)
    page.mouse.up()
    assert centre.get_attribute("aria-label") != before
    left = panel.locator(".rd-idea + dl dd")
    two = left.all_inner_texts()
    panel.get_by_role("slider", name="Cycles").fill("0")
    assert left.all_inner_texts() == ["100.0 % of the error left"] * 2 != two
    panel.get_by_role("button", name="Bottleneck").click()
    panel.get_by_role("button", name="Copy").click()
    expect(panel.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == inspect.getsource(Bottleneck)
