"""Requests that anyone could have written: read strictly or refused."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from resnet_demo.errors import InputError
from resnet_demo.page.requests import read_run
from resnet_demo.page.routes import routes
from resnet_demo.results import ClassInfo
from resnet_demo.settings import Settings

PHOTO = {"key": "k", "name": "a.png", "path": None, "example": "coffee.png", "target": None, "contrast": "n1"}
RUN: dict[str, Any] = {"run": 3, "depth": 18, "weights": None, "photos": [PHOTO]}


def test_a_run_is_read_with_auto_for_weights_that_were_not_chosen() -> None:
    asked = read_run(RUN, 4)
    assert (asked.number, asked.depth, asked.weights) == (3, 18, "auto")
    assert asked.photos[0].example == "coffee.png" and asked.photos[0].contrast == "n1"


@pytest.mark.parametrize(
    "change",
    [
        {"run": True},
        {"run": "1"},
        {"depth": 18.0},
        {"depth": None},
        {"weights": 5},
        {"weights": "x" * 400},
        {"photos": None},
        {"photos": {}},
    ]
    + [
        {"photos": [PHOTO | wrong]}
        for wrong in ({"key": ""}, {"key": None}, {"path": "/x"}, {"example": None}, {"target": 5}, {"name": 1})
    ],
)
def test_what_is_not_well_formed_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(InputError) as told:
        read_run(RUN | change, 4)
    assert told.value.code == "request-malformed"


def test_more_photos_than_allowed_are_refused_by_their_number() -> None:
    with pytest.raises(InputError) as told:
        read_run(RUN | {"photos": [PHOTO] * 5}, 4)
    assert told.value.details == {"limit": 4, "given": 5}


def test_weights_whose_name_has_a_slash_are_asked_for_by_their_address() -> None:
    room: Any = SimpleNamespace(
        settings=Settings(),
        engine=SimpleNamespace(classes=lambda depth, weights: (ClassInfo(0, None, f"{depth} {weights}"),)),
    )
    asked = TestClient(Starlette(routes=routes(room))).get("/ui/classes/18/hf%3Aowner%2Fname.v1.json")
    assert asked.json() == [{"key": "0", "label": "18 hf:owner/name.v1"}]
