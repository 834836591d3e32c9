"""What the page says of its own figures, in both languages: the temperature, and what a map can't tell."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from resnet_demo import Engine
from resnet_demo.assets import assets_dir
from resnet_demo.engine.laboratory import Laboratory
from resnet_demo.export import numerals
from resnet_demo.results import Ledger
from resnet_demo.settings import Settings
from tests.browser.driving import answered, open_tab

COFFEE = assets_dir() / "examples" / "coffee.png"
RACCOON = assets_dir() / "examples" / "raccoon.jpg"


def test_the_plain_softmax_is_one_switch_away(page: Page) -> None:
    answered(page, photo="coffee.png")
    best = Engine(device="cpu", settings=Settings()).analyze(COFFEE, channels=0).predictions[0]
    head = page.locator(".rv-answer h2 small")
    expect(head).to_have_text(numerals.probability(best.probability))
    page.get_by_text("How this is drawn").click()
    page.locator(".rv-temperature button").click()
    expect(head).to_have_text(numerals.probability(best.untempered))
    expect(page.locator(".rv-temperature")).to_contain_text("temperature 1.00")
    page.locator(".rv-temperature button").click()
    expect(head).to_have_text(numerals.probability(best.probability))


def test_a_contrast_is_split_by_what_each_stage_wrote_into_it(page: Page) -> None:
    answered(page, photo="coffee.png")
    page.locator("#rd-explorer .rv-versus").first.click()
    page.wait_for_function("resnetDemo.payload.contrast?.index === resnetDemo.payload.predictions[1].index")
    answered(page)
    engine = Engine(device="cpu", settings=Settings())
    first, second = engine.analyze(COFFEE, channels=0).predictions[:2]
    ledger = Laboratory(engine).run(Ledger, COFFEE, 18, "auto", first.index, contrast=second.index)
    wrote = dict(ledger.stages)
    bias = wrote.pop("fc")
    shown = page.locator("#rd-explorer .rv-row:not(.rv-second) .rv-wrote b")
    expect(shown).to_have_text([signed(each) for each in wrote.values()])
    ahead = signed(first.logit - second.logit)
    expect(page.locator("#rd-explorer .rv-ahead")).to_contain_text(ahead)
    expect(page.locator("#rd-explorer .rv-line-note")).to_contain_text(f"{signed(bias)}, that makes {ahead}")


def signed(value: float) -> str:
    """As the viewer writes it: three figures and a sign."""
    return f"{'+' if value > 0 else ''}{numerals.value(value)}"


FIRST_SCREEN = {
    "en": {
        ".rv-line-note": "averaged over the picture, times where channels fire: a bright place need not have raised",
        ".rv-temperature": "Softmax at temperature",
        ".rv-notes > p": "what speaks for the one or against the other: the map does not tell which",
    },
    "zh": {
        ".rv-line-note": "在整张图上平均的通道权重乘以通道活跃之处：亮处未必提高了得分",
        ".rv-temperature": "softmax 的温度为",
        ".rv-notes > p": "或支持前者，或反对后者：图分不清是哪一种",
    },
}
SMOOTH = {
    "en": "detail finer than a cell is the drawing's, not the network's",
    "zh": "比格子更细的细节来自绘制，而不是网络",
}
HELP = {
    "en": [
        "It knows no rival class, and where a unit no longer changes with its input its gradient is zero",
        "learnt from photos of 64 px and from another network's answers, and are stored in 8 or 16 bits",
    ],
    "zh": ["它不知道有竞争的类别", "时梯度为零", "从 64 像素的照片和另一个网络的答案中学习，每个权重以 8 或 16 位存储"],
}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_first_screen_says_in_sight_what_its_maps_are_and_are_not(page: Page, language: str) -> None:
    answered(page, photo="coffee.png")
    page.locator("#rd-explorer .rv-versus").first.click()
    page.wait_for_function("resnetDemo.payload?.contrast")
    if language == "zh":
        page.get_by_role("button", name="中文").click()
    page.locator("#rd-explorer .rv-tools summary").click()
    for place, sentence in FIRST_SCREEN[language].items():
        expect(page.locator(place).first).to_be_visible()
        expect(page.locator(place).first).to_contain_text(sentence)
    expect(page.locator(".rv-viewer").get_by_title(SMOOTH[language]).first).to_be_attached()
    page.get_by_role("button", name="Help" if language == "en" else "帮助").click()
    for sentence in HELP[language]:
        expect(page.get_by_role("dialog").first).to_contain_text(sentence)


SENTENCES = {
    "rd-maps": {
        "en": ["to first order; in layer4 exactly", "A channel is no concept", "meet values that no photo gives them"],
        "zh": ["在 layer4 中是精确值", "一个通道并不等于一个概念", "可能遇到任何照片都不会产生的数值"],
    },
    "rd-compare": {
        "en": ["at each network's own temperature, so compare ranks first"],
        "zh": ["按各网络自己的温度计算，因此请先比较名次"],
    },
    "rd-block": {
        "en": [
            "Grey bars: the shortcut is a projection",
            "computes what no training prepared the later blocks for",
            "it is not a plain network as one would train it",
        ],
        "zh": ["灰色条：捷径是投影", "后面各块在训练中从未遇到的数值", "不等于照此训练出来的普通网络"],
    },
    "rd-trust": {
        "en": [
            "fewer where the network is slow",
            "A cell of zeros is not what any photo gives",
            "like no photo the network has learnt from",
            "Hooker et al. 2019",
            "may show the photo's edges",
            "all are at temperature 1, the network's own too",
            "does not say that the network uses it",
            "pooling hides from the classifier where in the view anything was",
        ],
        "zh": [
            "网络较慢时更少",
            "任何照片都不会产生全零的格子",
            "不像网络学过的任何照片",
            "Hooker 等 2019",
            "可能展示的是照片的边缘",
            "概率都在温度 1 下，网络自己的也是",
            "并不说明网络使用了它",
            "池化也使分类器看不到东西在视图的何处",
            "10,000 张验证照片",
        ],
    },
    "rd-field": {
        "en": ["as all maps draw it", "strides count from the first pixel"],
        "zh": ["与所有图中的画法相同", "步长从第一个像素算起"],
    },
    "rd-architecture": {"en": ["the paper's 3.6 is cut off, not rounded"], "zh": ["论文的 3.6 是截断而非四舍五入"]},
}
TABS = {
    "en": ["Feature maps", "Compare depths", "Inside the block", "Trust", "Receptive field", "Architecture"],
    "zh": ["特征图", "不同深度的比较", "残差块内部", "可信度", "感受野", "结构"],
}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_a_figure_means_stands_beside_it(page: Page, language: str) -> None:
    answered(page, photo="coffee.png")
    if language == "zh":
        page.get_by_role("button", name="中文").click()
    for (panel, sentences), tab in zip(SENTENCES.items(), TABS[language], strict=True):
        open_tab(page, tab)
        for sentence in sentences[language]:
            expect(page.locator(f"#{panel}")).to_contain_text(sentence, timeout=120_000)


def test_which_network_weights_began_as_is_told_where_depths_are_chosen_and_compared_and_in_the_block(
    page: Page,
) -> None:
    page.goto(page.url.split("?")[0] + "?example=coffee.png&depth=34&weights=tiny-imagenet")
    answered(page, photo="coffee.png", depth=34)
    (grown,) = (each for each in Engine(settings=Settings()).choices(34) if each.name == "tiny-imagenet")
    assert grown.grown_by == "published"
    name, told = page.locator("#rd-facts dt").last, page.locator("#rd-facts dd").last
    for button, began, origin, sentence in (
        ("EN", "Began as", "a published ResNet", "The ResNet-18 began as the same one"),
        ("中文", "起始于", "一个公开发布的 ResNet", "ResNet-18 也起始于同一个网络"),
    ):
        page.get_by_role("button", name=button, exact=True).click()
        expect(name).to_have_text(began)
        expect(told).to_have_text(origin)
        expect(name).to_have_attribute("title", re.compile(sentence))
        for tab, panel in (
            (("Compare depths", "不同深度的比较"), "#rd-compare"),
            (("Inside the block", "残差块内部"), "#rd-block"),
        ):
            open_tab(page, tab[button == "中文"])
            expect(page.locator(panel)).to_contain_text(sentence)


def test_a_photo_of_no_class_is_told_to_be_one(page: Page) -> None:
    page.goto(page.url.split("?")[0] + "?example=koala.webp")
    answered(page, photo="koala.webp")
    expect(page.locator(".rv-unsure")).to_have_count(0)
    page.goto(page.url.split("?")[0] + "?example=raccoon.jpg")
    answered(page, photo="raccoon.jpg")
    shares = Engine(device="cpu", settings=Settings()).analyze(RACCOON, channels=0).as_sure
    assert shares is not None
    told = page.locator(".rv-unsure")
    expect(told).to_contain_text("may show none of the 200 classes this network knows")
    expect(told).to_contain_text(f"{numerals.probability(shares['others'])} of photos of others")
    page.get_by_role("button", name="中文").click()
    expect(told).to_contain_text("可能没有此网络认识的 200 个类别中的任何一个")


def test_classes_have_chinese_names_and_are_found_by_either(page: Page) -> None:
    answered(page, photo="coffee.png")
    page.get_by_role("button", name="中文").click()
    expect(page.locator(".rv-answer h2 span")).to_have_text("浓缩咖啡")
    field = page.locator("#rd-target input")
    expect(field).to_have_value("浓缩咖啡 espresso")
    for typed in ("考拉", "koala"):
        field.click()
        expect(page.locator("#rd-target .option-list")).to_be_visible()
        field.fill(typed)
        options = page.locator("#rd-target").get_by_role("option")
        expect(options).to_have_count(1)
        expect(options).to_contain_text("考拉 koala")
        page.keyboard.press("Escape")
    page.get_by_role("button", name="EN", exact=True).click()
    expect(page.locator(".rv-answer h2 span")).to_have_text("espresso")


def test_hirescam_stands_under_grad_cam_and_measured_figures_under_both(page: Page) -> None:
    answered(page, photo="coffee.png")
    page.locator(".rv-line-note button").click()
    second = page.locator(".rv-second .rv-tile")
    expect(second).to_have_count(5)
    expected = Engine(device="cpu", settings=Settings()).analyze(COFFEE, channels=0).stages["stem"].cams["hirescam"]
    told = re.compile(f"HiResCAM map for espresso.*largest {re.escape(numerals.value(float(expected.max())))}")
    expect(second.first.locator(".rv-face")).to_have_attribute("aria-label", told)
    open_tab(page, "Trust")
    page.locator("#rd-trust").get_by_role("button", name="Measure").click()
    expect(page.locator("#rd-trust table").first).to_contain_text("layer4", timeout=120_000)
    expect(page.locator(".rv-second .rv-tile-trust")).to_have_count(5, timeout=120_000)
    first, second_row = page.locator(".rv-row").first, page.locator(".rv-second")
    expect(first.locator(".rv-tile-trust").last).to_contain_text("1.00")
    expect(second_row.locator(".rv-tile-trust").last).to_contain_text("1.00")
