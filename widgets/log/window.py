"""Which part of the log is looked at: rows move as events are inserted, what is read does not."""

from __future__ import annotations

from operator import is_

from mqtail.events import LogEvent, order_key
from mqtail.store import Predicate, SortedEvents, Store, others_turn
from widgets.log.lines import TOP, Layout, Measure, PageLine, Position, one_line
from widgets.log.rows import LogRows

FIND_SLICE = 2_000
"""Events that a search tests before the event loop gets its turn."""


class LogWindow:
    """A window of `height` lines on the events of a store that pass a filter.

    It follows the newest event, or else holds on to one event (the cursor, the top one where there
    is none) and keeps its first line on the same line of the screen, whatever is inserted above,
    appended below, dropped, or takes more or fewer lines. The cursor is always on the page.

    Args:
        store: the buffer.
        measure: how many lines an event takes; call `relayout` when that has changed.
    """

    def __init__(self, store: Store, measure: Measure = one_line) -> None:
        self._rows = LogRows(store)
        self.view = self._rows.view
        """The events that pass the filter; filter by `View.refilter`, then call `refiltered`."""
        self.height = 0
        """Lines that can be seen."""
        self.top = 0
        """The first row that can be seen."""
        self.skipped = 0
        """Lines of that row that are above the screen."""
        self.lines: list[PageLine] = []
        """The lines that can be seen, from the top."""
        self.page: list[LogEvent] = []
        """The events that can be seen, from the top."""
        self.follow = True
        """Stay at the newest event. Changed by `start_following` and by movements."""
        self.cursor: LogEvent | None = None
        """The highlighted event; None while following."""
        self.inserted_above = 0
        """Events inserted above what is looked at since following ended."""
        self._measure = measure
        self._anchor: tuple[LogEvent, int] | None = None
        """The event that is held, and the line of the screen that its first line is on; less than
        0 where that is above the screen."""
        self._mark: tuple[LogEvent, int, int] | None = None
        """The oldest event when the anchor was looked at, how many rows the anchor was below it,
        and how many rows had been dropped by then."""
        self._newest_seen: LogEvent | None = None

    @property
    def rows(self) -> SortedEvents:
        """The events that the rows show: the view, or what it was when the pause began."""
        return self._rows.shown

    @property
    def paused(self) -> bool:
        """Whether the rows stay as they were when the pause began."""
        return self._rows.paused

    @property
    def is_behind(self) -> bool:
        """Whether anything in the store has changed since it was looked at."""
        return self._rows.is_behind

    @property
    def max_top(self) -> int:
        """The first row when the last one can be seen."""
        return self._layout.end(self.height).row if len(self.rows) else 0

    @property
    def at_top(self) -> bool:
        """Whether there is nothing above the first line of the screen."""
        return self.top == self.skipped == 0

    @property
    def chosen(self) -> LogEvent | None:
        """The event under the cursor, the last one on the page where there is none."""
        if self.cursor in self.page:
            return self.cursor
        return self.page[-1] if self.page else None

    @property
    def waiting(self) -> int:
        """Events that came since the pause began, or below the newest when following ended."""
        return self._rows.waiting(None if self.follow else self._newest_seen)

    def line_of(self, event: LogEvent) -> int | None:
        """The line of the screen of an event's first line, less than 0 where that is above it.

        None: no line of the event can be seen.
        """
        for at, shown in enumerate(self.lines):
            if shown.event is event:
                return at - shown.line
        return None

    def sync(self) -> bool:
        """Take up what has changed in the store.

        Returns:
            Whether there is anything new to be drawn.
        """
        if not self._rows.changed():
            return False
        self._place()
        return True

    def resize(self, height: int) -> None:
        """Show another number of lines."""
        self.height = height
        if self._anchor is not None and height > 0:
            event, line = self._anchor
            self._anchor = (event, min(line, height - 1))
        self.sync()
        self._place()

    def relayout(self) -> None:
        """Events take more or fewer lines than before."""
        self._place()

    def refiltered(self) -> None:
        """The view has got another filter: show it, even while paused."""
        self.inserted_above = 0
        self._mark = None
        self._rows.refiltered()

    def pause(self) -> None:
        """Keep the rows as they are."""
        self._rows.pause()
        self._place()

    def resume(self) -> None:
        """Show again what the view has."""
        self._rows.resume()
        self._place()

    def start_following(self) -> None:
        """Go to the newest event and stay there."""
        self.follow = True
        self.cursor = self._anchor = self._newest_seen = None
        self.inserted_above = 0
        self._place()

    def stay(self) -> None:
        """Follow no longer, and stay at what can be seen."""
        if self.follow and self.page:
            self._stop_following()
            self._hold(self.page[0])

    def scroll_to(self, top: int) -> None:
        """Show other rows, as a person asks: upwards ends following, the end takes it up again."""
        if not len(self.rows):
            return
        position = Position(max(0, min(top, len(self.rows) - 1)), 0)
        if top > self.top and self._layout.shows_end(position, self.height):
            self.start_following()
        else:
            self._scroll_to(position)

    def scroll(self, by: int, *, follow: bool = True) -> None:
        """Move by lines of the screen, less than 0: up.

        Args:
            by: how many lines.
            follow: take up following at the end.
        """
        self._catch_up()
        if not len(self.rows) or (self.follow and by > 0):
            return
        layout = self._layout
        top = layout.moved(self._top, by)
        if by > 0 and follow and layout.shows_end(top, self.height):
            self.start_following()
        else:
            self._scroll_to(top)

    def move(self, step: int) -> None:
        """Move the cursor by rows; beyond the last one following begins again.

        An event that goes on beyond the edge of the screen is read line by line first.
        """
        self._catch_up()
        rows = self.rows
        if not len(rows) or (self.follow and step > 0) or self._read_on(step):
            return
        if self.cursor is not None:
            row = rows.index_of(self.cursor) + step
        else:
            row = self.top + (len(self.page) if step < 0 else -1) + step
        if row >= len(rows) and not self.paused:
            self.start_following()
            return
        row = max(0, min(row, len(rows) - 1))
        self._put_cursor(row, self._brought_in(row, forward=step > 0))

    def move_page(self, pages: int) -> None:
        """Move by pages, the cursor staying on its line of the screen; as `move` at the ends."""
        self._catch_up()
        rows, layout = self.rows, self._layout
        if not len(rows) or (self.follow and pages > 0):
            return
        by = pages * max(1, self.height - 1)
        top = layout.fitted(layout.moved(self._top, by), self.height)
        line = 0 if pages > 0 else self.height - 1
        if self.cursor is not None:
            line = max(0, self.line_of(self.cursor) or 0)
        if top != self._top:
            shown = layout.page(top, self.height)
            event = shown[min(line, len(shown) - 1)].event
            self._put_cursor(rows.index_of(event), top)
        elif pages > 0 and not self.paused:
            self.start_following()
        else:
            self._put_cursor(0 if pages < 0 else len(rows) - 1, top)

    def go_to(self, event: LogEvent) -> None:
        """Put the cursor on an event; one that is out of sight gets to the middle."""
        self._catch_up()
        rows, layout = self.rows, self._layout
        if not len(rows):
            return
        row = min(rows.index_of(event), len(rows) - 1)
        line = self.line_of(rows[row])
        top = self._top
        if line is None or not 0 <= line < self.height:
            extent = layout.extent(row)
            room = max(extent.above, self.height - extent.lines)
            top = layout.moved(layout.first_line(row), -min(self.height // 2, room))
        self._put_cursor(row, top)

    def show_cursor(self) -> None:
        """Bring all lines of the cursor's event into sight, as far as the screen is high."""
        if self.cursor is None:
            return
        row = self.rows.index_of(self.cursor)
        if self._layout.height(row) > self.height:
            top = self._layout.first_line(row)
        else:
            top = self._brought_in(row, forward=True)
        self._put_cursor(row, top)

    def show_line(self, line: int) -> None:
        """Bring a line of the cursor's event into sight, 0: its first one."""
        at = None if self.cursor is None else self.line_of(self.cursor)
        if self.cursor is None or at is None or 0 <= at + line < self.height:
            return
        row = self.rows.index_of(self.cursor)
        start = Position(row, self._layout.extent(row).above + line)
        self._scroll_to(self._layout.moved(start, -(self.height // 3)))

    def align(self, timestamp: int, line: int) -> None:
        """Bring the last event at or before a moment (ms) to a line of the screen."""
        rows, layout = self.rows, self._layout
        if not len(rows):
            return
        row = max(0, rows.index_at(timestamp + 1) - 1)
        self._stop_following()
        self.cursor = None
        self._scroll_to(layout.moved(layout.first_line(row), -line))
        if self.line_of(rows[row]) is not None:
            self._hold(rows[row])

    async def find(self, wanted: Predicate, *, forward: bool) -> LogEvent | None:
        """Put the cursor on the next event that is wanted.

        It starts at the cursor. Where there is none it starts at the newest event while following,
        and otherwise with what is on the page.

        Args:
            wanted: what to look for.
            forward: towards newer events, else towards older ones.

        Returns:
            The event that was found, None if there is none on that side.
        """
        self._catch_up()
        at = self.cursor
        row = self.top if forward else self.top + len(self.page)
        if self.follow:
            row = len(self.rows)
        while True:
            rows = self.rows
            if at is not None:
                row = rows.index_of(at) + (forward and at in rows)
            if forward:
                part = rows[row : row + FIND_SLICE]
            else:
                part = rows[max(0, row - FIND_SLICE) : row][::-1]
            if not part:
                return None
            event: LogEvent
            for event in part:
                if wanted(event):
                    self.go_to(event)
                    return event
            at = part[-1]
            await others_turn()

    @property
    def _layout(self) -> Layout:
        return Layout(self.rows, self._measure)

    @property
    def _top(self) -> Position:
        return Position(self.top, self.skipped)

    def _catch_up(self) -> None:
        """Find the page again where the rows have changed since it was made.

        What can be seen stays what a movement starts from, also where rows above it came or went.
        """
        rows, lines = self.rows, self.lines
        events = list({shown.event.order: shown.event for shown in lines}.values())
        row = rows.index_of(events[0]) if events else 0
        is_there = all(map(is_, rows[row : row + len(events)], events))
        if self.paused or not is_there or row + len(events) > len(rows):
            self.sync()
        elif events:
            self.top = row

    def _read_on(self, step: int) -> bool:
        """Scroll inside the cursor's event where it goes on beyond the edge of the screen."""
        line = None if self.cursor is None else self.line_of(self.cursor)
        if self.cursor is None or line is None:
            return False
        extent = self._layout.extent(self.rows.index_of(self.cursor))
        hidden = line - extent.above if step < 0 else line + extent.lines - self.height
        if (hidden >= 0 if step < 0 else hidden <= 0) or self.height < 1:
            return False
        by = max(step, hidden) if step < 0 else min(step, hidden)
        self._scroll_to(self._layout.moved(self._top, by))
        return True

    def _brought_in(self, row: int, *, forward: bool) -> Position:
        """The top of the screen that is nearest to the present one and shows an event.

        Of an event that is taller than the screen it shows the end that is reached first.
        """
        layout, top, height = self._layout, self._top, self.height
        lines = layout.height(row)
        first, last = Position(row, 0), Position(row, lines - 1)
        if lines <= height:
            if first <= top:
                return first
            fits = layout.moved(last, 1 - height)
            return max(top, fits)
        if forward:
            return max(top, layout.moved(layout.first_line(row), 1 - height))
        return min(top, last)

    def _scroll_to(self, top: Position) -> None:
        """Show the lines from `top` on and stay there; the cursor stays on the page."""
        self._stop_following()
        self._take_page(self._layout, top)
        if self.cursor is not None and self.page:
            self.cursor = self.rows[self._seen_row(self.cursor)]
        if self.page:
            self._hold(self.cursor or self.page[0])
        elif len(self.rows):
            # Nothing can be seen yet: it is held for when there is room.
            self._anchor = (self.cursor or self.rows[top.row], 0)

    def _put_cursor(self, row: int, top: Position) -> None:
        self._stop_following()
        self.cursor = self.rows[row]
        self._scroll_to(top)

    def _stop_following(self) -> None:
        if self.follow:
            self.follow = False
            self.inserted_above = 0
            self._newest_seen = self.rows[-1] if len(self.rows) else None

    def _seen_row(self, event: LogEvent) -> int:
        """The row of an event, or the one on the page that is nearest to it."""
        row = self.rows.index_of(event)
        return max(self.top, min(row, self.top + len(self.page) - 1))

    def _hold(self, event: LogEvent) -> None:
        """Keep an event's first line on the line of the screen where it is now."""
        self._count_inserted()
        self._anchor = (event, self.line_of(event) or 0)
        self._set_mark()

    def _place(self) -> None:
        """Find the lines to show."""
        rows, layout = self.rows, self._layout
        if not len(rows) or self.height < 1:
            self._take_page(layout, TOP)
            return
        if self.follow or self._anchor is None:
            self._take_page(layout, layout.end(self.height))
        else:
            self._count_inserted()
            event, line = self._anchor
            self._take_page(layout, self._held_top(layout, event, line))
            row = rows.index_of(event)
            moved = row == len(rows) or self.line_of(rows[row]) != line
            if moved and self.view.complete and self.page:
                # It cannot be where it was: the cursor is held where it is now, or the top one.
                held = event if event is self.cursor and event in self.page else self.page[0]
                self._anchor = (held, self.line_of(held) or 0)
            self._set_mark()
        if self.cursor is not None and self.page and self.view.complete:
            self.cursor = rows[self._seen_row(self.cursor)]

    def _held_top(self, layout: Layout, event: LogEvent, line: int) -> Position:
        """The top of the screen when an event's first line is on a line of it."""
        row = self.rows.index_of(event)
        first = layout.first_line(row)
        if line >= 0:
            return layout.moved(first, -line)
        if row == len(self.rows) or self.rows[row] is not event:
            return layout.moved(first, 0)
        return Position(row, min(first.line - line, layout.height(row) - 1))

    def _set_mark(self) -> None:
        """Remember where the anchor is; not while the view is still being filled."""
        self._mark = None
        if self._anchor is not None and self.view.complete and not self.paused and len(self.view):
            below = self.view.index_of(self._anchor[0])
            self._mark = (self.view[0], below, self.view.dropped)

    def _count_inserted(self) -> None:
        """Count what was inserted above the anchor since it was looked at last.

        Older history, above what was the oldest event, is not counted.
        """
        if self._anchor is None or self._mark is None or self.paused or not len(self.view):
            return
        oldest, below, dropped = self._mark
        event = self._anchor[0]
        if order_key(event) >= order_key(self.view[0]):
            gone = self.view.dropped - dropped
            now = self.view.index_of(event) - self.view.index_of(oldest)
            self.inserted_above += max(0, now - below + gone)

    def _take_page(self, layout: Layout, top: Position) -> None:
        """Show the lines from `top` on; where they end too early, the last ones."""
        lines = layout.page(top, self.height)
        if len(lines) < self.height and top > TOP and len(self.rows):
            top = layout.end(self.height)
            lines = layout.page(top, self.height)
        self.top, self.skipped = top
        self.lines = lines
        own = [shown for shown in lines if shown.line >= 0] or lines[:1]
        self.page = list({shown.event.order: shown.event for shown in own}.values())
