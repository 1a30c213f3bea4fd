"""Reading one log group of CloudWatch Logs so that nothing is lost and nothing comes twice.

FilterLogEvents has no cursor on ingestion time, so polls overlap: each reads from a little before
the last one on, sweeps look further back for what arrived late, and ids tell what is new.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import aclosing

from mqtail.aws.decoding import FilteredLogEvent
from mqtail.aws.failures import Failure
from mqtail.events import LogEvent
from mqtail.logs import LogGroup
from mqtail.sources.batches import SLICE, in_slices, last_of, merged
from mqtail.sources.joining import Heads, Joiner, settled, split_leading
from mqtail.sources.lag import LagMeter
from mqtail.sources.paging import Pager
from mqtail.sources.reader import Batch, Emit, History, Surroundings
from mqtail.sources.retries import Retries
from mqtail.sources.seen import SeenIds
from mqtail.sources.streams import Streams
from mqtail.status import ReaderStatus, State
from mqtail.store import Predicate

QUIET_MS = 30_000
"""A log group is idle when nothing new came for so long."""

FORGET_MARGIN_MS = 120_000
"""Ids are kept for this much longer than the deepest sweep looks back."""


class CloudWatchReader:
    """Reads one log group.

    Args:
        group: the log group.
        around: what it shares with the other readers.
    """

    def __init__(self, group: LogGroup, around: Surroundings) -> None:
        self.log = group
        self.status = ReaderStatus(group.target, group.service, group.kind, group.place)
        self._around = around
        self._retries = Retries(self.status, around.pace, patient=around.patient)
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
            status=self.status,
            retries=self._retries,
            filter_pattern=around.filter_pattern,
            streams=self._streams.names,
        )
        pace = around.pace
        deepest = max((back for back, _ in pace.sweeps_ms), default=0)
        self._memory_ms = max(deepest, pace.max_overlap_ms) + FORGET_MARGIN_MS
        self._seen = SeenIds(floor=around.started - self._memory_ms)
        self._joiner = Joiner()
        self._lag = LagMeter(pace.overlap_ms, pace.max_overlap_ms, pace.reorder_ms)
        self._history_done = False
        self._asked_from = around.since
        """What is older than this, ms, and was there before the run began, was not asked for."""
        self._sweeps_from: dict[int, int] = {}
        """Where the sweeps that are under way begin, ms, by how far they look back."""
        self._last_new = 0
        self._read_now = asyncio.Event()
        self.held: list[LogEvent] = []
        """History that was read and not given yet: further lines may belong to it."""

    @property
    def failure(self) -> Failure | None:
        """What stands in the way of reading; None while it works."""
        return self._retries.failure

    @property
    def instances_left_out(self) -> set[str]:
        """Broker instances that are there and were not asked for."""
        return self._streams.left_out

    def read_now(self) -> None:
        """Poll at once instead of at the next turn."""
        self._read_now.set()

    async def history_forwards(self, end: int | None) -> History:
        """The history, oldest first, each event complete with the lines that belong to it.

        Args:
            end: ms, inclusive; None: with events dated in the future.
        """
        await self._begin_history()
        heads: Heads = {}
        async for page in self._pager.pages(self._around.since, end):
            self.held += await self._joined(self._slices(page), heads)
            ready = settled(self.held)
            events, self.held = self.held[:ready], self.held[ready:]
            yield events
        events, self.held = self.held, []
        yield events
        self._end_history()

    async def history_backwards(self, end: int | None) -> History:
        """The history, newest first: what comes is in order, and older than all that came before.

        Each event is complete with the lines that belong to it. Where the service cannot read
        backwards, it comes as from `history_forwards` instead, see `reads_backwards`. Closed early,
        what was not read of it stays out of the live reading, too.

        Args:
            end: ms, inclusive; None: with events dated in the future.
        """
        await self._begin_history()
        carried, pending = [], []  # type: list[LogEvent], list[LogEvent]
        complete = False
        try:
            async for page in self._pager.pages(self._around.since, end, newest_first=True):
                if not self.reads_backwards:
                    break
                events = []
                for part in self._slices(page, older=True):
                    events += part
                    await asyncio.sleep(0)
                if page:
                    self.status.history_to = min(self.status.history_to, page[0].timestamp)
                carried, rest = split_leading(merged(events, carried))
                pending = merged(await self._joined(in_slices(rest), {}), pending)
                # What is not newer than all that still waits has to wait with it.
                newest = max((event.timestamp for event in carried), default=0)
                row = bisect_right(pending, newest, key=lambda event: event.timestamp)
                ready, pending = pending[row:], pending[:row]
                self.held = carried + pending
                yield ready
            self.held = []
            yield merged(await self._joined(in_slices(carried), {}), pending)
            complete = True
        except GeneratorExit:
            # What is older than all that was wanted.
            self.held = []
            raise
        finally:
            self._end_history(complete=complete)
        if not self.reads_backwards:
            async for events in self.history_forwards(end):
                yield events

    async def history_newest(self, end: int | None, lines: int, wanted: Predicate) -> History:
        """At most the newest `lines` of the history that are wanted, in the order of reading.

        Args:
            end: ms, inclusive; None: with events dated in the future.
        """
        left = lines
        newest: list[LogEvent] = []
        async with aclosing(self.history_backwards(end)) as pages:
            async for events in pages:
                found = [event for event in events if wanted(event)]
                if not self.reads_backwards:
                    newest = last_of(newest + found, lines)
                    continue
                found = last_of(found, left)
                left -= len(found)
                yield found
                if not left:
                    return
        yield newest

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
        self._history_done = False
        self.status.state = State.HISTORY
        self.status.history_to = self._around.started
        if self._around.instances:
            # Only listing tells which streams are theirs; without a wish it can wait.
            await self._streams.list()

    async def _joined(self, parts: Iterator[list[LogEvent]], heads: Heads) -> list[LogEvent]:
        """Join and count a page of history, which lets nothing grow that was passed on."""
        joined: list[LogEvent] = []
        for events in parts:
            new, _ = self._joiner.join(events, heads)
            self._count(new)
            if new:
                self._lag.heard(new[-1].timestamp, self._around.clock.now())
            joined += new
            await asyncio.sleep(0)
        return joined

    def _count(self, events: list[LogEvent]) -> None:
        streams = self.status.streams
        for event in events:
            streams[event.source.log_stream].count(event)

    def _end_history(self, *, complete: bool = True) -> None:
        self._history_done = True
        if complete:
            self.status.history_to = self._around.since
        else:
            self._asked_from = max(self._asked_from, self.status.history_to + 1)

    async def _poll_for_ever(self, emit: Emit) -> None:
        clock, pace, status = self._around.clock, self._around.pace, self.status
        time = asyncio.get_running_loop().time
        complete_to = self._around.started
        while True:
            self._read_now.clear()
            began, good_since, retries = clock.now(), time(), status.retries
            # From the last good poll on: what was missed while AWS was out of reach is read now.
            start = min(began, complete_to) - self._lag.overlap_ms
            heads: Heads = {}
            async for page in self._pager.pages(max(start, self._live_from), None):
                await self._take_live(page, heads, emit)
                if status.retries != retries:
                    # Waiting for AWS is not falling behind.
                    good_since, retries = time(), status.retries
                self._tell_if_behind(time() - good_since)
            complete_to = status.complete_to = began
            if not self._tell_if_behind(time() - good_since):
                status.state = State.LIVE
                status.reason = status.hint = ""
            self._forget(clock.now())
            busy = clock.now() - self._last_new < QUIET_MS
            await self._pause(pace.poll_ms if busy else pace.idle_poll_ms)

    @property
    def _live_from(self) -> int:
        """What is older than this, ms, is not read again: it is forgotten, or left to history."""
        floor = self._seen.floor
        return floor if self._history_done else max(floor, self.status.history_to)

    def _tell_if_behind(self, took_s: float) -> bool:
        """Whether a poll takes so long that it does not keep up; then the status says so."""
        if took_s <= max(10, 5 * self._around.pace.idle_poll_ms / 1000):
            return False
        status = self.status
        status.state = State.BEHIND
        status.reason = (
            f"One round of reading {self.log.name} takes {took_s:.0f} s at "
            f"{self._around.budget.rate:g} requests/s."
        )
        status.hint = "Raise --max-requests, or tail fewer log groups."
        return True

    def _forget(self, now: int) -> None:
        # A sweep that is under way must know what was seen where it still reads.
        before = min([now - self._memory_ms, *self._sweeps_from.values()])
        self._seen.forget(before, keep_from=now - 2 * self._around.pace.max_overlap_ms)

    async def _pause(self, pause_ms: int) -> None:
        try:
            async with asyncio.timeout(pause_ms / 1000):
                await self._read_now.wait()
        except TimeoutError:
            pass

    async def _sweep_for_ever(self, emit: Emit, back_ms: int, every_ms: int) -> None:
        while True:
            await asyncio.sleep(every_ms / 1000)
            now = self._around.clock.now()
            start = self._sweeps_from[back_ms] = max(now - back_ms, self._live_from)
            heads: Heads = {}
            async for page in self._pager.pages(start, now, sweep=True):
                await self._take_live(page, heads, emit)
            del self._sweeps_from[back_ms]

    async def _list_streams_for_ever(self) -> None:
        while True:
            await self._streams.list()
            await asyncio.sleep(self._around.pace.relist_ms / 1000)

    async def _take_live(self, page: list[FilteredLogEvent], heads: Heads, emit: Emit) -> None:
        """Pass on what is new on a page of a poll or a sweep."""
        around = self._around
        for events in self._slices(page, live=True):
            new, grown = self._joiner.join(events, heads)
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
        asked_from, until, started = self._asked_from, around.until, around.started
        floor = seen.floor
        found: list[LogEvent] = []
        for order, raw in enumerate(page, order):  # noqa: B020  # counts on from where it starts
            time = raw.timestamp
            if live and (time < floor or (time < asked_from and raw.ingestion_time < started)):
                # Nobody knows any more whether it was shown, or it was not asked for.
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
