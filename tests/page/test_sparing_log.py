"""A log that nobody can flood."""

from __future__ import annotations

import logging

import pytest

from resnet_demo.page import sparing_log
from resnet_demo.page.sparing_log import LINES, SECONDS, Sparing


def test_what_repeats_without_end_is_told_so_often_and_then_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(sparing_log.time, "monotonic", lambda: now)
    sparing = Sparing()

    def told(name: str = "uvicorn.error", level: int = logging.WARNING) -> str | None:
        record = logging.LogRecord(name, level, __file__, 1, "Invalid %s.", ("request",), None)
        return record.getMessage() if sparing.filter(record) else None

    assert [told() for _ in range(LINES + 30)] == ["Invalid request."] * LINES + [None] * 30
    assert told(level=logging.ERROR) == told("resnet_demo.page") == "Invalid request.", "others are not silenced"
    now += SECONDS
    assert told() == "(30 lines like this were left out.) Invalid request."
    assert told() == "Invalid request."
