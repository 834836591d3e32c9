"""Tables of results: every number unrounded, and no name that a spreadsheet would run."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest

from resnet_demo.errors import InputError
from resnet_demo.export import tables
from resnet_demo.results import Classification, Failed
from tests.made_answers import GRIDS, made_analysis, predictions, with_cam

BROKEN = Failed("broken.png", InputError("photo-empty", name="broken.png"))


def read(data: bytes) -> list[dict[str, str]]:
    assert data.startswith(b"\xef\xbb\xbf")  # so that spreadsheets know it for UTF-8
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def test_the_summary_has_a_row_a_photo_with_the_lead_over_the_second_label():
    answers = [made_analysis(), BROKEN, Classification("one.png", predictions(0.75, 0.2, 0.05)[:1])]
    rows = read(tables.csv_file(tables.SUMMARY_COLUMNS, map(tables.summary_row, answers)))
    assert rows[0] == {
        "file": "coffee.png",
        "label": "espresso",
        "wnid": "n07920052",
        "probability": "0.75",
        "margin": repr(0.75 - 0.2),
        "second": "tabby",
        "error": "",
    }
    assert rows[1]["error"] == "broken.png is empty. Please choose another file." and rows[1]["label"] == ""
    assert rows[2]["label"] == "espresso" and rows[2]["margin"] == rows[2]["second"] == ""


def test_labels_have_a_row_each_most_probable_first():
    rows = read(tables.csv_file(tables.TOP_COLUMNS, tables.top_rows(made_analysis())))
    assert [(r["rank"], r["label"], r["wnid"], float(r["probability"])) for r in rows] == [
        ("1", "espresso", "n07920052", 0.75),
        ("2", "tabby", "n02123045", 0.2),
        ("3", "Egyptian cat", "n02124075", 0.05),
    ]
    assert float(rows[0]["logit"]) == np.log(0.75)
    (failed,) = read(tables.csv_file(tables.TOP_COLUMNS, tables.top_rows(BROKEN)))
    assert failed["file"] == "broken.png" and failed["error"] == "broken.png is empty. Please choose another file."


def test_stages_have_a_row_each_in_the_order_of_the_data():
    rows = read(
        tables.csv_file(
            tables.STAGE_COLUMNS, tables.stage_rows(with_cam(made_analysis(), "layer4", [[1, -2], [0.5, 4]]))
        )
    )
    assert [r["stage"] for r in rows] == list(GRIDS)
    last = rows[-1]
    assert (last["channels"], last["rows"], last["columns"]) == ("6", "2", "2")
    assert (float(last["map_min"]), float(last["map_max"]), float(last["map_sum"])) == (-2, 4, 3.5)
    assert (last["spearman_grad-cam++"], last["spearman_xgrad-cam"], last["spearman_layercam"]) == ("0.5", "", "-0.25")
    assert (last["receptive_field"], last["receptive_field_step"], last["receptive_field_start"]) == ("43", "8", "-17")


@pytest.mark.parametrize(
    "name", ["=1+1.png", "+cmd|' /C calc'!A0.png", "-2.png", "@SUM(A1).png", "\tx.png", "\rx.png", "＝1.png", " =1.png"]
)
def test_a_name_that_a_spreadsheet_would_run_gets_an_apostrophe(name):
    (row,) = read(tables.csv_file(tables.SUMMARY_COLUMNS, [tables.summary_row(made_analysis(name))]))
    assert row["file"] == f"'{name}"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("name", ["a;=1.png", "a; ＝1.png", 'a";+1,b.png', "a\n=1.png", "a\t@x.png", "a|-1;;=2.png"])
def test_no_cell_is_a_formula_whatever_a_spreadsheet_parts_cells_at(name, delimiter):
    data = tables.csv_file(tables.SUMMARY_COLUMNS, [tables.summary_row(made_analysis(name))]).decode("utf-8-sig")
    for line in data.splitlines():
        for cell in line.split(delimiter):
            assert not cell.lstrip(" ").startswith(tuple("=+-@＝＋－＠")), cell


def test_numbers_below_zero_stay_numbers():
    assert next(tables.csv_lines([[-0.25, "-0.25"]])) == "-0.25,'-0.25\n"


def test_names_with_commas_quotes_and_line_feeds_come_back_as_they_were():
    name = 'a "b", c\nd.png'
    (row,) = read(tables.csv_file(tables.SUMMARY_COLUMNS, [tables.summary_row(made_analysis(name))]))
    assert row["file"] == name
