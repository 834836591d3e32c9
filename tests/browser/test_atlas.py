"""The atlas and the bench on the page: a shared address opens a card, the wall shows conv1, a drawing is answered."""

from __future__ import annotations

import re

import numpy as np
import pytest
import torch
from playwright.sync_api import Page, expect

from resnet_demo.engine.engine import Engine
from resnet_demo.engine.laboratory import Laboratory
from resnet_demo.page.examples import collection, collection_told
from resnet_demo.results import CellActivations
from resnet_demo.studies.atlas import atlas, profiles_file, read_profiles, read_sheets, sheets_file
from resnet_demo.studies.filters import first_filters
from resnet_demo.studies.patches import patches_file, read_patches
from resnet_demo.studies.randomisation import untrained
from resnet_demo.studies.stimuli import stimuli
from resnet_demo.studies.tuning import recorded
from resnet_demo.weights import choices
from tests.browser.driving import answered, open_tab
from tests.rooms import ROOT

WAIT = 90_000


def test_an_address_opens_the_card_of_its_channel_which_leads_to_the_wall(page: Page) -> None:
    page.goto(f"{page.url.split('?')[0]}?example=coffee.png&channel=stem.4")
    card = page.locator("#rd-atlas dialog[open]")
    expect(card.locator("h2")).to_have_text("Channel 4 of stem", timeout=WAIT)
    kernel = first_filters(choices.load(18, "tiny-imagenet")).of(4)
    expect(card.locator(".rd-inline").first).to_contain_text(f"{kernel.orientation:.0f}°")
    page.keyboard.press("Escape")
    expect(page.locator("#rd-atlas .rd-brick")).to_have_count(64)
    assert "channel=" not in page.url
    page.locator("#rd-atlas .rd-brick").nth(3).click()
    expect(card.locator("h2")).to_have_text("Channel 3 of stem")
    assert "channel=stem.3" in page.url


def test_a_feature_map_leads_to_its_card_in_the_atlas(page: Page) -> None:
    answered(page, photo="coffee.png")
    first = page.locator("#rd-maps .rv-channel").first
    channel = first.get_attribute("data-channel")
    first.click()
    page.locator("#rd-maps dialog[open]").get_by_role("button", name="Its card in the atlas").click()
    expect(page.locator("#rd-atlas dialog[open] h2")).to_have_text(f"Channel {channel} of layer4", timeout=WAIT)


def test_the_wall_of_a_stage_shows_each_channels_image_and_finds_those_that_answer_to_something(page: Page) -> None:
    page.goto(f"{page.url.split('?')[0]}?example=coffee.png&channel=layer4.40")
    card = page.locator("#rd-atlas dialog[open]")
    expect(card.locator(".rd-excited .rd-made")).to_be_visible(timeout=WAIT)
    page.keyboard.press("Escape")
    bricks = page.locator("#rd-atlas .rd-brick")
    expect(bricks).to_have_count(512)
    file = sheets_file(ROOT / "assets" / "weights" / "resnet18-tiny-imagenet.safetensors")
    stored = read_sheets(file.read_bytes(), file.name).pictures["layer4"]
    style = bricks.nth(40).locator(".rd-made").get_attribute("style") or ""
    source, left, top = re.search(r'url\("(.+?)"\) ([\d.]+)% ([\d.]+)%', style).groups()
    assert page.request.get(source).body() == stored
    assert (float(left), float(top)) == (pytest.approx(100 * 8 / 15), pytest.approx(100 * 2 / 31))  # 40 = 2 * 16 + 8
    page.fill("#rd-atlas .rd-search", "goose")
    network = choices.load(18, "tiny-imagenet")
    profiles = profiles_file(file.with_name("resnet18-tiny-imagenet.safetensors"))
    told = atlas(network, network.card, read_profiles(profiles.read_bytes(), profiles.name))
    named = [told.channel("layer4", channel) for channel in range(512)]
    expect(bricks).to_have_count(sum("goose" in " ".join([c.kind or "", *(b.label for b in c.best)]) for c in named))


