"""One log on the screen: what of the store it shows, what is marked in it, and finding things."""

from __future__ import annotations

from datetime import tzinfo

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Label
from textual.worker import Worker

from mqtail.events import Level, LogEvent
from mqtail.filters import EVERYTHING, Filter
from mqtail.printable import printable
from mqtail.store import Predicate, Store, View
from tui.conditions import Conditions
from tui.failures import tell_failure
from tui.scopes import Scope
from widgets.instances import InstanceNumbers
from widgets.log.header import LogHeader
from widgets.log.view import LogView


class LogPane(Vertical):
    """Shows what meets conditions, of the sources in its scope.

    Args:
        store: the events.
        zone: zone of the times that are shown.
        scope: what it is about.
        classes: CSS classes of the widget.
    """

    def __init__(self, store: Store, zone: tzinfo, scope: Scope, classes: str = "") -> None:
        super().__init__(classes=classes)
        self.log_view = LogView(store, zone)
        """The log."""
        self.errors: View = self.log_view.view.view(is_error)
        """The errors among the events that are shown."""
        self.matches: View | None = None
        """What the search found among them; None while nothing is searched for."""
        self._store = store
        self._scope = scope
        self._title = Label(printable(scope.title), classes="pane-title", markup=False)
        self._conditions: Conditions | None = None
        self._searched: Filter = EVERYTHING

    def compose(self) -> ComposeResult:
        """What it is about, which is shown beside another pane, and the log."""
        yield self._title
        yield LogHeader(self.log_view)
        yield self.log_view

    @property
    def scope(self) -> Scope:
        """What it is about."""
        return self._scope

    @scope.setter
    def scope(self, scope: Scope) -> None:
        self._scope = scope
        self._title.update(printable(scope.title))
        if self._conditions is not None:
            self._show(self._conditions)

    def apply(self, conditions: Conditions, searched: Filter) -> None:
        """Show what meets these conditions from now on, and mark what is searched for."""
        if searched is not self._searched:
            self._searched = searched
            self._highlight(conditions)
            self._match()
        if conditions != self._conditions:
            self._show(conditions)

    def set_columns(
        self, *, targets: list[str], logs: list[tuple[str, str]], instances: InstanceNumbers
    ) -> None:
        """Fit the columns to the sources there are, see `LogView.set_columns`.

        What is the same in the whole pane needs no column.
        """
        scope = self._scope
        self.log_view.set_columns(
            targets=[scope.target] if scope.target else targets,
            logs=logs,
            instances={} if scope.instance is not None else instances,
        )

    def show_title(self, shown: bool, *, active: bool) -> None:
        """Say above the log what it is about, and whether the keys act on it.

        By the title's own class: another of the pane would have every style in it worked out anew.
        """
        self._title.display = shown
        self._title.set_class(active, "-active")

    def find(self, wanted: Predicate, what: str, *, forward: bool) -> None:
        """Go to the next event that is wanted, and say so where there is none."""
        self._find(wanted, what, forward=forward)

    @on(Worker.StateChanged)
    def _work_changed(self, event: Worker.StateChanged) -> None:
        tell_failure(self, event)

    def _show(self, conditions: Conditions) -> None:
        self._conditions = conditions
        self._highlight(conditions)
        predicate, view = self._predicate(conditions), self.log_view.view
        if predicate is None:
            view.show_all()
            self.log_view.refiltered()
        self._refilter(predicate)

    def _predicate(self, conditions: Conditions) -> Predicate | None:
        """Whether an event is shown; None: all are."""
        if self._scope.is_all:
            return conditions.predicate() if conditions.is_any else None
        return conditions.predicate(self._scope.shows)

    def _highlight(self, conditions: Conditions) -> None:
        filtered, searched = conditions.filter, self._searched
        self.log_view.set_highlights(
            filtered=None if filtered.is_empty else filtered.highlights,
            searched=None if searched.is_empty else searched.highlights,
        )

    @work(group="filter", exclusive=True, exit_on_error=False, description="filter")
    async def _refilter(self, predicate: Predicate | None) -> None:
        if predicate is not None:
            # Begun before the view is told, which then waits for what is found.
            self.log_view.refiltered()
            await self.log_view.view.refilter(predicate)
        if predicate is None:
            await self.errors.refill()
            if self.matches is not None:
                await self.matches.refill()

    def _match(self) -> None:
        """Count what the search finds among what is shown."""
        if self._searched.is_empty:
            self.matches = None
            self.workers.cancel_group(self, "match")
        else:
            self.matches = self.log_view.view.view(self._searched.matches)
            self._fill(self.matches)

    @work(group="match", exclusive=True, exit_on_error=False, description="match")
    async def _fill(self, matches: View) -> None:
        await matches.refill()

    @work(group="find", exclusive=True, exit_on_error=False, description="find")
    async def _find(self, wanted: Predicate, what: str, *, forward: bool) -> None:
        if await self.log_view.find(wanted, forward=forward) is None:
            where = "below" if forward else "above"
            self.notify(f"No {what} further {where}", timeout=2)
        elif what == "match":
            self.log_view.reveal()


def is_error(event: LogEvent) -> bool:
    """Whether an event is of level error or fatal."""
    return event.level >= Level.ERROR
