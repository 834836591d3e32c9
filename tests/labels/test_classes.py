"""A class is named by index, WordNet id or label."""

import pytest

from resnet_demo.errors import InputError
from resnet_demo.labels.classes import find_class
from resnet_demo.results import ClassInfo

CLASSES = (
    ClassInfo(0, "n02012849", "crane"),
    ClassInfo(1, "n03126707", "crane"),
    ClassInfo(2, "n07920052", "espresso"),
    ClassInfo(3, "n02963159", "cardigan"),
    ClassInfo(4, "n02113186", "Cardigan"),
    ClassInfo(5, None, "7"),
)


@pytest.mark.parametrize("wanted", [2, "n07920052", "espresso", " Espresso ", "2"])
def test_a_class_is_found_by_any_of_its_names(wanted):
    assert find_class(wanted, CLASSES).index == 2


def test_case_tells_apart_labels_that_differ_in_nothing_else():
    assert find_class("Cardigan", CLASSES).index == 4
    assert find_class("cardigan", CLASSES).index == 3


def test_a_label_made_of_digits_comes_before_an_index():
    assert find_class("7", CLASSES).index == 5


def test_a_label_that_two_classes_share_asks_for_an_id_and_names_them():
    with pytest.raises(InputError, match="n02012849, n03126707") as caught:
        find_class("crane", CLASSES)
    assert caught.value.code == "class-ambiguous"


def test_an_unknown_label_suggests_the_nearest():
    with pytest.raises(InputError, match="espresso") as caught:
        find_class("expresso", CLASSES)
    assert caught.value.details["near"] == "espresso"


@pytest.mark.parametrize("wanted", [-1, 6, "6", "-1", "", "²"])
def test_what_names_no_class_is_refused(wanted):
    with pytest.raises(InputError):
        find_class(wanted, CLASSES)
