"""Events that were marked to be found again."""

from __future__ import annotations

from mqtail.events import LogEvent, order_key


class Bookmarks:
    """Bookmarked events, in the order of the log."""

    def __init__(self) -> None:
        self._events: dict[int, LogEvent] = {}

    @property
    def orders(self) -> frozenset[int]:
        """`LogEvent.order` of each."""
        return frozenset(self._events)

    def toggle(self, event: LogEvent) -> bool:
        """Bookmark an event, or do so no longer; tells whether it is bookmarked now."""
        if self._events.pop(event.order, None) is not None:
            return False
        self._events[event.order] = event
        return True

    def after(self, event: LogEvent | None, *, not_before: int) -> LogEvent | None:
        """The next bookmark in the log; behind the last one it is the first again.

        Args:
            event: where to go on; None: at the beginning.
            not_before: time of the oldest event in the buffer, ms: older bookmarks are given up.
        """
        self._events = {
            order: marked
            for order, marked in self._events.items()
            if marked.timestamp >= not_before
        }
        marked = sorted(self._events.values(), key=order_key)
        if event is not None:
            later = [other for other in marked if order_key(other) > order_key(event)]
            marked = later or marked
        return marked[0] if marked else None
