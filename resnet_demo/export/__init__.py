"""Results as files: pictures, tables, JSON, a zip of everything, and a report that opens without a server.

Nothing here runs a network: an ``Analysis``, fresh or read back from JSON, is all it takes.
"""

from resnet_demo.export.bundle import write_bundle
from resnet_demo.export.figure import figure, figure_png
from resnet_demo.export.look import Look
from resnet_demo.export.overlay import overlay, overlay_png
from resnet_demo.export.report import write_report
from resnet_demo.export.sheets import sheet, sheet_png
from resnet_demo.export.snippet import python_snippet

__all__ = [
    "Look",
    "figure",
    "figure_png",
    "overlay",
    "overlay_png",
    "python_snippet",
    "sheet",
    "sheet_png",
    "write_bundle",
    "write_report",
]
