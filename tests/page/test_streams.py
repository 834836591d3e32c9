"""Long work told as it goes."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from resnet_demo.page.streams import streamed


def test_what_is_emitted_comes_out_in_order() -> None:
    def work(emit: Any, stopped: Any) -> None:
        for number in range(3):
            emit(number)

    assert list(streamed(work, "test")) == [0, 1, 2]


def test_an_error_comes_out_in_its_place() -> None:
    def work(emit: Any, stopped: Any) -> None:
        emit(1)
        raise ValueError("no")

    told = streamed(work, "test")
    assert next(told) == 1
    with pytest.raises(ValueError, match="no"):
        next(told)


def test_a_closed_stream_tells_the_work_to_end() -> None:
    ended = threading.Event()

    def work(emit: Any, stopped: Any) -> None:
        emit(1)
        while not stopped():
            pass
        ended.set()

    told = streamed(work, "test")
    next(told)
    told.close()
    assert ended.wait(10)
