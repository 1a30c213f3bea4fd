"""One event in full, over the log."""

from __future__ import annotations

from datetime import tzinfo
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Footer

from mqtail.events import LogEvent
from mqtail.printable import printable
from widgets.event_detail import EventDetail


class DetailScreen(ModalScreen[None]):
    """Shows an event's fields and its whole text.

    Args:
        event: the event.
        zone: zone of the times that are shown.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q", "dismiss", "Close", key_display="esc", tooltip="Close the event"),
    ]

    def __init__(self, event: LogEvent, zone: tzinfo) -> None:
        super().__init__()
        self._event = event
        self._zone = zone

    def compose(self) -> ComposeResult:
        """The event in a frame."""
        source = self._event.source
        names = (source.target, source.log, source.instance or "")
        title = " / ".join(printable(name) for name in names if name)
        box = Vertical(EventDetail(self._event, self._zone), Footer(), classes="dialog")
        box.border_title = title.replace("[", r"\[")
        yield box
