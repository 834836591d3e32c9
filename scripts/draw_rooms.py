"""Draws docs/rooms.svg: the rooms of the project, each above those that it may import. ``python -m scripts.draw_rooms``

The table is that of ``tests/rooms.py``. An arrow that others already make (a imports b, b imports c: a to c) is left
out, and so are those to what every room may import.
"""

from __future__ import annotations

from html import escape

from tests.rooms import EVERYWHERE, ROOMS, ROOT

PICTURE = ROOT / "docs" / "rooms.svg"

WIDTH, BOX_WIDTH, BOX_HEIGHT, STEP, MARGIN = 760, 108, 34, 78, 24

STYLE = """
svg { color-scheme: light dark; --ink: #1d2b3a; --paper: #fff; --line: #8a97a6; --box: #eef2f6 }
@media (prefers-color-scheme: dark) { svg { --ink: #e6edf3; --paper: #0d1117; --line: #6e7b8a; --box: #1b2530 } }
.paper { fill: var(--paper) } rect.room { fill: var(--box); stroke: var(--line) }
text { fill: var(--ink); font: 14px system-ui, sans-serif; text-anchor: middle }
path.arrow { fill: none; stroke: var(--line); stroke-width: 1.4; marker-end: url(#head) }
marker path { fill: var(--line) }
"""


def floors() -> list[list[str]]:
    """The rooms by how far they stand above the ground: a room is one floor above the highest that it imports."""
    height: dict[str, int] = {}
    for name, room in ROOMS.items():
        height[name] = 1 + max((height[other] for other in room.rooms), default=0)
    height |= dict.fromkeys(EVERYWHERE, 0)
    return [[name for name in ROOMS if height[name] == floor] for floor in range(1 + max(height.values()))]


def arrows() -> list[tuple[str, str]]:
    """From a room to those it may import, without the ones that a longer way makes."""
    reach: dict[str, set[str]] = {}
    for name, room in ROOMS.items():
        reach[name] = {*room.rooms}.union(*(reach[other] for other in room.rooms))
    return [
        (name, other)
        for name, room in ROOMS.items()
        for other in room.rooms
        if not any(other in reach[between] for between in room.rooms)
    ]


def drawn() -> str:
    """The picture as SVG."""
    rows = floors()
    total = MARGIN * 2 + BOX_HEIGHT + STEP * (len(rows) - 1)
    centre = {
        name: (WIDTH * (place + 1) / (len(row) + 1), total - MARGIN - BOX_HEIGHT / 2 - STEP * floor)
        for floor, row in enumerate(rows)
        for place, name in enumerate(row)
    }
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {total}" role="img">',
        "<title>The rooms of the project: each stands above those that it may import</title>",
        f"<style>{STYLE}</style>",
        '<marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0 0 8 4 0 8z"/></marker>',
        f'<rect class="paper" width="{WIDTH}" height="{total}"/>',
    ]
    for above, under in arrows():
        (x, y), (to_x, to_y) = centre[above], centre[under]
        start, end = y + BOX_HEIGHT / 2, to_y - BOX_HEIGHT / 2
        bend = (end - start) / 2
        out.append(
            f'<path class="arrow" d="M{x:.0f} {start:.0f}C{x:.0f} {start + bend:.0f} '
            f'{to_x:.0f} {end - bend:.0f} {to_x:.0f} {end:.0f}"/>'
        )
    for name, (x, y) in centre.items():
        out.append(
            f'<rect class="room" x="{x - BOX_WIDTH / 2:.0f}" y="{y - BOX_HEIGHT / 2:.0f}" width="{BOX_WIDTH}" '
            f'height="{BOX_HEIGHT}" rx="6"/><text x="{x:.0f}" y="{y + 5:.0f}">{escape(name)}</text>'
        )
    return "\n".join([*out, "</svg>", ""])


if __name__ == "__main__":
    PICTURE.write_text(drawn(), encoding="utf-8")
