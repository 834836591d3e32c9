"""The tabs below the answer: each does what it says, with the engine's own numbers."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile

import pytest
import torch
from playwright.sync_api import Browser, Page, expect

from resnet_demo import Engine, from_json
from resnet_demo.assets import assets_dir
from resnet_demo.engine.laboratory import Laboratory
from resnet_demo.network.resnet import resnet
from resnet_demo.results import ChannelAblation, EffectiveField, ResidualProfile
from resnet_demo.settings import Settings
from tests.browser.driving import answered, open_tab, png, upload
from tests.mirror import Mirror
from tests.serving import ROOT, served

COFFEE = assets_dir() / "examples" / "coffee.png"
WAIT = 90_000


@pytest.fixture(scope="module")
def laboratory() -> Laboratory:
    return Laboratory(Engine(device="cpu", settings=Settings()))


def test_depths_are_compared_side_by_side_and_missing_ones_offer_their_download(
    page: Page, laboratory: Laboratory
) -> None:
    answered(page, photo="coffee.png")
    open_tab(page, "Compare depths")
    panel = page.locator("#rd-compare")
    expect(panel.get_by_role("button", name="ResNet-101")).to_be_visible()
    panel.get_by_role("button", name="Compare", exact=True).click()
    expect(panel.locator(".rd-card")).to_have_count(3, timeout=WAIT)
    assert panel.locator(".rd-card h3 b").all_inner_texts() == ["ResNet-18", "ResNet-34", "ResNet-50"]
    assert panel.locator(".rd-card").first.locator(".rd-bars li").first.inner_text().startswith("espresso")
    expect(panel.locator(".rd-table tbody tr")).to_have_count(3)
    expect(panel.locator(".rd-verdict")).to_contain_text("share no class")
    expect(panel).to_contain_text("Maps of two different photos reach 0.34 ± 0.20 here")
    page.get_by_role("button", name="中文").click()
    expect(panel).to_contain_text("两张不同照片的图在这里就达到 0.34 ± 0.20")
    page.get_by_role("button", name="EN", exact=True).click()
    lines = panel.locator(".rd-matrix tbody tr")
    expect(lines).to_have_count(3)
    page.evaluate("resnetDemo.parts.get('explorer').viewer.pinAt({ x: 0.3, y: 0.7 })")
    expect(lines.locator(".rv-cell")).to_have_count(15)  # one cross-hair in every stage of every network
    cam = laboratory.engine.analyze(COFFEE).stages["layer4"].cam
    told = lines.first.locator("td small").last.inner_text().replace("−", "-")
    here = cam[int(0.7 * cam.shape[0]), int(0.3 * cam.shape[1])]
    assert float(told) == pytest.approx(float(here), rel=0.01, abs=1e-4)


def test_two_photos_stand_side_by_side_and_a_click_pins_the_same_place_in_both(page: Page) -> None:
    answered(page, photo="coffee.png")
    open_tab(page, "Compare depths")
    panel = page.locator("#rd-compare")
    panel.get_by_role("button", name="photos", exact=True).click()
    expect(panel).to_contain_text("add another one")
    upload(page, ("first.png", png(1)), ("second.png", png(2)))
    page.wait_for_function("resnetDemo.state.photos.filter(({ answer }) => answer).length === 2")
    answered(page, photo="first.png")
    lines = panel.locator(".rd-matrix tbody tr")
    expect(lines).to_have_count(2, timeout=WAIT)
    assert lines.locator("th b").all_inner_texts() == ["first.png", "second.png"]
    lines.last.locator(".rd-pointed").last.click()
    expect(lines.locator(".rv-cell")).to_have_count(10)
    assert page.evaluate("resnetDemo.display.pin !== null")
    panel.get_by_label("Photo 1").select_option(label="second.png")
    assert lines.locator("th b").all_inner_texts() == ["second.png", "first.png"]


def test_a_depth_is_fetched_with_its_progress_and_then_compared(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("published")
    published = folder / "resnet34-small.pth"
    torch.manual_seed(34)
    torch.save(resnet(34, num_classes=4).state_dict(), published)
    content = published.read_bytes()
    mirror = Mirror()
    mirror.put_slow(f"/{published.name}", content, sent=len(content) // 2, seconds=2)
    program = ROOT / "tests" / "publishing.py", published
    with served(folder, program=program, weights_url=mirror.url) as running:
        page = browser.new_context(locale="en-GB").new_page()
        page.goto(f"{running.url}?example=coffee.png")
        answered(page, photo="coffee.png")
        open_tab(page, "Compare depths")
        panel = page.locator("#rd-compare")
        panel.get_by_role("button", name="get, 85 MB: ResNet-34").click()
        bar = panel.get_by_role("progressbar", name="Download of weights")
        expect(bar).to_be_visible(timeout=WAIT)
        expect(bar).to_have_attribute("value", re.compile(r"^0\.[2-5]"), timeout=WAIT)  # half is sent
        expect(panel.get_by_role("checkbox", name="ResNet-34")).to_be_disabled()
        mirror.go_on.set()
        expect(panel.get_by_role("checkbox", name="ResNet-34")).to_be_checked(timeout=WAIT)
        panel.get_by_role("button", name="Compare", exact=True).click()
        expect(panel.locator('.rd-card[data-depth="34"] .rd-bars li')).to_have_count(4, timeout=WAIT)
        assert panel.locator(".rd-card h3 b").all_inner_texts() == ["ResNet-18", "ResNet-34", "ResNet-50"]
        page.context.close()
    mirror.close()


def test_the_architecture_shows_every_unit_and_totals_that_add_up(page: Page, laboratory: Laboratory) -> None:
    answered(page, photo="coffee.png")
    open_tab(page, "Architecture")
    panel = page.locator("#rd-architecture")
    expect(panel.locator(".rd-unit")).to_have_count(10)
    expected = laboratory.architecture(18)
    expect(panel).to_contain_text(f"{expected.parameters:,} parameters")
    panel.locator('[data-unit="layer2.0"]').click()
    expect(panel.locator(".rd-unit-card")).to_contain_text("downsample.0")
    expect(panel.locator(".rd-ordering")).to_have_count(5)
    cells = panel.locator(".rd-paper").get_by_role("cell", name="1×1, 64 3×3, 64 1×1, 256 × 3", exact=True)
    expect(cells).to_have_count(3)  # layer1 of ResNet-50, 101 and 152
    blocks = laboratory.run(ResidualProfile, COFFEE, 18).blocks
    told = panel.locator(".rd-ratio:is(button)")
    expect(told.first).not_to_have_text("…", timeout=WAIT)
    shown = [float(text) for text in told.all_inner_texts()]
    assert shown == pytest.approx([block.ratio for block in blocks], rel=0.06), "of two digits"
    expect(panel.locator(".rd-edge canvas")).to_have_count(5)
    told.nth(3).click()
    expect(page.locator("#rd-block")).to_contain_text(f"Maps inside {blocks[3].name}", timeout=WAIT)


def test_the_receptive_field_follows_the_pin(page: Page, laboratory: Laboratory) -> None:
    answered(page, photo="coffee.png")
    open_tab(page, "Receptive field")
    panel = page.locator("#rd-field")
    expect(panel.locator(".rd-large")).to_be_visible(timeout=WAIT)
    face = page.locator('#rd-explorer .rv-tile[data-name="layer3"] .rv-face')
    box = face.bounding_box()
    face.click(position={"x": box["width"] * 0.3, "y": box["height"] * 0.7})
    cells = laboratory.engine.network_info(18).view_size[0] // 16  # layer3's, on each side
    row, column = int(0.7 * cells), int(0.3 * cells)
    expect(panel.locator("h3")).to_have_text(f"layer3, row {row}, column {column}", timeout=WAIT)
    found = laboratory.run(EffectiveField, COFFEE, 18, stage="layer3", row=row, column=column)
    expect(panel.locator(".rd-inline")).to_contain_text(f"{found.theoretical.size} px")
    # The cell stands where the maps draw it, and the dot where what it makes use of is centred.
    marked, drawn = panel.locator(".rd-cell").first, page.locator('#rd-explorer .rv-tile[data-name="layer3"] .rv-cell')
    for side in ("left", "top", "width", "height"):
        share = f"(mark) => parseFloat(mark.style['{side}'])"
        assert marked.evaluate(share) == pytest.approx(drawn.evaluate(share), abs=1e-3)
    assert found.centre is not None
    dot = panel.locator(".rd-centre").evaluate("({ style }) => [parseFloat(style.left), parseFloat(style.top)]")
    assert dot == pytest.approx([100 * place / found.sway.shape[0] for place in found.centre], abs=0.1)


def test_taking_a_channel_away_tells_the_change_of_the_logit(page: Page, laboratory: Laboratory) -> None:
    answered(page, photo="coffee.png")
    panel = page.locator("#rd-maps")
    expect(panel.locator(".rv-channel")).to_have_count(16)
    panel.get_by_role("button", name="Zero each in turn").click()
    expect(page.locator("#rd-ablation-plot .bars .point")).to_have_count(16, timeout=WAIT)
    panel.locator(".rd-lab details summary").first.click()
    first = panel.locator(".rd-lab tbody tr").first.inner_text().split("\t")
    channel = int(first[0].lstrip("#"))
    found = laboratory.run(ChannelAblation, COFFEE, 18, stage="layer4", channels=[channel])
    assert float(first[1].replace("−", "-")) == pytest.approx(float(found.logit_changes[0]), abs=2e-3)


def test_results_are_taken_away_as_files(page: Page) -> None:
    answered(page, photo="coffee.png")
    upload(page, ("cat “x”.png", png(5)), ("dog.png", png(6)))
    answered(page, photo="cat “x”.png")
    page.wait_for_function("!resnetDemo.state.running")
    open_tab(page, "Export")
    panel = page.locator("#rd-take")
    described = panel.get_by_role("link", name="Description of its API").get_attribute("href")
    assert "/gradio_api/call/v2/analyze" in page.request.get(described).json()["paths"]

    def fetched(name: str) -> tuple[str, bytes]:
        with page.expect_download() as download:
            panel.locator(".rd-file-link", has_text=name).first.click()
        return download.value.suggested_filename, download.value.path().read_bytes()

    name, data = fetched("All numbers")
    answer = from_json(json.loads(data))
    assert answer.photo.name == "cat “x”.png"
    assert name.endswith("result.json") and "“" not in name.replace("“x”", "_x_")[:3]
    assert fetched("Figure")[1].startswith(b"\x89PNG")
    rows = list(csv.reader(io.StringIO(fetched("Labels")[1].decode("utf-8-sig"))))
    assert len(rows) == 6
    bundle = zipfile.ZipFile(io.BytesIO(fetched("Everything")[1]))
    assert {"summary.csv", "report.html"} <= set(bundle.namelist())
    assert b"<html" in fetched("Report")[1]
    expect(panel.locator(".rd-code")).to_contain_text("from resnet_demo import Engine")


def test_photos_can_be_deleted_at_once(page: Page, server: str) -> None:
    answered(page, photo="coffee.png")
    upload(page, ("mine.png", png(7)))
    answered(page, photo="mine.png")
    result = page.evaluate("resnetDemo.selected().answer.id")
    path = page.evaluate("resnetDemo.selected().path")
    open_tab(page, "Export")
    page.locator("#rd-take").get_by_role("button", name="Delete my photos now").click()
    expect(page.locator("#rd-take")).to_contain_text("have been deleted")
    for address in (f"ui/results/{result}", f"gradio_api/file={path}"):
        page.wait_for_timeout(300)
        assert page.context.request.get(f"{server}{address}").status in (403, 404)
