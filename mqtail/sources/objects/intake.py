"""Events as they come out of objects: numbered, joined to what came before, counted."""

from __future__ import annotations

from mqtail.events import LogEvent
from mqtail.sources.joining import Heads, Joiner
from mqtail.sources.objects.assembling import UNDATED
from mqtail.sources.objects.brokers import Brokers
from mqtail.sources.objects.ordering import AROUND_MS
from mqtail.sources.objects.prefixes import DAY_MS, HOUR_MS
from mqtail.sources.reader import Surroundings
from mqtail.sources.seen import SeenIds
from mqtail.status import ReaderStatus

MOST_IDS = 200_000
"""Ids of records that are remembered, so that none comes twice."""


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
        self._ids = SeenIds(MOST_IDS)
        self._newest: dict[int, int] = {}
        """Time of the newest event of each source that was given, ms."""
        self._newest_dated: dict[int, int] = {}
        """The same of all that have a time of their own."""

    def history(self, page: list[LogEvent], heads: Heads) -> list[LogEvent]:
        """What is new and was asked for on a page of the history.

        Args:
            heads: kept by the caller for one reading from old to new.
        """
        self._date_leading(page, heads, {})
        new, _ = self._joined(page, heads)
        wanted = [event for event in new if self._around.covers(event.timestamp)]
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
        new, grown = self._joined(page, heads)
        since, until, started = self._around.since, self._around.until, self._around.started
        wanted = [
            event
            for event in new
            if (event.timestamp >= since or event.ingested >= started)
            and (until is None or event.timestamp < until)
        ]
        for event in wanted:
            newest = before.get(event.source.index, 0) - self._around.pace.reorder_ms
            if event.timestamp < newest and event.ingested >= started:
                event.late = True
                self._status.late += 1
        self._count(wanted)
        return wanted, grown

    def newest(self) -> dict[int, int]:
        """Time of the newest event of each source so far, ms, none of them in the future."""
        return dict(self._newest)

    def forget_ids(self, now: int) -> None:
        """Forget the ids of records that nobody delivers again; `now` in ms."""
        self._ids.forget(now - DAY_MS, keep_from=now - HOUR_MS)

    def _joined(self, page: list[LogEvent], heads: Heads) -> tuple[list[LogEvent], list[LogEvent]]:
        new = [e for e in page if not e.event_id or self._ids.is_new(e.event_id, e.timestamp)]
        for order, event in enumerate(new, self._around.orders.take(len(new))):
            event.order = order
        return self._joiner.join(new, heads)

    def _date_leading(self, page: list[LogEvent], heads: Heads, remembered: dict[int, int]) -> None:
        """Give lines that stand before the first event of an object the time of the event before.

        They belong to it; what comes after them may be minutes younger.
        """
        last = {index: head.timestamp for index, head in heads.items()}
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
        for event in events:
            index, time = event.source.index, min(event.timestamp, latest)
            self._brokers.streams[index].count(event)
            if time > newest.get(index, 0):
                newest[index] = time
