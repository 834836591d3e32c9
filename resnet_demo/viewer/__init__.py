"""The stage viewer: canvases, controls and words in the browser, the same on the page and in the report.

Plain ES modules lie beside this file; ``payload.py`` is the one crossing from Python to them, ``inline.py`` puts them
into one text for a page without a server.
"""

from pathlib import Path

VIEWER_DIR = Path(__file__).parent
"""The folder of the modules, the style sheet, the texts and the colour tables: what a server serves as static files."""
