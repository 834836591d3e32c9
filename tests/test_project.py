"""The project around the code: what is installed, what is packed, and what starts it."""

from __future__ import annotations

import ast
import ipaddress
import json
import os
import re
import shlex
import subprocess
import sys
import threading
import tomllib
import zipfile
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from resnet_demo import __version__
from resnet_demo.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT = PYPROJECT["project"]
MADE = {".git", ".venv", "node_modules", "dist", "build", "runs", "__pycache__"}


def requirements(file: str) -> list[Requirement]:
    lines = (ROOT / file).read_text(encoding="utf-8").splitlines()
    return [Requirement(line) for line in lines if line.strip() and not line.startswith(("#", "-"))]


def constraints() -> dict[str, Version]:
    pins = {canonicalize_name(r.name): str(r.specifier) for r in requirements("constraints.txt")}
    assert all(re.fullmatch(r"==[\w.]+", pin) for pin in pins.values())
    return {name: Version(pin[2:]) for name, pin in pins.items()}


def written_files() -> list[Path]:
    """Every file that people wrote: what tools make is left out."""
    found = []
    for folder, folders, files in os.walk(ROOT):
        folders[:] = [name for name in folders if name not in MADE and not name.endswith("_cache")]
        found += [Path(folder, name) for name in files]
    return sorted(found)


def texts() -> dict[Path, str]:
    found = {}
    for path in written_files():
        try:
            found[path.relative_to(ROOT)] = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
    return found


