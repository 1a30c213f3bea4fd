"""What is selected with the mouse: bound to the text of events, wherever they are shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from mqtail.events import LogEvent, order_key
from mqtail.store import SortedEvents
from widgets.log.text import EventText, Line, Span


class Point(NamedTuple):
    """A place between two characters of the log."""

    event: LogEvent
    line: int
    """Which line of the message, 0: the first one."""
    char: int


@dataclass(frozen=True, slots=True)
class Selection:
    """The text between two points."""

    start: Point
    end: Point
    whole: bool = False
    """It began in the columns: whole lines with their columns are selected."""

    def span(self, event: LogEvent, number: int, line: Line) -> Span | None:
        """The characters that are selected in a line of a message; None: the line is outside.

        Args:
            event: the event.
            number: which line of its message.
            line: that line. What stands around the log text is only selected where the selection
                begins or ends in it.
        """
        key = (order_key(event), number)
        first, last = _key(self.start)[:2], _key(self.end)[:2]
        if not first <= key <= last:
            return None
        body_start, body_end = line.body
        if self.whole:
            return 0, len(line.plain)
        start = self.start.char if key == first else body_start
        end = self.end.char if key == last else body_end
        if start > body_end and key != last:
            end = len(line.plain)
        return start, max(start, end)

    def text(
        self,
        rows: SortedEvents,
        text_of: Callable[[LogEvent], EventText],
        head_of: Callable[[LogEvent], str],
    ) -> str:
        """What is selected, a line for each line of a message, however it is wrapped.

        Args:
            rows: the events that are shown.
            text_of: the text of an event.
            head_of: the columns before it.
        """
        lines: list[str] = []
        row = rows.index_of(self.start.event)
        last = order_key(self.end.event)
        while row < len(rows) and order_key(rows[row]) <= last:
            event, row = rows[row], row + 1
            text = text_of(event)
            for number in range(text.lines):
                line = text.line(number)
                span = self.span(event, number, line)
                if span is not None:
                    head = head_of(event) if self.whole and number == 0 else ""
                    lines.append((head + line.plain[slice(*span)]).rstrip())
        return "\n".join(lines)


@dataclass(slots=True)
class Drag:
    """A selection that is being drawn with the mouse."""

    before: Point
    """Before the character on which the mouse was pressed."""
    after: Point
    """Behind it."""
    x: int
    """Where the mouse is now, in cells of the widget; it may be outside."""
    y: int
    whole: bool
    """It began in the columns."""

    def to(self, before: Point, after: Point) -> Selection:
        """The selection up to a character, that one included.

        Args:
            before: the place before it.
            after: the place behind it.
        """
        if _key(before) >= _key(self.before):
            return Selection(self.before, after, self.whole)
        return Selection(before, self.after, self.whole)


def _key(point: Point) -> tuple[tuple[int, ...], int, int]:
    return order_key(point.event), point.line, point.char
