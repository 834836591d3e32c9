"""The report: one file that asks nobody for anything, whatever photos and labels are called."""

from __future__ import annotations

import base64
import io
import json
import os
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from resnet_demo.errors import InputError
from resnet_demo.export import write_report
from resnet_demo.export.overlays import overlay_png
from resnet_demo.export.report import HERE, Report
from resnet_demo.results import ClassInfo, Failed
from resnet_demo.results.json import from_json
from resnet_demo.viewer.payload import analysis_payload
from tests import made_answers


def made_analysis(name="coffee.png", stages=("layer4",), **changes):
    return made_answers.made_analysis(name, stages=stages, **changes)


def test_maps_of_layers_stand_in_the_report_as_pictures():
    cam = np.arange(16, dtype=np.float32).reshape(4, 4)
    answer = replace(made_analysis(), layers={"layer4.0.conv1": {"grad-cam": cam}})
    found = report(answer)
    assert [text.strip() for text in found.of("figcaption")] == ["layer4.0.conv1"]
    *_, drawn = (attributes["src"] for tag, attributes in found.found if tag == "img")
    assert drawn is not None
    assert base64.b64decode(drawn.split(",")[1]) == overlay_png(answer, "layer4.0.conv1")
    assert report(made_analysis()).of("figcaption") == []


HOSTILE = "</script><img src=x onerror=alert(1)>\"'&<!--.png"


