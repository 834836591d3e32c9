"""The page around the answer: language, theme, link, keyboard, phone, and that visitors stay apart."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from resnet_demo.page.examples import FIRST
from tests.browser.driving import answered, choose_depth, label, open_tab, png, reading, upload, watch

TEXTS = Path(__file__).resolve().parents[2] / "resnet_demo" / "page" / "texts"


def chinese(key: str) -> str:
    return json.loads((TEXTS / "zh.json").read_text(encoding="utf-8"))[key]


def test_the_language_follows_the_browser(browser: Browser, server: str) -> None:
    context = browser.new_context(locale="zh-CN")
    page = context.new_page()
    page.goto(f"{server}?example=coffee.png")
    answered(page, photo="coffee.png")
    expect(page.locator("#rd-go")).to_have_text(chinese("run"))
    expect(page.get_by_role("tab", name=chinese("tab.maps"))).to_be_visible()
    assert page.evaluate("document.documentElement.lang") == "zh-CN"
    source = page.locator("#rd-explorer .rv-source")
    expect(source).to_contain_text(chinese("weights.name.tiny-imagenet"))
    page.get_by_role("button", name="EN", exact=True).click()
    expect(source).to_contain_text("Bundled, 200 classes")
    context.close()


def test_the_language_is_switched_without_losing_anything(page: Page) -> None:
    answered(page, photo="coffee.png")
    upload(page, ("mine.png", png(8)))
    before = answered(page, photo="mine.png")
    page.get_by_role("button", name="中文").click()
    expect(page.locator("#rd-go")).to_have_text(chinese("run"))
    expect(page.locator("#rd-depth")).to_contain_text(chinese("depth.title"))
    assert reading(page)["id"] == before["id"]
    page.get_by_role("button", name="EN", exact=True).click()
    expect(page.locator("#rd-go")).to_have_text("Run")


def test_errors_are_told_in_the_visitors_language(page: Page) -> None:
    answered(page, photo="coffee.png")
    page.get_by_role("button", name="中文").click()
    upload(page, ("notes.jpg", b"milk, eggs, bread\n" * 20))
    problem = page.locator("#rd-strip .rd-problem span")
    expect(problem).to_contain_text("notes.jpg")
    assert any("\u4e00" <= c <= "\u9fff" for c in problem.inner_text())


def test_the_theme_follows_the_system_and_its_switch(browser: Browser, server: str) -> None:
    context = browser.new_context(color_scheme="dark")
    page = context.new_page()
    page.goto(f"{server}?example=coffee.png")
    answered(page, photo="coffee.png")
    background = "getComputedStyle(document.querySelector('#rd-explore')).backgroundColor"
    dark = page.evaluate(background)
    page.get_by_role("button", name="Light or dark").click()
    light = page.evaluate(background)
    assert (dark, light) == ("rgb(22, 27, 33)", "rgb(255, 255, 255)")
    page.reload()
    answered(page, photo="coffee.png")
    assert page.evaluate(background) == light, "the choice is kept"
    context.close()


def test_a_theme_in_the_address_holds_until_another_is_chosen(browser: Browser, server: str) -> None:
    context = browser.new_context(color_scheme="light")
    page = context.new_page()
    page.goto(f"{server}?example=coffee.png&__theme=dark")
    answered(page, photo="coffee.png")
    background = "getComputedStyle(document.querySelector('#rd-explore')).backgroundColor"
    assert page.evaluate(background) == "rgb(22, 27, 33)"
    page.get_by_role("button", name="Light or dark").click()
    page.reload()
    answered(page, photo="coffee.png")
    assert page.evaluate(background) == "rgb(255, 255, 255)"
    context.close()


def test_the_foot_leads_to_the_api_the_licences_and_gradios_own_address_of_the_api_works(
    browser: Browser, server: str
) -> None:
    context = browser.new_context(locale="en-GB")
    page = context.new_page()
    page.goto(f"{server}?example=coffee.png&view=api")
    answered(page, photo="coffee.png")
    api = page.get_by_text("API documentation")
    expect(api).to_be_visible(timeout=30_000)
    for name in ("/analyze", "/classify"):
        expect(page.get_by_text(name, exact=True).first).to_be_visible()
    page.goto(f"{server}?example=coffee.png")
    answered(page, photo="coffee.png")
    expect(api).to_be_hidden()
    page.get_by_role("link", name="Use via API").click()
    expect(api).to_be_visible(timeout=30_000)
    assert "view=api" in page.url
    foot = page.locator("#rd-footer")
    assert foot.get_by_role("link", name="MIT licence").get_attribute("href").startswith("https://opensource.org/")
    licences = context.request.get(foot.get_by_role("link", name="Licences of the photos").get_attribute("href"))
    assert licences.ok and "koala.webp" in licences.text()
    expect(page.locator("footer[aria-label='Gradio footer navigation']")).to_be_hidden()
    context.close()


@pytest.mark.parametrize(
    "tab", ["Feature maps", "Compare depths", "Inside the block", "Trust", "Architecture", "Degradation", "Export"]
)
def test_a_phone_never_scrolls_the_page_sideways(browser: Browser, server: str, tab: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(f"{server}?example=coffee.png")
    answered(page, photo="coffee.png")
    page.get_by_role("tab", name=tab).click()
    page.wait_for_timeout(1500)
    for width in (390, 320):
        page.set_viewport_size({"width": width, "height": 844})
        page.wait_for_timeout(300)
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), width
    context.close()


@pytest.mark.parametrize("width", [390, 320])
def test_on_a_phone_no_name_in_the_band_runs_into_the_next(browser: Browser, server: str, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(f"{server}?example=coffee.png")
    answered(page, photo="coffee.png")
    page.locator("#rd-maps .rv-more").scroll_into_view_if_needed()
    names = page.locator("#rd-band figcaption b")
    expect(names.first).to_be_visible()
    of_text = "(r => (r.selectNodeContents(e), r.getBoundingClientRect().toJSON()))(document.createRange())"
    boxes = [each.evaluate(f"e => {of_text}") for each in names.all()]
    assert len(boxes) == 6
    for left, right in pairwise(boxes):
        assert left["right"] + 2 < right["left"]
    context.close()


def test_the_address_bar_restores_depth_class_contrast_and_example(page: Page, server: str) -> None:
    answered(page, photo="coffee.png")
    page.get_by_title("koala.webp").click()
    answered(page, photo="koala.webp")
    choose_depth(page, 34)
    answered(page, photo="koala.webp", depth=34)
    page.locator("#rd-explorer .rv-bar").nth(2).click()
    page.wait_for_function("resnetDemo.payload.target.index === resnetDemo.payload.predictions[2].index")
    target = page.evaluate("resnetDemo.payload.target.label")
    link = page.evaluate("location.href")
    assert "depth=34" in link and "example=koala.webp" in link and "class=" in link
    page.goto("about:blank")
    page.goto(link)
    answered(page, photo="koala.webp", depth=34, target=target)


def test_a_link_with_nonsense_in_it_opens_the_page_as_it_is(page: Page, server: str) -> None:
    page.goto(
        f"{server}?depth=19&weights=<b>&class=drop%20table&example=../../etc/passwd&stage=x&tab=<i>&kind=saliency"
    )
    answered(page, photo=FIRST, depth=18)
    told = page.locator("#rd-strip .rd-problem")
    expect(told).to_have_count(1)
    for part in ("depth=19", "weights=<b>", "tab=<i>", "kind=saliency"):
        expect(told).to_contain_text(part)


def test_the_link_never_carries_an_upload(page: Page) -> None:
    answered(page, photo="coffee.png")
    upload(page, ("secret-name.png", png(9)))
    answered(page, photo="secret-name.png")
    page.wait_for_function("!location.search.includes('example')")
    assert "secret" not in page.evaluate("location.href")


def test_everything_is_reached_and_worked_with_the_keyboard(page: Page) -> None:
    answered(page, photo="coffee.png")
    page.locator("#rd-depth input").first.focus()
    page.keyboard.press("ArrowRight")
    answered(page, depth=34)
    page.locator('#rd-explorer .rv-tile[data-name="layer3"] .rv-face').focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("resnetDemo.display?.pin !== null && resnetDemo.display?.stage === 'layer3'")
    page.keyboard.press("Escape")
    page.wait_for_function("resnetDemo.display.pin === null")


def test_a_file_name_with_markup_stays_text(page: Page) -> None:
    answered(page, photo="coffee.png")
    name = "<img src=x onerror=window.hacked=1>${window.hacked=1}{{1}}.png"
    upload(page, (name, png(10)))
    page.wait_for_function("resnetDemo.state.photos.length === 1 && resnetDemo.selected().answer")
    page.wait_for_timeout(500)
    assert page.evaluate("window.hacked") is None
    assert page.evaluate("resnetDemo.selected().answer.id") is not None


def test_two_visitors_never_see_each_others_photos(browser: Browser, server: str) -> None:
    contexts = [browser.new_context() for _ in range(2)]
    pages = [context.new_page() for context in contexts]
    for number, page in enumerate(pages):
        page.goto(f"{server}?example=coffee.png")
        answered(page, photo="coffee.png")
        upload(page, (f"visitor-{number}.png", png(20 + number)))
    for number, page in enumerate(pages):
        answered(page, photo=f"visitor-{number}.png")
        assert page.evaluate("resnetDemo.state.photos.length") == 1
    for context in contexts:
        context.close()


def test_an_answer_of_one_depth_never_stands_under_another(page: Page) -> None:
    answered(page, photo="coffee.png")
    for depth in (34, 50, 18, 34, 18, 50):
        choose_depth(page, depth)
    answered(page, photo="coffee.png", depth=50)
    expect(page.locator("#rd-explorer .rv-source")).to_contain_text("ResNet-50")
    assert page.evaluate("resnetDemo.selected().answer.network.depth") == 50


def test_a_reloaded_page_starts_afresh_and_its_console_stays_clean(browser: Browser, server: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    seen = watch(page, server)
    for _ in range(2):
        page.goto(f"{server}?example=coffee.png")
        answered(page, photo="coffee.png")
        assert label(page) == "espresso"
    context.close()
    assert seen.errors == [] and seen.outside == []


def test_a_server_that_takes_nothing_is_told_beside_the_answer_and_the_next_try_works(
    browser: Browser, server: str
) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{server}?example=coffee.png")
    answered(page, photo="coffee.png")
    page.route("**/queue/join*", lambda route: route.fulfill(status=503, body='{"detail": "full"}'))
    choose_depth(page, 34)
    expect(page.locator("#rd-explorer .rd-problem")).to_contain_text("did not take this")
    assert page.evaluate("resnetDemo.state.running") is False
    assert label(page) == "espresso"
    expect(page.locator("#rd-explorer .rv-busy-note")).to_have_text("This is the answer before")
    page.unroute("**/queue/join*")
    page.get_by_role("button", name="Run", exact=True).click()
    answered(page, photo="coffee.png", depth=34)
    expect(page.locator("#rd-explorer .rd-problem")).to_be_hidden()
    context.close()


def test_a_term_tells_its_meaning_on_pointing_and_with_the_focus_and_a_paper_is_a_link(page: Page) -> None:
    answered(page, photo="coffee.png")
    open_tab(page, "Inside the block")
    panel = page.locator("#rd-block")
    expect(panel.locator("figure.rd-card")).to_have_count(4, timeout=60_000)
    expect(panel.locator("progress")).to_be_hidden()
    term = panel.locator(".rd-term", has_text="shortcut").first
    told = "(term) => { const { display, content } = getComputedStyle(term, '::after'); return [display, content]; }"
    assert term.evaluate(told)[0] == "none"
    term.focus()
    display, content = term.evaluate(told)
    assert display == "block" and "The way around a block" in content
    page.locator("h1").click()
    assert term.evaluate(told)[0] == "none"
    term.hover()
    assert term.evaluate(told)[0] == "block"
    link = panel.get_by_role("link", name="He et al. 2016")
    assert link.get_attribute("href") == "https://arxiv.org/abs/1512.03385"
