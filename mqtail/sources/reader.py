"""What every reader gives, whatever it reads from, and what all readers of a run share."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from mqtail.aws.budget import Budget
from mqtail.aws.clients import Clients
from mqtail.aws.failures import Failure
from mqtail.clock import Clock
from mqtail.events import LogEvent, Source
from mqtail.logs import Log
from mqtail.settings import Pace
from mqtail.sources.retries import Retries
from mqtail.sources.seen import Memory
from mqtail.sources.turns import BUSY_MS, poll_pause_ms
from mqtail.status import ReaderStatus, State, StreamStatus
from mqtail.store import Predicate


@dataclass(frozen=True, slots=True)
class Batch:
    """Events read together."""

    new: list[LogEvent]
    """In time order."""
    grown: list[LogEvent]
    """Events of earlier batches that lines were joined to."""


Emit = Callable[[Batch], Awaitable[None]]
"""Takes what arrives; it may take its time. A batch without events tells that a poll has ended."""

History = AsyncGenerator[list[LogEvent], None]
"""Pages of events of the past, each in time order. To be closed when left early."""


class Orders:
    """Gives events their number in a run: rising when read forwards, falling for older history."""

    def __init__(self) -> None:
        self._next = 0
        self._last = 0

    def take(self, count: int, *, older: bool = False) -> int:
        """The first of `count` consecutive numbers."""
        if older:
            self._last -= count
            return self._last
        first = self._next
        self._next += count
        return first


@dataclass(frozen=True, slots=True)
class Polled:
    """A log group that is polled."""

    status: ReaderStatus
    last_new: int
    """When something new came, ms."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all readers of a run share."""

    clients: Clients
    budget: Budget
    """For requests to CloudWatch Logs."""
    clock: Clock
    pace: Pace
    orders: Orders
    source_numbers: Iterator[int]
    started: int
    """When the run began, ms: history ends and live reading begins there."""
    since: int
    """Start of the history that was asked for at first, ms."""
    until: int | None = None
    """End, ms, exclusive; None: none."""
    filter_pattern: str = ""
    instances: tuple[str, ...] = ()
    """Only these are read at all; empty: all."""
    patient: bool = True
    """Wait for what cannot be read now, rather than end."""
    in_order: bool = False
    """What one log has waits to be shown until the others have been read, too."""
    keeps_older: bool = False
    """Older history may be asked for: what was read of it and not given is kept."""
    notes: list[str] = field(default_factory=list)
    """Gets what a user should know about how a log is read."""
    memory: Memory = field(default_factory=Memory)
    """For the ids of what was read."""
    polled: dict[str, Polled] = field(default_factory=dict)
    """Log groups that are polled, by identifier."""

    def ends_before(self, timestamp: int) -> bool:
        """Whether a moment (ms) comes after all that was asked for."""
        return self.until is not None and timestamp >= self.until

    def poll_pause_ms(self, log: Log, polled: Polled) -> int:
        """The pause until the next poll of a log group."""
        self.polled[log.identifier] = polled
        now, rate = self.clock.now(), self.budget.rate
        # What cannot be read takes no part, and nobody waits for it.
        reads = [
            one for one in self.polled.values() if one.status.state in (State.LIVE, State.BEHIND)
        ]
        busy = sum(now - one.last_new < BUSY_MS for one in reads)
        waited_for = len(reads) if self.in_order and busy else 0
        quiet_ms = now - polled.last_new
        return poll_pause_ms(self.pace, rate, quiet_ms, busy=busy, waited_for=waited_for)

    def retries(self, status: ReaderStatus) -> Retries:
        """What repeats the failed requests of a reader, and keeps its status."""
        return Retries(
            status,
            self.pace,
            self.clock,
            patient=self.patient,
            credentials=self.clients.credentials,
        )

    def new_stream(
        self, log: Log, target: str, instance: str | None = None, **place: str
    ) -> StreamStatus:
        """The counts of one more source of this run.

        Args:
            log: what it is read from.
            target: whom its events belong to.
            instance: the broker instance that writes it.
            place: what names it where it is: `log_group` and `log_stream`, or `bucket`.
        """
        source = Source(
            index=next(self.source_numbers),
            target=target,
            service=log.service,
            kind=log.kind,
            instance=instance,
            destination=log.destination,
            format=log.format,
            **place,
        )
        return StreamStatus(source)


class Reader(Protocol):
    """Reads one log, its history and what arrives, each event once."""

    status: ReaderStatus

    @property
    def held(self) -> list[LogEvent]:
        """History that was read and not given yet: further lines may belong to it."""

    @property
    def log(self) -> Log:
        """What it reads."""

    @property
    def failure(self) -> Failure | None:
        """What stands in the way of reading; None while it works."""

    @property
    def instances_left_out(self) -> set[str]:
        """Broker instances that are there and were not asked for."""

    @property
    def reads_backwards(self) -> bool:
        """Whether `history_backwards` does give the newest first."""

    @property
    def covers_from(self) -> int:
        """Everything from this moment (ms) on has been given, once the history has ended."""

    def read_now(self) -> None:
        """Look for new events at once instead of at the next turn."""

    def history_forwards(self, end: int | None) -> History:
        """The history, oldest first, each event complete with the lines that belong to it.

        Args:
            end: ms, inclusive: what is newer is left to `follow`; None: everything. A reader whose
                live reading gives only what is delivered later need not stop there.
        """

    def history_backwards(self, end: int | None) -> History:
        """The history, newest first as far as the destination allows.

        `status.history_to` tells how far back it is complete. Closed early, what was not read of
        it stays out of the live reading, too.

        Args:
            end: as of `history_forwards`.
        """

    def history_newest(self, end: int | None, lines: int, wanted: Predicate) -> History:
        """At most the newest `lines` of the history that are wanted, in the order of reading.

        Args:
            end: as of `history_forwards`.
        """

    def older(self, begin: int) -> History:
        """What is older than all that was given, the newest first; after the history.

        What was covered then counts as asked for in live reading, too. `status.nothing_older` says
        whether anything may be left. Lines that may belong to a still older event wait for it.

        Args:
            begin: how far back, ms, inclusive.

        Raises:
            ReadFailed: it cannot be read backwards, or not now and the reader is not patient.
        """

    async def follow(self, emit: Emit) -> None:
        """Read on as events arrive, for ever."""
