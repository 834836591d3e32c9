"""Results as files: pictures, tables, JSON, a zip of everything, and a report that opens without a server.

Nothing here runs a network: an ``Analysis``, fresh or read back from JSON, is all it takes. Names are imported when
they are first used: the command line takes numbers' words from here and answers ``--help`` without a library of
pictures.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__all__ = [
    "Look",
    "figure",
    "figure_png",
    "framed_report",
    "overlay",
    "overlay_png",
    "python_snippet",
    "sheet",
    "sheet_png",
    "write_bundle",
    "write_report",
]

_HOMES = {
    "bundle": ("write_bundle",),
    "figures": ("figure", "figure_png"),
    "look": ("Look",),
    "overlays": ("overlay", "overlay_png"),
    "report": ("framed_report", "write_report"),
    "sheets": ("sheet", "sheet_png"),
    "snippet": ("python_snippet",),
}

if TYPE_CHECKING:
    from resnet_demo.export.bundle import write_bundle
    from resnet_demo.export.figures import figure, figure_png
    from resnet_demo.export.look import Look
    from resnet_demo.export.overlays import overlay, overlay_png
    from resnet_demo.export.report import framed_report, write_report
    from resnet_demo.export.sheets import sheet, sheet_png
    from resnet_demo.export.snippet import python_snippet


def __getattr__(name: str) -> Any:
    home = next((module for module, names in _HOMES.items() if name in names), None)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value
