"""What readers have in common whose service has no cursor on arrival.

Their reading overlaps, and ids tell what is new. Here: the history in either direction, each event
complete with the lines that belong to it, and passing on what is new while following.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from bisect import bisect_left
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from mqtail.aws.failures import Failure, Kind
from mqtail.events import LogEvent, by_source
from mqtail.sources.backwards import Backwards
from mqtail.sources.batches import Parts, gather, in_slices, last_of
from mqtail.sources.joining import Heads, Joiner, settled
from mqtail.sources.lag import LagMeter
from mqtail.sources.reader import Batch, Emit, History, Surroundings
from mqtail.sources.retries import ReadFailed
from mqtail.sources.seen import SeenIds
from mqtail.sources.turns import Turns
from mqtail.status import ReaderStatus, State, StreamStatus
from mqtail.store import Predicate

FORGET_MARGIN_MS = 120_000
"""Ids are kept for this much longer than the deepest look back."""

MOST_EARLY = 100_000
"""Ids of events from before the history's beginning that are remembered."""


class OverlappingReader(ABC):
    """Reads a log whose service can be asked for ranges of time, again and again.

    Args:
        around: what it shares with the other readers.
        status: its status.
        lag: how late events come, and how far back to look therefore.
        overlap_ms: how far back every round of reading looks, at the most.
        sweeps_ms: looks further back: how far, and how often.
    """

    def __init__(
        self,
        around: Surroundings,
        status: ReaderStatus,
        lag: LagMeter,
        *,
        overlap_ms: int,
        sweeps_ms: tuple[tuple[int, int], ...],
    ) -> None:
        self.status = status
        self.held: list[LogEvent] = []
        """History that was read and not given yet: further lines may belong to it."""
        self._around = around
        self._retries = around.retries(status)
        self._lag = lag
        self._overlap_ms = overlap_ms
        self._sweeps_ms = sweeps_ms
        deepest_ms = max([overlap_ms, *(back for back, _ in sweeps_ms)])
        self._memory_ms = deepest_ms + FORGET_MARGIN_MS
        self._seen = SeenIds(around.memory, floor=around.started - self._memory_ms)
        self._told_memory_is_full = False
        self._joiner = Joiner()
        self._history_done = False
        self._read_to = around.since
        """The history has been read up to here, ms, where it is read forwards."""
        self._backwards = Backwards()
        self._early: dict[str, int] = {}
        """Times (ms) by id of what was read though it is older than `status.history_to`, so that
        it does not come again when what is around it is read."""
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
        return self._can_read_backwards(self._around.since)

    @property
    def covers_from(self) -> int:
        """Everything from this moment (ms) on has been given, once the history has ended."""
        return max(self.status.history_to, self._backwards.newest + 1)

    def read_now(self) -> None:
        """Look for new events at once instead of at the next turn."""
        self._turns.ask()
        self._retries.try_now()

    @abstractmethod
    def _oldest_first(self, start: int, end: int | None) -> AsyncGenerator[Parts, None]:
        """The pages of a time range from old to new.

        Args:
            start: ms, inclusive.
            end: ms, inclusive; None: none.
        """

    @abstractmethod
    def _newest_first(self, start: int, end: int | None) -> AsyncGenerator[tuple[Parts, int], None]:
        """The pages of a time range from new to old; nothing where that cannot be done.

        With each comes the moment (ms) from which on everything of the range has been given.

        Args:
            start: ms, inclusive.
            end: ms, inclusive; None: none.
        """

    @abstractmethod
    def _can_read_backwards(self, start: int) -> bool:
        """Whether the service gives the newest first of what there is from `start` (ms) on."""

    @abstractmethod
    async def _kept_from(self) -> int:
        """The moment (ms) before which the service keeps nothing."""

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
        async with aclosing(self._oldest_first(self._read_to, end)) as pages:
            async for parts in pages:
                await self._join_into(self.held, parts, heads)
                self._read_to = max([self._read_to, *(e.timestamp for e in self.held[-1:])])
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
        work, complete = self._backwards, False
        if self.status.history_to < self._around.started:
            # It begins again, after an error.
            end = self.status.history_to - 1
        try:
            async with aclosing(self._read_back(self._around.since, end)) as pages:
                async for events in pages:
                    yield events
            await self._join_into(work.joined, in_slices(work.take_raw()), {})
            self.held = []
            yield work.take_joined()
            complete = True
        except GeneratorExit:
            # What is older than all that was wanted.
            self.held = []
            if not self._around.keeps_older:
                self._backwards = Backwards()
            raise
        except BaseException:
            work.joined = self._joined(work.take_raw(), {}) + work.joined
            self.held = work.everything
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
                if not left:
                    row = events.index(found[0]) if found else len(events)
                    self._backwards.put_back(events[:row])
                    yield found
                    return
                yield found
        yield newest

    async def older(self, begin: int) -> History:
        """What is older than all that was given, the newest first, see `Reader`.

        Args:
            begin: how far back, ms, inclusive.

        Raises:
            ReadFailed: it cannot be read backwards, or not now and the reader is not patient.
        """
        work, status = self._backwards, self.status
        kept = await self._kept_from()
        start, end = max(begin, kept), status.history_to - 1
        # What a history that was cut short had read already.
        yield work.finish()
        failed: ReadFailed | None = None
        if start <= end:
            try:
                async with aclosing(self._read_back(start, end)) as pages:
                    async for events in pages:
                        yield events
                if not self._can_read_backwards(start):
                    raise ReadFailed(self._forwards_only())
                self._has_read([], start)
            except ReadFailed as error:
                failed = error
        last = begin <= kept
        rest = work.take_raw() if last or failed else work.take_begun(status.history_to)
        await self._join_into(work.joined, in_slices(rest), {})
        self.held = []
        yield work.take_joined()
        if failed:
            raise failed
        status.nothing_older = last

    async def _read_back(self, start: int, end: int | None) -> History:
        """A time range from new to old, but for what may belong to something older still."""
        work = self._backwards
        async with aclosing(self._newest_first(start, end)) as pages:
            async for parts, reached in pages:
                await gather(work.events, parts)
                self._has_read(work.events, reached)
                await self._join_into(work.joined, work.begin(), {})
                ready = work.finish()
                self.held = work.everything
                yield ready

    def _has_read(self, page: list[LogEvent], reached: int) -> None:
        """Take note of what was read backwards.

        Args:
            page: new events, in order.
            reached: everything from this moment (ms) on was read.
        """
        self.status.history_to = begin = min(self.status.history_to, reached)
        row = bisect_left(page, begin, key=lambda event: event.timestamp)
        early = {id: time for id, time in self._early.items() if time < begin}
        self._early = early | {event.event_id: event.timestamp for event in page[:row]}

    def _forwards_only(self) -> Failure:
        sentence = f"{self.status.place} cannot be read any further back from new to old."
        return Failure(Kind.INVALID, sentence, "An earlier --since reads it from its beginning.")

    async def _begin_history(self) -> None:
        self._history_done = False
        self.status.state = State.HISTORY
        self.status.history_to = self.status.history_to or self._around.started

    def _end_history(self, *, complete: bool = True) -> None:
        self._history_done = True
        if complete:
            self.status.history_to = self._around.since

    @property
    def _live_from(self) -> int:
        """What is older than this, ms, is not read again: it is forgotten, or left to history."""
        floor = self._seen.floor
        return floor if self._history_done else max(floor, self.status.history_to)

    def _sweep_from(self, back_ms: int) -> int:
        """From when on (ms) a sweep is to read, to find all that came late by so much at most.

        It looks back from when the last good one began: while the machine slept, or the service
        was out of reach, nobody looked.
        """
        swept_to = self.status.swept_to.get(back_ms, self._around.started)
        # The run may have begun before any answer told the time.
        return min(self._around.clock.now(), swept_to) - back_ms

    def _has_swept(self, back_ms: int, moment: int) -> None:
        """Take note of a good sweep; it looked as far back as those that look less far.

        Args:
            moment: when it began, ms.
        """
        swept_to = self.status.swept_to
        for back, _ in self._sweeps_ms:
            if back <= back_ms:
                swept_to[back] = max(moment, swept_to.get(back, 0))

    def _forget(self, complete_to: int) -> None:
        """Forget what will not be read again.

        Args:
            complete_to: from when on the next round looks back, ms.
        """
        now = self._around.clock.now()
        # What the next sweeps read, and those that are under way, must be known.
        sweeps = (self._sweep_from(back) for back, _ in self._sweeps_ms)
        before = min([now - self._memory_ms, complete_to - self._overlap_ms, *sweeps])
        keep_from = min(now, complete_to) - 2 * self._overlap_ms
        self._seen.forget(before, keep_from=keep_from, now=now)

    def _tell_memory_is_full(self) -> None:
        """Say that late events may not be shown, once."""
        if self._told_memory_is_full:
            return
        self._told_memory_is_full = True
        self._around.notes.append(
            f"{self.status.place}: there are more events than mqtail can remember for an hour, so"
            " some that come late are not shown."
        )

    def _are_new(self, ids: Sequence[str], times: Sequence[int], *, live: bool) -> list[bool]:
        """Of each event, whether it was not read before; from now on it was."""
        new, early = self._seen.are_new(ids, times), self._early
        if early:
            new = [is_new and id not in early for is_new, id in zip(new, ids, strict=True)]
        covered = self.status.history_to
        if live and times and min(times) < covered:
            for is_new, id, time in zip(new, ids, times, strict=True):
                if is_new and time < covered:
                    if len(early) >= MOST_EARLY:
                        del early[next(iter(early))]
                    early[id] = time
        return new

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
                arrived = event.ingested or now
                if arrived >= started and self._lag.is_late(event.timestamp, arrived, now):
                    event.late = True
                    self.status.came_late(arrived - event.timestamp)
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
        for of_source in by_source(events).values():
            self._stream(of_source[0]).count(of_source)
