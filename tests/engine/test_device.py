"""Devices: what crosses to them and back, and how many cores there are to use."""

import subprocess
import sys

import numpy as np
import pytest
import torch

from resnet_demo.engine import allocator
from resnet_demo.engine.device import off_device, usable_cores


def test_what_comes_off_the_device_has_the_shape_it_had_there():
    found = off_device([{"a": torch.arange(3), "b": {"c": torch.tensor(2.5)}}], torch.device("cpu"))
    np.testing.assert_array_equal(found[0]["a"], [0, 1, 2])
    assert float(found[0]["b"]["c"]) == 2.5 and isinstance(found[0]["b"]["c"], np.ndarray)


@pytest.mark.parametrize(
    ("text", "cores"), [("100000 100000", 1), ("50000 100000", 1), ("max 100000", None), ("", None), (None, None)]
)
def test_a_containers_share_of_the_cores_counts(tmp_path, text, cores):
    file = tmp_path / "cpu.max"
    if text is not None:
        file.write_text(text)
    everything = usable_cores(tmp_path / "no limit")
    assert usable_cores(file) == (everything if cores is None else cores) >= 1


def test_the_allocators_settings_are_taken_where_there_is_glibc():
    known = allocator._of_glibc("mallopt") is not None
    assert allocator.keep_working_memory() is known
    allocator.give_back()


def test_buffers_apart_go_back_to_the_system_when_they_are_freed():
    """Between two others that are kept, where the common heap could not shrink."""
    if allocator._of_glibc("mallopt") is None:
        pytest.skip("no glibc")
    script = """
import contextlib
import os
from pathlib import Path
import numpy as np
from resnet_demo.engine import allocator

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

def freed_between(apart):
    with apart:
        buffers = [np.ones(2**20, np.uint8) for _ in range(65)]
    before = resident()
    del buffers[1:-1:2]
    return before - resident()

allocator.keep_working_memory()
print(freed_between(allocator.buffers_apart()), freed_between(contextlib.nullcontext()))
"""
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    apart, common = map(int, said)
    assert apart > 30 * 2**20
    assert common < 2 * 2**20
