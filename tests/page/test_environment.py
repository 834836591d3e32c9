"""Where a server's files lie, and whose folders it leaves alone."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from resnet_demo.page.environment import OWNER, PREFIX, remove_orphans, without_proxies
from tests.serving import ROOT

NOBODY = 65534


def test_the_folder_of_another_user_is_passed_over(tmp_path: Path):
    """A folder that may not be looked into: root is let in everywhere, and so becomes somebody else first."""
    theirs = tmp_path / f"{PREFIX}theirs"
    theirs.mkdir()
    (theirs / OWNER).touch()
    theirs.chmod(0)
    code = f"""
import os, sys
from pathlib import Path
from resnet_demo.page.environment import OWNER, remove_orphans
parent = Path(sys.argv[1])
if os.getuid() == 0:
    os.setuid({NOBODY})
try:
    (parent / "{PREFIX}theirs" / OWNER).stat()
except PermissionError:
    remove_orphans(parent)
    print("passed over")
"""
    for folder in (tmp_path, *tmp_path.parents):
        if folder.owner() == tmp_path.owner() and folder != Path(folder.anchor):
            folder.chmod(folder.stat().st_mode | 0o055)
    said = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert said.stdout == "passed over\n"
    assert theirs.is_dir()


def test_the_folder_of_a_process_that_has_gone_is_removed_and_what_is_not_ours_is_kept(tmp_path: Path):
    left, other = tmp_path / f"{PREFIX}left", tmp_path / f"{PREFIX}without-a-lock"
    left.mkdir()
    (left / OWNER).touch()
    other.mkdir()
    remove_orphans(tmp_path)
    assert not left.exists() and other.exists()


def test_a_page_is_asked_directly_whatever_proxies_the_surroundings_name(monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:1")
    with without_proxies():
        assert not [name for name in os.environ if name.lower().endswith("_proxy")]
    assert os.environ["http_proxy"] == "http://127.0.0.1:1" and os.environ["ALL_PROXY"] == "socks5://127.0.0.1:1"
