"""The catalogue says everything that is raised, in both languages, from the facts that every raise gives."""

from __future__ import annotations

import re

import pytest

from resnet_demo.errors.catalogue import LANGUAGES, public, public_details, sentence, sentences
from tests.errors.raised import SCRIPTS, Raised, raised


def places(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)(?:\*\d+)?\}", text))


def test_both_languages_have_the_same_sentences_in_the_same_order() -> None:
    assert list(sentences("en")) == list(sentences("zh"))


@pytest.mark.parametrize("code", sentences("en"))
def test_a_sentence_tells_the_same_facts_in_both_languages_and_ends(code: str) -> None:
    english, chinese = sentences("en")[code], sentences("zh")[code]
    assert places(english) == places(chinese)
    if not code.startswith("thing-"):
        assert english.endswith((".", "?")) and chinese.endswith(("。", "？"))


@pytest.mark.parametrize("found", raised(), ids=lambda found: f"{found.where} {found.code}")
def test_what_is_raised_has_a_sentence_and_every_fact_that_it_tells(found: Raised) -> None:
    assert found.code in sentences("en"), f"en.json and zh.json lack {found.code}"
    for code in (found.code, f"{found.code}.owner"):
        lacking = places(sentences("en").get(code, "")) - found.facts
        assert not lacking, f"{code} tells {lacking}, which is not given here"


def test_every_sentence_is_of_a_code_that_something_raises() -> None:
    assert {code.removesuffix(".owner") for code in sentences("en")} == {found.code for found in raised()}


def test_no_error_of_a_script_is_overlooked() -> None:
    """The scripts are read by patterns: every place that a plainer one finds is among what they found."""
    for script in SCRIPTS:
        text = script.read_text(encoding="utf-8")
        named = re.findall(r'"error\.([a-z-]+)"|\bcode: (?=["\w. =]*")[^,}]*?"([a-z-]+)"', text)
        found = {each.code for each in raised() if each.where.startswith(script.name)}
        assert {a or b for a, b in named} - {"unexpected"} <= found, script.name


def test_strangers_are_told_no_path_and_no_command_of_the_machine() -> None:
    """What the owner alone may read is never a fact of a public sentence of weights, downloads or files."""
    for code, text in public("en").items():
        if not code.startswith("training-"):
            assert not places(text) & {"path", "folder", "own_folder", "command", "address"}, code


def test_the_owner_is_told_more_than_strangers() -> None:
    details = {"path": "/srv/secret/a.png", "cause": "No space left on device"}
    assert "/srv/secret/a.png" in sentence("output-not-writable", details, owner=True)
    assert "/srv" not in sentence("output-not-writable", details)
    assert public_details("output-not-writable", details) == {"cause": "No space left on device"}


def test_a_way_out_follows_the_sentence_in_each_language() -> None:
    details = {"file": "a.pth", "way": "way-own"}
    assert sentence("weights-empty", details) == "The weights file a.pth is empty. Please choose other weights."
    assert sentence("weights-empty", details, "zh") == "权重文件 a.pth 是空文件。请选择其他权重。"


def test_facts_neither_break_the_line_nor_steer_a_terminal() -> None:
    said = sentence("photo-empty", {"name": "a\x1b[31m\n b\u202e\udc80.png"})
    assert said == r"a\x1b[31m b\u202e\udc80.png is empty. Please choose another file."


def test_a_fact_that_looks_like_a_place_is_no_place() -> None:
    details = {"name": "{given}.png", "size_mb": 21.5, "limit_mb": 20.0, "given": "x"}
    assert sentence("photo-too-large", details).startswith("{given}.png has 21.5 MB; at most 20 MB are accepted.")


def test_what_a_file_is_is_said_in_the_language_of_its_sentence() -> None:
    details = {"name": "scan.jpg", "thing": "thing-pdf", "accepted": "JPEG, PNG"}
    assert sentence("photo-format-unsupported", details).startswith("scan.jpg is a PDF document, which is not read")
    assert sentence("photo-format-unsupported", details, "zh").startswith("scan.jpg 是此处无法读取的文件（PDF 文档）。")
    details = {"name": "a.tif", "format": "TIFF", "thing": "thing-tiff-compression", "compression": 6, "path": "/a"}
    assert "holds TIFF data of compression 6, which" in sentence("photo-kind-unsupported", details)
    assert "压缩方式为 6 的 TIFF 数据" in sentence("photo-kind-unsupported", details, "zh")
    assert public_details("photo-kind-unsupported", details) == {k: v for k, v in details.items() if k != "path"}


def test_chinese_counts_pixels_in_ten_thousands() -> None:
    details = {"name": "a.png", "format": "PNG", "width": 9000, "height": 5000}
    details |= {"megapixels": 45.0, "limit_megapixels": 40.0}
    assert "45 million; at most 40 million are accepted" in sentence("photo-too-many-pixels", details)
    assert "共 4500 万；PNG 最多接受 4000 万像素" in sentence("photo-too-many-pixels", details, "zh")


def test_a_code_of_another_version_shows_itself() -> None:
    for language in LANGUAGES:
        assert sentence("not-yet-known", {}, language) == "not-yet-known"
