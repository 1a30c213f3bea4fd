"""The log with all that serves to find one's way in it: filter, timeline, tabs, panes, search."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import tzinfo

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import ContentSwitcher
from textual.worker import Worker

from mqtail.events import LogEvent, Source
from mqtail.filters.completion import Vocabulary
from mqtail.moments import moment_in, moment_of, next_moment, previous_moment
from mqtail.printable import printable
from mqtail.status import ReaderStatus
from mqtail.store import Store, View
from tui.bookmarks import Bookmarks
from tui.conditions import Conditions
from tui.failures import tell_failure
from tui.interruptions import interruption_rules
from tui.pane import LogPane, is_error
from tui.preferences import Preferences
from tui.scopes import LOG_TABS, LogTab, Split, splits
from tui.tab_panes import TabPanes
from widgets.filter.bar import FilterBar
from widgets.filter.search import SearchBar
from widgets.human import count
from widgets.instances import InstanceNumbers
from widgets.log.look import Look
from widgets.log.rules import Rule
from widgets.log.view import GAP_MS, LogView
from widgets.timeline.view import Timeline

FILTER_HINT = 'press f:  timeout   "No space left"   /regex/   level>=warn   instance:1'

FILTERED_GAP = 10
"""How many times longer a gap must be to be marked where a filter leaves events out."""


class LogSide(Vertical):
    """Shows what meets conditions in the tab that is chosen, and finds things in it.

    Args:
        store: the events.
        filter: the text of the filter at the beginning.
        now: the time, ms since the epoch.
        zone: zone of the times that are shown and typed.
        preferences: what the user prefers.
        vocabulary: values of the filter's fields that there are.
        id: id of the widget in the DOM.
    """

    class Refiltered(Message):
        """What is shown has changed otherwise than by new events."""

    def __init__(
        self,
        store: Store,
        filter: str,
        now: Callable[[], int],
        zone: tzinfo,
        *,
        preferences: Preferences,
        vocabulary: Vocabulary,
        id: str,
    ) -> None:
        super().__init__(id=id)
        self._vocabulary = vocabulary
        self.look = preferences.look
        """How rows look."""
        self.bookmarks = Bookmarks()
        """The events that were marked."""
        self._store = store
        self._text = filter
        self._now = now
        self._zone = zone
        self._preferences = preferences
        self._conditions = Conditions()
        self._moments: View = store.view(_is_moment)
        self._tabs: dict[str, TabPanes] = {}
        self._tab = self._panes_of(LOG_TABS[0])
        self._rules: Sequence[Rule] = ()
        self._sought: tuple[LogEvent | None, LogEvent | None] = (None, None)
        """What was gone to last, and where the cursor got to."""

    def compose(self) -> ComposeResult:
        """The filter, the timeline, the log, and the search, which is hidden until it is wanted."""
        yield FilterBar(self._text, hint=FILTER_HINT, vocabulary=self._vocabulary, id="filter")
        yield Timeline(self._zone, now=self._now, id="timeline")
        with ContentSwitcher(initial=self._tab.id):
            yield self._tab
        yield SearchBar(self._now, self._zone, vocabulary=self._vocabulary, id="search")

    def on_mount(self) -> None:
        """Show everything there is."""
        self.filter_bar.history = self._preferences.filter_history
        self.search_bar.history = self._preferences.search_history
        self._dress()
        self.run_worker(self._moments.refill(), exit_on_error=False, description="moments")

    @property
    def tab(self) -> LogTab:
        """The tab that is shown."""
        return self._tab.tab

    @property
    def split(self) -> Split | None:
        """What the two panes of the tab are about; None: there is one."""
        return self._tab.split

    @property
    def sides(self) -> Split | None:
        """What the two panes are about by now: a pane can be given another instance."""
        return self._tab.sides

    @property
    def subject(self) -> LogEvent | None:
        """The event that one looks at, or one that was gone to and is not among what is shown."""
        log, (sought, landed) = self.log_view, self._sought
        is_there = landed is not None or not len(log.rows)
        if sought is not None and sought not in log.rows and is_there and log.cursor is landed:
            return sought
        return log.chosen

    @property
    def pane(self) -> LogPane:
        """The pane that the keys act on."""
        return self._tab.active

    @property
    def log_view(self) -> LogView:
        """The log that the keys act on."""
        return self.pane.log_view

    @property
    def filter_bar(self) -> FilterBar:
        """The filter."""
        return self.query_one("#filter", FilterBar)

    @property
    def search_bar(self) -> SearchBar:
        """The search."""
        return self.query_one(SearchBar)

    @property
    def timeline(self) -> Timeline:
        """The timeline."""
        return self.query_one(Timeline)

    @property
    def searching(self) -> bool:
        """Whether the search is there."""
        return bool(self.search_bar.display)

    @property
    def versions(self) -> tuple[int, ...]:
        """Change with the events that are held and with those that are shown, marked or counted."""
        pane = self.pane
        shown = (self._store, self.log_view.view, pane.errors, pane.matches, self._moments)
        return tuple(events.version for events in shown if events is not None)

    def apply(self, conditions: Conditions) -> None:
        """Show what meets these conditions from now on."""
        self._conditions = conditions
        self._dress()

    def wear(self, look: Look) -> None:
        """Show rows in another look, in every pane."""
        self.look = look
        self._dress()

    async def show_tab(self, tab: LogTab) -> None:
        """Show another tab, where it was left."""
        panes = self._panes_of(tab)
        switcher = self.query_one(ContentSwitcher)
        with self.app.batch_update():
            if not panes.is_attached:
                await switcher.mount(panes)
            self._tab = panes
            switcher.current = panes.id
            self._dress()
            self.screen.set_focus(self.log_view)
        self.post_message(self.Refiltered())

    async def split_otherwise(self, sources: Iterable[Source], numbers: InstanceNumbers) -> bool:
        """Go on to the next way to split the tab, and to one pane after the last.

        Returns:
            Whether there is any way at all.
        """
        ways: list[Split | None] = [*splits(self.tab, sources, numbers), None]
        about = [tuple(side.title for side in way) if way else None for way in ways]
        before = tuple(side.title for side in self.split) if self.split else None
        at = about.index(before) if before in about else len(ways) - 1
        await self.divide(ways[(at + 1) % len(ways)])
        return len(ways) > 1

    async def divide(self, split: Split | None) -> None:
        """Show two panes beside each other, or one."""
        leader = self.pane
        with self.app.batch_update():
            await self._tab.divide(split)
            self._dress()
            self._tab.align(leader if leader in self._tab.panes else self.pane)
            self.screen.set_focus(self.log_view)
        self.post_message(self.Refiltered())

    def choose_pane(self, source: Source) -> None:
        """Have the keys act on a pane that shows the events of a source."""
        if not self.pane.scope.shows(source):
            self._tab.activate_for(source)
            self.screen.set_focus(self.log_view)

    def set_columns(
        self, *, targets: list[str], logs: list[tuple[str, str]], instances: InstanceNumbers
    ) -> None:
        """Fit the columns to the sources there are, see `LogView.set_columns`."""
        for pane in self._tab.panes:
            pane.set_columns(targets=targets, logs=logs, instances=instances)

    def show_interruptions(self, readers: Sequence[ReaderStatus]) -> None:
        """Draw a rule where reading was interrupted."""
        rules = interruption_rules(readers)
        if rules != self._rules:
            self._rules = rules
            self._dress()

    def show_timeline(self) -> None:
        """Bring the timeline up to date."""
        if self.timeline.display:
            log = self.log_view
            self.timeline.show(self._store, log.view, self.pane.errors, self._moments, log.seen)

    def search(self) -> None:
        """Have it typed what to search for."""
        self.search_bar.begin()

    def end_search(self) -> None:
        """Mark what was searched for no longer."""
        self.search_bar.end()
        self.log_view.shift = 0
        self._dress()

    def find_match(self, *, forward: bool) -> None:
        """Go to the next match of the search, or begin one."""
        searched = self.search_bar.searched
        if searched.is_empty:
            self.search()
        else:
            self.pane.find(searched.matches, "match", forward=forward)

    def find_error(self, *, forward: bool) -> None:
        """Go to the next error."""
        self.pane.find(is_error, "error", forward=forward)

    def find_moment(self, *, forward: bool) -> None:
        """Go to the next marker of the timeline that is among what is shown, and say what it is."""
        log, moments = self.log_view, self._moments
        step = next_moment if forward else previous_moment
        at = log.cursor or (log.page[0] if log.page else None)
        if log.follow or at is None:
            found = moments[-1] if len(moments) and not forward else None
        else:
            found = step(moments, at)
        hidden = 0
        while found is not None and self._tab.pane_with(found) is None:
            hidden += 1
            found = step(moments, found)
        if found is None:
            where = "below" if forward else "above"
            more = f" ({count(hidden)} not among what is shown)" if hidden else ""
            self.notify(f"No marker further {where}{more}", timeout=2)
            return
        self._reveal(found, "The marker")
        if moment := moment_in(moments, found):
            where = f"{found.source.target} {found.source.instance or ''}".strip()
            said = printable(f"{moment.kind}: {where} {moment.title}")
            self.notify(said, timeout=3, markup=False)

    def toggle_bookmark(self) -> None:
        """Mark the event under the cursor, or the newest, to be found again."""
        event = self.log_view.chosen
        if event is not None:
            added = self.bookmarks.toggle(event)
            self._dress()
            self.notify("Bookmarked: ' jumps to it" if added else "Bookmark removed", timeout=2)

    def next_bookmark(self) -> None:
        """Go to the next bookmark, and from the last to the first."""
        log = self.log_view
        found = self.bookmarks.after(log.cursor, not_before=self._store.begin)
        if found is None:
            self.notify("No bookmarks: m sets one", timeout=2)
        else:
            self._reveal(found, "The bookmark")

    def show_counts(self) -> None:
        """Show how many events pass the filter, and how many the search finds."""
        log = self.log_view
        self.filter_bar.show_count(len(log.view), len(self._store), complete=log.view.complete)
        self.search_bar.show_found(self.pane.matches, log.cursor)

    @on(SearchBar.Searched)
    def _search_changed(self, event: SearchBar.Searched) -> None:
        event.stop()
        self._dress()

    @on(FilterBar.Closed, "#search")
    def _search_closed(self, event: FilterBar.Closed) -> None:
        event.stop()
        self.screen.set_focus(self.log_view)
        if not event.kept or not self.search_bar.text.strip():
            self.end_search()
        else:
            self.find_match(forward=not self.log_view.follow)

    @on(FilterBar.Remembered)
    def _remembered(self, event: FilterBar.Remembered) -> None:
        """Keep what was typed for the next run."""
        if event.bar is self.filter_bar:
            self._preferences.remember_filter(event.text)
        else:
            self._preferences.remember_search(event.text)

    @on(LogView.LookChanged)
    def _look_changed(self, event: LogView.LookChanged) -> None:
        self._preferences.set_look(event.look)
        self.wear(event.look)

    @on(LogView.Moved)
    def _moved(self) -> None:
        self.show_timeline()
        self.show_counts()

    @on(Timeline.Jumped)
    def _jumped(self, event: Timeline.Jumped) -> None:
        event.stop()
        if event.event is not None:
            self._reveal(event.event, "The marker")
        else:
            self.log_view.go_to_time(event.timestamp)
        self.screen.set_focus(self.log_view)

    @on(Worker.StateChanged)
    def _work_changed(self, event: Worker.StateChanged) -> None:
        tell_failure(self, event)

    def _panes_of(self, tab: LogTab) -> TabPanes:
        if tab.id not in self._tabs:
            self._tabs[tab.id] = TabPanes(self._store, self._zone, tab)
        return self._tabs[tab.id]

    def _dress(self) -> None:
        """Bring the panes of the tab in line with all that holds for every pane."""
        filtered = not self._conditions.filter.is_empty or self._conditions.level
        searched = self.search_bar.searched
        wished = self._preferences.gap_ms
        gap_ms = GAP_MS if wished is None else wished
        for pane in self._tab.panes:
            log = pane.log_view
            log.look = self.look
            log.gap_ms = gap_ms * (FILTERED_GAP if filtered else 1)
            log.bookmarks = self.bookmarks.orders
            log.set_rules(self._rules)
            pane.apply(self._conditions, searched)

    def _reveal(self, event: LogEvent, what: str) -> None:
        """Go to an event, in the pane that has it, or to where it would be."""
        pane = self._tab.pane_with(event)
        if pane is not None and pane is not self.pane:
            self.screen.set_focus(pane.log_view)
            self._tab.activate(pane)
        self.log_view.go_to(event)
        self._sought = (event, self.log_view.cursor)
        if pane is None:
            self.notify(f"{what} is not among what is shown: x shows all around it", timeout=4)


def _is_moment(event: LogEvent) -> bool:
    return moment_of(event) is not None
