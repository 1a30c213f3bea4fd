"""The lines of the screen that events take, measured only where they are looked at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from mqtail.events import LogEvent
from mqtail.store import SortedEvents


class Extent(Protocol):
    """How many lines an event takes."""

    @property
    def above(self) -> int:
        """Rules above its first line."""

    @property
    def lines(self) -> int:
        """Its own lines, at least one, and rules below the newest event."""


@dataclass(frozen=True, slots=True)
class Lines:
    """An extent that is known."""

    above: int = 0
    lines: int = 1


Measure = Callable[[SortedEvents, int], Extent]
"""The extent of the event in a row; what stands above it depends on its neighbour."""


def one_line(rows: SortedEvents, row: int) -> Extent:
    """Every event takes one line."""
    return ONE_LINE


ONE_LINE = Lines()


class Position(NamedTuple):
    """A line of the log."""

    row: int
    """Row of the event that it belongs to."""
    line: int
    """Which of the lines that the event takes, the rules above it included."""


class PageLine(NamedTuple):
    """A line of the screen."""

    event: LogEvent
    line: int
    """0: the event's first line; less: a rule above it."""
    extent: Extent


TOP = Position(0, 0)


class Layout:
    """The lines of rows, one below the other. Only what is walked over is measured, and once.

    Args:
        rows: the events, at least one for all but `page`.
        measure: how many lines an event takes.
    """

    def __init__(self, rows: SortedEvents, measure: Measure) -> None:
        self._rows = rows
        self._measure = measure
        self._extents: dict[int, Extent] = {}

    def extent(self, row: int) -> Extent:
        """The lines that an event takes."""
        extent = self._extents.get(row)
        if extent is None:
            extent = self._extents[row] = self._measure(self._rows, row)
        return extent

    def height(self, row: int) -> int:
        """How many lines an event and the rules above it take."""
        extent = self.extent(row)
        return extent.above + extent.lines

    def first_line(self, row: int) -> Position:
        """The first line of an event's own; behind the last row: the line below everything."""
        last = len(self._rows) - 1
        if row > last:
            return Position(last, self.height(last))
        return Position(row, self.extent(row).above)

    def moved(self, start: Position, by: int) -> Position:
        """The line that is so many lines further down, at most the first or the last one."""
        row, line = start
        line += by
        while line < 0 and row > 0:
            row -= 1
            line += self.height(row)
        height = self.height(row)
        while line >= height and row < len(self._rows) - 1:
            line -= height
            row += 1
            height = self.height(row)
        return Position(row, max(0, min(line, height - 1)))

    def end(self, height: int) -> Position:
        """The line at the top of the screen when the last one is at its bottom."""
        last = len(self._rows) - 1
        return self.moved(Position(last, self.height(last)), -max(1, height))

    def fitted(self, top: Position, height: int) -> Position:
        """The top of the screen that is at most so far down that the screen is filled."""
        return top if len(self.page(top, height)) == height else self.end(height)

    def shows_end(self, top: Position, height: int) -> bool:
        """Whether the last line is on the screen."""
        page = self.page(top, height)
        at_last = bool(page) and page[-1].event is self._rows[-1]
        return len(page) < height or (at_last and page[-1].line == page[-1].extent.lines - 1)

    def page(self, top: Position, height: int) -> list[PageLine]:
        """The lines from `top` on, at most `height`."""
        row, skipped = top
        page: list[PageLine] = []
        while len(page) < height and row < len(self._rows):
            event, extent = self._rows[row], self.extent(row)
            above = extent.above
            until = min(extent.lines, skipped - above + height - len(page))
            page += [PageLine(event, line, extent) for line in range(skipped - above, until)]
            row, skipped = row + 1, 0
        return page
