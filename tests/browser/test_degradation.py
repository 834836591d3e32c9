"""The tab of degradation: its chart is the study's, its pictures answer to the hand, its code is the package's."""

from __future__ import annotations

import inspect
import json
import re
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from resnet_demo import Engine
from resnet_demo.assets import assets_dir
from resnet_demo.engine.laboratory import Laboratory
from resnet_demo.network.resnet import Bottleneck
from resnet_demo.results import Initialisation, ShortcutFade, SmallAnswers, TrainingRun
from resnet_demo.settings import Settings
from resnet_demo.weights.training_runs import recorded_runs, runs_dir
from tests.browser.driving import answered, open_tab

COFFEE = assets_dir() / "examples" / "coffee.png"
WAIT = 90_000
LINES = """() => document.querySelector('#rd-initialisation-plot .js-plotly-plot')?.data
  .map(({ name, y }) => [name, [...y]])"""


@pytest.fixture(scope="module")
def laboratory() -> Laboratory:
    return Laboratory(Engine(device="cpu", settings=Settings()))


def drawn(page: Page, *names: str) -> dict[str, list[float]]:
    """The chart's lines once it shows these."""
    page.wait_for_function(
        f"(names) => ({LINES})()?.map(([name]) => name).join() === names", arg=",".join(names), timeout=WAIT
    )
    return dict(page.evaluate(LINES))


def test_the_chart_holds_the_studys_numbers_for_the_layers_and_units_chosen(page: Page, laboratory: Laboratory) -> None:
    answered(page, photo="coffee.png")
    open_tab(page, "Degradation")
    panel = page.locator("#rd-degradation")
    expect(panel.locator(".rd-work")).to_be_hidden(timeout=WAIT)
    expect(panel).to_contain_text("over 27 units the gradient grows", timeout=WAIT)
    found = laboratory.run(Initialisation, COFFEE, 18, layers=56, arrangements=["plain", "original"]).networks
    lines = drawn(page, "plain", "residual, original")
    for network, (_, values) in zip(found, lines.items(), strict=True):
        np.testing.assert_allclose(values, network.gradient, rtol=1e-3)
    fade = laboratory.run(ShortcutFade, COFFEE, 18)
    panel.get_by_role("slider", name="Scale s").fill("20")
    last = fade.outcomes[20].predictions[0]
    faded = panel.locator("section").filter(has=page.get_by_role("slider", name="Scale s"))
    expect(faded.locator(".rd-bars")).to_contain_text(last.label)
    faded = page.evaluate("[...document.querySelector('#rd-fade-plot .js-plotly-plot').data[0].y]")
    np.testing.assert_allclose(faded, [each.probability for each in fade.outcomes], atol=1e-3)
    panel.get_by_role("slider", name="Layers").fill("1")
    panel.get_by_role("button", name="full pre-activation").click()
    panel.get_by_role("button", name="residual, original", exact=True).click()
    panel.get_by_role("button", name="Signal").click()
    expect(panel).to_contain_text("full pre-activation: over 6 units", timeout=WAIT)
    found = laboratory.run(
        Initialisation, COFFEE, 18, layers=14, arrangements=["plain", "full-pre-activation"]
    ).networks
    lines = drawn(page, "plain", "full pre-activation")
    for network, (_, values) in zip(found, lines.items(), strict=True):
        np.testing.assert_allclose(values, network.signal, rtol=1e-3)
    panel.locator("summary").filter(has_text="The numbers as a table").click()
    cells = panel.locator("table").last.locator("tbody tr").first.inner_text().split("\t")
    assert float(cells[4]) == pytest.approx(found[0].growth, rel=6e-3)


