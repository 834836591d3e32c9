"""The line from the photo to the label: its arrows, what each stage guesses, how strong each map is, the label."""

from __future__ import annotations

from dataclasses import replace

import pytest

from resnet_demo.results import Prediction, StageReadout
from resnet_demo.viewer import payload
from tests.browser.viewer.made import analysis_of
from tests.browser.viewer.mounted import read


def test_each_map_has_a_bar_of_its_largest_value_beside_the_strongest(opened):
    page = opened(analysis_of())
    largest = [max(0.0, tile["max"]) for tile in read(page)["tiles"]]
    bars = page.locator("#stages .rv-strength i").evaluate_all("(all) => all.map((bar) => parseFloat(bar.style.width))")
    assert bars == pytest.approx([100 * each / max(largest) for each in largest], abs=1e-3)


def test_the_line_is_as_high_as_the_grids_and_ends_in_the_label(opened):
    page = opened(analysis_of())
    arrows = page.locator("#stages .rv-row .rv-tile > .rv-frame > .rv-arrow")
    heights = arrows.evaluate_all(
        "(all) => all.map(({ style }) => ['--from', '--to'].map((end) => parseFloat(style.getPropertyValue(end))))"
    )
    # Rows of the view, the stem and layer1 to layer4 as shares of the view's 64.
    assert heights == [[100, 12.5], [12.5, 12.5], [12.5, 6.25], [6.25, 6.25], [6.25, 3.125]]
    assert page.locator("#stages .rv-end b").inner_text() == "espresso"
    assert page.locator("#stages .rv-guess").count() == 0, "no probes, no guesses"


def test_what_a_probe_tells_stands_under_its_stage(opened, monkeypatch):
    made = payload.analysis_payload

    def with_guesses(analysis):
        guess = Prediction(3, None, "maypole", 0.2, 1.0, 0.2)
        told = {name: StageReadout((replace(guess, label=f"{name}'s"),), 0.2, 1.0, 1, None) for name in analysis.stages}
        return made(analysis, told=told)

    monkeypatch.setattr("tests.browser.viewer.conftest.analysis_payload", with_guesses)
    page = opened(analysis_of())
    assert page.locator("#stages .rv-guess").all_inner_texts() == [
        f"{name}'s\n20.0 %" for name in ("stem", "layer1", "layer2", "layer3")
    ] + ["espresso\n75.0 %"], "what reads layer4 is the network's own last layer"


def test_how_maps_are_drawn_is_one_fold_away(opened):
    page = opened(analysis_of(), state={"tools": False})
    assert page.get_by_label("Kind of map").is_hidden()
    page.get_by_text("How this is drawn").click()
    assert page.get_by_label("Kind of map").is_visible()
    page.wait_for_function("told.some(([name, state]) => name === 'state' && state.tools)")


def test_the_data_flows_along_the_line_once_for_each_answer_and_not_for_who_wants_less_motion(opened):
    page = opened(analysis_of())
    flow = """() => [...document.querySelectorAll('#stages .rv-row .rv-arrow')].map(
      (arrow) => getComputedStyle(arrow, '::after').animationName)"""
    first = page.evaluate(flow)
    assert len(set(first)) == 1 and first[0].startswith("rv-flow"), first
    page.evaluate("document.querySelector('#stages').__viewer.setBusy('x')")
    assert page.evaluate(flow) == first, "nothing begins anew without a new answer"
    page.emulate_media(reduced_motion="reduce")
    assert set(page.evaluate(flow)) == {"none"}
