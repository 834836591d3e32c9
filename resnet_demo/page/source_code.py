"""The program's own code in colours: as tokens that the page's scripts draw, never as markup."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from pygments.lexers import PythonLexer
from pygments.token import Comment, Keyword, Name, Number, Operator, String

KINDS = (
    (String.Doc, "comment"),
    (Comment, "comment"),
    (String, "string"),
    (Number, "number"),
    (Keyword, "keyword"),
    (Operator.Word, "keyword"),
    (Name.Builtin, "keyword"),
    (Name.Function, "name"),
    (Name.Class, "name"),
)
"""What is coloured, and how the page's styles call it; the first that fits counts."""


def tokens(code: str) -> list[list[str]]:
    """Python code in pieces, [how it is coloured or "", text]; joined, the texts are the code."""
    lexer = PythonLexer(stripnl=False, ensurenl=False)
    named = ((_kind(token), text) for token, text in lexer.get_tokens(code))
    return [[kind, "".join(text for _, text in pieces)] for kind, pieces in groupby(named, key=lambda pair: pair[0])]


def _kind(token: Any) -> str:
    return next((name for kind, name in KINDS if token in kind), "")
