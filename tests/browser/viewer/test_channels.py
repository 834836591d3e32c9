"""The feature maps: their order, their evidence and their patches are the payload's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page

from resnet_demo.results import Analysis
from resnet_demo.viewer.payload import feature_maps_payload
from tests.browser.viewer.made import CHANNELS, analysis_of
from tests.browser.viewer.mounted import pixels, press_segment


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


def test_a_channels_card_tells_its_evidence_and_rank(opened):
    analysis = analysis_of()
    page = opened(analysis, features="layer3")
    page.locator("#channels .rv-channel").nth(1).click()
    card = channels(page)["card"]
    stage = analysis.stages["layer3"]
    channel = int(stage.channel_ids[1])
    assert card["id"] == channel
    assert card["evidence"] == pytest.approx(float(stage.evidence[channel]), rel=1e-6)
    facts = page.locator(".rv-card dd").all_inner_texts()
    assert facts[0] == "2 of 12 by evidence for the class"
    assert facts[4].endswith("gradient × activation, summed")
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
