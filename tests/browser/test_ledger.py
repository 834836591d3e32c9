"""The ledger, the brush and the tour, as a visitor uses them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from resnet_demo import Engine
from resnet_demo.assets import assets_dir
from resnet_demo.engine.laboratory import Laboratory
from resnet_demo.export import numerals
from resnet_demo.results import Ledger, Occlusion, Painted, Stroke
from resnet_demo.settings import Settings
from tests.browser.driving import answered, open_tab, png, upload

COFFEE = assets_dir() / "examples" / "coffee.png"
WAIT = 240_000


@pytest.fixture(scope="module")
def laboratory() -> Laboratory:
    return Laboratory(Engine(device="cpu", settings=Settings()))


def read(page: Page, tab: str, wanted: str) -> dict[str, Any]:
    """What a tab says is on screen, as soon as ``wanted``, an expression of it, is true."""
    asked = f"() => {{ const it = resnetDemo.parts.get('{tab}')?.read(); return it && ({wanted}) ? it : null; }}"
    return page.wait_for_function(asked, timeout=WAIT).json_value()


def test_the_ledger_on_the_page_is_the_studys_and_adds_up_place_by_place(page: Page, laboratory: Laboratory) -> None:
    answered(page, photo="coffee.png")
    open_tab(page, "Ledger")
    shown = read(page, "ledger", "it.rows.some(({ total }) => total !== null)")
    found = laboratory.run(Ledger, COFFEE, 18, lesions=True)
    assert [row["name"] for row in shown["rows"]] == [each.name for each in found.contributions]
    np.testing.assert_allclose(
        [row["value"] for row in shown["rows"]], [each.value for each in found.contributions], atol=1e-4
    )
    assert shown["rows"][-1]["to"] == pytest.approx(found.logit, abs=1e-4)
    panel = page.locator("#rd-ledger")
    entry = next(each for each in found.contributions if each.name == "layer3.0")
    panel.get_by_role("button", name="layer3.0", exact=True).press("Enter")
    expect(panel.locator("figcaption")).to_have_text(
        f"layer3.0 wrote {'+' if entry.value > 0 else ''}{numerals.value(entry.value)}, place by place"
    )
    panel.locator(".rv-ledger-picture").press("ArrowRight")
    shown = read(page, "ledger", "it.cell")
    row, column = shown["cell"]["row"], shown["cell"]["column"]
    sum_of = panel.locator(".rv-ledger-sum")
    expect(sum_of).to_contain_text(f"Row {row + 1}, column {column + 1}: ")
    told = float(sum_of.inner_text().split(": ")[1].split(". ")[0].replace("−", "-").replace(" × 10", "e"))
    assert told == pytest.approx(float(entry.map[row, column]), rel=6e-3)
    panel.get_by_role("button", name="by stage").click()
    stages = read(page, "ledger", "it.by === 'stage'")["rows"]
    assert {row["name"]: row["value"] for row in stages} == pytest.approx(found.stages, abs=1e-4)

    upload(page, ("first.png", png(1)), ("second.png", png(2)))
    answered(page, photo="first.png")
    panel.get_by_role("button", name="mean over 2").click(timeout=WAIT)
    both = read(page, "ledger", "it.over === 'all'")
    assert all(row["spread"] > 0 for row in both["rows"] if row["name"] != "fc")


def test_paint_changes_the_answer_and_can_be_taken_back(page: Page, laboratory: Laboratory) -> None:
    answered(page, photo="coffee.png")
    open_tab(page, "Brush")
    clean = read(page, "brush", "it.states[0]")
    panel, sheet = page.locator("#rd-brush"), page.locator(".rd-sheet")
    panel.get_by_role("button", name="broad").click()
    sheet.scroll_into_view_if_needed()
    box = sheet.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 0.4 * box["width"], box["y"] + 0.4 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.6 * box["height"], steps=4)
    page.mouse.up()
    painted = read(page, "brush", "it.states[1]")
    (stroke,) = painted["strokes"]
    points = np.array(stroke["points"], np.float32).reshape(-1, 2)
    laid = Stroke("view", "grey", points, stroke["radius"])
    found = laboratory.run(Painted, [COFFEE], 18, target="espresso", strokes=[laid])
    told = painted["states"][1]
    assert told["outcome"]["logit"] == pytest.approx(found.outcome.logit, abs=1e-3)
    assert told["ledger"]["logit"] == pytest.approx(found.outcome.logit, abs=1e-3)
    assert told["outcome"]["logit"] < clean["states"][0]["outcome"]["logit"]
    expect(panel.locator(".rd-seven figure")).to_have_count(5)

    panel.get_by_role("button", name="layer4").click()
    sheet.press("Enter")
    cells = read(page, "brush", "it.states[2]")
    assert cells["strokes"][1]["on"] == "layer4" and cells["strokes"][1]["fill"] == "zero"
    undo = panel.get_by_role("button", name="Undo")
    undo.click()
    undo.click()
    back = read(page, "brush", "!it.strokes.length")
    assert back["shown"]["outcome"]["logit"] == clean["states"][0]["outcome"]["logit"]

    panel.get_by_role("button", name="my guess").click()
    sheet.click()
    panel.locator("button:not([aria-disabled])", has_text="Look").click(timeout=WAIT)
    scored = read(page, "brush", "it.scored")["scored"]
    assert 0 <= scored["score"] <= 1 and 0 < scored["chance"] < 1
    expect(panel).to_contain_text("Your guess holds")
    worst = laboratory.run(Occlusion, COFFEE, 18, target="espresso")
    expect(panel).to_contain_text(f"{100 * worst.probabilities.flat[worst.drops.argmax()]:.1f} % in place of 72")


def test_the_tour_points_at_real_controls_and_waits_until_they_are_used(page: Page, server: str) -> None:
    page.goto(f"{server}?example=coffee.png&tour=2")
    answered(page, photo="coffee.png")
    card = page.get_by_role("dialog", name="The stem looks first")
    expect(card).to_be_visible(timeout=WAIT)
    expect(page.locator(".rd-tour-ring")).to_be_visible()
    expect(card.get_by_role("button", name="Skip this step")).to_be_visible()
    page.locator('#rd-explorer .rv-tile[data-name="stem"] .rv-face').click()
    onward = page.get_by_role("button", name="Next", exact=True)
    onward.press("Enter")
    expect(page.get_by_role("dialog", name="Grids shrink, channels grow")).to_be_focused()
    assert "tour=3" in page.url and "example=coffee.png" in page.url
    page.get_by_role("button", name="Skip this step").click()
    page.locator("#rd-explorer .rv-bars button").nth(1).click()
    expect(onward).to_be_visible(timeout=WAIT)
    onward.click()
    open_tab(page, "Inside the block")
    onward.click()
    expect(page.get_by_role("dialog", name="And now doubt it")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".rd-tour-card")).to_have_count(0)
    assert "tour" not in page.url
    expect(page.get_by_role("button", name="Tour", exact=True)).to_be_visible()
