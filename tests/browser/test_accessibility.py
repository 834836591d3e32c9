"""axe-core finds nothing serious or critical on the page, in any tab, in either theme."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.driving import answered, png, upload

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
FOUND = """() => axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations
  .filter(({ impact }) => impact === 'serious' || impact === 'critical')
  .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(' | ')}`))"""


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed (npm ci)")
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious_in_any_tab(browser: Browser, server: str, theme: str) -> None:
    context = browser.new_context(color_scheme=theme)
    page = context.new_page()
    page.goto(f"{server}?example=coffee.png")
    answered(page, photo="coffee.png")
    upload(page, ("good.png", png(1)), ("notes.jpg", b"milk, eggs, bread" * 9), ("other.png", png(2)))
    answered(page, photo="good.png")
    page.wait_for_function("!resnetDemo.state.running")
    page.add_script_tag(path=AXE)
    for tab in page.get_by_role("tab").all():
        tab.click()
        page.wait_for_timeout(2000)
        assert page.evaluate(FOUND) == [], tab.inner_text()
    page.get_by_role("button", name="Help").click()
    assert page.evaluate(FOUND) == [], "the help"
    context.close()
