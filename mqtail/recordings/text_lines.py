"""Events out of plain text: the lines of a broker's log file, joined to events by their format."""

from __future__ import annotations

import re
from datetime import datetime

from mqtail import formats
from mqtail.events import LogEvent, Source
from mqtail.recordings.records import can_be_shown, origin_of
from mqtail.recordings.sources import Sources
from mqtail.sources.joining import MAX_CHARS, MAX_LINES

_LEADING_TIME = re.compile(
    r"\[?(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)[.,]?(\d{0,6})\d{0,3} ?(Z|[+-]\d\d:?\d\d)?", re.ASCII
)
"""ISO 8601 at the beginning of a line, as most programs write it."""
_MOST_UNTIMED = 10_000
"""Lines that are kept until one has a time."""


class TextReader:
    """Makes events of the lines of one file.

    An event has the time that is written in it, read as UTC where it names no zone. What comes
    before the first line with a time gets that time.

    Args:
        name: what the target is called.
        sources: of all files.
    """

    def __init__(self, name: str, sources: Sources) -> None:
        self._name = name
        self._sources = sources
        self._source: Source | None = None
        self._open: list[str] = []
        """Lines of the event that is being read."""
        self._chars = 0
        self._line = 0
        self._first_line = 0
        self._time: int | None = None
        """Of that event; None: no line had a time so far."""

    @property
    def has_time(self) -> bool:
        """Whether any line had a time."""
        return self._time is not None

    def lines(self, texts: list[str]) -> list[LogEvent]:
        """The events that are complete with these lines."""
        done: list[LogEvent] = []
        for text in texts:
            self._line += 1
            self._take(text, done)
        return done

    def finish(self) -> list[LogEvent]:
        """The last event."""
        return self._closed() if self._open and self._time is not None else []

    def _take(self, text: str, done: list[LogEvent]) -> None:
        time = time_of(text, self._source.format if self._source else "")
        if time is None or self._goes_on(text):
            if self._is_full:
                done += self.finish()
            if not text and not self._open:
                return
            self._keep(text)
            return
        if self._open and self._time is None:
            self._time = time
        done += self.finish()
        self._time = time
        self._keep(text)

    def _goes_on(self, text: str) -> bool:
        """Whether a line that has a time belongs to the event before it all the same."""
        if not self._open or self._source is None or not self._source.format:
            return False
        return formats.continues(self._open[0], text, self._source.format)

    @property
    def _is_full(self) -> bool:
        return len(self._open) > MAX_LINES or self._chars > MAX_CHARS

    def _keep(self, text: str) -> None:
        if not self._open:
            self._first_line = self._line
            self._chars = 0
        if self._time is not None or len(self._open) < _MOST_UNTIMED:
            self._open.append(text)
            self._chars += len(text)

    def _closed(self) -> list[LogEvent]:
        lines, self._open = self._open, []
        while len(lines) > 1 and not lines[-1]:
            lines.pop()
        message = "\n".join(lines)
        source = self._source
        if source is None or not source.format:
            source = self._source = self._sources.of(origin_of(self._name, message))
        assert self._time is not None
        return [
            LogEvent(
                self._time,
                0,
                source,
                0,
                message,
                formats.level(message, source.format),
                joined=len(lines) - 1,
                closed=True,
                line=self._first_line,
            )
        ]


def time_of(line: str, expected: str = "") -> int | None:
    """The time written in a line, ms since the epoch, None where there is none.

    Args:
        line: the line.
        expected: name of the format that it should have, may be empty.
    """
    time = formats.time(line, expected)
    if time is None:
        time = _leading_time(line)
    return time if time is not None and can_be_shown(time // 1000) else None


def _leading_time(line: str) -> int | None:
    found = _LEADING_TIME.match(line)
    if found is None:
        return None
    moment, fraction, zone = found.groups()
    try:
        parsed = datetime.fromisoformat(moment + (zone or "+00:00"))
    except ValueError:
        return None
    return int(parsed.timestamp()) * 1000 + int(fraction.ljust(3, "0")[:3])
