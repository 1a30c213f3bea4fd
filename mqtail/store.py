"""The bounded, time-ordered buffer, and its filtered views.

Late events are inserted where they belong, so rows move: hold on to an event, not to its row, and
ask `SortedEvents.index_of` where it is now.
"""

from __future__ import annotations

import asyncio
import math
from bisect import bisect_left, bisect_right, insort_right
from collections.abc import Callable, Iterator, Sequence
from time import perf_counter
from typing import Any, Protocol
from weakref import WeakSet

from mqtail.events import LogEvent, in_order, order_key, size_of

Predicate = Callable[[LogEvent], bool]
"""Whether an event is wanted."""

ALL: tuple[float, ...] = (-math.inf,)
NOTHING: tuple[float, ...] = (math.inf,)
"""Where a view begins to be right when it has looked at every event, and at none."""
REFILTER_SLICE = 1_000
"""Events that are tested before the event loop gets its turn, at first."""
MOST_PER_SLICE = 8_000
"""Events that are tested at a time at the most."""
SLICE_S = 0.05
"""After a slice that took longer the next one has fewer: some regular expressions are slow."""
QUICK_S = 0.002
"""After a slice that took less the next one has more: what is found is put before all that was
found before, which moves it, so that few slices cost less than many."""
FAR_APART = 100
"""So many events between two that are inserted make it cheaper to insert them one by one."""
TEXT_PER_EVENT = 2_500
LEAST_TEXT = 256_000_000
"""Bytes of text that are kept for each event of the capacity, and in any case."""
TURNS = 5
"""How many turns it gets then: to answer a key, and to paint, takes several."""


async def others_turn() -> None:
    """Let everything else go on, in the middle of long work; no wait where nothing has to."""
    for _ in range(TURNS):
        await asyncio.sleep(0)


class SortedEvents(Sequence[LogEvent]):
    """Events in `order_key` order in a plain list (the fastest to index, which the screen does).

    Args:
        events: events to begin with, in that order; the list is taken over, not copied.
    """

    def __init__(self, events: list[LogEvent] | None = None) -> None:
        self._events: list[LogEvent] = [] if events is None else events
        self.version = 0
        """Grows with every change; compare it to know whether to draw again."""
        self.dropped = 0
        """Rows that were dropped at the beginning, because they were too old to be kept."""

    def __len__(self) -> int:
        return len(self._events)

    def __iter__(self) -> Iterator[LogEvent]:
        return iter(self._events)

    def __getitem__(self, index):  # type: ignore[no-untyped-def]  # int or slice, as in a list
        return self._events[index]

    def index_of(self, event: LogEvent) -> int:
        """The row where `event` stands, or would stand if it is not here."""
        return bisect_left(self._events, order_key(event), key=order_key)

    def index_at(self, timestamp: int) -> int:
        """The first row at or after a moment (ms)."""
        return bisect_left(self._events, timestamp, key=lambda event: event.timestamp)

    def __contains__(self, event: object) -> bool:
        if not isinstance(event, LogEvent):
            return False
        row = self.index_of(event)
        return row < len(self._events) and self._events[row] is event

    def _insert(self, batch: list[LogEvent]) -> None:
        """Put an ordered batch where it belongs; appending costs nothing extra."""
        if not batch:
            return
        events = self._events
        late = bisect_left(batch, order_key(events[-1]), key=order_key) if events else 0
        if late:
            self._insert_between(batch[:late])
            batch = batch[late:]
        events.extend(batch)
        self.version += 1

    def _insert_between(self, batch: list[LogEvent]) -> None:
        """Put an ordered batch among what is there: one by one where it is a few, far apart."""
        events = self._events
        row = bisect_right(events, order_key(batch[0]), key=order_key)
        end = bisect_right(events, order_key(batch[-1]), key=order_key, lo=row)
        if row == end:
            events[row:row] = batch
        elif end - row > FAR_APART * len(batch):
            for event in batch:
                insort_right(events, event, key=order_key, lo=row)
        else:
            events[row:end] = sorted(events[row:end] + batch, key=order_key)

    def _drop_before(self, row: int) -> None:
        if row > 0:
            del self._events[:row]
            self.dropped += row
            self.version += 1


class Watcher(Protocol):
    """Is told what happens to a store."""

    def added(self, events: list[LogEvent]) -> None:
        """Events were added, in time order."""

    def grown(self, events: list[LogEvent]) -> None:
        """Lines were joined to events that had been added."""


