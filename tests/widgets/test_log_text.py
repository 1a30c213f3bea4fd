"""Texts as lines of the screen: wrapped at words, cut nowhere, found again by their cells."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.segment import Segment

from mqtail.printable import printable
from widgets.log.text import EventText, Line, wrap_points

TEXTS = st.text(st.sampled_from("ab  日🚀e\u0301x-=."), max_size=200).map(printable)


@given(text=TEXTS, width=st.integers(10, 60))
def test_wrapped_parts_fit_and_lose_nothing(text: str, width: int) -> None:
    """One blank may stand out over the width; the parts together are the text."""
    cuts = [0, *wrap_points(text, width), len(text)]
    parts = [text[start:end] for start, end in pairwise(cuts)]
    assert "".join(parts) == text
    assert all(parts) or not text
    for part in parts:
        assert cell_len(part.removesuffix(" ")) <= width


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("one two three four five", ["one two ", "three four ", "five"]),
        ("a" * 25, ["a" * 10, "a" * 10, "a" * 5]),
        ("to " + "b" * 12, ["to " + "b" * 7, "b" * 5]),
        ("exactly 10", ["exactly 10"]),
        ("", [""]),
    ],
    ids=["words", "one-word", "long-word", "fits", "empty"],
)
def test_it_is_wrapped_at_words_unless_they_are_long(text: str, parts: list[str]) -> None:
    """A long word begins where there is room for it."""
    cuts = [0, *wrap_points(text, 10), len(text)]
    assert [text[start:end] for start, end in pairwise(cuts)] == parts


@given(text=TEXTS, further=st.lists(TEXTS, max_size=5), width=st.integers(10, 40))
def test_cells_and_characters_are_told_from_each_other(
    text: str, further: list[str], width: int
) -> None:
    """A character is found at the cell where it is painted."""
    shown = EventText(Line([Segment(text)], (0, len(text))), further, room=width, most=500)
    assert shown.lines == len(further) + 1
    for number, piece in enumerate(shown.pieces):
        plain = shown.line(piece.line).plain
        assert shown.strip(number).text == plain[piece.start : piece.end]
        for char in range(piece.start, piece.end):
            start, end = shown.cells(number, (char, char + 1))
            if start < end:
                assert shown.char_at(number, start) == char
        assert shown.char_at(number, 1_000) == piece.end


def test_lines_are_painted_only_when_they_are_looked_at() -> None:
    """A trace of hundreds of lines costs no more than those on the screen."""
    painted = []

    def paint(text: str) -> Line:
        painted.append(text)
        return Line([Segment(text)], (0, len(text)))

    shown = EventText(Line([Segment("first")]), ["x"] * 400, room=20, most=500, paint=paint)
    assert shown.height == 401
    shown.strip(7)
    assert len(painted) == 1


@pytest.mark.parametrize("room", [None, 10], ids=["unwrapped", "wrapped"])
def test_what_does_not_fit_is_counted(room: int | None) -> None:
    """Lines of the screen are bounded; the note counts lines of the message."""
    shown = EventText(
        Line([Segment("first")]),
        ["y" * 15] * 8,
        room=room,
        most=6,
        hidden=100,
        note=lambda hidden: Line([Segment(f"{hidden}")]),
    )
    kept = 6 if room is None else 3
    assert shown.strip(shown.height - 1).text == str(100 + 8 - kept)
    assert shown.lines == 1 + kept + 1
