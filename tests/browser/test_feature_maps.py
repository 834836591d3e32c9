"""The tab of feature maps: a stage's channels, best first, more on demand, in either order."""

from __future__ import annotations

import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, Route, expect

from resnet_demo import Engine
from resnet_demo.assets import assets_dir
from resnet_demo.engine.laboratory import Laboratory
from resnet_demo.results import ChannelAblation
from resnet_demo.settings import Settings
from tests.browser.driving import answered, png, read_inside, upload

WAIT = 90_000
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


def test_a_channels_card_cuts_patches_from_every_photo_in_either_order(page: Page, engine: Engine) -> None:
    two_photos(page)
    panel = page.locator("#rd-maps")
    panel.get_by_role("button", name="by mean activation").click()
    page.wait_for_function("resnetDemo.parts.get('maps').browser.read().ranked_by === 'activation'")
    panel.get_by_role("button", name="layer2").click()
    page.wait_for_function("resnetDemo.parts.get('maps').browser.read().stage === 'layer2'")
    panel.locator(".rv-channel").nth(3).click()
    page.wait_for_function("resnetDemo.parts.get('maps').browser.read().card?.patches.length === 2")
    card = read_inside(page, "maps")["card"]
    peaks = [float(engine.analyze(png(seed)).stages["layer2"].peaks[card["id"]]) for seed in (11, 12)]
    assert card["patches"] == pytest.approx(sorted(peaks, reverse=True), rel=1e-3)


def test_a_photo_answered_while_a_card_is_open_joins_its_patches(page: Page) -> None:
    answered(page, photo="coffee.png")
    held: list[Route] = []
    page.route("**/gradio_api/upload*", lambda route: held.append(route) if held or sent else send(route))
    sent: list[Route] = []

    def send(route: Route) -> None:
        sent.append(route)
        route.continue_()

    upload(page, ("a.png", png(11)), ("b.png", png(12)))
    answered(page, photo="a.png")
    channels_of(page, "a.png")
    page.locator("#rd-maps .rv-channel").first.click()
    page.wait_for_function("resnetDemo.parts.get('maps').browser.read().card?.patches.length === 1")
    held[0].continue_()
    page.wait_for_function("resnetDemo.parts.get('maps').browser.read().card?.patches.length === 2")


def test_an_image_is_made_that_excites_a_channel_and_can_be_stopped(page: Page, engine: Engine) -> None:
    answered(page, photo="coffee.png")
    panel = page.locator("#rd-maps")
    panel.locator(".rv-channel").first.click()
    card = panel.locator(".rd-single")
    make = card.get_by_role("button", name="Make an image")
    make.click()
    card.get_by_role("button", name="Stop").click()
    expect(make).to_be_enabled()
    expect(card.locator(".rd-excited")).to_have_count(0)
    make.click()
    expect(card.locator(".rd-excited img")).to_be_visible(timeout=WAIT)
    told = card.locator("figcaption").inner_text()
    before, after = (float(number) for number in re.findall(r"\d+\.?\d*", told))
    assert after > before
    with page.expect_download() as download:
        card.get_by_role("link", name="Save as PNG").click()
    with Image.open(download.value.path()) as saved:
        assert saved.size == engine.network_info(18).view_size, "as large as the network's view"
    page.keyboard.press("ArrowRight")
    expect(card.locator(".rd-excited")).to_have_count(0), "the image is another channel's"
    page.keyboard.press("ArrowLeft")
    expect(card.locator(".rd-excited img")).to_be_visible()


def test_an_image_that_is_being_made_ends_when_another_photo_comes(page: Page) -> None:
    two_photos(page)
    panel = page.locator("#rd-maps")
    panel.locator(".rv-channel").first.click()
    panel.locator(".rd-single").get_by_role("button", name="Make an image").click()
    expect(panel.locator(".rd-single progress")).to_be_visible()
    page.keyboard.press("Escape")
    with page.expect_request("**/gradio_api/run/predict*"):  # only a stop is asked for outside the queue
        page.locator("#rd-strip").get_by_title("b.png").click()
    channels_of(page, "b.png")
    panel.locator(".rv-channel").first.click()
    expect(panel.locator(".rd-single").get_by_role("button", name="Make an image")).to_be_enabled()


def test_what_a_class_loses_without_one_channel_stands_in_its_card_and_goes_with_its_answer(
    page: Page, engine: Engine
) -> None:
    answered(page, photo="coffee.png")
    panel = page.locator("#rd-maps")
    panel.locator(".rv-channel").first.click()
    channel = read_inside(page, "maps")["card"]["id"]
    panel.locator(".rd-single").get_by_role("button", name="Set it to zero").click()
    lost = panel.locator(".rd-lost")
    found = Laboratory(engine).run(ChannelAblation, COFFEE, 18, stage="layer4", channels=[channel])
    expect(lost).to_contain_text("espresso", timeout=WAIT)
    logit = float(re.search(r"([+−]\d+\.\d+)", lost.inner_text()).group(1).replace("−", "-"))
    assert logit == pytest.approx(float(found.logit_changes[0]), rel=6e-3)  # three figures
    page.keyboard.press("Escape")
    page.locator("#rd-explorer .rv-bar").nth(1).click()
    page.wait_for_function("resnetDemo.payload.target.label !== 'espresso'")
    page.wait_for_function("resnetDemo.parts.get('maps').browser.read().id === resnetDemo.payload.id")
    panel.locator(f'.rv-channel[data-channel="{channel}"]').or_(panel.locator(".rv-channel").first).first.click()
    expect(lost).to_be_hidden()


def test_photos_that_can_not_be_compared_say_so_in_words(page: Page) -> None:
    answered(page, photo="coffee.png")
    page.route("**/ui/channels/**", lambda route: route.fulfill(body="a proxy's own words"))
    two_photos(page)
    expect(page.locator("#rd-maps .rd-lab section > .rd-problem")).to_contain_text("can't be reached")
    page.locator("#rd-maps .rv-channel").first.click()
    expect(page.locator("#rd-maps .rd-asked > .rd-problem")).to_contain_text("can't be reached")


def two_photos(page: Page) -> None:
    """Both answered, the first of them in view with its channels."""
    answered(page, photo="coffee.png")
    upload(page, ("a.png", png(11)), ("b.png", png(12)))
    page.wait_for_function("resnetDemo.state.photos.filter(({ answer }) => answer).length === 2")
    answered(page, photo="a.png")
    channels_of(page, "a.png")


def channels_of(page: Page, photo: str) -> None:
    answered(page, photo=photo)
    page.wait_for_function("resnetDemo.parts.get('maps').browser.read().id === resnetDemo.payload.id")


def test_several_photos_stand_side_by_side_by_the_channels_they_excite(page: Page, engine: Engine) -> None:
    two_photos(page)
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
        np.testing.assert_allclose([float(value) for value in row[1:]], means[channels], rtol=6e-3)  # three figures
