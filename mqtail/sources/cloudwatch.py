"""Reading one log group of CloudWatch Logs so that nothing is lost and nothing comes twice.

FilterLogEvents has no cursor on ingestion time, so polls overlap: each reads from a little before
the last one on, sweeps look further back for what arrived late, and ids tell what is new.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from dataclasses import dataclass

from mqtail.aws.budget import Budget
from mqtail.aws.clients import Clients
from mqtail.aws.decoding import FilteredLogEvent
from mqtail.clock import Clock
from mqtail.events import LogEvent
from mqtail.settings import Pace
from mqtail.sources.joining import Joiner, settled, split_leading
from mqtail.sources.lag import LagMeter
from mqtail.sources.paging import Pager
from mqtail.sources.seen import SeenIds
from mqtail.sources.streams import Streams
from mqtail.status import ReaderStatus, State
from mqtail.targets import LogGroup

SLICE = 2_000
"""Events that are worked on before the event loop gets its turn."""

QUIET_MS = 30_000
"""A log group is idle when nothing new came for so long."""

FORGET_MARGIN_MS = 120_000
"""Ids are kept for this much longer than the deepest sweep looks back."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Events read together."""

    new: list[LogEvent]
    """In time order."""
    grown: list[LogEvent]
    """Events of earlier batches that lines were joined to."""


Emit = Callable[[Batch], Awaitable[None]]


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
class Surroundings:
    """What all readers of a run share."""

    clients: Clients
    budget: Budget
    clock: Clock
    pace: Pace
    orders: Orders
    source_numbers: Iterator[int]
    started: int
    """When the run began, ms: history ends and live reading begins there."""
    since: int
    """Start of the history, ms."""
    until: int | None = None
    """End, ms, exclusive; None: none."""
    filter_pattern: str = ""
    instances: tuple[str, ...] = ()
    """Only these are read at all; empty: all."""
    patient: bool = True
    """Wait for what cannot be read now, rather than end."""


