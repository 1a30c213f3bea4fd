"""The row of tabs above the log."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.reactive import var
from textual.widgets import Tab

TABS_FROM = 16
"""Height of a screen (rows) from which on there is room for tabs."""


class TabStrip(Horizontal):
    """One row of tabs, of which those with nothing to show are left out.

    Textual's own `Tabs` take two rows and the focus.

    Args:
        tabs: id and title of each.
        active: id of the one that is shown.
        id: id of the widget in the DOM.
    """

    DEFAULT_CSS = """
    TabStrip {
        height: 1;
        background: $surface;
        overflow: hidden;

        & > Tab { padding: 0 1; color: $text-muted; }
        & > Tab:hover { color: $text; }
        & > Tab.-active, & > Tab.-active:hover {
            color: $background; background: $primary; text-style: bold;
        }
        &:ansi > Tab.-active, &:ansi > Tab.-active:hover {
            color: ansi_default; background: transparent; text-style: bold reverse;
        }
    }
    """

    active: var[str] = var("")
    """Id of the tab that is marked as the one that is shown."""

    class Chosen(Message):
        """A tab was chosen with the mouse."""

        def __init__(self, tab_id: str) -> None:
            super().__init__()
            self.tab_id = tab_id

    def __init__(
        self, tabs: Sequence[tuple[str, str]], active: str, *, id: str | None = None
    ) -> None:
        super().__init__(id=id)
        self._tabs = {name: Tab(title) for name, title in tabs}
        self._shown: Collection[str] = list(self._tabs)
        self.active = active

    def compose(self) -> ComposeResult:
        """The tabs."""
        yield from self._tabs.values()

    @property
    def shown(self) -> list[str]:
        """Ids of the tabs that are there, from the left."""
        return [name for name in self._tabs if name in self._shown]

    @property
    def titled(self) -> list[tuple[str, str]]:
        """Ids and titles of the tabs that are there."""
        return [(name, self._tabs[name].label_text) for name in self.shown]

    def watch_active(self, active: str) -> None:
        """Mark another tab."""
        for name, tab in self._tabs.items():
            tab.set_class(name == active, "-active")

    def show_only(self, names: Collection[str]) -> None:
        """Show these tabs."""
        if set(names) != set(self._shown):
            self._shown = list(names)
            for name, tab in self._tabs.items():
                tab.display = name in names

    @on(Tab.Clicked)
    def _clicked(self, event: Tab.Clicked) -> None:
        event.stop()
        names = {tab: name for name, tab in self._tabs.items()}
        self.post_message(self.Chosen(names[event.tab]))
