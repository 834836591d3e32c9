"""Files that are whole or not there, and names that are safe wherever they are opened."""

from __future__ import annotations

import errno
import os
import random
import signal
import stat
import subprocess
import sys

import pytest

from resnet_demo.errors import InputError
from resnet_demo.export.files import Names, replacing, safe_stem, write


def test_a_file_appears_whole_and_takes_the_place_of_the_old_one(tmp_path):
    path = tmp_path / "deep" / "in" / "a.txt"
    write(path, "old")
    with replacing(path) as file:
        file.write(b"new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert os.listdir(path.parent) == ["a.txt"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, BrokenPipeError])
def test_whatever_goes_wrong_the_old_file_stays_and_nothing_is_left_beside_it(tmp_path, error):
    path = tmp_path / "a.txt"
    write(path, "old")
    with pytest.raises(error), replacing(path) as file:
        file.write(b"half of the n")
        raise error
    assert path.read_text() == "old" and os.listdir(tmp_path) == ["a.txt"]


def test_a_new_file_may_be_read_by_whom_the_system_lets(tmp_path):
    before = os.umask(0o022)
    try:
        write(tmp_path / "a.txt", "x")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a.txt").stat().st_mode) == 0o644


def test_a_folder_that_can_not_be_made_is_an_error_for_people(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(InputError, match=r"file/a\.txt can't be written: (Not a directory|File exists)"):
        write(tmp_path / "file" / "a.txt", "x")


def test_a_path_that_is_a_folder_is_an_error_for_people(tmp_path):
    (tmp_path / "a.txt").mkdir()
    with pytest.raises(InputError, match=r"a\.txt can't be written: Is a directory"):
        write(tmp_path / "a.txt", "x")
    assert os.listdir(tmp_path) == ["a.txt"]


def test_a_full_disk_is_an_error_for_people(tmp_path):
    with pytest.raises(InputError, match="No space left on device"), replacing(tmp_path / "a.txt"):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert os.listdir(tmp_path) == []


def test_a_name_that_is_no_unicode_is_written_with_an_escape(tmp_path):
    write(tmp_path / "a.json", '"\udcff"')
    assert (tmp_path / "a.json").read_bytes() == rb'"\udcff"'


@pytest.mark.parametrize(
    ("photo", "stem"),
    [
        ("coffee.png", "coffee"),
        ("photos/2024/IMG 0012.JPG", "IMG 0012"),
        (r"C:\photos\cat.jpeg", "cat"),
        ("../../etc/passwd", "passwd"),
        ("..", "photo"),
        (".", "photo"),
        ("", "photo"),
        (".hidden", "hidden"),
        ("a/../", "photo"),
        ("NUL.jpg", "_NUL"),
        ("com1", "_com1"),
        ("-rf.png", "_-rf"),
        ('<b>"x"|y?*.png', "_b__x__y__"),
        ("a\0b\nc.png", "a_b_c"),
        ("猫.webp", "猫"),
        ("cafe\u0301.png", "caf\u00e9"),
        ("archive.tar.png", "archive.tar"),
        ("....", "photo"),
        ("trailing. .png", "trailing"),
    ],
)
def test_a_name_keeps_what_is_safe(photo, stem):
    assert safe_stem(photo) == stem


def test_no_name_leads_out_of_its_folder():
    draw = random.Random(0)
    letters = "ab./\\:*?\"<>|~$`'\0\n\r\t -_%&é猫\u202e\ud800CONnul1"
    for _ in range(5000):
        stem = safe_stem("".join(draw.choices(letters, k=draw.randrange(0, 120))))
        assert stem and stem not in (".", "..") and not set(stem) & set('/\\:*?"<>|\0\n\r\t')
        assert stem[0] not in ".-" and stem[-1] not in ". " and len(stem.encode()) <= 81


def test_names_that_repeat_are_numbered_even_where_case_does_not_count():
    names = Names()
    taken = [names.take(name) for name in ("a/cat.png", "b/cat.jpg", "CAT.png", "cat-2.png", "dog.png")]
    assert taken == ["cat", "cat-2", "CAT-3", "cat-2-2", "dog"]


WRITES = """
import sys, time
from pathlib import Path
from resnet_demo.export.files import replacing
with replacing(Path(sys.argv[1])) as file:
    file.write(b"half of the n")
    file.flush()
    print("writing", flush=True)
    time.sleep(60)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows has no such signal")
def test_what_a_killed_export_left_is_removed_by_the_next_and_what_another_writes_stays(tmp_path):
    def begun():
        process = subprocess.Popen([sys.executable, "-c", WRITES, str(tmp_path / "a.txt")], stdout=subprocess.PIPE)
        assert process.stdout.readline() == b"writing\n"
        return process

    write(tmp_path / "a.txt", "old")
    killed = begun()
    killed.kill()
    killed.wait()
    (left,) = set(os.listdir(tmp_path)) - {"a.txt"}
    running = begun()
    try:
        write(tmp_path / "b.txt", "whole")
        assert (tmp_path / "a.txt").read_text() == "old"
        (part,) = set(os.listdir(tmp_path)) - {"a.txt", "b.txt"}
        assert part != left
    finally:
        running.kill()
        running.wait()
