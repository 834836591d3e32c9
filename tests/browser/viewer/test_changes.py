"""A tile enlarged, a picture that waits, another analysis, another language: nothing of the visitor's is lost."""

from __future__ import annotations

import json
from pathlib import Path

from playwright.sync_api import Page

from resnet_demo.results import Analysis
from resnet_demo.viewer import VIEWER_DIR
from resnet_demo.viewer.payload import analysis_payload
from tests.browser.viewer.made import analysis_of
from tests.browser.viewer.mounted import face, read


def test_a_tile_is_enlarged_and_escape_closes_it_with_the_pin_kept(opened):
    page = opened(analysis_of())
    face(page, 4).focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    assert read(page)["enlarged"] == "layer3"
    large = page.locator("dialog .rv-face").bounding_box()
    assert large["width"] > 2 * face(page, 4).bounding_box()["width"]
    page.keyboard.press("ArrowRight")
    page.keyboard.press("6")
    assert read(page)["enlarged"] == "layer4"
    page.keyboard.press("Escape")
    assert read(page)["enlarged"] is None
    assert read(page)["place"] is not None
    page.locator("[data-tile='2'] .rv-enlarge").click()
    assert read(page)["enlarged"] == "layer1"


def test_waiting_dims_the_old_picture_under_its_own_label_and_moves_nothing(opened):
    page = opened(analysis_of())
    places = (
        "() => [...document.querySelectorAll('#stages .rv-face, #stages h2')].map((n) => n.getBoundingClientRect().top)"
    )
    before = page.evaluate(places)
    page.evaluate("stageViewer.setBusy('Explaining two.jpg')")
    assert page.locator("#stages .rv-busy-note").inner_text() == "Explaining two.jpg"
    assert page.locator("#stages .rv-viewer").get_attribute("aria-busy") == "true"
    assert page.locator("#stages .rv-name span").inner_text() == "espresso"
    assert page.evaluate(places) == before
    page.wait_for_function("getComputedStyle(document.querySelector('#stages .rv-row')).opacity < 0.5")
    page.evaluate("stageViewer.setBusy(null)")
    assert page.locator("#stages .rv-viewer").get_attribute("aria-busy") == "false"


def update(page: Page, analysis: Analysis) -> None:
    page.evaluate("(payload) => stageViewer.update(payload)", analysis_payload(analysis))


def test_another_class_of_the_same_photo_keeps_the_pin_another_photo_lets_go(opened):
    page = opened(analysis_of(seed=1), state={"pin": {"x": 0.3, "y": 0.3}, "stage": "layer2"})
    other_class = analysis_payload(analysis_of(seed=1)) | {"target": {"index": 1, "wnid": None, "label": "cup"}}
    page.evaluate("(payload) => stageViewer.update(payload)", other_class)
    shown = read(page)
    assert (shown["target"]["label"], shown["state"]["stage"]) == ("cup", "layer2")
    assert shown["place"]["point"] == {"x": 0.3, "y": 0.3}
    update(page, analysis_of(seed=2))
    assert read(page)["place"] is None


def test_of_two_answers_the_later_one_stays(opened):
    page = opened(analysis_of(seed=1))
    payloads = [analysis_payload(analysis_of(seed=seed, name=f"{seed}.jpg")) for seed in (2, 3)]
    page.evaluate("(payloads) => Promise.all(payloads.map((payload) => stageViewer.update(payload)))", payloads)
    assert page.locator(".rv-source").inner_text().startswith("3.jpg")
    assert read(page)["id"] == payloads[1]["id"]


def test_a_picture_is_never_shown_later_than_its_label(opened):
    page = opened(analysis_of(seed=1))
    update(page, analysis_of(seed=2, name="two.jpg"))
    ready = "() => [...document.querySelectorAll('#stages img')].every((image) => image.complete && image.naturalWidth)"
    assert page.evaluate(ready)


def test_language_changes_with_everything_as_it_was(opened):
    page = opened(analysis_of(), state={"pin": {"x": 0.3, "y": 0.3}, "stage": "layer2", "signed": True})
    before = read(page)["state"]
    texts = json.loads((Path(VIEWER_DIR) / "texts.zh.json").read_text(encoding="utf-8"))
    page.evaluate("(texts) => stageViewer.setTexts(texts)", texts)
    assert read(page)["state"] == before
    assert page.locator("[data-tile='0'] figcaption b").inner_text() == texts["tile.view"]
    assert page.locator("#stages .rv-row figure").count() == 6


def test_without_a_photo_there_is_a_sentence_and_no_error(opened):
    page = opened(None)
    assert "No photo yet" in page.locator("#stages").inner_text()
    update(page, analysis_of())
    assert read(page)["answer"]["label"] == "espresso"
    page.evaluate("stageViewer.update(null)")
    assert read(page)["tiles"] == []


def test_an_analysis_of_some_stages_shows_those(opened):
    analysis = analysis_of()
    few = {name: analysis.stages[name] for name in ("layer2", "layer4")}
    page = opened(Analysis(**(vars(analysis) | {"stages": few})))
    assert [tile["name"] for tile in read(page)["tiles"]] == ["layer2", "layer4"]
    face(page, 1).focus()
    page.keyboard.press("3")
    assert read(page)["state"]["stage"] == "layer4"
