"""The tab inside the residual block: profile, lesions and maps of the photo in view."""

from __future__ import annotations

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from resnet_demo import Engine
from resnet_demo.assets import assets_dir
from resnet_demo.engine.laboratory import Laboratory
from resnet_demo.results import BlockMaps, Lesion, LesionBoard, ResidualProfile
from resnet_demo.settings import Settings
from tests.browser.driving import answered, open_tab, png, upload

COFFEE = assets_dir() / "examples" / "coffee.png"
WAIT = 90_000


@pytest.fixture(scope="module")
def laboratory() -> Laboratory:
    return Laboratory(Engine(device="cpu", settings=Settings()))


def test_the_residual_profile_and_the_lesion_board_hold_the_studies_numbers(page: Page, laboratory: Laboratory) -> None:
    answered(page, photo="coffee.png")
    open_tab(page, "Inside the block")
    panel = page.locator("#rd-block")
    expect(panel.locator("figure.rd-card")).to_have_count(4, timeout=WAIT)
    for details in panel.locator("details").all():
        details.locator("summary").click()
    rows = [row.split("\t") for row in panel.locator("table").first.locator("tbody tr").all_inner_texts()]
    profile = laboratory.run(ResidualProfile, [COFFEE], 18).blocks
    assert [row[0] for row in rows] == [block.name for block in profile]
    np.testing.assert_allclose(
        [float(row[1]) for row in rows], [block.ratio for block in profile], rtol=6e-3
    )  # three figures
    board = laboratory.run(LesionBoard, COFFEE, 18)
    cut = [row.split("\t") for row in panel.locator("table").nth(1).locator("tbody tr").all_inner_texts()]
    # In percentage points, with their sign.
    points = [float(row[-3].replace("−", "-").replace("≈ ", "")) for row in cut]
    expected = [100 * each.probability_change for each in board.lesions]
    np.testing.assert_allclose(points, expected, atol=0.051)
    assert min(points) < -50
    logits = [float(row[-2].replace("−", "-")) for row in cut]
    np.testing.assert_allclose(logits, [each.logit_change for each in board.lesions], rtol=6e-3, atol=1e-3)
    worst = min(board.lesions, key=lambda each: each.probability_change)
    expect(panel).to_contain_text(f"Without F of {worst.blocks[0]}")


def test_all_blocks_are_cut_at_once_and_all_shortcuts(page: Page, laboratory: Laboratory) -> None:
    answered(page, photo="coffee.png")
    open_tab(page, "Inside the block")
    panel = page.locator("#rd-block")
    expect(panel.locator("figure.rd-card")).to_have_count(4, timeout=WAIT)
    panel.get_by_role("button", name="Cut all shortcuts").click()
    expect(panel).to_contain_text("Without any shortcut", timeout=WAIT)
    found = laboratory.run(Lesion, COFFEE, 18, cut="shortcut")
    expect(panel.locator(".rd-two .rd-bars").nth(1)).to_contain_text(found.after.predictions[0].label)
    panel.get_by_role("button", name="Bypass all blocks").click()
    expect(panel).to_contain_text("Without F of any block", timeout=WAIT)


def test_a_charts_bars_are_drawn_without_a_mode_bar(page: Page) -> None:
    answered(page, photo="coffee.png")
    open_tab(page, "Inside the block")
    chart = page.locator("#rd-lesion-plot .js-plotly-plot")
    expect(chart.locator(".bars .point")).to_have_count(8, timeout=WAIT)
    expect(chart.locator(".modebar-btn")).to_have_count(0)


