"""The rows of the log: what a view has, or what it had when a pause began."""

from __future__ import annotations

from mqtail.events import LogEvent, order_key
from mqtail.store import SortedEvents, Store


class LogRows:
    """The events of a store that pass a filter, held still during a pause.

    Args:
        store: the buffer.
    """

    def __init__(self, store: Store) -> None:
        self.view = store.view()
        """The events that pass the filter."""
        self._store = store
        self._version = -1
        self._held: SortedEvents | None = None
        self._held_to: LogEvent | None = None
        self._refiltering = False

    @property
    def shown(self) -> SortedEvents:
        """The view, or what it was when the pause began."""
        return self.view if self._held is None else self._held

    @property
    def paused(self) -> bool:
        """Whether the rows stay as they were when the pause began."""
        return self._held is not None

    @property
    def is_behind(self) -> bool:
        """Whether anything in the store has changed since it was looked at."""
        return self._version != self.view.version

    def changed(self) -> bool:
        """Take up what has changed in the store; tells whether anything that is shown has."""
        if not self.is_behind:
            return False
        self._version = self.view.version
        if self._held is not None:
            if not self._refiltering:
                return False
            self._refiltering = not self.view.complete
            self._hold()
        return True

    def refiltered(self) -> None:
        """The view has got another filter: it is shown even while paused."""
        self._refiltering = self.paused
        self._version = -1

    def pause(self) -> None:
        """Keep the rows as they are."""
        self._hold()

    def resume(self) -> None:
        """Show again what the view has."""
        self._held = self._held_to = None
        self._refiltering = False
        self._version = self.view.version

    def waiting(self, seen: LogEvent | None) -> int:
        """Events that came since the pause began, else after the newest that was seen.

        Args:
            seen: that event; None: all were.
        """
        view = self.view
        if not len(view):
            return 0
        if self._held is not None:
            kept = len(self._held) - self._held.index_of(view[0])
            return max(0, len(view) - kept)
        return 0 if seen is None else len(view) - view.index_of(seen) - (seen in view)

    def _hold(self) -> None:
        store, last, end = self._store, self._held_to, 0
        if len(store) and (last is None or order_key(last) < order_key(store[0])):
            # Nothing of what was held is kept any more: what there is now is held instead.
            last = self._held_to = store[-1]
        if last is not None:
            end = self.view.index_of(last) + (last in self.view)
        self._held = SortedEvents(self.view[:end])
