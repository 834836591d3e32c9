"""Gradio's own components in the tokens that everything else of the page has too (``viewer/tokens.py``)."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

from resnet_demo.viewer.tokens import MONO, SANS

if TYPE_CHECKING:
    import gradio as gr


def gradio_theme() -> gr.Theme:
    """The theme. Both of its halves read the same properties, so one value serves both."""
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
