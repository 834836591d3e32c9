"""Visitors' files: which may be named, and when they go."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from resnet_demo.errors import InputError
from resnet_demo.page import uploads as uploads_module
from resnet_demo.page.environment import OWNER, PREFIX, _own_folder, remove_orphans
from resnet_demo.page.uploads import BESIDES, Uploads, safe_name


@pytest.fixture
def uploads(tmp_path: Path) -> Uploads:
    folder = tmp_path / "uploads"
    folder.mkdir()
    return Uploads(folder, age=100, megabytes=4)


def stored(uploads: Uploads, name: str = "a.png", size: int = 10, address: str = "here") -> Path:
    file = uploads.place(name)
    file.write_bytes(os.urandom(size))
    uploads.keep(file, address)
    return file


def test_an_upload_is_found_by_its_path(uploads: Uploads) -> None:
    file = stored(uploads)
    assert uploads.find(str(file), "a.png") == file


def test_nothing_but_an_upload_is_found(uploads: Uploads, tmp_path: Path) -> None:
    file, begun = stored(uploads), uploads.place("b.png")
    begun.write_bytes(b"half of")
    outside = tmp_path / "secret.png"
    outside.write_bytes(b"x")
    link = uploads.place("link.png")
    link.symlink_to(outside)
    uploads.keep(link, "here")
    for path in (
        outside,
        begun,
        link,
        file.parent,
        f"{file.parent}/../{file.parent.name}/a.png",
        "a.png",
        "",
        "\0",
        "x" * 9000,
        uploads.folder / "a.png",
    ):
        with pytest.raises(InputError) as told:
            uploads.find(str(path), "photo")
        assert told.value.code == "photo-gone"


def test_the_same_photo_sent_by_two_lies_in_two_places_and_goes_from_one_of_them(uploads: Uploads) -> None:
    first, second = stored(uploads), stored(uploads)
    uploads.delete(str(first))
    assert not first.parent.exists() and second.exists()
    uploads.delete(str(first))


@pytest.mark.parametrize(
    ("given", "lies"),
    [
        ("cat.jpg", "cat.jpg"),
        ("C:\\photos\\my cat (1).jpg", "my cat (1).jpg"),
        ("../../escaped.png", "escaped.png"),
        (".hidden.png", "hidden.png"),
        ("..", "photo"),
        ("", "photo"),
        ("photo\u202egnp.exe", "photognp.exe"),
        ("猫.png", "猫.png"),
        ("猫" * 200 + ".png", "猫" * 65 + ".png"),
        ("a." + "x" * 400, "a." + "x" * 198),
    ],
)
def test_a_name_lies_on_the_disk_without_what_could_be_a_path(given: str, lies: str) -> None:
    assert safe_name(given) == lies


class Clock:
    """A monotonic clock that is set by hand, and a wall clock that goes back whenever it is asked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        monkeypatch.setattr(uploads_module.time, "monotonic", lambda: self.now)
        monkeypatch.setattr(uploads_module.time, "time", lambda: -self.now)


def test_uploads_go_at_their_age_though_the_clock_goes_back(uploads: Uploads, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    old = stored(uploads)
    clock.now += 60
    new = stored(uploads)
    os.utime(old, (2**31, 2**31))
    clock.now += 60
    uploads.sweep()
    assert not old.parent.exists() and new.exists()


def test_beyond_the_megabytes_the_oldest_of_who_has_most_go(uploads: Uploads) -> None:
    mine = [stored(uploads, size=500_000, address="a") for _ in range(2)]
    flood = [stored(uploads, size=500_000, address="b") for _ in range(9)]
    assert all(file.exists() for file in mine)
    assert [file.exists() for file in flood] == [False] * 6 + [True] * 3


def test_one_address_has_three_quarters_at_most_and_its_newest_file_always(uploads: Uploads) -> None:
    files = [stored(uploads, size=500_000) for _ in range(6)]
    assert [file.exists() for file in files] == [False, False, False, True, True, True]
    large = stored(uploads, size=3_900_000)
    assert large.exists() and not any(file.exists() for file in files)


def test_a_file_counts_its_places_on_the_disk_as_well(uploads: Uploads) -> None:
    files = [stored(uploads, size=1) for _ in range(40)]
    assert sum(file.exists() for file in files) == int(0.75 * 4e6 // (BESIDES + files[-1].stat().st_blocks * 512))


STARTS = """
import sys, time
from pathlib import Path
from resnet_demo.page import uploads as uploads_module
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


def test_many_starts_and_sweeps_at_once_take_no_folder_from_each_other(tmp_path: Path) -> None:
    """Threads stand for processes here: each start has a lock of its own."""

    def start(_: int) -> Path:
        remove_orphans(tmp_path)
        folder, owner = _own_folder(tmp_path)
        remove_orphans(tmp_path)
        assert (folder / "uploads").is_dir() and folder.stat().st_mode & 0o077 == 0
        owner.release()
        return folder

    with ThreadPoolExecutor(16) as threads:
        assert len(set(threads.map(start, range(200)))) == 200


def test_a_folder_that_is_taken_for_a_left_one_before_it_is_locked_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = []
    mkdtemp = tempfile.mkdtemp

    def made(**how: Any) -> str:
        folder = mkdtemp(**how)
        if not taken:
            taken.append(Path(folder))
            (taken[0] / OWNER).touch()
            remove_orphans(tmp_path)
        return folder

    monkeypatch.setattr(tempfile, "mkdtemp", made)
    folder, owner = _own_folder(tmp_path)
    assert (folder / "uploads").is_dir()
    assert folder.stat().st_mode & 0o777 == 0o700
    remove_orphans(tmp_path)
    assert (folder / "uploads").is_dir(), "it is locked"
    owner.release()
