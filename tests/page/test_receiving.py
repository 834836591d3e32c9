"""Photos arriving: nothing but files, so many, so large, and whatever goes wrong leaves nothing."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from resnet_demo.page import receiving
from resnet_demo.page.receiving import Receiver
from resnet_demo.page.uploads import Uploads

MOST, LARGEST = 4, 100_000


@pytest.fixture
def uploads(tmp_path: Path) -> Uploads:
    (tmp_path / "uploads").mkdir()
    return Uploads(tmp_path / "uploads", age=100, megabytes=100)


@pytest.fixture
def http(uploads: Uploads) -> Iterator[TestClient]:
    with TestClient(Starlette(routes=[Route("/upload", Receiver(uploads, MOST, LARGEST), methods=["POST"])])) as client:
        yield client


def sent(http: TestClient, *files: tuple[str, bytes], name: str = "files") -> Any:
    return http.post("/upload", files=[(name, file) for file in files])


def raw(http: TestClient, body: bytes, kind: str = "multipart/form-data; boundary=x") -> Any:
    return http.post("/upload", content=body, headers={"content-type": kind})


def test_files_lie_where_the_answer_says_byte_by_byte_in_the_order_given(http: TestClient, uploads: Uploads) -> None:
    data = [os.urandom(size) for size in (70_000, 0, 1)]
    paths = sent(http, ("a.png", data[0]), ("b.png", data[1]), ("a.png", data[2])).json()
    assert [uploads.find(path, "").read_bytes() for path in paths] == data
    assert [Path(path).name for path in paths] == ["a.png", "b.png", "a.png"] and len(set(paths)) == 3


def test_the_same_photo_sent_twice_has_two_places(http: TestClient) -> None:
    assert sent(http, ("a.png", b"x")).json() != sent(http, ("a.png", b"x")).json()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'--x\r\nContent-Disposition: form-data; name="files"\r\n\r\n' + b"y" * 50_000 + b"\r\n--x--\r\n", 400),
        (b'--x\r\nContent-Disposition: form-data; name="other"; filename="a"\r\n\r\ny\r\n--x--\r\n', 400),
        (b"--x\r\n\r\ny\r\n--x--\r\n", 400),
        (b'--x\r\nContent-Disposition: form-data; name="files"; filename="a"\r\n\r\nyyy', 400),  # no end
        (b"--x\r\nContent", 400),
        (b"--x\r\n" + b"A" * 20_000, 400),
        (b"nothing of the kind", 400),
    ],
)
def test_what_is_no_file_is_refused_and_leaves_nothing(
    http: TestClient, uploads: Uploads, body: bytes, status: int
) -> None:
    answer = raw(http, body)
    assert answer.status_code == status and answer.json()["error"].endswith(".")
    assert list(uploads.folder.iterdir()) == []


@pytest.mark.parametrize("kind", ["", "text/plain", "multipart/form-data", "application/json"])
def test_what_is_no_form_is_refused(http: TestClient, kind: str) -> None:
    assert raw(http, b"x", kind).status_code == 400


def test_more_files_than_a_request_may_have_are_refused_and_none_is_kept(http: TestClient, uploads: Uploads) -> None:
    answer = sent(http, *[(f"{number}.png", b"x") for number in range(MOST + 1)])
    assert answer.status_code == 413 and f"at most {MOST} files" in answer.json()["error"]
    assert list(uploads.folder.iterdir()) == []
    assert sent(http, *[(f"{number}.png", b"x") for number in range(MOST)]).status_code == 200


def test_a_file_beyond_its_limit_is_refused_while_it_arrives_and_not_kept(http: TestClient, uploads: Uploads) -> None:
    assert sent(http, ("a.png", b"x" * LARGEST)).status_code == 200
    kept = list(uploads.folder.iterdir())
    assert sent(http, ("a.png", b"x"), ("b.png", b"x" * (LARGEST + 1))).status_code == 413
    assert list(uploads.folder.iterdir()) == kept


@pytest.mark.parametrize(
    ("number", "words"),
    [(errno.ENOSPC, "disk is full"), (errno.EROFS, "can't write"), (errno.EACCES, "can't write")],
)
def test_a_disk_that_takes_nothing_more_is_told_in_words_and_nothing_stays(
    http: TestClient, uploads: Uploads, monkeypatch: pytest.MonkeyPatch, number: int, words: str
) -> None:
    write = receiving._Parts._write

    def fails(parts: Any, data: bytes, start: int, end: int) -> None:
        write(parts, data, start, end)
        if len(parts.whole) == 1:
            raise OSError(number, os.strerror(number))

    monkeypatch.setattr(receiving._Parts, "_write", fails)
    answer = sent(http, ("a.png", b"x"), ("b.png", b"y"))
    assert answer.status_code == 507 and words in answer.json()["error"]
    assert list(uploads.folder.iterdir()) == []
