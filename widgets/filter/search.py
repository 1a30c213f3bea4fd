"""What is searched for in a log, and how much of it was found."""

from __future__ import annotations

from collections.abc import Callable
from datetime import tzinfo

from textual import on

from mqtail.errors import FilterError
from mqtail.events import LogEvent
from mqtail.filters import EVERYTHING, Filter
from mqtail.filters.completion import Vocabulary
from mqtail.store import View
from widgets.filter.bar import FilterBar, FilterMessage
from widgets.human import count

HINT = "enter jumps, n N go on"


class SearchBar(FilterBar):
    """A line to type into what is searched for.

    Args:
        now: the time, ms since the epoch.
        zone: for times of day.
        vocabulary: known values of the fields.
        id: id of the widget in the DOM.
    """

    class Searched(FilterMessage):
        """Something else is searched for."""

    def __init__(
        self, now: Callable[[], int], zone: tzinfo, *, vocabulary: Vocabulary, id: str
    ) -> None:
        super().__init__(label="search", hint=HINT, vocabulary=vocabulary, id=id)
        self._now = now
        self._zone = zone
        self.searched: Filter = EVERYTHING
        """What is searched for; `EVERYTHING` where nothing is."""

    def begin(self) -> None:
        """Have it typed what to search for."""
        self.display = True
        self.edit(anew=True)

    def end(self) -> None:
        """Search for nothing, and give the room away."""
        self.text = ""
        self.display = False
        self.searched = EVERYTHING

    def show_found(self, matches: View | None, cursor: LogEvent | None) -> None:
        """Show how many events match, and which of them the cursor is on.

        Args:
            matches: the events; None: nothing is searched for.
            cursor: the event under the cursor.
        """
        if matches is None:
            self.show_count_text("")
            return
        found = f"{count(len(matches))}{'' if matches.complete else '…'}"
        if cursor is not None and cursor in matches:
            self.show_count_text(f"{count(matches.index_of(cursor) + 1)} of {found} matches")
        else:
            self.show_count_text(f"{found} match{'' if len(matches) == 1 else 'es'}")

    @on(FilterBar.Changed)
    def _search_typed(self, event: FilterBar.Changed) -> None:
        event.stop()
        search = self.compiled(event.text, now=self._now(), zone=self._zone)
        if search is not None:
            self._search_for(search)

    @on(FilterBar.Stopped)
    def _search_stopped(self, event: FilterBar.Stopped) -> None:
        """Search for nothing: what was typed stays, with the reason."""
        event.stop()
        stopped = event.filter.stopped
        if event.filter is self.searched and stopped is not None:
            self._search_for(EVERYTHING)
            # That everything passes from here on is true of a filter only.
            self.show_error(FilterError(stopped.column, stopped.problem))

    def _search_for(self, search: Filter) -> None:
        self.searched = search
        self.post_message(self.Searched(self))