def test_the_channels_that_fire_in_the_pinned_cell_are_those_of_the_study(page: Page) -> None:
    page.goto(f"{page.url.split('?')[0]}?example=coffee.png&tab=atlas")
    answered(page, photo="coffee.png")
    tab = page.locator("#rd-atlas")
    tab.get_by_role("button", name="layer3", exact=True).click(timeout=WAIT)
    tab.get_by_role("button", name="By a place in the photo").click()
    expect(tab.get_by_text("Pin a place first")).to_be_visible()
    expect(tab.locator(".rd-brick")).to_have_count(256)
    page.goto(f"{page.url.split('?')[0]}?example=coffee.png&tab=atlas&pin=0.5,0.25")
    answered(page, photo="coffee.png")
    tab.get_by_role("button", name="layer3", exact=True).click(timeout=WAIT)
    tab.get_by_role("button", name="By a place in the photo").click()
    expect(tab.locator(".rd-found").first).to_be_visible(timeout=WAIT)
    coffee = ROOT / "assets" / "examples" / "coffee.png"
    found = Laboratory(Engine()).run(CellActivations, coffee, 18, stage="layer3", row=3, column=7)
    expect(tab.get_by_text("Row 3, column 7 of layer3")).to_be_visible()
    order = sorted((channel for channel in range(256) if found.ratios[channel] > 1), key=lambda c: -found.ratios[c])
    shown = tab.locator(".rd-brick").evaluate_all("bricks => bricks.map(({dataset}) => Number(dataset.channel))")
    assert shown[:20] == order[:20] and abs(len(shown) - len(order)) <= 1  # one may stand at 1


def test_channels_are_found_by_colour_beside_the_null_and_where_none_answers_that_is_said(page: Page) -> None:
    page.goto(f"{page.url.split('?')[0]}?example=coffee.png&tab=atlas")
    answered(page, photo="coffee.png")
    tab = page.locator("#rd-atlas")
    tab.get_by_role("button", name="By colour").click(timeout=WAIT)
    tab.get_by_role("button", name="Measure ResNet-18").click()
    tab.get_by_role("button", name="red", exact=True).click(timeout=6 * WAIT)
    network = choices.load(18, "tiny-imagenet")
    shown, pictures = stimuli(torch.zeros(6, 3, 8, 8))
    of = [place for place, each in enumerate(shown) if each.family in ("colour", "grey")]
    random = untrained(network, 0)
    answers = [
        torch.cat([recorded(n, pictures[of[i : i + 12]], network.card.transform)["stem"] for i in range(0, 72, 12)])
        for n in (network, random)
    ]

    def answering(responses: torch.Tensor, step: int) -> list[int]:
        best = {}
        for place, row in zip(of, responses.numpy(), strict=True):
            key = (shown[place].family, shown[place].at[0] if shown[place].family == "colour" else 0)
            best[key] = np.maximum(best.get(key, -np.inf), row)
        hues = np.stack([best["colour", hue] for hue in range(12)])
        beaten = np.maximum(best["grey", 0], hues[(step + 6) % 12])
        awake = hues[step] > 0  # some channels of the stem answer to none of these pictures
        return np.flatnonzero(awake & (hues.argmax(0) == step) & (hues[step] >= 3 * beaten)).tolist()

    none = False
    for step, name in ((0, "red"), (1, "orange"), (8, "blue")):
        tab.get_by_role("button", name=name, exact=True).click()
        trained, chance = (answering(each, step) for each in answers)
        expect(tab.locator(".rd-brick")).to_have_count(len(trained))
        bricks = tab.locator(".rd-brick").evaluate_all("bricks => bricks.map(({dataset}) => Number(dataset.channel))")
        assert sorted(bricks) == trained
        said = f"of stem answer to {name}; with random weights, {len(chance)} do"
        if not trained:
            none, said = True, f"No channel of stem answers to {name} as strictly as that"
        expect(tab.get_by_text(said)).to_be_visible()
        expect(tab.get_by_text("no more than chance gives")).to_have_count(int(0 < len(trained) <= len(chance)))
    assert none


