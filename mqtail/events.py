"""The values that flow through the engine: a log event, its level, and where it came from."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from itertools import islice
from operator import attrgetter, lt

from msgspec import Struct

from mqtail.event_ids import EventIds


class Level(IntEnum):
    """How severe an event is, on the one scale that all brokers' levels are mapped to."""

    UNKNOWN = 0
    """The text has no level, or fits no known format."""
    TRACE = 1
    DEBUG = 2
    INFO = 3
    WARN = 4
    ERROR = 5
    FATAL = 6

    @property
    def label(self) -> str:
        """The lower-case name (`"warn"`), empty for `UNKNOWN`."""
        return _LABELS[self]

    @classmethod
    def named(cls, name: str) -> Level:
        """The level of a broker's or a user's word for it, in any case.

        RabbitMQ's `notice` counts as info; `critical`, `alert` and `emergency` as fatal.

        Raises:
            KeyError: the word is no level.
        """
        return _NAMES[name.lower()]


_LABELS = {level: "" if level is Level.UNKNOWN else level.name.lower() for level in Level}
_NAMES = {level.name.lower(): level for level in Level if level is not Level.UNKNOWN} | {
    "notice": Level.INFO,
    "warning": Level.WARN,
    "err": Level.ERROR,
    "critical": Level.FATAL,
    "alert": Level.FATAL,
    "emergency": Level.FATAL,
}


_SHORT_KINDS = {
    "general": "gen",
    "audit": "aud",
    "connection": "conn",
    "channel": "chan",
    "broker": "brok",
    "authorizer": "auth",
}


def short_kind(kind: str) -> str:
    """A kind of log in four letters where it is a known one (`conn`), for narrow columns."""
    return _SHORT_KINDS.get(kind, kind)


def log_name(kind: str, destination: str) -> str:
    """What a log of a target is called: its kind, and where it is read from unless that is usual.

    `general`, `broker`, `api`; `broker s3`, `broker firehose`.
    """
    return f"{kind} {destination}" if destination in ("s3", "firehose") else kind


class Source(Struct, frozen=True, gc=False):
    """Where events come from: one log stream, or one broker's part of a delivery to S3."""

    index: int
    """Number of the source in this run; breaks ties in the time order."""
    target: str
    """Broker's or cluster's name, or the log group's where the target is a log group."""
    service: str
    """`mq`, `msk`, `cloudtrail`, or `logs` for a log group taken by its own name."""
    kind: str
    """`general`, `audit`, `connection`, `channel` (Amazon MQ), `broker`, `authorizer` (MSK), `api`
    (CloudTrail); else the last part of the log group's name."""
    instance: str | None = None
    """Broker instance (`"1"`, `"2"`), RabbitMQ node or Kafka broker id; None where not known."""
    destination: str = "cloudwatch"
    """Where the events were read: `cloudwatch`, `s3`, `firehose`, `cloudtrail`."""
    log_group: str = ""
    log_stream: str = ""
    bucket: str = ""
    """S3 bucket of the objects that hold the events."""
    format: str = ""
    """Name of the line format that is expected (`mqtail.formats`), empty: found by trying."""

    @property
    def log(self) -> str:
        """What the log is called among those of its target, see `log_name`."""
        return log_name(self.kind, self.destination)


class LogEvent(Struct, gc=False, eq=False):
    """One event as a broker wrote it, with the continuation lines that belong to it.

    Untracked by the cyclic collector (`gc=False`): a record refers to strings, numbers and one
    `Source` only, so no cycle can form, and a buffer of a million does not stall the program.
    """

    timestamp: int
    """Time of the event, ms since the epoch, UTC."""
    ingested: int
    """When the service took it in, ms since the epoch; 0 when not known."""
    source: Source
    order: int
    """Unique in a run; grows with the position among events of equal time in one source."""
    message: str
    """The text as received, continuation lines joined to it by newlines."""
    level: Level = Level.UNKNOWN
    id: str | EventIds = ""
    """See `event_id`; of several that came together, all their ids."""
    joined: int = 0
    """How many further log events were joined to this one."""
    late: bool = False
    """It came out of order: newer events of its log group had been shown before."""
    closed: bool = False
    """It has been written out, so nothing can be joined to it any more."""
    key: str = ""
    """Key of the S3 object that it was read from."""
    line: int = 0
    """Number of its first line in that object, from 1; 0: it is in none."""
    size: int = 0
    """Bytes of text that the buffer counts for it."""

    @property
    def event_id(self) -> str:
        """The service's id of it, empty where it has none."""
        id = self.id
        return id if isinstance(id, str) else id.of(self.order)

    @property
    def lag(self) -> float | None:
        """Seconds from the event's time to its ingestion; None when that is not known."""
        return (self.ingested - self.timestamp) / 1000 if self.ingested else None


def size_of(event: LogEvent) -> int:
    """Bytes that an event's text takes at the most; a text beyond ASCII counts four a character."""
    message = event.message
    return len(message) if message.isascii() else 4 * len(message)


def total_size(events: Iterable[LogEvent]) -> int:
    """Bytes that the texts of events take at the most."""
    return sum(map(size_of, events))


order_key = attrgetter("timestamp", "ingested", "source.index", "order")
"""Sort key of the one order that every view has: time, ingestion, source, position."""


def in_order(events: list[LogEvent]) -> list[LogEvent]:
    """Events in the order of `order_key`: the same list where it has that order already."""
    times = [event.timestamp for event in events]
    # Mostly their times tell, which is quicker than to make a key for each.
    if all(map(lt, times, islice(times, 1, None))):
        return events
    return sorted(events, key=order_key)


def by_source(events: list[LogEvent]) -> dict[int, list[LogEvent]]:
    """Events by the index of their source."""
    found: dict[int, list[LogEvent]] = {}
    for event in events:
        index = event.source.index
        of_source = found.get(index)
        if of_source is None:
            found[index] = [event]
        else:
            of_source.append(event)
    return found
