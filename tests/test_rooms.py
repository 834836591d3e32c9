"""The rooms of the project hold what the table in ``rooms.py`` says, and the documentation shows that table."""

from __future__ import annotations

import re

import pytest

from scripts.draw_rooms import PICTURE, drawn
from tests.rooms import (
    ENTRIES,
    EVERYWHERE,
    FACES,
    PACKAGE,
    ROOMS,
    ROOT,
    below,
    imports,
    modules,
    place,
    room_of,
    table_rows,
)


def test_every_module_is_in_a_room_and_every_room_is_there():
    """A module that lies loose in the root of the package has no room: the table names those that may."""
    assert {room_of(module) for module in modules()} == {*ROOMS, *ENTRIES}


@pytest.mark.parametrize("module", sorted(modules()))
def test_a_room_imports_only_what_the_table_lets_it(module):
    own = room_of(module)
    room = ROOMS.get(own)
    allowed = {("room", name) for name in (own, *EVERYWHERE, *(room.rooms if room else ENTRIES[own]))}
    allowed |= {("library", name) for name in (room.libraries if room else ())}
    allowed |= {("room", "__init__")} if own == "cli" else set()
    beyond = sorted(f"{kind} {what}" for kind, what in imports(module) - allowed)
    assert not beyond, f"{module} is in the room {own}, which may not import {', '.join(beyond)}"


@pytest.mark.parametrize("name", ROOMS)
def test_a_room_uses_every_room_that_the_table_grants_it(name):
    assert set(ROOMS[name].rooms) <= below(name)


def test_the_table_stands_in_an_order():
    """Every room is named after those that it imports, so each can be read with only those above its row in mind."""
    seen: set[str] = set()
    for name, room in ROOMS.items():
        assert set(room.rooms) <= seen, f"{name} reaches down to {set(room.rooms) - seen}"
        seen.add(name)


def test_the_core_imports_no_face_and_no_gradio():
    for name in ROOMS.keys() - {*FACES}:
        assert not below(name) & {*FACES}, name
    for module in modules():
        if room_of(module) not in FACES:
            assert ("library", "gradio") not in imports(module), module


def test_the_viewer_imports_no_script_but_its_own():
    viewer = PACKAGE / "viewer"
    for script in viewer.rglob("*.js"):
        for line in script.read_text(encoding="utf-8").splitlines():
            if line.startswith(("import ", "export ")) and " from " in line:
                target = line.rsplit(" from ", 1)[1].strip("\"'; ")
                assert target.startswith("./"), f"{script.name} imports {target}"
                assert (script.parent / target).resolve().is_relative_to(viewer), f"{script.name} imports {target}"


def test_the_documentation_shows_the_rooms_and_what_each_may_import():
    remedy = "print the rows anew: python -c 'from tests.rooms import table_rows as r; print(r())'"
    assert table_rows() in (ROOT / "docs/architecture.md").read_text(encoding="utf-8"), remedy


def test_the_chinese_page_shows_the_same_rooms():
    table = (ROOT / "docs/zh/architecture.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([^`]+)` \| [^|]+ \| ([^|]*)\|$", table, re.M)
    assert rows == [(place(name), f"{', '.join(room.rooms)} ".lstrip()) for name, room in ROOMS.items()]


def test_the_picture_of_the_rooms_is_drawn_from_the_table():
    assert PICTURE.read_text(encoding="utf-8") == drawn(), "draw it anew: python -m scripts.draw_rooms"
