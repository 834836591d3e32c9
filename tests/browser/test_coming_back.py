"""Coming back to the page: after a reload, with Back, by a link that somebody else made."""

from __future__ import annotations

import io
import time
from pathlib import Path

import httpx
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.browser.driving import answered, choose_depth, open_tab, png, reading, upload, watch
from tests.serving import served

NAMES = "resnetDemo.state.photos.map(({ name }) => name)"
TAB = "document.querySelector('#rd-tabs [role=tab][aria-selected=true]').dataset.tabId"


def opened(page: Page, tab: str) -> None:
    """Wait until this tab is the open one, on screen and for the page's scripts."""
    page.wait_for_function(f"{TAB} === '{tab}' && resnetDemo.tab === '{tab}'")


def test_a_reload_keeps_uploads_with_their_classes_until_they_are_removed_or_deleted(page: Page) -> None:
    answered(page, photo="coffee.png")
    upload(page, ("one.png", png(31)), ("two.png", png(32)), ("three.png", png(33)))
    answered(page, photo="one.png")
    page.wait_for_function("!resnetDemo.state.running")
    page.locator("#rd-strip .rd-thumb").nth(1).click()
    answered(page, photo="two.png")
    page.locator("#rd-explorer .rv-bar").nth(2).click()
    page.wait_for_function("resnetDemo.payload.target.index === resnetDemo.payload.predictions[2].index")
    target = page.evaluate("resnetDemo.payload.target.label")
    page.locator("#rd-strip .rd-photo").nth(2).hover()
    page.locator("#rd-strip .rd-remove").nth(2).click()
    page.reload()
    answered(page, photo="two.png", target=target)
    page.wait_for_function("resnetDemo.state.photos.every(({ answer }) => answer)")
    assert page.evaluate(NAMES) == ["one.png", "two.png"]
    sizes = page.locator("#rd-strip img").evaluate_all("(all) => all.map((image) => image.naturalWidth)")
    assert sizes == [Image.open(io.BytesIO(png(31))).width] * 2
    open_tab(page, "Export")
    page.get_by_role("button", name="Delete my photos now").click()
    page.wait_for_function("resnetDemo.state.photos.length === 0")
    page.reload()
    answered(page)
    assert page.evaluate("resnetDemo.state.photos.map(({ example }) => Boolean(example))") == [True]
    assert page.evaluate(STORED) == []


STORED = """() => new Promise((done) => {
  const opened = indexedDB.open("resnet-demo");
  opened.onsuccess = () => {
    const asked = opened.result.transaction("files").objectStore("files").getAllKeys();
    asked.onsuccess = () => { opened.result.close(); done(asked.result); };
  };
})"""


def test_a_browser_that_keeps_nothing_says_which_photos_it_lost(browser: Browser, server: str) -> None:
    context = browser.new_context(locale="en-GB")
    context.add_init_script("indexedDB.open = () => { throw new DOMException('closed', 'SecurityError'); };")
    page = context.new_page()
    page.goto(f"{server}?example=coffee.png")
    answered(page, photo="coffee.png")
    upload(page, ("mine.png", png(34)))
    answered(page, photo="mine.png")
    page.reload()
    page.wait_for_function("document.body.classList.contains('rd-ready')")
    expect(page.locator("#rd-strip .rd-problem")).to_contain_text("did not keep mine.png")
    expect(page.locator("#rd-explorer .rd-situation")).to_contain_text("Drop a photo")
    upload(page, ("mine.png", png(34)))
    answered(page, photo="mine.png")
    expect(page.locator("#rd-strip .rd-problem")).to_be_hidden()
    context.close()


def test_back_and_forward_go_through_tabs_photos_and_networks(page: Page) -> None:
    answered(page, photo="coffee.png")
    open_tab(page, "Architecture")
    opened(page, "architecture")
    page.get_by_title("koala.webp").click()
    answered(page, photo="koala.webp")
    choose_depth(page, 34)
    answered(page, photo="koala.webp", depth=34)
    upload(page, ("mine.png", png(35)))
    answered(page, photo="mine.png", depth=34)
    open_tab(page, "Export")
    opened(page, "take")
    entries = page.evaluate("history.length")

    page.go_back()
    opened(page, "architecture")
    assert page.evaluate("resnetDemo.selected().name") == "mine.png"
    page.go_back()
    answered(page, photo="koala.webp", depth=34)
    page.go_back()
    answered(page, photo="koala.webp", depth=18)
    expect(page.locator("#rd-depth label.selected")).to_have_text("18")
    page.go_back()
    answered(page, photo="coffee.png", depth=18)
    opened(page, "architecture")
    page.go_back()
    opened(page, "maps")
    assert page.evaluate("history.length") == entries, "going back makes no entries"

    page.go_forward()
    opened(page, "architecture")
    page.go_forward()
    answered(page, photo="koala.webp", depth=18)
    page.go_forward()
    answered(page, photo="koala.webp", depth=34)
    page.go_forward()
    answered(page, photo="mine.png", depth=34)
    opened(page, "architecture")
    page.go_forward()
    opened(page, "take")
    assert page.evaluate("history.length") == entries, "nor does going forward"


