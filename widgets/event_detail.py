"""One event in full."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, tzinfo
from itertools import accumulate
from typing import ClassVar

import msgspec
from rich.cells import chop_cells
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
from widgets.human import date_and_time, duration, lag

HIGHLIGHT_LIMIT = 50_000
"""Characters of JSON beyond which it is neither coloured nor folded."""

JSON_DEPTH = 40
"""Nesting beyond which JSON is not laid out: the blanks before its lines would fill the memory."""

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
        by = "" if event.lag is None else f" +{duration(event.lag)}"
        parts.append((f"  late{by}", "italic $text-warning"))
    return Content.assemble(*parts)


def event_fields(event: LogEvent, zone: tzinfo) -> list[tuple[str, str]]:
    """Name and value of every field of an event that has one, printable."""
    fields, source = parse(event), event.source
    rows: list[tuple[str, str]] = [("time", date_and_time(event.timestamp, zone))]
    if event.ingested:
        later = f" ({lag(event.lag)} later)" if event.lag is not None else ""
        rows.append(("ingested", date_and_time(event.ingested, zone) + later))
    if event.late:
        rows.append(("late", "it came after newer events had been shown"))
    level = event.level.label or "none"
    rows += [
        ("level", level),
        ("target", source.target),
        ("instance", source.instance or ""),
        ("kind", source.kind),
        ("source", source.destination),
        ("logger", fields.logger or ""),
        ("thread", fields.thread or ""),
        ("user", fields.user or ""),
        *fields.details,
        ("joined", f"{event.joined} further log events" if event.joined else ""),
        ("log group", source.log_group),
        ("log stream", source.log_stream),
        ("bucket", source.bucket),
        ("key", event.key),
        ("line", str(event.line or "")),
        ("event id", event.event_id),
    ]
    return [(printable(name), _one_line(value)) for name, value in rows if value]


def message_text(event: LogEvent, width: int = 0) -> Content:
    """The text of an event: JSON laid out, a stack trace with its causes standing out.

    Of a record that is told in one line (an API call), that line and then the record.

    Args:
        event: the event.
        width: cells at which stack traces, settings and JSON are folded; 0: not at all.
    """
    text = parse(event).text or event.message
    if (laid_out := _json(text, width)) is not None:
        return laid_out
    first, *others = printable(text, tab=4, multiline=True).split("\n")
    lines = [Content.styled(first, "bold"), *(_trace_line(line, width) for line in others)]
    if (record := _json(event.message, width)) is not None:
        lines += [Content(), record]
    return Content("\n").join(lines)


def _trace_line(line: str, width: int) -> Content:
    if _FRAME.match(line):
        return _folded(Content.styled(line, MUTED), width)
    if _CAUSE.match(line):
        return Content.styled(line, "$text-error")
    # Settings may have values without blanks; prose is wrapped at its words.
    return _folded(Content(line), width) if line.startswith(" ") else Content(line)


def _json(text: str, width: int) -> Content | None:
    """JSON with a line for each value, coloured; None for a text that is no JSON object or list."""
    if not text.lstrip().startswith(("{", "[")):
        return None
    try:
        value = msgspec.json.decode(text)
    except (msgspec.MsgspecError, RecursionError):
        return None
    if _depth(value) > JSON_DEPTH:
        return None
    shown = printable(msgspec.json.format(text, indent=2), multiline=True)
    if len(shown) > HIGHLIGHT_LIMIT:
        return Content(shown)
    lines = highlight(shown, language="json").split()
    return Content("\n").join([_folded(line, width) for line in lines])


def _depth(value: object) -> int:
    """How deep lists and objects are nested in a JSON value; 1 for one that is neither."""
    depth, level = 0, [value]
    while level:
        depth += 1
        level = [inner for outer in level for inner in _inner(outer)]
    return depth


def _inner(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _folded(line: Content, width: int) -> Content:
    """A line folded at a width, the further pieces indented: long names have no blanks."""
    text = line.plain
    indent = len(text) - len(text.lstrip()) + 4
    if width <= 2 * indent or line.cell_length <= width:
        return line
    first = len(chop_cells(text[:width], width)[0])
    pieces = [first, *map(len, chop_cells(text[first:], width - indent))]
    return Content("\n" + " " * indent).join(line.divide(list(accumulate(pieces[:-1]))))


def _one_line(value: str) -> str:
    return printable(value.replace("\r\n", "\n").replace("\n", " ⏎ "))
