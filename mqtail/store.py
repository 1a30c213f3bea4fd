"""The bounded, time-ordered buffer, and its filtered views.

Late events are inserted where they belong, so rows move: hold on to an event, not to its row, and
ask `SortedEvents.index_of` where it is now.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_left, bisect_right, insort_right
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol
from weakref import WeakSet

from mqtail.events import LogEvent, order_key

Predicate = Callable[[LogEvent], bool]
"""Whether an event is wanted."""

REFILTER_SLICE = 1_000
"""Events that are tested before the event loop gets its turn."""
FAR_APART = 100
"""So many events between two that are inserted make it cheaper to insert them one by one."""
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
        if end - row > FAR_APART * len(batch):
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


class Store(SortedEvents):
    """The newest `capacity` events in time order.

    Args:
        capacity: events kept. Older ones are dropped in slices of a fiftieth, so that the cost of
            dropping does not show per event; up to that much more may be held for a moment.
    """

    def __init__(self, capacity: int) -> None:
        super().__init__()
        self.capacity = capacity
        self.total = 0
        """Events ever added."""
        self._slack = capacity // 50
        self._views: WeakSet[View] = WeakSet()
        self._watchers: list[Watcher] = []

    @property
    def begin(self) -> int:
        """Time of the oldest event that is kept once some were dropped, ms; 0 before that."""
        return self._events[0].timestamp if self.dropped else 0

    def view(self, predicate: Predicate | None = None) -> View:
        """A view that shows what `predicate` wants, kept up to date for as long as it lives.

        Without a predicate it shows everything at once. With one it has what is added from now on;
        `View.refilter` fills it with the rest.
        """
        view = View(self, predicate)
        self._views.add(view)
        if predicate is None:
            view.show_all()
        return view

    def watch(self, watcher: Watcher) -> None:
        """Have something told of every event from now on."""
        self._watchers.append(watcher)

    def add(self, events: list[LogEvent]) -> list[LogEvent]:
        """Insert events, in any order, and drop the oldest beyond the capacity.

        Returns:
            The events that were dropped.
        """
        batch = sorted(events, key=order_key)
        self._insert(batch)
        self.total += len(batch)
        for watcher in self._watchers:
            watcher.added(batch)
        for view in self._views:
            view._offer(batch)
        if len(self._events) > self.capacity + self._slack:
            return self._evict(len(self._events) - self.capacity)
        return []

    def keep_newest(self, count: int) -> None:
        """Drop all but the newest events; those count as dropped."""
        if len(self._events) > count:
            self._evict(len(self._events) - count)

    def grown(self, events: list[LogEvent]) -> None:
        """Tell that lines were joined to these events: views decide anew about them."""
        if events:
            self.version += 1
            for watcher in self._watchers:
                watcher.grown(events)
            for view in self._views:
                view._reconsider(events)

    def _evict(self, count: int) -> list[LogEvent]:
        dropped = self._events[:count]
        last_dropped = order_key(dropped[-1])
        self._drop_before(count)
        for view in self._views:
            view._drop_before(bisect_right(view._events, last_dropped, key=order_key))
        return dropped


class View(SortedEvents):
    """The events of a store that a predicate wants, in the store's order. Made by `Store.view`."""

    def __init__(self, store: Store, predicate: Predicate | None = None) -> None:
        super().__init__()
        self._store = store
        self._predicate = predicate
        self._refilters = 0
        self.complete = True
        """False while a new filter is still working its way back through the buffer."""
        self._ahead: set[int] = set()
        """`order` of events that came to match before `refilter` got to them."""
        self.tested = 0
        """Predicate calls so far, for tests and benchmarks."""

    def show_all(self) -> None:
        """Show every event, at once."""
        self._refilters += 1
        self._predicate = None
        self._events = list(self._store)
        self.complete = True
        self.version += 1

    async def refilter(self, predicate: Predicate) -> None:
        """Show what another predicate wants, the newest first, so that the screen fills at once.

        A second call makes the first one stop. New events are tested as they arrive.
        """
        self._refilters += 1
        turn = self._refilters
        self._predicate = predicate
        self._events = []
        self._ahead.clear()
        self.complete = False
        self.version += 1
        snapshot = list(self._store)
        for end in range(len(snapshot), 0, -REFILTER_SLICE):
            part = snapshot[max(0, end - REFILTER_SLICE) : end]
            self.tested += len(part)
            found = [event for event in part if predicate(event)]
            if self._ahead:
                found = [event for event in found if event.order not in self._ahead]
            self._insert(found)
            await others_turn()
            if self._refilters != turn:
                return
        if len(self._store):
            self._drop_before(self.index_of(self._store[0]))
        self.complete = True
        self.version += 1

    def _offer(self, batch: list[LogEvent]) -> None:
        if self._predicate is None:
            self._insert(batch)
            return
        self.tested += len(batch)
        predicate = self._predicate
        self._insert([event for event in batch if predicate(event)])

    def _reconsider(self, events: list[LogEvent]) -> None:
        """Decide anew about events that have grown."""
        self.version += 1
        if self._predicate is None:
            return
        for event in events:
            self.tested += 1
            wanted, row = self._predicate(event), self.index_of(event)
            shown = row < len(self._events) and self._events[row] is event
            if wanted and not shown and event in self._store:
                self._insert([event])
                if not self.complete:
                    self._ahead.add(event.order)
            elif shown and not wanted:
                del self._events[row]
                self._ahead.discard(event.order)
