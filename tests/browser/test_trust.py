"""The tab of trust: every test of a map can be made, stopped and read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from resnet_demo import Engine
from resnet_demo.assets import assets_dir
from resnet_demo.engine.laboratory import Laboratory
from resnet_demo.export import numerals
from resnet_demo.results import Faithfulness, Randomisation, Readout
from resnet_demo.settings import Settings
from tests.browser.driving import answered, choose_depth, open_tab

COFFEE = assets_dir() / "examples" / "coffee.png"
WAIT = 90_000


@pytest.fixture(scope="module")
def laboratory() -> Laboratory:
    return Laboratory(Engine(device="cpu", settings=Settings()))


def test_a_map_is_put_to_the_test_and_the_work_can_be_stopped(page: Page, laboratory: Laboratory) -> None:
    answered(page, photo="coffee.png")
    open_tab(page, "Trust")
    panel = page.locator("#rd-trust")
    panel.get_by_role("button", name="Put to the test").click()
    # Beside the readout's, which is there before it and stands below it.
    expect(panel.locator("table").nth(1)).to_be_visible(timeout=WAIT)
    row = panel.locator("table").first.locator("tbody tr").first.inner_text().split("\t")
    found = laboratory.run(Faithfulness, COFFEE, 18, stages=("layer4",))
    assert row[0] == "layer4"
    said = (
        "all at temperature 1. Blurred is with a Gaussian of 11.2 px standard deviation; blank and deleted pixels are"
    )
    expect(panel).to_contain_text(said)
    expect(panel).to_contain_text("are 10 shuffles of the map's cells")
    expect(page.locator("#rd-deletion-plot .scatterlayer .trace")).to_have_count(13)  # map, mean, centre
    page.get_by_role("button", name="中文").click()
    expect(panel).to_contain_text("都在温度 1 下。模糊用标准差为 11.2 像素的高斯核")
    expect(panel).to_contain_text("来自把图的格子打乱 10 次")
    page.get_by_role("button", name="EN", exact=True).click()
    assert float(row[1]) == pytest.approx(found.stages["layer4"].map.deletion_area, abs=2e-3)
    assert float(row[3]) == pytest.approx(found.stages["layer4"].map.insertion_area, abs=2e-3)
    panel.get_by_role("button", name="all", exact=True).click()
    panel.get_by_role("button", name="Put to the test").click()
    panel.get_by_role("button", name="Stop").click()
    expect(panel.get_by_role("button", name="Put to the test")).to_be_enabled()


def test_a_map_is_compared_with_those_of_a_network_that_forgets(page: Page, laboratory: Laboratory) -> None:
    answered(page, photo="coffee.png")
    open_tab(page, "Trust")
    panel = page.locator("#rd-trust")
    panel.get_by_role("button", name="Check", exact=True).click()
    expect(panel).to_contain_text("so the draws run one by one")
    expect(panel.locator(".rd-seven figure")).to_have_count(7, timeout=WAIT)
    expect(panel).not_to_contain_text("so the draws run one by one")
    expect(panel).to_contain_text("Rank correlation of 10 draws of fresh parameters, a dot each")
    expect(page.locator("#rd-forgotten-plot .scatterlayer .trace")).to_have_count(10)
    panel.locator("details summary").click()
    rows = [row.split("\t") for row in panel.locator("details tbody tr").all_inner_texts()]
    found = laboratory.run(Randomisation, COFFEE, 18)
    assert [row[0] for row in rows] == list(found.correlations)
    for row, values in zip(rows, found.correlations.values(), strict=True):
        np.testing.assert_allclose([float(value.replace("−", "-")) for value in row[1:]], values.mean(0), atol=0.011)
    page.get_by_role("button", name="中文").click()
    expect(panel).to_contain_text("10 次随机参数，每次一个点")
    panel.get_by_role("button", name="检查", exact=True).click()
    expect(panel).to_contain_text("所以只能逐个进行")
    panel.get_by_role("button", name="停止", exact=True).click()
    expect(panel).not_to_contain_text("所以只能逐个进行")


def test_the_readout_tells_what_each_stages_probe_says(page: Page, weights_dir: Path) -> None:
    answered(page, photo="coffee.png")
    choose_depth(page, 34)
    answered(page, depth=34)
    open_tab(page, "Trust")
    panel = page.locator("#rd-trust")
    rows = panel.locator("table tbody tr")
    expect(rows).to_have_count(6, timeout=WAIT)
    found = Laboratory(Engine(device="cpu", settings=Settings(weights_dir=weights_dir))).run(Readout, COFFEE, 34)
    for row, (name, stage) in zip(rows.all_inner_texts(), found.stages.items(), strict=False):
        cells = row.split("\t")
        assert cells[:2] == [name, stage.predictions[0].label]
        assert cells[2] == numerals.probability(stage.probability)  # "> 99.9 %" for what is nearly sure
        assert cells[3] == str(stage.rank)
    assert rows.nth(5).inner_text().startswith("network")
    expect(page.locator("#rd-readout-plot .bars .point")).to_have_count(6)
    expect(panel).to_contain_text("Top-1 measured on made photos.")
    choose_depth(page, 50)
    answered(page, depth=50)
    expect(panel).to_contain_text("come without such classifiers", timeout=WAIT)
    expect(rows).to_have_count(0)
