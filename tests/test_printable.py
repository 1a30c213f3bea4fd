"""Log text on its way to a terminal: harmless, and otherwise unchanged."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from mqtail.printable import printable

CORPORA = Path(__file__).parent.parent.parent / "shared" / "corpora"

ANY_TEXT = st.text(st.characters(exclude_categories=()) | st.sampled_from("\x1b\x9b\t\n\r\u202e"))
"""Every code point, lone surrogates too."""


def harmless(text: str) -> bool:
    """Whether no character of a text is a control, a format character or a separator of lines."""
    return all(unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Zl", "Zp"} for c in text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2J\x07\x00\x08\r", "␛[2J␇␀␈␍"),
        ("\x7f", "␡"),
        ("\x9b31m", "\\u009b31m"),
        ("a\u202eb\u2066c\u2069", "a\\u202eb\\u2066c\\u2069"),
        ("zero\u200bwidth\ufeff", "zero\\u200bwidth\\ufeff"),
        ("line\u2028paragraph\u2029", "line\\u2028paragraph\\u2029"),
        ("tag\U000e0041", "tag\\U000e0041"),
        ("lone \ud800 surrogate", "lone � surrogate"),
        ("one\ntwo", "one␊two"),
        ("soft\xadhyphen", "soft\\u00adhyphen"),
        ("\x1b]8;;http://x\x1b\\link", "␛]8;;http://x␛\\link"),
    ],
)
def test_what_a_terminal_would_interpret_is_shown(text: str, shown: str) -> None:
    """Each kind of character becomes something that can be seen."""
    assert printable(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "",
        "plain ASCII | WARN  | text {}[]",
        "Übergröße, déjà vu, Ελλάδα, приве́т",
        "日本語のログ　全角",
        "emoji 🚀 ❤️ 👍🏽",
        "no-break\u00a0space\u202fthin",
        "[bold]no markup[/bold] \\u202e",
    ],
)
def test_ordinary_text_is_unchanged(text: str) -> None:
    """Accents, wide characters, emoji, spaces and markup come through as they are."""
    assert printable(text) == text


def test_newlines_are_kept_on_demand() -> None:
    """Only the newline is kept; a carriage return before it is shown."""
    assert printable("a\r\n\tb\n", multiline=True) == "a␍\n        b\n"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\tat pkg", "    at pkg"),
        ("ab\tc", "ab  c"),
        ("日本\tc", "日本    c"),
        ("日\tc", "日  c"),
        ("\x1b\tc", "␛   c"),
        ("a\t\tb\t", "a       b   "),
    ],
)
def test_tabs_are_expanded_by_cells(text: str, shown: str) -> None:
    """A tab ends at a tab stop counted in the terminal's cells, not in characters."""
    assert printable(text, tab=4) == shown


@given(ANY_TEXT, st.integers(1, 12))
def test_output_is_harmless(text: str, tab: int) -> None:
    """Whatever comes in, nothing that a terminal interprets goes out."""
    assert harmless(printable(text, tab=tab))


@given(ANY_TEXT)
def test_multiline_output_is_harmless_but_for_newlines(text: str) -> None:
    """With newlines kept there are as many as before, and nothing else is let through."""
    shown = printable(text, multiline=True)
    assert shown.count("\n") == text.count("\n")
    assert harmless(shown.replace("\n", ""))


@given(ANY_TEXT, st.booleans())
def test_cleaning_twice_changes_nothing(text: str, multiline: bool) -> None:
    """What has been cleaned is clean."""
    once = printable(text, multiline=multiline)
    assert printable(once, multiline=multiline) == once


@given(st.text("ab日é\t"), st.integers(1, 9))
def test_text_after_a_tab_begins_at_a_tab_stop(text: str, tab: int) -> None:
    """Up to the end of its last tab, a line is a multiple of the tab width wide."""
    begin = text[: text.rfind("\t") + 1]
    assert cell_len(printable(begin, tab=tab)) % tab == 0


@pytest.mark.skipif(not CORPORA.is_dir(), reason="no recorded logs")
def test_recorded_logs_are_harmless() -> None:
    """Real logs, one with a thousand NUL bytes in a line among them."""
    for path in CORPORA.rglob("*.log"):
        text = path.read_bytes().decode("utf-8", "surrogateescape")[:200_000]
        assert harmless(printable(text, multiline=True).replace("\n", ""))
