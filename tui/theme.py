"""The colours of mqtail; Textual's own themes can be chosen as well."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from difflib import get_close_matches
from io import StringIO
from typing import Any

from rich.console import Console
from textual import constants
from textual.color import Color, ColorParseError
from textual.theme import BUILTIN_THEMES, Theme

from mqtail.errors import UsageError
from mqtail.files import config_file

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
        "text-muted": "auto 65%",
        "text-disabled": "auto 52%",
        "foreground-muted": "#9aa3ae",
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
        "text-muted": "auto 68%",
        "text-disabled": "auto 58%",
        "foreground-muted": "#59616b",
        "block-cursor-background": "#c9dff5",
        "block-cursor-foreground": "#10243a",
        "block-cursor-text-style": "none",
        "footer-key-foreground": "#0a5fb4",
    },
)
"""The same for light terminals."""

_ANSI_VARIABLES = {
    "text-muted": "ansi_default",
    "text-disabled": "ansi_default",
    "foreground-muted": "ansi_default",
    "border": "ansi_blue",
    "border-blurred": "ansi_default",
    "footer-key-foreground": "ansi_blue",
    # Reversed, so that they can be seen without any colour, too.
    "block-cursor-foreground": "ansi_default",
    "block-cursor-background": "ansi_default",
    "block-cursor-text-style": "bold reverse",
    "block-cursor-blurred-text-style": "underline",
    "input-selection-background": "ansi_cyan",
    "input-selection-foreground": "ansi_black",
    "screen-selection-background": "ansi_cyan",
    "screen-selection-foreground": "ansi_black",
}
"""What both themes of the terminal's own colours have; muted text is dimmed by `&:ansi` rules."""

CONTRAST = Theme(
    name="mqtail-contrast",
    primary="#4db8ff",
    secondary="#5cff5c",
    accent="#ff9dff",
    warning="#ffd60a",
    error="#ff9090",
    success="#5cff5c",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#1c1c1c",
    dark=True,
    variables={
        "text": "#ffffff",
        "text-muted": "#d0d0d0",
        "text-disabled": "#b0b0b0",
        "foreground-muted": "#d0d0d0",
        "border": "#ffffff",
        "border-blurred": "#b0b0b0",
        "block-cursor-background": "#ffd60a",
        "block-cursor-foreground": "#000000",
        "block-cursor-text-style": "bold",
        "block-cursor-blurred-background": "#ffffff",
        "block-cursor-blurred-foreground": "#000000",
        "footer-key-foreground": "#ffd60a",
        "footer-background": "#000000",
        "input-selection-background": "#ffd60a",
        "input-selection-foreground": "#000000",
        "scrollbar": "#b0b0b0",
        "scrollbar-hover": "#ffffff",
        "scrollbar-active": "#ffd60a",
        "scrollbar-background": "#1c1c1c",
        "scrollbar-background-hover": "#1c1c1c",
        "scrollbar-background-active": "#1c1c1c",
        "scrollbar-corner-color": "#1c1c1c",
    },
)
"""High contrast: all text at least 7:1."""

ANSI = Theme(
    name="mqtail-ansi",
    ansi=True,
    primary="ansi_bright_blue",
    secondary="ansi_cyan",
    accent="ansi_bright_magenta",
    warning="ansi_yellow",
    error="ansi_red",
    success="ansi_green",
    foreground="ansi_default",
    background="ansi_default",
    surface="ansi_default",
    panel="ansi_default",
    boost="ansi_default",
    dark=True,
    variables={
        **_ANSI_VARIABLES,
        "ansi-background": "ansi_black",
        "ansi-foreground": "ansi_white",
        "scrollbar-background": "ansi_black",
    },
)
"""The 16 colours that the terminal itself has, on its own background."""

ANSI_LIGHT = replace(
    ANSI,
    name="mqtail-ansi-light",
    primary="ansi_blue",
    secondary="ansi_green",
    accent="ansi_magenta",
    warning="ansi_magenta",
    dark=False,
    variables={
        **ANSI.variables,
        "ansi-background": "ansi_white",
        "ansi-foreground": "ansi_black",
        "scrollbar-background": "ansi_white",
    },
)
"""The same for light terminals, without the colours that are too light there."""

THEMES = (DARK, LIGHT, CONTRAST, ANSI, ANSI_LIGHT)
"""All of them, the default first."""

_LIGHT_BACKGROUNDS = ("7", "15")
"""Numbers of light colours in COLORFGBG: white and bright white."""


def is_colourless() -> bool:
    """Whether NO_COLOR asks for no colours: then nothing but the terminal's own may be used."""
    return bool(os.environ.get("NO_COLOR"))


def is_readable(theme: Theme) -> bool:
    """Whether a theme can be used here: without colours, only what is not marked by them."""
    return theme.ansi or not is_colourless()


def default_theme() -> str:
    """Name of the theme that suits the terminal, as far as its environment tells.

    The 16 colours of the terminal itself where it has no more, and where NO_COLOR is set; light
    where COLORFGBG tells of a light background.
    """
    light = os.environ.get("COLORFGBG", "").rpartition(";")[2] in _LIGHT_BACKGROUNDS
    if is_colourless() or _colour_system() not in ("256", "truecolor"):
        return (ANSI_LIGHT if light else ANSI).name
    return (LIGHT if light else DARK).name


def themes(named: str | None, colors: Mapping[str, str]) -> list[Theme]:
    """The themes of mqtail, and the one that is named, with the colours of the configuration file.

    Args:
        named: the theme whose colours are changed; None: the default one.
        colors: colours that are changed, by the names that Theme has for them.

    Raises:
        UsageError: there is no such theme, or a colour is none.
    """
    known = BUILTIN_THEMES | {theme.name: theme for theme in THEMES}
    if named is not None and named not in known:
        near = get_close_matches(named, known, n=3, cutoff=0.5)
        ours = ", ".join(theme.name for theme in THEMES)
        hint = f"Do you mean {' or '.join(near)}?" if near else f"There are: {ours}."
        raise UsageError(f"{config_file()}, [ui]: there is no theme {named}.", hint)
    changed = _changed(known[named or DARK.name], colors)
    ours_and_named = {theme.name: theme for theme in THEMES} | {changed.name: changed}
    return list(ours_and_named.values())


def _changed(theme: Theme, colors: Mapping[str, str]) -> Theme:
    """A theme with other colours, also where its variables name the former ones."""
    values: dict[str, Any] = dict(colors)
    variables = dict(theme.variables)
    for name, color in colors.items():
        try:
            parsed = Color.parse(color)
        except ColorParseError:
            parsed = None
        if parsed is None or parsed.a < 1 or (parsed.ansi is not None and not theme.ansi):
            raise UsageError(
                f"{config_file()}, [colors]: {name} cannot be {color!r} in the theme {theme.name}.",
                "A colour is #rrggbb or a CSS name"
                + (", or as in ansi_bright_blue." if theme.ansi else "."),
            )
        before = getattr(theme, name)
        if before is not None and not theme.ansi:
            variables = {key: text.replace(before, color) for key, text in variables.items()}
    return replace(theme, **values, variables=variables)


def _colour_system() -> str | None:
    """How many colours the terminal takes, as Textual finds it out."""
    console = Console(
        color_system=constants.COLOR_SYSTEM,  # type: ignore[arg-type]
        file=StringIO(),
        force_terminal=True,
    )
    return console.color_system
