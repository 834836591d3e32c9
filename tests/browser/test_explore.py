"""The main job on the real page: choose a depth, give it photos, read labels and maps."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from resnet_demo import Engine
from resnet_demo.assets import assets_dir
from resnet_demo.settings import Settings
from tests.browser.driving import (
    STOPPED,
    answered,
    choose_depth,
    label,
    open_tab,
    png,
    reading,
    stop_the_next_run,
    upload,
)

COFFEE = assets_dir() / "examples" / "coffee.png"


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(device="cpu", settings=Settings())


def test_the_first_paint_shows_a_finished_example_that_is_right(page: Page) -> None:
    shown = answered(page, photo="coffee.png", depth=18)
    assert label(page) == "espresso"
    assert shown["answer"]["probability"] >= 0.6
    assert len(shown["tiles"]) == 5


def test_the_page_shows_the_engines_own_numbers(page: Page, engine: Engine) -> None:
    shown = answered(page, photo="coffee.png")
    expected = engine.analyze(COFFEE)
    assert shown["answer"]["probability"] == pytest.approx(expected.predictions[0].probability, abs=1e-5)
    for tile, stage in zip(shown["tiles"], expected.stages.values(), strict=True):
        assert tile["name"] == stage.name
        assert tile["max"] == pytest.approx(float(stage.cam.max()), rel=1e-3, abs=1e-6)


def test_two_uploads_are_explained_and_both_stand_in_the_strip(page: Page) -> None:
    answered(page, photo="coffee.png")
    upload(page, ("first.png", png(1)), ("second.png", png(2)))
    answered(page, photo="first.png")
    strip = page.locator("#rd-strip .rd-photo")
    expect(strip).to_have_count(2)
    strip.nth(1).locator(".rd-thumb").click()
    answered(page, photo="second.png")
    open_tab(page, "Many photos")
    expect(page.locator("#rd-photos .rd-photo-table tbody th")).to_have_text(["first.png", "second.png"])


def test_another_depth_answers_by_itself_with_its_own_figures(page: Page) -> None:
    answered(page, photo="coffee.png")
    choose_depth(page, 50)
    answered(page, photo="coffee.png", depth=50)
    expect(page.locator("#rd-facts")).to_contain_text("Bottleneck × 16")
    expect(page.locator("#rd-facts")).to_contain_text("not measured")
    expect(page.locator("#rd-weights label.selected")).to_contain_text("on this server")


def test_what_the_program_says_of_weights_of_ones_own_is_in_chinese_on_the_chinese_page(page: Page) -> None:
    answered(page, photo="coffee.png")
    page.get_by_role("button", name="中文").click()
    choose_depth(page, 34)
    answered(page, photo="coffee.png", depth=34)
    title = "resnet34.safetensors，10 类，没有名称"
    expect(page.locator("#rd-explorer .rv-source")).to_contain_text(title)
    expect(page.locator("#rd-weights")).to_contain_text(title)
    expect(page.locator("#rd-explorer .rv-name")).to_contain_text("类别 ")
    page.locator("#rd-facts .rd-known").click()
    expect(page.locator("#rd-facts .rd-classes li").first).to_have_text("类别 0 class 0")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="EN", exact=True).click()
    expect(page.locator("#rd-explorer .rv-source")).to_contain_text("resnet34.safetensors, 10 classes without names")


def test_a_text_file_called_jpg_costs_only_itself(page: Page) -> None:
    answered(page, photo="coffee.png")
    upload(page, ("notes.jpg", b"milk, eggs, bread\n" * 20), ("good.png", png(3)))
    expect(page.locator("#rd-strip .rd-problem")).to_contain_text("notes.jpg")
    page.locator("#rd-strip .rd-photo", has=page.get_by_title("good.png")).locator(".rd-thumb").click()
    answered(page, photo="good.png")
    upload(page, *((f"notes{number}.jpg", b"milk" * number) for number in range(2, 5)))
    problems = page.locator("#rd-strip .rd-problem")
    expect(problems.locator("li")).to_have_count(4)
    expect(problems).to_have_count(1)
    problems.get_by_role("button", name="Remove notes3.jpg").click()
    expect(problems.locator("li")).to_have_count(3)


def test_a_click_on_a_label_explains_it_and_names_it_in_the_search_field(page: Page) -> None:
    answered(page, photo="coffee.png")
    bar = page.locator("#rd-explorer .rv-bar").nth(1)
    name = bar.locator(".rv-bar-label").inner_text()
    bar.click()
    shown = answered(page, target=name)
    assert shown["target"]["label"] == name
    expect(page.locator("#rd-target input")).to_have_value(name)
    assert label(page) == "espresso", "the answer itself stays"


def test_any_class_can_be_searched_and_set_against_another(page: Page, engine: Engine) -> None:
    answered(page, photo="coffee.png")
    choose_class(page, "#rd-target", "goldfish")
    answered(page, target="goldfish")
    choose_class(page, "#rd-contrast", "espresso")
    page.wait_for_function("window.resnetDemo.payload.contrast?.label === 'espresso'")
    shown = reading(page)
    expected = engine.analyze(COFFEE, target="goldfish", contrast="espresso")
    for tile, stage in zip(shown["tiles"], expected.stages.values(), strict=True):
        assert tile["max"] == pytest.approx(float(stage.cam.max()), rel=1e-3, abs=1e-6)


def test_one_click_on_vs_shows_the_engines_maps_for_one_class_rather_than_the_other(page: Page, engine: Engine) -> None:
    answered(page, photo="coffee.png")
    other = page.evaluate("resnetDemo.payload.predictions[1].label")
    page.get_by_role("button", name=f"espresso vs {other}").click()
    page.wait_for_function("window.resnetDemo.payload.contrast !== null")
    shown = answered(page, target="espresso")
    expected = engine.analyze(COFFEE, target="espresso", contrast=other)
    for tile, stage in zip(shown["tiles"], expected.stages.values(), strict=True):
        peak = float(np.abs(stage.cam).max())
        assert (tile["scale"]["low"], tile["scale"]["high"]) == pytest.approx((-peak, peak), rel=1e-3)
    expect(page.locator("#rd-contrast input")).to_have_value(other)


def choose_class(page: Page, field: str, name: str) -> None:
    page.locator(f"{field} input").click()
    page.locator(f"{field} input").press_sequentially(name)
    page.get_by_role("option", name=name, exact=True).click()


def test_the_same_photo_twice_gives_the_same_maps(page: Page) -> None:
    first = answered(page, photo="coffee.png")
    before = page.evaluate("resnetDemo.payload.stages.map((s) => s.cams['grad-cam'])")
    choose_depth(page, 34)
    answered(page, photo="coffee.png", depth=34)
    choose_depth(page, 18)
    again = answered(page, photo="coffee.png", depth=18)
    assert page.evaluate("resnetDemo.payload.stages.map((s) => s.cams['grad-cam'])") == before
    assert again["answer"] == first["answer"]


def test_an_example_is_one_click_away(page: Page) -> None:
    answered(page, photo="coffee.png")
    page.get_by_title("chelsea.png").click()
    answered(page, photo="chelsea.png")
    assert label(page) != "espresso"


def test_what_is_too_large_is_told_at_once_and_not_sent(page: Page) -> None:
    answered(page, photo="coffee.png")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    upload(page, ("huge.png", b"\0" * 21_000_000))
    expect(page.locator("#rd-strip .rd-problem")).to_contain_text("huge.png has 21.0 MB")
    assert not [url for url in sent if "upload" in url]


def test_more_photos_than_a_run_takes_are_left_out_in_words(page: Page) -> None:
    answered(page, photo="coffee.png")
    upload(page, *[(f"{i}.png", png(i)) for i in range(8)])
    expect(page.locator("#rd-strip .rd-photo")).to_have_count(6)
    expect(page.locator("#rd-strip .rd-problem")).to_contain_text("at most 6 photos")
    page.wait_for_function("!resnetDemo.state.running")


def test_a_pasted_and_a_dropped_photo_are_explained(page: Page, tmp_path: Path) -> None:
    answered(page, photo="coffee.png")
    for event, name in (("paste", "pasted.png"), ("drop", "dropped.png")):
        page.evaluate(
            """([event, name, bytes]) => {
              const transfer = new DataTransfer();
              transfer.items.add(new File([new Uint8Array(bytes)], name, { type: 'image/png' }));
              const made = event === 'paste' ? new ClipboardEvent('paste', { clipboardData: transfer, bubbles: true })
                : new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true });
              document.body.dispatchEvent(made);
            }""",
            [event, name, list(png(len(name)))],
        )
        answered(page, photo=name)


def test_a_photo_from_the_camera_is_explained(page: Page) -> None:
    answered(page, photo="coffee.png")
    page.get_by_role("button", name="Camera").click()
    page.get_by_role("button", name="Take the photo").click()
    answered(page, photo="camera.jpg")


def test_stopping_ends_the_run_and_keeps_what_was_answered(page: Page) -> None:
    answered(page, photo="coffee.png")
    stop_the_next_run(page)
    choose_depth(page, 50)
    page.evaluate(STOPPED)
    page.wait_for_function("!resnetDemo.state.running")
    assert reading(page)["answer"] is not None
    choose_depth(page, 18)
    answered(page, depth=18)


def test_the_viewers_maps_are_exactly_the_engines(page: Page, engine: Engine) -> None:
    answered(page, photo="coffee.png")
    maps = page.evaluate(
        """() => resnetDemo.payload.stages.map((stage) => {
          const bytes = Uint8Array.from(atob(stage.cams['grad-cam']), (c) => c.charCodeAt(0));
          return [...new Float32Array(bytes.buffer)];
        })"""
    )
    for values, stage in zip(maps, engine.analyze(COFFEE).stages.values(), strict=True):
        largest = float(np.abs(stage.cam).max())
        np.testing.assert_allclose(np.reshape(values, stage.cam.shape), stage.cam, atol=1e-3 * largest)
