"""What the page says: the same keys and places in both languages, and the errors' sentences among them."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import httpx
import pytest

import resnet_demo
from resnet_demo.assets import assets_dir
from resnet_demo.errors.catalogue import public
from resnet_demo.labels.wordnet import hypernyms, shared_kinds
from resnet_demo.studies.atlas import BEST, read_profiles
from resnet_demo.studies.readout import read_probes
from resnet_demo.weights import own_files
from resnet_demo.weights.registry import published
from tests.serving import Server

PACKAGE = Path(resnet_demo.__file__).parent
TEXTS = {
    language: json.loads((PACKAGE / "page" / "texts" / f"{language}.json").read_text(encoding="utf-8"))
    for language in ("en", "zh")
}


CHINESE = json.loads((PACKAGE / "page" / "texts" / "classes.zh.json").read_text(encoding="utf-8"))


def test_every_class_of_the_bundled_networks_has_one_chinese_name_of_its_own() -> None:
    for card in (assets_dir() / "weights").glob("resnet*-tiny-imagenet.json"):
        classes = json.loads(card.read_text(encoding="utf-8"))["classes"]
        assert CHINESE.keys() == {each["wnid"] for each in classes}
    assert len(set(CHINESE.values())) == len(CHINESE)
    assert all(re.search("[\u4e00-\u9fff]", name) or name == "iPod" for name in CHINESE.values())


KINDS = json.loads((PACKAGE / "page" / "texts" / "kinds.zh.json").read_text(encoding="utf-8"))


def test_every_kind_that_a_channel_can_be_told_by_has_one_chinese_name_of_its_own() -> None:
    for card in (assets_dir() / "weights").glob("resnet*-tiny-imagenet.json"):
        wnids = [each["wnid"] for each in json.loads(card.read_text(encoding="utf-8"))["classes"]]
        covered = Counter(name for wnid in wnids for name in hypernyms()[wnid])
        # A channel is told by its five best classes: what has fewer is the name of none.
        assert KINDS.keys() == {name for name, count in covered.items() if BEST <= count <= len(wnids) / 3}
    assert len(set(KINDS.values())) == len(KINDS)
    assert all(re.search("[\u4e00-\u9fff]", name) for name in KINDS.values())


def test_the_kinds_of_the_bundled_profiles_all_have_a_chinese_name() -> None:
    files = [*(assets_dir() / "weights").glob("*-profiles.safetensors")]
    assert files
    for file in files:
        weights = file.name.removesuffix("-profiles.safetensors")
        classes = json.loads(file.with_name(f"{weights}.json").read_text(encoding="utf-8"))["classes"]
        wnids = [each["wnid"] for each in classes]
        for profile, _ in read_profiles(file.read_bytes(), file.name).stages.values():
            best = (-profile.astype(int)).argsort(axis=1, kind="stable")[:, :BEST]
            assert {*shared_kinds([[wnids[k] for k in row] for row in best], wnids)} - {None} <= KINDS.keys()


DATA = json.loads((PACKAGE / "page" / "texts" / "data.zh.json").read_text(encoding="utf-8"))


def test_what_the_figures_of_networks_were_measured_on_is_said_in_chinese() -> None:
    weights, said = assets_dir() / "weights", {card.measured_on for card in published(18)}
    for file in weights.glob("resnet*.json"):
        card = json.loads(file.read_text(encoding="utf-8"))
        said |= {card["measured_on"], *({card["familiarity"]["measured_on"]} if card["familiarity"] else ())}
    for file in weights.glob("*-probes.safetensors"):
        said.add(read_probes(file.read_bytes(), file.name).measured_on)
    for file in weights.glob("*-profiles.safetensors"):
        said.add(read_profiles(file.read_bytes(), file.name).measured_on)
    assert DATA.keys() == said
    assert all(re.search("[\u4e00-\u9fff]", words) for words in DATA.values())


def test_titles_that_the_program_puts_together_are_said_by_the_page_in_the_same_words() -> None:
    noted = {key.removeprefix("weights.own.") for key in TEXTS["en"] if key.startswith("weights.own.")}
    assert noted == {*own_files.NOTES, "unusable", "missing"}
    for note in own_files.NOTES:
        said = TEXTS["en"][f"weights.own.{note}"].format(file="a.pth", classes="1,234")
        assert said == own_files.title("a.pth", note, 1234)


def places(sentence: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", sentence))


def test_both_languages_have_the_same_keys() -> None:
    assert TEXTS["en"].keys() == TEXTS["zh"].keys()


@pytest.mark.parametrize("key", sorted(TEXTS["en"]))
def test_a_sentence_says_the_same_things_in_both_languages(key: str) -> None:
    assert places(TEXTS["en"][key]) == places(TEXTS["zh"][key])
    assert TEXTS["en"][key].strip() and TEXTS["zh"][key].strip()


def test_every_key_that_the_scripts_name_exists() -> None:
    static = PACKAGE / "page" / "static"
    named = set()
    for script in static.glob("*.js"):
        named |= set(re.findall(r"""say\("([a-z0-9_.]+)\"""", script.read_text(encoding="utf-8")))
    known = TEXTS["en"].keys() | {f"error.{code}" for code in public("en")}
    assert named and named <= known, sorted(named - known)


@pytest.mark.parametrize("language", TEXTS)
def test_the_page_is_sent_its_texts_and_what_anyone_may_be_told_of_errors(server: Server, language: str) -> None:
    sent = httpx.get(f"{server.url}ui/texts/{language}.json").json()
    classes = {key: sent.pop(key) for key in list(sent) if re.match(r"class\.n\d", key)}
    kinds = {key: sent.pop(key) for key in list(sent) if key.startswith("kind.") and key[5:] in KINDS}
    data = {key: sent.pop(key) for key in list(sent) if key.startswith("data.")}
    assert sent == TEXTS[language] | {f"error.{code}": text for code, text in public(language).items()}
    assert classes == ({f"class.{wnid}": name for wnid, name in CHINESE.items()} if language == "zh" else {})
    assert kinds == ({f"kind.{english}": name for english, name in KINDS.items()} if language == "zh" else {})
    assert data == ({f"data.{english}": words for english, words in DATA.items()} if language == "zh" else {})
    assert not [key for key in sent if key.endswith(".owner")]


def test_a_language_that_there_is_not_is_refused_with_those_there_are(server: Server) -> None:
    refused = httpx.get(f"{server.url}ui/texts/klingon.json")
    assert refused.status_code == 404 and refused.json()["error"].endswith("the languages are en, zh.")
