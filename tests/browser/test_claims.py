"""What the page says of its own figures, in both languages: the temperature, and what a map can't tell."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from resnet_demo import Engine
from resnet_demo.assets import assets_dir
from resnet_demo.export import numerals
from resnet_demo.settings import Settings
from tests.browser.driving import answered, open_tab

COFFEE = assets_dir() / "examples" / "coffee.png"


def test_the_plain_softmax_is_one_switch_away(page: Page) -> None:
    answered(page, photo="coffee.png")
    best = Engine(device="cpu", settings=Settings()).analyze(COFFEE, channels=0).predictions[0]
    head = page.locator(".rv-answer h2 small")
    expect(head).to_have_text(numerals.probability(best.probability))
    page.locator(".rv-temperature button").click()
    expect(head).to_have_text(numerals.probability(best.untempered))
    expect(page.locator(".rv-temperature")).to_contain_text("temperature 1.00")
    page.locator(".rv-temperature button").click()
    expect(head).to_have_text(numerals.probability(best.probability))


@pytest.mark.parametrize(
    "tab, grad_cam, softmax, deleted",
    [
        ("Trust", "need not have raised the score", "Softmax at temperature", "Hooker et al. 2019"),
        ("可信度", "亮处未必提高了得分", "softmax 的温度为", "Hooker 等 2019"),
    ],
    ids=["English", "Chinese"],
)
def test_the_caveats_stand_where_they_apply(page: Page, tab: str, grad_cam: str, softmax: str, deleted: str) -> None:
    answered(page, photo="coffee.png")
    if tab != "Trust":
        page.get_by_role("button", name="中文").click()
    expect(page.locator(".rv-kind").first).to_contain_text(grad_cam)
    expect(page.locator(".rv-temperature")).to_contain_text(softmax)
    open_tab(page, tab)
    expect(page.locator("#rd-trust")).to_contain_text(deleted)


def test_hirescam_stands_under_grad_cam_and_measured_figures_under_both(page: Page) -> None:
    answered(page, photo="coffee.png")
    page.locator(".rv-line-note button").click()
    second = page.locator(".rv-second .rv-tile")
    expect(second).to_have_count(5)
    expected = Engine(device="cpu", settings=Settings()).analyze(COFFEE, channels=0).stages["stem"].cams["hirescam"]
    told = re.compile(f"HiResCAM map for espresso.*largest {re.escape(numerals.value(float(expected.max())))}")
    expect(second.first.locator(".rv-face")).to_have_attribute("aria-label", told)
    open_tab(page, "Trust")
    page.locator("#rd-trust").get_by_role("button", name="Measure").click()
    expect(page.locator("#rd-trust table").first).to_contain_text("layer4", timeout=120_000)
    expect(page.locator(".rv-second .rv-tile-trust")).to_have_count(5, timeout=120_000)
    first, second_row = page.locator(".rv-row").first, page.locator(".rv-second")
    expect(first.locator(".rv-tile-trust").last).to_contain_text("1.00")
    expect(second_row.locator(".rv-tile-trust").last).to_contain_text("1.00")
