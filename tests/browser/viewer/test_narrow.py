"""The viewer on narrow screens and for assistive technology."""

from __future__ import annotations

import pytest

from tests.browser.viewer.made import analysis_of
from tests.browser.viewer.mounted import face, read


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("width", [320, 390])
def test_on_a_phone_the_tiles_stand_three_by_two_and_the_page_never_scrolls_sideways(opened, width, language):
    page = opened(analysis_of(probability=0.2), width=width, language=language, features="layer2")
    page.get_by_label("Kind of map" if language == "en" else "图的种类").select_option("layercam")
    page.locator(".rv-table summary").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    faces = page.locator("#stages .rv-row .rv-face")
    tops = faces.evaluate_all("(all) => all.map((f) => f.getBoundingClientRect().top)")
    assert len(set(tops[:3])) == len(set(tops[3:])) == 1 and tops[0] < tops[3], "three by two"


def test_on_a_phone_a_tap_pins_and_chooses_the_tile(opened):
    page = opened(analysis_of(), width=390)
    face(page, 3).tap(position={"x": 20, "y": 20})
    shown = read(page)
    assert shown["state"]["stage"] == "layer2"
    assert shown["state"]["pin"] is not None
    face(page, 3).tap(position={"x": 20, "y": 20})
    assert read(page)["place"] is None


def test_every_tile_can_be_reached_and_says_what_it_is(opened):
    page = opened(analysis_of())
    for tile in range(6):
        node = face(page, tile)
        assert node.get_attribute("tabindex") == "0"
        assert node.get_attribute("aria-label")
    assert "4 by 4 cells, largest" in face(page, 4).get_attribute("aria-label")
    assert "Nowhere above zero" in face(page, 1).get_attribute("aria-label")
    spoken = page.locator(".rv-readout-frame [aria-live]")
    face(page, 4).focus()
    page.keyboard.press("ArrowLeft")
    page.wait_for_function("document.querySelector('.rv-readout-frame [aria-live]').textContent.includes('layer4')")
    assert "stem −" in spoken.inner_text()
