"""Bringing the events of all readers into one time order, for output that cannot insert.

History: every reader's events come in order, so they are merged as they come, in bounded memory.
Afterwards events wait for a moment, so that those of other log groups can take their place before.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from math import inf

from mqtail.clock import Clock
from mqtail.events import LogEvent, order_key, total_size
from mqtail.holding import Followed, Hold, Waiting
from mqtail.settings import Pace
from mqtail.sources.reader import Batch, Reader
from mqtail.status import ReaderStatus, State
from mqtail.store import Predicate

Show = Callable[[list[LogEvent]], Awaitable[None]]
"""Takes events in the order in which to show them."""

MOST_PAGES = 2
"""Pages of history that a reader may be ahead of the merge."""

MOST_WAITING = 50_000
MOST_WAITING_BYTES = 64_000_000
"""Events, and bytes of their text, that may wait for their turn before readers are held up."""

MOST_ALIKE = 10_000
MOST_BYTES = 16_000_000
"""Events of one millisecond, and bytes of their text, that are gathered to be put into order: an
object whose records have no time may have them all in one."""

GLANCE_S = 0.2
"""How often a reader that gives nothing is looked at, to see whether it is stuck."""

OBJECTS = ("s3", "firehose")
"""Destinations where events come in objects, those of each broker at another time."""

OPTIONAL_S = 3.0
"""How long the history waits for what is only read beside it, where the tail goes on after it."""

AHEAD_MS = 2_000
"""An event dated further ahead of now, more than brokers' clocks differ, says nothing about the
order of the others: it pushes none of them out, and makes none late."""


class Lane:
    """The history of one reader on its way into the merge."""

    def __init__(self, *, left: bool = False) -> None:
        self.status: ReaderStatus | None = None
        """Of its reader, once that runs."""
        self.pages: deque[list[LogEvent]] = deque()
        self.events: list[LogEvent] = []
        """What is left of the page that is being merged."""
        self.aside: list[LogEvent] = []
        """Of `--lines`: what was found so far, the newest first."""
        self.room = asyncio.Event()
        self.ended = False
        self.left = left
        """The merge does not wait for it: what it reads comes in as it comes."""

    def advance(self) -> None:
        """Take pages until something is certain: what is older than the last event."""
        while self.pages and not self._certain:
            page = self.pages.popleft()
            unsorted = bool(self.events and page) and page[0].timestamp < self.events[-1].timestamp
            self.events += page
            if unsorted:
                # Objects can hold what is older than what was given before.
                self.events.sort(key=order_key)
        if len(self.pages) < MOST_PAGES:
            self.room.set()

    @property
    def _certain(self) -> bool:
        events = self.events
        return bool(events) and (events[0].timestamp < events[-1].timestamp or self._full)

    @property
    def _full(self) -> bool:
        """Whether too much of one millisecond was gathered to wait for the rest of it."""
        events = self.events
        return len(events) >= MOST_ALIKE or total_size(events) >= MOST_BYTES

    @property
    def open(self) -> bool:
        """Whether more may come that has its place in the merge."""
        return bool(self.pages) or not (self.ended or self.left)

    def take(self, bound: int | None) -> list[LogEvent]:
        """Take out the events before a moment (ms); None: all."""
        events = self.events
        row = len(events)
        if bound is not None:
            if events and events[0].timestamp == bound == events[-1].timestamp and self._full:
                bound += 1
            row = bisect_left(events, bound, key=lambda event: event.timestamp)
        if not row:
            return []
        self.events = events[row:]
        return events[:row]

    @property
    def stuck(self) -> bool:
        """Whether the reader waits for something that may take long."""
        return self.status is not None and self.status.state in (State.WAITING, State.FAILING)

    @property
    def optional(self) -> bool:
        """Whether it was not asked for."""
        return self.status is not None and self.status.optional


class Merger:
    """Merges what readers read and shows it in order.

    Args:
        show: gets the events.
        wanted: which events to show.
        pace: tells how long an event that arrives while following waits for older ones at most.
        clock: tells what is dated in the future.
        lines: show at most the newest so many events of the history.
    """

    def __init__(
        self,
        show: Show,
        *,
        wanted: Predicate,
        pace: Pace,
        clock: Clock,
        lines: int | None = None,
    ) -> None:
        self._show = show
        self._wanted = wanted
        self._clock = clock
        self._pace = pace
        self._lines = lines
        self._newest: deque[LogEvent] = deque(maxlen=lines)
        self._lanes: dict[str, Lane] = {}
        self._following: list[Followed] = []
        self._waiting: list[Waiting] = []
        self._waiting_events = 0
        self._waiting_bytes = 0
        """Bytes of their text, without what was joined to them since they were last looked at."""
        self._aside: list[LogEvent] = []
        """What readers whose history was ended early had read and not given."""
        self._changed = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._last: LogEvent | None = None
        self._hold = Hold(pace.reorder_ms)
        self._optional_until = inf

    def expect(self, logs: set[str]) -> None:
        """Say the identifiers of the logs whose history is to be merged, before all else.

        The history of a log that is not among them comes in as it comes.
        """
        self._lanes = {identifier: Lane() for identifier in sorted(logs)}

    async def read(self, reader: Reader, *, end: int | None, follow: bool) -> None:
        """Run a reader: its history to the end, then, if asked for, what arrives.

        Args:
            end: end of the history, ms, inclusive; None: none.

        Raises:
            ReadFailed: the reader is not patient and cannot read its log.
        """
        lane = self._lanes.get(reader.log.identifier) or Lane(left=True)
        lane.status, log = reader.status, Followed(reader.status)
        try:
            async with aclosing(self._history(reader, lane, end)) as pages:
                async for events in pages:
                    if lane.left:
                        await self._take(Batch(events, []), log)
                    else:
                        await self._put(lane, events)
        finally:
            lane.ended = True
            self._aside += lane.aside + reader.held
            self._changed.set()
        if not follow:
            return
        self._following.append(log)
        try:
            await reader.follow(lambda batch: self._take(batch, log))
        finally:
            self._following.remove(log)
            if reader.held:
                self._waiting.append(Waiting(reader.held))

    async def run(self, *, follow: bool) -> None:
        """Show the history in order, then, if asked for, what arrives, for ever.

        Cancelled, it shows everything that was read so far before it ends.
        """
        loop = asyncio.get_running_loop()
        self._optional_until = loop.time() + OPTIONAL_S if follow else inf
        try:
            while self._lanes:
                await self._merge_some(patient=not follow)
            await self._show_newest()
            while follow or self._waiting:
                await self._release_due()
        finally:
            await self._show_rest()

    async def _history(
        self, reader: Reader, lane: Lane, end: int | None
    ) -> AsyncGenerator[list[LogEvent], None]:
        """A reader's history in order; of `--lines`, no more than may be shown."""
        if self._lines is None:
            async with aclosing(reader.history_forwards(end)) as pages:
                async for events in pages:
                    yield events
            return
        async with aclosing(reader.history_newest(end, self._lines, self._wanted)) as pages:
            async for events in pages:
                lane.aside += events
        found, lane.aside = sorted(lane.aside, key=order_key), []
        yield found

    async def _put(self, lane: Lane, events: list[LogEvent]) -> None:
        lane.pages.append(events)
        self._changed.set()
        if len(lane.pages) >= MOST_PAGES:
            lane.room.clear()
            await lane.room.wait()

    async def _take(self, batch: Batch, log: Followed) -> None:
        """Let what has just arrived wait for what may be older."""
        now, arrived, new = asyncio.get_running_loop().time(), self._clock.now(), batch.new
        destination, pace = log.status.destination, self._pace
        polled = destination == "cloudwatch"
        # Also without events: how far a log was read lets others go.
        self._changed.set()
        # What was ingested tells the time, too: this machine's clock may be somewhat behind.
        present = max([arrived, *(event.ingested for event in new)])
        if polled:
            self._hold.note(log, new, present, now)
            log.note_unfinished(new, batch.grown, arrived)
        if not new:
            return
        if destination in OBJECTS:
            held_ms = pace.object_reorder_ms if self._fullness < 0.5 else pace.reorder_ms
            self._waiting.append(Waiting(new, now + held_ms / 1000))
        else:
            until = now + pace.reorder_ms / 1000
            prompt = polled and new[-1].timestamp >= present - 2 * pace.reorder_ms
            waiting = Waiting(new, until, arrived, prompt)
            if new[-1].timestamp > present:
                # What is ahead waits as if it came at its time: else it had others come late.
                ahead_ms = min(AHEAD_MS, new[-1].timestamp - present)
                ahead = Waiting(new, until + ahead_ms / 1000, arrived + ahead_ms, prompt)
                waiting.events = ahead.take(ahead.rows(present))
                self._waiting.append(ahead)
            if waiting.events:
                self._waiting.append(waiting)
        self._waiting_events += len(new)
        self._waiting_bytes += total_size(new)
        if self._fullness >= 1:
            self._room.clear()
            await self._room.wait()

    @property
    def _fullness(self) -> float:
        """How much of the room for events that wait is taken; 1: readers are held up."""
        return max(self._waiting_events / MOST_WAITING, self._waiting_bytes / MOST_WAITING_BYTES)

    async def _merge_some(self, *, patient: bool) -> None:
        """Show as much as is certain to come before all that is still to be read.

        Args:
            patient: wait for readers that are stuck, too: they will get through, or give up.
        """
        overdue = asyncio.get_running_loop().time() >= self._optional_until
        for lane in self._lanes.values():
            lane.advance()
            too_slow = (lane.optional and overdue) or (lane.stuck and not patient)
            lane.left |= too_slow and not lane.pages
        # More of the last millisecond may come, from any log stream.
        bounds = [
            lane.events[-1].timestamp if lane.events else 0
            for lane in self._lanes.values()
            if lane.open
        ]
        bound = min(bounds, default=None)
        ready: list[LogEvent] = []
        for lane in self._lanes.values():
            ready += lane.take(bound)
        self._lanes = {name: lane for name, lane in self._lanes.items() if lane.open or lane.events}
        if ready:
            ready.sort(key=order_key)
            await self._show_history(ready)
        elif self._lanes:
            await self._await_change(GLANCE_S)

    async def _show_history(self, events: list[LogEvent]) -> None:
        if self._lines is None:
            await self._show_in_order(events)
        else:
            self._newest.extend(filter(self._wanted, events))

    async def _show_newest(self) -> None:
        events = list(self._newest)
        self._newest.clear()
        await self._show_in_order(events)

    async def _release_due(self) -> None:
        """Show what has waited long enough, with all that comes before it."""
        now, complete, latest = asyncio.get_running_loop().time(), self._complete_to, self._latest
        safe_to = min(latest, self._hold.safe_to(self._polled))
        overdue = [each.is_overdue(now, complete) for each in self._waiting]
        bound = -inf
        for each, is_overdue in zip(self._waiting, overdue, strict=True):
            due_to = latest if is_overdue else safe_to if each.prompt else -inf
            if rows := each.rows(due_to):
                bound = max(bound, each.events[rows - 1].timestamp)
        ready: list[LogEvent] = []
        for each, is_overdue in zip(self._waiting, overdue, strict=True):
            ready += each.take(len(each.events) if is_overdue else each.rows(bound))
        if not ready:
            first = min((each.until for each in self._waiting), default=None)
            await self._await_change(
                None if first is None else GLANCE_S if first <= now else max(0.001, first - now)
            )
            return
        self._waiting = [each for each in self._waiting if each.events]
        self._waiting_events = sum(len(each.events) for each in self._waiting)
        self._waiting_bytes = sum(total_size(each.events) for each in self._waiting)
        self._room.set()
        ready.sort(key=order_key)
        await self._show_in_order(ready)

    @property
    def _latest(self) -> int:
        """Until when an event may be dated to count for the order of the others, ms."""
        return self._clock.now() + AHEAD_MS

    @property
    def _polled(self) -> list[Followed]:
        """The log groups that keep up, else those behind; what others have comes late anyway."""
        polled = [log for log in self._following if log.status.destination == "cloudwatch"]
        live = [log for log in polled if log.status.state is State.LIVE]
        return live or [log for log in polled if log.status.state is State.BEHIND]

    @property
    def _complete_to(self) -> float:
        """Until when every log group that can be has been read, ms."""
        polled = [log.status.complete_to for log in self._polled]
        return min(polled) if len(polled) > 1 and self._fullness < 0.5 else inf

    async def _await_change(self, seconds: float | None) -> None:
        self._changed.clear()
        try:
            async with asyncio.timeout(seconds):
                await self._changed.wait()
        except TimeoutError:
            pass

    async def _show_in_order(self, events: list[LogEvent]) -> None:
        """Show events, those marked late that come after a newer one was shown."""
        if not events:
            return
        if self._last is not None:
            last = order_key(self._last)
            for event in events:
                if order_key(event) >= last:
                    break
                event.late = True
        latest = self._latest
        newest = next((event for event in reversed(events) if event.timestamp <= latest), None)
        if newest and (self._last is None or order_key(newest) > order_key(self._last)):
            self._last = newest
        for event in events:
            event.closed = True
        await self._show([event for event in events if self._wanted(event)])

    async def _show_rest(self) -> None:
        """Everything that was read and not shown yet."""
        history = self._aside
        arrived = [event for each in self._waiting for event in each.events]
        for lane in self._lanes.values():
            history += lane.events
            for page in lane.pages:
                history += page
        self._aside, self._waiting, self._lanes = [], [], {}
        history.sort(key=order_key)
        if self._lines is not None:
            # That bounds the history, not what has arrived since.
            await self._show_history(history)
            history = list(self._newest)
        await self._show_in_order(sorted(history + arrived, key=order_key))
