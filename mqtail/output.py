"""Events as JSON lines, as aligned text, or raw: what goes into a pipe, a file or a terminal."""

from __future__ import annotations

import json
import re
import zlib
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from functools import lru_cache

import msgspec
from msgspec import UNSET, Struct, UnsetType, structs
from rich.cells import cell_len, chop_cells

from mqtail import formats
from mqtail.events import Level, LogEvent, Source, short_kind
from mqtail.printable import printable
from mqtail.times import calendar_moment

_SURROGATE = re.compile("[\ud800-\udfff]")


def _encodable(text: str) -> str:
    """Text without lone surrogates, which have no UTF-8 form."""
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


class JsonFormatter:
    """Events as JSON lines: one object each, UTF-8, times in UTC."""

    def __init__(self) -> None:
        self._encode = msgspec.json.Encoder().encode

    def line(self, event: LogEvent) -> bytes:
        """The event's object and a newline.

        The message is as received. In a JSON text it needs no character that a terminal could
        interpret: each of them is written as its escape.
        """
        record = _record(event)
        try:
            line = self._encode(record)
        except UnicodeEncodeError:
            line = self._encode(_without_surrogates(record))
        if b"\x7f" in line or not line.isascii():
            line = _escaped(line.decode())
        return line + b"\n"


class _Record(Struct, gc=False):
    """The object of a JSON line; its keys in this order."""

    timestamp: str
    ingested: str | None
    target: str
    service: str
    kind: str
    instance: str | None
    source: str
    level: str | None
    logger: str | None
    thread: str | None
    user: str | None
    message: str
    joined: int | UnsetType
    log_group: str | None
    log_stream: str | None
    bucket: str | UnsetType
    key: str | UnsetType
    line: int | UnsetType
    event_id: str | None
    late: bool
    lag: float | None
    format: str | UnsetType


def _record(event: LogEvent) -> _Record:
    source, fields, ingested = event.source, formats.parse_briefly(event), event.ingested
    return _Record(
        iso(event.timestamp),
        iso(ingested) if ingested else None,
        source.target,
        source.service,
        source.kind,
        source.instance,
        source.destination,
        _LEVEL_LABELS[event.level],
        fields.logger,
        fields.thread,
        fields.user,
        event.message,
        event.joined or UNSET,
        source.log_group or None,
        source.log_stream or None,
        source.bucket or UNSET,
        event.key or UNSET,
        event.line or UNSET,
        event.event_id or None,
        event.late,
        (ingested - event.timestamp) / 1000 if ingested else None,
        source.format or UNSET,
    )


_LEVEL_LABELS = tuple(level.label or None for level in Level)


def _without_surrogates(record: _Record) -> _Record:
    values = structs.asdict(record).items()
    texts = {name: _encodable(value) for name, value in values if isinstance(value, str)}
    return structs.replace(record, **texts)


def _escaped(line: str) -> bytes:
    """A JSON text with what is invisible in it, other than ASCII blanks, written as escapes."""
    if not line.isprintable():
        line = "".join([c if c.isprintable() else json.dumps(c)[1:-1] for c in line])
    return line.encode()


