"""A card says the same after a journey through JSON, and a wrong one says which of its fields is wrong."""

import json
import re
from dataclasses import replace

import pytest
import torchvision.models

from resnet_demo.assets import assets_dir
from resnet_demo.errors import WeightsCorrupt, WeightsUnavailable
from resnet_demo.errors.catalogue import public_details, sentence
from resnet_demo.results import ClassInfo
from resnet_demo.weights.cards import Card, Transform, card_from_json, card_to_json, read_text
from resnet_demo.weights.imagenet import imagenet_classes

CARD = Card(
    name="tiny-imagenet",
    title='Bundled, with "classes": [] in its title',
    depth=34,
    classes=(ClassInfo(0, "n02123045", "tabby"), ClassInfo(1, None, "crème brûlée"), ClassInfo(2, None, "tabby")),
    transform=Transform(232, 224, "bicubic", (0.5, 0.25, 0.125), (0.3, 0.2, 0.1), soften=128),
    temperature=1.25,
    top1=0.5,
    top5=None,
    measured_on="ten photos",
    parameters=21_797_672,
    sha256="0123456789abcdef" * 4,
    size_bytes=1234,
    source="made here",
    licence="MIT",
    made_by="a test",
)


def _with(**changes):
    """The card's JSON with some fields set to other values, or left out where the value is ``...``."""
    values = json.loads(card_to_json(CARD)) | changes
    return json.dumps({name: value for name, value in values.items() if value is not ...})


def test_a_card_is_the_same_after_a_journey_through_json():
    assert card_from_json(card_to_json(CARD), "a.json") == CARD
    other = replace(CARD, transform=replace(CARD.transform, soften=None), sha256=None, top1=None, top5=1.0)
    assert card_from_json(card_to_json(other), "a.json") == other


def test_the_json_has_one_class_a_line_and_its_place_is_its_index():
    lines = card_to_json(CARD).splitlines()
    assert [json.loads(line.strip().rstrip(",")) for line in lines if '"label"' in line] == [
        {"wnid": "n02123045", "label": "tabby"},
        {"wnid": None, "label": "crème brûlée"},
        {"wnid": None, "label": "tabby"},
    ]


def test_a_class_may_be_written_as_its_label_alone():
    card = card_from_json(_with(classes=["cat", {"label": "dog"}]), "a.json")
    assert card.classes == (ClassInfo(0, None, "cat"), ClassInfo(1, None, "dog"))


