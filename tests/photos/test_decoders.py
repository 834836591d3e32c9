"""Photos decoded in processes of their own: the same pixels and words as here, and an end to every one of them."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from resnet_demo.errors import Cancelled, InputError
from resnet_demo.photos.decode import decode
from resnet_demo.photos.read import read_photo
from resnet_demo.settings import Settings
from tests.hostile.attacks import tiles
from tests.hostile.build import encode, picture

if sys.platform != "linux":
    pytest.skip("only Linux limits what a decoder takes", allow_module_level=True)

from resnet_demo.photos import decoders as decoders_module
from resnet_demo.photos.decoders import NICER, Decoders


@pytest.fixture(scope="module")
def decoders() -> Iterator[Decoders]:
    decoders = Decoders(1)
    yield decoders
    decoders.close()


@pytest.fixture
def pixels() -> np.ndarray:
    return picture(np.random.default_rng(0))


def refusal(data: bytes, decoders: Decoders) -> InputError:
    with pytest.raises(InputError) as caught:
        decoders.decode(data, "cat.jpg", Settings())
    return caught.value


def runs(process: int) -> bool:
    return Path(f"/proc/{process}").exists()


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "HEIF"])
def test_a_photo_comes_back_as_it_is_decoded_here(form, pixels, decoders):
    data = encode(pixels, form)
    (process,) = decoders.processes
    assert np.array_equal(decoders.decode(data, "a", Settings()).pixels, decode(data, "a", Settings()).pixels)
    assert decoders.processes == [process], "a good photo costs no process"


def test_notes_come_back(decoders, pixels):
    assert decoders.decode(encode(pixels, "JPEG")[:-2], "a", Settings()).notes == ("end-missing",)


@pytest.mark.parametrize(
    "data",
    [b"%PDF-1.7", encode(np.zeros((9, 9, 3), np.uint8), "JPEG")[:-60], encode(np.zeros((1, 99, 3), np.uint8), "PNG")],
)
def test_a_refusal_comes_back_as_it_is_said_here(data, decoders):
    with pytest.raises(InputError) as here:
        decode(data, "cat.jpg", Settings())
    there = refusal(data, decoders)
    assert (there.message, there.code) == (here.value.message, here.value.code)


def test_the_limits_are_those_of_the_settings(pixels, decoders):
    with pytest.raises(InputError) as caught:
        read_photo(encode(pixels, "PNG"), settings=Settings(max_megapixels=0.0005), decode=decoders.decode)
    assert caught.value.code == "photo-too-many-pixels"


def test_pixels_that_were_given_away_stay_as_they_are_while_others_are_decoded(pixels, decoders):
    first = decoders.decode(encode(pixels, "PNG"), "a", Settings()).pixels
    decoders.decode(encode(255 - pixels, "PNG"), "b", Settings())
    assert np.array_equal(first, pixels)


def test_a_photo_that_is_no_longer_wanted_ends_its_process_and_the_next_one_is_decoded(pixels, decoders):
    (process,) = decoders.processes
    asked = []

    def stopped() -> None:
        asked.append(None)
        if len(asked) == 3:
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        decoders.decode(tiles(), "a", Settings(), stopped)
    assert not runs(process)
    assert np.array_equal(decoders.decode(encode(pixels, "PNG"), "b", Settings()).pixels, pixels)


def test_a_photo_that_takes_long_lets_others_go_first_and_the_next_one_has_its_place(pixels, decoders, monkeypatch):
    monkeypatch.setattr(decoders_module, "SOON", 0.0)
    (process,) = decoders.processes
    ours = os.getpriority(os.PRIO_PROCESS, process)
    seen = []

    def stopped() -> None:
        seen.append(os.getpriority(os.PRIO_PROCESS, process))
        if seen[-1] != ours:
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        decoders.decode(tiles(), "a", Settings(), stopped)
    assert seen[0] == ours and seen[-1] == min(19, ours + NICER)
    (other,) = decoders.processes
    assert os.getpriority(os.PRIO_PROCESS, other) == ours


def test_a_photo_that_is_known_to_take_long_gives_way_from_its_start(pixels, decoders):
    (process,) = decoders.processes
    ours = os.getpriority(os.PRIO_PROCESS, process)
    seen = []

    def stopped() -> None:
        seen.append(os.getpriority(os.PRIO_PROCESS, process))
        raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        decoders.decode(tiles(), "a", Settings(), stopped, gently=True)
    assert seen == [min(19, ours + NICER)]
    (other,) = decoders.processes
    assert os.getpriority(os.PRIO_PROCESS, other) == ours


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGSEGV, "photo-damaged"), (signal.SIGXCPU, "photo-too-costly"), (signal.SIGKILL, "photo-too-costly")],
)
def test_whatever_ends_a_process_the_photo_is_refused_and_the_next_one_is_decoded(number, code, pixels, decoders):
    (process,) = decoders.processes
    with pytest.raises(InputError) as caught:
        decoders.decode(tiles(), "a.tif", Settings(), lambda: os.kill(process, number))
    assert caught.value.code == code and caught.value.details["name"] == "a.tif"
    assert np.array_equal(decoders.decode(encode(pixels, "PNG"), "b", Settings()).pixels, pixels)


def test_a_process_that_ended_while_idle_costs_no_photo(pixels, decoders):
    (process,) = decoders.processes
    os.kill(process, signal.SIGKILL)
    os.waitid(os.P_PID, process, os.WEXITED | os.WNOWAIT)
    assert np.array_equal(decoders.decode(encode(pixels, "PNG"), "b", Settings()).pixels, pixels)


def test_decoders_load_no_pytorch(decoders):
    (process,) = decoders.processes
    decoders.decode(encode(np.zeros((9, 9, 3), np.uint8), "JPEG"), "a", Settings())
    assert "libtorch" not in Path(f"/proc/{process}/maps").read_text()


def test_closed_decoders_leave_no_process():
    decoders = Decoders(2)
    processes = decoders.processes
    assert len(processes) == 2 and all(map(runs, processes))
    decoders.close()
    assert not any(map(runs, processes))