def test_blocks_marked_in_the_table_are_cut_together_and_the_table_stays_open(
    page: Page, laboratory: Laboratory
) -> None:
    panel = inside(page)
    panel.locator("details").nth(1).locator("summary").click()
    worst = panel.locator("tbody input:checked")
    expect(worst).to_have_count(1)
    worst.click()
    expect(panel.locator("figure.rd-card")).to_have_count(0)
    panel.get_by_label("Cut layer1.0").check()
    panel.get_by_label("Cut layer4.1").check()
    expect(panel).to_contain_text("Without F of layer1.0, layer4.1", timeout=WAIT)
    found = laboratory.run(Lesion, COFFEE, 18, blocks=["layer1.0", "layer4.1"])
    after = panel.locator(".rd-two .rd-bars").nth(1).locator("li").first.inner_text().split("\n")
    first = found.after.predictions[0]
    assert after[0] == first.label
    assert float(after[1].split()[0]) == pytest.approx(100 * first.probability, abs=0.06)
    expect(panel.get_by_label("Cut layer4.1")).to_be_focused()


def test_a_bar_that_is_clicked_shows_the_answer_without_its_block_and_the_maps_inside_it(
    page: Page, laboratory: Laboratory
) -> None:
    panel = inside(page)
    bar = page.locator("#rd-lesion-plot .bars .point").nth(3)
    bar.scroll_into_view_if_needed()
    box = bar.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(panel).to_contain_text("Without F of layer2.1", timeout=WAIT)
    expect(panel).to_contain_text("Maps inside layer2.1", timeout=WAIT)
    expect(panel.locator("figure.rd-card")).to_have_count(4, timeout=WAIT)
    found = laboratory.run(BlockMaps, COFFEE, 18, block="layer2.1")
    shown = panel.locator("figure.rd-card small").all_inner_texts()
    for told, kind in zip(shown, (found.branch, found.shortcut, found.total, found.output), strict=True):
        low, high = (float(number.replace("−", "-")) for number in told.split(" to "))
        assert (low, high) == pytest.approx((float(kind.min()), float(kind.max())), rel=0.06, abs=1e-6)


def test_the_profile_is_also_the_mean_over_all_photos(page: Page, laboratory: Laboratory) -> None:
    answered(page, photo="coffee.png")
    upload(page, ("a.png", png(11)), ("b.png", png(12)))
    page.wait_for_function("resnetDemo.state.photos.filter(({ answer }) => answer).length === 2")
    panel = inside(page, photo="a.png")
    panel.get_by_role("button", name="mean over 2").click()
    expect(panel).to_contain_text("Mean over 2 photos.", timeout=WAIT)
    panel.locator("details").first.locator("summary").click()
    rows = [row.split("\t") for row in panel.locator("table").first.locator("tbody tr").all_inner_texts()]
    profile = laboratory.run(ResidualProfile, [png(11), png(12)], 18).blocks
    np.testing.assert_allclose(
        [float(row[1]) for row in rows], [block.ratio for block in profile], rtol=6e-3
    )  # three figures


def test_another_class_in_the_middle_of_the_work_ends_in_its_own_board(page: Page) -> None:
    answered(page, photo="coffee.png")
    open_tab(page, "Inside the block")
    page.locator("#rd-explorer .rv-bar").nth(1).click()
    answered(page, target="plate")
    panel = page.locator("#rd-block")
    expect(panel).to_contain_text("the change for plate when F", timeout=WAIT)
    expect(panel.locator("figure.rd-card")).to_have_count(4, timeout=WAIT)


def test_work_that_was_stopped_can_be_taken_up_again(page: Page) -> None:
    answered(page, photo="coffee.png")
    open_tab(page, "Inside the block")
    panel = page.locator("#rd-block")
    panel.get_by_role("button", name="Stop").click()
    expect(panel.locator("figure.rd-card")).to_have_count(0)
    panel.get_by_role("button", name="Look inside the blocks").click()
    expect(panel.locator("figure.rd-card")).to_have_count(4, timeout=WAIT)


def inside(page: Page, photo: str = "coffee.png") -> Locator:
    """The tab with everything about the photo in it."""
    answered(page, photo=photo)
    open_tab(page, "Inside the block")
    panel = page.locator("#rd-block")
    expect(panel.locator("figure.rd-card")).to_have_count(4, timeout=WAIT)
    expect(page.locator("#rd-lesion-plot .bars .point")).to_have_count(8, timeout=WAIT)
    return panel