def test_what_a_card_leaves_out_is_taken_from_the_defaults():
    card = card_from_json('{"temperature": 2, "classes": ["cat"]}', "a.json", defaults=CARD)
    assert card == replace(CARD, temperature=2, classes=(ClassInfo(0, None, "cat"),))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"depth": 20}, ("depth is 20", "18, 34, 50, 101, 152")),
        ({"depth": True}, ("depth is true",)),
        ({"temperature": 0}, ("temperature is 0", "above 0")),
        ({"temperature": "1"}, ('temperature is "1"',)),
        ({"temperature": float("inf")}, ("temperature is Infinity",)),
        ({"top1": 69.8}, ("top1 is 69.8", "0 to 1")),
        ({"top5": float("nan")}, ("top5 is NaN",)),
        ({"parameters": 1.5}, ("parameters is 1.5", "whole number")),
        ({"sha256": "xyz"}, ("sha256", "hex")),
        ({"title": " "}, ("title", "a text")),
        ({"classes": []}, ("classes is []", "at least one")),
        ({"classes": ["a", 7]}, ("class 1 is 7",)),
        ({"classes": [{"label": "a", "wnid": "tabby"}]}, ("classes[0].wnid", "n01443537")),
        ({"classes": [{"wnid": "n02123045"}]}, ("classes[0].label is missing",)),
        ({"licence": ...}, ("licence is missing",)),
        ({"temprature": 2}, ("temprature is no field", "temperature")),
        ({"transform": [224]}, ("transform is [224]",)),
        ({"transform": {"resize": 256}}, ("transform.crop is missing",)),
        ({"activation": "tanh"}, ('activation is "tanh"', "softmax, sigmoid or share")),
        ({"title": "x" * 10_001}, ("title", "a text")),
        ({"temperature": 1e-320}, ("temperature is", "0.0001")),
    ],
)
def test_a_wrong_field_is_named_with_what_it_must_be(changes, words):
    with pytest.raises(WeightsCorrupt) as caught:
        card_from_json(_with(**changes), "resnet34.json")
    assert caught.value.code.startswith("card-")
    for word in ("resnet34.json", *words):
        assert word in str(caught.value)
    assert not english_in_chinese(caught.value)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"crop": 300}, ("transform.crop is 300", "232")),
        ({"interpolation": "nearest"}, ("transform.interpolation", "bilinear or bicubic")),
        ({"interpolation": []}, ("transform.interpolation is []",)),
        ({"mean": [0.5, 0.5]}, ("transform.mean", "three numbers")),
        ({"std": [1, 1, 0]}, ("transform.std", "above 0")),
        ({"soften": 0}, ("transform.soften is 0",)),
        ({"size": 1}, ("transform.size is no field",)),
        ({"resize": 10**12}, ("transform.resize is 1000000000000", "2,048")),
        ({"resize": 1e12}, ("transform.resize is 1000000000000",)),
        ({"std": [1, 1, 1e-320]}, ("transform.std", "0.0001")),
        ({"mean": [0, 0, 1e300]}, ("transform.mean", "1,000")),
        ({"grey": 1}, ("transform.grey is 1", "true or false")),
    ],
)
def test_a_wrong_transform_is_named_by_its_field(changes, words):
    transform = json.loads(card_to_json(CARD))["transform"] | changes
    with pytest.raises(WeightsCorrupt) as caught:
        card_from_json(_with(transform=transform), "a.json")
    for word in words:
        assert word in str(caught.value)
    assert not english_in_chinese(caught.value)


def english_in_chinese(error):
    """Two English words in a row in what the Chinese page says of it, besides what the card itself holds."""
    details = public_details(error.code, error.details) | {"given": "…"}
    return re.findall(r"[a-z]+ [a-z]+", sentence(error.code, details, "zh"))


@pytest.mark.parametrize("text", ["", "no JSON", "[1]", "null", "[" * 100_000, '{"name": ', '{"title": "\\ud800"}'])
def test_what_is_no_json_object_is_refused(text):
    with pytest.raises(WeightsCorrupt, match="JSON") as caught:
        card_from_json(text, "a.json")
    assert not english_in_chinese(caught.value)


def test_a_card_that_is_no_text_is_refused(tmp_path):
    (tmp_path / "a.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(WeightsCorrupt, match=r"a\.json.*UTF-8") as caught:
        read_text(tmp_path / "a.json")
    assert not english_in_chinese(caught.value)


def test_a_card_that_can_not_be_read_is_said_to_be_so(tmp_path):
    with pytest.raises(WeightsUnavailable, match=r"none\.json.*No such file"):
        read_text(tmp_path / "none.json")


# The table of ImageNet's classes


def test_imagenets_labels_are_torchvisions_in_their_order():
    labels = torchvision.models.ResNet18_Weights.IMAGENET1K_V1.meta["categories"]
    assert [c.label for c in imagenet_classes()] == labels
    assert [c.index for c in imagenet_classes()] == list(range(1000))


def test_imagenets_wordnet_ids_are_in_the_order_of_the_index():
    """ILSVRC 2012 numbers its classes, as torchvision's ImageFolder does, in the order of their sorted WordNet ids."""
    wnids = [c.wnid for c in imagenet_classes()]
    assert wnids == sorted(set(wnids))
    assert len(wnids) == 1000


def test_bundled_classes_are_imagenets():
    known = {(c.wnid, c.label) for c in imagenet_classes()}
    card = card_from_json(read_text(assets_dir() / "weights" / "resnet18-tiny-imagenet.json"), "bundled")
    assert len(card.classes) == 200
    assert {(c.wnid, c.label) for c in card.classes} <= known
