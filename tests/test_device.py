"""Devices: what crosses to them and back, and how many cores there are to use."""

import numpy as np
import pytest
import torch

from resnet_demo import allocator
from resnet_demo.device import off_device, usable_cores


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
