"""The example photos: few, light, free to use, and described for the page."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from resnet_demo.engine.engine import Engine
from resnet_demo.page.examples import FIRST
from resnet_demo.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "assets/examples"
EXAMPLES = json.loads((FOLDER / "examples.json").read_text(encoding="utf-8"))
PHOTOS = sorted(path.name for path in FOLDER.iterdir() if path.suffix in (".png", ".jpg", ".jpeg", ".webp"))


@pytest.fixture(scope="module")
def bundled() -> dict[str, str]:
    """The labels that the bundled network knows, by WordNet id."""
    card = json.loads((ROOT / "assets/weights/resnet18-tiny-imagenet.json").read_text(encoding="utf-8"))
    return {known["wnid"]: known["label"] for known in card["classes"]}


def test_every_photo_is_described_once_and_every_description_has_its_photo():
    assert sorted(example["file"] for example in EXAMPLES) == PHOTOS


@pytest.mark.parametrize("name", PHOTOS)
def test_a_photo_is_light_and_opens(name):
    assert (FOLDER / name).stat().st_size < 500_000
    with Image.open(FOLDER / name) as photo:
        photo.load()
        assert min(photo.size) >= 256


@pytest.mark.parametrize("name", PHOTOS)
def test_a_photo_has_its_author_and_licence_written_down(name):
    rows = [line.split("|") for line in (FOLDER / "LICENCES.md").read_text(encoding="utf-8").splitlines()]
    (row,) = [[cell.strip() for cell in row[1:-1]] for row in rows if len(row) > 1 and row[1].strip() == f"`{name}`"]
    assert all(row)
    assert row[3] in ("CC0 1.0", "public domain")


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["file"])
def test_a_description_speaks_both_languages(example):
    assert example.keys() == {"file", "title", "note", "classes"}
    for words in (example["title"], example["note"]):
        assert words.keys() == {"en", "zh"} and all(words.values())
        assert words["en"].isascii() and any("\u4e00" <= character <= "\u9fff" for character in words["zh"])


def test_the_classes_of_the_examples_are_classes_of_the_bundled_network(bundled):
    assert all(wnid in bundled for example in EXAMPLES for wnid in example["classes"] or ())


def test_one_example_shows_none_of_the_classes_and_says_so(bundled):
    (stranger,) = [example for example in EXAMPLES if example["classes"] is None]
    assert "no class" in stranger["title"]["en"]
    assert Path(stranger["file"]).stem not in " ".join(bundled.values())


def test_the_first_example_is_answered_right_by_the_bundled_network():
    first = EXAMPLES[0]
    assert first["file"] == FIRST
    best = Engine(settings=Settings()).analyze(FOLDER / first["file"], weights="tiny-imagenet").predictions[0]
    assert best.wnid in first["classes"]
    assert best.probability >= 0.6
