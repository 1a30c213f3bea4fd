"""What readers have in common whose service has no cursor on arrival.

Their reading overlaps, and ids tell what is new. Here: the history in either direction, each event
complete with the lines that belong to it, and passing on what is new while following.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing

from mqtail.aws.failures import Failure
from mqtail.events import LogEvent
from mqtail.sources.batches import in_slices, last_of, merged
from mqtail.sources.joining import Heads, Joiner, settled, split_leading
from mqtail.sources.lag import LagMeter
from mqtail.sources.reader import Batch, Emit, History, Surroundings
from mqtail.sources.retries import Retries
from mqtail.sources.seen import SeenIds
from mqtail.sources.turns import Turns
from mqtail.status import ReaderStatus, State, StreamStatus
from mqtail.store import Predicate

FORGET_MARGIN_MS = 120_000
"""Ids are kept for this much longer than the deepest look back."""

Parts = Iterator[list[LogEvent]]
"""The new events of a page in time order, a few at a time: making them takes time."""


class OverlappingReader(ABC):
    """Reads a log whose service can be asked for ranges of time, again and again.

    Args:
        around: what it shares with the other readers.
        status: its status.
        lag: how late events come, and how far back to look therefore.
        deepest_ms: how far back it ever looks.
    """

    def __init__(
        self, around: Surroundings, status: ReaderStatus, lag: LagMeter, deepest_ms: int
    ) -> None:
        self.status = status
        self.held: list[LogEvent] = []
        """History that was read and not given yet: further lines may belong to it."""
        self._around = around
        self._retries = Retries(status, around.pace, patient=around.patient)
        self._lag = lag
        self._memory_ms = deepest_ms + FORGET_MARGIN_MS
        self._seen = SeenIds(floor=around.started - self._memory_ms)
        self._joiner = Joiner()
        self._history_done = False
        self._asked_from = around.since
        """What is older than this, ms, and was there before the run began, was not asked for."""
        self._last_new = 0
        """When something new was last read, ms."""
        self._turns = Turns()

    @property
    def failure(self) -> Failure | None:
        """What stands in the way of reading; None while it works."""
        return self._retries.failure

    @property
    def reads_backwards(self) -> bool:
        """Whether `history_backwards` does give the newest first."""
        return True

    def read_now(self) -> None:
        """Look for new events at once instead of at the next turn."""
        self._turns.ask()

    @abstractmethod
    def _oldest_first(self, end: int | None) -> AsyncGenerator[Parts, None]:
        """The pages of the history from old to new.

        Args:
            end: ms, inclusive; None: none.
        """

    @abstractmethod
    def _newest_first(self, end: int | None) -> AsyncGenerator[tuple[Parts, int], None]:
        """The same from new to old, each with the moment (ms) from which on all has been given."""

    @abstractmethod
    def _stream(self, event: LogEvent) -> StreamStatus:
        """The counts that an event belongs to."""

    async def history_forwards(self, end: int | None) -> History:
        """The history, oldest first, see `Reader`.

        Args:
            end: ms, inclusive; None: with events dated in the future.
        """
        await self._begin_history()
        heads: Heads = {}
        async with aclosing(self._oldest_first(end)) as pages:
            async for parts in pages:
                await self._join_into(self.held, parts, heads)
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
        work = _Backwards()
        complete = False
        try:
            async with aclosing(self._newest_first(end)) as pages:
                async for parts, reached in pages:
                    await _gather(work.events, parts)
                    self.status.history_to = min(self.status.history_to, reached)
                    await self._join_into(work.joined, work.begin(), {})
                    ready = work.finish()
                    self.held = work.everything
                    yield ready
            await self._join_into(work.joined, in_slices(work.take_raw()), {})
            self.held = []
            yield merged(work.joined, work.pending)
            complete = True
        except GeneratorExit:
            # What is older than all that was wanted.
            self.held = []
            raise
        except BaseException:
            self.held = self._joined(work.take_raw(), {}) + work.joined + work.pending
            raise
        finally:
            self._end_history(complete=complete)
        if not self.reads_backwards:
            async with aclosing(self.history_forwards(end)) as history:
                async for events in history:
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

    async def _begin_history(self) -> None:
        self._history_done = False
        self.status.state = State.HISTORY
        self.status.history_to = self._around.started

    def _end_history(self, *, complete: bool = True) -> None:
        self._history_done = True
        if complete:
            self.status.history_to = self._around.since
        else:
            self._asked_from = max(self._asked_from, self.status.history_to)

    @property
    def _live_from(self) -> int:
        """What is older than this, ms, is not read again: it is forgotten, or left to history."""
        floor = self._seen.floor
        return floor if self._history_done else max(floor, self.status.history_to)

    async def _take_live(self, parts: Parts, heads: Heads, emit: Emit) -> None:
        """Pass on what is new on a page."""
        clock, started = self._around.clock, self._around.started
        for events in parts:
            new, grown = self._joiner.join(events, heads)
            now = clock.now()
            for event in events:
                if event.ingested >= started:
                    self._lag.sample(event.ingested - event.timestamp)
            for event in new:
                # Without a time of ingestion, what is read now has arrived now.
                arrived = not event.ingested or event.ingested >= started
                if arrived and self._lag.is_late(event.timestamp, now):
                    event.late = True
                    self.status.late += 1
            self._count(new)
            if events:
                self._last_new = now
                self._lag.heard(events[-1].timestamp, now)
                await emit(Batch(new, grown))
            await asyncio.sleep(0)

    async def _join_into(self, joined: list[LogEvent], parts: Parts, heads: Heads) -> None:
        """Join and count events of the history, which lets nothing grow that was passed on.

        Cancelled, it has done so with all of them nevertheless.
        """
        try:
            for events in parts:
                joined += self._joined(events, heads)
                await asyncio.sleep(0)
        except asyncio.CancelledError:
            for events in parts:
                joined += self._joined(events, heads)
            raise

    def _joined(self, events: list[LogEvent], heads: Heads) -> list[LogEvent]:
        new, _ = self._joiner.join(events, heads)
        self._count(new)
        if new:
            self._lag.heard(new[-1].timestamp, self._around.clock.now())
        return new

    def _count(self, events: list[LogEvent]) -> None:
        for event in events:
            self._stream(event).count(event)


async def _gather(events: list[LogEvent], parts: Parts) -> None:
    """Add all parts of a page to a list, also when cancelled."""
    try:
        for part in parts:
            events += part
            await asyncio.sleep(0)
    except asyncio.CancelledError:
        for part in parts:
            events += part
        raise


class _Backwards:
    """Events of a history that is read from new to old, on their way to being complete."""

    def __init__(self) -> None:
        self.events: list[LogEvent] = []
        """The page that was read last."""
        self.joined: list[LogEvent] = []
        """What of it is joined already."""
        self.pending: list[LogEvent] = []
        """Joined events that are not newer than all that still waits."""
        self._carried: list[LogEvent] = []
        """The beginning of the page before: it may belong to an event on an older page."""

    @property
    def everything(self) -> list[LogEvent]:
        """All that was read and not given."""
        return self._carried + self.events + self.joined + self.pending

    def begin(self) -> Parts:
        """What of the page can be joined now."""
        self._carried, rest = split_leading(merged(self.events, self._carried))
        self.events = []
        return in_slices(rest)

    def finish(self) -> list[LogEvent]:
        """What is complete and newer than all that still waits."""
        pending = merged(self.joined, self.pending)
        self.joined = []
        newest = max((event.timestamp for event in self._carried), default=0)
        row = bisect_right(pending, newest, key=lambda event: event.timestamp)
        ready, self.pending = pending[row:], pending[:row]
        return ready

    def take_raw(self) -> list[LogEvent]:
        """What is not joined yet, in order; no older page will come to change it."""
        raw = merged(self.events, self._carried)
        self.events, self._carried = [], []
        return raw
