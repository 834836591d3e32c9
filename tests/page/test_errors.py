"""What a stranger is told of a failure: their own mistakes in words, a bug as a number."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from resnet_demo.errors import InputError, WeightsUnavailable
from resnet_demo.page.errors import said, told


def test_an_error_of_ours_is_told_by_code_and_details_or_in_words() -> None:
    error = InputError("photo-empty", name="a.png")
    assert told(error) == {"code": "photo-empty", "details": {"name": "a.png"}}
    assert said(error) == "a.png is empty. Please choose another file."


def test_a_path_is_told_by_its_last_part() -> None:
    error = InputError("photo-unreadable", name=Path("/srv/secret/a.png"), cause="~/.cache/torch")
    assert told(error)["details"] == {"name": "a.png", "cause": "torch"}


def test_a_stranger_hears_no_fact_that_is_for_the_owner() -> None:
    error = WeightsUnavailable(
        "download-address", file="a.pth", host="b.org", address="https://me:password@b.org/a.pth"
    )
    assert "password" in str(error)
    assert "password" not in str(told(error)) + said(error) and "b.org" not in said(error)


def test_a_bug_is_told_by_a_number_and_logged_whole(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        try:
            raise ZeroDivisionError("password=hunter2 in /srv/secret")
        except ZeroDivisionError as error:
            sent = told(error)
    assert "hunter2" not in str(sent) and "/srv" not in str(sent)
    assert sent["code"] == "unexpected"
    assert sent["details"]["reference"] in caplog.text and "hunter2" in caplog.text
