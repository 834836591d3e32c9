"""Photos at addresses: storage in memory stands for one far away."""

from __future__ import annotations

import fsspec
import pytest

from resnet_demo.errors import InputError
from resnet_demo.photos.read import read_photo
from resnet_demo.photos.remote import Remote, is_address, listed
from resnet_demo.settings import Settings


@pytest.fixture
def storage():
    memory = fsspec.filesystem("memory")
    memory.pipe({"/remote/b.png": b"2", "/remote/a.png": b"1", "/remote/deep/c.png": b"3"})
    yield memory
    memory.rm("/remote", recursive=True)


def test_an_address_begins_with_what_fetches_it():
    assert is_address("s3://bucket/a.png") and is_address("memory://a")
    assert not any(map(is_address, ("a.png", "/a/b.png", "C:\\photos", "c://photos", "-", "a:b.png", "")))


def test_a_folder_is_listed_in_the_order_of_names(storage):
    assert listed("memory://remote", False) == (["memory:///remote/a.png", "memory:///remote/b.png"], 1)
    below = ["memory:///remote/a.png", "memory:///remote/b.png", "memory:///remote/deep/c.png"]
    assert listed("memory://remote/", True) == (below, 0)
    assert listed("memory://remote/*.png", False) == (below[:2], 0)
    assert listed("memory://remote/a.png", False) is None


def test_a_photo_is_fetched_when_it_is_read_and_within_the_limits(storage):
    assert Remote("memory://remote/a.png").read() == b"1"
    storage.pipe("/remote/large.png", bytes(2000))
    with pytest.raises(InputError) as refused:
        read_photo(Remote("memory://remote/large.png"), settings=Settings(max_file_mb=0.001))
    assert refused.value.code == "photo-too-large" and refused.value.details["name"] == "large.png"


def test_what_can_not_be_fetched_is_an_error_of_its_photo(storage):
    with pytest.raises(InputError) as refused:
        read_photo(Remote("memory://remote/none.png"))
    assert refused.value.code == "photo-unreadable" and refused.value.details["name"] == "none.png"
    with pytest.raises(InputError) as unknown:
        listed("nosuch://remote", False)
    assert unknown.value.code == "address-unreadable"
