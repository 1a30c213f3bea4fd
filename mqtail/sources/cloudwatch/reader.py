"""Reading one log group of CloudWatch Logs so that nothing is lost and nothing comes twice.

FilterLogEvents has no cursor on ingestion time, so polls overlap: each reads from a little before
the last one on, sweeps look further back for what arrived late, and ids tell what is new.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from itertools import compress

from mqtail.aws.budget import Use
from mqtail.aws.decoding import FilteredLogEvent
from mqtail.event_ids import packed
from mqtail.events import LogEvent
from mqtail.logs import LogGroup
from mqtail.sources.batches import SLICE, Parts
from mqtail.sources.cloudwatch.paging import Pager
from mqtail.sources.cloudwatch.retention import UNKNOWN, Retention, find_retention
from mqtail.sources.cloudwatch.streams import Streams
from mqtail.sources.joining import Heads
from mqtail.sources.lag import LagMeter
from mqtail.sources.overlapping import OverlappingReader
from mqtail.sources.reader import Batch, Emit, Polled, Surroundings
from mqtail.status import ReaderStatus, State, StreamStatus

QUIET_MS = 30_000
"""A log group is idle when nothing new came for so long."""


class CloudWatchReader(OverlappingReader):
    """Reads one log group.

    Args:
        group: the log group.
        around: what it shares with the other readers.
    """

    def __init__(self, group: LogGroup, around: Surroundings) -> None:
        pace = around.pace
        super().__init__(
            around,
            ReaderStatus(group.target, group.service, group.kind, group.place),
            LagMeter(pace.overlap_ms, pace.max_overlap_ms, pace.reorder_ms),
            overlap_ms=pace.max_overlap_ms,
            sweeps_ms=pace.sweeps_ms,
        )
        self.log = group
        self._streams = Streams(group, self.status, around)
        self._pager = Pager(
            group,
            clients=around.clients,
            budget=around.budget,
            status=self.status,
            retries=self._retries,
            filter_pattern=around.filter_pattern,
            streams=self._streams.names,
        )
        self._retention: Retention | None = None

    @property
    def instances_left_out(self) -> set[str]:
        """Broker instances that are there and were not asked for."""
        return self._streams.left_out

    async def follow(self, emit: Emit) -> None:
        """Read on as events arrive, for ever."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._poll_for_ever(emit))
            for back_ms, every_ms in self._sweeps_ms:
                tasks.create_task(self._sweep_for_ever(emit, back_ms, every_ms))
            tasks.create_task(self._list_streams_for_ever())

    async def _begin_history(self) -> None:
        await super()._begin_history()
        if self._around.instances:
            # Only listing tells which streams are theirs; without a wish it can wait.
            await self._streams.list(Use.FIRST)

    async def _oldest_first(self, start: int, end: int | None) -> AsyncGenerator[Parts, None]:
        async for page in self._pager.pages(start, end):
            yield self._slices(page)

    async def _newest_first(
        self, start: int, end: int | None
    ) -> AsyncGenerator[tuple[Parts, int], None]:
        if not self._can_read_backwards(start):
            return
        use = Use.OLDER if self._history_done else Use.READING
        async for page in self._pager.pages(start, end, newest_first=True, use=use):
            if not self._can_read_backwards(start):
                return
            # Of the page's first millisecond there may be more.
            reached = page[0].timestamp + 1 if page else self.status.history_to
            yield self._slices(page, older=True), reached

    def _can_read_backwards(self, start: int) -> bool:
        return self._pager.can_read_backwards(start)

    async def _kept_from(self) -> int:
        if self._retention is None:
            self.status.requests += 1
            self._retention = await find_retention(self.log, self._around)
        return (self._retention or UNKNOWN).kept_from(self._around.clock.now())

    def _stream(self, event: LogEvent) -> StreamStatus:
        return self._streams.counts(event.source.log_stream)

    async def _poll_for_ever(self, emit: Emit) -> None:
        around, clock, status = self._around, self._around.clock, self.status
        time = asyncio.get_running_loop().time
        complete_to = status.complete_to or around.started
        spoke = min(status.newest, around.started)
        use = Use.READING if spoke > around.started - QUIET_MS else Use.IDLE
        while True:
            self._turns.begin()
            began, good_since, retries = clock.mark(), time(), status.retries
            # From the last good poll on: what was missed while AWS was out of reach is read now.
            start = min(clock.now(), complete_to) - self._lag.overlap_ms
            heads: Heads = {}
            async for page in self._pager.pages(max(start, self._live_from), None, use=use):
                await self._take_live(self._slices(page, live=True), heads, emit)
                if status.retries != retries:
                    # Waiting for AWS is not falling behind.
                    good_since, retries = time(), status.retries
                self._tell_if_behind(time() - good_since)
            complete_to = status.complete_to = began.time
            if not self._tell_if_behind(time() - good_since):
                status.state = State.LIVE
                status.reason = status.hint = ""
            self._forget(complete_to)
            await emit(Batch([], []))
            last_new = max(self._last_new, spoke)
            use = Use.READING if clock.now() - last_new < QUIET_MS else Use.IDLE
            await self._turns.wait(around.poll_pause_ms(self.log, Polled(status, last_new)))

    def _tell_if_behind(self, took_s: float) -> bool:
        """Whether a poll takes so long that it does not keep up; then the status says so."""
        if took_s <= max(10, 5 * self._around.pace.idle_poll_ms / 1000):
            return False
        status = self.status
        status.state = State.BEHIND
        status.reason = (
            f"One round of reading {self.log.name} takes {took_s:.0f} s at "
            f"{self._around.budget.rate:g} requests/s."
        )
        status.hint = "Raise --max-requests, or tail fewer log groups."
        return True

    async def _sweep_for_ever(self, emit: Emit, back_ms: int, every_ms: int) -> None:
        clock = self._around.clock
        while True:
            await asyncio.sleep(every_ms / 1000)
            await self._retries.working()
            began, end, history_done = clock.mark(), clock.now(), self._history_done
            start = max(self._sweep_from(back_ms), self._seen.reaches)
            if not history_done:
                # The rest is left to the history.
                start = max(start, self.status.history_to)
            heads: Heads = {}
            async for page in self._pager.pages(start, end, use=Use.SWEEP):
                await self._take_live(self._slices(page, live=True), heads, emit)
            if history_done:
                self._has_swept(back_ms, min(end, began.time))

    async def _list_streams_for_ever(self) -> None:
        while True:
            await self._retries.working()
            await self._streams.list()
            await asyncio.sleep(self._streams.relist_ms / 1000)

    def _slices(
        self, page: list[FilteredLogEvent], *, older: bool = False, live: bool = False
    ) -> Parts:
        """The new events of a page, a few at a time: making them takes time."""
        order = self._around.orders.take(len(page), older=older)
        for row in range(0, len(page), SLICE):
            yield self._new_events(page[row : row + SLICE], order + row, live)

    def _new_events(self, page: list[FilteredLogEvent], order: int, live: bool) -> list[LogEvent]:
        raws = self._only_new(self._only_due(page, live), live)
        ids = packed([raw.event_id for raw in raws], order)
        found: list[LogEvent] = []
        name = stream = None
        for number, (raw, id) in enumerate(zip(raws, ids, strict=True), order):
            if raw.log_stream_name != name:
                # Mostly many of one log stream come together.
                name = raw.log_stream_name
                stream = self._streams.source(name)
            if stream is not None:
                time, ingested = raw.timestamp, raw.ingestion_time
                event = LogEvent(time, ingested, stream.source, number, raw.message, id=id)
                found.append(event)
        return found

    def _only_due(self, page: list[FilteredLogEvent], live: bool) -> list[FilteredLogEvent]:
        """What is to be given, as far as its times tell."""
        until, floor = self._around.until, self._seen.floor
        if live:
            covered, started = self.status.history_to, self._around.started
            # What is older and was there before was not asked for.
            page = [r for r in page if r.timestamp >= covered or r.ingestion_time >= started]
            page = [raw for raw in page if raw.timestamp >= floor or self._is_new_late(raw)]
        if until is not None:
            page = [raw for raw in page if raw.timestamp < until]
        return page

    def _only_new(self, page: list[FilteredLogEvent], live: bool) -> list[FilteredLogEvent]:
        """What was not read before."""
        ids, times = [raw.event_id for raw in page], [raw.timestamp for raw in page]
        return list(compress(page, self._are_new(ids, times, live=live)))

    def _is_new_late(self, raw: FilteredLogEvent) -> bool:
        """Whether an event whose neighbours were forgotten, because they are many, is new.

        It is where it came after that; where nobody knows whether it was shown, that is counted.
        """
        time, ingested, seen = raw.timestamp, raw.ingestion_time, self._seen
        if time < seen.reaches or seen.is_late(raw.event_id):
            return False
        is_new = ingested > seen.forgotten_at(time)
        if not is_new and self._was_read(time, ingested):
            return False
        if not seen.note_late(raw.event_id, time):
            is_new = False
        if not is_new:
            self.status.too_late += 1
            self._tell_memory_is_full()
        return is_new

    def _was_read(self, time: int, ingested: int) -> bool:
        """Whether a poll or a sweep that has ended has read what was ingested then (both ms)."""
        late, status = ingested - time, self.status
        reads = {self._around.pace.overlap_ms: status.complete_to} | status.swept_to
        return any(late <= back and ingested <= read_to for back, read_to in reads.items())
