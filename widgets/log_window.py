"""Which part of the log is looked at: rows move as events are inserted, what is read does not."""

from __future__ import annotations

import asyncio

from mqtail.events import LogEvent, order_key
from mqtail.store import Predicate, SortedEvents, Store

FIND_SLICE = 20_000
"""Events that a search tests before the event loop gets its turn."""


class Frozen(SortedEvents):
    """Rows as they were at one moment.

    Args:
        events: the events, in order.
    """

    def __init__(self, events: list[LogEvent]) -> None:
        super().__init__()
        self._events = events


class LogWindow:
    """A window of `height` rows on the events of a store that pass a filter.

    It follows the newest event, or else holds on to one event (the cursor where it can be seen,
    the top row otherwise) and keeps it on the same row of the screen, whatever is inserted above,
    appended below, or dropped.

    Args:
        store: the buffer.
    """

    def __init__(self, store: Store) -> None:
        self.view = store.view()
        """The events that pass the filter; filter by `View.refilter`, then call `refiltered`."""
        self.height = 0
        """Rows that can be seen."""
        self.top = 0
        """The first row that can be seen."""
        self.page: list[LogEvent] = []
        """The events that can be seen, from the top."""
        self.follow = True
        """Stay at the newest event. Changed by `start_following` and by movements."""
        self.cursor: LogEvent | None = None
        """The highlighted event; None while following."""
        self.inserted_above = 0
        """Events inserted above what is looked at since following ended."""
        self._store = store
        self._version = -1
        self._anchor: tuple[LogEvent, int] | None = None
        self._newest_seen: LogEvent | None = None
        self._frozen: Frozen | None = None
        self._frozen_to: LogEvent | None = None
        self._refreezing = False
        self._mark = (0, 0, True)

    @property
    def rows(self) -> SortedEvents:
        """The events that the rows show: the view, or what it was when the pause began."""
        return self.view if self._frozen is None else self._frozen

    @property
    def paused(self) -> bool:
        """Whether the rows stay as they were when the pause began."""
        return self._frozen is not None

    @property
    def max_top(self) -> int:
        """The first row when the last one can be seen."""
        return max(0, len(self.rows) - self.height)

    @property
    def waiting(self) -> int:
        """Events that came since the pause began, or below the newest when following ended."""
        view = self.view
        if not len(view):
            return 0
        if self._frozen is not None:
            kept = len(self._frozen) - self._frozen.index_of(view[0])
            return max(0, len(view) - kept)
        seen = self._newest_seen
        if self.follow or seen is None:
            return 0
        return len(view) - view.index_of(seen) - (seen in view)

    def sync(self) -> bool:
        """Take up what has changed in the store.

        Returns:
            Whether there is anything new to be drawn.
        """
        if self._version == self.view.version:
            return False
        self._version = self.view.version
        if self._frozen is not None:
            if not self._refreezing:
                return False
            self._refreezing = not self.view.complete
            self._freeze()
        self._place()
        return True

    def resize(self, height: int) -> None:
        """Show another number of rows."""
        self.height = height
        self.sync()
        self._place()

    def refiltered(self) -> None:
        """The view has got another filter: show it, even while paused."""
        self.inserted_above = 0
        self._refreezing = self.paused
        self._version = -1

    def pause(self) -> None:
        """Keep the rows as they are."""
        self._frozen_to = self._store[-1] if len(self._store) else None
        self._freeze()
        self._place()

    def resume(self) -> None:
        """Show again what the view has."""
        self._frozen = self._frozen_to = None
        self._refreezing = False
        self._version = self.view.version
        self._place()

    def start_following(self) -> None:
        """Go to the newest event and stay there."""
        self.follow = True
        self.cursor = self._anchor = self._newest_seen = None
        self.inserted_above = 0
        self._place()

    def scroll_to(self, top: int) -> None:
        """Show other rows, as a person asks: upwards ends following, the end takes it up again."""
        down = top > self.top
        if down and top >= self.max_top:
            self.start_following()
            return
        self.top = max(0, min(top, self.max_top))
        self._stop_following()
        self._take_page()
        if self.page:
            self._hold(self._visible_cursor() or self.page[0])

    def move(self, step: int) -> None:
        """Move the cursor by rows; beyond the last one following begins again."""
        rows = self.rows
        if not len(rows):
            return
        if self.cursor is not None:
            row = rows.index_of(self.cursor) + step
            if row >= len(rows) and not self.paused:
                self.start_following()
                return
        elif self.follow and step > 0:
            return
        elif step < 0:
            row = rows.index_of(self.page[-1]) + step + 1
        else:
            row = rows.index_of(self.page[0]) + step - 1
        row = max(0, min(row, len(rows) - 1))
        self._put_cursor(row, min(max(self.top, row - self.height + 1), row))

    def go_to(self, event: LogEvent) -> None:
        """Put the cursor on an event; one that is out of sight gets to the middle."""
        row = self.rows.index_of(event)
        seen = self.top <= row < self.top + self.height
        self._put_cursor(row, self.top if seen else row - self.height // 2)

    async def find(self, wanted: Predicate, *, forward: bool) -> LogEvent | None:
        """Put the cursor on the next event that is wanted.

        It starts at the cursor, or at the newest event where there is none.

        Args:
            wanted: what to look for.
            forward: towards newer events, else towards older ones.

        Returns:
            The event that was found, None if there is none on that side.
        """
        at = self.cursor
        while True:
            rows = self.rows
            if forward:
                start = len(rows) if at is None else rows.index_of(at) + (at in rows)
                part = rows[start : start + FIND_SLICE]
            else:
                end = len(rows) if at is None else rows.index_of(at)
                part = rows[max(0, end - FIND_SLICE) : end][::-1]
            if not part:
                return None
            event: LogEvent
            for event in part:
                if wanted(event):
                    self.go_to(event)
                    return event
            at = part[-1]
            await asyncio.sleep(0)

    def _put_cursor(self, row: int, top: int) -> None:
        rows = self.rows
        if not len(rows):
            return
        self._stop_following()
        row = min(row, len(rows) - 1)
        self.cursor = rows[row]
        self.top = max(0, min(top, self.max_top))
        self._hold(self.cursor)
        self._place()

    def _stop_following(self) -> None:
        if self.follow:
            self.follow = False
            self.inserted_above = 0
            self._newest_seen = self.rows[-1] if len(self.rows) else None

    def _visible_cursor(self) -> LogEvent | None:
        if self.cursor is None:
            return None
        row = self.rows.index_of(self.cursor)
        return self.cursor if self.top <= row < self.top + self.height else None

    def _hold(self, event: LogEvent) -> None:
        """Keep an event on the row of the screen where it is now."""
        self._count_inserted()
        row = self.rows.index_of(event)
        self._anchor = (event, row - self.top)
        self._mark = (row, self._store.dropped, self.view.complete)

    def _freeze(self) -> None:
        end = self.view.index_of(self._frozen_to) + 1 if self._frozen_to else 0
        self._frozen = Frozen(self.view[:end])

    def _place(self) -> None:
        """Find the rows to show."""
        rows = self.rows
        if self.follow:
            self.top = self.max_top
        elif self._anchor is not None:
            self._count_inserted()
            event, offset = self._anchor
            row = rows.index_of(event)
            self.top = max(0, min(row - offset, self.max_top))
            if self.top != row - offset and self.view.complete and len(rows):
                # Another row of the screen is where it is now, and where it stays.
                event = self._visible_cursor() or rows[self.top]
                row = rows.index_of(event)
                self._anchor = (event, row - self.top)
            self._mark = (row, self._store.dropped, self.view.complete)
        if self.cursor is not None and self._is_gone(self.cursor):
            self.cursor = rows[0]
        self._take_page()

    def _count_inserted(self) -> None:
        """Count what was inserted above the anchor since it was looked at last.

        Rows that were dropped in the same moment are known for an unfiltered view only; a
        filtered one then counts too few.
        """
        if self._anchor is None or self.paused or self._is_gone(self._anchor[0]):
            return
        row, dropped, complete = self._mark
        if complete and self.view.complete:
            shown_all = len(self.view) == len(self._store)
            gone = self._store.dropped - dropped if shown_all else 0
            self.inserted_above += max(0, self.rows.index_of(self._anchor[0]) - row + gone)

    def _is_gone(self, event: LogEvent) -> bool:
        """Whether an event was so old that it was dropped."""
        rows = self.rows
        if not len(rows) or not self.view.complete:
            return False
        return bool(order_key(event) < order_key(rows[0]))

    def _take_page(self) -> None:
        self.page = self.rows[self.top : self.top + self.height]
