"""Sets the stage, loads the history, and goes on telling the stories in real time."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import groupby
from random import Random

from mqtail.demo.logs_service import LogsService
from mqtail.demo.mq_service import Broker, MqService
from mqtail.demo.story import activemq, rabbitmq
from mqtail.demo.story.telling import CHAPTER_MS, HISTORY_CHAPTERS, StoryEvent

DEFAULT_SEED = 20261120
OTHER_GROUP = "/aws/lambda/billing"
"""A log group that is no broker's, with lines of no known format."""

_AHEAD_CHAPTERS = 2
"""So far ahead the story is handed over; events become visible at their ingestion time."""


class Play:
    """The stories of an embedded AWS.

    Args:
        logs: where the events go.
        mq: where the brokers are added.
        region: region of the brokers.
        seed: the same seed tells the same stories.

    Attributes:
        orders: the ActiveMQ broker, from `open` on.
        telemetry: the RabbitMQ broker, from `open` on.
        start: the moment between history and live events, ms since the epoch; 0 before `open`.
    """

    orders: Broker
    telemetry: Broker

    def __init__(
        self, logs: LogsService, mq: MqService, region: str, seed: int = DEFAULT_SEED
    ) -> None:
        self.logs = logs
        self.mq = mq
        self.region = region
        self.seed = seed
        self.start = 0
        self._script: Script | None = None
        self._next_chapter = 0

    def open(self, start: int) -> None:
        """Add brokers, log groups and streams, and load the history that ends at `start` (ms).

        A play that is open already stays as it is.
        """
        if self._script is not None:
            return
        self.start = start
        script = Script(self.mq, self.region, start, self.seed)
        self.orders, self.telemetry, self._script = script.orders, script.telemetry, script
        events = script.history()
        for group in {event.group for event in events}:
            # A demo that runs for days must not grow for days.
            self.logs.create_group(group, region=self.region, retention_in_days=1)
        for kind in ("general", "audit"):
            for instance in (1, 2):
                stream = f"activemq-{self.orders.id}-{instance}.log"
                group = self.orders.log_group_prefix + kind
                self.logs.create_stream(group, stream, region=self.region)
        self._publish(events)

    def publish_until(self, time: int) -> None:
        """Hand over the live events up to the chapter that holds a time (ms).

        They become visible at their ingestion time.
        """
        if self._script is None:
            return
        while self.start + self._next_chapter * CHAPTER_MS <= time:
            self._publish(self._script.chapter(self._next_chapter))
            self._next_chapter += 1

    async def tell(self) -> None:
        """Go on with the live events, until cancelled."""
        while True:
            self.publish_until(self.logs.clock() + _AHEAD_CHAPTERS * CHAPTER_MS)
            await asyncio.sleep(CHAPTER_MS / 1000)

    def _publish(self, events: list[StoryEvent]) -> None:
        batches = groupby(events, lambda event: (event.ingested, event.group, event.stream))
        for (ingested, group, stream), batch in batches:
            lines = [(event.timestamp, event.message) for event in batch]
            self.logs.put(group, stream, lines, ingested=ingested, region=self.region)


class Script:
    """All stories from one start.

    Args:
        mq: where the brokers are added.
        region: region of the brokers.
        start: the moment between history and live events, ms since the epoch.
        seed: the same seed tells the same stories.
    """

    def __init__(self, mq: MqService, region: str, start: int, seed: int = DEFAULT_SEED) -> None:
        created = start - 40 * 24 * 3600 * 1000
        self.seed = seed
        self.start = start
        self.orders = mq.add_broker(
            activemq.BROKER_NAME,
            deployment="ACTIVE_STANDBY_MULTI_AZ",
            created=created,
            region=region,
        )
        self.telemetry = mq.add_broker(
            rabbitmq.BROKER_NAME,
            engine="RABBITMQ",
            deployment="CLUSTER_MULTI_AZ",
            created=created,
            region=region,
        )
        self._activemq = activemq.ActiveMqStory(self.orders, start, seed)
        self._rabbitmq = rabbitmq.RabbitMqStory(self.telemetry, region, start, seed)

    def history(self) -> list[StoryEvent]:
        """The hour before the start, in the order of ingestion; all of it is ingested by then."""
        events: list[StoryEvent] = []
        for number in range(-HISTORY_CHAPTERS, 0):
            events += self.chapter(number)
        told = [
            StoryEvent(e.group, e.stream, e.timestamp, min(e.ingested, self.start), e.message)
            for e in events
            if e.timestamp < self.start
        ]
        return sorted(told, key=_delivery)

    def chapter(self, number: int) -> list[StoryEvent]:
        """The events of a chapter, in the order of ingestion."""
        events = self._activemq.chapter(number) + self._rabbitmq.chapter(number)
        return sorted(events + list(self._billing(number)), key=_delivery)

    def _billing(self, number: int) -> Iterator[StoryEvent]:
        """A run of a function that has nothing to do with brokers, every five minutes."""
        if number % 10 != 4:
            return
        random = Random(f"{self.seed} billing {number}")
        at = self.start + number * CHAPTER_MS + random.randint(0, 9000)
        run = f"{random.getrandbits(64):016x}"
        invoices = random.randint(3, 90)
        for delay, text in (
            (0, f"START RequestId: {run} Version: $LATEST"),
            (240, f"collected {invoices} invoices"),
            (900, f"total={invoices * 17}.40 currency=EUR status=ok"),
            (910, f"END RequestId: {run}"),
        ):
            time = at + delay
            yield StoryEvent(OTHER_GROUP, f"billing/[$LATEST]{self.seed}", time, time + 800, text)


def story_events(
    start: int,
    *,
    region: str = "us-east-1",
    account: str = "111122223333",
    seed: int = DEFAULT_SEED,
) -> list[StoryEvent]:
    """The history that an embedded AWS with its story started at `start` (ms) begins with."""
    mq = MqService(lambda: start, account, region)
    return Script(mq, region, start, seed).history()


def _delivery(event: StoryEvent) -> tuple[int, str, str, int]:
    return (event.ingested, event.group, event.stream, event.timestamp)
