"""What can be said of a reader at any moment: its state, its counts, how far it is complete."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from operator import attrgetter

from mqtail.activity import BUCKET_MS, Activity
from mqtail.events import Level, LogEvent, Source, log_name

_ERROR = Level.ERROR
"""An enumeration's member is slow to look up: this is asked of every event."""
_time = attrgetter("timestamp")

MOST_INTERRUPTIONS = 50
"""Interruptions of a reader that are kept."""


class State(StrEnum):
    """What a reader is doing."""

    AVAILABLE = "available"
    """The log is delivered there, too, and not read unless asked for."""
    STARTING = "starting"
    HISTORY = "history"
    """Reading the past; live reading may run beside it."""
    LIVE = "live"
    BEHIND = "behind"
    """Reading, but the request budget does not keep up with what arrives."""
    WAITING = "waiting"
    """The log group, its streams, or the bucket do not exist yet."""
    THROTTLED = "throttled"
    FAILING = "failing"
    ENDED = "ended"
    """Read to the end that was asked for."""

    @property
    def troubled(self) -> bool:
        """Whether a person should look at it."""
        return self in (State.THROTTLED, State.FAILING, State.BEHIND)


@dataclass(frozen=True, slots=True)
class Interruption:
    """A time in which a log could not be read. What came in it is read afterwards."""

    begin: int
    """When the first request failed, ms."""
    end: int
    """When one worked again, ms; 0: none has so far."""
    reason: str
    """What stood in the way, in one sentence."""


class OlderState(StrEnum):
    """How reading further back than the start that was asked for stands."""

    IDLE = "idle"
    """It can go on."""
    READING = "reading"
    COMPLETE = "complete"
    """There is nothing older, as far as the services keep it."""
    FULL = "full"
    """The buffer holds no more."""


@dataclass(slots=True)
class OlderHistory:
    """How far back has been read beyond the start that was asked for."""

    state: OlderState = OlderState.IDLE
    reached: int = 0
    """Everything from this moment (ms) on has been read; 0: nothing beyond the start."""
    events: int = 0
    """Events found beyond the start."""
    reason: str = ""
    """What keeps it from going on, in one sentence; empty where nothing does."""


@dataclass(slots=True)
class StreamStatus:
    """Counts of one log stream."""

    source: Source
    events: int = 0
    errors: int = 0
    """Events of level error or fatal."""
    newest: int = 0
    """Time of the newest event, ms; 0: none yet."""
    lag_ms: int = 0
    """Ingestion lag of the newest event, ms."""
    activity: Activity = field(default_factory=Activity)
    """How many came in each minute of late."""

    def count(self, events: Sequence[LogEvent]) -> None:
        """Take events into the counts."""
        if not events:
            return
        self.events += len(events)
        buckets = Counter([event.timestamp // BUCKET_MS for event in events])
        errors = Counter([e.timestamp // BUCKET_MS for e in events if e.level >= _ERROR])
        self.errors += errors.total()
        for bucket, count in buckets.items():
            self.activity.count(bucket, count, errors[bucket])
        # Of several of one time the last to come.
        newest = max(reversed(events), key=_time)
        time, ingested = newest.timestamp, newest.ingested
        if time >= self.newest:
            self.newest = time
            if ingested:
                self.lag_ms = max(0, ingested - time)


@dataclass(slots=True)
class ReaderStatus:
    """State and counts of one log of one target, as it is read from one destination."""

    target: str
    service: str
    kind: str
    place: str
    """Where it is read, as its users name it: a log group, `s3://bucket/prefix`, ..."""
    destination: str = "cloudwatch"
    state: State = State.STARTING
    reason: str = ""
    """One sentence for a troubled state, empty otherwise."""
    hint: str = ""
    """What to do about it."""
    optional: bool = False
    """Read only where that is permitted: where it is not, nothing is wrong with the rest."""
    hopeless: bool = False
    """What stands in the way will not pass by itself (no permission, no credentials)."""
    reached: bool = False
    """Something of it could be read."""
    streams: dict[str, StreamStatus] = field(default_factory=dict)
    """By log stream name (in S3: by broker), in the order in which they were found; under the
    empty name all those that are too many to be counted one by one."""
    listed: bool = False
    """The log streams have been listed to the end: there were no others."""
    requests: int = 0
    throttles: int = 0
    retries: int = 0
    late: int = 0
    """Events that came out of order."""
    latest_ms: int = 0
    """How late the latest of them came, ms."""
    too_late: int = 0
    """Events that came too late to be told from those that were shown: they are not shown."""
    complete_to: int = 0
    """Everything that the service had up to this moment (ms) has been read; 0: nothing yet."""
    swept_to: dict[int, int] = field(default_factory=dict)
    """What the service had up to this moment (ms) has been read also where it came late: by how
    late at most, ms."""
    history_to: int = 0
    """The past has been read back to this moment, ms; 0: not begun."""
    nothing_older: bool = False
    """The past has been read as far back as it is kept."""
    interruptions: list[Interruption] = field(default_factory=list)
    """Times in which it could not be read, the newest last."""
    passed_over: int = 0
    """Objects that could not be read (yet) and were left out."""
    problem: str = ""
    """What was wrong with the last of them, in one sentence that names it."""

    def came_late(self, by_ms: int) -> None:
        """Count an event that came out of order.

        Args:
            by_ms: how late it came.
        """
        self.late += 1
        self.latest_ms = max(self.latest_ms, by_ms)

    def interrupted(
        self, interruption: Interruption | None, *, instead_of: Interruption | None = None
    ) -> None:
        """Note a time in which the log could not be read; the newest are kept.

        Args:
            interruption: None: it was none after all.
            instead_of: what was known of it before.
        """
        others = [one for one in self.interruptions if one is not instead_of]
        found = [*others, interruption] if interruption else others
        self.interruptions = sorted(found, key=lambda one: one.begin)[-MOST_INTERRUPTIONS:]

    @property
    def log(self) -> str:
        """What the log is called among those of its target, see `log_name`."""
        return log_name(self.kind, self.destination)

    @property
    def targets(self) -> list[str]:
        """The targets that its events belong to: `target`, or those that API calls are tied to."""
        found = dict.fromkeys(stream.source.target for stream in self.streams.values())
        return list(found) or [self.target]

    @property
    def events(self) -> int:
        """Events of all streams."""
        return sum(stream.events for stream in self.streams.values())

    @property
    def errors(self) -> int:
        """Events of level error or fatal, of all streams."""
        return sum(stream.errors for stream in self.streams.values())

    @property
    def newest(self) -> int:
        """Time of the newest event, ms; 0: none yet."""
        return max((stream.newest for stream in self.streams.values()), default=0)


class PassedOver:
    """Tells of the objects that readers passed over, each once."""

    def __init__(self) -> None:
        self._known: dict[int, int] = {}
        """Objects by the number of their reader."""

    def news(self, number: int, status: ReaderStatus) -> str:
        """What is new of a reader, in sentences that name the last object; empty for nothing."""
        more = status.passed_over - self._known.get(number, 0)
        self._known[number] = status.passed_over
        if more <= 0:
            return ""
        others = f" {more - 1} before it could not be read either." if more > 1 else ""
        return f"{status.problem}{others}"
