"""Numbers in pictures and tables are written as the viewer writes them."""

from __future__ import annotations

import json
import shutil
import subprocess

import pytest

from resnet_demo.export import numerals
from resnet_demo.viewer import VIEWER_DIR

VALUES = [
    0,
    1,
    -1,
    0.5,
    0.00697,
    -0.0529,
    2.0912,
    10.46,
    99.96,
    123.4,
    9999.4,
    12345,
    99999,
    123456,
    -1e7,
    1e-4,
    9.99e-5,
    -3e-9,
    float("inf"),
]
FRACTIONS = [0, 1e-6, 0.00009, 0.0001, 0.0095, 0.00994, 0.00996, 0.1, 0.5, 0.8226, 0.9994, 0.9996, 0.99999, 1]
SHARES = [0, 1e-6, -1e-6, 0.00005, 0.0009, -0.00096, 0.125, -0.031, 1, -1]


@pytest.fixture(scope="module")
def viewer():
    """What the viewer's own functions make of the same numbers."""
    if shutil.which("node") is None:
        pytest.skip("no Node.js on this machine")
    script = (
        f"import * as n from {json.dumps((VIEWER_DIR / 'numbers.js').as_uri())};"
        f"const [values, fractions, shares] = {json.dumps([VALUES, FRACTIONS, SHARES])};"
        "console.log(JSON.stringify([values.map((v) => n.formatValue(v)), fractions.map(n.formatProbability),"
        "shares.map(n.formatShare)]));"
    ).replace("Infinity", "1/0")
    made = subprocess.run(["node", "--input-type=module", "-e", script], capture_output=True, text=True, check=True)
    return json.loads(made.stdout)


def test_values_probabilities_and_shares_read_as_in_the_viewer(viewer):
    values, fractions, shares = viewer
    assert [numerals.value(v) for v in VALUES] == values
    assert [numerals.probability(f) for f in FRACTIONS] == fractions
    assert [numerals.share(s) for s in SHARES] == shares


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0"), (0.00697, "0.00697"), (-2.5, "−2.50"), (1234567, "1.23 × 10⁶"), (2e-5, "2.00 × 10⁻⁵")],
)
def test_a_value_has_three_figures_and_a_true_minus(number, text):
    assert numerals.value(number) == text


@pytest.mark.parametrize(
    ("number", "text"), [(11_689_512, "11.7 M"), (1_814_073_344, "1.81 G"), (9536, "9.54 k"), (12, "12")]
)
def test_large_numbers_are_short(number, text):
    assert numerals.large(number) == text


@pytest.mark.parametrize(
    ("bytes_", "text"), [(46_830_571, "47 MB"), (5_000_000, "5.0 MB"), (1_200_000_000, "1,200 MB")]
)
def test_sizes_are_in_millions_of_bytes(bytes_, text):
    assert numerals.size(bytes_) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.0034, "3.4 ms"), (0.647, "647 ms"), (1.5, "1,500 ms"), (12.34, "12.3 s")]
)
def test_times_are_in_milliseconds_until_ten_seconds(seconds, text):
    assert numerals.seconds(seconds) == text
