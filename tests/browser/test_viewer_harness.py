"""The viewer alone, on a plain page with a made payload: what it shows is what the payload holds."""

from __future__ import annotations

import base64
import http.server
import json
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from resnet_demo.results import (
    KINDS,
    Analysis,
    Box,
    ClassInfo,
    NetworkInfo,
    PhotoInfo,
    Prediction,
    ReceptiveField,
    StageMaps,
    StageStats,
)
from resnet_demo.viewer import VIEWER_DIR
from resnet_demo.viewer.payload import analysis_payload, feature_maps_payload
from tests.browser.driving import watch

GRIDS = {"stem": 8, "layer1": 8, "layer2": 4, "layer3": 4, "layer4": 2}
CHANNELS = 12
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>viewer</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">
<link rel="stylesheet" href="/viewer.css"><style>body { margin: 0 } main { padding: 16px }</style>
<main><div id="stages"></div><div id="channels"></div></main></html>"""
MOUNT = """async ({payload, features, language, state, offered}) => {
  const json = async (name) => (await fetch('/' + name)).json();
  const colours = await json('colour_maps.json');
  const texts = await json(`texts.${language}.json`);
  window.told = [];
  const tell = (names) => Object.fromEntries(names.map((name) => [name, (value) => told.push([name, value])]));
  const stages = await import('/stage_viewer.js');
  const on = tell(offered);
  window.stageViewer = stages.mount(document.getElementById('stages'), {payload, texts, colours, state, on});
  if (features) {
    const channels = await import('/channel_browser.js');
    window.channelBrowser = channels.mount(document.getElementById('channels'), {
      payload: features, texts, colours, on: tell(['stage', 'rank', 'more', 'open']),
    });
  }
  await new Promise((done) => requestAnimationFrame(done));
  while (payload && stageViewer.read().id === null) await new Promise((done) => setTimeout(done, 10));
}"""


def maps_of(name: str, kind: str, seed: int) -> np.ndarray:
    """A map with values either way; the stem's Grad-CAM has none above zero, layer1's LayerCAM is zero everywhere."""
    n = GRIDS[name]
    values = np.random.default_rng(seed + n + KINDS.index(kind)).normal(size=(n, n)).astype(np.float32)
    if (name, kind) == ("stem", "grad-cam"):
        return -np.abs(values)
    if (name, kind) == ("layer1", "layercam"):
        return np.zeros((n, n), np.float32)
    return values


def stage_of(name: str, seed: int, first_rank: int = 0, shown: int = 8) -> StageMaps:
    n = GRIDS[name]
    random = np.random.default_rng(seed)
    activations = random.random((CHANNELS, n, n)).astype(np.float32)
    weights = random.normal(size=CHANNELS).astype(np.float32)
    evidence = weights * activations.sum(axis=(1, 2))
    ranking = np.argsort(-evidence, kind="stable").astype(np.int32)
    ids = ranking[first_rank : first_rank + shown]
    largest = activations.max(axis=(1, 2))[ids]
    step = 64 // n
    return StageMaps(
        name=name,
        shape=(CHANNELS, n, n),
        cams={kind: maps_of(name, kind, seed) for kind in KINDS},
        agreement={"grad-cam++": 0.91, "xgrad-cam": 1.0, "layercam": None, "hirescam": -0.25},
        weights=weights,
        evidence=evidence,
        means=activations.mean(axis=(1, 2)),
        peaks=activations.max(axis=(1, 2)),
        peak_cells=activations.reshape(CHANNELS, -1).argmax(axis=1).astype(np.int32),
        ranking=ranking,
        first_rank=first_rank,
        channel_ids=ids,
        maps=(activations[ids] / largest[:, None, None]).astype(np.float16),
        scales=largest,
        receptive_field=ReceptiveField(step + 4, step, -2),
        stats=StageStats(0.0, 1.0, 0.5, 0.25),
    )


def analysis_of(
    seed: int = 1, name: str = "<i>one</i>.jpg", first_rank: int = 0, probability: float = 0.75
) -> Analysis:
    view = np.random.default_rng(seed).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    preview = np.random.default_rng(seed).integers(0, 256, (100, 200, 3), dtype=np.uint8)
    labels = ["espresso", "cup", "teapot", "plate", "soup bowl"]
    odds = [probability, 0.11, 0.07, 0.0012, 0.00003]
    return Analysis(
        photo=PhotoInfo(name, 400, 200, preview),
        view=view,
        # The middle of the photo: two of its pixels for one of the view.
        box=Box(136.0, 36.0, 264.0, 164.0),
        network=NetworkInfo(18, "made", "made up", 200, "BasicBlock", (2, 2, 2, 2), 1, 1, (64, 64), None, None, None),
        predictions=tuple(Prediction(i, None, text, odds[i], 5.0 - i) for i, text in enumerate(labels)),
        target=ClassInfo(0, None, "espresso"),
        contrast=None,
        ranked_by="evidence",
        stages={stage: stage_of(stage, seed, first_rank) for stage in GRIDS},
        timings={"pass": 0.0125},
        device="CPU",
        precision="float32",
    )


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A server of the viewer's folder and one page, on the loopback."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path != "/":
                return super().do_GET()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(PAGE.encode())

        def log_message(self, *_: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(VIEWER_DIR)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


Open = Callable[..., Page]


@pytest.fixture
def opened(browser: Browser, address: str) -> Iterator[Open]:
    """Opens the page with both mounted. Fails afterwards if the console had an error or a request went elsewhere."""
    contexts, watched = [], []

    def open_page(
        analysis: Analysis | None = None,
        *,
        width: int = 1200,
        language: str = "en",
        state: dict[str, Any] | None = None,
        offered: tuple[str, ...] = ("target", "contrast", "widen", "state"),
        features: str | None = None,
    ) -> Page:
        contexts.append(browser.new_context(viewport={"width": width, "height": 900}, has_touch=width < 600))
        page = contexts[-1].new_page()
        watched.append(watch(page, address))
        page.goto(address)
        page.evaluate(
            MOUNT,
            {
                "payload": None if analysis is None else analysis_payload(analysis),
                "features": feature_maps_payload(analysis, features) if analysis and features else None,
                "language": language,
                "state": state,
                "offered": list(offered),
            },
        )
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert [error for seen in watched for error in seen.errors] == []
    assert [request for seen in watched for request in seen.outside] == []


def read(page: Page) -> dict[str, Any]:
    return page.evaluate("stageViewer.read()")


def face(page: Page, tile: int) -> Any:
    return page.locator(f"#stages .rv-row [data-tile='{tile}'] .rv-face")


def point_at(page: Page, tile: int, x: float, y: float) -> None:
    """Move the pointer to a place of a tile, each in 0..1."""
    box = face(page, tile).bounding_box()
    page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])


def pixels(page: Page, selector: str) -> np.ndarray:
    """What is on a canvas: uint8 [height, width, 4]."""
    width, height, data = page.evaluate(
        """(selector) => {
          const canvas = document.querySelector(selector);
          const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
          let text = '';
          for (const byte of data) text += String.fromCharCode(byte);
          return [canvas.width, canvas.height, btoa(text)];
        }""",
        selector,
    )
    return np.frombuffer(base64.b64decode(data), np.uint8).reshape(height, width, 4)


def map_of(page: Page, tile: int) -> np.ndarray:
    return pixels(page, f"#stages .rv-row [data-tile='{tile}'] canvas")


def press_segment(page: Page, text: str, within: str = "#stages") -> None:
    page.locator(f"{within} .rv-segment").get_by_text(text, exact=True).click()


def slide(page: Page, name: str, value: int) -> None:
    page.locator("#stages .rv-slider", has_text=name).locator("input").fill(str(value))


# The row of tiles


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
    assert read(page)["tiles"][0]["none"] == "No evidence for espresso here, only against it"
    assert page.locator("[data-tile='1'] .rv-none").is_visible()
    assert page.locator("[data-tile='1'] canvas").is_hidden()
    press_segment(page, "for and against")
    assert read(page)["tiles"][0]["none"] == ""
    assert page.locator("[data-tile='1'] canvas").is_visible()
    page.locator("#stages select").last.select_option("viridis")
    page.get_by_label("Kind of map").select_option("layercam")
    assert read(page)["tiles"][1]["none"] == "This map is zero everywhere"


# Pointing and pinning


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
    assert rows.count() == 5
    cells = rows.nth(3).locator("td").all_inner_texts()
    cam = analysis.stages["layer3"].cam
    row, column = np.unravel_index(cam.argmax(), cam.shape)
    assert cells[:2] == ["4 × 4", "12"]
    assert float(cells[2].replace("−", "-")) == pytest.approx(float(cam.max()), rel=0.01)
    assert cells[3] == f"{row}, {column}"


# The toolbar


def test_controls_change_the_picture_and_ask_nobody(opened):
    page = opened(analysis_of())
    requests = []
    page.on("request", lambda request: requests.append(request.url))
    before = map_of(page, 4)
    drawn = [before]
    slide(page, "Opacity", 30)
    drawn.append(map_of(page, 4))
    slide(page, "Hide below", 60)
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


# The answer


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


# Enlarging, waiting, other analyses


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


# Narrow screens and assistive technology


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("width", [320, 390])
def test_on_a_phone_the_row_scrolls_and_the_page_does_not(opened, width, language):
    page = opened(analysis_of(probability=0.2), width=width, language=language, features="layer2")
    page.get_by_label("Kind of map" if language == "en" else "图的种类").select_option("layercam")
    page.locator(".rv-table summary").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(
        "(() => { const row = document.querySelector('.rv-row'); return row.scrollWidth > row.clientWidth; })()"
    )
    assert page.evaluate("getComputedStyle(document.querySelector('.rv-row')).scrollSnapType").startswith("x")


def test_on_a_phone_the_tile_scrolled_to_is_the_chosen_one_and_a_tap_pins(opened):
    page = opened(analysis_of(), width=390)
    face(page, 3).scroll_into_view_if_needed()
    page.evaluate("document.querySelector(\"[data-tile='3']\").scrollIntoView({inline: 'start', block: 'center'})")
    page.wait_for_function("stageViewer.read().state.stage === 'layer2'")
    face(page, 3).tap(position={"x": 20, "y": 20})
    shown = read(page)
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
    assert "only against it" in face(page, 1).get_attribute("aria-label")
    spoken = page.locator(".rv-readout-frame [aria-live]")
    face(page, 4).focus()
    page.keyboard.press("ArrowLeft")
    page.wait_for_function("document.querySelector('.rv-readout-frame [aria-live]').textContent.includes('layer4')")
    assert "stem −" in spoken.inner_text()


# Feature maps


def channels(page: Page) -> dict[str, Any]:
    return page.evaluate("channelBrowser.read()")


def test_channels_are_shown_best_first_with_their_share(opened):
    analysis = analysis_of()
    page = opened(analysis, features="layer3")
    shown = channels(page)
    stage = analysis.stages["layer3"]
    assert [channel["id"] for channel in shown["channels"]] == stage.channel_ids.tolist()
    everything = np.abs(stage.evidence.astype(float)).sum()
    for channel in shown["channels"]:
        assert channel["share"] == pytest.approx(float(stage.evidence[channel["id"]]) / everything, rel=1e-5)
        assert channel["max"] == pytest.approx(float(stage.scales[stage.channel_ids == channel["id"]][0]), rel=1e-3)
    assert page.locator("#channels .rv-channel").count() == 8
    first = pixels(page, "#channels .rv-channel canvas")
    assert first[:, :, 3].min() == 255  # maps alone, to begin with


def test_more_channels_are_asked_for_and_added(opened):
    analysis = analysis_of()
    page = opened(analysis, features="layer3")
    page.locator("#channels .rv-more").click()
    assert page.evaluate("told.at(-1)") == ["more", 8]
    page.evaluate(
        "(payload) => channelBrowser.update(payload)", feature_maps_payload(analysis_of(first_rank=8), "layer3")
    )
    shown = channels(page)
    assert [channel["id"] for channel in shown["channels"]] == analysis.stages["layer3"].ranking.tolist()
    assert page.locator("#channels .rv-channel").count() == CHANNELS
    assert page.locator("#channels .rv-more").is_hidden()


def test_stage_and_order_are_reported(opened):
    page = opened(analysis_of(), features="layer3")
    press_segment(page, "layer1", "#channels")
    press_segment(page, "by mean activation", "#channels")
    assert page.evaluate("told.slice(-2)") == [["stage", "layer1"], ["rank", "activation"]]


def test_a_channels_card_makes_its_evidence_from_weight_and_map(opened):
    analysis = analysis_of()
    page = opened(analysis, features="layer3")
    page.locator("#channels .rv-channel").nth(1).click()
    card = channels(page)["card"]
    stage = analysis.stages["layer3"]
    channel = int(stage.channel_ids[1])
    assert card["id"] == channel
    assert card["weight"] * card["sum"] == pytest.approx(float(stage.evidence[channel]), rel=1e-3)
    facts = page.locator(".rv-card dd").all_inner_texts()
    assert facts[0] == "2 of 12 by evidence for the class"
    page.keyboard.press("ArrowRight")
    assert channels(page)["card"]["id"] == int(stage.channel_ids[2])
    press_segment(page, "weight × activation", "#channels")
    assert channels(page)["card"]["weighted"] is True
    page.keyboard.press("Escape")
    assert channels(page)["card"] is None
    page.wait_for_function(f"document.activeElement.dataset.channel === '{stage.channel_ids[2]}'")


def test_patches_come_from_every_photo_that_excites_the_channel_strongest_first(opened):
    photos = [analysis_of(seed=seed, name=f"{seed}.jpg") for seed in (1, 2, 3)]
    page = opened(photos[0], features="layer3")
    channel = int(photos[0].stages["layer3"].channel_ids[1])
    page.locator(f"#channels [data-channel='{channel}']").click()
    assert page.evaluate("told.at(-1)") == ["open", {"stage": "layer3", "channel": channel}]
    assert page.locator(".rv-patches").count() == 0, "nothing is known of the photos yet"
    found = [patch_source(analysis, channel) for analysis in photos]
    found[2]["peak"] = 0
    page.evaluate(
        "(found) => channelBrowser.setPatches(found)", {"stage": "layer3", "channel": channel, "photos": found}
    )
    strongest = sorted((float(analysis.stages["layer3"].peaks[channel]) for analysis in photos[:2]), reverse=True)
    assert channels(page)["card"]["patches"] == pytest.approx(strongest, rel=1e-6)
    assert "silent in 1 of 3 photos" in page.locator(".rv-patches p").inner_text()
    page.keyboard.press("ArrowRight")
    assert channels(page)["card"]["patches"] == [], "those were another channel's"


def patch_source(analysis: Analysis, channel: int) -> dict[str, Any]:
    """What the browser of channels is told of one photo and channel."""
    sent, stage = feature_maps_payload(analysis, "layer3"), analysis.stages["layer3"]
    taken = {name: sent[name] for name in ("rows", "columns", "receptive_field", "view")}
    place = {"peak": float(stage.peaks[channel]), "cell": int(stage.peak_cells[channel])}
    return {"name": analysis.photo.name, **taken, **place}


def test_what_a_word_means_is_told_on_pointing(opened):
    page = opened(analysis_of())
    stem = page.locator('.rv-tile[data-name="stem"] figcaption')
    assert "7 × 7 convolution" in stem.get_attribute("title")
    assert "blue" in page.get_by_role("button", name="for and against", exact=True).get_attribute("title")
