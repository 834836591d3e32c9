"""The photos that patches are cut from: light, square, free to pass on, each with its author in the table."""

from __future__ import annotations

import json
import re

import pytest
from PIL import Image

from scripts.photo_licences import FOLDER, LICENCES, table
from tests.rooms import ROOT

TOLD = json.loads((FOLDER / "photos.json").read_text(encoding="utf-8"))
FILES = sorted(FOLDER.glob("*.webp"))


def test_every_photo_is_told_of_once_and_every_entry_has_its_photo():
    names = [each["file"] for each in TOLD]
    assert sorted(names) == [file.name for file in FILES]
    assert len(set(names)) == len(names) >= 250


def test_the_photos_are_square_of_160_pixels_and_8_megabytes_at_most():
    for file in FILES:
        with Image.open(file) as photo:
            assert (photo.format, photo.mode, photo.size) == ("WEBP", "RGB", (160, 160))
    assert sum(file.stat().st_size for file in FILES) <= 8_000_000


@pytest.mark.parametrize("each", TOLD, ids=lambda each: each["file"])
def test_author_licence_and_source_are_stated(each):
    assert each["licence"] in LICENCES
    assert each["author"].strip() and not re.match(r"anonymous|unknown|none|various", each["author"], re.I)
    assert re.match(r"https?://\S+$", each["source"])
    assert each["package"] and each["path"]
    assert each["title"].keys() == {"en", "zh"} and each["title"]["en"].isascii()
    assert any("\u4e00" <= character <= "\u9fff" for character in each["title"]["zh"])


def test_titles_tell_photos_apart():
    for language in ("en", "zh"):
        titles = [each["title"][language] for each in TOLD]
        assert len(set(titles)) == len(titles)


def test_the_table_is_what_the_entries_say_and_the_licences_of_others_lead_to_it():
    assert (FOLDER / "LICENCES.md").read_text(encoding="utf-8") == table(), "python -m scripts.photo_licences"
    assert "(assets/photos/LICENCES.md)" in (ROOT / "THIRD_PARTY.md").read_text(encoding="utf-8")


def test_no_example_is_among_them_and_no_source_twice():
    examples = (ROOT / "assets" / "examples" / "LICENCES.md").read_text(encoding="utf-8")
    sources = [each["source"] for each in TOLD if "/File:" in each["source"]]
    assert len(set(sources)) == len(sources)
    assert not [source for source in sources if source in examples]


def test_their_classes_are_the_bundled_networks():
    card = json.loads((ROOT / "assets/weights/resnet18-tiny-imagenet.json").read_text(encoding="utf-8"))
    assert {wnid for each in TOLD for wnid in each["classes"]} <= {known["wnid"] for known in card["classes"]}
