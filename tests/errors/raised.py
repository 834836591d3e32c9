"""Every error that the source raises, read from its text: which code, where, with which facts."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from resnet_demo import errors

PACKAGE = Path(errors.__file__).parents[1]
SOURCES = [*sorted(PACKAGE.rglob("*.py")), *sorted((PACKAGE.parent / "training").glob("*.py"))]
SCRIPTS = sorted((PACKAGE / "page" / "static").glob("*.js"))
THINGS = frozenset({"format", "compression", "bits", "depths", "longest", "most_classes"})
"""What may be told of a thing besides its name: how large it may be, of which kind it is."""
KINDS = {kind.__name__ for kind in (errors.ResNetDemoError, *errors.ResNetDemoError.__subclasses__())}


@dataclass(frozen=True)
class Raised:
    """A place in the source that makes an error, or names its way out."""

    where: str
    code: str
    facts: frozenset[str]


@cache
def raised() -> tuple[Raised, ...]:
    found = [each for path in SOURCES for each in _of_module(path)]
    return (*found, *(each for path in SCRIPTS for each in _of_script(path)))


def _of_module(path: Path) -> Iterator[Raised]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    made = {maker.name: facts for maker in _functions(tree) if (facts := _made_by(maker, tree)) is not None}
    for node in ast.walk(tree):
        where = f"{path.relative_to(PACKAGE.parent)}:{getattr(node, 'lineno', 0)}"
        if isinstance(node, ast.Call) and node.args:
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if name in KINDS or name in made or name in ("with_way", "Unsupported"):
                facts = _facts(node, tree) | made.get(name, frozenset())
                yield from (Raised(where, code, facts) for code in _codes(node.args[0]))
        elif isinstance(node, ast.Constant) and str(node.value).startswith("thing-"):  # words within a sentence
            yield Raised(where, node.value, THINGS)
        elif isinstance(node, ast.Dict):  # as the page tells of a bug
            fields = _literal(node)
            if isinstance(code := fields.get("code"), ast.Constant) and isinstance(
                told := fields.get("details"), ast.Dict
            ):
                yield Raised(where, str(code.value), frozenset(_literal(told)))


def _made_by(maker: ast.FunctionDef, tree: ast.AST) -> frozenset[str] | None:
    """The facts that a function adds which makes an error of the code that it is given; None for any other function."""
    if not maker.args.args or maker.args.args[0].arg != "code":
        return None
    for node in ast.walk(maker):
        match node:
            case ast.Call(func=ast.Name(id=kind), args=[ast.Name(id="code")]) if kind in KINDS:
                return _facts(node, tree)
    return None


def _codes(node: ast.expr) -> list[str]:
    if isinstance(node, ast.IfExp):
        return _codes(node.body) + _codes(node.orelse)
    return [node.value] if isinstance(node, ast.Constant) else []


def _facts(call: ast.Call, tree: ast.AST) -> frozenset[str]:
    """The names of a call's keywords, those of ``**facts`` and ``**facts_of(…)`` among them where a dict stands."""
    names = set()
    for keyword in call.keywords:
        if keyword.arg is not None:
            names.add(keyword.arg)
        elif isinstance(keyword.value, ast.Name):
            for node in ast.walk(tree):
                match node:
                    case ast.Assign(targets=[ast.Name(id=name)], value=ast.Dict()) if name == keyword.value.id:
                        names |= set(_literal(node.value))
        elif isinstance(keyword.value, ast.Call) and isinstance(keyword.value.func, ast.Name):
            for function in _functions(tree):
                if function.name == keyword.value.func.id:
                    for node in ast.walk(function):
                        if isinstance(node, ast.Return) and isinstance(node.value, ast.Dict):
                            names |= set(_literal(node.value))
    return frozenset(names)


def _functions(tree: ast.AST) -> list[ast.FunctionDef]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]


def _literal(node: ast.Dict) -> dict[str, ast.expr]:
    return {k.value: v for k, v in zip(node.keys, node.values, strict=True) if isinstance(k, ast.Constant)}


def _of_script(path: Path) -> Iterator[Raised]:
    text = path.read_text(encoding="utf-8")
    given = r"""{ code: "([a-z-]+)", details: {([^{}]*)} }|say\("error\.([a-z-]+)", {([^{}]*)}\)"""
    for match in re.finditer(given, text):
        code, facts = match[1] or match[3], match[2] or match[4] or ""
        where = f"{path.name}:{text.count(chr(10), 0, match.start()) + 1}"
        yield Raised(where, code, frozenset(re.findall(r"(\w+)(?=:|,|\s*$)", re.sub(r":[^,]*", ":", facts))))
    # A page that fetched a result which is gone chooses between two codes.
    for match in re.finditer(r'\{ code: [^"{}]*\? "([a-z-]+)" : "([a-z-]+)", details: {} }', text):
        yield from (Raised(path.name, code, frozenset()) for code in match.groups())