def test_on_a_phone_the_row_of_tabs_shows_the_one_that_a_link_names(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(f"{page.url.split('?')[0]}?example=coffee.png&tab=atlas")
    answered(page, photo="coffee.png")
    tab = page.get_by_role("tab", name="Atlas", exact=True)
    expect(tab).to_have_attribute("aria-selected", "true")
    row = page.locator("#rd-tabs [role=tablist]").bounding_box()
    box = tab.bounding_box()
    assert row is not None and box is not None
    assert row["x"] <= box["x"] and box["x"] + box["width"] <= row["x"] + row["width"]


def test_a_drawing_becomes_a_photo_that_is_answered(page: Page) -> None:
    answered(page, photo="coffee.png")
    open_tab(page, "Stimuli")
    sheet = page.locator("#rd-stimuli .rd-sketch canvas")
    sheet.scroll_into_view_if_needed()
    at = "(canvas, [x, y]) => [...canvas.getContext('2d').getImageData(x, y, 1, 1).data]"
    assert sheet.evaluate(at, [5, 5]) == [128, 128, 128, 255], "there is a sheet before the first stroke"
    box = sheet.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 60, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + 200, box["y"] + 200, steps=4)
    page.mouse.up()
    assert sheet.evaluate(at, [130, 130]) == [255, 255, 255, 255]
    assert sheet.evaluate(at, [130, 30]) == [128, 128, 128, 255]
    page.get_by_role("button", name="Show it to the network").click()
    answered(page, photo="drawing.png")


def test_a_card_shows_the_nine_patches_of_its_channel_and_opens_the_photo_of_one(page: Page) -> None:
    page.goto(f"{page.url.split('?')[0]}?example=coffee.png&channel=layer4.40")
    patches = page.locator("#rd-atlas dialog[open] .rd-patches li")
    expect(patches).to_have_count(9, timeout=WAIT)
    network = choices.load(18, "tiny-imagenet")
    file = patches_file(ROOT / "assets" / "weights" / "resnet18-tiny-imagenet.safetensors")
    stored = read_patches(file.read_bytes(), file.name, network, network.card).of("layer4", 40)
    assert [each.get_attribute("data-photo") for each in patches.all()] == [patch.photo for patch in stored]
    told = collection_told()[stored[0].photo]
    expect(patches.first).to_contain_text(told["title"]["en"])
    expect(patches.first).to_contain_text("100.0 %")
    expect(patches.first.locator(".rd-patch-name")).to_have_attribute("title", re.compile(re.escape(told["licence"])))
    picture = patches.first.locator("img")
    assert page.request.get(picture.get_attribute("src") or "").body() == collection()[stored[0].photo].read_bytes()
    expect(picture).to_have_js_property("naturalWidth", 160)
    patches.first.get_by_role("button", name="Open the photo").click()
    answered(page, photo=stored[0].photo)


def test_pointing_at_a_channel_on_the_wall_shows_its_patches(page: Page) -> None:
    page.goto(f"{page.url.split('?')[0]}?example=coffee.png&tab=atlas")
    brick = page.locator("#rd-atlas .rd-brick").nth(5)
    brick.hover(timeout=WAIT)
    expect(brick.locator(".rd-mosaic img")).to_have_count(9)
    page.locator("#rd-atlas .rd-brick").nth(6).hover()
    expect(brick.locator(".rd-mosaic")).to_have_count(0)


def test_weights_without_patches_have_them_looked_for_on_request_until_stopped(page: Page) -> None:
    page.goto(f"{page.url.split('?')[0]}?example=coffee.png&depth=34&weights=file&channel=layer4.3")
    card = page.locator("#rd-atlas dialog[open]")
    ask = card.get_by_role("button", name="Find them among the photos")
    ask.click(timeout=WAIT)
    batches = -(-len(collection()) // 8)
    expect(card.locator(".rd-told", has_text=f"of {batches}").first).to_be_visible(timeout=WAIT)
    card.get_by_role("button", name="Stop").click()
    expect(ask).not_to_have_attribute("aria-disabled", "true")
    expect(card.locator(".rd-patches")).to_have_count(0)
