"""Downloads into a folder that can't be written, is full, or isn't one."""

import errno
import os
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest

from resnet_demo.errors import WeightsUnavailable
from tests.weights.download.published import BODY, NAME, fetched, held, refused


@contextmanager
def _folder_of_others():
    """A folder that may be read and not written, for the superuser too, who is somebody else meanwhile."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o555)
        somebody = os.geteuid()
        if somebody == 0:
            os.seteuid(65534)
        try:
            yield folder
        finally:
            os.seteuid(somebody)
            folder.chmod(0o755)


@pytest.mark.skipif(not hasattr(os, "seteuid"), reason="Windows has no permissions of this kind")
def test_a_folder_that_may_not_be_written_is_named(mirror, file):
    mirror.put(f"/{NAME}", BODY)
    with _folder_of_others() as folder:
        for place in (folder, folder / "hub" / "checkpoints"):
            with refused(WeightsUnavailable, "download-not-writable", str(place), "TORCH_HOME"):
                fetched(file, place)
    assert mirror.requests == []


@pytest.mark.skipif(not hasattr(os, "seteuid"), reason="Windows has no permissions of this kind")
def test_a_file_in_a_folder_that_may_not_be_written_is_used(mirror, file):
    with _folder_of_others() as folder:
        somebody = os.geteuid()
        os.seteuid(os.getuid())
        folder.chmod(0o755)
        (folder / NAME).write_bytes(BODY)
        folder.chmod(0o555)
        os.seteuid(somebody)
        assert fetched(file, folder) == folder / NAME
    assert mirror.requests == []


def test_a_file_where_the_folder_should_be_is_said(file, tmp_path):
    (tmp_path / "hub").write_text("not a folder")
    with refused(WeightsUnavailable, "download-not-writable", "TORCH_HOME"):
        fetched(file, tmp_path / "hub" / "checkpoints")


def test_a_full_disk_is_named_and_nothing_stays(mirror, file, tmp_path, monkeypatch):
    def full(_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    mirror.put(f"/{NAME}", BODY)
    monkeypatch.setattr(os, "fsync", full)  # where file systems that allocate late say so
    with refused(WeightsUnavailable, "download-disk-full", "disk is full", str(tmp_path)):
        fetched(file, tmp_path)
    assert held(tmp_path) == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limits of this kind")
def test_a_system_that_takes_no_more_bytes_is_named_and_nothing_stays(mirror, file, tmp_path):
    import resource

    mirror.put(f"/{NAME}", BODY)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_001, hard))  # in the middle of a chunk
    try:
        with refused(WeightsUnavailable, "download-not-writable", os.strerror(errno.EFBIG)):
            fetched(file, tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert held(tmp_path) == []
