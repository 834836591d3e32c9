"""What classes have in common, by facts that anyone can look up."""

import json

from resnet_demo.assets import assets_dir
from resnet_demo.labels.wordnet import hypernyms, shared_kinds

CARD = json.loads((assets_dir() / "weights" / "resnet18-tiny-imagenet.json").read_text(encoding="utf-8"))
CLASSES = {row["label"]: row["wnid"] for row in CARD["classes"]}


def kind(*labels):
    return shared_kinds([[CLASSES.get(label) for label in labels]], list(CLASSES.values()))[0]


def test_every_class_of_the_bundled_networks_has_its_hypernyms():
    assert set(CLASSES.values()) == hypernyms().keys()
    assert all(path[-1] == "entity" for path in hypernyms().values())


def test_classes_are_named_by_the_nearest_kind_that_all_share():
    assert kind("Chihuahua", "golden retriever", "German shepherd") == "dog"
    assert kind("Chihuahua", "tabby", "lion") == "carnivore"
    assert kind("tabby", "Persian cat", "Egyptian cat") == "domestic cat"
    assert kind("goldfish", "bullfrog", "king penguin") == "vertebrate"


def test_what_covers_too_many_classes_is_no_name():
    assert kind("abacus", "academic gown", "acorn") is None
    assert kind("goldfish", "teapot") is None


def test_a_class_that_is_not_known_shares_nothing():
    assert kind("Chihuahua", "no such class") is None
    assert shared_kinds([[None]], [None]) == [None]
