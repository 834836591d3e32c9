"""The viewer as one text: for a report that opens without a server, and wherever a module can't be fetched.

Every module becomes a function of its own, so that names of one can't meet names of another. That needs modules in one
plain style, which ``tests/viewer/test_inline.py`` holds them to: imports are ``import { a, b } from "./x.js";`` or
``import * as a from "./x.js";``, on one line or several, before anything else; exports are ``export`` before a
declaration. The library in ``lit-html/`` is as its makers publish it: no imports, one list of exports at the end.
"""

from __future__ import annotations

import json
import re
from typing import Any

from resnet_demo.viewer import VIEWER_DIR
from resnet_demo.viewer.tokens import tokens_css

ENTRIES = {
    "mountStageViewer": ("stage_viewer.js", "mount"),
    "mountChannelBrowser": ("channel_browser.js", "mount"),
    "mountLedger": ("ledger.js", "mount"),
    "mountOcclusion": ("occlusion.js", "mount"),
}
"""What the one text offers: the name there, and the module and name it stands for."""

_IMPORT = re.compile(r'^import\s+(\{[^}]*\}|\*\s+as\s+\w+)\s+from\s+"\./([\w./-]+)";$', re.MULTILINE)
_EXPORT_LIST = re.compile(r"^(.*)export\{([^}]*)\};\s*$", re.DOTALL)
_EXPORT = re.compile(r"^export\s+((?:async\s+)?(?:function|class|const|let)\s+(\w+))", re.MULTILINE)


def inline_script() -> str:
    """JavaScript that declares ``const resnetViewer = {…}`` with the names of ``ENTRIES``.

    It stands in a ``<script>``, a module or the body of a function alike, followed by what uses it; it holds no
    ``</script``.
    """
    order: list[str] = []
    for module, _ in ENTRIES.values():
        _visit(module, order)
    functions = ",\n".join(_as_function(module) for module in order)
    entries = ", ".join(f'{name}: from("{module}").{exported}' for name, (module, exported) in ENTRIES.items())
    return (
        "const resnetViewer = (() => {\n"
        f"const modules = {{\n{functions}\n}};\n"
        "const made = {};\n"
        "const from = (name) => (made[name] ??= modules[name](from));\n"
        f"return {{ {entries} }};\n"
        "})();\n"
    )


def style_sheet() -> str:
    """The viewer's CSS, the tokens first."""
    return tokens_css() + _read("viewer.css")


def resources(language: str = "en") -> dict[str, Any]:
    """What ``mount`` needs beside the payload: ``{"texts": {key: sentence}, "colours": {name: table}}``.

    Raises ``FileNotFoundError`` for a language without texts.
    """
    return {"texts": json.loads(_read(f"texts.{language}.json")), "colours": json.loads(_read("colour_maps.json"))}


def json_for_script(value: Any) -> str:
    """JSON that can stand between ``<script>`` tags whatever it holds: ``<`` is written as an escape."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False).replace("<", "\\u003c")


def _read(name: str) -> str:
    return (VIEWER_DIR / name).read_text(encoding="utf-8")


def _visit(module: str, order: list[str]) -> None:
    """Append ``module`` to ``order`` after everything it imports."""
    if module in order:
        return
    for _, other in _IMPORT.findall(_read(module)):
        _visit(other, order)
    order.append(module)


def _as_function(module: str) -> str:
    """One module as a property of the table of modules: its imports taken from the table, its exports returned."""
    source = _read(module)
    if whole := _EXPORT_LIST.match(source):  # a library, which imports nothing: its list of exports comes last
        names = (each.split(" as ") for each in whole[2].split(","))
        exported = ", ".join(f"{name}: {local}" for local, name in names)
        return f'"{module}": (from) => {{\n{whole[1]}return {{ {exported} }};\n}}'
    exported = ", ".join(name for _, name in _EXPORT.findall(source))
    body = _EXPORT.sub(r"\1", _IMPORT.sub(_import_as_const, source))
    return f'"{module}": (from) => {{\n{body}return {{ {exported} }};\n}}'


def _import_as_const(found: re.Match[str]) -> str:
    names, module = found.groups()
    target = names.split()[-1] if names.startswith("*") else names.replace(" as ", ": ")
    return f'const {target} = from("{module}");'
