from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.skipif(sys.platform != "linux", reason="glibc alone is asked")
def test_freed_memory_is_kept_where_the_c_library_can() -> None:
    code = """
import resource, torch
from training.allocator import keep_freed_memory
def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(20):
        torch.ones(2**24)  # 64 MiB
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
first = faults()
assert keep_freed_memory()
faults()
assert faults() < first / 10, first
"""
    subprocess.run([sys.executable, "-c", code], check=True)