def iso(ms: int) -> str:
    """ISO 8601 of a moment (ms since the epoch), as in `2026-11-20T23:24:54.411Z`."""
    return _iso_second(ms // 1000) + _ISO_FRACTIONS[ms % 1000]


_ISO_FRACTIONS = tuple(f".{ms:03d}Z" for ms in range(1000))


@lru_cache(maxsize=4096)
def _iso_second(second: int) -> str:
    return calendar_moment(second).replace(tzinfo=None).isoformat()


class RawFormatter:
    """Messages as they were received.

    Args:
        clean: for a terminal: show control characters instead of sending them.
    """

    def __init__(self, clean: bool) -> None:
        self._clean = clean

    def lines(self, event: LogEvent) -> str:
        """The message, in all its lines, and a newline. Lone surrogates are replaced."""
        if self._clean:
            return printable(event.message, multiline=True) + "\n"
        return _encodable(event.message) + "\n"


_RESET, _DIM = "\x1b[0m", "\x1b[2m"
_LEVEL_STYLES = {
    Level.TRACE: _DIM,
    Level.DEBUG: _DIM,
    Level.WARN: "\x1b[33m",
    Level.ERROR: "\x1b[31m",
    Level.FATAL: "\x1b[1;31m",
}
_LATE_STYLE = "\x1b[1m"
_SOURCE_STYLES = ("\x1b[36m", "\x1b[35m", "\x1b[32m", "\x1b[34m")
"""Colours that can be read on a light and on a dark background, and that no level has."""

_LEVEL_WIDTH = 5
_LEVEL_CELLS = tuple(level.label.upper().ljust(_LEVEL_WIDTH) for level in Level)
_MIN_MESSAGE = 20
"""Cells that the message gets at least, however narrow the terminal is."""
_MOST_COLUMNS = 4_096
"""Sources whose columns are remembered."""


@dataclass(slots=True)
class _Columns:
    """The cells of a source, padded and coloured."""

    source: Source
    text: str
    width: int
    """Cells, without colour."""


class TextFormatter:
    """Events in aligned columns: time, target, instance, kind, level, message, logger.

    Columns grow to the widest name seen so far. Everything of an event's text is shown; further
    lines are indented under the message.

    Args:
        color: colour levels and sources.
        zone: time zone of the times.
        many_targets: show each event's target.
        width: cells of the terminal, where long lines are wrapped under the message; None: never.
        today: the day that needs no heading; by default the present one in `zone`.
    """

    def __init__(
        self,
        color: bool,
        zone: tzinfo,
        many_targets: bool,
        width: int | None,
        *,
        today: date | None = None,
    ) -> None:
        self._color = color
        self._zone = zone
        self._many_targets = many_targets
        self._width = width
        self._day = today or datetime.now(zone).date()
        self._second: int | None = None
        self._second_day, self._second_text = self._day, ""
        self._widths = [0, 0, 4]
        self._columns: dict[int, _Columns] = {}

    def lines(self, event: LogEvent) -> str:
        """The lines of an event, each with its newline; a line with the date where it changes."""
        fields = formats.parse_briefly(event)
        day, clock = self._time(event.timestamp)
        heading = ""
        if day != self._day:
            self._day = day
            heading = self._styled(f"-- {day} --", _DIM) + "\n"
        columns = self._columns.get(event.source.index)
        if columns is None or columns.source is not event.source:
            columns = self._laid_out(event.source)
        level = self._styled(_LEVEL_CELLS[event.level], _LEVEL_STYLES.get(event.level, ""))
        message = self._message(event, fields, len(clock) + columns.width + _LEVEL_WIDTH + 2)
        return f"{heading}{clock} {columns.text}{level} {message}\n"

    def _time(self, ms: int) -> tuple[date, str]:
        """The day, and the time of day with milliseconds."""
        second, fraction = divmod(ms, 1000)
        if second != self._second:
            local = calendar_moment(second).astimezone(self._zone)
            self._second, self._second_day = second, local.date()
            self._second_text = local.strftime("%H:%M:%S")
        return self._second_day, f"{self._second_text}.{fraction:03d}"

    def _styled(self, text: str, style: str) -> str:
        return f"{style}{text}{_RESET}" if self._color and style else text

    def _laid_out(self, source: Source) -> _Columns:
        """The columns of a source; if they are wider than before, those of all sources change."""
        cells = (
            printable(source.target) if self._many_targets else "",
            _short_instance(source.instance),
            printable(short_kind(source.kind)),
        )
        widths = [
            max(width, cell_len(cell)) for width, cell in zip(self._widths, cells, strict=True)
        ]
        if widths != self._widths:
            self._widths = widths
            self._columns.clear()
        padded = [
            cell + " " * (width - cell_len(cell) + 1) if width else ""
            for cell, width in zip(cells, widths, strict=True)
        ]
        text = self._styled(padded[0] + padded[1], _source_style(source)) + padded[2]
        columns = _Columns(source, text, sum(width + 1 for width in widths if width))
        if len(self._columns) >= _MOST_COLUMNS:
            self._columns.clear()
        self._columns[source.index] = columns
        return columns

    def _message(self, event: LogEvent, fields: formats.Fields, indent: int) -> str:
        """The text from the message on: mark of a late event, message, logger, further lines."""
        room = None if self._width is None else max(self._width - indent, _MIN_MESSAGE)
        late = _late_mark(event) if event.late else ""
        text = printable(late + fields.text.rstrip("\n"), multiline=True)
        first, *further = text.split("\n") if "\n" in text else (text,)
        lines = _wrapped(first, room)
        if late:
            lines[0] = self._styled(late, _LATE_STYLE) + lines[0][len(late) :]
        if fields.logger:
            logger = printable(fields.logger.rpartition(".")[2])
            if room is not None and cell_len(f"{lines[-1]}  {logger}") > room:
                lines.append(self._styled(logger, _DIM))
            else:
                lines[-1] += f"  {self._styled(logger, _DIM)}"
        for line in further:
            lines += _wrapped(line, room)
        return lines[0] if len(lines) == 1 else _indented(lines, indent)


def _wrapped(line: str, room: int | None) -> list[str]:
    """A line in pieces of at most so many cells; None: in one."""
    if room is None or cell_len(line) <= room:
        return [line]
    return chop_cells(line, room)


def _indented(lines: list[str], indent: int) -> str:
    """Lines of which all but the first, and the empty ones, are indented."""
    blanks = "\n" + " " * indent
    return lines[0] + "".join([blanks + line if line else "\n" for line in lines[1:]])


def _late_mark(event: LogEvent) -> str:
    """The mark of an event that came out of order, with its lag in the largest fitting unit."""
    seconds = int(event.lag or 0)
    for unit, length in (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)):
        if seconds >= length:
            return f"(late {seconds // length}{unit}) "
    return "(late) "


def _short_instance(instance: str | None) -> str:
    """The instance as a column shows it: of a RabbitMQ node, the host's own name."""
    if instance is None:
        return ""
    host = instance.partition("@")[2].partition(".")[0]
    return printable(host or instance)


def _source_style(source: Source) -> str:
    """A colour that a target's instance has in every run; neighbouring instances differ."""
    number = zlib.crc32(source.target.encode("utf-8", "replace"))
    if source.instance is not None:
        digits = source.instance if source.instance.isdecimal() else ""
        number += int(digits) if digits else zlib.crc32(source.instance.encode("utf-8", "replace"))
    return _SOURCE_STYLES[number % len(_SOURCE_STYLES)]
