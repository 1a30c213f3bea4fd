"""The colours of mqtail; Textual's own themes can be chosen as well."""

from __future__ import annotations

from textual.theme import Theme

DARK = Theme(
    name="mqtail",
    primary="#6cb6ff",
    secondary="#8ddb8c",
    accent="#dcbdfb",
    warning="#e5b567",
    error="#f47067",
    success="#6bc46d",
    foreground="#d3dbe4",
    background="#12161c",
    surface="#1a2029",
    panel="#232b36",
    dark=True,
    variables={
        "block-cursor-background": "#2f4a68",
        "block-cursor-foreground": "#eaf2fb",
        "block-cursor-text-style": "none",
        "footer-key-foreground": "#6cb6ff",
        "footer-background": "#1a2029",
        "input-selection-background": "#6cb6ff 30%",
        "scrollbar": "#2f3947",
        "scrollbar-hover": "#45536a",
        "scrollbar-active": "#6cb6ff",
        "scrollbar-background": "#161b22",
        "scrollbar-background-hover": "#161b22",
        "scrollbar-background-active": "#161b22",
        "scrollbar-corner-color": "#161b22",
    },
)
"""The default."""

LIGHT = Theme(
    name="mqtail-light",
    primary="#0a5fb4",
    secondary="#1a7f37",
    accent="#8250df",
    warning="#8a5a00",
    error="#c62828",
    success="#1a7f37",
    foreground="#1f2630",
    background="#fbfcfd",
    surface="#f0f3f6",
    panel="#e3e8ee",
    dark=False,
    variables={
        "block-cursor-background": "#c9dff5",
        "block-cursor-foreground": "#10243a",
        "block-cursor-text-style": "none",
        "footer-key-foreground": "#0a5fb4",
    },
)
"""The same for light terminals."""

THEMES = (DARK, LIGHT)