def test_the_pictures_answer_to_the_hand_and_the_code_is_the_packages(page: Page) -> None:
    answered(page, photo="coffee.png")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_tab(page, "Degradation")
    panel = page.locator("#rd-degradation")
    centre = panel.get_by_role("button", name="Centre 1,")
    before = centre.get_attribute("aria-label")
    centre.focus()
    page.keyboard.press("ArrowRight")
    # Six points, each 8 further to the left of their centre now.
    sums = [
        int(label.split()[-2].strip(",").replace("−", "-")) for label in (before, centre.get_attribute("aria-label"))
    ]
    assert sums[1] - sums[0] == -48
    panel.get_by_role("button", name="Back to the start").click()
    assert centre.get_attribute("aria-label") == before
    box = centre.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 4, box["y"] + 4)
    page.mouse.down()
    page.mouse.move(box["x"] + 60, box["y"] + 30, steps=4)
    page.mouse.up()
    assert centre.get_attribute("aria-label") != before
    left = panel.locator(".rd-idea + dl dd")
    two = left.all_inner_texts()
    panel.get_by_role("slider", name="Cycles").fill("0")
    assert left.all_inner_texts() == ["100.0 % of the error left"] * 2 != two
    panel.get_by_role("button", name="Bottleneck").click()
    panel.get_by_role("button", name="Copy").click()
    expect(panel.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == inspect.getsource(Bottleneck)


CURVES = """() => document.querySelector('#rd-training-plot .js-plotly-plot')?.data
  .map(({ name, x, y }) => [name, [...x], [...y]])"""


def logged(name: str) -> list[dict[str, Any]]:
    """What a run's log says of its epochs."""
    lines = (runs_dir() / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [line for line in map(json.loads, lines) if line.get("epoch")]


def shown_at_first() -> list[TrainingRun]:
    """The shallowest and the deepest runs of each arrangement, of the first seed."""
    runs = [run for run in recorded_runs() if run.seed == 0]
    layers = {kind: [run.layers for run in runs if run.arrangement == kind] for kind in {r.arrangement for r in runs}}
    return [run for run in runs if run.layers in (min(layers[run.arrangement]), max(layers[run.arrangement]))]


def test_the_films_curves_are_the_logs_numbers_and_grow_as_it_runs(page: Page) -> None:
    answered(page, photo="coffee.png")
    open_tab(page, "Degradation")
    panel = page.locator("#rd-degradation")
    slider = panel.get_by_role("slider", name="Epoch")
    expect(slider).to_be_visible(timeout=WAIT)
    epochs = logged("plain-20")

    def curves(length: int) -> dict[str, list[float]]:
        page.wait_for_function(f"(length) => ({CURVES})()?.[0]?.[2].length === length", arg=length, timeout=WAIT)
        found = page.evaluate(CURVES)
        assert all(x == list(range(1, length + 1)) for _, x, _ in found)
        return {name: y for name, _, y in found}

    drawn = curves(len(epochs))
    deep_epochs = logged("plain-56")
    np.testing.assert_allclose(drawn["plain, 20 layers: test"], [line["test_error"] for line in epochs], atol=1e-6)
    np.testing.assert_allclose(
        drawn["plain, 56 layers: training"], [line["train_error"] for line in deep_epochs], atol=1e-6
    )
    slider.fill("7")
    drawn = curves(7)
    errors = [logged(f"plain-{layers}")[6]["train_error"] for layers in (56, 20)]
    assert drawn["plain, 20 layers: training"][-1] == pytest.approx(errors[1], abs=1e-6)
    told = panel.get_by_text("after epoch 7").first.inner_text()
    deep, shallow = (float(share) for share in re.findall(r"layers ([\d.]+) %", told))
    assert [deep, shallow] == [pytest.approx(100 * error, abs=0.06) for error in errors]
    assert ("The deeper network is worse" in told) == (errors[0] - errors[1] > 0.005)
    units = page.evaluate("[...document.querySelector('#rd-gradients-plot .js-plotly-plot').data[1].y]")
    np.testing.assert_allclose(units, deep_epochs[6]["gradient"], rtol=1e-3)
    panel.get_by_role("button", name="Loss").click()
    page.wait_for_function(f"(value) => Math.abs(({CURVES})()[1][2][6] - value) < 1e-5", arg=epochs[6]["train_loss"])
    panel.get_by_role("button", name="Error").click()
    panel.get_by_role("button", name="plain, 20 layers").click()
    page.wait_for_function(f"() => ({CURVES})()[0][0] === 'plain, 56 layers: test'")
    slider.fill("0")
    panel.get_by_role("button", name="Play").click()
    panel.get_by_role("button", name="Pause").click()
    reached = int(slider.input_value())
    page.wait_for_timeout(600)
    assert int(slider.input_value()) == reached < len(epochs)
    panel.get_by_role("button", name="Play").click()
    expect(slider).to_have_value(str(len(epochs)), timeout=30_000)
    expect(panel.get_by_role("button", name="Play")).to_be_visible()


def test_the_lines_of_equal_loss_are_of_what_was_measured(page: Page) -> None:
    answered(page, photo="coffee.png")
    open_tab(page, "Degradation")
    around = "document.querySelector('#rd-surfaces-plot .js-plotly-plot')?.data"
    page.wait_for_function(f"() => {around}?.length", timeout=WAIT)
    drawn = page.evaluate(f"{around}.map(({{ x, z }}) => [[...x], z.map((row) => [...row])])")
    measured = [run for run in shown_at_first() if run.surface is not None]
    assert len(drawn) == len(measured)
    for (along, logs), run in zip(drawn, measured, strict=True):
        assert (along[0], along[-1]) == (-run.reach, run.reach)
        np.testing.assert_allclose(10 ** np.array(logs), run.surface, rtol=1e-4)


def test_errors_without_shortcuts_are_those_that_were_measured(page: Page) -> None:
    answered(page, photo="coffee.png")
    open_tab(page, "Degradation")
    scaled = "document.querySelector('#rd-shortcuts-plot .js-plotly-plot')?.data"
    page.wait_for_function(f"() => {scaled}?.length", timeout=WAIT)
    drawn = page.evaluate(f"{scaled}.map(({{ x, y }}) => [[...x], [...y]])")
    measured = [run.scaled for run in shown_at_first() if run.scaled is not None]
    lines = [(each.scales, errors) for each in measured for errors in (each.errors, each.errors_anew)]
    assert len(drawn) == len(lines)
    for found, expected in zip(drawn, lines, strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-6)
    told = page.locator("#rd-degradation").get_by_text("with shortcuts of nine tenths of their size")
    assert told.count() == len(measured)
    shares = [float(share) for share in re.findall(r"([\d.]+) %", told.first.inner_text())]
    first = measured[0]
    places = [int(np.argmin(np.abs(first.scales - scale))) for scale in (0.9, 0.5)]
    expected = [errors[place] for place in places for errors in (first.errors, first.errors_anew)]
    assert shares == [pytest.approx(100 * share, abs=0.06) for share in expected]


def test_the_paper_stands_beside_the_runs_of_its_depths(page: Page) -> None:
    answered(page, photo="coffee.png")
    open_tab(page, "Degradation")
    layout = "document.querySelector('#rd-training-plot .js-plotly-plot')?.layout"
    page.wait_for_function(f"() => {layout}?.shapes?.length", timeout=WAIT)
    depths = {run.layers for run in shown_at_first() if run.arrangement == "original"}
    papers = {20: 0.0875, 32: 0.0751, 44: 0.0717, 56: 0.0697, 110: 0.0643}  # He et al. 2016, table 6
    dashed = page.evaluate(f"{layout}.shapes.filter(({{ line }}) => line.dash === 'dash').map(({{ y0 }}) => y0)")
    assert dashed == [pytest.approx(papers[layers]) for layers in sorted(depths & papers.keys())]
    page.locator("#rd-degradation").get_by_role("button", name="Loss").click()
    page.wait_for_function(f"() => !({layout}.shapes ?? []).length")


def test_the_small_networks_say_what_the_study_found(page: Page, laboratory: Laboratory) -> None:
    answered(page, photo="coffee.png")
    open_tab(page, "Degradation")
    panel = page.locator("#rd-degradation")
    expect(panel.get_by_alt_text("All that they see")).to_be_visible(timeout=WAIT)
    found = laboratory.run(SmallAnswers, COFFEE, 18)
    first = panel.locator(".rd-small-networks .rd-bars")
    assert first.count() == len(found.answers)
    for place, answer in enumerate(found.answers):
        expect(first.nth(place).locator("li").first).to_contain_text(found.classes[int(answer.probabilities.argmax())])
