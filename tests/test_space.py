"""The folder of a Hugging Face Space: it is complete, configured, and serves what it should."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from fnmatch import fnmatch
from importlib.metadata import Distribution
from pathlib import Path

import httpx
import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from scripts import space
from tests.installing import linked, needed
from tests.page.visiting import Visitor
from tests.serving import ROOT, served
from tests.test_project import PROJECT, constraints

# As the Hub's documentation of a Space's configuration has them.
COLOURS = {"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"}
LONGEST_DESCRIPTION = 60
LARGEST_WITHOUT_LFS = 10_000_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("space") / "folder"
    space.write(made)
    return made


def test_the_command_that_it_prints_is_the_documented_one(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "scripts.space", str(tmp_path / "space")], cwd=ROOT, capture_output=True, text=True
    )
    printed = done.stdout.strip().replace(str(tmp_path), "..")
    assert f"\n{printed}\n" in (ROOT / "docs/deployment.md").read_text(encoding="utf-8"), done.stderr
    assert (tmp_path / "space/app.py").is_file()


def test_its_readme_configures_a_space_that_runs_this_app_on_the_tested_versions(folder: Path) -> None:
    head = re.match(r"---\n(.*?)\n---\n", (folder / "README.md").read_text(encoding="utf-8"), re.S)
    assert head
    fields = yaml.safe_load(head[1])
    assert fields["sdk"] == "gradio" and (folder / fields["app_file"]).is_file()
    assert Version(fields["sdk_version"]) == constraints()["gradio"]
    assert fields["python_version"] in SpecifierSet(PROJECT["requires-python"])
    assert fields["license"] == PROJECT["license"].lower()
    assert len(fields["short_description"]) <= LONGEST_DESCRIPTION
    assert {fields["colorFrom"], fields["colorTo"]} <= COLOURS and len(fields["emoji"]) == 1
    assert fields["suggested_hardware"] == "cpu-basic"
    assert space.configuration(gpu=True)["suggested_hardware"] == "t4-small"


@pytest.mark.parametrize("gpu", [False, True])
def test_it_installs_exactly_the_tested_versions_and_all_of_them(unpacked: Path, gpu: bool) -> None:
    lines = [line for line in space.requirements(gpu).splitlines() if not line.startswith("--")]
    asked = {each.name: each for each in map(Requirement, lines)}
    pins = constraints()
    for name, each in asked.items():
        if each.marker is None or each.marker.evaluate():
            (pin,) = each.specifier
            assert pin.operator == "==" and Version(Version(pin.version).public) == pins[name], name
    (metadata,) = unpacked.glob("*.dist-info")
    for_gpus = re.compile(r"nvidia-.*|cuda-.*|triton")  # PyTorch's own build asks for them, of their exact versions
    page = needed(Distribution.at(metadata), extras=("page", "mcp"))
    assert {name for name in page if not for_gpus.fullmatch(name)} <= set(asked)
    assert ("+cpu" in str(asked["torch"].specifier)) is not gpu


def test_it_holds_what_is_served_and_keeps_what_is_no_text_as_large_files(folder: Path) -> None:
    patterns = [line.split()[0] for line in (folder / ".gitattributes").read_text().splitlines()]
    files = [path for path in folder.rglob("*") if path.is_file()]
    for path in files:
        if b"\0" in path.read_bytes() or path.stat().st_size > LARGEST_WITHOUT_LFS:
            assert any(fnmatch(path.name, pattern) for pattern in patterns), path
    tops = {path.relative_to(folder).parts[0] for path in files}
    assert tops == {*space.COPIED, "README.md", "requirements.txt", ".gitattributes"}


def test_it_serves_the_page_in_an_environment_of_its_own_requirements(
    folder: Path, unpacked: Path, tmp_path: Path
) -> None:
    (metadata,) = unpacked.glob("*.dist-info")
    (tmp_path / "libraries").mkdir()
    libraries = linked(needed(Distribution.at(metadata), extras=("page", "mcp")), tmp_path / "libraries")
    libraries = os.pathsep.join((str(folder), str(libraries)))
    surroundings = {"PYTHONPATH": libraries, "SYSTEM": "spaces"}
    with served(tmp_path, program=("-S", folder / "app.py"), surroundings=surroundings) as server:
        sent = (folder / "assets/examples/coffee.png").read_bytes()
        answer = Visitor(server.url, "visitor").explain(sent)["photos"]["a"]
        assert "espresso" in httpx.get(f"{server.url}ui/results/{answer['id']}", timeout=60).text
        networks = httpx.get(f"{server.url}ui/networks.json", timeout=60).json()
        offered = [choice["downloadable"] for each in networks.values() for choice in each["choices"]]
        assert len(offered) > 5 and not any(offered)
        listening = {line.split()[1] for line in Path("/proc/net/tcp").read_text().splitlines()[1:]}
        port = int(server.url.rsplit(":", 1)[1].strip("/"))
        everywhere = f"{socket.inet_aton('0.0.0.0').hex().upper()}:{port:04X}"
        assert everywhere in listening, "a Space reaches the page from outside its container"
