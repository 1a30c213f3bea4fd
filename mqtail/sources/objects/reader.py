"""Reading a log that is delivered as S3 objects: what is there, and what is delivered from now on.

Live reading lists the folders that can still get objects and reads what it has not seen; history
first claims what is there already, so each object is read by one of them.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from itertools import groupby

from mqtail.aws.failures import Failure
from mqtail.events import LogEvent, order_key
from mqtail.logs import BucketLog, Log
from mqtail.sources.batches import last_of
from mqtail.sources.joining import Heads, settled
from mqtail.sources.objects.assembling import Assembler
from mqtail.sources.objects.brokers import Brokers, SourceOf
from mqtail.sources.objects.cursor import Cursor
from mqtail.sources.objects.intake import Intake
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
from mqtail.sources.retries import ReadFailed, Retries
from mqtail.sources.turns import Turns
from mqtail.status import ReaderStatus, State
from mqtail.store import Predicate

LOOK_BACK_MS = HOUR_MS
"""Each look lists the hour before the current one, too: objects can be delivered late."""

DEEP_LOOK_BACK_MS = 3 * HOUR_MS
"""Now and then one looks further back."""

MOST_HELD = 20_000
"""Events that wait for lines that may belong to them."""

Objects = AsyncGenerator[list[DeliveredObject], None]


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
        self._retries = Retries(self.status, around.pace, patient=around.patient)
        self._listing = Listing(
            bucket, layout, around=around, status=self.status, retries=self._retries
        )
        self._transfer = Transfer(bucket, around=around, status=self.status, retries=self._retries)
        self._brokers = Brokers(log, bucket, around=around, status=self.status, source_of=source_of)
        self._outcomes = Outcomes(self.status, around.pace.relist_ms)
        self._seen = SeenObjects()
        self._intake = Intake(self._brokers, self.status, around)
        self._asked_from = around.since - AROUND_MS
        """Objects that were delivered before, ms, have nothing that was asked for."""
        self._complete_to = around.started
        self._delivered_any = False
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

    def read_now(self) -> None:
        """Look for new objects at once instead of at the next turn."""
        self._turns.ask()

    # History.

    async def history_forwards(self, end: int | None) -> History:
        """The history, oldest first, each event complete with the lines that belong to it.

        Args:
            end: is not needed: `follow` gives only what was delivered after this began.
        """
        recent = await self._begin_history()
        objects = self._history_objects(recent, newest_first=False)
        async with aclosing(self._pages(objects)) as pages:
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
        carried: list[LogEvent] = []
        try:
            async with aclosing(self._history_objects(recent, newest_first=True)) as lists:
                async for found in lists:
                    for delivered, together in groupby(reversed(found), lambda o: o.delivered):
                        # Neither these nor older ones have events after that.
                        reached = delivered + AROUND_MS
                        self.status.history_to = min(self.status.history_to, reached)
                        leading = Leading()
                        group = self._pages(_once(list(together)), carried, leading)
                        carried = []
                        async with aclosing(group) as pages:
                            async for events in pages:
                                yield events
                        carried = leading.events
            last, carried = carried, []
            yield self._intake.history(last, {})
        except GeneratorExit:
            # What is older than all that was wanted.
            self.held = []
            raise
        except BaseException:
            self.held += self._intake.history(carried, {})
            raise
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
        yield last_of(sorted(newest, key=order_key), lines)

    async def _begin_history(self) -> list[DeliveredObject]:
        """The objects that live reading could find, too: from now on they are the history's."""
        self.status.state = State.HISTORY
        self.status.history_to = self._around.started
        return self._claimed(await self._listing.objects(self._recent_from))

    def _end_history(self) -> None:
        self.status.history_to = self._around.since
        self._outcomes.settle()
        if self._outcomes.failure and not self._around.patient:
            raise ReadFailed(self._outcomes.failure)

    @property
    def _recent_from(self) -> int:
        """From when on objects can be found by live reading, and were asked for, ms."""
        return max(self._asked_from, _look_from(self._around.started, DEEP_LOOK_BACK_MS))

    async def _history_objects(
        self, recent: list[DeliveredObject], *, newest_first: bool
    ) -> Objects:
        """The objects of the history in lists, each from old to new."""
        if newest_first:
            yield recent
        windows = self._listing.windows(
            self._asked_from, self._recent_from, newest_first=newest_first
        )
        async for start, end in windows:
            found = await self._listing.objects(start, end)
            self._delivered_any |= bool(found)
            yield self._wanted(found)
        if not newest_first:
            yield recent

    async def _pages(
        self,
        objects: Objects,
        extra: list[LogEvent] | None = None,
        leading: Leading | None = None,
    ) -> History:
        """The events of objects in order, each complete with the lines that belong to it.

        Args:
            extra: events that were read before and have their place among them.
            leading: keeps what may belong to the events of older objects.
        """
        merge = InOrder(objects, self._open, self._done, extra)
        heads: Heads = {}
        try:
            async with aclosing(merge.pages()) as pages:
                async for page in pages:
                    own = leading.without(page) if leading else page
                    self.held += self._intake.history(own, heads)
                    ready = max(settled(self.held), len(self.held) - MOST_HELD)
                    events, self.held = self.held[:ready], self.held[ready:]
                    yield events
        except BaseException:
            # Broken off: what was read is not lost.
            rest = merge.rest() + (leading.events if leading else [])
            self.held += self._intake.history(rest, heads)
            raise
        events, self.held = self.held, []
        yield events

    # Live reading.

    async def follow(self, emit: Emit) -> None:
        """Read objects as they are delivered, for ever."""
        every_ms = max((every for _, every in self._around.pace.sweeps_ms), default=0)
        deep_due = 0
        while True:
            self._turns.begin()
            began = self._around.clock.now()
            back = LOOK_BACK_MS
            if began >= deep_due:
                back, deep_due = DEEP_LOOK_BACK_MS, began + every_ms
            await self._look(began, back, emit)
            await self._turns.wait(self._around.pace.object_poll_ms)

    async def _look(self, began: int, back_ms: int, emit: Emit) -> None:
        """Read what is new in the folders of the last hours."""
        good_to = min(began, self._complete_to)
        found = self._claimed(await self._listing.objects(_look_from(good_to, back_ms)), live=True)
        found += self._outcomes.to_try_again(began)
        if found:
            await self._read_live(sorted(found, key=_delivered), emit)
        self._complete_to = began
        self._tell(began)
        self._seen.forget(_look_from(good_to, DEEP_LOOK_BACK_MS) - HOUR_MS)
        self._intake.forget_ids(began)

    async def _read_live(self, found: list[DeliveredObject], emit: Emit) -> None:
        merge = InOrder(_once(found), self._open, self._done)
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

    def _tell(self, began: int) -> None:
        """Say how it stands after a look."""
        status = self.status
        self._outcomes.settle()
        if self._outcomes.failure:
            return
        status.complete_to = began
        status.state, status.reason, status.hint = State.LIVE, "", ""
        if not self._delivered_any:
            status.state = State.WAITING
            hours = DEEP_LOOK_BACK_MS // HOUR_MS
            status.reason = f"Nothing was delivered to {status.place} in the last {hours} hours."

    # What both have in common.

    def _claimed(
        self, found: list[DeliveredObject], *, live: bool = False
    ) -> list[DeliveredObject]:
        """The objects that were not seen before, and are wanted."""
        self._delivered_any |= bool(found)
        new = [listed for listed in found if self._seen.is_new(listed)]
        if live:
            # Without what was there before the beginning and has nothing that was asked for.
            wanted_from, started = self._asked_from, self._around.started
            new = [one for one in new if one.delivered >= wanted_from or one.modified >= started]
        return self._wanted(new)

    def _wanted(self, found: list[DeliveredObject]) -> list[DeliveredObject]:
        """The objects of brokers and times that were asked for."""
        until = self._around.until
        wanted = []
        for listed in found:
            instance = self._layout.instance(listed.key)
            if until is not None and listed.delivered >= until + AROUND_MS:
                continue
            if instance is None or self._brokers.wants(instance):
                wanted.append(listed)
        return wanted

    def _open(self, found: DeliveredObject) -> Cursor:
        """Begin to read an object."""
        assembler = Assembler(
            found,
            self._brokers,
            instance=self._layout.instance(found.key),
            format=self._log.format,
            skip=self._seen.lines(found.key),
        )
        chunks = unpacked(self._transfer.chunks(found))
        url = f"s3://{self._bucket}/{found.key}"
        return Cursor(found, url, chunks, assembler, self._layout.disorder)

    def _done(self, cursor: Cursor) -> None:
        self._seen.has_read(cursor.found.key, cursor.lines)
        self._outcomes.ended(cursor)


def msk_reader(log: BucketLog, around: Surroundings) -> ObjectsReader:
    """A reader of what Amazon MSK delivers to a bucket."""
    return ObjectsReader(log, MskLayout(log), around, bucket=log.bucket)


async def _once(found: list[DeliveredObject]) -> Objects:
    yield found


def _look_from(moment: int, back_ms: int) -> int:
    """The full hour from which on a look at a moment lists."""
    return moment - moment % HOUR_MS - back_ms


def _delivered(found: DeliveredObject) -> tuple[int, str]:
    return found.delivered, found.key
