"""Events for the widgets to show, and an application for each of them."""

from __future__ import annotations

from itertools import count

import pytest
from textual.app import App, ComposeResult
from textual.widget import Widget

from mqtail.events import Level, LogEvent, Source
from widgets.filter.bar import FilterBar
from widgets.sources.tree import SourceTree
from widgets.status_line import StatusLine

START = 1_795_000_000_000
"""The moment that the times of the events count from, ms."""


class OneWidget(App[None]):
    """A widget alone on the screen; remembers the messages of interest."""

    def __init__(self, widget: Widget) -> None:
        super().__init__()
        self.widget = widget
        self.toggled: list[tuple[str, ...]] = []
        self.wanted: list[tuple[str, ...]] = []
        self.typed: list[str] = []
        self.closed: list[bool] = []
        self.remembered: list[str] = []
        self.clicked: list[str] = []

    def compose(self) -> ComposeResult:
        """The widget."""
        yield self.widget

    def on_source_tree_toggled(self, message: SourceTree.Toggled) -> None:
        """Remember."""
        self.toggled.append(message.path)

    def on_source_tree_wanted(self, message: SourceTree.Wanted) -> None:
        """Remember."""
        self.wanted.append(message.path)

    def on_filter_bar_changed(self, message: FilterBar.Changed) -> None:
        """Remember."""
        self.typed.append(message.text)

    def on_filter_bar_closed(self, message: FilterBar.Closed) -> None:
        """Remember."""
        self.closed.append(message.kept)

    def on_filter_bar_remembered(self, message: FilterBar.Remembered) -> None:
        """Remember."""
        self.remembered.append(message.text)

    def on_status_line_clicked(self, message: StatusLine.Clicked) -> None:
        """Remember."""
        self.clicked.append(message.name)

    def rows(self) -> list[str]:
        """What the widget shows."""
        height = self.widget.size.height
        return [self.widget.render_line(y).text.rstrip() for y in range(height)]


class EventFactory:
    """Makes events of one source, each a second after the one before."""

    def __init__(self) -> None:
        self.source = Source(0, "orders", "mq", "general", "1", log_group="/g", log_stream="s-1")
        self._order = count(1)

    def one(
        self,
        message: str = "",
        *,
        at: float | None = None,
        level: Level = Level.INFO,
        late: bool = False,
        source: Source | None = None,
    ) -> LogEvent:
        """An event `at` seconds after the start; its message is its number unless given."""
        order = next(self._order)
        timestamp = START + int((order if at is None else at) * 1000)
        return LogEvent(
            timestamp,
            timestamp + (20_000 if late else 500),
            source or self.source,
            order,
            message or f"event {order}",
            level,
            late=late,
        )

    def many(self, number: int) -> list[LogEvent]:
        """So many events, a second apart."""
        return [self.one() for _ in range(number)]


@pytest.fixture
def factory() -> EventFactory:
    """A fresh factory."""
    return EventFactory()
