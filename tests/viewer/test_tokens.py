"""Colours have one source: style sheets name tokens, and both themes have all of them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from resnet_demo.viewer import VIEWER_DIR
from resnet_demo.viewer.tokens import DARK, LIGHT, tokens_css

SHEETS = sorted(VIEWER_DIR.parent.rglob("*.css"))
SET_BY_SCRIPTS = {"--rv-wide", "--rv-map-opacity", "--rd-no-class", "--from", "--to", "--thick", "--place"}
SET_BY_SCRIPTS |= {"--arc", "--share", "--high", "--wide"}  # a unit of the drawn network
ON_PHOTOS = {"#fff", "#000", "#ffd84a"}  # marks on a photo look alike in both themes


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, 1 to 21 (WCAG 2.2, relative luminance)."""

    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda path: path.name)
def test_a_style_sheet_names_tokens_and_no_colour_of_its_own(sheet: Path) -> None:
    text = re.sub(r"/\*.*?\*/", "", sheet.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert set(re.findall(r"(?<!%23)#[0-9a-f]{3,8}\b(?![^{}]*\{)", text)) <= ON_PHOTOS
    declared = set(re.findall(r"(--[\w-]+)\s*:", tokens_css() + text)) | SET_BY_SCRIPTS
    assert set(re.findall(r"var\((--[\w-]+)", text)) <= declared


def test_both_themes_have_every_token() -> None:
    assert LIGHT.keys() == DARK.keys()


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("words", "ground"),
    [("ink", "panel"), ("muted", "bg"), ("muted", "fill"), ("accent", "panel"), ("on-accent", "accent")]
    + [("warn", "warn-fill"), ("bad", "panel"), ("ink", "accent-soft")],
)
def test_words_stand_out_from_what_they_stand_on(theme: dict[str, str], words: str, ground: str) -> None:
    assert contrast(theme[words], theme[ground]) >= 4.5
