"""Text that means harm to a terminal, and what must hold of everything that is painted from it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from hypothesis import strategies as st
from rich.cells import cell_len
from textual.app import App
from textual.strip import Strip

PIECES = (
    "\x1b[31m",
    "\x1b[2J\x1b[H",
    "\x1b]8;;http://evil.example\x1b\\here\x1b]8;;\x1b\\",
    "\x1b]52;c;ZXZpbA==\x07",
    "\x1b]0;owned\x07",
    "\x1bP+q544e\x1b\\",
    "\x1b",
    "\x9b31m",
    "\x9d0;owned\x9c",
    "\x07\x00\x08\x7f\x0e\x0f",
    "\r",
    "\n",
    "\t",
    "\t" * 50,
    "\v\f\x85\u2028\u2029",
    "\u202e\u202d\u2066\u2067\u2068\u2069",
    "\u200b\u200c\u200d\u2060\ufeff\u00ad\u061c",
    "e" + "\u0301" * 60,
    "\u0338\u20dd",
    "\u3164\uffa0\u115f\u1160",
    "\ud800",
    "\udfff\ud83d",
    "[bold]no[/bold]",
    "[/]",
    "[@click=app.quit]quit[/]",
    "[link=http://evil.example]x[/link]",
    "\\[",
    "\\",
    "$error :warning: {0} %s %",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "\u2764\ufe0f1\ufe0f\u20e3\U0001f44d\U0001f3fd",
    "\U0001f1e9\U0001f1ea",
    "\u65e5\u672c\u8a9e" * 5,
    "\u0627\u0644\u0639",
    "\U000e0041\U0010ffff\ue000",
    "long " * 50,
    "x" * 500,
    " ",
    "a",
    "=",
    ".",
)
"""Sequences that terminals obey, what hides or turns text, markup, and what has an odd width."""

EVERYTHING = "a" + "|".join(piece for piece in PIECES if len(piece) < 100)
"""All of it in one text, but for what is only long."""

hostile = st.lists(st.sampled_from(PIECES), min_size=1, max_size=6).map("".join)
"""Some of it."""


def harmless(text: str) -> bool:
    """Whether no character of a text is a control, a format character or a separator of lines."""
    return all(unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Zl", "Zp"} for c in text)


OWN_LINKS = ("https://docs.aws.amazon.com/", "https://activemq.apache.org/")
"""How the addresses begin that mqtail itself makes links of."""


def check_strips(strips: Iterable[Strip], width: int) -> None:
    """Check that lines hold nothing but harmless text and styles, and are as wide as they should.

    Args:
        strips: the lines.
        width: cells of each.
    """
    for strip in strips:
        shown = "".join(segment.text for segment in strip)
        assert harmless(shown), ascii(shown)
        assert all(segment.control is None for segment in strip)
        links = {segment.style.link for segment in strip if segment.style is not None}
        assert all(link is None or link.startswith(OWN_LINKS) for link in links), links
        cells = sum(cell_len(segment.text) for segment in strip)
        assert cells == width, f"{cells} cells instead of {width}: {shown!a}"


def check_screen(app: App[None]) -> None:
    """Check all that is painted on the screen at this moment, toasts and dialogs included."""
    check_strips(app.screen._compositor.render_strips(), app.size.width)