class Viewable(SortedEvents):
    """Events of which views show a part each."""

    def __init__(self) -> None:
        super().__init__()
        self._views: WeakSet[View] = WeakSet()

    @property
    def complete(self) -> bool:
        """False while a new filter is still working its way back to the oldest event."""
        return True

    def view(self, predicate: Predicate | None = None) -> View:
        """A view that shows what `predicate` wants, kept up to date for as long as it lives.

        Without a predicate it shows everything at once. With one `View.refill` fills it with what
        is there already.
        """
        view = View(self, predicate)
        self._views.add(view)
        return view


def text_limit(capacity: int) -> int:
    """Bytes of text that a buffer of so many events holds at the most."""
    return max(LEAST_TEXT, TEXT_PER_EVENT * capacity)


class Store(Viewable):
    """The newest events in time order, bounded by their number and by the bytes of their text.

    What is too much is dropped in slices of a fiftieth, so that the cost of dropping does not show
    per event; up to that much more may be held for a moment.

    Args:
        capacity: events kept.
        most_bytes: bytes of text kept, as `size_of` counts them; None: `text_limit`. The newest
            event is kept, however long it is.
        when_full: is called when the first events are dropped to make room.
    """

    def __init__(
        self,
        capacity: int,
        most_bytes: int | None = None,
        *,
        when_full: Callable[[], object] = lambda: None,
    ) -> None:
        super().__init__()
        self.capacity = capacity
        self.most_bytes = text_limit(capacity) if most_bytes is None else most_bytes
        self.text_bytes = 0
        """Bytes of text of the events that are held."""
        self.total = 0
        """Events ever added."""
        self._when_full = when_full
        self._watchers: list[Watcher] = []

    @property
    def begin(self) -> int:
        """Time of the oldest event that is kept once some were dropped, ms; 0 before that."""
        return self._events[0].timestamp if self.dropped else 0

    @property
    def is_full(self) -> bool:
        """Whether older events find no room any more."""
        return (
            bool(self.dropped) or len(self) >= self.capacity or self.text_bytes >= self.most_bytes
        )

    @property
    def limit(self) -> str:
        """What it holds at the most, of what fills it: `200,000 events`, `500 MB of text`."""
        if len(self) >= self.capacity:
            return f"{self.capacity:,} events"
        return f"{self.most_bytes / 1_000_000:,.0f} MB of text"

    def watch(self, watcher: Watcher) -> None:
        """Have something told of every event from now on."""
        self._watchers.append(watcher)

    def add(self, events: list[LogEvent]) -> list[LogEvent]:
        """Insert events, in any order, and drop the oldest of what is too much.

        Returns:
            The events that were dropped.
        """
        batch = in_order(events)
        self._insert(batch)
        self.total += len(batch)
        ingested = 0
        for event in batch:
            event.size = size_of(event)
            # What was put into a log together was ingested at one moment: one number in memory.
            if event.ingested == ingested:
                event.ingested = ingested
            else:
                ingested = event.ingested
        self.text_bytes += sum([event.size for event in batch])
        for watcher in self._watchers:
            watcher.added(batch)
        for view in self._views:
            view._offer(batch)
        count = self._excess() if self._overflows else 0
        if not count:
            return []
        first, dropped = not self.dropped, self._evict(count)
        if first:
            self._when_full()
        return dropped

    def keep_newest(self, count: int) -> None:
        """Drop all but the newest events; those count as dropped."""
        if len(self._events) > count:
            self._evict(len(self._events) - count)

    def grown(self, events: list[LogEvent]) -> None:
        """Tell that lines were joined to these events: views decide anew about them."""
        if events:
            self.version += 1
            for event in events:
                if event in self:
                    before, event.size = event.size, size_of(event)
                    self.text_bytes += event.size - before
            for watcher in self._watchers:
                watcher.grown(events)
            for view in self._views:
                view._reconsider(events)

    @property
    def _overflows(self) -> bool:
        """Whether there is more than may be held even for a moment."""
        events, text = self.capacity // 50, self.most_bytes // 50
        return len(self) > self.capacity + events or self.text_bytes > self.most_bytes + text

    def _excess(self) -> int:
        """How many of the oldest events are too much."""
        events, text, count = self._events, self.text_bytes, 0
        while count < len(events) - 1 and (
            len(events) - count > self.capacity or text > self.most_bytes
        ):
            text -= events[count].size
            count += 1
        return count

    def _evict(self, count: int) -> list[LogEvent]:
        dropped = self._events[:count]
        for view in self._views:
            view._drop_until(order_key(dropped[-1]))
        self._drop_before(count)
        self.text_bytes -= sum(event.size for event in dropped)
        return dropped


