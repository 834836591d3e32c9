"""Gradio's fields for depth and class, finished as people expect them."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from resnet_demo import Engine
from resnet_demo.assets import assets_dir
from resnet_demo.settings import Settings
from tests.browser.driving import answered, choose_depth

COFFEE = assets_dir() / "examples" / "coffee.png"


def listed(page: Page, field: str) -> Locator:
    """The open list of a class field."""
    page.locator(f"#{field} input").click()
    found = page.locator(f"#{field} .option-list")
    expect(found).to_be_visible()
    return found


@pytest.mark.parametrize("label", ["espresso", "koala", "wooden spoon"])
def test_classes_stand_in_the_order_of_the_alphabet_with_the_current_one_marked_and_in_view(
    page: Page, label: str
) -> None:
    wnid = next(c.wnid for c in Engine(device="cpu", settings=Settings()).classes(18) if c.label == label)
    page.goto(page.url.split("?")[0] + f"?example=coffee.png&class={wnid}")
    answered(page, photo="coffee.png", target=label)
    classes = listed(page, "rd-target")
    current = classes.get_by_role("option", name=label, exact=True)
    expect(current).to_be_in_viewport()
    expect(current).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Escape")
    names = page.evaluate("resnetDemo.networks.classes.map(({ label }) => label)")
    assert len(names) == 200 and names == sorted(names, key=str.casefold)


def test_the_list_of_classes_goes_with_its_field_and_ends_with_it(page: Page) -> None:
    answered(page, photo="coffee.png")
    classes = listed(page, "rd-target")
    field = page.locator("#rd-target input")
    below = classes.bounding_box()["y"] - field.bounding_box()["y"]
    page.evaluate("scrollTo(0, 150)")
    assert abs(classes.bounding_box()["y"] - field.bounding_box()["y"] - below) < 2
    page.locator("#rd-explorer .rv-face").last.click()
    expect(classes).to_have_count(0)


def test_a_word_that_is_no_class_is_told_so(page: Page) -> None:
    answered(page, photo="coffee.png")
    classes = listed(page, "rd-target")
    said = "(list) => getComputedStyle(list, '::after').content"
    assert classes.evaluate(said) == "none"
    page.keyboard.type("zzz")
    expect(classes.get_by_role("option")).to_have_count(0)
    assert classes.evaluate(said) == '"No such class here"'


def test_a_field_with_the_focus_has_one_ring(page: Page) -> None:
    answered(page, photo="coffee.png")
    listed(page, "rd-contrast")
    ringed = """() => [...document.querySelectorAll('#rd-contrast, #rd-contrast *')].filter((node) => {
      const { outlineStyle, outlineWidth } = getComputedStyle(node);
      return outlineStyle !== 'none' && parseFloat(outlineWidth) > 0;
    }).length"""
    assert page.evaluate(ringed) == 1


def test_depths_are_one_stop_for_the_tab_key(page: Page) -> None:
    answered(page, photo="coffee.png")
    stops = "() => [...document.querySelectorAll('#rd-depth input')].filter(({ tabIndex }) => tabIndex === 0)"
    values = f"({stops})().map(({{ value }}) => value)"
    assert page.evaluate(values) == ["18"]
    choose_depth(page, 34)
    answered(page, depth=34)
    assert page.evaluate(values) == ["34"]
    page.locator("#rd-depth input[tabindex='0']").focus()
    page.keyboard.press("Tab")
    assert not page.evaluate("document.activeElement.closest('#rd-depth')")


def test_a_class_outside_the_top_five_has_its_bar_and_its_rank(page: Page) -> None:
    everything = Engine(device="cpu", settings=Settings()).analyze(COFFEE, top_k=200).predictions
    chosen = everything[11]
    page.goto(page.url.split("?")[0] + f"?example=coffee.png&class={chosen.wnid}")
    answered(page, photo="coffee.png", target=chosen.label)
    bars = page.locator("#rd-explorer .rv-bar")
    expect(bars).to_have_count(6)
    expect(bars.last).to_have_attribute("aria-pressed", "true")
    expect(bars.last).to_contain_text(chosen.label)
    expect(bars.last).to_contain_text("rank 12")
    bars.first.click()
    answered(page, photo="coffee.png", target=everything[0].label)
    expect(bars).to_have_count(5)
