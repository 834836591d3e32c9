"""The toolbar changes the picture alone, and the answer's bars report what is pressed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from resnet_demo.results import ClassInfo
from tests.browser.viewer.made import analysis_of
from tests.browser.viewer.mounted import map_of, press_segment, read, slide


def test_controls_change_the_picture_and_ask_nobody(opened):
    page = opened(analysis_of())
    requests = []
    page.on("request", lambda request: requests.append(request.url))
    before = map_of(page, 4)
    drawn = [before]
    slide(page, "Opacity", 30)
    drawn.append(map_of(page, 4))
    slide(page, "Hide weak places, below", 60)
    drawn.append(map_of(page, 4))
    page.get_by_label("Colours", exact=True).select_option("magma")
    drawn.append(map_of(page, 4))
    press_segment(page, "one scale")
    drawn.append(map_of(page, 4))
    press_segment(page, "for and against")
    drawn.append(map_of(page, 4))
    press_segment(page, "cells")
    assert map_of(page, 4).shape == (4, 4, 4)
    for a, b in zip(drawn, drawn[1:], strict=False):
        assert not np.array_equal(a, b)
    state = read(page)["state"]
    assert (state["opacity"], state["threshold"], state["colours"]) == (0.3, 0.6, "magma")
    assert (state["shared"], state["signed"], state["smooth"]) == (True, True, False)
    assert requests == []


def test_one_scale_is_that_of_the_strongest_stage(opened):
    analysis = analysis_of()
    page = opened(analysis, state={"shared": True})
    strongest = max(float(stage.cam.max()) for stage in analysis.stages.values())
    assert {tile["scale"]["high"] for tile in read(page)["tiles"]} == {strongest}
    ticks = page.locator(".rv-ticks span").all_inner_texts()
    assert ticks[0] == "0"
    assert float(ticks[2]) == pytest.approx(strongest, rel=0.01)


def test_colours_and_sign_go_together(opened):
    page = opened(analysis_of())
    page.get_by_label("Colours", exact=True).select_option("blue-white-red")
    assert read(page)["state"]["signed"] is True
    ticks = page.locator(".rv-ticks span").all_inner_texts()
    assert ticks[1] == "0"
    assert ticks[0] == "−" + ticks[2]
    press_segment(page, "for")
    assert page.get_by_label("Colours", exact=True).input_value() == "viridis"


def test_each_kind_says_how_far_it_agrees_with_grad_cam_and_names_its_paper(opened):
    analysis = analysis_of()
    page = opened(analysis)
    page.get_by_label("Kind of map").select_option("hirescam")
    tile = next(tile for tile in read(page)["tiles"] if tile["name"] == "layer3")
    assert tile["max"] == float(analysis.stages["layer3"].cams["hirescam"].max())
    note = page.locator(".rv-kind").inner_text()
    assert "layer4 −0.25" in note
    assert "In layer4 it equals Grad-CAM" in note
    assert page.locator(".rv-kind a").get_attribute("href") == "https://arxiv.org/abs/2011.08891"


def test_bars_are_buttons_that_report_their_class(opened):
    page = opened(analysis_of())
    bars = page.locator("#stages .rv-bar")
    assert bars.locator(".rv-bar-number").all_inner_texts() == ["75.0 %", "11.0 %", "7.0 %", "0.12 %", "< 0.01 %"]
    assert bars.nth(0).get_attribute("aria-pressed") == "true"
    bars.nth(2).click()
    page.get_by_label("rather than").select_option("1")
    page.get_by_label("rather than").select_option("")
    told = [entry for entry in page.evaluate("told") if entry[0] != "state"]
    assert told == [["target", 2], ["contrast", 1], ["contrast", None]]


def test_a_class_is_set_against_another_in_one_click_and_both_ends_of_the_colours_are_named(opened):
    analysis = analysis_of()
    page = opened(analysis)
    assert page.locator("#stages .rv-versus").count() == 4, "every class but the one that is explained"
    page.get_by_role("button", name="espresso vs teapot").click()
    assert ["contrast", 2] in page.evaluate("told")
    page = opened(replace(analysis, contrast=ClassInfo(2, None, "teapot")))
    ends = page.locator("#stages .rv-toolbar .rv-ends span")
    assert ends.all_inner_texts() == ["for teapot", "for espresso"]
    for tile in read(page)["tiles"]:
        cam = analysis.stages[tile["name"]].cam
        assert tile["scale"]["high"] == -tile["scale"]["low"] == float(np.abs(cam).max())
    press_segment(page, "for")
    assert read(page)["tiles"][4]["scale"]["low"] == 0
    state = read(page)["state"]
    assert (state["signed"], state["contrasted"]) == (False, False), "remembered of contrasts alone"
    page.get_by_role("button", name="espresso vs teapot").click()
    assert ["contrast", None] in page.evaluate("told")


def test_evidence_against_a_class_is_named_at_its_end_of_the_colours(opened):
    page = opened(analysis_of())
    assert "".join(page.locator("#stages .rv-toolbar .rv-ends span").all_inner_texts()) == ""
    press_segment(page, "for and against")
    assert page.locator("#stages .rv-toolbar .rv-ends span").all_inner_texts() == ["against espresso", "for espresso"]


def test_what_nobody_can_answer_is_not_offered(opened):
    page = opened(analysis_of(probability=0.2), offered=())
    assert page.locator("#stages button.rv-bar").count() == 0
    assert page.locator("#stages .rv-bar").count() == 5
    assert page.get_by_label("rather than").count() == 0
    assert page.locator(".rv-unsure button").count() == 0


def test_an_unsure_network_says_so_and_offers_a_wider_one(opened):
    page = opened(analysis_of(probability=0.2))
    assert "your photo may show none of the 200 classes it knows" in page.locator(".rv-unsure").inner_text()
    page.locator(".rv-unsure button").click()
    assert ["widen", None] in page.evaluate("told")
    assert opened(analysis_of()).locator(".rv-unsure").count() == 0


def test_markup_in_a_file_name_is_text(opened):
    page = opened(analysis_of(name="<img src=x onerror=window.ran=1>.jpg"))
    assert "<img src=x onerror=window.ran=1>.jpg" in page.locator(".rv-source").inner_text()
    assert page.evaluate("window.ran") is None
