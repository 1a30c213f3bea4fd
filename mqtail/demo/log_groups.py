"""Log groups with their streams and events, in the order in which they are read."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Sequence
from heapq import heapify, heappop, heappush
from itertools import islice
from operator import attrgetter

from msgspec import Struct

from mqtail.demo.filter_patterns import Matcher
from mqtail.demo.paging import Position

MAX_PAGE_BYTES = 1_048_576
"""A page of events holds at most so much (API reference of FilterLogEvents)."""

EVENT_OVERHEAD_BYTES = 26
"""What an event counts beside its text (API reference of PutLogEvents)."""


class StoredEvent(Struct, rename="camel", gc=False):
    """A log event, as FilterLogEvents gives it."""

    log_stream_name: str
    timestamp: int
    message: str
    ingestion_time: int
    event_id: str
    """Unique; among events of one ingestion time it grows in the order of delivery."""


_DAY_MS = 24 * 3600 * 1000

_FEW = 100
"""Fewer events than this are inserted one by one, more by sorting anew."""

_order = attrgetter("timestamp", "ingestion_time", "event_id")
_time = attrgetter("timestamp")


class LogStream(Struct, gc=False):
    """A log stream and what is known of its events."""

    name: str
    creation_time: int
    first_event: int | None = None
    last_event: int | None = None
    last_ingestion: int | None = None

    def note(self, event: StoredEvent) -> None:
        """Take an event into what is known."""
        time, ingested = event.timestamp, event.ingestion_time
        self.first_event = time if self.first_event is None else min(self.first_event, time)
        self.last_event = time if self.last_event is None else max(self.last_event, time)
        self.last_ingestion = max(self.last_ingestion or 0, ingested)


class EventQuery(Struct, frozen=True):
    """Which events of a log group are asked for. Times in ms, both ends included."""

    streams: frozenset[str] | None = None
    prefix: str = ""
    start: int | None = None
    end: int | None = None
    matches: Matcher | None = None

    def wants(self, event: StoredEvent) -> bool:
        """Whether an event within the time range belongs to the result."""
        stream = event.log_stream_name
        if self.streams is not None and stream not in self.streams:
            return False
        if self.prefix and not stream.startswith(self.prefix):
            return False
        return self.matches is None or self.matches(event.message)


class Page(Struct):
    """Some events of a result, in the direction in which they were read."""

    events: list[StoredEvent]
    position: Position | None
    """Where to go on; the place of the call where nothing was looked at."""
    more: bool
    """There is something left in the range that was not looked at."""


class LogGroup:
    """A log group.

    Args:
        name: its name.
        arn: its ARN, without `:*`.
        creation_time: ms since the epoch.
        log_group_class: `STANDARD`, `INFREQUENT_ACCESS` or `DELIVERY`.
        retention_in_days: None: events never expire.
        kms_key_id: ARN of the key that the group is encrypted with.
    """

    def __init__(
        self,
        name: str,
        arn: str,
        creation_time: int,
        *,
        log_group_class: str = "STANDARD",
        retention_in_days: int | None = None,
        kms_key_id: str | None = None,
    ) -> None:
        self.name = name
        self.arn = arn
        self.creation_time = creation_time
        self.log_group_class = log_group_class
        self.retention_in_days = retention_in_days
        self.kms_key_id = kms_key_id
        self.deletion_protection = False
        self.stored_bytes = 0
        self.streams: dict[str, LogStream] = {}
        self._events: list[StoredEvent] = []
        self._coming: list[tuple[int, str, StoredEvent]] = []

    @property
    def events(self) -> Sequence[StoredEvent]:
        """The visible events in order: time, ingestion time, delivery."""
        return self._events

    def add(self, events: Iterable[StoredEvent], visible_at: int, now: int) -> None:
        """Take events in; readers see them from `visible_at` (ms) on.

        A stream that does not exist yet appears with its first visible event.
        """
        if visible_at > now:
            for event in events:
                heappush(self._coming, (visible_at, event.event_id, event))
        else:
            self._insert(list(events), now)

    def settle(self, now: int) -> None:
        """Make visible what has become due, and drop what is older than the retention.

        AWS may take up to 72 hours more to delete (API reference of PutRetentionPolicy).
        """
        due = []
        while self._coming and self._coming[0][0] <= now:
            due.append(heappop(self._coming)[2])
        if due:
            self._insert(due, now)
        if self.retention_in_days is not None:
            kept_from = now - self.retention_in_days * _DAY_MS
            del self._events[: bisect_left(self._events, kept_from, key=_time)]

    def add_stream(self, name: str, creation_time: int) -> LogStream:
        """The stream of this name, made if it is not there."""
        return self.streams.setdefault(name, LogStream(name, creation_time))

    def drop_stream(self, name: str) -> None:
        """Remove a stream with its events, also those that are not visible yet."""
        del self.streams[name]
        self._events = [event for event in self._events if event.log_stream_name != name]
        self._coming = [entry for entry in self._coming if entry[2].log_stream_name != name]
        heapify(self._coming)

    def read(
        self,
        query: EventQuery,
        position: Position | None,
        *,
        backward: bool,
        limit: int,
        scan_limit: int,
        repeated: int = 0,
    ) -> Page:
        """A page: at most `limit` events and `MAX_PAGE_BYTES`, newest first if `backward`.

        `scan_limit` events at most are looked at, so a page can be empty with more to come.
        `repeated` events before `position` come once more, where the limit leaves room for a new
        one.
        """
        low, high = self._range(query)
        cut = None if position is None else bisect_left(self._events, position, key=_order)
        if backward:
            high = high if cut is None else max(low, min(high, cut))
        else:
            low = low if cut is None else min(high, max(low, cut))
        page = Page([], position, more=False)
        if position is not None and repeated:
            page.events += self._before(query, low, high, backward, min(repeated, limit - 1))
        room = MAX_PAGE_BYTES - sum(_size(event) for event in page.events)
        indexes = range(high - 1, low - 1, -1) if backward else range(low, high)
        last = None
        for looked_at, index in enumerate(indexes):
            if len(page.events) == limit or looked_at == scan_limit:
                page.more = True
                break
            event = self._events[index]
            if query.wants(event):
                room -= _size(event)
                if room < 0 and page.events:
                    page.more = True
                    break
                page.events.append(event)
            last = event
        if last is not None:
            page.position = before(last) if backward else after(last)
        return page

    def _range(self, query: EventQuery) -> tuple[int, int]:
        """The part of the events that the query's times leave, as a slice."""
        low, high = 0, len(self._events)
        if query.start is not None:
            low = bisect_left(self._events, query.start, key=_time)
        if query.end is not None:
            high = bisect_right(self._events, query.end, key=_time)
        return low, max(low, high)

    def _before(
        self, query: EventQuery, low: int, high: int, backward: bool, count: int
    ) -> list[StoredEvent]:
        """The `count` wanted events that were read just before the slice from low to high."""
        first, last = self._range(query)
        indexes = range(high, last) if backward else range(low - 1, first - 1, -1)
        wanted = (self._events[index] for index in indexes if query.wants(self._events[index]))
        return list(islice(wanted, count))[::-1]

    def _insert(self, events: list[StoredEvent], now: int) -> None:
        for event in events:
            self.add_stream(event.log_stream_name, now).note(event)
            self.stored_bytes += _size(event)
        if len(events) < _FEW:
            for event in events:
                insort(self._events, event, key=_order)
        else:
            self._events += events
            self._events.sort(key=_order)


def before(event: StoredEvent) -> Position:
    """The place just before an event."""
    return (event.timestamp, event.ingestion_time, event.event_id)


def after(event: StoredEvent) -> Position:
    """The place just after an event: ids have one length, so the longer text is the next place."""
    return (event.timestamp, event.ingestion_time, event.event_id + "+")


def _size(event: StoredEvent) -> int:
    message = event.message
    length = len(message) if message.isascii() else len(message.encode())
    return length + EVENT_OVERHEAD_BYTES
