"""The line of keys, made to fit the terminal."""

from __future__ import annotations

from textual.widgets import Footer

WIDE_FROM = 110
"""Width (cells) from which on there is room for everything."""


def fit(footer: Footer, width: int) -> None:
    """In a narrow terminal the keys stand closer, and the command palette is not among them."""
    wide = width >= WIDE_FROM
    footer.compact = not wide
    if footer.show_command_palette != wide:
        footer.show_command_palette = wide
        footer.refresh(recompose=True)
