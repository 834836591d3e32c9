"""The project around the code: what is installed, what is packed, and what starts it."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT = PYPROJECT["project"]
EXTRAS = PROJECT["optional-dependencies"]
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
    asked = [Requirement(each) for each in (*PROJECT["dependencies"], *EXTRAS["page"], *EXTRAS["mcp"])]
    assert sorted(map(str, requirements("requirements.txt"))) == sorted(
        str(each) for each in asked if each.name != PROJECT["name"]
    )


def test_the_tested_set_holds_every_requirement_within_its_range():
    pins = constraints()
    for required in (
        requirements("requirements.txt") + requirements("requirements-dev.txt") + requirements("requirements-docs.txt")
    ):
        assert pins[canonicalize_name(required.name)] in required.specifier, required


def test_the_tested_set_names_no_file_and_no_address():
    assert not re.search(r"@|://|file:|^/", (ROOT / "constraints.txt").read_text(encoding="utf-8"), re.M)


def named(lines: list[str]) -> set[str]:
    return {canonicalize_name(Requirement(each).name) for each in lines}


def imports(tree: ast.AST, *, at_once: bool) -> set[str]:
    """Libraries that a module imports, or of these only what it imports when it is imported itself."""
    nodes = [tree] if at_once else list(ast.walk(tree))
    found, left = set(), list(nodes)
    while left:
        node = left.pop()
        if isinstance(node, ast.Import):
            found |= {each.name.split(".")[0] for each in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
        if at_once and not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            typing_alone = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
            left += node.orelse if isinstance(node, ast.If) and typing_alone else ast.iter_child_nodes(node)
    return found - sys.stdlib_module_names - {"resnet_demo", "training", "__future__"}


def test_the_package_requires_the_libraries_that_it_imports_and_no_others():
    """Whatever is no part of the page is imported without any extra, and may import one's library where it uses it."""
    core, page = named(PROJECT["dependencies"]), named(EXTRAS["page"] + EXTRAS["mcp"])
    anything = core.union(*map(named, EXTRAS.values()))
    training = core | {canonicalize_name(r.name) for r in requirements("requirements-train.txt")}
    providers, used = packages_distributions(), set()
    for folder, most in ((ROOT / "resnet_demo", anything), (ROOT / "training", training)):
        for path in sorted(folder.rglob("*.py")):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            at_first = most if folder.name == "training" else core | page if "page" in path.parts else core
            for allowed, asked in ((at_first, imports(tree, at_once=True)), (most, imports(tree, at_once=False))):
                for top in asked:
                    distributions = {canonicalize_name(d) for d in providers.get(top, [top])}
                    assert distributions & allowed, f"{path.relative_to(ROOT)} imports {top}"
                    used |= distributions if folder.name == "resnet_demo" else set()
    assert core | page - {PROJECT["name"]} <= used, f"nothing imports {core | page - used}"


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
