"""The looks in numbers: colours of both themes, typefaces and spaces. All style sheets, charts and pictures take theirs
from here; in CSS they are custom properties, ``var(--ink)``.

What colours mean: ``accent`` is what the visitor chose, or can press; ``raised`` speaks for a class and ``lowered``
against it; ``warn`` is a doubt, ``bad`` what went wrong, ``muted`` what is said in passing. Typefaces are the system's:
one that knows Chinese weighs megabytes, and a page whose words change their shape while it is read would move."""

from __future__ import annotations

LIGHT = {
    "bg": "#f7f8f9",
    "panel": "#ffffff",
    "ink": "#171b21",
    "muted": "#566170",
    "line": "#dfe3e8",
    "fill": "#eef1f4",
    "track": "#e6eaee",
    "accent": "#1d5bb8",
    "accent-soft": "#e8effa",
    "on-accent": "#ffffff",
    "good": "#1c7a4b",
    "warn": "#8a4b00",
    "warn-fill": "#fdf3e3",
    "bad": "#b3261e",
    "raised": "#b8453a",
    "lowered": "#3a68ad",
    "veil": "rgba(15, 19, 23, 0.5)",
    "shadow": "0 12px 40px rgba(15, 19, 23, 0.24)",
}
DARK = {
    "bg": "#0f1317",
    "panel": "#161b21",
    "ink": "#e9edf2",
    "muted": "#9daab8",
    "line": "#2a323c",
    "fill": "#1f262e",
    "track": "#262e37",
    "accent": "#7db1ff",
    "accent-soft": "#1c2a40",
    "on-accent": "#0c1420",
    "good": "#62c995",
    "warn": "#e9b266",
    "warn-fill": "#2a2318",
    "bad": "#ff8f86",
    "raised": "#e07a6d",
    "lowered": "#6c9be0",
    "veil": "rgba(5, 8, 11, 0.62)",
    "shadow": "0 12px 40px rgba(0, 0, 0, 0.6)",
}
SANS = (
    "system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans",
    "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "sans-serif",
)  # fmt: skip
MONO = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "Noto Sans Mono", "monospace")
SPACES = {"s1": "4px", "s2": "8px", "s3": "12px", "s4": "16px", "s6": "24px", "r": "8px", "r-inner": "6px"}


def tokens_css() -> str:
    """The tokens as CSS custom properties: light, dark under ``.dark``, and as the browser has it in an ``.rv-page``,
    which is a page of the viewer's own, such as the report."""
    light = {**LIGHT, "sans": _family(SANS), "mono": _family(MONO), **SPACES}
    dark = f"{{ {_declare(DARK)} color-scheme: dark }}"
    return (
        f":root {{ {_declare(light)} color-scheme: light }}\n"
        f".dark {dark}\n"
        f"@media (prefers-color-scheme: dark) {{ .rv-page:not(.light) {dark} }}\n"
    )


def _declare(tokens: dict[str, str]) -> str:
    return " ".join(f"--{name}: {value};" for name, value in tokens.items())


def _family(names: tuple[str, ...]) -> str:
    return ", ".join(f'"{name}"' if " " in name else name for name in names)
