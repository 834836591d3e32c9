"""Nothing on the page moves by itself, and the keyboard alone soon comes to the main job's end."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.driving import answered

SHIFTS = """window.shifted = 0; new PerformanceObserver((list) => {
  for (const { value } of list.getEntries()) shifted += value;
}).observe({ type: 'layout-shift', buffered: true });"""


@pytest.mark.parametrize("width,height", [(1440, 900), (1010, 900), (768, 1024), (390, 844)])
def test_nothing_moves_on_load_on_another_answer_and_on_another_example(
    browser: Browser, server: str, width: int, height: int
) -> None:
    context = browser.new_context(viewport={"width": width, "height": height}, is_mobile=width < 500)
    page = context.new_page()
    page.add_init_script(SHIFTS)

    def moved() -> float:
        """How far things have moved since the last look (Layout Instability: share of the window times distance)."""
        return page.evaluate("new Promise((done) => setTimeout(() => done([shifted, (shifted = 0)][0]), 300))")

    page.goto(f"{server}?example=koala.webp")
    answered(page, photo="koala.webp")
    found = {"load": moved()}
    page.evaluate("resnetDemo.chooseClass(resnetDemo.payload.predictions[1].wnid, null)")
    page.wait_for_function("resnetDemo.payload.target.index === resnetDemo.payload.predictions[1].index")
    answered(page)
    found["class"] = moved()
    for name in ("chelsea.png", "raccoon.jpg", "rocket.jpg"):
        page.evaluate("(name) => resnetDemo.useExample(name)", name)
        answered(page, photo=name)
        found[name] = moved()
    context.close()
    assert max(found.values()) < 0.02, found


DOUBTED = """(others) => {
  Object.assign(resnetDemo.payload, { unfamiliar: others !== null, as_sure: { known: 0.9637, others } });
  const { language } = resnetDemo;
  for (const each of [language === "zh" ? "en" : "zh", language]) resnetDemo.speak(each);  // shows the answer anew
}"""
PLACES = """() => ['.rv-row-frame', '.rv-line-note', '.rv-bars', '.rv-toolbar', '#rd-tabs'].map((name) => {
  const roots = [document, ...[...document.querySelectorAll('*')].flatMap((each) => each.shadowRoot ?? [])];
  const found = roots.map((root) => root.querySelector(name)).find(Boolean);
  return Math.round(found.getBoundingClientRect().top + scrollY);
})"""


@pytest.mark.parametrize("width", [1440, 1280, 1010, 920, 620, 390])
def test_nothing_moves_for_a_doubt_however_it_is_said(browser: Browser, server: str, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900}, locale="en-GB")
    page = context.new_page()
    page.goto(f"{server}?example=coffee.png")
    answered(page, photo="coffee.png")
    for language, words in (("en", "of photos of others"), ("zh", "其他类别的照片")):
        page.evaluate("(language) => resnetDemo.speak(language)", language)
        page.evaluate(DOUBTED, None)
        expect(page.locator(".rv-unsure")).to_have_count(0)
        before = page.evaluate(PLACES)
        for others, loud in ((0.3051, 0), (0.6512, 1)):
            page.evaluate(DOUBTED, others)
            expect(page.locator(".rv-unsure")).to_contain_text(words)
            expect(page.locator(".rv-loud")).to_have_count(loud)
            expect(page.locator(".rv-unsure")).to_have_css("visibility", "visible")
            assert page.evaluate(PLACES) == before
    context.close()


def test_with_the_keyboard_alone_another_depth_and_another_photo_take_fewer_than_fifteen_keys(page: Page) -> None:
    answered(page, photo="coffee.png")
    keys = 0

    def press(key: str) -> None:
        nonlocal keys
        keys += 1
        page.keyboard.press(key)

    def tab_to(part: str) -> None:
        inside = "(part) => document.activeElement.closest(part) !== null"
        while not page.evaluate(inside, part):
            press("Tab")
            assert keys < 15, part

    tab_to("#rd-depth")
    press("ArrowRight")
    answered(page, photo="coffee.png", depth=34)
    tab_to("#rd-picker")
    while not page.evaluate("document.activeElement.shadowRoot.activeElement.closest('.rd-examples') !== null"):
        press("Tab")
    press("ArrowRight")
    press("Enter")
    answered(page, photo="german-shepherd.webp", depth=34)
    assert keys < 15
