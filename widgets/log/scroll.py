"""Moving in the log: scrolling, going to events and times, finding."""

from __future__ import annotations

from typing import Any

from mqtail.events import LogEvent
from mqtail.store import Predicate
from widgets.log.page import LogPage


class LogScroll(LogPage):
    """The part of `LogView` that moves; what keys and the mouse do is not in it."""

    _told: tuple[bool, int, int, LogEvent | None] | None = None
    """Where the user had moved when that was told last."""

    @property
    def place(self) -> tuple[int, int] | None:
        """Time (ms) and screen line of the cursor's event, or of the top one; None: following.

        The line is less than 0 where the event begins above the screen.
        """
        if self.follow or not self.page:
            return None
        event = self.cursor or self.page[0]
        return event.timestamp, self._window.line_of(event) or 0

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """A scroll by the user leaves following, or takes it up again at the end."""
        if self._drawing:
            return
        super().watch_scroll_y(old_value, new_value)
        old, new = round(old_value), round(new_value)
        at_end = new >= self.max_scroll_y
        if new == old or (new < old and at_end):
            return
        if at_end:
            self._window.start_following()
        else:
            self._window.scroll_to(new)
        self._moved()

    def scroll_to(self, x: float | None = None, y: float | None = None, **options: Any) -> None:
        """Scroll at once: an animation would go on to rows that have moved in the meantime."""
        super().scroll_to(x, y, **options | {"animate": False})

    def scroll_page_up(self, **options: Any) -> None:
        """Move up by a page of lines, as a click into the scrollbar asks."""
        self._scroll_lines(-self._window.height)

    def scroll_page_down(self, **options: Any) -> None:
        """Move down by a page of lines, as a click into the scrollbar asks."""
        self._scroll_lines(self._window.height)

    def follow_newest(self) -> None:
        """Follow the newest events; this ends a pause, too. It posts no `Moved`."""
        if self.paused:
            self._window.resume()
        self._window.start_following()
        self._draw()

    def hold(self, still: bool) -> None:
        """Hold the view as it is, or go on; nothing happens where it does so already."""
        if still != self.paused:
            if still:
                self._window.pause()
            else:
                self._window.resume()
            self._draw()

    def align(self, timestamp: int, line: int) -> None:
        """Bring the last event at or before a moment to a line of the screen.

        It posts no `Moved` and takes no cursor: for a view that moves along with another one.

        Args:
            timestamp: the moment, ms.
            line: the line of the screen, 0 at the top.
        """
        self._window.align(timestamp, line)
        self._draw()

    def go_to(self, event: LogEvent) -> None:
        """Put the cursor on an event; one that is out of sight gets to the middle."""
        self._window.go_to(event)
        self._moved()

    def go_to_time(self, timestamp: int) -> None:
        """Put the cursor on the first event at or after a moment (ms), else on the last one."""
        rows = self.rows
        if len(rows):
            self.go_to(rows[min(rows.index_at(timestamp), len(rows) - 1)])

    async def find(self, wanted: Predicate, *, forward: bool) -> LogEvent | None:
        """Put the cursor on the next event that is wanted, seen from the cursor or the newest.

        Args:
            wanted: what to look for.
            forward: towards newer events, else towards older ones.

        Returns:
            The event that was found, None if there is none on that side.
        """
        self.sync()
        found = await self._window.find(wanted, forward=forward)
        if found is not None:
            self._moved()
        return found

    def reveal(self) -> None:
        """Bring into sight what the search found in the cursor's event: unfold it, scroll to it."""
        canvas, window, event = self._canvas, self._window, self.cursor
        if event is None:
            return
        found = canvas.text(event).found()
        if found is None and not canvas.folds.is_open(event) and canvas.found_folded(event):
            canvas.folds.turn(event)
            window.relayout()
            found = canvas.text(event).found()
        if found is not None:
            line, (start, end) = found
            window.show_line(line)
            room = canvas.width - canvas.columns.head
            if end < room or self.look.wrap:
                self.shift = 0
            elif not self.shift < start < end < self.shift + room:
                self.shift = max(0, start - room // 2)
        self._moved()

    def _user_moved(self) -> None:
        """The user has moved."""

    def _moved(self) -> None:
        """Show where the user has moved to."""
        self._draw()
        at = (self.follow, self._window.top, self._window.skipped, self.cursor)
        if at != self._told:
            self._told = at
            self._user_moved()

    def _scroll_lines(self, by: int) -> None:
        self._window.scroll(by)
        self._moved()
