"""The rooms of the project: what each is for, and which of the others it may import. This table is the architecture:
``test_rooms.py`` holds the imports and the documentation to it, ``scripts/draw_rooms.py`` draws it."""

from __future__ import annotations

import ast
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "resnet_demo"
TRAINING = ROOT / "training"


@dataclass(frozen=True)
class Room:
    """``purpose`` is the documentation's line. ``rooms`` are those that it may import, and ``libraries`` the packages
    of others. The rooms of ``EVERYWHERE`` may be imported by all."""

    purpose: str
    rooms: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()


EVERYWHERE = ("errors", "settings", "results")

ROOMS = {
    # Words and numbers that all others pass to each other.
    "errors": Room("every error: its code and facts, and what it says in each language"),
    "settings": Room("every setting: its name, default and meaning"),
    "assets": Room("where the weights and example photos lie"),
    "results": Room("what passes between rooms, and its JSON; no torch", (), ("numpy", "cattrs", "PIL", "isal")),
    # The core, from the bottom up.
    "network": Room("the network as the paper draws it, its units, and its frozen, faster form", (), ("torch",)),
    "weights": Room(
        "which weights there are, where they lie, download, load, check",
        ("network", "assets"),
        ("torch", "torchvision", "safetensors", "pydantic", "httpx", "filelock", "numpy", "tqdm", "huggingface_hub"),
    ),
    "labels": Room("outputs to labels: classes and predictions", ("weights",), ("torch",)),
    "photos": Room(
        "a file or bytes to what the network sees: read, upright, resized, cropped",
        ("weights",),
        ("PIL", "pillow_heif", "numpy", "torch", "torchvision", "fsspec"),
    ),
    "maps": Room("Grad-CAM and its kin of every stage, through Captum", ("network",), ("torch", "captum", "numpy")),
    "studies": Room(
        "studies of a network: pure functions of network, tensor and class",
        ("network", "weights", "labels", "maps"),
        ("torch", "torchvision", "captum", "numpy", "safetensors"),
    ),
    "engine": Room(
        "the whole job: which network is loaded, who waits, batches, device, memory",
        ("network", "weights", "labels", "photos", "maps", "studies"),
        ("torch", "numpy"),
    ),
    # The faces: no tensor maths, so no torch.
    "viewer": Room("the stage viewer: plain JavaScript and CSS", (), ("numpy", "PIL")),
    "export": Room(
        "pictures, tables, bundles and reports to take away", ("viewer",), ("PIL", "numpy", "matplotlib", "pyarrow")
    ),
    "page": Room(
        "the page (Gradio) and its server",
        ("photos", "engine", "viewer", "export", "assets"),
        ("gradio", "PIL", "numpy", "starlette", "uvicorn", "python_multipart", "filelock", "mcp", "pygments")
        + ("prometheus_client", "pythonjsonlogger"),
    ),
    "cli": Room(
        "the command line", ("engine", "weights", "labels", "photos", "export", "page"), ("tqdm", "numpy", "ray")
    ),
    # Beside the package: nothing of it is in the wheel.
    "training": Room(
        "what made the bundled weights; beside the package, not in the wheel",
        ("network", "weights", "photos", "engine", "studies", "assets"),
        ("torch", "torchvision", "PIL", "numpy", "safetensors", "tqdm")
        + ("efficientnet_lite_pytorch", "onnx", "onnxruntime"),
    ),
}

ENTRIES = {"__init__": ("engine", "weights", "maps"), "__main__": ("cli",)}
"""What a user of the package sees, and what these two modules of its root may import."""

FACES = ("viewer", "export", "page", "cli")


@cache
def modules() -> dict[str, Path]:
    """Every module by its name: "network.resnet", "training.run", "__init__"."""
    found = {".".join(path.relative_to(PACKAGE).with_suffix("").parts): path for path in sorted(PACKAGE.rglob("*.py"))}
    return found | {f"training.{path.stem}": path for path in sorted(TRAINING.glob("*.py"))}


def room_of(module: str) -> str:
    """The room of a module; of ``__init__`` and ``__main__`` themselves."""
    return module.split(".")[0]


def place(room: str) -> str:
    """Where a room lies, as the documentation names it."""
    folder = "" if room == "training" else "resnet_demo/"
    return f"{folder}{room}.py" if (PACKAGE / f"{room}.py").exists() else f"{folder}{room}/"


@cache
def imports(module: str) -> frozenset[tuple[str, str]]:
    """What a module imports, wherever in its text: ("room", name) of this project or ("library", name) of others."""
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
            if top == PACKAGE.name:
                # What is no room is a name of the package itself, such as resnet_demo.Engine.
                found.add(("room", rest[0] if rest and rest[0] in ROOMS else "__init__"))
            elif top == TRAINING.name:
                found.add(("room", top))
            elif top not in sys.stdlib_module_names:
                found.add(("library", top))
    return frozenset(found)


def below(room: str) -> set[str]:
    """The rooms that the modules of ``room`` import today, itself left out."""
    own = [module for module in modules() if room_of(module) == room]
    return {name for module in own for kind, name in imports(module) if kind == "room"} - {room}


def table_rows() -> str:
    """The rows of the documentation's map, from the bottom up."""
    return "\n".join(
        f"| `{place(name)}` | {room.purpose} | {', '.join(room.rooms)} |".replace("|  |", "| |")
        for name, room in ROOMS.items()
    )
