"""A log view on a screen of its own, and what it tells the application."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.pilot import Pilot
from textual.widgets import Static

from mqtail.events import LogEvent
from mqtail.store import Store
from widgets.log.header import LogHeader
from widgets.log.look import Look
from widgets.log.view import LogView


class LogApp(App[None]):
    """A log view between its header and a line below it; remembers the messages."""

    CSS = "LogView { height: 1fr; } Static { height: 2; }"

    def __init__(self, store: Store) -> None:
        super().__init__()
        self.view = LogView(store)
        self.opened: list[LogEvent] = []
        self.looks: list[Look] = []
        self.moves = 0
        self.tops = 0

    def compose(self) -> ComposeResult:
        """The view, and lines around it."""
        yield LogHeader(self.view)
        yield self.view
        yield Static("below")

    def on_log_view_event_opened(self, message: LogView.EventOpened) -> None:
        """Remember."""
        self.opened.append(message.event)

    def on_log_view_look_changed(self, message: LogView.LookChanged) -> None:
        """Remember."""
        self.looks.append(message.look)

    def on_log_view_moved(self) -> None:
        """Count."""
        self.moves += 1

    def on_log_view_top_reached(self) -> None:
        """Count."""
        self.tops += 1

    @property
    def notices(self) -> list[str]:
        """What was told for a moment."""
        return [notice.message for notice in self._notifications]


def view_of(pilot: Pilot[None]) -> LogView:
    """The log view, with the focus."""
    view = pilot.app.query_one(LogView)
    view.focus()
    return view


def lines_of(pilot: Pilot[None]) -> list[str]:
    """What its lines show."""
    view = view_of(pilot)
    view.sync()
    strips = view.render_lines(Region(0, 0, *view.size))
    assert all(strip.cell_length == view.size.width for strip in strips)
    return [strip.text.rstrip() for strip in strips]


def texts_of(pilot: Pilot[None]) -> list[str]:
    """What its lines show behind the columns, without empty lines at the end."""
    head = sum(width for _, width in view_of(pilot).titles[:-1])
    return [line[head:] for line in "\n".join(lines_of(pilot)).rstrip().split("\n")]
