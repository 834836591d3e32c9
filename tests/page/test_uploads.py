"""Visitors' files: which may be named, and when they go."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from resnet_demo.errors import InputError
from resnet_demo.page.environment import PREFIX, remove_orphans
from resnet_demo.page.uploads import Uploads


@pytest.fixture
def uploads(tmp_path: Path) -> Uploads:
    folder = tmp_path / "uploads"
    folder.mkdir()
    return Uploads(folder, age=100, megabytes=1)


def stored(uploads: Uploads, name: str = "a.png", digit: str = "a", size: int = 10, age: float = 0) -> Path:
    folder = uploads.folder / (digit * 64)
    folder.mkdir(exist_ok=True)
    file = folder / name
    file.write_bytes(b"x" * size)
    when = file.stat().st_mtime - age
    os.utime(file, (when, when))
    os.utime(folder, (when, when))
    return file


def test_an_upload_is_found_by_its_path(uploads: Uploads) -> None:
    file = stored(uploads)
    assert uploads.find(str(file), "a.png") == file


def test_nothing_but_an_upload_is_found(uploads: Uploads, tmp_path: Path) -> None:
    file = stored(uploads)
    outside = tmp_path / "secret.png"
    outside.write_bytes(b"x")
    link = file.parent / "link.png"
    link.symlink_to(outside)
    for path in (
        outside,
        link,
        file.parent,
        f"{file.parent}/../{'a' * 64}/a.png",
        "a.png",
        "",
        "\0",
        "x" * 9000,
        uploads.folder / "a.png",
    ):
        with pytest.raises(InputError) as told:
            uploads.find(str(path), "photo")
        assert told.value.code == "photo-gone"


def test_an_upload_is_deleted_with_its_folder_unless_another_lies_there(uploads: Uploads) -> None:
    first, second = stored(uploads, "a.png"), stored(uploads, "b.png")
    uploads.delete(str(first))
    assert not first.exists() and second.exists()
    uploads.delete(str(second))
    assert not second.parent.exists()
    uploads.delete(str(second))


def test_old_uploads_and_broken_off_ones_are_swept(uploads: Uploads) -> None:
    old, new = stored(uploads, digit="a", age=200), stored(uploads, digit="b")
    broken = uploads.folder / "tmpabc"
    broken.write_bytes(b"x")
    os.utime(broken, (0, 0))
    uploads.sweep()
    assert not old.parent.exists() and not broken.exists()
    assert new.exists()


def test_what_came_is_swept_soon_and_not_only_in_its_turn(uploads: Uploads) -> None:
    uploads.keep_sweeping(every=3600)
    first, second = stored(uploads, digit="a", size=700_000, age=50), stored(uploads, digit="b", size=700_000)
    uploads.sweep_soon()
    until = time.monotonic() + 30
    while first.exists() and time.monotonic() < until:
        time.sleep(0.01)
    uploads.stop()
    assert not first.exists() and second.exists()


def test_beyond_the_megabytes_the_oldest_go(uploads: Uploads) -> None:
    files = [stored(uploads, digit=digit, size=400_000, age=age) for digit, age in (("a", 50), ("b", 30), ("c", 10))]
    uploads.sweep()
    assert [file.exists() for file in files] == [False, True, True]


STARTS = """
import sys, time
from pathlib import Path
from resnet_demo.page.environment import prepare
from resnet_demo.settings import Settings
print(prepare(Settings(temp_dir=Path(sys.argv[1]))), flush=True)
time.sleep(60)
"""


def test_folders_of_killed_processes_are_removed_and_of_running_ones_kept(tmp_path: Path) -> None:
    def started() -> tuple[subprocess.Popen[str], Path]:
        process = subprocess.Popen([sys.executable, "-c", STARTS, str(tmp_path)], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        return process, Path(process.stdout.readline().strip()).parent

    killed, left = started()
    killed.kill()
    killed.wait()
    assert left.is_dir()
    running, kept = started()
    try:
        (tmp_path / f"{PREFIX}other").mkdir()
        remove_orphans(tmp_path)
        assert not left.exists()
        assert sorted(tmp_path.iterdir()) == sorted([kept, tmp_path / f"{PREFIX}other"])
    finally:
        running.kill()
        running.wait()
