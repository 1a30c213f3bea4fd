"""Reading a log that is delivered as S3 objects: what is there, and what is delivered from now on.

Live reading lists the folders that can still get objects and reads what it has not seen; history
first claims what is there already, so each object is read by one of them.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from itertools import groupby

from mqtail.aws.failures import Failure
from mqtail.events import LogEvent, order_key
from mqtail.logs import BucketLog, Log
from mqtail.sources.batches import last_of
from mqtail.sources.joining import Heads, settled
from mqtail.sources.objects.assembling import Assembler
from mqtail.sources.objects.brokers import Brokers, SourceOf
from mqtail.sources.objects.claims import DEEP_LOOK_BACK_MS, LOOK_BACK_MS, Claims, Objects
from mqtail.sources.objects.cursor import Cursor
from mqtail.sources.objects.intake import Intake, Stretch
from mqtail.sources.objects.layouts import Layout, MskLayout
from mqtail.sources.objects.leading import Leading
from mqtail.sources.objects.listing import DeliveredObject, Listing
from mqtail.sources.objects.ordering import AROUND_MS, PAGE, InOrder
from mqtail.sources.objects.outcomes import Outcomes
from mqtail.sources.objects.prefixes import HOUR_MS
from mqtail.sources.objects.seen import SeenObjects
from mqtail.sources.objects.transfer import Transfer
from mqtail.sources.objects.unpacking import unpacked
from mqtail.sources.reader import Batch, Emit, History, Surroundings
from mqtail.sources.retries import ReadFailed
from mqtail.sources.turns import Turns
from mqtail.status import ReaderStatus, State
from mqtail.store import Predicate

MOST_HELD = 20_000
"""Events that wait for lines that may belong to them."""


class ObjectsReader:
    """Reads the objects of one log.

    Target, service, kind, format and destination of its events are those of the log. An event's
    `ingested` is its object's LastModified. Records with an id (of CloudTrail) come once, however
    often they were delivered.

    Args:
        log: the log that is delivered there.
        layout: how its objects are named.
        around: what it shares with the other readers.
        bucket: where the objects are.
        status: a status to keep instead of one of its own.
        source_of: decides record by record whose it is; None: all are of the log's target.
    """

    reads_backwards = True
    """`history_backwards` does give the newest first."""

    def __init__(
        self,
        log: Log,
        layout: Layout,
        around: Surroundings,
        *,
        bucket: str,
        status: ReaderStatus | None = None,
        source_of: SourceOf | None = None,
    ) -> None:
        self._log = log
        self.status = status or ReaderStatus(
            log.target, log.service, log.kind, log.place, log.destination
        )
        self._layout = layout
        self._around = around
        self._bucket = bucket
        self._retries = around.retries(self.status)
        self._brokers = Brokers(log, bucket, around=around, status=self.status, source_of=source_of)
        self._outcomes = Outcomes(self.status, around.pace.relist_ms)
        self._transfer = Transfer(
            bucket,
            around=around,
            status=self.status,
            retries=self._retries,
            outcomes=self._outcomes,
        )
        self._seen = SeenObjects()
        self._intake = Intake(self._brokers, self.status, around)
        listing = Listing(bucket, layout, around=around, status=self.status, retries=self._retries)
        self._claims = Claims(listing, layout, self._brokers, self._seen, around)
        self._complete_to = self._deep_to = around.started
        self._history = Stretch(around.since)
        """What the history gives, or what was read last of what is older."""
        self._carried: list[LogEvent] = []
        """Lines from the beginning of objects: the object before may have what they belong to."""
        self._turns = Turns()
        self.held: list[LogEvent] = []
        """What was read and not given yet: further lines may belong to it."""

    @property
    def log(self) -> Log:
        """What it reads."""
        return self._log

    @property
    def failure(self) -> Failure | None:
        """What stands in the way of reading; None while it works."""
        return self._outcomes.failure or self._retries.failure

    @property
    def instances_left_out(self) -> set[str]:
        """Brokers that are there and were not asked for."""
        return self._brokers.left_out

    @property
    def covers_from(self) -> int:
        """Everything from this moment (ms) on has been given, once the history has ended."""
        waiting = max((event.timestamp for event in self._carried), default=0)
        return max(self.status.history_to, waiting + 1)

    def read_now(self) -> None:
        """Look for new objects at once instead of at the next turn."""
        self._turns.ask()
        self._retries.try_now()

    # History.

    async def history_forwards(self, end: int | None) -> History:
        """The history, oldest first, each event complete with the lines that belong to it.

        Args:
            end: is not needed: `follow` gives only what was delivered after this began.
        """
        recent = await self._begin_history()
        objects = self._claims.history(recent, newest_first=False)
        async with aclosing(self._pages(objects, self._history)) as pages:
            async for events in pages:
                yield events
        self._end_history()

    async def history_backwards(self, end: int | None) -> History:
        """The history, one time of delivery after the other, the newest first; each in order.

        `status.history_to` tells from when on it is complete; `follow` leaves out what was there,
        also where this is closed early.

        Args:
            end: is not needed, see `history_forwards`.
        """
        recent = await self._begin_history()
        objects = self._claims.history(recent, newest_first=True)
        async with aclosing(self._read_back(objects, self._history)) as pages:
            async for events in pages:
                yield events
        last, self._carried = self._carried, []
        yield self._intake.history(last, {}, self._history)
        self._end_history()

    async def history_newest(self, end: int | None, lines: int, wanted: Predicate) -> History:
        """At most the newest `lines` of the history that are wanted, in order.

        Args:
            end: is not needed, see `history_forwards`.
        """
        newest: list[LogEvent] = []
        reached = self._around.started
        try:
            async with aclosing(self.history_backwards(end)) as pages:
                async for events in pages:
                    newest += filter(wanted, events)
                    if self.status.history_to == reached and len(newest) <= 2 * lines + PAGE:
                        continue
                    reached = self.status.history_to
                    newest = last_of(sorted(newest, key=order_key), lines)
                    oldest = newest[0].timestamp if newest else reached + 1
                    if len(newest) == lines and oldest > reached:
                        break
        except BaseException:
            self.held += newest
            raise
        newest = last_of(sorted(newest, key=order_key), lines)
        if len(newest) == lines:
            self._cut_short(newest)
        yield newest

    async def older(self, begin: int) -> History:
        """What is older than all that was given, one time of delivery after the other.

        Args:
            begin: see `Reader`.

        Raises:
            ReadFailed: it cannot be read now, and the reader is not patient.
        """
        claims, intake, before = self._claims, self._intake, self._history
        oldest = await claims.oldest()
        delivered = max(begin - AROUND_MS, oldest)
        last = delivered == oldest
        stretch = Stretch(
            # What is older than was asked for is not read a second time.
            begin=0,
            end=before.begin,
            again=frozenset(intake.left),
            all_again=before.all_again,
            given=before.given,
            given_of=before.given_of,
        )
        # Objects that were read can have older events up to this time of delivery.
        listed_to = self.status.history_to + AROUND_MS
        if not stretch.again and not stretch.all_again:
            listed_to = claims.listed_from
        intake.left = set()
        objects = claims.older(delivered, listed_to, stretch.again)
        try:
            async with aclosing(self._read_back(objects, stretch)) as pages:
                async for events in pages:
                    yield events
        except ReadFailed:
            held, self.held = self.held, []
            yield held
            raise
        carried, self._carried = self._carried, []
        if last:
            yield intake.history(carried, {}, stretch)
        else:
            self._carried = carried
        self._history = Stretch(begin)
        intake.begin, claims.listed_from = begin, delivered
        self.status.history_to = min(self.status.history_to, begin)
        self.status.nothing_older = last

    def _cut_short(self, newest: list[LogEvent]) -> None:
        """Take note that no more of the history was given than these events."""
        oldest = newest[0].timestamp if newest else self.status.history_to
        cut = [event for event in newest if event.timestamp == oldest]
        begin = oldest + 1
        self._history = Stretch(
            begin,
            all_again=True,
            given=frozenset((event.key, event.line) for event in cut),
            given_of=frozenset(event.source.index for event in cut),
        )
        self._carried = []
        self._intake.begin = self.status.history_to = begin
        self._intake.give_again(newest)
        self._claims.listed_from = begin + AROUND_MS

    async def _read_back(self, objects: Objects, stretch: Stretch) -> History:
        """What objects have, one time of delivery after the other, the newest first.

        Args:
            stretch: which of their events to give.
        """
        try:
            async with aclosing(objects) as lists:
                async for found in lists:
                    for delivered, together in groupby(reversed(found), lambda o: o.delivered):
                        # Neither these nor older ones have events after that.
                        reached = max(delivered + AROUND_MS, stretch.begin)
                        self.status.history_to = min(self.status.history_to, reached)
                        leading = Leading()
                        carried, self._carried = self._carried, []
                        group = self._pages(_once(list(together)), stretch, carried, leading)
                        async with aclosing(group) as pages:
                            async for events in pages:
                                yield events
                        self._carried = leading.events
        except GeneratorExit:
            # What is older than all that was wanted.
            self.held = []
            raise
        except BaseException:
            self.held += self._intake.history(self._carried, {}, stretch)
            raise

    async def _begin_history(self) -> list[DeliveredObject]:
        """The objects that live reading could find, too."""
        self.status.state = State.HISTORY
        self.status.history_to = self._around.started
        recent = await self._claims.recent()
        # The run may have begun before any answer told the time.
        self._complete_to = self._deep_to = min(self._around.started, self._around.clock.now())
        return recent

    def _end_history(self) -> None:
        self.status.history_to = self._around.since
        self._outcomes.settle()
        if self._outcomes.failure and not self._around.patient:
            raise ReadFailed(self._outcomes.failure)

    async def _pages(
        self,
        objects: Objects,
        stretch: Stretch,
        extra: list[LogEvent] | None = None,
        leading: Leading | None = None,
    ) -> History:
        """The events of objects in order, each complete with the lines that belong to it.

        Args:
            stretch: which of their events to give.
            extra: events that were read before and have their place among them.
            leading: keeps what may belong to the events of older objects.
        """
        merge = InOrder(objects, self._open, self._done, extra)
        heads: Heads = {}
        try:
            async with aclosing(merge.pages()) as pages:
                async for page in pages:
                    own = leading.without(page) if leading else page
                    self.held += self._intake.history(own, heads, stretch)
                    ready = max(settled(self.held), len(self.held) - MOST_HELD)
                    events, self.held = self.held[:ready], self.held[ready:]
                    yield events
        except BaseException:
            # Broken off: what was read is not lost.
            rest = merge.rest() + (leading.events if leading else [])
            self.held += self._intake.history(rest, heads, stretch)
            raise
        events, self.held = self.held, []
        yield events

    # Live reading.

    async def follow(self, emit: Emit) -> None:
        """Read objects as they are delivered, for ever."""
        every_ms = max((every for _, every in self._around.pace.sweeps_ms), default=0)
        # By the event loop's time: clocks may be set.
        time = asyncio.get_running_loop().time
        deep_due = time()
        while True:
            self._turns.begin()
            deep = time() >= deep_due
            if deep:
                deep_due = time() + every_ms / 1000
            await self._look(emit, int(time() * 1000), deep=deep)
            await self._turns.wait(self._around.pace.object_poll_ms)

    async def _look(self, emit: Emit, now_ms: int, *, deep: bool) -> None:
        """Read what is new in the folders of the last hours.

        Args:
            now_ms: by the event loop.
            deep: look back further, from when the last such look began.
        """
        began, claims = self._around.clock.mark(), self._claims
        if deep:
            found = await claims.arrived(self._deep_to, DEEP_LOOK_BACK_MS)
        else:
            found = await claims.arrived(self._complete_to, LOOK_BACK_MS)
        found += self._outcomes.to_try_again(now_ms)
        if found:
            await self._read_live(sorted(found, key=_delivered), emit)
        self._complete_to = began.time
        if deep:
            self._deep_to = began.time
        self._tell(deep=deep)
        claims.forget(self._deep_to)
        self._intake.forget_ids(self._complete_to)

    async def _read_live(self, found: list[DeliveredObject], emit: Emit) -> None:
        merge = InOrder(_once(found), self._open_further, self._done)
        heads: Heads = {}
        before = self._intake.newest()
        try:
            async with aclosing(merge.pages()) as pages:
                async for page in pages:
                    new, grown = self._intake.live(page, heads, before)
                    if new or grown:
                        await emit(Batch(new, grown))
        except BaseException:
            self.held += self._intake.live(merge.rest(), heads, before)[0]
            raise

    def _tell(self, *, deep: bool) -> None:
        """Say how it stands after a look."""
        status = self.status
        self._outcomes.settle()
        if self._outcomes.failure:
            return
        status.complete_to = self._complete_to
        if deep:
            status.swept_to[DEEP_LOOK_BACK_MS] = self._deep_to
        status.state, status.reason, status.hint = State.LIVE, "", ""
        if not self._claims.any:
            status.state = State.WAITING
            hours = DEEP_LOOK_BACK_MS // HOUR_MS
            status.reason = f"Nothing was delivered to {status.place} in the last {hours} hours."

    # What both have in common.

    def _open_further(self, found: DeliveredObject) -> Cursor:
        """Begin to read an object from behind the lines that were read before."""
        return self._open(found, self._seen.lines(found.key))

    def _open(self, found: DeliveredObject, skip: int = 0) -> Cursor:
        """Begin to read an object, without so many lines."""
        assembler = Assembler(
            found,
            self._brokers,
            instance=self._layout.instance(found.key),
            format=self._log.format,
            skip=skip,
        )
        chunks = unpacked(self._transfer.chunks(found))
        url = f"s3://{self._bucket}/{found.key}"
        return Cursor(found, url, chunks, assembler, self._layout.disorder)

    def _done(self, cursor: Cursor) -> None:
        self._seen.has_read(cursor.found.key, cursor.lines, unfinished=cursor.unfinished)
        self._outcomes.ended(cursor)


def msk_reader(log: BucketLog, around: Surroundings) -> ObjectsReader:
    """A reader of what Amazon MSK delivers to a bucket."""
    return ObjectsReader(log, MskLayout(log), around, bucket=log.bucket)


async def _once(found: list[DeliveredObject]) -> Objects:
    yield found


def _delivered(found: DeliveredObject) -> tuple[int, str]:
    return found.delivered, found.key
