"""What people are told of what can't be read: files, addresses and broken photos."""

from __future__ import annotations

import gc
import os
import pickle
import socket
import struct
import weakref
from pathlib import Path

import numpy as np
import pytest

from resnet_demo.photos import decode
from resnet_demo.photos.formats import kinds
from resnet_demo.photos.read import read_photo
from tests.hostile.build import encode, picture
from tests.photos.test_read import refusal


@pytest.fixture
def pixels() -> np.ndarray:
    return picture(np.random.default_rng(0))


def test_a_missing_file_is_said_to_be_missing_without_its_folder(tmp_path):
    error = refusal(tmp_path / "gone" / "cat.jpg")
    assert error.code == "photo-not-found"
    assert str(error).startswith("cat.jpg ") and "gone" not in str(error) and str(tmp_path) not in str(error.details)


def test_what_is_no_plain_file_is_refused_without_being_opened(tmp_path):
    os.mkfifo(tmp_path / "pipe.jpg")  # opening it would wait for ever
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "s.jpg"))
        for path in (tmp_path, tmp_path / "pipe.jpg", tmp_path / "s.jpg", Path("/dev/zero")):
            assert refusal(path).code == "photo-not-a-file"


def test_a_link_to_a_photo_is_followed(pixels, tmp_path):
    (tmp_path / "photo.png").write_bytes(encode(pixels, "PNG"))
    (tmp_path / "link.png").symlink_to("photo.png")
    assert read_photo(tmp_path / "link.png").name == "link.png"


@pytest.mark.parametrize("path", ["a\0b.jpg", "x" * 300 + ".jpg", ""])
def test_a_name_that_no_file_can_have_is_an_input_error(path):
    assert refusal(path).code in ("photo-unreadable", "photo-not-found")


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1/cat.jpg",
        "HTTPS://example.org/cat.jpg",
        " http://example.org/cat.jpg",
        "ftp://example.org/cat.jpg",
        "file:///etc/passwd",
        "file:/etc/passwd",
        "data:image/png;base64,AAAA",
        "blob:null/1",
        "javascript:alert(1)",
        "s3://bucket/cat.jpg",
        "gopher://example.org/1",
        Path("http://example.org/cat.jpg"),
    ],
)
def test_addresses_are_refused_as_such(address):
    assert refusal(address).code == "photo-is-address"


def test_a_file_whose_name_holds_a_colon_is_a_file(pixels, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("img:1.png", "2024-05-01T12:30.png", "c:photo.png"):
        Path(name).write_bytes(encode(pixels, "PNG"))
        assert read_photo(name).name == name


def test_an_unknown_file_is_told_what_is_accepted():
    error = refusal(b"not a photo", name="notes.jpg")
    assert error.code == "photo-not-an-image"
    assert str(error) == (
        "notes.jpg is not a photo in a known format. Accepted are JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF, HEIC."
    )


def test_a_file_of_another_kind_is_told_what_it_is():
    error = refusal(b"%PDF-1.7\n", name="scan.jpg")
    assert (
        error.code == "photo-format-unsupported"
        and "scan.jpg is a PDF document, which is not read here. Accepted are JPEG" in str(error)
    )


def test_a_broken_off_download_is_called_incomplete(pixels):
    for form in ("JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP"):
        data = encode(pixels, form)
        assert refusal(data[: len(data) // 2]).code in ("photo-truncated", "photo-damaged"), form
    for form in ("JPEG", "PNG", "GIF", "TIFF"):
        data = encode(pixels, form)
        assert refusal(data[: len(data) // 2]).code == "photo-truncated", form


def test_a_heic_photo_without_its_reader_names_both_ways_out(pixels, monkeypatch):
    without = {**vars(kinds.HEIC), "reader": None}
    monkeypatch.setattr(kinds, "HEIC", kinds.Format(**without))
    error = refusal(encode(pixels, "HEIF"), name="IMG_0001.HEIC")
    assert error.code == "photo-heic-reader-missing"
    assert "JPEG" in str(error) and "pip install pillow-heif" in str(error)
    assert "HEIC" not in refusal(b"text").details["accepted"]


def test_a_build_without_avif_says_that_it_cant_read_it(pixels, monkeypatch):
    monkeypatch.setattr(kinds, "AVIF", kinds.Format(**{**vars(kinds.AVIF), "reader": None}))
    error = refusal(encode(pixels, "AVIF"))
    assert error.code == "photo-format-unsupported" and "AVIF" in str(error)


@pytest.mark.parametrize("failure", [SyntaxError, struct.error, OverflowError, ValueError, KeyError, RecursionError])
def test_whatever_a_decoder_raises_is_an_input_error_that_keeps_its_cause(failure, pixels, monkeypatch):
    def broken(*_):
        raise failure("inside")

    monkeypatch.setattr(decode, "upright_rgb", broken)
    error = refusal(encode(pixels, "PNG"))
    assert error.code == "photo-damaged" and isinstance(error.__cause__, failure)


def test_too_little_memory_is_an_input_error_of_its_own(pixels, monkeypatch):
    def full(*_):
        raise MemoryError

    monkeypatch.setattr(decode, "upright_rgb", full)
    assert refusal(encode(pixels, "PNG")).code == "photo-too-costly"


def test_who_stops_the_program_stops_it(pixels, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(decode, "upright_rgb", interrupted)
    with pytest.raises(KeyboardInterrupt):
        read_photo(encode(pixels, "PNG"))


def test_a_kept_error_does_not_keep_the_photo(pixels, monkeypatch):
    half_done = []

    def broken(image, *_):
        half_done.append(weakref.ref(image))
        raise ValueError("inside")

    monkeypatch.setattr(decode, "upright_rgb", broken)
    error = refusal(encode(pixels, "PNG"))
    gc.collect()
    assert half_done[0]() is None
    assert str(error.__cause__) == "inside"


def test_an_error_survives_the_way_to_another_process(pixels):
    error = refusal(encode(pixels, "PNG")[:100], name="cat.png")
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.code, again.details) == (str(error), error.code, error.details)
