"""Which part of the log is looked at: rows move as events are inserted, what is read does not."""

from __future__ import annotations

import asyncio

from mqtail.events import LogEvent, order_key
from mqtail.store import Predicate, SortedEvents, Store

FIND_SLICE = 20_000
"""Events that a search tests before the event loop gets its turn."""


class LogWindow:
    """A window of `height` rows on the events of a store that pass a filter.

    It follows the newest event, or else holds on to one event (the cursor, the top row where there
    is none) and keeps it on the same row of the screen, whatever is inserted above, appended below,
    or dropped. The cursor is always on the page.

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
        """The event that is held, and its row on the screen."""
        self._mark: tuple[int, int] | None = None
        """Where the anchor was in the view, and how many of its rows had been dropped by then."""
        self._newest_seen: LogEvent | None = None
        self._frozen: SortedEvents | None = None
        self._frozen_to: LogEvent | None = None
        self._refreezing = False

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
    def chosen(self) -> LogEvent | None:
        """The event under the cursor, the last one on the page where there is none."""
        if self.cursor in self.page:
            return self.cursor
        return self.page[-1] if self.page else None

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
        if self._anchor is not None and height > 0:
            event, offset = self._anchor
            self._anchor = (event, min(offset, height - 1))
        self.sync()
        self._place()

    def refiltered(self) -> None:
        """The view has got another filter: show it, even while paused."""
        self.inserted_above = 0
        self._mark = None
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
        if self.cursor is not None and self.page:
            self.cursor = self.rows[self._seen_row(self.cursor)]
        if self.page:
            self._hold(self.cursor or self.page[0])

    def move(self, step: int) -> None:
        """Move the cursor by rows; beyond the last one following begins again."""
        rows = self.rows
        if not len(rows) or (self.follow and step > 0):
            return
        if self.cursor is not None:
            row = rows.index_of(self.cursor) + step
        else:
            row = self.top + (len(self.page) if step < 0 else -1) + step
        if row >= len(rows) and not self.paused:
            self.start_following()
            return
        row = max(0, min(row, len(rows) - 1))
        self._put_cursor(row, min(max(self.top, row - self.height + 1), row))

    def move_page(self, pages: int) -> None:
        """Move by pages, the cursor staying on its row of the screen; as `move` at the ends."""
        rows = self.rows
        if not len(rows) or (self.follow and pages > 0):
            return
        top = max(0, min(self.top + pages * max(1, self.height - 1), self.max_top))
        if self.cursor is not None:
            row = rows.index_of(self.cursor) + top - self.top
        else:
            row = top if pages > 0 else top + self.height - 1
        if top == self.top:
            row = 0 if pages < 0 else len(rows) - 1
            if pages > 0 and not self.paused:
                self.start_following()
                return
        self._put_cursor(row, top)

    def go_to(self, event: LogEvent) -> None:
        """Put the cursor on an event; one that is out of sight gets to the middle."""
        row = self.rows.index_of(event)
        seen = self.top <= row < self.top + self.height
        self._put_cursor(row, self.top if seen else row - self.height // 2)

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

    def _seen_row(self, event: LogEvent) -> int:
        """The row of an event, or the one on the page that is nearest to it."""
        row = self.rows.index_of(event)
        return max(self.top, min(row, self.top + len(self.page) - 1))

    def _hold(self, event: LogEvent) -> None:
        """Keep an event on the row of the screen where it is now."""
        self._count_inserted()
        self._anchor = (event, self.rows.index_of(event) - self.top)
        self._set_mark()

    def _freeze(self) -> None:
        end = 0
        if self._frozen_to is not None:
            end = self.view.index_of(self._frozen_to) + (self._frozen_to in self.view)
        self._frozen = SortedEvents(self.view[:end])

    def _place(self) -> None:
        """Find the rows to show."""
        if self.follow:
            self.top = self.max_top
        elif self._anchor is not None:
            self._count_inserted()
            event, offset = self._anchor
            top = self.rows.index_of(event) - offset
            self.top = max(0, min(top, self.max_top))
            if self.top != top and self.view.complete and len(self.rows):
                # It cannot be where it was: the cursor is held where it is now, or the top row.
                row = self.rows.index_of(event)
                seen = event is self.cursor and row < self.top + self.height
                self._anchor = (event, row - self.top) if seen else (self.rows[self.top], 0)
            self._set_mark()
        self._take_page()
        if self.cursor is not None and self.page and self.view.complete:
            self.cursor = self.rows[self._seen_row(self.cursor)]

    def _set_mark(self) -> None:
        """Remember where the anchor is; not while the view is still being filled."""
        self._mark = None
        if self._anchor is not None and self.view.complete and not self.paused:
            self._mark = (self.view.index_of(self._anchor[0]), self.view.dropped)

    def _count_inserted(self) -> None:
        """Count what was inserted above the anchor since it was looked at last."""
        if self._anchor is None or self._mark is None or self.paused or not len(self.view):
            return
        row, dropped = self._mark
        event = self._anchor[0]
        if order_key(event) >= order_key(self.view[0]):
            gone = self.view.dropped - dropped
            self.inserted_above += max(0, self.view.index_of(event) - row + gone)

    def _take_page(self) -> None:
        self.page = self.rows[self.top : self.top + self.height]
