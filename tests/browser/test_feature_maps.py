"""The tab of feature maps: a stage's channels, best first, more on demand, in either order."""

from __future__ import annotations

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from resnet_demo import Engine
from resnet_demo.assets import assets_dir
from resnet_demo.settings import Settings
from tests.browser.driving import answered, png, read_inside, upload

COFFEE = assets_dir() / "examples" / "coffee.png"


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(device="cpu", settings=Settings())


def test_channels_stand_by_evidence_and_more_come_from_the_server(page: Page, engine: Engine) -> None:
    answered(page, photo="coffee.png")
    page.locator("#rd-maps").get_by_role("button", name="layer3").click()
    expect(page.locator("#rd-maps .rv-channel")).to_have_count(16)
    page.wait_for_function("resnetDemo.parts.get('maps').browser.read().stage === 'layer3'")
    page.locator("#rd-maps .rv-more").click()
    expect(page.locator("#rd-maps .rv-channel")).to_have_count(64, timeout=30_000)
    shown = read_inside(page, "maps")
    expected = engine.analyze(COFFEE, stages=("layer3",), channels=64).stages["layer3"]
    assert [c["id"] for c in shown["channels"]] == expected.channel_ids.tolist()
    evidence = [c["evidence"] for c in shown["channels"]]
    np.testing.assert_allclose(evidence, expected.evidence[expected.channel_ids], rtol=1e-3, atol=1e-5)


def test_channels_can_stand_by_their_mean_activation(page: Page, engine: Engine) -> None:
    answered(page, photo="coffee.png")
    expect(page.locator("#rd-maps .rv-channel")).to_have_count(16)
    page.locator("#rd-maps").get_by_role("button", name="by mean activation").click()
    page.wait_for_function("resnetDemo.parts.get('maps').browser.read().ranked_by === 'activation'")
    shown = read_inside(page, "maps")
    expected = engine.analyze(COFFEE, ranked_by="activation").stages[shown["stage"]]
    assert [c["id"] for c in shown["channels"]] == expected.channel_ids.tolist()


def test_a_channels_card_cuts_patches_from_every_photo(page: Page) -> None:
    answered(page, photo="coffee.png")
    upload(page, ("a.png", png(1)), ("b.png", png(2)))
    answered(page, photo="a.png")
    page.wait_for_function("!resnetDemo.state.running")
    page.get_by_title("b.png").click()
    answered(page, photo="b.png")
    page.locator("#rd-maps .rv-channel").first.click()
    page.wait_for_function("resnetDemo.parts.get('maps').browser.read().card?.patches.length >= 1")


def test_several_photos_stand_side_by_side_by_the_channels_they_excite(page: Page, engine: Engine) -> None:
    answered(page, photo="coffee.png")
    upload(page, ("a.png", png(11)), ("b.png", png(12)))
    page.wait_for_function("resnetDemo.state.photos.filter(({ answer }) => answer).length === 2")
    answered(page, photo="a.png")
    expect(page.locator("#rd-heat-plot .heatmaplayer")).to_be_visible(timeout=30_000)
    page.locator("#rd-maps .rd-lab details summary").last.click()
    rows = [
        row.split("\t") for row in page.locator("#rd-maps .rd-lab table").last.locator("tbody tr").all_inner_texts()
    ]
    assert [row[0] for row in rows] == ["a.png", "b.png"]
    shown = read_inside(page, "maps")
    channels = [c["id"] for c in shown["channels"]]
    for row, seed in zip(rows, (11, 12), strict=True):
        means = engine.analyze(png(seed)).stages["layer4"].means
        np.testing.assert_allclose([float(value) for value in row[1:]], means[channels], atol=2e-3)
