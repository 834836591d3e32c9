"""The page's looks: one set of tokens in two themes, from which style sheets, Gradio's theme and charts are made."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import gradio as gr

LIGHT = {
    "bg": "#f7f8f9",
    "panel": "#ffffff",
    "ink": "#171b21",
    "muted": "#566170",
    "line": "#dfe3e8",
    "fill": "#eef1f4",
    "accent": "#1d5bb8",
    "accent-soft": "#e8effa",
    "on-accent": "#ffffff",
    "good": "#1c7a4b",
    "warn": "#8f5200",
    "bad": "#b3261e",
}
DARK = {
    "bg": "#0f1317",
    "panel": "#161b21",
    "ink": "#e9edf2",
    "muted": "#9daab8",
    "line": "#2a323c",
    "fill": "#1f262e",
    "accent": "#7db1ff",
    "accent-soft": "#1c2a40",
    "on-accent": "#0c1420",
    "good": "#62c995",
    "warn": "#e3a54e",
    "bad": "#ff8f86",
}
SANS = (
    "system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans",
    "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "sans-serif",
)  # fmt: skip
MONO = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "Noto Sans Mono", "monospace")


def tokens_css() -> str:
    """The tokens as CSS custom properties: light by default, dark under ``.dark``."""
    spaces = {"s1": "4px", "s2": "8px", "s3": "12px", "s4": "16px", "s6": "24px", "r": "8px"}
    light = {**LIGHT, "sans": _family(SANS), "mono": _family(MONO), **spaces}
    return f":root {{ {_declare(light)} color-scheme: light }}\n.dark {{ {_declare(DARK)} color-scheme: dark }}\n"


def _declare(tokens: dict[str, str]) -> str:
    return " ".join(f"--{name}: {value};" for name, value in tokens.items())


def _family(names: tuple[str, ...]) -> str:
    return ", ".join(f'"{name}"' if " " in name else name for name in names)


def gradio_theme() -> gr.Theme:
    """Gradio's own components in these tokens. Both themes read the same properties, so one value serves both."""
    import gradio as gr

    quiet = {"border": "1px solid var(--line)", "fill": "var(--panel)", "ink": "var(--ink)", "muted": "var(--muted)"}
    values = {
        "body_background_fill": "var(--bg)",
        "body_text_color": quiet["ink"],
        "body_text_color_subdued": quiet["muted"],
        "body_text_size": "14px",
        "background_fill_primary": quiet["fill"],
        "background_fill_secondary": "var(--fill)",
        "block_background_fill": "transparent",
        "block_border_width": "0px",
        "block_shadow": "none",
        "block_padding": "0px",
        "block_radius": "var(--r)",
        "block_label_background_fill": "transparent",
        "block_label_border_width": "0px",
        "block_label_text_color": quiet["muted"],
        "block_label_text_size": "12px",
        "block_label_text_weight": "600",
        "block_title_background_fill": "transparent",
        "block_title_text_color": quiet["muted"],
        "block_title_text_size": "12px",
        "block_title_text_weight": "600",
        "block_info_text_color": quiet["muted"],
        "border_color_primary": "var(--line)",
        "border_color_accent": "var(--accent)",
        "border_color_accent_subdued": "var(--line)",
        "color_accent": "var(--accent)",
        "color_accent_soft": "var(--accent-soft)",
        "link_text_color": "var(--accent)",
        "link_text_color_hover": "var(--accent)",
        "link_text_color_active": "var(--accent)",
        "link_text_color_visited": "var(--accent)",
        "layout_gap": "16px",
        "form_gap_width": "0px",
        "panel_background_fill": quiet["fill"],
        "panel_border_color": "var(--line)",
        "shadow_drop": "none",
        "shadow_drop_lg": "0 4px 16px rgb(0 0 0 / .12)",
        "input_background_fill": quiet["fill"],
        "input_background_fill_focus": quiet["fill"],
        "input_border_color": "var(--line)",
        "input_border_color_focus": "var(--accent)",
        "input_border_width": "1px",
        "input_radius": "6px",
        "input_padding": "7px 10px",
        "input_shadow": "none",
        "input_shadow_focus": "none",
        "input_placeholder_color": quiet["muted"],
        "input_text_size": "14px",
        "button_border_width": "1px",
        "button_small_radius": "6px",
        "button_medium_radius": "6px",
        "button_large_radius": "6px",
        "button_medium_text_size": "14px",
        "button_medium_text_weight": "600",
        "button_medium_padding": "7px 14px",
        "button_small_text_size": "14px",
        "button_small_padding": "5px 12px",
        "button_primary_background_fill": "var(--accent)",
        "button_primary_background_fill_hover": "var(--accent)",
        "button_primary_border_color": "var(--accent)",
        "button_primary_border_color_hover": "var(--accent)",
        "button_primary_text_color": "var(--on-accent)",
        "button_primary_text_color_hover": "var(--on-accent)",
        "button_primary_shadow": "none",
        "button_primary_shadow_hover": "none",
        "button_primary_shadow_active": "none",
        "button_secondary_background_fill": "transparent",
        "button_secondary_background_fill_hover": "var(--fill)",
        "button_secondary_border_color": "var(--line)",
        "button_secondary_border_color_hover": "var(--line)",
        "button_secondary_text_color": quiet["ink"],
        "button_secondary_text_color_hover": quiet["ink"],
        "button_secondary_shadow": "none",
        "button_secondary_shadow_hover": "none",
        "button_secondary_shadow_active": "none",
        "checkbox_label_background_fill": "transparent",
        "checkbox_label_background_fill_hover": "transparent",
        "checkbox_label_background_fill_selected": "transparent",
        "checkbox_label_border_width": "0px",
        "checkbox_label_shadow": "none",
        "checkbox_label_text_color": quiet["ink"],
        "checkbox_label_text_color_selected": quiet["ink"],
        "checkbox_background_color": quiet["fill"],
        "checkbox_background_color_selected": "var(--accent)",
        "checkbox_border_color": "var(--muted)",
        "checkbox_border_color_selected": "var(--accent)",
        "checkbox_border_color_focus": "var(--accent)",
        "checkbox_border_color_hover": "var(--accent)",
        "slider_color": "var(--accent)",
        "table_border_color": "var(--line)",
        "table_even_background_fill": quiet["fill"],
        "table_odd_background_fill": quiet["fill"],
        "table_text_color": quiet["ink"],
        "loader_color": "var(--accent)",
        "error_background_fill": quiet["fill"],
        "error_border_color": "var(--bad)",
        "error_text_color": "var(--bad)",
    }
    # Plain names are taken from the visitor's machine: no font is fetched from anywhere.
    theme = gr.themes.Base(font=list(SANS), font_mono=list(MONO))
    accepted = inspect.signature(theme.set).parameters
    dark = {f"{name}_dark": value for name, value in values.items() if f"{name}_dark" in accepted}
    return theme.set(**values, **dark)
