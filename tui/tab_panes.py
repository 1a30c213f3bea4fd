"""The panes of one tab: one, or two side by side that are scrolled together by time."""

from __future__ import annotations

from datetime import tzinfo

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal

from mqtail.events import LogEvent, Source
from mqtail.store import Store
from tui.pane import LogPane
from tui.scopes import LogTab, Scope, Split
from widgets.log.view import LogView


class TabPanes(Horizontal):
    """Shows a tab in one pane, or split into two.

    Args:
        store: the events.
        zone: zone of the times that are shown.
        tab: what it is about.
    """

    def __init__(self, store: Store, zone: tzinfo, tab: LogTab) -> None:
        super().__init__(id=f"panes-{tab.id}")
        self.tab = tab
        self.split: Split | None = None
        """What the two sides are about; None: there is one pane."""
        self._store = store
        self._zone = zone
        self._panes = [self._pane(Scope(tab))]
        self._active = self._panes[0]

    def compose(self) -> ComposeResult:
        """One pane at first."""
        yield from self._panes

    @property
    def panes(self) -> list[LogPane]:
        """The panes, from the left."""
        return self._panes

    @property
    def active(self) -> LogPane:
        """The pane that the keys act on: the one that had the focus last."""
        return self._active

    @property
    def sides(self) -> Split | None:
        """What the two panes are about by now; None: there is one."""
        return None if self.split is None else (self._panes[0].scope, self._panes[1].scope)

    def pane_with(self, event: LogEvent) -> LogPane | None:
        """The pane that shows an event, the active one where both do."""
        panes = [self._active, *self._panes]
        return next((pane for pane in panes if event in pane.log_view.view), None)

    async def divide(self, split: Split | None) -> None:
        """Show two panes, or one again, which stays where the active one was.

        Args:
            split: what the two are about; None: one pane.
        """
        first = self._panes[0]
        if split is None:
            gone, self._panes, self.split = self._panes[1:], [first], None
            self.activate(first)
            first.scope = Scope(self.tab)
            # No longer among the panes: what is being removed cannot be painted.
            for pane in gone:
                await pane.remove()
            return
        first.scope = split[0]
        if self.split is None:
            other = self._pane(split[1], classes="-right")
            await self.mount(other)
            other.log_view.hold(first.log_view.paused)
            self._panes.append(other)
        else:
            self._panes[1].scope = split[1]
        self.split = split
        self.activate(self._active)

    def activate_for(self, source: Source) -> None:
        """Have the keys act on the first pane that shows the events of a source, if one does."""
        for pane in self._panes:
            if pane.scope.shows(source):
                self.activate(pane)
                return

    def align(self, leader: LogPane) -> None:
        """Scroll the other pane to the time that one is at; follow with it."""
        place = leader.log_view.place
        for pane in self._panes:
            if pane is leader:
                continue
            if place is not None:
                pane.log_view.align(*place)
            elif not pane.log_view.follow:
                pane.log_view.follow_newest()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """What has the focus is what the keys act on."""
        for pane in self._panes:
            if pane in event.widget.ancestors_with_self:
                self.activate(pane)

    @on(LogView.Moved)
    def _moved(self, event: LogView.Moved) -> None:
        for pane in self._panes:
            if event.log_view in pane.children:
                self.align(pane)

    @on(LogView.ModeChanged)
    def _mode_changed(self, event: LogView.ModeChanged) -> None:
        """Both sides pause, and go on, together."""
        logs = [pane.log_view for pane in self._panes]
        if event.log_view in logs:
            for log in logs:
                log.hold(event.log_view.paused)

    def activate(self, pane: LogPane) -> None:
        """Have the keys act on a pane, the title of which is marked where there are two."""
        self._active = pane
        for each in self._panes:
            each.show_title(self.split is not None, active=each is pane)

    def _pane(self, scope: Scope, classes: str = "") -> LogPane:
        return LogPane(self._store, self._zone, scope, classes)
