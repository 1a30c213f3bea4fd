"""One event in full."""

from __future__ import annotations

import re
from datetime import UTC, tzinfo
from typing import ClassVar

import msgspec
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.highlight import highlight
from textual.reactive import reactive
from textual.widgets import Static

from mqtail.events import Level, LogEvent
from mqtail.formats import parse
from mqtail.printable import printable
from widgets.human import date_and_time, duration

HIGHLIGHT_LIMIT = 50_000
"""Characters of JSON beyond which it is not coloured."""

MUTED = "$foreground 60%"

LEVEL_COLORS = {
    Level.WARN: "bold $text-warning",
    Level.ERROR: "bold $text-error",
    Level.FATAL: "bold $text-error",
}

_FRAME = re.compile(r"\s+at |\s*\.\.\. \d+ more")
_CAUSE = re.compile(r"Caused by: |(?:[\w$]+\.)+[\w$]*(?:Exception|Error)\b")


class EventDetail(VerticalScroll, can_focus=True):
    """Shows an event: a line that tells when and how severe, its whole text, then every field.

    Args:
        event: the event.
        zone: zone of the times that are shown.
        name: name of the widget.
        id: id of the widget in the DOM.
        classes: CSS classes of the widget.
    """

    DEFAULT_CSS = """
    EventDetail {
        padding: 0 1;
        scrollbar-size-vertical: 1;
        scrollbar-gutter: stable;

        & .event-detail--head { height: auto; }
        & .event-detail--fields { height: auto; }
        & .event-detail--text {
            height: auto; margin-bottom: 1; padding: 0 1; background: $surface;
            border-left: thick $primary;
        }
        & .event-detail--field { height: auto; }
        & .event-detail--field Static { width: 1fr; height: auto; }
        & .event-detail--field .event-detail--name { width: 13; color: $text-muted; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "copy", "Copy", tooltip="Copy the event's message as it was received"),
        Binding("o", "original", "Original", tooltip="The message as received, or taken apart"),
    ]

    original: reactive[bool] = reactive(False, init=False)
    """Show the message as it was received instead of its text alone."""

    def __init__(
        self,
        event: LogEvent,
        zone: tzinfo = UTC,
        *,
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self.log_event = event
        self._zone = zone

    def compose(self) -> ComposeResult:
        """When and how severe, the text, then the fields."""
        yield Static(event_head(self.log_event, self._zone), classes="event-detail--head")
        yield Static(classes="event-detail--text")
        with Vertical(classes="event-detail--fields"):
            for name, value in event_fields(self.log_event, self._zone):
                with Horizontal(classes="event-detail--field"):
                    yield Static(Content(name), classes="event-detail--name")
                    yield Static(Content(value))

    def watch_original(self) -> None:
        """Show the other form of the message."""
        self._show_text()

    def on_resize(self) -> None:
        """Fold long lines anew."""
        self._show_text()

    def action_copy(self) -> None:
        """Copy the message as it was received."""
        self.app.copy_to_clipboard(self.log_event.message)
        self.notify("Copied the event's message", timeout=2)

    def action_original(self) -> None:
        """Change between the message as received and its text alone."""
        self.original = not self.original

    def _show_text(self) -> None:
        """Show the message in the form that is wanted."""
        shown = self.query_one(".event-detail--text", Static)
        if self.original:
            shown.update(Content(printable(self.log_event.message, multiline=True)))
        else:
            shown.update(message_text(self.log_event, shown.content_size.width))


def event_head(event: LogEvent, zone: tzinfo) -> Content:
    """When an event was, its level, and whether it came late."""
    parts = [(date_and_time(event.timestamp, zone), "bold")]
    if event.level:
        parts.append((f"  {event.level.label.upper()}", LEVEL_COLORS.get(event.level, "")))
    if event.late:
        lag = "" if event.lag is None else f" +{duration(event.lag)}"
        parts.append((f"  late{lag}", "italic $text-warning"))
    return Content.assemble(*parts)


def event_fields(event: LogEvent, zone: tzinfo) -> list[tuple[str, str]]:
    """Name and value of every field of an event that has one, printable."""
    fields, source = parse(event), event.source
    rows: list[tuple[str, str]] = [("time", date_and_time(event.timestamp, zone))]
    if event.ingested:
        lag = f" ({event.lag:.1f} s later)" if event.lag is not None else ""
        rows.append(("ingested", date_and_time(event.ingested, zone) + lag))
    if event.late:
        rows.append(("late", "it came after newer events had been shown"))
    level = event.level.label or "none"
    rows += [
        ("level", level),
        ("target", source.target),
        ("instance", source.instance or ""),
        ("kind", source.kind),
        ("logger", fields.logger or ""),
        ("thread", fields.thread or ""),
        ("user", fields.user or ""),
        *fields.details,
        ("joined", f"{event.joined} further log events" if event.joined else ""),
        ("log group", source.log_group),
        ("log stream", source.log_stream),
        ("event id", event.event_id),
    ]
    return [(printable(name), _one_line(value)) for name, value in rows if value]


def message_text(event: LogEvent, width: int = 0) -> Content:
    """The text of an event: JSON laid out, a stack trace with its causes standing out.

    Args:
        event: the event.
        width: cells at which the lines of a stack trace are folded; 0: not at all.
    """
    text = parse(event).text or event.message
    laid_out = _json(text)
    if laid_out is not None:
        shown = printable(laid_out, multiline=True)
        return highlight(shown, language="json") if len(shown) < HIGHLIGHT_LIMIT else Content(shown)
    first, *others = printable(text, tab=4, multiline=True).split("\n")
    lines = [Content.styled(first, "bold"), *(_trace_line(line, width) for line in others)]
    return Content("\n").join(lines)


def _trace_line(line: str, width: int) -> Content:
    if _FRAME.match(line):
        return Content.styled("\n".join(_folded(line, width)), MUTED)
    if _CAUSE.match(line):
        return Content.styled(line, "$text-error")
    return Content(line)


def _folded(line: str, width: int) -> list[str]:
    """A line in pieces of a width, the further ones indented: a class name has no blanks."""
    indent = " " * (len(line) - len(line.lstrip()) + 4)
    if width <= 2 * len(indent) or len(line) <= width:
        return [line]
    room = width - len(indent)
    rest = line[width:]
    return [line[:width], *(indent + rest[at : at + room] for at in range(0, len(rest), room))]


def _json(text: str) -> str | None:
    """JSON with a line for each value; None for a text that is no JSON object or list."""
    if not text.lstrip().startswith(("{", "[")):
        return None
    try:
        msgspec.json.decode(text)
    except msgspec.MsgspecError:
        return None
    return msgspec.json.format(text, indent=2)


def _one_line(value: str) -> str:
    return printable(value.replace("\r\n", "\n").replace("\n", " ⏎ "))
