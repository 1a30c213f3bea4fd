"""Events as they come out of objects: numbered, joined to what came before, counted."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import compress

from msgspec import Struct

from mqtail.events import LogEvent, by_source
from mqtail.sources.joining import Heads, Joiner
from mqtail.sources.objects.assembling import UNDATED
from mqtail.sources.objects.brokers import Brokers
from mqtail.sources.objects.ordering import AROUND_MS
from mqtail.sources.objects.prefixes import DAY_MS, HOUR_MS
from mqtail.sources.reader import Surroundings
from mqtail.sources.seen import SeenIds
from mqtail.status import ReaderStatus


class Stretch(Struct, frozen=True):
    """Which events of objects a reading of the past is to give."""

    begin: int
    """ms, inclusive: what is older is left for another reading."""
    end: int = 0
    """ms, exclusive: of objects that are read again, what is newer was given before."""
    again: frozenset[str] = frozenset()
    """Keys of the objects that are read again."""
    all_again: bool = False
    """All of them may have been read before."""
    given: frozenset[tuple[str, int]] = frozenset()
    """Key and line of what was given of the last millisecond before the end."""
    given_of: frozenset[int] = frozenset()
    """Indexes of the sources of these."""

    def is_new(self, event: LogEvent) -> bool:
        """Whether an event was not given before."""
        if not self.all_again and event.key not in self.again:
            return True
        if event.timestamp != self.end - 1:
            return event.timestamp < self.end
        if event.order == UNDATED:
            # A line that was given with the event that it belongs to.
            return event.source.index not in self.given_of
        return (event.key, event.line) not in self.given


class Intake:
    """Takes pages of events that are in time order.

    Args:
        brokers: has the counts of their sources.
        status: gets the count of those that come late.
    """

    def __init__(self, brokers: Brokers, status: ReaderStatus, around: Surroundings) -> None:
        self._brokers = brokers
        self._status = status
        self._around = around
        self._joiner = Joiner()
        self.begin = around.since
        """What is older, ms, and was there before the run began, is not given."""
        self.left: set[str] = set()
        """Keys of objects that have events which were not given, because they are older."""
        self._ids = SeenIds(around.memory)
        self._newest: dict[int, int] = {}
        """Time of the newest event of each source that was given, ms."""
        self._newest_dated: dict[int, int] = {}
        """The same of all that have a time of their own."""

    def history(self, page: list[LogEvent], heads: Heads, stretch: Stretch) -> list[LogEvent]:
        """What is new and wanted on a page of the past.

        Args:
            heads: kept by the caller for one reading from old to new.
            stretch: what is wanted.
        """
        self._date_leading(page, heads, {})
        kept = []
        for event in self._new([event for event in page if stretch.is_new(event)]):
            if event.timestamp < stretch.begin:
                self._leave(event)
            else:
                kept.append(event)
        wanted, _ = self._joined(kept, heads)
        self._count(wanted)
        return wanted

    def live(
        self, page: list[LogEvent], heads: Heads, before: dict[int, int]
    ) -> tuple[list[LogEvent], list[LogEvent]]:
        """What is new and wanted, and which events have grown, on a page of live reading.

        An event from before the history is wanted if it was delivered since the run began.

        Args:
            heads: see `history`.
            before: the newest times when this look began, see `newest`.
        """
        self._date_leading(page, heads, self._newest_dated)
        started = self._around.started
        kept = []
        for event in self._new(page):
            if event.timestamp < self.begin and event.ingested < started:
                self._leave(event)
            else:
                kept.append(event)
        wanted, grown = self._joined(kept, heads)
        for event in wanted:
            newest = before.get(event.source.index, 0) - self._around.pace.reorder_ms
            if event.timestamp < newest and event.ingested >= started:
                event.late = True
                self._status.came_late(event.ingested - event.timestamp)
        self._count(wanted)
        return wanted, grown

    def give_again(self, given: list[LogEvent]) -> None:
        """Have the ids of all but these events count as not seen: they were read, not given."""
        self._ids.clear()
        self._are_new(given)

    def _leave(self, event: LogEvent) -> None:
        """Have an event count as not seen, so that it is given when its object is read again."""
        self.left.add(event.key)
        if event.event_id:
            self._ids.discard(event.event_id, event.timestamp)

    def newest(self) -> dict[int, int]:
        """Time of the newest event of each source so far, ms, none of them in the future."""
        return dict(self._newest)

    def forget_ids(self, now: int) -> None:
        """Forget the ids of records that nobody delivers again; `now` in ms."""
        self._ids.forget(now - DAY_MS, keep_from=now - HOUR_MS, now=now)

    def _new(self, page: list[LogEvent]) -> list[LogEvent]:
        """What did not come before, numbered."""
        new = list(compress(page, self._are_new(page)))
        for order, event in enumerate(new, self._around.orders.take(len(new))):
            event.order = order
        return new

    def _are_new(self, events: list[LogEvent]) -> Iterator[bool]:
        """Of each event, whether it was not seen before; one without an id always is."""
        known = [event for event in events if event.event_id]
        ids, times = [event.event_id for event in known], [event.timestamp for event in known]
        new = iter(self._ids.are_new(ids, times))
        return (not event.event_id or next(new) for event in events)

    def _joined(self, new: list[LogEvent], heads: Heads) -> tuple[list[LogEvent], list[LogEvent]]:
        """Events before the end that was asked for, and those of earlier pages that have grown."""
        joined, grown = self._joiner.join(new, heads)
        ends_before = self._around.ends_before
        return [event for event in joined if not ends_before(event.timestamp)], grown

    def _date_leading(self, page: list[LogEvent], heads: Heads, remembered: dict[int, int]) -> None:
        """Give lines that stand before the first event of an object the time of the event before.

        They belong to it; what comes after them may be minutes younger.
        """
        last = {index: head.event.timestamp for index, head in heads.items()}
        newest = self._newest_dated
        for event in page:
            index, time = event.source.index, event.timestamp
            if event.order != UNDATED:
                last[index] = time
                if time > newest.get(index, 0):
                    newest[index] = time
                continue
            before = last.get(index) or remembered.get(index, 0)
            if 0 <= time - before <= AROUND_MS:
                event.timestamp = before

    def _count(self, events: list[LogEvent]) -> None:
        latest, newest = self._around.clock.now(), self._newest
        for index, of_source in by_source(events).items():
            self._brokers.streams[index].count(of_source)
            time = min(latest, max(event.timestamp for event in of_source))
            newest[index] = max(time, newest.get(index, 0))
