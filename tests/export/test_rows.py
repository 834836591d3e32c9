"""Rows files: whole whenever a run ends, and the same in the end as if it had not."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pyarrow.parquet as parquet
import pytest

from resnet_demo.errors import InputError
from resnet_demo.export import rows as rows_module
from resnet_demo.export.rows import Rows
from resnet_demo.results import Classification, Failed, Prediction
from resnet_demo.results.json import from_json

NAMES = ["a.png", "=1+1.png", 'b,"c"\n1,1.png', "a.png", "d\udcff.png", "ä.png"]
ASKED = {"depth": 18, "top_k": 2}


def answer(name: str) -> Classification:
    best = [Prediction(n, f"n{n:08}", f'label, "{n}"', 0.5 - n / 10, 1.5 - n, 0.4) for n in range(2)]
    return Classification(name, tuple(best))


def written(path: Path, names: list[str], resume: bool = False) -> list[str]:
    """Have the rows of ``names`` in the file; returns the names that were not there."""
    with Rows(path, ASKED, resume) as rows:
        due = [name for name in names if not rows.skip(name)]
        for name in due:
            rows.add(answer(name))
    return due


@pytest.mark.parametrize("ending", [".csv", ".jsonl"])
def test_cut_short_anywhere_a_file_is_the_same_in_the_end(tmp_path, ending):
    whole = tmp_path / f"whole{ending}"
    assert written(whole, NAMES) == NAMES
    data = whole.read_bytes()
    cut = tmp_path / f"cut{ending}"
    written(cut, [])
    for length in (*range(0, len(data), 41), *range(len(data) - 90, len(data) + 1)):
        cut.write_bytes(data[:length])
        due = written(cut, NAMES, resume=True)
        assert cut.read_bytes() == data, length
        assert Counter(due) <= Counter(NAMES) and (length or due == NAMES)
    assert len(due) <= 1, "all but the last photo of a whole file are done"


def test_parquet_holds_whole_parts_at_any_time(tmp_path, monkeypatch):
    monkeypatch.setattr(rows_module, "PART_PHOTOS", 2)
    path = tmp_path / "x.parquet"
    killed = Rows(path, ASKED)
    for name in NAMES[:5]:
        killed.add(answer(name))  # and never closed
    names = [name.encode("utf-8", "backslashreplace").decode() for name in NAMES]
    found = parquet.read_table(path)
    assert found["file"].to_pylist() == [name for name in names[:4] for _ in range(2)]
    assert found["rank"].to_pylist() == [1, 2] * 4 and found["probability"].to_pylist() == [0.5, 0.4] * 4
    (path / ".resnet-demo-0.part").write_bytes(b"PAR1")
    assert written(path, NAMES, resume=True) == NAMES[4:]
    assert parquet.read_table(path)["file"].to_pylist() == [name for name in names for _ in range(2)]
    assert written(path, NAMES, resume=True) == []


def test_what_failed_is_no_row_and_is_tried_again(tmp_path):
    path = tmp_path / "x.jsonl"
    error = InputError("photo-empty", name="b.png")
    with Rows(path, ASKED) as rows:
        rows.add(answer("a.png"))
        rows.add(Failed("deep/b.png", error))
    (line,) = (tmp_path / "x.jsonl.errors.jsonl").read_text().splitlines()
    failed = from_json(json.loads(line))
    assert (failed.name, failed.error.code) == ("deep/b.png", "photo-empty")
    assert written(path, ["a.png", "deep/b.png"], resume=True) == ["deep/b.png"]
    assert not (tmp_path / "x.jsonl.errors.jsonl").exists()


def test_a_file_is_neither_replaced_nor_mixed_with_another_question(tmp_path):
    path = tmp_path / "x.csv"
    written(path, NAMES)
    before = path.read_bytes()
    for asked, resume, code in ((ASKED, False, "output-exists"), ({**ASKED, "depth": 50}, True, "resume-other")):
        with pytest.raises(InputError) as refused:
            Rows(path, asked, resume)
        assert refused.value.code == code and path.read_bytes() == before
    for name, code in (("x.txt", "rows-ending"), ("x", "rows-ending")):
        with pytest.raises(InputError) as refused:
            Rows(tmp_path / name, ASKED)
        assert refused.value.code == code
    path.with_suffix(".jsonl").write_text("no JSON\n")
    path.with_name("x.jsonl.run.json").write_text(json.dumps(ASKED))
    with pytest.raises(InputError) as refused:
        Rows(path.with_suffix(".jsonl"), ASKED, True)
    assert refused.value.code == "rows-unreadable" and path.with_suffix(".jsonl").read_text() == "no JSON\n"


def test_a_place_that_can_not_be_written_is_an_error_of_what_was_asked(tmp_path):
    (tmp_path / "file").write_text("in the way")
    for ending in (".csv", ".jsonl", ".parquet"):
        with pytest.raises(InputError) as refused:
            Rows(tmp_path / "file" / f"x{ending}", ASKED)
        assert refused.value.code == "output-not-writable"
