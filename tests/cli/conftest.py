"""The command line run in this process, with nothing of this machine's own settings or weights in the way."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from safetensors.torch import save_file

from resnet_demo.assets import assets_dir
from resnet_demo.cli import main
from resnet_demo.network.resnet import resnet
from tests.randomised import randomise

EXAMPLES = assets_dir() / "examples"


@dataclass(frozen=True)
class Said:
    """What a run left: its exit code, and what it wrote to standard output and standard error."""

    code: int
    out: str
    err: str


@pytest.fixture(autouse=True)
def surroundings(monkeypatch, tmp_path) -> Path:
    """No settings, no proxies, no downloads from before; the working directory is an empty one."""
    for variable in list(os.environ):
        if variable.startswith("RESNET_DEMO_") or variable.lower().endswith("_proxy"):
            monkeypatch.delenv(variable)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    return work


@pytest.fixture
def run(capsys) -> Callable[..., Said]:
    """Run the command line with these words."""

    def run(*words: object) -> Said:
        capsys.readouterr()
        code = main([str(word) for word in words])
        return Said(code, *capsys.readouterr())

    return run


@pytest.fixture
def folder(tmp_path) -> Path:
    """A folder of photos and other things, another folder in it."""
    folder = tmp_path / "photos"
    (folder / "below").mkdir(parents=True)
    shutil.copy(EXAMPLES / "koala.webp", folder / "b.webp")
    shutil.copy(EXAMPLES / "coffee.png", folder / "a.PNG")
    shutil.copy(EXAMPLES / "coffee.png", folder / "below" / "c.png")
    (folder / "notes.txt").write_text("no photo")
    (folder / ".hidden.png").write_bytes(b"")
    return folder


@pytest.fixture
def broken(tmp_path) -> Path:
    path = tmp_path / "broken.png"
    path.write_text("no photo")
    return path


@pytest.fixture
def endless(tmp_path) -> Path:
    """A JPEG photo without its end mark, which is its last two bytes."""
    path = tmp_path / "endless.jpg"
    path.write_bytes((EXAMPLES / "raccoon.jpg").read_bytes()[:-2])
    return path


@pytest.fixture(scope="session")
def own_file(tmp_path_factory) -> Path:
    """A ResNet-34 of three classes, as somebody's own file without a card."""
    path = tmp_path_factory.mktemp("own") / "mine.safetensors"
    save_file(randomise(resnet(34, 3)).state_dict(), path)
    return path
