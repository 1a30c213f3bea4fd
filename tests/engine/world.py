"""An embedded AWS in virtual time, and a tail of it."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from mqtail.aws.signin import SignIn
from mqtail.demo.cloudtrail_service import iso_seconds
from mqtail.demo.kafka_clusters import Cluster
from mqtail.demo.server import EmbeddedAws
from mqtail.engine import Tail
from mqtail.events import LogEvent
from mqtail.settings import Pace, Settings
from tests.engine.kafka import BUCKET, deliver, kafka_line
from tests.engine.model import AFTERWARDS_S, Model
from tests.engine.promises import Delivered, check_budget, check_sorted
from tests.engine.support import running
from tests.engine.virtual import Times

HEAD = "2026-01-01 00:00:00,000 | INFO  | event {} | a.b.Logger | main"
TRACE = "\tat a.b.C.d(C.java:{})"

CALLS = "cloudtrail"

HISTORY_MS = 600_000
"""How far back the tail shows what was there before."""

EDGE_MS = 10_000
"""The history begins so close before or after that: it takes a moment to find the targets."""

AGAIN_MS = 7_200_000
"""How far back the history is read afterwards."""

LATEST_MS = 3_300_000
"""How late an event may come to be found in any case: the deepest sweep looks an hour back, and
comes once in five minutes."""

LATEST_CALL_MS = 900_000
"""The same of API calls (CloudTrail: typically within 15 minutes)."""

PROMPT_LATE_MS = 14_000
"""What comes no later than this is within the overlap of any two polls."""

PROMPT_MS = 7_000
"""It is shown after so long at the most: two polls where nothing happens, and a second."""

PROMPT_CALL_MS = 45_000
"""The same of API calls: two rounds of look-ups, and their requests."""

PROMPT_LATE_OBJECT_MS = 1_800_000
"""What is delivered no later after the time that its key tells is found by every look."""

PROMPT_OBJECT_MS = 25_000
"""It is shown after so long at the most: two looks, and their requests."""

FEW_PAGES = 3
BURST_S = 150
"""Events on more pages than that are read by all polls for so long, which keeps them busy."""

SETTLE_MS = 500_000
"""Until a look back of an hour has begun and ended after all that happened."""

AGAIN_S = 40
"""In which polls and short sweeps read it all again, and do not show it again."""


class World:
    """Brokers and a cluster whose logs are tailed, and the calls that concern them.

    Args:
        aws: runs in the loop, by the service's clock.
        times: the clocks.
        brokers: how many there are; the last of several has no log group until something is
            delivered to it.
        cluster: there is a cluster, too, whose logs are delivered to S3.
        ordered: the tail is one into a pipe, else one into a buffer.
        pace: how it reads.

    Attributes:
        groups: the log groups of the brokers.
        tail: the tail.
        model: what it has to show.
    """

    def __init__(
        self,
        aws: EmbeddedAws,
        times: Times,
        *,
        brokers: int,
        cluster: bool,
        ordered: bool,
        pace: Pace,
    ) -> None:
        self.aws = aws
        self.times = times
        self.model = Model(times.service)
        self.groups: list[str] = []
        self._ordered = ordered
        targets = [f"broker-{number}" for number in range(brokers)]
        for number, name in enumerate(targets):
            broker = aws.mq.add_broker(name, general=number == 0 or number < brokers - 1)
            self.groups.append(f"{broker.log_group_prefix}general")
        self._cluster: Cluster | None = None
        if cluster:
            aws.s3.create_bucket(BUCKET)
            self._cluster = aws.kafka.add_cluster("clicks", s3=(BUCKET, "msk"))
            targets.append(self._cluster.name)
        self._objects: list[tuple[str, list[str]]] = []
        """Keys and lines."""
        self._sign_in = SignIn(region=aws.region, endpoint_url=aws.url)
        settings = Settings(targets=(*targets, CALLS), pace=pace)
        self.tail = Tail(settings, self._sign_in, clock=times.clock())
        self._number = 0

    # What happens in it.

    def group(self, number: int) -> str | None:
        """The log group of a number, counted round and round; None where there is no broker."""
        return self.groups[number % len(self.groups)] if self.groups else None

    def deliver(
        self,
        group: int,
        *,
        instance: int = 1,
        late_ms: int = 0,
        count: int = 1,
        apart_ms: int = 0,
        traces: int = 0,
        length: int = 0,
        at: int | None = None,
    ) -> None:
        """Deliver log events.

        Args:
            group: number of its log group, see `group`.
            instance: which broker instance wrote them.
            late_ms: how long after the time of the newest.
            count: how many.
            apart_ms: from one to the next.
            traces: continuation lines of each.
            length: characters of each line at least.
            at: when they come in, ms; None: now.
        """
        place = self.group(group)
        if place is None:
            return
        now = self.times.service() if at is None else at
        events: list[tuple[int, str]] = []
        for row in range(count):
            number = self._next()
            time = now - late_ms - (count - 1 - row) * apart_ms
            lines = [TRACE.format(f"{number}.{line}") for line in range(traces)]
            head = HEAD.format(number.ljust(length, "."))
            events += [(time, text) for text in (head, *lines)]
        if self.aws.logs.group(place) is None:
            # It is found when log groups are listed the next time.
            self.model.excuse(60)
        if len(events) > FEW_PAGES * self.aws.logs.scan_limit:
            self.model.excuse(BURST_S)
        stream = f"activemq-b-{instance}.log"
        self.aws.logs.put(place, stream, events, ingested=now)
        for time, text in events:
            asked = self._is_asked(time)
            found = now > self.model.started and now - time <= LATEST_MS
            one = Delivered(text, place, time, now, wanted=asked or found, stream=stream)
            one.allowed = self._may_be_shown(time)
            if one.late_ms <= PROMPT_LATE_MS:
                one.patience_ms = PROMPT_MS + self._held_ms()
            self.model.expect(one, head=not text.startswith("\t"))

    def call(self, *, late_ms: int = 0) -> None:
        """Let a call be recorded that was made so long ago."""
        now = self.times.service()
        time = (now - late_ms) // 1000 * 1000
        record = self.aws.cloudtrail.put(
            {
                "eventName": "RebootBroker",
                "eventSource": "amazonmq.amazonaws.com",
                "eventTime": iso_seconds(time),
            },
            visible=now,
        )
        asked = self._is_asked(time)
        wanted = asked and late_ms <= LATEST_CALL_MS
        one = Delivered(record["eventID"], CALLS, time, now, wanted)
        one.allowed = self._is_asked(time, -EDGE_MS)
        one.patience_ms = PROMPT_CALL_MS + self._held_ms()
        self.model.expect(one)

    def put_object(self, *, late_ms: int = 0, count: int = 1, broker: int = 1) -> None:
        """Deliver an object with a line for each of some seconds, if there is a cluster.

        Args:
            late_ms: how long after the time that its key tells.
            count: how many lines.
            broker: who wrote them.
        """
        if self._cluster is None:
            return
        now = self.times.service()
        at = now - late_ms
        lines: list[str] = []
        for row in range(count):
            time = at - (count - row) * 1_000
            lines.append(kafka_line(time, f"event {self._next()}"))
            asked = self._is_asked(time)
            one = Delivered(lines[-1], BUCKET, time, now, wanted=asked)
            one.allowed = self._may_be_shown(time)
            if late_ms <= PROMPT_LATE_OBJECT_MS:
                one.patience_ms = PROMPT_OBJECT_MS + self._held_ms(objects=True)
            self.model.expect(one)
        key = deliver(self.aws, self._cluster, broker, lines, at, modified=now)
        self._objects.append((key, lines))

    def put_again(self) -> None:
        """Deliver the last object once more, as it was."""
        if self._objects:
            key, lines = self._objects[-1]
            body = gzip.compress("".join(f"{line}\n" for line in lines).encode())
            self.aws.s3.put_object(BUCKET, key, body, modified=self.times.service())

    def delete(self, group: int) -> None:
        """Delete a log group, if it is there. What was not read of it need not be shown."""
        name = self.group(group)
        if name is None or self.aws.logs.group(name) is None:
            return
        self.model.gone(lambda one: one.place == name)
        self.aws.logs.delete_group(name)
        self.model.excuse(AFTERWARDS_S)

    def delete_stream(self, group: int, instance: int) -> None:
        """Delete a log stream, if it is there. What was not read of it need not be shown."""
        name, stream = self.group(group), f"activemq-b-{instance}.log"
        there = self.aws.logs.group(name) if name else None
        if name is None or there is None or stream not in there.streams:
            return
        self.model.gone(lambda one: one.place == name and one.stream == stream)
        self.aws.logs.delete_stream(name, stream)
        self.model.excuse(AFTERWARDS_S)

    def sleep(self, seconds: int) -> None:
        """Let the machine sleep."""
        self.times.sleep_machine(seconds)
        self.model.excuse(AFTERWARDS_S, before_s=seconds)

    def step_clock(self, seconds: int) -> None:
        """Set the machine's clock."""
        self.times.step_clock(seconds)
        self.model.excuse(AFTERWARDS_S)
        self.model.doubt_clock()

    # What it is played and checked by.

    @asynccontextmanager
    async def tailing(self) -> AsyncIterator[None]:
        """Run the tail, and keep what it shows.

        Raises:
            Broken: it broke a promise while it ran.
        """
        self.model.begin()
        if self._ordered:
            async with running(self.tail.run_in_order(self._show)):
                yield
        else:
            self._watch_store()
            async with running(self.tail.run()), running(self._audit()):
                yield

    async def settle(self) -> None:
        """End all faults, and wait until everything was found, or must have been."""
        self.aws.faults.clear()
        last = self.times.service() + SETTLE_MS
        while self.times.service() < last and self.model.waits:  # noqa: ASYNC110  # time is virtual
            await asyncio.sleep(5)
        await asyncio.sleep(AGAIN_S)

    async def check(self) -> None:
        """All promises, at the end; and what a history gives that is read then.

        Raises:
            Broken: one was broken.
        """
        if self._ordered:
            self.model.check(self.model.shown)
            self.model.check_marks()
        else:
            self.model.check(self.tail.store)
            check_sorted(self.tail.store)
        times = [call.time for call in self.aws.calls if call.service == "logs"]
        check_budget(times, self.tail.budget.rate)
        await self._check_history()

    async def _check_history(self) -> None:
        since = self.model.started - AGAIN_MS
        settings = replace(self.tail.settings, since=since, follow=False)
        events: list[LogEvent] = []

        async def show(found: list[LogEvent]) -> None:
            events.extend(found)

        await Tail(settings, self._sign_in, clock=self.times.clock()).run_in_order(show)
        self.model.check_history(events, since)

    def _next(self) -> str:
        self._number += 1
        return f"{self._number}"

    def _is_asked(self, time: int, edge_ms: int = EDGE_MS) -> bool:
        """Whether the history has a moment."""
        return time >= self.model.started - HISTORY_MS + edge_ms

    def _may_be_shown(self, time: int) -> bool:
        """Whether what is delivered now may be shown, with a time (ms)."""
        running = self.times.service() > self.model.started
        return running or self._is_asked(time, -EDGE_MS)

    def _held_ms(self, *, objects: bool = False) -> int:
        """How long the tail holds events back, to bring them into order."""
        pace = self.tail.settings.pace
        return (pace.object_reorder_ms if objects else pace.reorder_ms) * self._ordered

    async def _show(self, events: list[LogEvent]) -> None:
        self.model.note_in_order(events)

    def _watch_store(self) -> None:
        store = self.tail.store
        add = store.add

        def watched_add(events: list[LogEvent]) -> list[LogEvent]:
            dropped = add(events)
            self.model.note_in_buffer(store, events)
            return dropped

        store.add = watched_add  # type: ignore[method-assign]

    async def _audit(self) -> None:
        """Look from time to time whether what readers say of themselves is true."""
        while True:
            await asyncio.sleep(20)
            self.model.audit(self.tail.readers)


@asynccontextmanager
async def world(
    *,
    brokers: int = 1,
    cluster: bool = False,
    ordered: bool = False,
    machine_ahead_s: float = 0,
    pace: Pace | None = None,
) -> AsyncIterator[World]:
    """A world whose tail does not run yet, see `World`; to be used in a virtual loop."""
    times = Times(machine_ahead_s=machine_ahead_s)
    async with EmbeddedAws(clock=times.service) as aws:
        pace = pace or Pace()
        yield World(aws, times, brokers=brokers, cluster=cluster, ordered=ordered, pace=pace)
