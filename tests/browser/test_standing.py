"""What the page says where there is no answer to show: weights that are not here, a stop, a server that is gone."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Locator, Page, Route, expect

from tests.browser.driving import STOPPED, answered, choose_depth, png, stop_the_next_run, upload
from tests.serving import served

STALE = "() => getComputedStyle(document.getElementById('rd-maps')).opacity < 0.5"


def situation(page: Page) -> Locator:
    return page.locator("#rd-explorer .rd-situation")


def test_weights_that_are_not_here_get_one_panel_with_the_photo_and_two_ways_on(page: Page) -> None:
    answered(page, photo="coffee.png")
    upload(page, ("mine.png", png(1)))
    answered(page, photo="mine.png")
    choose_depth(page, 101)
    panel = situation(page)
    expect(panel).to_contain_text("ResNet-101 needs weights")
    expect(panel.get_by_role("button", name="Get ImageNet V1, 17")).to_be_visible()
    assert panel.locator("img").evaluate("(image) => image.naturalWidth") > 0, "the photo is in the panel"
    expect(page.locator("#rd-explorer .rv-name")).to_be_hidden()
    expect(page.locator("#rd-classes")).to_be_hidden()
    expect(page.locator("#rd-go")).to_be_hidden()
    page.wait_for_function(STALE)
    panel.get_by_role("button", name="Get ImageNet V1").click()
    expect(panel.locator(".rd-problem")).to_be_visible(timeout=30_000)
    panel.get_by_role("button", name="Use ResNet-50").click()
    answered(page, photo="mine.png", depth=50)
    expect(panel).to_be_hidden()
    expect(page.locator("#rd-depth label.selected")).to_have_text("50")
    assert not page.evaluate(STALE)


def test_a_photo_given_to_a_network_without_weights_stands_in_the_panel_under_no_older_answer(page: Page) -> None:
    answered(page, photo="coffee.png")
    choose_depth(page, 152)
    upload(page, ("mine.png", png(2)))
    page.wait_for_function("resnetDemo.selected()?.path")
    panel = situation(page)
    expect(panel).to_contain_text("ResNet-152 needs weights")
    assert panel.locator("img").get_attribute("src").startswith("blob:")
    expect(page.locator("#rd-explorer .rv-name")).to_be_hidden()
    expect(page.locator("#rd-explorer .rv-nothing")).to_be_hidden()


def test_where_nothing_may_be_downloaded_the_panel_says_what_a_depth_needs(browser: Browser, tmp_path: Path) -> None:
    with served(tmp_path, downloads="deny") as closed:
        page = browser.new_page()
        page.goto(f"{closed.url}?example=coffee.png")
        answered(page, photo="coffee.png")
        choose_depth(page, 152)
        expect(situation(page)).to_contain_text("resnet152.safetensors")
        expect(situation(page).locator("button.rd-primary")).to_have_count(0)
        situation(page).get_by_role("button", name="Use ResNet-50, Bundled").click()
        answered(page, photo="coffee.png", depth=50)
        page.close()


def test_the_class_fields_always_name_a_class_that_the_network_on_screen_knows(page: Page) -> None:
    answered(page, photo="coffee.png")
    page.evaluate(
        """() => {
          window.blanks = [];
          const look = () => {
            const { value } = document.querySelector('#rd-target input');
            if (!value) blanks.push(resnetDemo.standing());
            requestAnimationFrame(look);
          };
          look();
        }"""
    )
    for depth in (50, 18, 34):
        choose_depth(page, depth)
        shown = answered(page, photo="coffee.png", depth=depth)
        expect(page.locator("#rd-target input")).to_have_value(shown["target"]["label"])
    assert page.evaluate("blanks") == []


def test_a_stopped_run_says_how_far_it_came_and_goes_on(page: Page) -> None:
    answered(page, photo="coffee.png")
    stop_the_next_run(page)
    upload(page, *[(f"{place}.png", png(place)) for place in range(4)])
    page.evaluate(STOPPED)
    page.wait_for_function("resnetDemo.state.photos.every(({ path }) => path)")
    page.evaluate("resnetDemo.stop()")
    waiting = "resnetDemo.state.photos.find(({ answer }) => !answer)"
    if page.evaluate(f"Boolean({waiting})"):
        page.evaluate(f"resnetDemo.select({waiting}.key)")
        expect(situation(page)).to_contain_text("of 4 photos are explained")
        assert situation(page).locator("img").count() == 1
        situation(page).get_by_role("button", name="Go on").click()
    page.wait_for_function("resnetDemo.state.photos.every(({ answer }) => answer)", timeout=60_000)
    expect(page.locator("#rd-go")).to_be_hidden()


def test_help_promises_mcp_only_where_it_is_on(page: Page) -> None:
    def with_mcp(route: Route) -> None:
        told = route.fetch().json()
        route.fulfill(body=json.dumps(told | {"mcp": True}), content_type="application/json")

    answered(page, photo="coffee.png")
    dialog = page.locator("#rd-header dialog")
    assert "MCP" not in dialog.inner_text()
    page.route("**/ui/config.json", with_mcp)
    page.reload()
    answered(page, photo="coffee.png")
    assert "MCP" in dialog.inner_text()


def test_a_server_that_goes_away_is_told_and_the_photos_are_sent_again_when_it_is_back(
    browser: Browser, tmp_path: Path
) -> None:
    page = browser.new_page()
    with served(tmp_path) as first:
        page.goto(f"{first.url}?example=coffee.png")
        answered(page, photo="coffee.png")
        upload(page, ("mine.png", png(1)), ("other.png", png(2)))
        answered(page, photo="mine.png")
        page.wait_for_function("!resnetDemo.state.running")
        first.process.kill()
        choose_depth(page, 34)
        expect(situation(page).locator(".rd-problem")).to_be_visible(timeout=30_000)
        assert page.evaluate("resnetDemo.state.running") is False
        expect(page.locator("#rd-explorer .rv-busy-note")).to_have_text("This is the answer before")
        expect(situation(page)).to_contain_text("still in this browser")
    with served(tmp_path, port=urlsplit(first.url).port):
        situation(page).get_by_role("button", name="Send them again").click()
        answered(page, photo="mine.png", depth=34)
        page.wait_for_function("resnetDemo.state.photos.every(({ answer }) => answer)")
        assert page.evaluate("resnetDemo.state.photos.map(({ name }) => name)") == ["mine.png", "other.png"]
    page.close()


def test_photos_that_the_server_no_longer_keeps_are_sent_again_by_the_page_itself(
    browser: Browser, tmp_path: Path
) -> None:
    with served(tmp_path) as running:
        page = browser.new_page()
        page.goto(f"{running.url}?example=coffee.png")
        answered(page, photo="coffee.png")
        upload(page, ("mine.png", png(1)), ("other.png", png(2)))
        answered(page, photo="mine.png")
        page.wait_for_function("!resnetDemo.state.running")
        for path in page.evaluate("resnetDemo.state.photos.map(({ path }) => path)"):
            Path(path).unlink()
        choose_depth(page, 34)
        answered(page, photo="mine.png", depth=34)
        expect(page.locator("#rd-strip .rd-problem")).to_have_count(0)
        page.close()


def test_an_example_has_its_caption_and_one_of_no_class_says_so_beside_the_list_of_those_there_are(page: Page) -> None:
    answered(page, photo="coffee.png")
    expect(page.locator("#rd-picker .rd-caption")).to_contain_text("Espresso")
    expect(situation(page)).to_be_hidden()
    page.get_by_title("raccoon.jpg").click()
    answered(page, photo="raccoon.jpg")
    expect(situation(page)).to_contain_text("none of the classes that this network knows")
    page.get_by_role("button", name="Knows 200 classes").click()
    classes = page.locator("#rd-facts dialog li")
    expect(classes).to_have_count(200)
    assert "espresso" in classes.all_inner_texts()


def test_a_run_that_nothing_more_is_heard_of_can_be_asked_again(browser: Browser, server: str) -> None:
    page = browser.new_page()
    page.goto(f"{server}?example=coffee.png")
    answered(page, photo="coffee.png")
    page.wait_for_function("!resnetDemo.state.running")
    # The stream is one of a session that the server knows nothing of.
    page.route(
        "**/queue/data*",
        lambda route: route.continue_(url=re.sub(r"session_hash=\w+", "session_hash=gone", route.request.url)),
        times=1,
    )
    choose_depth(page, 34)
    expect(situation(page)).to_contain_text("did not take this", timeout=30_000)
    situation(page).get_by_role("button", name="Try again").click()
    answered(page, photo="coffee.png", depth=34)
    choose_depth(page, 50)
    answered(page, photo="coffee.png", depth=50)
    page.close()


def test_a_part_that_throws_says_so_and_takes_neither_the_answer_nor_the_others_with_it(
    browser: Browser, server: str
) -> None:
    page = browser.new_page()
    page.goto(f"{server}?example=coffee.png")
    answered(page, photo="coffee.png")
    page.evaluate(
        """() => {
          window.told = 0;
          const tab = resnetDemo.parts.get("maps");
          window.whole = tab.answered;
          tab.answered = () => {
            told += 1;
            throw new Error("made by the test");
          };
        }"""
    )
    page.get_by_title("koala.webp").click()
    answered(page, photo="koala.webp")
    failed = page.locator("#rd-maps .rd-part-failed")
    expect(failed).to_contain_text("This part of the page has failed")
    assert page.evaluate("[told, resnetDemo.state.error, resnetDemo.standing()]") == [1, None, "done"]
    page.evaluate("resnetDemo.parts.get('maps').answered = whole")
    page.get_by_title("coffee.png").click()
    answered(page, photo="coffee.png")
    expect(failed).to_have_count(0)
    page.close()


def test_an_answer_that_cannot_be_fetched_is_asked_for_once(browser: Browser, server: str) -> None:
    page = browser.new_page()
    page.goto(f"{server}?example=coffee.png")
    answered(page, photo="coffee.png")
    asked: list[str] = []

    def broken(route: Route) -> None:
        asked.append(route.request.url)
        route.abort()

    page.route("**/ui/results/*", broken)
    page.get_by_title("koala.webp").click()
    expect(situation(page).locator(".rd-problem")).to_be_visible()
    page.evaluate("resnetDemo.show()")
    assert len(asked) == 1
    page.close()


def test_while_photos_wait_it_is_said_what_is_done_how_far_it_is_and_how_many_are_before_them(page: Page) -> None:
    answered(page, photo="coffee.png")
    page.wait_for_function("!resnetDemo.state.running")
    page.route("**/queue/join*", lambda route: None)  # the server takes its time
    upload(page, *[(f"{place}.png", png(place)) for place in range(3)])
    page.wait_for_function("resnetDemo.state.photos.every(({ path }) => path)")
    busy = page.locator("#rd-explorer .rv-busy-note")
    expect(busy).to_have_text("Looking at 0.png … 0 of 3 photos are explained.")
    expect(page.locator("#rd-stop")).to_be_enabled()
    page.evaluate("Object.assign(resnetDemo.state, { place: 2 }); resnetDemo.show()")  # as the server tells it
    expect(busy).to_have_text("Waiting: 2 before you")
    page.unroute("**/queue/join*")
    page.locator("#rd-stop").click()
    expect(situation(page)).to_contain_text("0 of 3 photos are explained")
    situation(page).get_by_role("button", name="Go on").click()
    answered(page, photo="0.png")
    page.wait_for_function("resnetDemo.state.photos.every(({ answer }) => answer)")


def test_files_that_are_no_photos_are_told_in_one_box_beside_the_answer_of_the_one_that_is(page: Page) -> None:
    answered(page, photo="coffee.png")
    whole = png(7)
    bad = [
        ("cut.png", whole[: len(whole) // 2]),
        ("empty.png", b""),
        ("words.png", b"no picture"),
        ("head.png", whole[:9]),
    ]
    upload(page, ("good.png", whole), *bad)
    answered(page, photo="good.png")
    page.wait_for_function("resnetDemo.state.photos.every(({ answer, error }) => answer || error)")
    box = page.locator("#rd-strip .rd-problem")
    expect(box).to_have_count(1)
    expect(box.locator("li")).to_have_count(len(bad))
    for name, _ in bad:
        expect(box).to_contain_text(name)
    page.locator("#rd-strip .rd-failed .rd-thumb").first.click()
    expect(situation(page)).to_contain_text("could not be")
    expect(page.locator("#rd-explorer .rv-name")).to_be_hidden()
