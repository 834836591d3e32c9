"""Hostile files, names and headers sent to a served page through raw HTTP."""

from __future__ import annotations

import json
import re
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.hostile.attacks import ATTACKS
from tests.hostile.case import Case
from tests.hostile.generate import FAMILIES, family_cases
from tests.page.visiting import Visitor, asked, photo
from tests.serving import Server

A_RUN = 4
"""Photos of a run, as many as the server here takes."""


@pytest.fixture
def visitor(server: Server) -> Iterator[Visitor]:
    visitor = Visitor(server.url, "hostile")
    yield visitor
    visitor.leave()


def of_each_family() -> list[Case]:
    """Of each family the first case that must be shown, that must be refused, and that may be either."""
    found = {}
    for family in FAMILIES:
        for case in family_cases(family):
            if len(case.data) < 900_000:
                found.setdefault((case.family, case.expected), case)
    return list(found.values())


def test_a_hostile_file_of_each_family_is_answered_in_words_and_the_next_good_photo_is_explained(
    visitor: Visitor, server: Server
) -> None:
    chosen = of_each_family()
    problems = []
    for start in range(0, len(chosen), A_RUN):
        part = chosen[start : start + A_RUN]
        photos = [asked(str(i), path=visitor.upload(case.data), name=case.what) for i, case in enumerate(part)]
        told = visitor.run(photos)
        assert told["error"] is None and "Traceback" not in json.dumps(told)
        for i, case in enumerate(part):
            if problem := what_is_wrong(visitor, case, told["photos"][str(i)]):
                problems.append(f"{case.family}, {case.what}: {problem}")
        assert visitor.explain(photo(start))["photos"]["a"].get("error") is None
    assert not problems, "\n".join(problems)
    assert "Traceback" not in server.log.read_text(encoding="utf-8", errors="replace")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits what a decoder takes")
def test_files_made_to_take_everything_are_answered_in_words_and_the_next_photo_is_explained(
    visitor: Visitor, server: Server
) -> None:
    small = [name for name, make in ATTACKS.items() if "million" not in name and "file" not in name]
    photos = [asked(name, path=visitor.upload(ATTACKS[name]()), name=name) for name in small]
    told = visitor.run(photos)
    assert told["error"] is None and told["photos"].keys() == set(small)
    for answer in told["photos"].values():
        assert answer.get("error") is None or answer["error"]["code"] == "photo-too-costly"
    assert visitor.explain(photo(79))["photos"]["a"].get("error") is None
    assert "Traceback" not in server.log.read_text(encoding="utf-8", errors="replace")


def what_is_wrong(visitor: Visitor, case: Case, answer: dict[str, Any]) -> str | None:
    error = answer.get("error")
    if error is None:
        if case.expected == "refused":
            return "shown"
        status = visitor.http.get(f"/ui/results/{answer['id']}").status_code
        return None if status == 200 else f"its result answers {status}"
    if case.expected == "picture":
        return f"refused as {error['code']}"
    return f"refused as {error['code']}" if case.codes and error["code"] not in case.codes else None


NAMES = [
    b"<img src=x onerror=alert(1)>.png",
    b"../../../../escaped.png",
    b"..\\..\\escaped.png",
    b"/escaped.png",
    b"%2e%2e%2fescaped.png",
    b"photo\x00.png",
    b"photo\x1b[31mred\x07.png",
    "photo\u202egnp.exe".encode(),
    b"\xff\xfe.png",
    b"..",
    b".",
    b"",
    b"x" * 5000 + b".png",
]


@pytest.mark.parametrize("name", NAMES, ids=lambda name: ascii(name[:20]))
def test_a_hostile_name_is_stored_in_its_folder_and_told_without_what_can_not_be_seen(
    visitor: Visitor, server: Server, name: bytes
) -> None:
    data = photo(77)
    head = (
        b'--x\r\nContent-Disposition: form-data; name="files"; filename="' + name.replace(b'"', b"%22") + b'"\r\n\r\n'
    )
    sent = visitor.http.post(
        "/gradio_api/upload",
        content=head + data + b"\r\n--x--\r\n",
        headers={"Content-Type": "multipart/form-data; boundary=x"},
    )
    assert sent.status_code < 500, sent.text
    strays = [f for f in server.uploads.parent.rglob("*escaped.png") if not re.fullmatch("[0-9a-f]{64}", f.parent.name)]
    assert not strays
    if sent.status_code == 200 and sent.json():
        (path,) = map(Path, sent.json())
        assert path.is_file() and path.resolve() == path
        assert path.parent.parent.is_relative_to(server.uploads.resolve())
        file = {"path": str(path), "orig_name": name.decode("utf-8", "replace"), "meta": {"_type": "gradio.FileData"}}
        if path.name.startswith("."):
            refused = visitor.http.post("/gradio_api/call/analyze", json={"data": [file]})
            assert refused.status_code == 400 and "begins with a dot" in refused.json()["error"]
            return
        told = answer_of_the_api(visitor, file)
        assert "event: complete" in told, told
        shown = json.loads(told.split("data: ", 1)[1])[0]["photo"]["name"]
        assert 0 < len(shown) <= 200 and "/" not in shown and "\\" not in shown
        assert not [c for c in shown if unicodedata.category(c)[0] == "C"]
    assert "Traceback" not in server.log.read_text(encoding="utf-8", errors="replace")
    assert visitor.explain(photo(78))["photos"]["a"].get("error") is None


def answer_of_the_api(visitor: Visitor, file: dict[str, Any]) -> str:
    sent = {"data": [file, 18, "auto", None, None, "", 0]}
    called = visitor.http.post("/gradio_api/call/analyze", json=sent)
    assert called.status_code == 200, called.text
    return visitor.http.get(f"/gradio_api/call/analyze/{called.json()['event_id']}").text


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-Host": "elsewhere.example"},
        {"X-Forwarded-Host": "elsewhere.example", "X-Forwarded-Proto": "https", "X-Forwarded-Prefix": "/elsewhere"},
        {"X-Forwarded-For": "elsewhere.example", "Forwarded": "host=elsewhere.example"},
        {"X-Forwarded-Host": "elsewhere.example, other.example", "X-Forwarded-Port": "elsewhere"},
        {"X-Forwarded-Proto": "javascript"},
    ],
)
def test_what_a_forwarding_header_says_reaches_no_other_request(
    visitor: Visitor, server: Server, headers: dict[str, str]
) -> None:
    for path in ("/", "/config", "/ui/config.json"):
        assert visitor.http.get(path, headers=headers).status_code < 500
    with httpx.Client(base_url=server.url, timeout=60) as other:
        for path in ("/", "/config", "/ui/config.json"):
            answer = other.get(path)
            assert answer.status_code == 200 and "elsewhere" not in answer.text and "javascript:" not in answer.text


@pytest.mark.parametrize("name", ["X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Prefix", "Host"])
def test_markup_in_a_forwarding_header_is_no_markup_in_the_page(visitor: Visitor, name: str) -> None:
    answer = visitor.http.get("/", headers={name: 'a"></script><script>alert(1)</script>'})
    assert answer.status_code < 500
    assert "<script>alert(1)" not in answer.text
