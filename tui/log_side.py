"""The log with the filter above and the search below it: what is shown, marked and found."""

from __future__ import annotations

from collections.abc import Callable
from datetime import tzinfo

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.worker import Worker, WorkerState

from mqtail.events import Level, LogEvent
from mqtail.filters import EVERYTHING, Filter
from mqtail.printable import printable
from mqtail.store import Predicate, Store
from tui.conditions import Conditions
from widgets.filter_bar import FilterBar
from widgets.log_view import LogView

FILTER_HINT = 'press f:  timeout   "No space left"   /regex/   level>=warn   instance:1'
SEARCH_HINT = "enter jumps, n N go on"


class LogSide(Vertical):
    """Shows what meets conditions, highlights what was filtered and searched for, and finds it.

    Args:
        store: the events.
        filter: the text of the filter at the beginning.
        now: the time, ms since the epoch.
        zone: zone of the times that are shown and typed.
        id: id of the widget in the DOM.
    """

    class Refiltered(Message):
        """The whole buffer has been looked through for what meets the conditions."""

    def __init__(
        self, store: Store, filter: str, now: Callable[[], int], zone: tzinfo, *, id: str
    ) -> None:
        super().__init__(id=id)
        self._store = store
        self._text = filter
        self._now = now
        self._zone = zone
        self._filtered: Filter = EVERYTHING
        self._searched: Filter = EVERYTHING

    def compose(self) -> ComposeResult:
        """The filter, the log, and the search, which is hidden until it is asked for."""
        yield FilterBar(self._text, hint=FILTER_HINT, id="filter")
        yield LogView(self._store, self._zone, id="log")
        yield FilterBar(label="search", hint=SEARCH_HINT, id="search")

    @property
    def log_view(self) -> LogView:
        """The log."""
        return self.query_one(LogView)

    @property
    def filter_bar(self) -> FilterBar:
        """The filter."""
        return self.query_one("#filter", FilterBar)

    @property
    def searching(self) -> bool:
        """Whether the search is there."""
        return bool(self._search_bar.display)

    def apply(self, conditions: Conditions) -> None:
        """Show what meets these conditions from now on."""
        self._filtered = conditions.filter
        self._highlight()
        self.workers.cancel_group(self, "filter")
        if conditions.is_any:
            self._refilter(conditions.predicate())
        else:
            self.log_view.view.show_all()
            self.log_view.refiltered()

    def search(self) -> None:
        """Have it typed what to search for."""
        bar = self._search_bar
        bar.display = True
        bar.edit(anew=True)

    def end_search(self) -> None:
        """Mark what was searched for no longer."""
        self._search_bar.text = ""
        self._search_bar.display = False
        self._searched = EVERYTHING
        self.log_view.shift = 0
        self._highlight()

    def find_match(self, *, forward: bool) -> None:
        """Go to the next match of the search, or begin one."""
        if self._searched.is_empty:
            self.search()
        else:
            self._find(self._searched.matches, "match", forward=forward)

    def find_error(self, *, forward: bool) -> None:
        """Go to the next error."""
        self._find(_is_error, "error", forward=forward)

    @on(FilterBar.Changed, "#search")
    def _search_typed(self, event: FilterBar.Changed) -> None:
        event.stop()
        search = event.bar.compiled(event.text, now=self._now(), zone=self._zone)
        if search is not None:
            self._searched = search
            self._highlight()

    @on(FilterBar.Closed, "#search")
    def _search_closed(self, event: FilterBar.Closed) -> None:
        event.stop()
        self.screen.set_focus(self.log_view)
        if not event.kept or not self._search_bar.text.strip():
            self.end_search()
        else:
            self.find_match(forward=not self.log_view.follow)

    @on(Worker.StateChanged)
    def _work_failed(self, event: Worker.StateChanged) -> None:
        """Say that filtering or searching came to an unforeseen end; the rest goes on."""
        if event.state is WorkerState.ERROR:
            error = event.worker.error
            problem = printable(f"{type(error).__name__}: {error}")
            self.notify(problem, title=event.worker.name, severity="error", markup=False)

    @property
    def _search_bar(self) -> FilterBar:
        return self.query_one("#search", FilterBar)

    def _highlight(self) -> None:
        filtered, searched = self._filtered, self._searched
        self.log_view.set_highlights(
            filtered=None if filtered.is_empty else filtered.highlights,
            searched=None if searched.is_empty else searched.highlights,
        )

    @work(group="filter", exclusive=True, exit_on_error=False, description="filter")
    async def _refilter(self, predicate: Predicate) -> None:
        self.log_view.refiltered()
        await self.log_view.view.refilter(predicate)
        self.post_message(self.Refiltered())

    @work(group="find", exclusive=True, exit_on_error=False, description="find")
    async def _find(self, wanted: Predicate, what: str, *, forward: bool) -> None:
        if await self.log_view.find(wanted, forward=forward) is None:
            where = "below" if forward else "above"
            self.notify(f"No {what} further {where}", timeout=2)
        elif what == "match":
            self.log_view.reveal()


def _is_error(event: LogEvent) -> bool:
    return event.level >= Level.ERROR
