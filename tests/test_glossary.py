"""Chinese and English say the same thing by the same word everywhere: ``docs/glossary.json`` lists which.

Each row has the English term, its one Chinese word, and words that are not used for it.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
GLOSSARY: list[dict[str, Any]] = json.loads((ROOT / "docs" / "glossary.json").read_text(encoding="utf-8"))


def read(path: str) -> Any:
    return json.loads((ROOT / "resnet_demo" / path).read_text(encoding="utf-8"))


REPORT = read("export/report_texts.json")
SENTENCES: list[tuple[str, str, str]] = [
    (f"{room}: {key}", english[key], chinese[key])
    for room, english, chinese in (
        ("page", read("page/texts/en.json"), read("page/texts/zh.json")),
        ("viewer", read("viewer/texts.en.json"), read("viewer/texts.zh.json")),
        ("report", REPORT["en"], REPORT["zh"]),
    )
    for key in english
]
"""Every sentence of the page, the viewer and the report: where it stands, in English and in Chinese."""

CHINESE = [(where, chinese) for where, _, chinese in SENTENCES] + [
    # Whoever runs the program is told of their own machine, and strangers of the server.
    *((f"error: {code}", text) for code, text in read("errors/zh.json").items() if not code.endswith(".owner")),
    *((path.name, path.read_text(encoding="utf-8")) for path in (ROOT / "README.zh-CN.md", *ROOT.glob("docs/zh/*.md"))),
]


def spoken(text: str) -> str:
    """A sentence without the names of its places and the targets of its links, which nobody reads."""
    return re.sub(r"\{\w+\}|\]\(\w+:\w+\)", " ", text)


@pytest.mark.parametrize("row", GLOSSARY, ids=lambda row: row["en"])
def test_a_term_has_one_chinese_word(row: dict[str, Any]) -> None:
    term = re.compile(rf"\b{row['en']}(?:s|es)?\b", re.IGNORECASE)
    told = [(where, chinese) for where, english, chinese in SENTENCES if term.search(spoken(english))]
    assert told, f"no sentence says {row['en']}: the row can go"
    assert [where for where, chinese in told if row["zh"] not in chinese] == []


@pytest.mark.parametrize("row", GLOSSARY, ids=lambda row: row["en"])
def test_no_other_word_stands_for_it(row: dict[str, Any]) -> None:
    assert [(where, word) for where, text in CHINESE for word in row["not"] if word in text] == []


def test_a_term_that_stays_english_is_explained_where_it_is_first_met() -> None:
    texts = read("page/texts/zh.json")
    assert "stem（初始卷积与池化）" in texts["help.what.text"]
    assert texts["term.logit"].startswith("logit（逻辑值）")
