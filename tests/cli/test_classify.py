"""``classify``: results in the order given, each format readable by others, a bad photo costs only itself."""

from __future__ import annotations

import csv
import io
import json
import os
import types

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
    assert (said.code, said.err) == (0, "2 photos\n")


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
    assert run("classify", COFFEE, "--top-k", "1").err == "1 photo\n"


def test_the_table_names_each_photo_once_above_its_labels(run, expected):
    lines = run("classify", COFFEE, "--top-k", "2").out.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith(str(COFFEE)) and lines[0].endswith("  espresso")
    assert lines[1].startswith(" ") and lines[1].endswith(expected[str(COFFEE)].predictions[1].label)


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
