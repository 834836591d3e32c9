"""The row of tiles: what it shows is what the payload holds, wherever one points."""

from __future__ import annotations

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.viewer.made import GRIDS, analysis_of
from tests.browser.viewer.mounted import face, map_of, point_at, press_segment, read


def test_six_tiles_of_equal_size_stand_in_one_row(opened):
    page = opened(analysis_of())
    boxes = [face(page, tile).bounding_box() for tile in range(6)]
    assert len({(round(box["y"]), round(box["width"], 1), round(box["height"], 1)) for box in boxes}) == 1
    assert [box["x"] for box in boxes] == sorted(box["x"] for box in boxes)
    assert page.locator("#stages .rv-row figure").count() == 6


def test_what_the_viewer_says_is_what_the_payload_holds(opened):
    analysis = analysis_of()
    shown = read(opened(analysis))
    assert shown["answer"] == {"label": "espresso", "probability": 0.75}
    for tile in shown["tiles"]:
        cam = analysis.stages[tile["name"]].cam
        assert (tile["max"], tile["min"]) == (float(cam.max()), float(cam.min()))
        assert (tile["maxAt"]["row"], tile["maxAt"]["column"]) == np.unravel_index(cam.argmax(), cam.shape)


def test_a_map_is_drawn_cell_by_cell_where_it_belongs(opened):
    analysis = analysis_of()
    page = opened(analysis, state={"smooth": False, "threshold": 0.5, "opacity": 1.0})
    for tile, name in [(3, "layer2"), (4, "layer3"), (5, "layer4")]:
        cam = analysis.stages[name].cam
        np.testing.assert_array_equal(map_of(page, tile)[:, :, 3] > 0, cam >= np.float32(0.5) * cam.max())


def test_the_strongest_cell_has_the_last_colour_and_cells_against_the_class_the_first(opened):
    analysis = analysis_of()
    page = opened(analysis, state={"smooth": False, "opacity": 1.0})
    cam = analysis.stages["layer3"].cam
    drawn = map_of(page, 4)
    np.testing.assert_array_equal(drawn[np.unravel_index(cam.argmax(), cam.shape)][:3], [253, 231, 37])
    np.testing.assert_array_equal(drawn[np.unravel_index(cam.argmin(), cam.shape)][:3], [68, 1, 84])