class CloudWatchReader:
    """Reads one log group.

    Args:
        group: the log group.
        around: what it shares with the other readers.
    """

    def __init__(self, group: LogGroup, around: Surroundings) -> None:
        self.group = group
        self.status = ReaderStatus(group.target, group.service, group.kind, group.name)
        self._around = around
        self._streams = Streams(
            group,
            clients=around.clients,
            budget=around.budget,
            status=self.status,
            instances=around.instances,
            numbers=around.source_numbers,
        )
        self._pager = Pager(
            group,
            clients=around.clients,
            budget=around.budget,
            clock=around.clock,
            pace=around.pace,
            status=self.status,
            filter_pattern=around.filter_pattern,
            patient=around.patient,
            streams=self._streams.names,
        )
        pace = around.pace
        deepest = max((back for back, _ in pace.sweeps_ms), default=0)
        self._memory_ms = max(deepest, pace.max_overlap_ms) + FORGET_MARGIN_MS
        self._seen = SeenIds(floor=around.started - self._memory_ms)
        self._joiner = Joiner()
        self._lag = LagMeter(pace.overlap_ms, pace.max_overlap_ms, pace.reorder_ms)
        self._history_done = False
        self._last_new = 0
        self._read_now = asyncio.Event()

    def read_now(self) -> None:
        """Poll at once instead of at the next turn."""
        self._read_now.set()

    async def history_forwards(self, end: int | None) -> AsyncGenerator[list[LogEvent], None]:
        """The history, oldest first, each event complete with the lines that belong to it.

        Args:
            end: ms, inclusive; None: with events dated in the future.
        """
        await self._begin_history()
        held: list[LogEvent] = []
        async for page in self._pager.pages(self._around.since, end):
            for events in self._slices(page):
                held += self._join(events)
                await asyncio.sleep(0)
            ready = settled(held)
            yield held[:ready]
            held = held[ready:]
            if page:
                self.status.history_to = page[-1].timestamp
        yield held
        self._end_history()

    async def history_backwards(self, end: int | None) -> AsyncGenerator[list[LogEvent], None]:
        """The history in pages, the newest first where the service can do that.

        Args:
            end: ms, inclusive; None: with events dated in the future.
        """
        await self._begin_history()
        carried: list[LogEvent] = []
        async for page in self._pager.pages(self._around.since, end, newest_first=True):
            events: list[LogEvent] = []
            for part in self._slices(page, older=True):
                events += part
                await asyncio.sleep(0)
            if page:
                self.status.history_to = page[0].timestamp
            carried, rest = split_leading(events + carried)
            new: list[LogEvent] = []
            for row in range(0, len(rest), SLICE):
                new += self._join(rest[row : row + SLICE])
                await asyncio.sleep(0)
            yield new
        yield self._join(carried)
        self._end_history()

    @property
    def reads_backwards(self) -> bool:
        """Whether `history_backwards` does give the newest first."""
        return self._pager.can_read_backwards(self._around.since)

    async def follow(self, emit: Emit) -> None:
        """Read on as events arrive, for ever."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._poll_for_ever(emit))
            for back_ms, every_ms in self._around.pace.sweeps_ms:
                tasks.create_task(self._sweep_for_ever(emit, back_ms, every_ms))
            tasks.create_task(self._list_streams_for_ever())

    async def _begin_history(self) -> None:
        self.status.state = State.HISTORY
        self.status.history_to = self._around.started
        if self._around.instances:
            # Only listing tells which streams are theirs; without a wish it can wait.
            await self._streams.list()

    def _join(self, events: list[LogEvent]) -> list[LogEvent]:
        """Join and count a batch of history, which lets nothing grow that was passed on."""
        new, _ = self._joiner.join(events)
        self._count(new)
        if new:
            self._lag.heard(new[-1].timestamp, self._around.clock.now())
        return new

    def _count(self, events: list[LogEvent]) -> None:
        streams = self.status.streams
        for event in events:
            streams[event.source.log_stream].count(event)

    def _end_history(self) -> None:
        self._history_done = True
        self.status.history_to = self._around.since

    async def _poll_for_ever(self, emit: Emit) -> None:
        clock, pace = self._around.clock, self._around.pace
        complete_to = self._around.started
        while True:
            self._read_now.clear()
            began = clock.now()
            # From the last good poll on: what was missed while AWS was out of reach is read now.
            start = min(began, complete_to) - self._lag.overlap_ms
            async for page in self._pager.pages(max(start, self._seen.floor), None):
                await self._take_live(page, emit)
            complete_to = began
            self._polled(began)
            busy = clock.now() - self._last_new < QUIET_MS
            await self._pause(pace.poll_ms if busy else pace.idle_poll_ms)

    def _polled(self, began: int) -> None:
        """Note a good poll: how far the source is complete, and whether it keeps up."""
        status, now = self.status, self._around.clock.now()
        status.complete_to = began
        took = now - began
        slow = max(10_000, 5 * self._around.pace.idle_poll_ms)
        if took > slow:
            status.state = State.BEHIND
            status.reason = (
                f"One round of reading {self.group.name} takes {took / 1000:.0f} s at "
                f"{self._around.budget.rate:g} requests/s."
            )
            status.hint = "Raise --max-requests, or tail fewer log groups."
        else:
            status.state = State.LIVE
            status.reason = status.hint = ""
        self._forget(now)

    def _forget(self, now: int) -> None:
        before = now - self._memory_ms
        if not self._history_done and self.status.history_to > self._seen.floor:
            # History on its way back may still meet what a sweep has found there.
            before = min(before, self.status.history_to)
        self._seen.forget(before, keep_from=now - 2 * self._around.pace.max_overlap_ms)

    async def _pause(self, pause_ms: int) -> None:
        try:
            async with asyncio.timeout(pause_ms / 1000):
                await self._read_now.wait()
        except TimeoutError:
            pass

    async def _sweep_for_ever(self, emit: Emit, back_ms: int, every_ms: int) -> None:
        clock = self._around.clock
        while True:
            await asyncio.sleep(every_ms / 1000)
            now = clock.now()
            start = max(now - back_ms, self._seen.floor)
            pages = self._pager.pages(start, now, sweep=True)
            async for page in pages:
                await self._take_live(page, emit)

    async def _list_streams_for_ever(self) -> None:
        while True:
            await self._streams.list()
            await asyncio.sleep(self._around.pace.relist_ms / 1000)

    async def _take_live(self, page: list[FilteredLogEvent], emit: Emit) -> None:
        """Pass on what is new on a page of a poll or a sweep."""
        around = self._around
        for events in self._slices(page, live=True):
            new, grown = self._joiner.join(events)
            now = around.clock.now()
            for event in new:
                if self._arrived(event) and self._lag.is_late(event.timestamp, now):
                    event.late = True
                    self.status.late += 1
            self._count(new)
            for event in events:
                if self._arrived(event):
                    self._lag.sample(event.ingested - event.timestamp)
            if events:
                self._last_new = now
                self._lag.heard(events[-1].timestamp, now)
                await emit(Batch(new, grown))
            await asyncio.sleep(0)

    def _arrived(self, event: LogEvent) -> bool:
        """Whether it was taken in by the service since this run began."""
        return event.ingested >= self._around.started

    def _slices(
        self, page: list[FilteredLogEvent], *, older: bool = False, live: bool = False
    ) -> Iterator[list[LogEvent]]:
        """The new events of a page, a few at a time: making them takes time."""
        order = self._around.orders.take(len(page), older=older)
        for row in range(0, len(page), SLICE):
            yield self._new_events(page[row : row + SLICE], order + row, live)

    def _new_events(self, page: list[FilteredLogEvent], order: int, live: bool) -> list[LogEvent]:
        around, seen = self._around, self._seen
        since, until, started = around.since, around.until, around.started
        found: list[LogEvent] = []
        for order, raw in enumerate(page, order):  # noqa: B020  # counts on from where it starts
            time = raw.timestamp
            if live and time < since and raw.ingestion_time < started:
                # Older than what was asked for, and it was there before.
                continue
            if until is not None and time >= until:
                continue
            if not seen.is_new(raw.event_id, time):
                continue
            stream = self._streams.source(raw.log_stream_name)
            if stream is None:
                continue
            event = LogEvent(
                time, raw.ingestion_time, stream.source, order, raw.message, event_id=raw.event_id
            )
            found.append(event)
        return found
