"""``classify``: results in the order given, each format readable by others, a bad photo costs only itself."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import types
from pathlib import Path

import fsspec
import pyarrow.parquet as parquet
import pytest

from resnet_demo import Engine, Settings
from resnet_demo.cli import photos as photos_module
from resnet_demo.errors import InputError
from resnet_demo.results import Classification, Failed
from resnet_demo.results.json import from_json
from tests.cli.conftest import EXAMPLES

COFFEE, KOALA = EXAMPLES / "coffee.png", EXAMPLES / "koala.webp"


@pytest.fixture(scope="module")
def expected() -> dict[str, Classification]:
    """What the engine says of the photos, by their paths."""
    paths = [str(COFFEE), str(KOALA)]
    return dict(zip(paths, Engine(settings=Settings()).classify(paths, weights="tiny-imagenet"), strict=True))


def same(found, expected) -> bool:
    """The same answer, whatever batch it was worked out in: labels in one order, probabilities within 1e-4."""
    return [p.label for p in found] == [p.label for p in expected] and all(
        abs(a.probability - b.probability) <= 1e-4 for a, b in zip(found, expected, strict=True)
    )


def test_json_is_one_array_of_the_engines_own_answers(run, expected, broken):
    said = run("classify", KOALA, broken, COFFEE, "--json", "--weights", "tiny-imagenet", "--quiet")
    koala, failed, coffee = map(from_json, json.loads(said.out))
    assert same(koala.predictions, expected[str(KOALA)].predictions) and koala.name == str(KOALA)
    assert same(coffee.predictions, expected[str(COFFEE)].predictions) and coffee.name == str(COFFEE)
    assert isinstance(failed, Failed) and failed.name == str(broken) and isinstance(failed.error, InputError)
    assert said.code == 1 and said.err.splitlines() == [f"{broken}: {failed.error.message}"]


def test_json_lines_are_a_document_a_line(run, expected):
    said = run("classify", COFFEE, KOALA, "--format", "jsonl", "--top-k", "2")
    coffee, koala = [from_json(json.loads(line)) for line in said.out.splitlines()]
    assert same(coffee.predictions, expected[str(COFFEE)].predictions[:2])
    assert same(koala.predictions, expected[str(KOALA)].predictions[:2])
    assert said.code == 0 and re.fullmatch(r"2 photos, [\d.]+ a second\n", said.err)


def test_csv_has_a_row_a_label(run, expected, broken):
    said = run("classify", COFFEE, broken, "--format", "csv", "--top-k", "3")
    rows = list(csv.DictReader(io.StringIO(said.out)))
    assert [(r["file"], r["rank"], r["label"]) for r in rows[:3]] == [
        (str(COFFEE), str(rank), p.label) for rank, p in enumerate(expected[str(COFFEE)].predictions[:3], 1)
    ]
    probability = expected[str(COFFEE)].predictions[0].probability
    assert float(rows[0]["probability"]) == pytest.approx(probability, abs=1e-4)
    assert rows[3]["file"] == str(broken) and rows[3]["label"] == "" and rows[3]["error"].startswith("broken.png is ")


def test_one_photo_is_told_in_the_singular(run):
    assert re.fullmatch(r"1 photo, [\d.]+ a second\n", run("classify", COFFEE, "--top-k", "1").err)


def test_the_table_names_each_photo_once_above_its_labels(run, expected):
    lines = run("classify", COFFEE, "--top-k", "2").out.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith(str(COFFEE)) and lines[0].endswith("  espresso")
    assert lines[1].startswith(" ") and lines[1].endswith(expected[str(COFFEE)].predictions[1].label)


def test_how_a_photo_was_read_is_said_where_that_is_not_plain(run, endless):
    said = run("classify", COFFEE, endless, "--top-k", "1")
    assert "end mark" not in said.out
    assert said.err.splitlines()[0] == f"{endless}: The file lacks its end mark; every pixel was there."
    assert "coffee" not in said.err
    quiet = run("classify", COFFEE, endless, "--top-k", "1", "--json", "--quiet")
    assert [each["notes"] for each in json.loads(quiet.out)] == [[], ["end-missing"]] and quiet.err == ""


def test_no_photos_are_an_empty_array(run, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    said = run("classify", empty, "--json")
    assert json.loads(said.out) == [] and said.code == 1 and f"{empty} holds no photos" in said.err


def test_folders_are_streamed_in_order(run, folder):
    said = run("classify", folder, "--recursive", "--format", "jsonl", "--top-k", "1", "--batch-size", "2", "-q")
    names = [os.path.relpath(json.loads(line)["name"], folder) for line in said.out.splitlines()]
    assert names == ["a.PNG", "b.webp", os.path.join("below", "c.png")]
    assert (said.code, said.err) == (0, "")


def test_names_come_from_standard_input(run, monkeypatch, folder):
    stdin = types.SimpleNamespace(buffer=io.BytesIO(f"{folder / 'b.webp'}\0{folder / 'a.PNG'}\0".encode()))
    monkeypatch.setattr(photos_module.sys, "stdin", stdin)
    said = run("classify", "-", COFFEE, "--format", "jsonl", "--top-k", "1")
    names = [json.loads(line)["name"] for line in said.out.splitlines()]
    assert names == [str(folder / "b.webp"), str(folder / "a.PNG"), str(COFFEE)]


def test_a_name_that_is_no_unicode_survives_in_json(run, tmp_path):
    path = os.fsencode(tmp_path) + b"/a\xff.png"
    with open(path, "wb") as file:
        file.write(COFFEE.read_bytes())
    said = run("classify", os.fsdecode(path), "--format", "jsonl", "--top-k", "1")
    assert os.fsencode(json.loads(said.out)["name"]) == path


# Rows in a file


def file_rows(path: Path) -> list[tuple[str, int, str]]:
    """File, rank and label of each row, by whoever else reads such files."""
    if path.suffix == ".parquet":
        return [(r["file"], r["rank"], r["label"]) for r in parquet.read_table(path).to_pylist()]
    if path.suffix == ".csv":
        found = csv.DictReader(io.StringIO(path.read_text()))
        return [(r["file"], int(r["rank"]), r["label"]) for r in found]
    answers = [from_json(json.loads(line)) for line in path.read_text().splitlines()]
    return [(a.name, rank, p.label) for a in answers for rank, p in enumerate(a.predictions, 1)]


@pytest.mark.parametrize("ending", [".csv", ".jsonl", ".parquet"])
def test_rows_go_to_a_file_and_what_failed_to_another(run, tmp_path, expected, broken, ending):
    out = tmp_path / f"labels{ending}"
    words = ["classify", COFFEE, broken, KOALA, "--top-k", "2", "--out", out]
    said = run(*words)
    assert said.code == 1 and said.out == "" and "3 photos, 1 of them failed, " in said.err
    rows = [(name, rank, p.label) for name, a in expected.items() for rank, p in enumerate(a.predictions[:2], 1)]
    assert file_rows(out) == rows
    failed = from_json(json.loads(Path(f"{out}.errors.jsonl").read_text()))
    assert (failed.name, failed.error.code) == (str(broken), "photo-not-an-image")
    assert (again := run(*words)).code == 2 and f"{out} is there already" in again.err and file_rows(out) == rows
    # What failed is tried again, and only that: the file's last photo may have been cut short, so it is made anew too.
    shutil.copy(COFFEE, broken)
    said = run(*words, "--resume")
    assert said.code == 0 and not Path(f"{out}.errors.jsonl").exists()
    assert sorted(file_rows(out)) == sorted(rows + [(str(broken), r, label) for _, r, label in rows[:2]])
    other = run(*words, "--resume", "--depth", "34")
    assert other.code == 2 and "depth 18, now 34" in other.err


def test_a_killed_run_leaves_whole_rows_and_is_gone_on_with(run, tmp_path):
    photos = tmp_path / "many"
    photos.mkdir()
    for number in range(300):
        (photos / f"{number:03}.png").symlink_to(COFFEE)
    out = tmp_path / "labels.csv"
    words = ["classify", str(photos), "--out", str(out), "--top-k", "2", "--batch-size", "4"]
    process = subprocess.Popen([sys.executable, "-m", "resnet_demo", *words], cwd=Path(__file__).parents[2])
    while not out.exists() or out.stat().st_size < 1000:
        assert process.poll() is None, "it ended before anything was written"
    process.send_signal(signal.SIGKILL)
    process.wait()
    before = file_rows(out)
    assert 0 < len(before) < 600 and {label for _, rank, label in before if rank == 1} == {"espresso"}
    said = run(*words, "--resume")
    assert said.code == 0 and "more were done before" in said.err
    assert [(name, rank) for name, rank, _ in file_rows(out)] == [
        (str(photos / f"{number:03}.png"), rank) for number in range(300) for rank in (1, 2)
    ]


def test_photos_lie_at_addresses_and_in_lists(run, tmp_path, expected):
    memory = fsspec.filesystem("memory")
    memory.pipe({"/bucket/a.png": COFFEE.read_bytes(), "/bucket/deep/b.webp": KOALA.read_bytes(), "/bucket/c.txt": b""})
    names = tmp_path / "photos.txt"
    names.write_text(f"{KOALA}\nmemory://bucket/none.png\n")
    said = run("classify", "memory://bucket", "--recursive", "--list", names, "--format", "jsonl")
    found = [from_json(json.loads(line)) for line in said.out.splitlines()]
    assert [a.name for a in found] == [
        "memory:///bucket/a.png",
        "memory:///bucket/deep/b.webp",
        str(KOALA),
        "memory://bucket/none.png",
    ]
    for answer, photo in zip(found, (COFFEE, KOALA, KOALA), strict=False):
        assert same(answer.predictions, expected[str(photo)].predictions)
    assert isinstance(found[3], Failed) and found[3].error.code == "photo-unreadable" and said.code == 1
    assert "passed over 1 file without a photo's ending (c.txt)" in said.err
    assert run("classify").code == 2 and run("classify", "--list", tmp_path / "none").code == 2
    strange = run("classify", "nosuch://bucket/a.png")
    assert strange.code == 1 and "nosuch://bucket/a.png can't be read" in strange.err
