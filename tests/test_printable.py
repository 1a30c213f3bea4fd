"""Log text on its way to a terminal: harmless, and otherwise unchanged."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from mqtail.printable import MOST_MARKS, printable, visible
from tests.hostile import harmless

CORPORA = Path(__file__).parent.parent.parent / "shared" / "corpora"

ANY_TEXT = st.text(st.characters(exclude_categories=()) | st.sampled_from("\x1b\x9b\t\n\r\u202e"))
"""Every code point, lone surrogates too."""


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
        ("nothing\u3164 to\u115f\u1160 see\uffa0", "nothing\\u3164 to\\u115f\\u1160 see\\uffa0"),
        ("x\u034fy\U000e0100", "x\\u034fy\\U000e0100"),
        ("\u0338first", "\\u0338first"),
        ("a\t\u20dd", "a       \\u20dd"),
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
        "e\u0301 n\u0303 \u0e01\u0e47\u0e48 \u1112\u1161\u11ab 1\ufe0f\u20e3 \U0001e900\U0001e944",
        "no-break\u00a0space\u202fthin",
        "[bold]no markup[/bold] \\u202e",
    ],
)
def test_ordinary_text_is_unchanged(text: str) -> None:
    """Accents, wide characters, emoji, spaces and markup come through as they are."""
    assert printable(text) == text


@pytest.mark.parametrize("mark", ["\u0301", "\u0e47", "\u1161", "\ufe0f", "\U0001e944"], ids=ascii)
def test_a_flood_of_marks_is_dammed(mark: str) -> None:
    """A letter keeps its marks; what goes beyond them is written out, each one of it."""
    shown = printable(f"\xe9{mark * 500}x")
    assert shown.startswith(f"\xe9{mark * MOST_MARKS}\\")
    assert shown.count(mark) == MOST_MARKS
    assert shown.endswith(f"{ascii(mark)[1:-1]}x")
    assert shown.count("\\") == 500 - MOST_MARKS


@given(ANY_TEXT)
def test_what_is_typed_is_as_long_as_it_was(text: str) -> None:
    """A character for a character, so that the cursor is where it seems to be."""
    assert len(visible(text)) == len(text)
    assert harmless(visible(text))


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
