"""Looking at an answer on the real page: kinds of map, the pin, the frame on the photo, the link to a view."""

from __future__ import annotations

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from resnet_demo import Engine
from resnet_demo.assets import assets_dir
from resnet_demo.results import KINDS, STAGES, Analysis
from resnet_demo.settings import Settings
from tests.browser.driving import answered, choose_depth, png, reading, upload

COFFEE = assets_dir() / "examples" / "coffee.png"


@pytest.fixture(scope="module")
def coffee() -> Analysis:
    return Engine(device="cpu", settings=Settings()).analyze(COFFEE)


def test_every_kind_of_map_is_the_engines_and_prints_its_agreement(page: Page, coffee: Analysis) -> None:
    answered(page, photo="coffee.png")
    page.get_by_text("How this is drawn").click()
    page.get_by_text("More on these maps").click()
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    for kind in KINDS:
        page.get_by_label("Kind of map").select_option(kind)
        for tile, stage in zip(reading(page)["tiles"], coffee.stages.values(), strict=True):
            largest = float(np.abs(stage.cams[kind]).max())
            assert tile["max"] == pytest.approx(float(stage.cams[kind].max()), abs=1e-3 * largest)
            assert tile["min"] == pytest.approx(float(stage.cams[kind].min()), abs=1e-3 * largest)
        told = page.locator("#rd-explorer .rv-kind").inner_text().replace("−", "-")
        for name in STAGES if kind != "grad-cam" else ():
            assert f"{name} {coffee.stages[name].agreement[kind]:.2f}" in told
    assert not [url for url in sent if not url.startswith("data:")], "kinds of map need no request"


def test_a_pinned_place_has_the_engines_value_in_every_stage_and_moves_by_keys(page: Page, coffee: Analysis) -> None:
    down, across = 38.5 / 56, 18.5 / 56  # the middle of a cell of the finest grid, and at no edge of the others
    answered(page, photo="coffee.png")
    face = page.locator('#rd-explorer .rv-tile[data-name="layer3"] .rv-face')
    box = face.bounding_box()
    face.click(position={"x": across * box["width"], "y": down * box["height"]})
    for tile in reading(page)["tiles"]:
        cam = coffee.stages[tile["name"]].cam
        rows, columns = cam.shape
        assert (tile["cell"]["row"], tile["cell"]["column"]) == (int(down * rows), int(across * columns))
        here = float(cam[int(down * rows), int(across * columns)])
        assert tile["value"] == pytest.approx(here, abs=1e-3 * float(np.abs(cam).max()))
    page.keyboard.press("ArrowUp")
    rows, columns = coffee.stages["layer3"].cam.shape
    assert cell(page, "layer3") == (int(down * rows) - 1, int(across * columns))
    page.keyboard.press("5")
    page.keyboard.press("ArrowLeft")
    assert reading(page)["state"]["stage"] == "layer3", "the fifth tile"
    assert cell(page, "layer3") == (int(down * rows) - 1, int(across * columns) - 1)
    page.keyboard.press("Enter")
    assert reading(page)["enlarged"] == "layer3"
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    assert reading(page)["place"] is None


def cell(page: Page, stage: str) -> tuple[int, int]:
    found = next(tile["cell"] for tile in reading(page)["tiles"] if tile["name"] == stage)
    return found["row"], found["column"]


def test_the_frame_on_the_whole_photo_is_what_the_network_saw(page: Page, coffee: Analysis) -> None:
    answered(page, photo="coffee.png")
    whole = page.locator("#rd-explorer .rv-whole").bounding_box()
    frame = page.locator("#rd-explorer .rv-crop").bounding_box()
    photo, crop = coffee.photo, coffee.box
    assert (frame["x"] - whole["x"]) / whole["width"] == pytest.approx(crop.left / photo.width, abs=0.01)
    assert (frame["y"] - whole["y"]) / whole["height"] == pytest.approx(crop.top / photo.height, abs=0.01)
    assert frame["width"] / whole["width"] == pytest.approx((crop.right - crop.left) / photo.width, abs=0.015)