class Elements(HTMLParser):
    """The elements of a page, with their attributes and the text of each script."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []  # what follows each, up to the next
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        self.texts.append("")

    def handle_data(self, data):
        if self.texts:
            self.texts[-1] += data

    def of(self, tag: str, **attributes: str) -> list[str]:
        return [
            text
            for (name, given), text in zip(self.found, self.texts, strict=True)
            if name == tag and all(given.get(key.rstrip("_")) == value for key, value in attributes.items())
        ]


def report(*answers, language="en", **look) -> Elements:
    file = io.BytesIO()
    with Report(file, language, **look) as made:
        for answer in answers:
            made.add(answer)
    return Elements(file.getvalue().decode())


def test_an_analysis_with_an_occlusion_has_it_in_its_section():
    occlusion = made_answers.made_occlusion()
    (found,) = report(made_analysis(occlusion=occlusion)).of("script", class_="found-occlusion")
    assert from_json(json.loads(found)).drops.tolist() == occlusion.drops.tolist() == [[0, -1], [4, 0]]


def test_the_channels_that_a_ledger_names_stand_below_it_with_what_they_answer_to():
    found = report(made_analysis(ledger=made_answers.made_ledger()), findings=[made_answers.made_atlas()])
    rows = [
        attributes["data-channel"] for tag, attributes in found.found if tag == "tr" and "data-channel" in attributes
    ]
    # Of layer2 both entries count: 5 and 3 in channel 1, -1 and -1 in channel 2.
    assert [row for row in rows if row.startswith("layer2")] == ["layer2.1", "layer2.2"]
    cells = found.of("td")
    place = [text.strip() for text in cells].index("+8.00")
    assert [text.strip() for text in cells[place : place + 4]] == ["+8.00", "a <kind>", "espresso, tabby", "50.0 %"]
    for other in (made_answers.made_atlas(depth=34), made_answers.made_atlas(weights="other")):
        plain = report(made_analysis(ledger=made_answers.made_ledger()), findings=[other])
        assert not any("data-channel" in attributes for _, attributes in plain.found)


def test_what_a_network_is_tuned_to_stands_at_the_end_beside_its_null():
    found = report(made_analysis(), findings=[made_answers.made_tuning()])
    assert [text.strip() for text in found.of("td")[-2:]] == ["50.0 % (25.0 %)", "0 % (100.0 %)"]
    assert found.of("h2")[-1].strip() == "What each stage of ResNet-18 is tuned to"


def test_an_analysis_with_a_ledger_has_it_in_its_section():
    ledger = made_answers.made_ledger()
    (entries,) = report(made_analysis(ledger=ledger), made_analysis("other.png")).of("script", class_="found-ledger")
    found = from_json(json.loads(entries))
    assert sum(each.value for each in found.contributions) == found.logit == ledger.logit
    assert [each.name for each in found.contributions] == [each.name for each in ledger.contributions]


def test_the_payload_in_the_page_is_the_viewers_own():
    analysis = made_analysis()
    analysis = replace(analysis, network=replace(analysis.network, weights="file"))  # keeps its title
    (payload,) = report(analysis).of("script", class_="payload")
    assert json.loads(payload) == json.loads(json.dumps(analysis_payload(analysis)))


def test_feature_maps_come_for_every_stage_that_holds_any():
    (maps,) = report(made_analysis(stages=("layer2", "layer4"))).of("script", class_="maps")
    assert list(json.loads(maps)) == ["layer2", "layer4"]
    (none,) = report(made_analysis(channels=0)).of("script", class_="maps")
    assert json.loads(none) == {}


def test_no_name_label_or_message_becomes_markup():
    hostile = ClassInfo(0, None, HOSTILE)
    analysis = made_analysis(HOSTILE, target=hostile)
    analysis = replace(
        analysis, predictions=(replace(analysis.predictions[0], label=HOSTILE), *analysis.predictions[1:])
    )
    failed = Failed(HOSTILE, InputError("photo-empty", name=HOSTILE))
    page, plain = report(analysis, failed), report(made_analysis(), Failed("b.png", failed.error))
    assert [tag for tag, _ in page.found] == [tag for tag, _ in plain.found]
    assert not any(name.startswith("on") for _, attributes in page.found for name in attributes)
    assert json.loads(page.of("script", class_="payload")[0])["photo"]["name"] == HOSTILE
    assert page.of("h2")[1].strip() == HOSTILE


def test_nothing_is_asked_of_anybody():
    page = report(made_analysis())
    for tag, attributes in page.found:
        for name in ("src", "srcset", "action", "data", "poster"):
            assert (attributes.get(name) or "data:").startswith("data:"), tag
        if "href" in attributes:
            assert attributes["href"].startswith("#"), tag
        assert tag not in ("link", "iframe", "object", "embed", "base")
    (policy,) = [a["content"] for tag, a in page.found if a.get("http-equiv") == "Content-Security-Policy"]
    assert "default-src 'none'" in policy and "connect-src" not in policy
    for style in page.of("style"):
        assert not re.search(r"@import|url\((?![\"']?data:)", style)


def test_a_failed_photo_stands_in_its_place_with_the_reason():
    page = report(
        made_analysis("a.png"), Failed("b.png", InputError("photo-empty", name="b.png")), made_analysis("c.png")
    )
    assert [text.strip() for text in page.of("h2")][1:] == ["a.png", "b.png", "c.png"]
    assert [text.strip() for text in page.of("p", class_="error")] == [
        "This photo could not be explained: b.png is empty. Please choose another file."
    ]
    assert page.of("a") == ["a.png", "b.png", "c.png"]


def test_maps_are_looked_at_first_as_they_were_on_the_page():
    (resources,) = report(made_analysis(), kind="layercam", colour_map="magma", threshold=0.25).of(
        "script", id="resources"
    )
    look = json.loads(resources)["look"]
    assert look["kind"] == "layercam" and look["colours"] == "magma" and look["threshold"] == 0.25


@pytest.mark.parametrize(
    ("language", "title"), [("en", "What each stage of a ResNet looks at"), ("zh", "ResNet 的每个阶段在看哪里")]
)
def test_the_report_speaks_the_visitors_language(language, title):
    page = report(made_analysis(), language=language)
    assert page.of("title")[0].strip() == title
    assert page.found[0] == ("html", {"lang": language, "class": "rv-page"})


@pytest.mark.parametrize(
    ("language", "weights", "title"),
    [
        ("en", "tiny-imagenet", "Bundled, 1,234 classes"),
        ("zh", "tiny-imagenet", "自带权重，1,234 类"),
        ("zh", "imagenet-1k-distilled", "自带权重（蒸馏），1,234 类"),
        ("zh", "file", "a file of one's own"),
    ],
)
def test_bundled_weights_are_called_as_in_the_reports_language(language, weights, title):
    analysis = made_analysis()
    network = replace(analysis.network, weights=weights, classes=1234, title="a file of one's own")
    (payload,) = report(replace(analysis, network=network), language=language).of("script", class_="payload")
    assert json.loads(payload)["network"]["title"] == title


def test_both_languages_say_the_same_things():
    texts = json.loads((HERE / "report_texts.json").read_text(encoding="utf-8"))
    assert texts["en"].keys() == texts["zh"].keys()


def test_nothing_is_left_of_a_report_that_failed(tmp_path):
    with pytest.raises(InputError, match="holds no picture"):
        write_report(tmp_path / "report.html", [replace(made_analysis(), view=None)])
    assert os.listdir(tmp_path) == []
