"""The text of an event as lines of the screen, wrapped or not; painted when they are looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from rich.cells import cell_len, chop_cells
from rich.segment import Segment
from textual.strip import Strip

Span = tuple[int, int]
"""Characters of a text: from, to before."""


@dataclass(slots=True)
class Line:
    """A painted line of a message."""

    segments: Sequence[Segment]
    body: Span = (0, 0)
    """The characters that are log text; what is told about the event stands around them."""
    found: Span | None = None
    """Where a search found something first."""
    fold: Span | None = None
    """The count of the lines that follow; a click on it folds and unfolds them."""
    plain: str = field(init=False)
    """All of its characters."""

    def __post_init__(self) -> None:
        self.plain = "".join([segment.text for segment in self.segments])


class Piece(NamedTuple):
    """A line of the screen: a part of a line of the message."""

    line: int
    start: int
    end: int


class EventText:
    """The lines of the screen that the text of an event takes.

    Args:
        first: the first line of the message.
        further: the others, as they are shown.
        room: cells in which the lines are wrapped; None: they are not.
        most: lines of the screen for `further` at most.
        hidden: lines of the message that are not in `further`.
        paint: paints one of the others.
        note: paints what stands below where that many are not shown.
    """

    def __init__(
        self,
        first: Line,
        further: Sequence[str] = (),
        *,
        room: int | None = None,
        most: int = 0,
        hidden: int = 0,
        paint: Callable[[str], Line] | None = None,
        note: Callable[[int], Line] | None = None,
    ) -> None:
        self._room = room
        self._further = further
        self._paint = paint
        self._lines: dict[int, Line] = {0: first}
        self._strips: dict[int, Strip] = {}
        self.pieces = self._cut(0, first.plain)
        """The lines of the screen."""
        most += len(self.pieces)
        shown = 0
        for shown, text in enumerate(further, 1):
            pieces = self._cut(shown, text)
            if len(self.pieces) + len(pieces) > most:
                shown -= 1
                break
            self.pieces += pieces
        hidden += len(further) - shown
        if hidden and note is not None:
            self._lines[shown + 1] = line = note(hidden)
            self.pieces += self._cut(shown + 1, line.plain)

    @property
    def height(self) -> int:
        """Lines of the screen."""
        return len(self.pieces)

    @property
    def lines(self) -> int:
        """Lines of the message that are shown, and the note below them."""
        return self.pieces[-1].line + 1

    @property
    def fold(self) -> Span | None:
        """The count of further lines in the first line."""
        return self._lines[0].fold

    def line(self, number: int) -> Line:
        """A line of the message, 0: the first one."""
        line = self._lines.get(number)
        if line is None:
            text = self._further[number - 1]
            line = (
                Line([Segment(text)], (0, len(text))) if self._paint is None else self._paint(text)
            )
            self._lines[number] = line
        return line

    def strip(self, number: int) -> Strip:
        """A line of the screen, painted."""
        strip = self._strips.get(number)
        if strip is None:
            piece = self.pieces[number]
            strip = Strip(_part(self.line(piece.line).segments, piece.start, piece.end))
            self._strips[number] = strip
        return strip

    def found(self) -> tuple[int, Span] | None:
        """The first line of the screen with something that a search found, and its cells there."""
        for number, piece in enumerate(self.pieces):
            line = self.line(piece.line)
            if line.found is not None and piece.start <= line.found[0] < max(piece.end, 1):
                return number, self.cells(number, line.found)
        return None

    def cells(self, number: int, chars: Span) -> Span:
        """Where characters of a message's line are in a line of the screen, cells."""
        piece = self.pieces[number]
        plain = self.line(piece.line).plain
        start, end = (max(piece.start, min(at, piece.end)) for at in chars)
        before = cell_len(plain[piece.start : start])
        return before, before + cell_len(plain[start:end])

    def char_at(self, number: int, cell: int) -> int:
        """The character of the message's line that is in a cell of a line of the screen.

        The end of that part of the line where the cell is behind it.
        """
        piece = self.pieces[number]
        plain = self.line(piece.line).plain
        for at in range(piece.start, piece.end):
            cell -= cell_len(plain[at])
            if cell < 0:
                return at
        return piece.end

    def _cut(self, line: int, plain: str) -> list[Piece]:
        """The lines of the screen that a line of the message takes."""
        if self._room is None:
            return [Piece(line, 0, len(plain))]
        cuts = [0, *wrap_points(plain, self._room), len(plain)]
        return [Piece(line, start, end) for start, end in pairwise(cuts)]


def wrap_points(text: str, width: int) -> list[int]:
    """Where a text is cut so that each part fits into a width (cells, at least 2).

    It is cut behind a blank unless that would leave more than half of the line empty. One blank
    at the end of a part may stand out over the width.
    """
    points: list[int] = []
    start, is_ascii = 0, text.isascii()
    while len(text) - start > width // 2:
        fits = width if is_ascii else len(chop_cells(text[start : start + width + 1], width)[0])
        end = start + max(1, fits)
        if end >= len(text) or (end == len(text) - 1 and text[end] == " "):
            break
        blank = text.rfind(" ", start + width // 2, end + 1)
        start = end if blank < 0 else blank + 1
        points.append(start)
    return points


def _part(segments: Iterable[Segment], start: int, end: int) -> list[Segment]:
    """The characters from `start` to before `end` of segments."""
    parts, at = [], 0
    for text, style, _ in segments:
        if at < end and at + len(text) > start:
            parts.append(Segment(text[max(0, start - at) : end - at], style))
        at += len(text)
    return parts
