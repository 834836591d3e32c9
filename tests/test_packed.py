"""What is packed, and what it takes to install it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from importlib.metadata import Distribution, distribution
from pathlib import Path

import pytest

from resnet_demo import __version__
from tests.installing import linked, needed
from tests.test_project import EXTRAS, ROOT, written_files


def test_the_wheel_carries_the_whole_package_and_its_assets(wheel):
    packed = set(zipfile.ZipFile(wheel).namelist())
    wanted = {str(path.relative_to(ROOT)) for path in written_files() if path.is_relative_to(ROOT / "resnet_demo")} | {
        f"resnet_demo/{path.relative_to(ROOT)}" for path in written_files() if path.is_relative_to(ROOT / "assets")
    }
    assert {name for name in wanted if not name.endswith(".pyi")} <= packed
    assert wheel.stat().st_size < 100e6  # what package indexes take
    assert {name.split("/")[0] for name in packed} == {"resnet_demo", f"resnet_demo-{__version__}.dist-info"}


def python(code: str, site: Path) -> str:
    """What the code prints, run in a folder of its own with the unpacked wheel as the only copy of the package."""
    surroundings = {**os.environ, "PYTHONPATH": str(site)}
    asked = [sys.executable, "-c", code]
    done = subprocess.run(asked, cwd=site.parent, env=surroundings, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_an_unpacked_wheel_finds_its_assets_wherever_it_is_started(unpacked):
    told = python("from resnet_demo.assets import assets_dir; print(assets_dir())", unpacked)
    assert Path(told.strip()) == unpacked / "resnet_demo/assets"


def test_the_command_that_the_wheel_installs_can_be_called(unpacked):
    (entries,) = unpacked.glob("*.dist-info/entry_points.txt")
    name, target = re.findall(r"^(\S+) = (\S+)$", entries.read_text(encoding="utf-8"), re.M)[0]
    module, function = target.split(":")
    assert name == "resnet-demo"
    assert python(f"from {module} import {function}; print(callable({function}))", unpacked).strip() == "True"


# What it takes to install it


@pytest.fixture(scope="module")
def core(unpacked, tmp_path_factory) -> dict[str, str]:
    """The surroundings of a Python that has the package and what its core requires, and no other library."""
    (metadata,) = unpacked.glob("*.dist-info")
    libraries = linked(needed(Distribution.at(metadata)), tmp_path_factory.mktemp("core"))
    others = {name: value for name, value in os.environ.items() if not name.startswith(("RESNET_DEMO_", "PYTHON"))}
    return {**others, "PYTHONPATH": os.pathsep.join(map(str, (unpacked, libraries)))}


def run_in(surroundings: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-S", *words], cwd=ROOT / "assets", env=surroundings, capture_output=True, text=True
    )


def test_the_core_classifies_and_explains_without_the_pages_libraries(core, tmp_path):
    for library in ("gradio", "starlette", "mcp", "pandas"):
        assert run_in(core, "-c", f"import {library}").returncode == 1
    done = run_in(core, "-m", "resnet_demo", "classify", "examples/coffee.png", "--format", "csv")
    assert "espresso" in done.stdout, done.stderr
    code = "from resnet_demo import Engine; print(Engine().analyze('examples/coffee.png').predictions[0].label)"
    assert run_in(core, "-c", code).stdout.strip() == "espresso"
    words = ("explain", "examples/coffee.png", "--out", str(tmp_path / "out"), "--html")
    assert run_in(core, "-m", "resnet_demo", *words).returncode == 0
    assert (tmp_path / "out/report.html").is_file()


def test_without_the_page_serving_says_what_to_install(core):
    done = run_in(core, "-m", "resnet_demo", "serve")
    assert done.returncode == 2
    assert 'pip install "resnet-demo[page]"' in done.stderr and "Traceback" not in done.stderr


def test_every_extra_can_be_asked_for_by_its_name(unpacked):
    (metadata,) = unpacked.glob("*.dist-info")
    told = re.findall(r"^Provides-Extra: (\S+)$", (metadata / "METADATA").read_text(encoding="utf-8"), re.M)
    assert sorted(told) == sorted(EXTRAS)


def installs(wheel: Path, first: Path, *words: str) -> str:
    """What pip would install for a wheel, where the distributions described in ``first`` hide those of their names."""
    surroundings = {**os.environ, "PYTHONPATH": str(first), "PIP_CONFIG_FILE": os.devnull}
    words = ("install", "--dry-run", "--no-index", "--disable-pip-version-check", *words)
    done = subprocess.run([sys.executable, "-m", "pip", *words], env=surroundings, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return "".join(re.findall(r"^Would install (.*)", done.stdout, re.M))


def describe(folder: Path, name: str, version: str, *requires: str) -> None:
    metadata = folder / f"{name}-{version}.dist-info"
    metadata.mkdir()
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    lines += [f"Requires-Dist: {each}" for each in requires]
    (metadata / "METADATA").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (metadata / "INSTALLER").write_text("pip\n", encoding="utf-8")


def test_an_older_pytorch_for_cuda_12_that_is_there_is_not_replaced(wheel, tmp_path):
    describe(tmp_path, "torch", "2.12.0+cu126")
    describe(tmp_path, "torchvision", "0.27.0+cu126", "torch==2.12.0")
    assert installs(wheel, tmp_path, f"{wheel}[mcp]") == f"resnet-demo-{__version__}"


def test_the_cpu_build_of_the_tested_pytorch_satisfies_the_tested_set(wheel, tmp_path):
    """As README's set-up for machines without a GPU has it: PyTorch first, then the rest."""
    for name in ("torch", "torchvision"):
        describe(tmp_path, name, f"{distribution(name).version.partition('+')[0]}+cpu")
    listed = ("-r", str(ROOT / "requirements.txt"), "-c", str(ROOT / "constraints.txt"))
    assert installs(wheel, tmp_path, *listed) == ""
