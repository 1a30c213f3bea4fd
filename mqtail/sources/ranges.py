"""Reading what can be asked for by time: its history in either direction, and what is new.

Neither CloudTrail's event history nor an index of OpenSearch has a cursor on arrival, so rounds of
reading overlap: each looks back from now, from time to time further, and ids tell what is new.
"""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import AsyncGenerator
from contextlib import aclosing
from itertools import compress

from msgspec import Struct

from mqtail.events import LogEvent
from mqtail.logs import Log
from mqtail.sources.batches import SLICE, Parts
from mqtail.sources.joining import Heads
from mqtail.sources.lag import LagMeter
from mqtail.sources.overlapping import OverlappingReader
from mqtail.sources.reader import Emit, Surroundings
from mqtail.status import ReaderStatus, State

FOREVER = 1 << 62
"""ms; after every moment."""

MOST_LEFT_OUT = 100_000
"""Ids of events that are left out; with more, such events are shown, once."""


class Found(Struct, gc=False):
    """What a service has for one event."""

    time: int
    """ms since the epoch."""
    id: str
    """Tells it from everything else in the log."""
    text: str


class RangeReader(OverlappingReader):
    """Reads a log whose service can be asked for ranges of time, in either direction.

    Args:
        log: the log.
        around: what it shares with the other readers.
        status: its status.
        poll_ms: pause between two rounds of live reading; as long as the round before took, if
            that is longer, so that half of the service's time at most goes to it.
        overlap_ms: how far back every round looks.
        sweeps_ms: looks further back: how far, and how often.
    """

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
        lag = LagMeter(overlap_ms, overlap_ms, around.pace.reorder_ms)
        super().__init__(around, status, lag, overlap_ms=overlap_ms, sweeps_ms=sweeps_ms)
        self._log = log
        self._poll_ms = poll_ms
        self._looked_from = FOREVER
        """Live reading has looked for everything from this moment (ms) on."""
        self._left_out: set[str] = set()
        """Ids of what it found where a history that was cut short had not come to."""
        self._sweeps_due: dict[int, float] = {}
        """When the next sweeps are to be done, by the event loop's time: clocks may be set."""

    @property
    def log(self) -> Log:
        """What it reads."""
        return self._log

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

    async def follow(self, emit: Emit) -> None:
        """Read on as events arrive, for ever."""
        clock, status = self._around.clock, self.status
        complete_to = status.complete_to or self._around.started
        while True:
            self._turns.begin()
            began, history_done, sweeps = clock.mark(), self._history_done, self._due_sweeps()
            # From the last good round on: what was missed while blind is read now.
            looks = [min(clock.now(), complete_to) - self._overlap_ms]
            looks += map(self._sweep_from, sweeps)
            start = max(min(looks), self._live_from)
            if max(min(looks), self._seen.reaches) < self._seen.floor:
                self._tell_memory_is_full()
            heads: Heads = {}
            async with aclosing(self.oldest_first(start, None)) as pages:
                async for found in pages:
                    await self._take_live(self._slices(found, live=True), heads, emit)
            complete_to = status.complete_to = began.time
            if history_done:
                # Whatever else comes from here on was not there before.
                self._looked_from = min(self._looked_from, start)
                self._has_swept(max(sweeps, default=0), complete_to)
            status.state = State.WAITING if self.absence else State.LIVE
            status.reason, status.hint = self.absence, ""
            self._forget(complete_to)
            await self._turns.wait(max(self._poll_ms, began.passed_ms))

    async def _oldest_first(self, start: int, end: int | None) -> AsyncGenerator[Parts, None]:
        async with aclosing(self.oldest_first(start, end)) as pages:
            async for found in pages:
                yield self._slices(_within(found, start, end))

    async def _newest_first(
        self, start: int, end: int | None
    ) -> AsyncGenerator[tuple[Parts, int], None]:
        async with aclosing(self.newest_first(start, end)) as pages:
            async for found, reached in pages:
                yield self._slices(_within(found, start, end), older=True), reached

    def _can_read_backwards(self, start: int) -> bool:
        return True

    def _keep(self, found: list[Found]) -> None:
        """Hold what was found when the reading was broken off."""
        wanted = _within(found, self._around.since, None)
        for events in self._slices(wanted):
            self.held += self._joined(events, {})

    def _slices(self, found: list[Found], *, older: bool = False, live: bool = False) -> Parts:
        """The events of what is new and wanted, a few at a time."""
        order = self._around.orders.take(len(found), older=older)
        for row in range(0, len(found), SLICE):
            events: list[LogEvent] = []
            numbered = enumerate(found[row : row + SLICE], order + row)
            wanted = [(number, one) for number, one in numbered if self._is_wanted(one, live)]
            ids, times = [one.id for _, one in wanted], [one.time for _, one in wanted]
            for number, one in compress(wanted, self._are_new(ids, times, live=live)):
                if event := self.event(one):
                    event.order = number
                    events.append(event)
            yield events

    def _due_sweeps(self) -> list[int]:
        """How far back (ms) the sweeps look that are to be done with the next round."""
        now, due = asyncio.get_running_loop().time(), []
        for back, every in self._sweeps_ms:
            if now >= self._sweeps_due.setdefault(back, now + every / 1000):
                self._sweeps_due[back] = now + every / 1000
                due.append(back)
        return due

    def _is_wanted(self, found: Found, live: bool) -> bool:
        if self._around.ends_before(found.time):
            return False
        return not live or self._is_due(found)

    def _is_due(self, found: Found) -> bool:
        """Whether live reading is to give something, if it is new."""
        time, covered = found.time, self.status.history_to
        if time < self._seen.floor or time < min(covered, self._around.since):
            # Nobody knows any more whether it was shown, or it was not asked for.
            return False
        if time < covered and time < self._looked_from and len(self._left_out) < MOST_LEFT_OUT:
            self._left_out.add(found.id)
        return time >= covered or found.id not in self._left_out


def _within(found: list[Found], start: int, end: int | None) -> list[Found]:
    """What is of a time range, ms, both inclusive: services round times."""
    return [one for one in found if start <= one.time and (end is None or one.time <= end)]
