"""Reading what can be asked for by time: its history in either direction, and what is new.

Neither CloudTrail's event history nor an index of OpenSearch has a cursor on arrival, so rounds of
reading overlap: each looks back from now, from time to time further, and ids tell what is new.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import AsyncGenerator
from contextlib import aclosing

from msgspec import Struct

from mqtail.aws.failures import Failure
from mqtail.events import LogEvent
from mqtail.logs import Log
from mqtail.sources.batches import SLICE, last_of, merged
from mqtail.sources.joining import Heads, Joiner, settled, split_leading
from mqtail.sources.lag import LagMeter
from mqtail.sources.reader import Batch, Emit, History, Surroundings
from mqtail.sources.retries import Retries
from mqtail.sources.seen import SeenIds
from mqtail.status import ReaderStatus, State, StreamStatus
from mqtail.store import Predicate

FORGET_MARGIN_MS = 120_000
"""Ids are kept for this much longer than the deepest look back."""


class Found(Struct, gc=False):
    """What a service has for one event."""

    time: int
    """ms since the epoch."""
    id: str
    """Tells it from everything else in the log."""
    text: str


class RangeReader(ABC):
    """Reads a log whose service can be asked for ranges of time.

    Args:
        log: the log.
        around: what it shares with the other readers.
        status: its status.
        poll_ms: pause between two rounds of live reading; as long as the round before took, if
            that is longer, so that half of the service's time at most goes to it.
        overlap_ms: how far back every round looks.
        sweeps_ms: looks further back: how far, and how often.
    """

    reads_backwards = True
    """`history_backwards` does give the newest first."""

    def __init__(
        self,
        log: Log,
        around: Surroundings,
        status: ReaderStatus,
        *,
        poll_ms: int,
        overlap_ms: int,
        sweeps_ms: tuple[tuple[int, int], ...],
    ) -> None:
        self._log = log
        self.status = status
        self._around = around
        self._retries = Retries(status, around.pace, patient=around.patient)
        self._poll_ms = poll_ms
        self._overlap_ms = overlap_ms
        self._sweeps_ms = sweeps_ms
        self._sweeps_due = {back: around.started + every for back, every in sweeps_ms}
        deepest = max((back for back, _ in sweeps_ms), default=0)
        self._memory_ms = max(deepest, overlap_ms) + FORGET_MARGIN_MS
        self._seen = SeenIds(floor=around.started - self._memory_ms)
        self._joiner = Joiner()
        self._lag = LagMeter(overlap_ms, overlap_ms, around.pace.reorder_ms)
        self._history_done = False
        self._wanted_from = around.since
        """What is older, ms, is not wanted where it was there when the history was read."""
        self._read_now = asyncio.Event()
        self.held: list[LogEvent] = []
        """History that was read and not given yet: further lines may belong to it."""

    @property
    def log(self) -> Log:
        """What it reads."""
        return self._log

    @property
    def failure(self) -> Failure | None:
        """What stands in the way of reading; None while it works."""
        return self._retries.failure

    @property
    def instances_left_out(self) -> set[str]:
        """Broker instances that are there and were not asked for."""
        return set()

    @abstractmethod
    def oldest_first(self, start: int, end: int | None) -> AsyncGenerator[list[Found], None]:
        """What the service has of a time range, in pages, all in time order.

        Args:
            start: ms, inclusive.
            end: ms, inclusive; None: none.

        Raises:
            ReadFailed: it cannot be read, and the reading is to end.
        """

    @abstractmethod
    def newest_first(
        self, start: int, end: int | None
    ) -> AsyncGenerator[tuple[list[Found], int], None]:
        """The same in pages that go back in time, each in time order.

        With each comes the moment (ms) from which on everything has been given.
        """

    @abstractmethod
    def event(self, found: Found) -> LogEvent | None:
        """The event that something found stands for, `order` still 0; None: it is not wanted."""

    @property
    def absence(self) -> str:
        """Why there is nothing to be read yet, in a sentence; empty when there is something."""
        return ""

    def read_now(self) -> None:
        """Look for new events at once instead of at the next turn."""
        self._read_now.set()

    async def history_forwards(self, end: int | None) -> History:
        """The history, oldest first, see `Reader`."""
        self._begin_history()
        heads: Heads = {}
        async with aclosing(self.oldest_first(self._around.since, end)) as pages:
            async for found in pages:
                await self._hold(found, heads)
                ready = settled(self.held)
                events, self.held = self.held[:ready], self.held[ready:]
                yield events
        events, self.held = self.held, []
        yield events
        self._end_history()

    async def history_backwards(self, end: int | None) -> History:
        """The history, newest first, see `Reader`."""
        self._begin_history()
        carried, pending = [], []  # type: list[LogEvent], list[LogEvent]
        complete = False
        try:
            async with aclosing(self.newest_first(self._around.since, end)) as pages:
                async for found, reached in pages:
                    events = await self._events(found, older=True)
                    self.status.history_to = min(self.status.history_to, reached)
                    carried, rest = split_leading(merged(events, carried))
                    pending = merged(self._joined(rest, {}), pending)
                    # What is not newer than all that still waits has to wait with it.
                    newest = max((event.timestamp for event in carried), default=0)
                    row = bisect_right(pending, newest, key=lambda event: event.timestamp)
                    ready, pending = pending[row:], pending[:row]
                    self.held = carried + pending
                    yield ready
            self.held = []
            yield merged(self._joined(carried, {}), pending)
            complete = True
        except GeneratorExit:
            # What is older than all that was wanted.
            self.held = []
            raise
        finally:
            self._end_history(complete=complete)

    async def history_newest(self, end: int | None, lines: int, wanted: Predicate) -> History:
        """At most the newest `lines` of the history that are wanted, see `Reader`."""
        left = lines
        async with aclosing(self.history_backwards(end)) as pages:
            async for events in pages:
                found = last_of([event for event in events if wanted(event)], left)
                left -= len(found)
                yield found
                if not left:
                    return

    async def follow(self, emit: Emit) -> None:
        """Read on as events arrive, for ever."""
        clock, status = self._around.clock, self.status
        complete_to = self._around.started
        while True:
            self._read_now.clear()
            began, history_done = clock.now(), self._history_done
            # From the last good round on: what was missed while blind is read now.
            start = max(min(began, complete_to) - self._look_back(began), self._live_from)
            heads: Heads = {}
            async with aclosing(self.oldest_first(start, None)) as pages:
                async for found in pages:
                    await self._take_live(found, heads, emit)
            complete_to = status.complete_to = began
            if history_done:
                # Whatever else comes from here on was not there before.
                self._wanted_from = max(self._around.since, min(self._wanted_from, start))
            status.state = State.WAITING if self.absence else State.LIVE
            status.reason, status.hint = self.absence, ""
            self._seen.forget(began - self._memory_ms, keep_from=began - 2 * self._overlap_ms)
            await self._pause(max(self._poll_ms, clock.now() - began))

    def _begin_history(self) -> None:
        self._history_done = False
        self.status.state = State.HISTORY
        self.status.history_to = self._around.started

    def _end_history(self, *, complete: bool = True) -> None:
        self._history_done = True
        if complete:
            self.status.history_to = self._around.since
        else:
            self._wanted_from = max(self._wanted_from, self.status.history_to)

    async def _hold(self, found: list[Found], heads: Heads) -> None:
        """Take what was found into `held`."""
        self.held += self._joined(await self._events(found), heads)

    def _joined(self, events: list[LogEvent], heads: Heads) -> list[LogEvent]:
        """Join and count events of the history, which lets nothing grow that was passed on."""
        new, _ = self._joiner.join(events, heads)
        self._count(new)
        if new:
            self._lag.heard(new[-1].timestamp, self._around.clock.now())
        return new

    @property
    def _live_from(self) -> int:
        """What is older than this, ms, is not read again: it is forgotten, or left to history."""
        floor = self._seen.floor
        return floor if self._history_done else max(floor, self.status.history_to)

    def _look_back(self, now: int) -> int:
        """How far back the next round looks, ms; sweeps that are due are done with it."""
        back = self._overlap_ms
        for sweep, every in self._sweeps_ms:
            if now >= self._sweeps_due[sweep]:
                self._sweeps_due[sweep] = now + every
                back = max(back, sweep)
        return back

    async def _take_live(self, found: list[Found], heads: Heads, emit: Emit) -> None:
        """Pass on what is new."""
        new, grown = self._joiner.join(await self._events(found, live=True), heads)
        if not new and not grown:
            return
        now = self._around.clock.now()
        for event in new:
            if self._lag.is_late(event.timestamp, now):
                event.late = True
                self.status.late += 1
        self._count(new)
        if new:
            self._lag.heard(new[-1].timestamp, now)
        await emit(Batch(new, grown))

    async def _pause(self, pause_ms: int) -> None:
        try:
            async with asyncio.timeout(pause_ms / 1000):
                await self._read_now.wait()
        except TimeoutError:
            pass

    async def _events(
        self, found: list[Found], *, older: bool = False, live: bool = False
    ) -> list[LogEvent]:
        """The events of what is new and wanted, a few at a time: making them takes time.

        Cancelled, it leaves them in `held`.
        """
        events: list[LogEvent] = []
        slices = (found[row : row + SLICE] for row in range(0, len(found), SLICE))
        try:
            for part in slices:
                events += self._made(part, live)
                await asyncio.sleep(0)
        except asyncio.CancelledError:
            for part in slices:
                events += self._made(part, live)
            self.held += self._joined(self._numbered(events, older), {})
            raise
        return self._numbered(events, older)

    def _made(self, found: list[Found], live: bool) -> list[LogEvent]:
        """The events of what is new and wanted."""
        wanted = (one for one in found if self._is_wanted(one, live))
        return [event for one in wanted if (event := self.event(one))]

    def _numbered(self, events: list[LogEvent], older: bool) -> list[LogEvent]:
        first = self._around.orders.take(len(events), older=older)
        for order, event in enumerate(events, first):
            event.order = order
        return events

    def _is_wanted(self, found: Found, live: bool) -> bool:
        if not self._around.covers(found.time):
            return False
        if live and found.time < self._seen.floor:
            # Nobody knows any more whether it was shown.
            return False
        if not self._seen.is_new(found.id, found.time):
            return False
        return not live or found.time >= self._wanted_from

    def _count(self, events: list[LogEvent]) -> None:
        for event in events:
            self.stream(event).count(event)

    @abstractmethod
    def stream(self, event: LogEvent) -> StreamStatus:
        """The counts that an event belongs to."""
