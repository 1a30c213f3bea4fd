"""Many objects as one series of events in time order, in bounded memory."""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from heapq import heappop, heappush
from operator import attrgetter

from mqtail.events import LogEvent
from mqtail.sources.objects.cursor import Cursor
from mqtail.sources.objects.listing import DeliveredObject

AROUND_MS = 900_000
"""An object holds events from so long before it was delivered to so long after: Firehose names it
after its first record and goes on for up to 15 minutes; CloudTrail delivers within 15 minutes or
so, Amazon MSK every 5."""

MOST_OPEN = 64
"""Objects that are read at the same time."""

AT_ONCE = 8
"""Objects that are opened together: most of the time that it takes is waiting."""

PAGE = 1_000
"""Events that are given at once, about."""

PAGE_CHARS = 4_000_000
"""Characters that are given at once, about; events have up to a million."""

Open = Callable[[DeliveredObject], Cursor]
Done = Callable[[Cursor], None]

_time = attrgetter("timestamp")


class _Lane:
    """An open object in the merge, or events of none (`cursor` is None)."""

    __slots__ = ("cursor", "events", "row")

    def __init__(self, cursor: Cursor | None, events: list[LogEvent]) -> None:
        self.cursor = cursor
        self.events = events
        self.row = 0

    async def advance(self) -> None:
        self.events, self.row = await self.cursor.next() if self.cursor else [], 0

    def rest(self) -> list[LogEvent]:
        return self.events[self.row :] + (self.cursor.rest() if self.cursor else [])

    @property
    def time(self) -> int:
        return self.events[self.row].timestamp


class InOrder:
    """Merges the events of objects by time.

    An object is opened when the merge comes near the time of its delivery. Where more than
    `MOST_OPEN` would have to be open, those that were delivered first go first, and their events
    may come before older ones.

    Args:
        objects: the objects, the oldest first, in any number of lists.
        open: begins to read an object.
        done: is told of each that was read to its end, or could not be.
        extra: events in order that take part in the merge.
    """

    def __init__(
        self,
        objects: AsyncIterator[list[DeliveredObject]],
        open: Open,
        done: Done,
        extra: list[LogEvent] | None = None,
    ) -> None:
        self._objects = objects
        self._open = open
        self._done = done
        self._waiting: deque[DeliveredObject] = deque()
        self._listed = False
        self._lanes: list[_Lane] = []
        self._heap: list[tuple[int, int, _Lane]] = []
        self._pushed = 0
        self._page: list[LogEvent] = []
        self._page_chars = 0
        if extra:
            self._lanes.append(_Lane(None, extra))
            self._push(self._lanes[0])

    async def pages(self) -> AsyncGenerator[list[LogEvent], None]:
        """The events, about `PAGE` at a time."""
        try:
            while True:
                await self._open_due()
                if not self._heap:
                    break
                await self._merge_some()
                if len(self._page) >= PAGE or self._page_chars >= PAGE_CHARS:
                    yield self._taken()
                    # What is in memory already can be merged for long.
                    await asyncio.sleep(0)
            yield self._taken()
        finally:
            for lane in self._lanes:
                if lane.cursor:
                    await lane.cursor.close()

    def rest(self) -> list[LogEvent]:
        """What was read and not given, in order."""
        found = self._taken()
        for lane in self._lanes:
            found += lane.rest()
        self._lanes, self._heap = [], []
        return sorted(found, key=_time)

    def _taken(self) -> list[LogEvent]:
        page, self._page, self._page_chars = self._page, [], 0
        page.sort(key=_time)
        return page

    async def _open_due(self) -> None:
        """Open the objects that may have events before the next one."""
        while len(self._lanes) < MOST_OPEN and await self._any_waiting():
            if self._heap and self._waiting[0].delivered - AROUND_MS > self._heap[0][0]:
                return
            count = min(AT_ONCE, MOST_OPEN - len(self._lanes), len(self._waiting))
            opened = [_Lane(self._open(self._waiting.popleft()), []) for _ in range(count)]
            self._lanes += opened
            try:
                async with asyncio.TaskGroup() as tasks:
                    for lane in opened:
                        tasks.create_task(lane.advance())
            except BaseExceptionGroup as errors:
                raise errors.exceptions[0] from None
            for lane in opened:
                self._push(lane)

    async def _any_waiting(self) -> bool:
        """Whether there are further objects; they are listed as the merge comes to them."""
        while not self._waiting and not self._listed:
            found = await anext(self._objects, None)
            if found is None:
                self._listed = True
            else:
                self._waiting.extend(found)
        return bool(self._waiting)

    async def _merge_some(self) -> None:
        """Take the events that come before all others."""
        _, _, lane = heappop(self._heap)
        bound = self._heap[0][0] if self._heap else lane.events[-1].timestamp
        if self._waiting and len(self._lanes) < MOST_OPEN:
            bound = min(bound, self._waiting[0].delivered - AROUND_MS)
        row = bisect_right(lane.events, max(bound, lane.time), lo=lane.row, key=_time)
        row = min(row, lane.row + PAGE)
        taken = lane.events[lane.row : row]
        self._page += taken
        self._page_chars += sum(len(event.message) for event in taken)
        lane.row = row
        if row == len(lane.events):
            await lane.advance()
        self._push(lane)

    def _push(self, lane: _Lane) -> None:
        """Put a lane where its next event belongs; one without any is done."""
        if not lane.events:
            self._lanes.remove(lane)
            if lane.cursor:
                self._done(lane.cursor)
            return
        # A slice may begin before the end of the one before it.
        self._pushed += 1
        heappush(self._heap, (lane.time, self._pushed, lane))
