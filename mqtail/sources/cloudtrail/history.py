"""Reading API calls from CloudTrail's event history."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from mqtail.events import LogEvent
from mqtail.logs import ApiCalls
from mqtail.sources.cloudtrail.lookups import (
    EVENT_SOURCES,
    KEPT_MS,
    MQ_SOURCES,
    MSK_SOURCES,
    Lookups,
)
from mqtail.sources.cloudtrail.owners import Owners
from mqtail.sources.ranges import Found, RangeReader
from mqtail.sources.reader import Surroundings
from mqtail.status import ReaderStatus, StreamStatus
from mqtail.targets import is_broker_id

MOST_GATHERED = 20_000
"""Calls that are kept to be put into order: of a history with more, the oldest are given first,
and the rest is looked up again."""


class EventHistoryReader(RangeReader):
    """Reads the calls of the last 90 days, and those that are made, 15 minutes late at most.

    An event's message is the record as CloudTrail gives it; when CloudTrail took it in is not
    known (`ingested` is 0).

    Args:
        calls: whose calls.
        around: what it shares with the other readers.
    """

    def __init__(self, calls: ApiCalls, around: Surroundings) -> None:
        status = ReaderStatus(
            calls.target, calls.service, calls.kind, calls.place, calls.destination
        )
        pace = around.pace
        super().__init__(
            calls,
            around,
            status,
            poll_ms=pace.api_poll_ms,
            overlap_ms=pace.api_overlap_ms,
            sweeps_ms=pace.sweeps_ms[-1:],
        )
        self._calls = calls
        self._owners = Owners(calls)
        self._lookups = Lookups(
            around.clients,
            around.clock,
            status,
            self._retries,
            event_sources=_event_sources(calls),
            pause_ms=pace.api_pause_ms,
        )
        for target in self._owners.targets:
            self._target_stream(target)

    async def oldest_first(self, start: int, end: int | None) -> AsyncGenerator[list[Found], None]:
        """See `RangeReader`. LookupEvents gives the newest first, so they are gathered."""
        rest: int | None = start
        while rest is not None:
            begin, rest = rest, None
            gathered: list[Found] = []
            try:
                async with aclosing(self.newest_first(begin, end)) as pages:
                    async for found, _ in pages:
                        gathered = found + gathered
                        cut = gathered[MOST_GATHERED:]
                        if cut and cut[0].time > begin:
                            rest = cut[0].time
                            del gathered[MOST_GATHERED:]
            except asyncio.CancelledError:
                self._keep(gathered)
                raise
            yield gathered

    async def newest_first(
        self, start: int, end: int | None
    ) -> AsyncGenerator[tuple[list[Found], int], None]:
        """See `RangeReader`."""
        lookup = self._lookups.of(start, end)
        try:
            while not lookup.ended:
                yield await lookup.page()
        except asyncio.CancelledError:
            self._keep(lookup.waiting)
            raise

    def event(self, found: Found) -> LogEvent | None:
        """The event of a record, None where it belongs to nobody who was asked for."""
        target = self._owners.of(found.text)
        if target is None:
            return None
        source = self._target_stream(target).source
        return LogEvent(found.time, 0, source, 0, found.text, id=found.id)

    async def _kept_from(self) -> int:
        return self._around.clock.now() - KEPT_MS

    def _stream(self, event: LogEvent) -> StreamStatus:
        return self._target_stream(event.source.target)

    def _target_stream(self, target: str) -> StreamStatus:
        streams = self.status.streams
        if target not in streams:
            streams[target] = self._around.new_stream(self._calls, target)
        return streams[target]


def _event_sources(calls: ApiCalls) -> tuple[str, ...]:
    """What the calls that concern these owners can be recorded under."""
    brokers = [is_broker_id(owner) for owner, _ in calls.owners]
    if not brokers:
        return EVENT_SOURCES
    return MSK_SOURCES * (not all(brokers)) + MQ_SOURCES * any(brokers)
