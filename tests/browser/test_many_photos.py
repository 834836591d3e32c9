"""Ten photos at once: each with its own answer, in the strip, in the table and beside the others."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.browser.driving import answered, png, upload, watch
from tests.serving import served


def test_ten_photos_are_answered_and_compared(browser: Browser, tmp_path: Path) -> None:
    with served(tmp_path) as server:
        context = browser.new_context(viewport={"width": 1440, "height": 1000}, locale="en-GB")
        page = context.new_page()
        seen = watch(page, server.url)
        page.goto(server.url)
        answered(page)
        names = [f"{place}.png" for place in range(10)]
        upload(page, *[(name, png(place, 64 + place, 48)) for place, name in enumerate(names)])
        page.wait_for_function("resnetDemo.state.photos.filter(({ answer }) => answer).length === 10", timeout=90_000)
        shown = answered(page, photo="0.png")
        expect(page.locator("#rd-strip .rd-photo")).to_have_count(10)
        page.locator("#rd-strip summary").click()
        rows = [row.split("\t") for row in page.locator("#rd-strip tbody tr").all_inner_texts()]
        assert [row[0] for row in rows] == names
        for _, _, probability, margin, _ in rows:
            assert 0 <= float(margin.split()[0]) <= float(probability.split()[0]) <= 100
        assert rows[0][1] == shown["answer"]["label"]
        expect(page.locator("#rd-heat-plot .heatmaplayer")).to_be_visible(timeout=30_000)
        page.locator("#rd-maps .rv-channel").first.click()
        expect(page.locator("#rd-maps .rv-patches")).to_be_visible()
        page.keyboard.press("Escape")
        page.locator("#rd-strip .rd-thumb").nth(9).click()
        answered(page, photo="9.png")
        context.close()
        assert seen.errors == [] and seen.outside == []
