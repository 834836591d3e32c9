"""What a stranger is told of a failure: their own mistakes in words, a bug as a number."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from resnet_demo.errors import InputError, WeightsUnavailable
from resnet_demo.page.errors import told


def test_an_error_of_ours_is_told_by_code_kind_and_details() -> None:
    error = InputError("a.png is empty.", code="photo-empty", name="a.png")
    assert told(error) == {"code": "photo-empty", "kind": "InputError", "details": {"name": "a.png"}}


def test_a_path_is_told_by_its_last_part() -> None:
    error = WeightsUnavailable(
        "no", code="x", file=Path("/srv/secret/resnet50.pth"), folder="/srv/secret", home="~/.cache/torch"
    )
    assert told(error)["details"] == {"file": "resnet50.pth", "folder": "secret", "home": "torch"}


def test_a_bug_is_told_by_a_number_and_logged_whole(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        try:
            raise ZeroDivisionError("password=hunter2 in /srv/secret")
        except ZeroDivisionError as error:
            sent = told(error)
    assert "hunter2" not in str(sent) and "/srv" not in str(sent)
    assert sent["code"] == "unexpected"
    assert sent["details"]["reference"] in caplog.text and "hunter2" in caplog.text
