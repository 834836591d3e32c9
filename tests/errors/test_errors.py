"""An error is its code and its facts, wherever it goes."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from resnet_demo import errors
from resnet_demo.errors import InputError, ResNetDemoError, WeightsCorrupt
from resnet_demo.results import Failed
from resnet_demo.results.json import from_json, to_json

KINDS = [ResNetDemoError, *ResNetDemoError.__subclasses__()]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_an_error_is_the_same_in_another_process(kind: type[ResNetDemoError]) -> None:
    error = kind("own-file-missing", variable="RESNET_DEMO_WEIGHTS_FILE", path=Path("a.pth"))
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is kind
    assert (again.code, again.details, again.message, str(again)) == (
        error.code,
        error.details,
        error.message,
        str(error),
    )


def test_the_message_is_the_english_sentence() -> None:
    error = InputError("photo-empty", name="a.png")
    assert str(error) == error.message == "a.png is empty. Please choose another file."


def test_a_way_out_keeps_kind_code_and_facts() -> None:
    error = WeightsCorrupt("weights-empty", file="a.pth")
    with_way = error.with_way("way-published", command="fetch it", file="another.pth")
    assert type(with_way) is WeightsCorrupt and with_way.code == "weights-empty"
    assert str(with_way) == "The weights file a.pth is empty. `fetch it` replaces it."


def test_an_error_read_from_a_document_says_what_was_written() -> None:
    """A document may come from a version that has other codes, or other words for them."""
    document = to_json(Failed("a.png", InputError("photo-empty", name="a.png")))
    document["error"] |= {"code": "from-the-future", "message": "a.png is of tomorrow."}
    error = from_json(document).error
    assert (error.code, error.message, str(error)) == (
        "from-the-future",
        "a.png is of tomorrow.",
        "a.png is of tomorrow.",
    )
    assert to_json(from_json(document)) == document


def test_every_kind_is_public() -> None:
    assert {kind.__name__ for kind in KINDS} <= set(dir(errors))