def test_a_link_restores_depth_weights_class_contrast_stage_and_example(page: Page, server: str) -> None:
    answered(page, photo="coffee.png")
    choose_depth(page, 34)
    answered(page, photo="coffee.png", depth=34)
    page.goto(
        f"{server}?depth=18&weights=tiny-imagenet&class=n07920052&contrast=n01882714&stage=layer2&example=koala.webp"
    )
    page.wait_for_function("window.resnetDemo?.payload?.contrast")
    shown = answered(page, photo="koala.webp", depth=18, target="espresso")
    assert shown["contrast"]["wnid"] == "n01882714"
    assert shown["state"]["stage"] == "layer2"
    link = page.evaluate("location.href")
    page.goto("about:blank")
    page.goto(link)
    page.wait_for_function("window.resnetDemo?.payload?.contrast")
    again = answered(page, photo="koala.webp", depth=18, target="espresso")
    assert again["tiles"] == shown["tiles"]
    assert page.evaluate("resnetDemo.payload.network.weights") == "tiny-imagenet"


def test_a_class_without_evidence_says_so_and_the_tabs_still_answer(page: Page) -> None:
    engine = Engine(device="cpu", settings=Settings())
    classes = engine.classes(18)
    target = next(
        c for c in classes if engine.analyze(COFFEE, target=c.index, stages=("layer4",)).stages["layer4"].cam.max() <= 0
    )
    page.goto(page.url.split("?")[0] + f"?example=coffee.png&class={target.wnid}&stage=layer4")
    shown = answered(page, photo="coffee.png", target=target.label)
    layer4 = shown["tiles"][-1]
    assert layer4["evidence"] == "against"
    assert "Nowhere above zero" in layer4["none"]
    for tab, press, found in (
        ("Inside the block", None, "#rd-block figure.rd-card >> nth=3"),
        ("Trust", "Put to the test", "#rd-trust table >> nth=1"),
        ("Receptive field", None, "#rd-field .rd-large"),
        ("Compare depths", "Compare", "#rd-compare .rd-card >> nth=1"),
    ):
        page.get_by_role("tab", name=tab).click()
        if press:
            page.get_by_role("tabpanel").filter(visible=True).get_by_role("button", name=press, exact=True).click()
        expect(page.locator(found)).to_be_visible(timeout=90_000)
    expect(page.locator("main .rd-problem").filter(visible=True)).to_have_count(0)


def test_a_photo_of_one_pixel_is_explained(page: Page) -> None:
    answered(page, photo="coffee.png")
    upload(page, ("dot.png", png(1, width=1, height=1)))
    shown = answered(page, photo="dot.png")
    assert len(shown["tiles"]) == 5
    expect(page.locator("#rd-explorer .rv-source")).to_contain_text("1 × 1")


def test_a_band_of_small_tiles_stays_in_sight_and_what_is_pinned_there_holds_everywhere(
    page: Page, coffee: Analysis
) -> None:
    answered(page, photo="coffee.png")
    expect(page.locator("#rd-maps .rv-channel")).to_have_count(16)
    band = page.locator("#rd-band .rd-band")
    expect(band).to_be_hidden()
    page.locator("#rd-maps .rv-more").scroll_into_view_if_needed()
    expect(band).to_be_visible()
    face = band.locator('[data-name="layer4"] .rv-face')
    box = face.bounding_box()
    assert 0 <= box["y"] < 100, "at the top of the window"
    face.click(position={"x": 0.3 * box["width"], "y": 0.7 * box["height"]})
    rows, columns = coffee.stages["layer4"].cam.shape
    assert cell(page, "layer4") == (int(0.7 * rows), int(0.3 * columns))
    expect(page.locator("#rd-maps .rv-count")).to_contain_text(f"row {int(0.7 * rows)}, column {int(0.3 * columns)}")
    layer4 = coffee.stages["layer4"]
    first = layer4.maps[0, int(0.7 * rows), int(0.3 * columns)].astype(float) * float(layer4.scales[0])
    shown = page.locator("#rd-maps .rv-channel-foot span").first.inner_text()
    assert float(shown.replace("−", "-")) == pytest.approx(first, rel=0.06, abs=1e-3), "of two digits"
    page.keyboard.press("ArrowUp")
    assert cell(page, "layer4") == (int(0.7 * rows) - 1, int(0.3 * columns))
    page.keyboard.press("2")
    assert page.evaluate("document.activeElement.shadowRoot.activeElement.closest('.rv-tile').dataset.name") == "stem"
    page.evaluate("scrollTo(0, 0)")
    page.locator("#rd-explorer .rv-face").first.focus()
    expect(band).to_be_hidden()
