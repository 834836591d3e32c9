"""Many photos at once: in the strip and in the table, judged by their true classes, measured and taken away."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from resnet_demo import Engine
from resnet_demo.assets import assets_dir
from resnet_demo.results import Faithfulness
from tests.browser.driving import answered, open_tab, png, upload, watch
from tests.serving import served

EXAMPLES = assets_dir() / "examples"
ALL_ANSWERED = "resnetDemo.state.photos.length === {0} && resnetDemo.state.photos.every(({{ answer }}) => answer)"


def saved(page: Page, name: str) -> str:
    """The text of the file that a button hands over."""
    with page.expect_download() as waited:
        page.get_by_role("button", name=name, exact=True).click()
    return Path(waited.value.path()).read_text(encoding="utf-8-sig")


def test_photos_in_folders_are_judged_sorted_measured_and_taken_away(page: Page, tmp_path: Path) -> None:
    truths = {"koala": "koala.webp", "Bison": "bison.webp", "lesser_panda": "red-panda.webp", "unicorn": "coffee.png"}
    for label, name in truths.items():
        folder = tmp_path / "photos" / label
        folder.mkdir(parents=True)
        shutil.copy(EXAMPLES / name, folder)
    (tmp_path / "photos" / "koala" / "notes.txt").write_text("not a photo")
    answered(page, photo="coffee.png")
    open_tab(page, "Many photos")
    page.locator("#rd-folder").set_input_files(tmp_path / "photos")
    page.wait_for_function(ALL_ANSWERED.format(4), timeout=90_000)
    panel = page.locator("#rd-photos .rd-tab")

    # The same by the engine and by hand.
    engine = Engine(device="cpu")
    told = {name: engine.analyze(EXAMPLES / name, depth=18, top_k=5).predictions for name in truths.values()}
    known = [(label.replace("_", " ").lower(), told[name]) for label, name in truths.items() if label != "unicorn"]
    top1 = sum(predictions[0].label.lower() == label for label, predictions in known)
    top5 = sum(label in [p.label.lower() for p in predictions] for label, predictions in known)
    expect(panel).to_contain_text(f"{top1} of 3")
    expect(panel).to_contain_text(f"{top5} of 3")
    expect(panel.locator(".rd-problem").first).to_contain_text("unicorn")
    expect(page.locator("#rd-strip .rd-problem")).to_contain_text("passed over: 1")
    expect(page.locator("#rd-reliability-plot .js-plotly-plot")).to_be_visible(timeout=30_000)

    panel.get_by_role("button", name="Probability").click()
    names = panel.locator(".rd-photo-table tbody th").all_inner_texts()
    by_probability = sorted(told, key=lambda name: told[name][0].probability, reverse=True)
    assert [Path(name).name for name in names] == by_probability
    assert panel.locator("th[aria-sort=descending]").inner_text() == "Probability"

    table = tmp_path / "truth.csv"
    table.write_text("file,label\ncoffee.png,espresso\n")
    page.locator("#rd-labels").set_input_files(table)
    expect(panel).to_contain_text(f"{top1 + 1} of 4")
    expect(panel.get_by_text("no class of this network")).to_be_hidden()

    panel.get_by_role("button", name="Measure all (4)").click()
    expect(panel.get_by_role("button", name="Stop")).to_be_visible()
    panel.get_by_role("button", name="Stop").click()
    expect(panel.locator(".rd-work")).to_be_hidden()
    panel.locator("button.rd-primary").click()
    expect(panel.get_by_role("button", name="Measure all (0)")).to_be_visible(timeout=120_000)
    rows = list(csv.DictReader(io.StringIO(saved(page, "Table (CSV)"))))
    assert {Path(row["file"]).name: row["label"] for row in rows} == {n: p[0].label for n, p in told.items()}
    from resnet_demo.engine.laboratory import Laboratory

    measured = Laboratory(engine).run(
        Faithfulness, EXAMPLES / "koala.webp", 18, stages=("layer4",), shuffles=1, target=told["koala.webp"][0].index
    )
    koala = next(row for row in rows if row["file"].endswith("koala.webp"))
    assert float(koala["deletion"]) == pytest.approx(measured.stages["layer4"].map.deletion_area, abs=1e-3)
    assert float(koala["insertion"]) == pytest.approx(measured.stages["layer4"].map.insertion_area, abs=1e-3)
    whole = json.loads(saved(page, "Everything (JSON)"))
    deletions = [float(row["deletion"]) for row in rows]
    assert whole["areas"]["map"]["deletion"]["mean"] == pytest.approx(sum(deletions) / 4)
    assert whole["top1"]["hits"] == top1 + 1 and whole["network"]["depth"] == 18


@pytest.mark.parametrize("phone", [False, True])
def test_as_many_photos_as_a_run_takes_are_answered_and_shown(browser: Browser, tmp_path: Path, phone: bool) -> None:
    look = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True} if phone else {}
    with served(tmp_path) as server:
        context = browser.new_context(locale="en-GB", **look)
        page = context.new_page()
        seen = watch(page, server.url)
        page.goto(server.url)
        answered(page)
        upload(page, *[(f"{place}.png", png(place, 64 + place, 48)) for place in range(33)])
        page.wait_for_function(ALL_ANSWERED.format(32), timeout=180_000)
        expect(page.locator("#rd-strip .rd-photo")).to_have_count(32)
        expect(page.locator("#rd-strip .rd-problem")).to_contain_text("at most 32 photos")
        page.get_by_role("button", name="All photos as a table (32)").click()
        rows = page.locator("#rd-photos .rd-photo-table tbody tr")
        expect(rows).to_have_count(32)
        for row in rows.all():
            probability, margin = row.locator("td").nth(2).inner_text(), row.locator("td").nth(3).inner_text()
            assert margin == "≈ 0" or 0 <= float(margin) <= float(probability.split()[0]) <= 100, "points, not per cent"
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        open_tab(page, "Feature maps")
        expect(page.locator("#rd-heat-plot .heatmaplayer")).to_be_visible(timeout=60_000)
        page.locator("#rd-strip .rd-thumb").nth(9).click()
        answered(page, photo="9.png")
        context.close()
        assert seen.errors == [] and seen.outside == []