def test_a_link_restores_tab_kind_scale_and_pin_for_somebody_else(page: Page, browser: Browser) -> None:
    answered(page, photo="coffee.png")
    page.get_by_text("How this is drawn").click()
    page.get_by_label("Kind of map").select_option("hirescam")
    page.locator("#rd-explorer").get_by_role("button", name="one scale").click()
    face = page.locator('#rd-explorer .rv-tile[data-name="layer3"] .rv-face')
    box = face.bounding_box()
    face.click(position={"x": 0.3 * box["width"], "y": 0.7 * box["height"]})
    open_tab(page, "Trust")
    page.wait_for_function(
        "['kind=hirescam', 'scale=one', 'pin=', 'tab=trust'].every((each) => location.search.includes(each))"
    )
    shown = reading(page)
    link = page.evaluate("location.href")
    context = browser.new_context(locale="en-GB")
    other = context.new_page()
    other.goto(link)
    answered(other, photo="coffee.png")
    opened(other, "trust")
    found = reading(other)
    assert found["state"]["kind"] == "hirescam" and found["state"]["shared"] is True
    assert [tile["cell"] for tile in found["tiles"]] == [tile["cell"] for tile in shown["tiles"]]
    assert [tile["value"] for tile in found["tiles"]] == [tile["value"] for tile in shown["tiles"]]
    other.get_by_title("koala.webp").click()
    answered(other, photo="koala.webp")
    other.wait_for_function("!location.search.includes('pin=')")
    context.close()


def test_who_signs_out_leaves_nothing_to_whoever_signs_in_next(browser: Browser, tmp_path: Path) -> None:
    with served(tmp_path, auth="ada:count,grace:hopper") as running:
        context = browser.new_context(viewport={"width": 1440, "height": 1000}, locale="en-GB")
        page = context.new_page()
        seen = watch(page, running.url)
        page.goto(running.url)
        sign_in(page, "ada", "count")
        answered(page)
        upload(page, ("one.png", png(31)))
        answered(page, photo="one.png")
        assert len(page.evaluate(STORED)) == 1
        page.get_by_role("button", name="Help").focus()
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.shadowRoot?.activeElement.innerText.trim()") == "Sign out"
        page.keyboard.press("Enter")
        sign_in(page, "grace", "hopper")
        answered(page)
        assert page.evaluate("resnetDemo.state.photos.map(({ example }) => Boolean(example))") == [True]
        assert page.evaluate(STORED) == []
        page.get_by_role("button", name="中文").click()
        page.set_viewport_size({"width": 390, "height": 800})
        leave = page.get_by_role("button", name="退出登录")
        expect(leave).to_be_in_viewport(ratio=1)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        leave.click()
        expect(page.locator("input[type=password]")).to_be_visible()
        assert seen.outside == [] and [each for each in seen.errors if "401" not in each] == []
        context.close()


def sign_in(page: Page, name: str, password: str) -> None:
    """By Gradio's form, which is in the browser's language."""
    page.locator("input[type=password]").fill(password)
    page.locator("input[type=text]").fill(name)
    page.get_by_role("button", name="Login").click()


def test_nobody_is_offered_to_sign_out_where_nobody_signs_in(page: Page) -> None:
    answered(page)
    expect(page.get_by_role("button", name="Help")).to_be_visible()
    expect(page.get_by_role("button", name="Sign out")).to_have_count(0)


def test_results_stay_while_the_page_is_open_and_go_after_it(browser: Browser, tmp_path: Path) -> None:
    with served(tmp_path, grace_seconds=1) as short:
        page = browser.new_page()
        page.goto(f"{short.url}?example=coffee.png")
        answered(page, photo="coffee.png")
        address = f"{short.url}ui/results/{page.evaluate('resnetDemo.selected().answer.id')}"
        page.wait_for_timeout(4_000)
        assert httpx.get(address).status_code == 200, "the page is open"
        page.close()
        for _ in range(100):
            if httpx.get(address).status_code == 404:
                return
            time.sleep(0.1)
        raise AssertionError("the page was closed ten seconds ago")
