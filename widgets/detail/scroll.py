"""The rows of an event's detail on the screen: laid out, scrolled and painted."""

from __future__ import annotations

import re
from bisect import bisect_left
from datetime import UTC, tzinfo
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip

from mqtail.events import LogEvent
from widgets.detail.document import EventDocument
from widgets.detail.layout import BLANK, DetailLayout, DetailLine
from widgets.detail.rows import STYLES, DetailRow
from widgets.log.text import Span
from widgets.styles import segment_style

CURSOR = "▌"
"""Mark of the row with the cursor."""
COPY = "⧉"
"""What copies a row when it is clicked, at its right end."""
SPACED_FROM = 20
"""Height of the terminal (lines) from which on sections stand apart."""
LEFT = 1
"""Cells before everything: the cursor's."""
RIGHT = 3
"""Cells behind everything: a blank, what copies, a blank."""

_FIRST_WIDTH = 80
"""Cells of a line before the widget has a size."""


class DetailScroll(ScrollView, can_focus=True):
    """The part of `EventDetail` that shows and moves; what keys and the mouse do is not in it.

    Args:
        event: the event.
        zone: zone of the times that are shown.
        name: name of the widget.
        id: id of the widget in the DOM.
        classes: CSS classes of the widget.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *(f"event-detail--{name}" for name in STYLES),
        "event-detail--cursor",
        "event-detail--cursor-away",
        "event-detail--selection",
    }

    def __init__(
        self,
        event: LogEvent,
        zone: tzinfo = UTC,
        *,
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self.rows_rendered = 0
        """Lines of the screen painted so far."""
        self._zone = zone
        self._folds: dict[str, bool] = {}
        self._cursor = 0
        self._hovered: int | None = None
        self._base_style = self._cursor_style = Style()
        self._searched: re.Pattern[str] | None = None
        self._laid: DetailLayout
        self._take(event)

    @property
    def log_event(self) -> LogEvent:
        """The event that is shown."""
        return self._event

    @property
    def row(self) -> DetailRow:
        """The row under the cursor."""
        return self._laid.rows[self._cursor]

    @property
    def rows(self) -> list[DetailRow]:
        """What is shown, from the top."""
        return list(self._laid.rows)

    @property
    def selected_text(self) -> str:
        """What is selected with the mouse; empty: nothing."""
        selection = self.text_selection
        found = self.get_selection(selection) if selection is not None else None
        return found[0] if found else ""

    def show(self, event: LogEvent) -> None:
        """Show another event, with the cursor on what it was on where the event has that."""
        above = self._laid.span(self._cursor)[0] - self.scroll_offset.y
        key = self.row.key
        self._take(event)
        row = self._laid.row_of(key)
        if row is None:
            row = self._laid.row_of(key.partition("/")[0])
        self._cursor = row or 0
        self._fit()
        self.call_after_refresh(self._scroll_cursor_to, above if row else 0)

    def find(self, text: str, step: int = 0) -> tuple[int, int]:
        """Mark a text, in any case, and go to a row that has it; beyond the last, to the first.

        Args:
            text: the text; empty: nothing is marked any more.
            step: 0: the first row from the cursor on, 1: the next one, -1: the one before.

        Returns:
            Which of the rows that have it was gone to, from 1, and how many there are; what is
            folded away is not among them. Both are 0 where there is none.
        """
        self._searched = re.compile(re.escape(text), re.IGNORECASE) if text else None
        self.refresh()
        search = self._searched
        rows = enumerate(self._laid.rows) if search else ()
        found = [at for at, row in rows if search and search.search(row.plain)]
        if not found:
            return 0, 0
        at = bisect_left(found, self._cursor)
        on_one = at < len(found) and found[at] == self._cursor
        at = (at + (step if on_one or step < 0 else 0)) % len(found)
        self._go_to(found[at])
        return at + 1, len(found)

    def on_resize(self) -> None:
        """Fold long lines anew."""
        self._lay_out()

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The text of a selection: a line for each row, however it is wrapped."""
        lines = self._laid.lines
        first = selection.start.y if selection.start else 0
        last = selection.end.y if selection.end else len(lines) - 1
        texts: dict[int, str] = {}
        for number in range(max(0, first), min(last, len(lines) - 1) + 1):
            line = lines[number]
            start, end = self._selected(line, number, selection) or (0, 0)
            if line.start != BLANK:
                part = self._laid.plain(line)[start:end]
                texts[line.row] = texts.get(line.row, "") + part
        return "\n".join(text.rstrip() for text in texts.values()), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        """Paint what is selected."""
        self.refresh()

    def render_lines(self, crop: Region) -> list[Strip]:
        """Paint lines; the styles they lie on are worked out once for all of them."""
        self._base_style = self.visual_style.rich_style
        name = "event-detail--cursor" if self.has_focus else "event-detail--cursor-away"
        cursor = self.get_component_rich_style(name)
        self._cursor_style = self._base_style + Style(
            bgcolor=cursor.bgcolor, reverse=cursor.reverse, underline=cursor.underline
        )
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """Paint one line of the viewport."""
        number = y + self.scroll_offset.y
        if number >= len(self._laid.lines):
            return Strip.blank(self._width, self._base_style)
        self.rows_rendered += 1
        line = self._laid.lines[number]
        on_cursor = line.row == self._cursor and line.start != BLANK
        strip = Strip(self._segments(line, on_cursor=on_cursor))
        strip = strip.adjust_cell_length(self._width)
        if on_cursor:
            if self._cursor_style.reverse:
                strip = Strip(Segment.remove_color(strip), self._width)
            strip = strip.apply_style(self._cursor_style)
        else:
            strip = strip.apply_style(self._base_style)
        return self._with_marks(strip, line, number).apply_offsets(0, number)

    def _go_to(self, row: int) -> None:
        """Put the cursor on a row, and bring it into sight."""
        self._cursor = max(0, min(row, len(self._laid.rows) - 1))
        self._reveal()
        self.refresh()

    def _lay_out(self) -> None:
        """Lay the rows out anew, the cursor on its row."""
        same, key = self._cursor, self.row.key
        above = self._laid.span(same)[0] - self.scroll_offset.y
        self._laid = self._laid_out()
        if same >= len(self._laid.rows) or self._laid.rows[same].key != key:
            found = self._laid.row_of(key)
            self._cursor = min(same, len(self._laid.rows) - 1) if found is None else found
        self._fit()
        self.call_after_refresh(self._scroll_cursor_to, above)

    def _segments(self, line: DetailLine, *, on_cursor: bool) -> list[Segment]:
        """The cursor's mark, the text, and on its first line what copies the row."""
        row = self._laid.rows[line.row]
        segments = [
            Segment(CURSOR if on_cursor else " ", self._style("mark")),
            Segment(" " * line.indent),
        ]
        at = 0
        for text, name in row.parts:
            if line.start < at + len(text) and at < line.end:
                part = text[max(0, line.start - at) : line.end - at]
                style = self._style(name)
                segments.append(Segment(part, style + Style(link=row.url) if row.url else style))
            at += len(text)
        marked = on_cursor or line.row == self._hovered
        if marked and line.start == 0:
            used = sum(cell_len(segment.text) for segment in segments)
            blanks = " " * (self._width - used - RIGHT + 1)
            segments += [Segment(blanks), Segment(COPY, self._style("mark"))]
        return segments

    def _with_marks(self, strip: Strip, line: DetailLine, number: int) -> Strip:
        """The line with what is searched for and what is selected in it standing out."""
        if self._searched is not None and line.start != BLANK:
            style = self._style("match")
            length = len(self._searched.pattern)
            first, last = max(0, line.start - length), line.end + length
            for found in self._searched.finditer(self._laid.rows[line.row].plain, first, last):
                start, end = (min(max(at, line.start), line.end) for at in found.span())
                strip = self._marked(strip, line, (start - line.start, end - line.start), style)
        selection = self.text_selection
        span = self._selected(line, number, selection) if selection is not None else None
        if span is not None:
            full = self.get_component_rich_style("event-detail--selection")
            style = Style(bgcolor=full.bgcolor, reverse=full.reverse, underline=full.underline)
            strip = self._marked(strip, line, span, style)
        return strip

    def _marked(self, strip: Strip, line: DetailLine, span: Span, style: Style) -> Strip:
        """The line with a style on some characters of its text."""
        if span[0] >= span[1]:
            return strip
        plain, before = self._laid.plain(line), LEFT + line.indent
        start, end = (before + cell_len(plain[:at]) for at in span)
        middle = Segment.apply_style(strip.crop(start, end), post_style=style)
        return Strip.join([strip.crop(0, start), Strip(middle), strip.crop(end)])

    def _selected(self, line: DetailLine, number: int, selection: Selection) -> Span | None:
        """The characters of a line that are selected; None: none are."""
        span = selection.get_span(number)
        if span is None:
            return None
        length, before = len(self._laid.plain(line)), LEFT + line.indent
        start, end = span[0], length + before if span[1] < 0 else span[1]
        return max(0, min(start - before, length)), max(0, min(end - before, length))

    def _take(self, event: LogEvent) -> None:
        """Take an event apart."""
        self._event = event
        self._size_taken = len(event.message)
        self._document = EventDocument(event, self._zone)
        self._laid = self._laid_out()

    def _laid_out(self) -> DetailLayout:
        """The lines of the rows that are not folded away."""
        width = (self._width or _FIRST_WIDTH) - LEFT - RIGHT
        spaced = self.is_attached and self.app.size.height >= SPACED_FROM
        return DetailLayout(self._document.rows(self._folds), width, spaced=spaced)

    def _fit(self) -> None:
        size = Size(self._width, len(self._laid.lines))
        if self.virtual_size != size:
            self.virtual_size = size
        self._hovered = None
        self.screen.clear_selection()
        self.refresh()

    def _scroll_cursor_to(self, above: int) -> None:
        """Have so many lines of the screen above the cursor, as far as it is in sight then."""
        first, _ = self._laid.span(self._cursor)
        self.scroll_to(y=first - above, animate=False, immediate=True)
        self._reveal()

    def _reveal(self) -> None:
        """Scroll as far as it takes to see the cursor's row, or as much of it as fits."""
        first, end = self._laid.span(self._cursor)
        if first and self._laid.lines[first - 1].start == BLANK:
            first -= 1
        low, high = sorted((first, end - self._height))
        top = max(low, min(self.scroll_offset.y, high))
        if top != self.scroll_offset.y:
            self.scroll_to(y=top, animate=False, immediate=True)

    def _row_under(self, y: int) -> int | None:
        """The row in a line of the viewport."""
        number = y + self.scroll_offset.y
        lines = self._laid.lines
        if not 0 <= number < len(lines) or lines[number].start == BLANK:
            return None
        return lines[number].row

    def _hover(self, row: int | None) -> None:
        if row != self._hovered:
            self._hovered = row
            self.refresh()

    def _style(self, name: str) -> Style:
        return segment_style(self, f"event-detail--{name}")

    @property
    def _width(self) -> int:
        """Cells of a line."""
        return self.scrollable_content_region.width

    @property
    def _height(self) -> int:
        """Lines that can be seen."""
        return max(1, self.scrollable_content_region.height)
