"""The report in a real browser, opened from disk: the viewer shows the answer's own values, and nobody is asked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from resnet_demo.errors import InputError
from resnet_demo.export import write_report
from resnet_demo.results import Failed
from tests.browser.driving import watch
from tests.made_answers import made_analysis, made_atlas, made_ledger, made_occlusion

ROOT = Path(__file__).resolve().parents[2]
ANSWERS = (
    made_analysis('first "a".png', ledger=made_ledger(), occlusion=made_occlusion()),
    Failed("broken.png", InputError("photo-empty", name="broken.png")),
    made_analysis("second.png", seed=7),
)
READ = "(nth) => document.querySelectorAll('section.photo')[nth].querySelector('.viewer').__viewer?.read() ?? null"
READ_CHANNELS = "(nth) => document.querySelectorAll('section.photo .channels')[nth].__viewer.read()"


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> dict[str, Path]:
    """The report in each language."""
    folder = tmp_path_factory.mktemp("reports")
    for language in ("en", "zh"):
        write_report(
            folder / f"{language}.html",
            ANSWERS,
            language=language,
            findings=[made_atlas()],
            kind="layercam",
            smooth=False,
        )
    return {path.stem: path for path in folder.iterdir()}


@pytest.fixture(params=["en"])
def report(request, browser: Browser, files: dict[str, Path]) -> Iterator[Page]:
    """The report, open. Fails afterwards if its console had an error or it asked for anything."""
    file = files[request.param]
    context = browser.new_context(viewport={"width": 1440, "height": 900}, offline=True)
    page = context.new_page()
    seen = watch(page, file.as_uri())
    page.goto(file.as_uri())
    shown(page, 0)
    yield page
    context.close()
    assert seen.outside == [] and seen.errors == []


def shown(page: Page, nth: int) -> dict:
    """What a photo's viewer shows, once it does: it is made when its place comes near the screen."""
    page.locator("section.photo").nth(nth).scroll_into_view_if_needed()
    for _ in range(300):  # the report's policy forbids what the browser's own waiting would evaluate
        if (read := page.evaluate(READ, nth)) and "answer" in read:
            return read
        page.wait_for_timeout(100)
    pytest.fail("the viewer did not come up")


@pytest.mark.parametrize("report", ["en", "zh"], indirect=True)
@pytest.mark.parametrize(("nth", "analysis"), [(0, ANSWERS[0]), (1, ANSWERS[2])])
def test_every_photos_viewer_shows_the_values_of_its_answer(report, nth, analysis):
    viewer = shown(report, nth)
    assert viewer["answer"] == {"label": "espresso", "probability": 0.75}
    assert viewer["state"]["kind"] == "layercam" and viewer["state"]["smooth"] is False
    for tile, maps in zip(viewer["tiles"], analysis.stages.values(), strict=True):
        assert tile["name"] == maps.name and tile["kind"] == "layercam"
        assert np.float32(tile["max"]) == maps.cams["layercam"].max()
        assert np.float32(tile["min"]) == maps.cams["layercam"].min()


@pytest.mark.parametrize("report", ["en", "zh"], indirect=True)
def test_the_ledger_is_drawn_and_its_rows_can_be_chosen(report):
    shown(report, 0)
    rows = report.locator("section.photo").first.locator(".rv-entry")
    assert rows.count() == 6  # the sum stands below its parts
    rows.nth(2).locator("button").click()
    read = report.evaluate("() => document.querySelector('.ledger').__viewer.read()")
    assert read["chosen"] == "layer2.0" and read["rows"][-1]["to"] == read["logit"] == 6
    told = report.locator(".occlusion .rv-ledger-sum").inner_text()
    assert "−4.00" in told and "25.0 %" in told and "75.0 %" in told


def test_a_channel_that_wrote_leads_to_what_it_answers_to(report):
    shown(report, 0)
    section = report.locator("section.photo").first
    section.locator(".rv-entry").nth(2).locator("button").click()
    named = section.locator(".rv-ledger-channels li")
    assert [text.split()[0] for text in named.all_inner_texts()] == ["#1", "#2"]
    told = section.locator('tr[data-channel="layer2.1"]')
    assert not told.is_visible()
    named.first.locator("a").click()
    assert told.is_visible() and "espresso, tabby" in told.inner_text()
    assert told.evaluate("row => row === document.activeElement")


def test_feature_maps_of_any_stage_can_be_chosen(report):
    shown(report, 0)
    stages = ANSWERS[0].stages
    assert [c["id"] for c in report.evaluate(READ_CHANNELS, 0)["channels"]] == stages["layer4"].channel_ids.tolist()
    report.locator(".channels").first.get_by_text("layer2", exact=True).click()
    found = report.evaluate(READ_CHANNELS, 0)
    assert [c["id"] for c in found["channels"]] == stages["layer2"].channel_ids.tolist()
    assert found["channels"][0]["evidence"] == pytest.approx(float(stages["layer2"].evidence.max()), rel=1e-6)


def test_the_summary_leads_to_each_photo(report):
    report.get_by_role("link", name="second.png").click()
    assert report.evaluate("location.hash") == "#photo-3"
    assert shown(report, 1)["answer"]["label"] == "espresso"
    assert report.get_by_text("broken.png is empty. Please choose another file.").count() == 2


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_report_is_accessible_and_fits_a_phone(report, scheme):
    report.emulate_media(color_scheme=scheme)
    report.set_viewport_size({"width": 390, "height": 800})
    for nth in (0, 1):
        shown(report, nth)
    assert report.evaluate("document.documentElement.scrollWidth <= innerWidth")
    report.evaluate((ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8"))
    found = report.evaluate("axe.run(document)")["violations"]
    assert [(v["id"], v["nodes"][0]["target"]) for v in found if v["impact"] in ("serious", "critical")] == []


def test_where_scripts_are_off_the_figure_stands_for_the_viewer(browser, files):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(files["en"].as_uri())
    widths = [image.evaluate("image => image.naturalWidth") for image in page.locator(".viewer img").all()]
    context.close()
    assert len(widths) == 2 and min(widths) > 1900