def test_a_smooth_map_has_its_cells_values_at_their_centres(opened):
    analysis = analysis_of()
    page = opened(analysis, state={"smooth": True, "opacity": 1.0, "threshold": 0.5})
    cam = analysis.stages["layer4"].cam
    drawn = map_of(page, 5)[:, :, 3] > 0
    at = [drawn.shape[0] // 4, 3 * drawn.shape[0] // 4]
    np.testing.assert_array_equal(drawn[np.ix_(at, at)], cam >= 0.5 * cam.max())


def test_a_stage_without_evidence_says_so_instead_of_stretching_noise(opened):
    page = opened(analysis_of())
    assert read(page)["tiles"][0]["none"] == "Nowhere above zero for espresso"
    assert page.locator("[data-tile='1'] .rv-none").is_visible()
    assert page.locator("[data-tile='1'] canvas").is_hidden()
    press_segment(page, "for and against")
    assert read(page)["tiles"][0]["none"] == ""
    assert page.locator("[data-tile='1'] canvas").is_visible()
    page.locator("#stages select").last.select_option("viridis")
    page.get_by_label("Kind of map").select_option("layercam")
    assert read(page)["tiles"][1]["none"] == "This map is zero everywhere"


def test_pointing_reads_every_stage_at_the_same_place(opened):
    analysis = analysis_of()
    page = opened(analysis)
    point_at(page, 4, 0.7, 0.3)
    shown = read(page)
    for tile in shown["tiles"]:
        n = GRIDS[tile["name"]]
        row, column = int(0.3 * n), int(0.7 * n)
        assert (tile["cell"]["row"], tile["cell"]["column"]) == (row, column)
        assert tile["value"] == float(analysis.stages[tile["name"]].cam[row, column])
    # 0.7 and 0.3 of 64 view pixels; in the photo the crop begins at 136, 36 and is 128 wide.
    assert shown["place"]["view"] == {"x": 44, "y": 19}
    assert shown["place"]["photo"] == {"x": 225, "y": 74}
    assert "photo x 225, y 74" in shown["readout"]


def test_the_cross_hair_stands_at_the_same_place_in_all_tiles(opened):
    page = opened(analysis_of())
    point_at(page, 2, 0.25, 0.75)
    for tile in range(6):
        frame = face(page, tile).bounding_box()
        across = page.locator(f"[data-tile='{tile}'] .rv-across").bounding_box()
        down = page.locator(f"[data-tile='{tile}'] .rv-down").bounding_box()
        assert (across["y"] + across["height"] / 2 - frame["y"]) / frame["height"] == pytest.approx(0.75, abs=0.02)
        assert (down["x"] + down["width"] / 2 - frame["x"]) / frame["width"] == pytest.approx(0.25, abs=0.02)


def test_the_receptive_field_is_framed_on_the_view_and_on_the_photo(opened):
    page = opened(analysis_of())
    point_at(page, 4, 0.3, 0.55)  # layer3: cell 2, 1 of four; 20 wide from 16 x 1 - 2 and 16 x 2 - 2
    frame, field = face(page, 0).bounding_box(), page.locator("[data-tile='0'] .rv-field").bounding_box()
    share = [(field["x"] - frame["x"]) / frame["width"], (field["y"] - frame["y"]) / frame["height"]]
    assert share == pytest.approx([14 / 64, 30 / 64], abs=0.01)
    assert field["width"] / frame["width"] == pytest.approx(20 / 64, abs=0.01)
    whole = page.locator(".rv-whole").bounding_box()
    on_photo = page.locator(".rv-whole .rv-field").bounding_box()
    # Two photo pixels a view pixel, from the crop's corner on; the photo is 400 x 200.
    assert (on_photo["x"] - whole["x"]) / whole["width"] == pytest.approx((136 + 2 * 14) / 400, abs=0.01)
    assert (on_photo["y"] - whole["y"]) / whole["height"] == pytest.approx((36 + 2 * 30) / 200, abs=0.01)
    assert on_photo["width"] / whole["width"] == pytest.approx(2 * 20 / 400, abs=0.01)


def test_the_view_shows_what_the_cell_of_each_stage_sees(opened):
    page = opened(analysis_of())
    point_at(page, 0, 0.5, 0.5)
    names = page.locator("[data-tile='0'] .rv-field span").all_text_contents()
    # Each stage's field in the middle cell, its cells' step and 4 pixels more; stem and layer1 have one grid here.
    assert names == ["stem 12, layer1 12", "layer2 20, layer3 20", "layer4 36"]


def test_a_click_pins_until_escape(opened):
    page = opened(analysis_of())
    point_at(page, 3, 0.1, 0.1)
    page.mouse.down()
    page.mouse.up()
    point_at(page, 5, 0.9, 0.9)
    assert read(page)["place"]["point"] == pytest.approx({"x": 0.1, "y": 0.1}, abs=0.01)
    page.mouse.move(0, 0)
    assert read(page)["place"] is not None
    page.keyboard.press("Escape")
    assert read(page)["place"] is None


def test_arrows_go_cell_by_cell_and_numbers_choose_the_tile(opened):
    page = opened(analysis_of())
    face(page, 4).focus()
    page.keyboard.press("ArrowLeft")
    first = next(tile["cell"] for tile in read(page)["tiles"] if tile["name"] == "layer3")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowUp")
    moved = next(tile["cell"] for tile in read(page)["tiles"] if tile["name"] == "layer3")
    assert (moved["row"], moved["column"]) == (first["row"] - 1, first["column"] - 1)
    page.keyboard.press("2")
    assert read(page)["state"]["stage"] == "stem"
    assert face(page, 1).evaluate("node => node === document.activeElement")
    assert read(page)["place"]["point"] == pytest.approx({"x": 0.375, "y": 0.375})  # the middle of cell 1, 1 of four


def test_a_place_on_the_photo_is_the_same_place_on_the_view(opened):
    page = opened(analysis_of())
    whole = page.locator(".rv-whole").bounding_box()
    page.mouse.move(whole["x"] + 0.5 * whole["width"], whole["y"] + 0.5 * whole["height"])
    assert read(page)["place"]["point"] == pytest.approx({"x": 0.5, "y": 0.5}, abs=0.02)
    page.mouse.move(whole["x"] + 0.05 * whole["width"], whole["y"] + 0.5 * whole["height"])
    assert read(page)["place"] is None  # beside the crop


def test_the_table_behind_the_picture_has_the_same_numbers(opened):
    analysis = analysis_of()
    page = opened(analysis)
    page.locator(".rv-table summary").click()
    rows = page.locator(".rv-table tbody tr")
    expect(rows).to_have_count(5)  # they are made a moment after the table opens
    cells = rows.nth(3).locator("td").all_inner_texts()
    cam = analysis.stages["layer3"].cam
    row, column = np.unravel_index(cam.argmax(), cam.shape)
    assert cells[:2] == ["4 × 4", "12"]
    assert float(cells[2].replace("−", "-")) == pytest.approx(float(cam.max()), rel=0.01)
    assert cells[3] == f"{row}, {column}"
