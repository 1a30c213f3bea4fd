"""Paints the lines of the log, and keeps what was painted for a few pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from rich.segment import Segment
from rich.style import Style
from textual.cache import FIFOCache
from textual.strip import Strip

from mqtail.events import LogEvent
from mqtail.store import SortedEvents
from widgets.log.columns import Columns
from widgets.log.lines import PageLine
from widgets.log.look import Look
from widgets.log.row import Highlights, RowPainter
from widgets.log.rules import Gap, Rule, Rules, rule_strip
from widgets.log.selection import Point, Selection
from widgets.log.text import EventText, Span

CACHED = 256
"""Painted events that are kept: a few pages. More would cost the garbage collector more time than
painting them anew."""


@dataclass(slots=True)
class Block:
    """An event with the rules above it, ready to be painted."""

    text: EventText
    before: int | None
    """Time of the event above, ms."""
    rules: tuple[Rule | Gap, ...]
    below: tuple[Rule | Gap, ...]
    """Rules below the newest event."""

    @property
    def above(self) -> int:
        """Rules above the first line."""
        return len(self.rules)

    @property
    def lines(self) -> int:
        """Lines of the event, and rules below it."""
        return self.text.height + len(self.below)


class Folds:
    """Which events are unfolded."""

    def __init__(self) -> None:
        self._all = False
        self._others: set[int] = set()

    def is_open(self, event: LogEvent) -> bool:
        """Whether all lines of an event are shown."""
        return (event.order in self._others) is not self._all

    def turn(self, event: LogEvent) -> None:
        """Fold or unfold an event."""
        self._others ^= {event.order}

    def turn_all(self) -> bool:
        """Fold or unfold every event; tells whether they are unfolded now."""
        self._all = not self._all
        self._others.clear()
        return self._all


class Canvas:
    """Makes lines of the screen out of events.

    Args:
        columns: the columns to begin with.
        styles: gives a style for each name in `STYLES`.
    """

    def __init__(self, columns: Columns, styles: Callable[[], Mapping[str, Style]]) -> None:
        self.columns = columns
        self.look = Look()
        self.width = 0
        """Cells of a row."""
        self.rules = Rules()
        self.folds = Folds()
        self.filtered: Highlights | None = None
        self.searched: Highlights | None = None
        self.cursor: LogEvent | None = None
        """The event that the others' times are told from."""
        self._styles = styles
        self._style: Mapping[str, Style] = {}
        self._painter: RowPainter | None = None
        self._texts: FIFOCache[tuple[int, int, bool], EventText] = FIFOCache(CACHED)
        self._heads: FIFOCache[tuple[int, int | None], Strip] = FIFOCache(CACHED)

    def clear(self) -> None:
        """Forget what was painted: something has changed that shows in all of it."""
        self._painter = None
        self._texts.clear()
        self._heads.clear()

    def restyle(self) -> None:
        """Forget the styles as well: there is another theme."""
        self._style = {}
        self.clear()

    def block(self, rows: SortedEvents, row: int) -> Block:
        """An event with what stands above it."""
        event = rows[row]
        before = rows[row - 1].timestamp if row else None
        rules = self.rules.between(before, event.timestamp)
        is_last = row == len(rows) - 1
        below = self.rules.between(event.timestamp, None) if is_last else ()
        return Block(self.text(event), before, rules, below)

    def text(self, event: LogEvent) -> EventText:
        """The lines of an event."""
        key = (event.order, event.joined, self.folds.is_open(event))
        text = self._texts.get(key)
        if text is None:
            text = self._current_painter.text(event, unfolded=key[2])
            self._texts[key] = text
        return text

    def head(self, event: LogEvent, before: int | None) -> Strip:
        """The columns before an event.

        Args:
            event: the event.
            before: time of the event above, ms.
        """
        reference = None
        if self.look.time == "since":
            reference = before
        elif self.look.time == "cursor" and self.cursor is not None and event is not self.cursor:
            reference = self.cursor.timestamp
        key = (event.order, reference)
        head = self._heads.get(key)
        if head is None:
            head = Strip(self._current_painter.head(event, reference))
            self._heads[key] = head
        return head

    def found_folded(self, event: LogEvent) -> bool:
        """Whether the search finds anything after the first line of an event."""
        return self._current_painter.found_folded(event)

    def strip(self, shown: PageLine, shift: int) -> Strip:
        """A line of the screen.

        Args:
            shown: which line of which event, its extent measured by `block`.
            shift: cells by which the texts are moved to the left.
        """
        block = as_block(shown)
        if shown.line < 0 or shown.line >= block.text.height:
            rules = block.rules if shown.line < 0 else block.below
            rule = rules[shown.line if shown.line < 0 else shown.line - block.text.height]
            return rule_strip(
                rule, self.width, self.style("gap" if isinstance(rule, Gap) else "rule")
            )
        if shown.line == 0:
            head = self.head(shown.event, block.before)
        else:
            head = Strip.blank(min(self.columns.head, self.width))
        text = block.text.strip(shown.line)
        if self.look.wrap:
            return Strip.join([head, text]).crop_extend(0, self.width, None)
        return _moved(head, text, shift, self.width, self.style("more"))

    def selected(self, shown: PageLine, shift: int, selection: Selection) -> Span | None:
        """The cells of a line of the screen that are selected; None: there are none."""
        block = as_block(shown)
        if not 0 <= shown.line < block.text.height:
            return None
        piece = block.text.pieces[shown.line]
        chars = selection.span(shown.event, piece.line, block.text.line(piece.line))
        if chars is None:
            return None
        if selection.whole:
            return 1, self.width
        head = self.columns.head
        start, end = (head - shift + cell for cell in block.text.cells(shown.line, chars))
        start, end = max(head, start), min(self.width, end)
        return (start, end) if start < end else None

    def widest(self, page: Iterable[PageLine]) -> int:
        """Cells of the longest text on a page."""
        texts = [(as_block(shown).text, shown.line) for shown in page]
        return max(
            (text.strip(line).cell_length for text, line in texts if 0 <= line < text.height),
            default=0,
        )

    def is_first(self, shown: PageLine) -> bool:
        """Whether a line of the screen belongs to the first line of a message."""
        text = as_block(shown).text
        return 0 <= shown.line < text.height and text.pieces[shown.line].line == 0

    def point(self, shown: PageLine, x: int, shift: int) -> Point:
        """The place in the text that is in a cell of a line of the screen, or nearest to it."""
        text = as_block(shown).text
        if shown.line < 0:
            return Point(shown.event, 0, 0)
        number = min(shown.line, text.height - 1)
        cell = max(0, x - self.columns.head) + shift
        char = text.char_at(number, cell) if number == shown.line else text.pieces[number].end
        return Point(shown.event, text.pieces[number].line, char)

    def style(self, name: str) -> Style:
        """One of the styles in `STYLES`."""
        return self._current_styles[name]

    @property
    def _current_styles(self) -> Mapping[str, Style]:
        if not self._style:
            self._style = self._styles()
        return self._style

    @property
    def _current_painter(self) -> RowPainter:
        if self._painter is None:
            self._painter = RowPainter(
                self._current_styles,
                self.columns,
                self.filtered,
                self.searched,
                self.width if self.look.wrap else None,
            )
        return self._painter


def as_block(shown: PageLine) -> Block:
    """The extent of a line that was measured by `Canvas.block`."""
    assert isinstance(shown.extent, Block)
    return shown.extent


def _moved(head: Strip, text: Strip, shift: int, width: int, arrow: Style) -> Strip:
    """A row in a width (cells), its text moved to the left by `shift` cells.

    Where the text goes on to the left or to the right of what is seen there is an arrow.
    """
    length, room = text.cell_length, width - head.cell_length
    if room < 1:
        return head.crop(0, width)
    left, right = shift > 0 and length > 0 and room > 1, length - shift > room > 1
    middle = text.crop(shift + left, min(length, shift + room - right))
    segments = [*head, Segment("‹", arrow), *middle] if left else [*head, *middle]
    blanks = room - left - middle.cell_length - right
    if blanks > 0:
        segments.append(Segment(" " * blanks))
    if right:
        segments.append(Segment("›", arrow))
    return Strip(segments, width)
