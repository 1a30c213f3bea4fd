"""From the lines and records of an object to events, broker by broker."""

from __future__ import annotations

from mqtail import formats
from mqtail.events import LogEvent, Source
from mqtail.sources.joining import GAP_MS, MAX_CHARS, MAX_LINES
from mqtail.sources.objects.brokers import Brokers
from mqtail.sources.objects.listing import DeliveredObject
from mqtail.sources.objects.records import Piece

UNDATED = -1
"""`order` of an event whose time is that of another: it begins as no event does. All others have 0
until they are numbered."""

MOST_UNTIMED = 1_000
"""Events without a time that wait for the first that has one."""


class _Open:
    """An event that further lines may belong to."""

    __slots__ = ("chars", "event", "lines")

    def __init__(self, event: LogEvent) -> None:
        self.event = event
        self.lines: list[str] = []
        self.chars = len(event.message)

    def takes(self, piece: Piece) -> bool:
        """Take a line, within the bounds of an event."""
        if (
            len(self.lines) >= MAX_LINES - 1
            or self.chars + len(piece.text) >= MAX_CHARS
            or (piece.time is not None and piece.time - self.event.timestamp > GAP_MS)
        ):
            return False
        self.lines.append(piece.text)
        self.chars += 1 + len(piece.text)
        return True

    def closed(self) -> LogEvent:
        """The event with all its lines."""
        if self.lines:
            self.event.message = "\n".join([self.event.message, *self.lines])
        return self.event


class Assembler:
    """Makes events of one object.

    A line that begins an event in the log's format does so; others are appended to the event of
    their broker, or are events of their own where the object has none yet.

    Args:
        found: the object.
        instance: the broker whose object it is, where the key tells.
        format: name of the line format.
        skip: number of the last line that was read before, of a delivery under the same key.
    """

    def __init__(
        self,
        found: DeliveredObject,
        brokers: Brokers,
        *,
        instance: str | None,
        format: str,
        skip: int = 0,
    ) -> None:
        self._found = found
        self._brokers = brokers
        self._instance = instance
        self._format = format
        self._skip = skip
        self._open: dict[int, _Open] = {}
        self._untimed: list[LogEvent] = []
        self._time: int | None = None
        """Of the last event that has one."""
        self.lines = 0
        """Number of the last line or record that was taken."""

    def take(self, pieces: list[Piece]) -> list[LogEvent]:
        """The events that are complete with these lines, about in time order."""
        done: list[LogEvent] = []
        for piece in pieces:
            self.lines = piece.line
            if piece.line <= self._skip and not piece.id:
                continue
            source = self._brokers.source(piece, self._instance)
            if source is not None:
                self._take(piece, source, done)
        if len(self._open) > 1 and self._time is not None:
            # A broker that has fallen silent must not hold its last event back.
            past = [i for i, open in self._open.items() if self._is_past(open.event)]
            done += [self._open.pop(index).closed() for index in past]
        return done

    def finish(self) -> list[LogEvent]:
        """The events that were still open at the object's end."""
        done = [open.closed() for open in self._open.values()]
        self._open.clear()
        return self._timed(self._found.delivered) + done

    def _take(self, piece: Piece, source: Source, done: list[LogEvent]) -> None:
        starts = formats.starts(piece.text, self._format)
        last = self._open.get(source.index)
        if last is not None and not starts and last.takes(piece):
            return
        time = piece.time
        if time is None and starts:
            time = formats.time(piece.text, self._format)
        if time is not None:
            self._time = time
            if self._untimed:
                done += self._timed(time)
        event = LogEvent(
            self._found.delivered if self._time is None else time or self._time,
            self._found.modified,
            source,
            UNDATED if time is None and not starts else 0,
            piece.text,
            id=piece.id,
            key=self._found.key,
            line=piece.line,
        )
        if starts or last is not None:
            if last is not None:
                done.append(last.closed())
            self._open[source.index] = _Open(event)
        elif not piece.text:
            return
        elif self._time is not None:
            done.append(event)
        else:
            self._untimed.append(event)
            if len(self._untimed) >= MOST_UNTIMED:
                done += self._timed(self._found.delivered)

    def _timed(self, time: int) -> list[LogEvent]:
        """The events that had no time, with that of what comes after them."""
        events, self._untimed = self._untimed, []
        for event in events:
            event.timestamp = time
        return events

    def _is_past(self, event: LogEvent) -> bool:
        return self._time is not None and event.timestamp < self._time - GAP_MS