class View(Viewable):
    """The events of a store, or of another view, that a predicate wants. Made by `Viewable.view`.

    Args:
        source: the store, or the view of which this one shows a part.
        predicate: what is wanted; None: everything.
    """

    def __init__(self, source: Viewable, predicate: Predicate | None) -> None:
        super().__init__()
        self._source = source
        self._predicate = predicate
        self._refilters = 0
        self._decided: tuple[float, ...] = ALL
        """The `order_key` from which on all events of the source have been looked at."""
        self.tested = 0
        """Predicate calls so far, for tests and benchmarks."""
        self._empty(NOTHING if len(source) else ALL)

    @property
    def complete(self) -> bool:
        """False while a new filter is still working its way back to the oldest event."""
        return self._decided is ALL and self._source.complete

    def show_all(self) -> None:
        """Show every event, at once; what views show of this one is to be filled anew."""
        self._predicate = None
        self._empty(ALL)

    async def refilter(self, predicate: Predicate) -> None:
        """Show what another predicate wants, the newest first, so that the screen fills at once.

        Views of this one are filled at the same time. A second call makes the first one stop.
        New events are tested as they arrive.
        """
        self._predicate = predicate
        await self.refill()

    async def refill(self) -> None:
        """Look through everything there is, as `refilter` does."""
        self._empty(NOTHING)
        turn, most = self._refilters, REFILTER_SLICE
        while rows := self._undecided(most):
            self._decided = order_key(rows[0])
            begun = perf_counter()
            self._take(rows)
            took = perf_counter() - begun
            if took > SLICE_S:
                most = max(1, most // 4)
            elif took < QUICK_S:
                most = min(2 * most, MOST_PER_SLICE)
            await others_turn()
            if self._refilters != turn:
                return
        self._decided = ALL
        self._changed()

    def _undecided(self, most: int) -> list[LogEvent]:
        """The newest events that have not been looked at, at most so many."""
        events = self._source._events
        end = bisect_left(events, self._decided, key=order_key)
        return events[max(0, end - most) : end]

    def _empty(self, decided: tuple[float, ...]) -> None:
        """Begin anew; without a predicate the source's own list is shown, not a copy."""
        everything = self._predicate is None
        self._refilters += 1
        self._decided = ALL if everything else decided
        self._events = self._source._events if everything else []
        self.version += 1
        # What is found from now on is offered to the views of this one; what is there is not.
        for view in self._views:
            view._empty(NOTHING if everything else ALL)

    def _changed(self) -> None:
        self.version += 1
        for view in self._views:
            view._changed()

    def _offer(self, batch: list[LogEvent]) -> None:
        """Take what is new in the source; the rest will be come to, where that is still due."""
        self._take(batch[bisect_left(batch, self._decided, key=order_key) :])

    def _take(self, events: list[LogEvent]) -> None:
        predicate = self._predicate
        if predicate is None:
            self.version += 1
        else:
            self.tested += len(events)
            events = [event for event in events if predicate(event)]
            self._insert(events)
        for view in self._views:
            view._offer(events)

    def _reconsider(self, events: list[LogEvent]) -> None:
        """Decide anew about events that have grown."""
        self.version += 1
        if self._predicate is not None:
            for event in events:
                if order_key(event) >= self._decided:
                    self._decide(event, self._predicate)
        for view in self._views:
            view._reconsider(events)

    def _decide(self, event: LogEvent, predicate: Predicate) -> None:
        self.tested += 1
        row = self.index_of(event)
        shown = row < len(self._events) and self._events[row] is event
        wanted = event in self._source and predicate(event)
        if wanted and not shown:
            self._insert([event])
        elif shown and not wanted:
            del self._events[row]

    def _drop_until(self, last: Any) -> None:
        """Forget events that the source is about to drop, up to one with this `order_key`."""
        for view in self._views:
            view._drop_until(last)
        rows = bisect_right(self._events, last, key=order_key)
        if self._predicate is not None:
            self._drop_before(rows)
        elif rows:
            self.dropped += rows
            self.version += 1
