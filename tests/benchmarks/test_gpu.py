"""The script for a graphics card, tried on the CPU: every part runs, and what it finds is right where it can be."""

from __future__ import annotations

import json
from argparse import Namespace

import pytest

from benchmarks import gpu


def test_the_script_tries_itself_on_the_cpu(tmp_path, capsys):
    gpu.main(Namespace(device="cpu", small=True, out=tmp_path))
    found = json.loads((tmp_path / "results.json").read_text())["gpu"]
    assert found["left out"] == [] and found["device"].startswith("CPU")
    (right,) = found["right"].values()
    # On the CPU float32 is compared with itself.
    assert right["same order"] == 1 and right["furthest map"] < 1e-3
    assert found["together"]["same"] and len(found["steady"]["held"]) == 2
    assert {name for case in found["fast"].values() for name in case["seconds"]} >= {
        "plain forward",
        "the whole job, float32",
        "classify, bfloat16",
    }
    text = (tmp_path / "RESULTS.md").read_text()
    assert "## GPU" in text and "to try the script" in text
    for line in text.splitlines():
        if line.startswith("| ResNet-18, batch 2"):
            assert line in capsys.readouterr().out
            break
    else:
        pytest.fail("no row for a batch of two")


def test_parts_that_the_time_does_not_allow_are_named(tmp_path):
    bench = gpu.Bench("cpu", gpu.SMALL, tmp_path)
    assert list(gpu.measured(bench, -1.0)) == [part.__name__ for part in gpu.PARTS] and bench.tables == []