def make(*words: str, **environment: str) -> str:
    """What ``make`` prints. MAKEFLAGS would hand on the options of a make that runs these tests."""
    surroundings = {
        name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")
    }
    done = subprocess.run(
        ["make", *words], cwd=ROOT, env={**surroundings, **environment}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


# What is installed


def test_requirements_and_pyproject_ask_for_the_same():
    assert sorted(map(str, requirements("requirements.txt"))) == sorted(
        str(Requirement(r)) for r in PROJECT["dependencies"]
    )


def test_the_tested_set_holds_every_requirement_within_its_range():
    pins = constraints()
    for required in requirements("requirements.txt") + requirements("requirements-dev.txt"):
        assert pins[canonicalize_name(required.name)] in required.specifier, required


def test_the_tested_set_names_no_file_and_no_address():
    assert not re.search(r"@|://|file:|^/", (ROOT / "constraints.txt").read_text(encoding="utf-8"), re.M)


def test_the_package_requires_the_libraries_that_it_imports_and_no_others():
    required = {canonicalize_name(r.name) for r in requirements("requirements.txt")}
    extras = {canonicalize_name(Requirement(r).name) for rs in PROJECT["optional-dependencies"].values() for r in rs}
    training = required | {canonicalize_name(r.name) for r in requirements("requirements-train.txt")}
    providers, used = packages_distributions(), set()
    for folder, allowed in ((ROOT / "resnet_demo", required | extras), (ROOT / "training", training)):
        for path in sorted(folder.rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                found = [a.name for a in node.names] if isinstance(node, ast.Import) else []
                found += [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
                others = {name.split(".")[0] for name in found} - sys.stdlib_module_names
                for top in others - {"resnet_demo", "training", "__future__"}:
                    distributions = {canonicalize_name(d) for d in providers.get(top, [top])}
                    assert distributions & allowed, f"{path.relative_to(ROOT)} imports {top}"
                    used |= distributions if folder.name == "resnet_demo" else set()
    assert required <= used, f"nothing imports {required - used}"


def test_the_lock_of_the_viewers_tests_names_no_address():
    assert "://" not in (ROOT / "package-lock.json").read_text(encoding="utf-8")


# What starts it


def test_make_help_lists_every_target():
    phony = re.search(r"^\.PHONY:(.*)", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)
    assert phony
    assert {line.split()[1] for line in make("help").splitlines()} == set(phony[1].split())


def test_make_run_serves_where_it_is_told():
    assert "RESNET_DEMO_HOST=0.0.0.0 RESNET_DEMO_PORT=8080 .venv/bin/python app.py" in make(
        "-n", "run", "HOST=0.0.0.0", "PORT=8080"
    )


def test_make_run_takes_no_notice_of_a_host_that_the_surroundings_set():
    """Some shells and compilers put the machine's own name there."""
    assert "RESNET_DEMO_HOST" not in make("-n", "run", HOST="x86_64-conda-linux-gnu")


@pytest.mark.parametrize("script", [".ci/run", *(str(p.relative_to(ROOT)) for p in sorted(ROOT.glob("scripts/*.sh")))])
def test_the_shell_scripts_are_well_formed_and_stop_at_the_first_failure(script):
    text = (ROOT / script).read_text(encoding="utf-8")
    shell = "bash" if "bash" in text.splitlines()[0] else "sh"
    subprocess.run([shell, "-n", script], cwd=ROOT, check=True)
    assert re.search(r"^set -eu", text, re.M)


def test_continuous_integration_runs_the_readmes_test_command():
    assert os.access(ROOT / ".ci/run", os.X_OK)
    assert "\nmake test\n" in (ROOT / ".ci/run").read_text(encoding="utf-8")


# The container and the Space


def container() -> list[tuple[str, str]]:
    """The steps of the Dockerfile, each a word and what stands behind it."""
    text = re.sub(r"\\\n\s*", "", (ROOT / "Dockerfile").read_text(encoding="utf-8"))
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(word, rest) for word, rest in (line.split(maxsplit=1) for line in lines)]


def test_the_container_serves_to_the_outside_on_the_port_that_it_exposes():
    environment = dict(pair.split("=", 1) for word, rest in container() if word == "ENV" for pair in shlex.split(rest))
    settings = Settings.from_environment(environment)
    assert ipaddress.ip_address(settings.host).is_unspecified
    assert str(settings.port) == dict(container())["EXPOSE"]


def test_nothing_of_the_container_runs_with_rights_once_it_is_built():
    words = [word for word, _ in container()]
    assert words.index("USER") > max(place for place, word in enumerate(words) if word in ("RUN", "COPY"))
    assert int(dict(container())["USER"]) > 0


def test_the_containers_health_check_passes_while_the_page_answers_and_fails_when_it_does_not():
    command = json.loads(dict(container())["HEALTHCHECK"].split("CMD ")[1])
    asked = []

    class Page(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(200 if len(asked) == 1 else 503)
            self.end_headers()

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        environment = {**os.environ, "RESNET_DEMO_PORT": str(server.server_port)}
        codes = [
            subprocess.run([sys.executable, *command[1:]], env=environment, capture_output=True).returncode
            for _ in range(2)
        ]
        server.shutdown()
    assert codes == [0, 1] and asked == ["/healthz"] * 2


def test_all_that_the_container_copies_is_there_and_sent_to_the_build():
    sent = re.findall(r"^!(\S+)", (ROOT / ".dockerignore").read_text(encoding="utf-8"), re.M)
    copied = [
        name
        for line in re.findall(r"^COPY (.*)", (ROOT / "Dockerfile").read_text(encoding="utf-8"), re.M)
        for name in line.split()[:-1]
    ]
    assert sorted(copied) == sorted(sent)
    assert all((ROOT / name).exists() for name in copied)


def test_the_space_runs_this_app_on_the_tested_gradio():
    head = re.match(r"---\n(.*?)\n---\n", (ROOT / "README.md").read_text(encoding="utf-8"), re.S)
    assert head
    space = yaml.safe_load(head[1])
    assert space["sdk"] == "gradio" and (ROOT / space["app_file"]).is_file()
    assert Version(space["sdk_version"]) == constraints()["gradio"]
    assert space["python_version"] in SpecifierSet(PROJECT["requires-python"])
    assert space["license"] == PROJECT["license"].lower()
    assert len(space["short_description"]) <= 60  # a Space takes no more


# What is packed


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--no-index", "--quiet"]
    subprocess.run([*build, "--wheel-dir", str(folder), str(ROOT)], check=True)
    (made,) = folder.glob("*.whl")
    return made


def test_the_wheel_carries_the_whole_package_and_its_assets(wheel):
    packed = set(zipfile.ZipFile(wheel).namelist())
    wanted = {str(path.relative_to(ROOT)) for path in written_files() if path.is_relative_to(ROOT / "resnet_demo")} | {
        f"resnet_demo/{path.relative_to(ROOT)}" for path in written_files() if path.is_relative_to(ROOT / "assets")
    }
    assert {name for name in wanted if not name.endswith(".pyi")} <= packed
    assert {name.split("/")[0] for name in packed} == {"resnet_demo", f"resnet_demo-{__version__}.dist-info"}


@pytest.fixture(scope="module")
def unpacked(wheel, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    zipfile.ZipFile(wheel).extractall(folder)
    return folder


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


# What is written


def test_no_file_holds_a_note_to_self_or_the_path_of_somebodys_machine():
    note = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")
    path = re.compile(r"(?<![\w.:/-])/(home|root|Users)/\w")
    for name, text in texts().items():
        assert not note.search(text), f"{name}: {note.search(text)}"
        assert not path.search(text), f"{name}: {path.search(text)}"


def test_no_module_is_called_by_a_name_that_says_nothing():
    empty = {"utils", "util", "helpers", "helper", "misc", "common"}
    assert not [path for path in written_files() if path.suffix in (".py", ".js") and path.stem in empty]
