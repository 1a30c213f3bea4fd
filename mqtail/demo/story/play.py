"""Sets the stage, loads the history, and goes on telling the stories in real time."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import groupby
from random import Random

from mqtail.demo.kafka_clusters import Cluster
from mqtail.demo.kafka_service import KafkaService
from mqtail.demo.mq_service import Broker, MqService
from mqtail.demo.story import activemq, rabbitmq
from mqtail.demo.story.api_calls import ApiCalls, StoryRecord
from mqtail.demo.story.kafka import BROKERS
from mqtail.demo.story.kafka_delivery import KafkaDelivery
from mqtail.demo.story.kafka_script import KafkaScript
from mqtail.demo.story.setups import add_wrong_ones, set_up
from mqtail.demo.story.stage import Stage
from mqtail.demo.story.telling import CHAPTER_MS, Script, StoryEvent, delivery_order

DEFAULT_SEED = 20261120
OTHER_GROUP = "/aws/lambda/billing"
"""A log group that is no broker's, with lines of no known format."""

TRAIL = "all-calls"
"""A trail that delivers the API calls."""

KEPT_DAYS = 1
"""A demo that runs for days must not grow for days."""

_DAY_MS = 24 * 3600 * 1000
_AHEAD_CHAPTERS = 2
"""So far ahead the story is handed over; events become visible at their ingestion time."""


class Play:
    """The stories of an embedded AWS.

    Args:
        stage: the services.
        region: region of brokers and clusters.
        seed: the same seed tells the same stories.
        wrong: add brokers and a cluster whose logging is set up wrongly.

    Attributes:
        orders: the ActiveMQ broker, from `open` on.
        telemetry: the RabbitMQ broker, from `open` on.
        clicks: the Kafka cluster with three destinations, from `open` on.
        audit: the Kafka cluster with Express brokers, from `open` on.
        adhoc: the serverless Kafka cluster, from `open` on.
        start: the moment between history and live events, ms since the epoch; 0 before `open`.
    """

    orders: Broker
    telemetry: Broker
    clicks: Cluster
    audit: Cluster
    adhoc: Cluster

    def __init__(
        self, stage: Stage, region: str, seed: int = DEFAULT_SEED, *, wrong: bool = False
    ) -> None:
        self.stage = stage
        self.region = region
        self.seed = seed
        self.wrong = wrong
        self.start = 0
        self._scripts: _Scripts | None = None
        self._next_chapter = 0

    def open(self, start: int) -> None:
        """Add brokers, clusters and where their logs go, and load the history before `start` (ms).

        A play that is open already stays as it is.
        """
        if self._scripts is not None:
            return
        self.start = start
        scripts = _Scripts(self.stage, self.region, start, self.seed)
        self._scripts = scripts
        self.orders, self.telemetry = scripts.mq.orders, scripts.mq.telemetry
        kafka = scripts.kafka
        self.clicks, self.audit, self.adhoc = kafka.clicks, kafka.audit, kafka.adhoc
        self.stage.cloudtrail.keep_ms = KEPT_DAYS * _DAY_MS
        for script in (scripts.mq, kafka):
            events = script.history()
            for group in {event.group for event in events}:
                self.stage.logs.create_group(group, region=self.region, retention_in_days=KEPT_DAYS)
            self._publish(events)
            scripts.delivery.add(events)
        for kind in ("general", "audit"):
            for instance in (1, 2):
                stream = f"activemq-{self.orders.id}-{instance}.log"
                group = self.orders.log_group_prefix + kind
                self.stage.logs.create_stream(group, stream, region=self.region)
        scripts.delivery.deliver(None, start)
        self._record(scripts.calls.history(), start)
        set_up(self.stage, self.region, self.clicks)
        if self.wrong:
            add_wrong_ones(self.stage, self.region, start)

    def publish_until(self, time: int) -> None:
        """Hand over the live events up to the chapter that holds a time (ms).

        They become visible at their ingestion time, or when the object is due that they are in.
        """
        scripts = self._scripts
        if scripts is None:
            return
        while (begin := self.start + self._next_chapter * CHAPTER_MS) <= time:
            # What the chapters before this one told is complete up to its beginning.
            scripts.delivery.deliver(begin)
            for script in (scripts.mq, scripts.kafka):
                events = script.chapter(self._next_chapter)
                self._publish(events)
                scripts.delivery.add(events)
            self._record(scripts.calls.chapter(self._next_chapter), begin + CHAPTER_MS)
            self._next_chapter += 1

    async def tell(self) -> None:
        """Go on with the live events, until cancelled."""
        while True:
            self.publish_until(self.stage.logs.clock() + _AHEAD_CHAPTERS * CHAPTER_MS)
            await asyncio.sleep(CHAPTER_MS / 1000)

    def _publish(self, events: list[StoryEvent]) -> None:
        batches = groupby(events, lambda event: (event.ingested, event.group, event.stream))
        for (ingested, group, stream), batch in batches:
            lines = [(event.timestamp, event.message) for event in batch]
            self.stage.logs.put(group, stream, lines, ingested=ingested, region=self.region)

    def _record(self, calls: list[StoryRecord], published: int) -> None:
        """Record API calls, and have the trail deliver them at a moment (ms)."""
        cloudtrail = self.stage.cloudtrail
        for told in calls:
            cloudtrail.put(told.record, visible=told.visible, region=self.region)
        if calls and self._scripts:
            records = [told.record for told in calls]
            trail = self._scripts.trail
            cloudtrail.deliver_trail(trail, records, published=published, region=self.region)


class _Scripts:
    """All that is told from one start, and what delivers it."""

    def __init__(self, stage: Stage, region: str, start: int, seed: int) -> None:
        self.mq = MqScript(stage.mq, region, start, seed)
        self.kafka = KafkaScript(stage.kafka, region, start, seed)
        clicks = self.kafka.clicks
        adhoc = self.kafka.adhoc
        self.calls = ApiCalls(self.mq.orders, self.mq.telemetry, clicks, adhoc, start, seed)
        trail_bucket = f"cloudtrail-logs-{clicks.account}"
        self.trail = stage.cloudtrail.add_trail(TRAIL, trail_bucket, region=region)
        stream = self.kafka.add_stream(stage.firehose)
        for bucket in (self.kafka.log_bucket, self.kafka.firehose_bucket, trail_bucket):
            stage.s3.create_bucket(bucket, region, expire_days=KEPT_DAYS)
        self.delivery = KafkaDelivery(clicks, BROKERS, stage.s3, stage.firehose, stream, seed)


class MqScript(Script):
    """The stories of the Amazon MQ brokers, and a log group that is no broker's.

    Args:
        mq: where the brokers are added.
        region: region of the brokers.
        start: the moment between history and live events, ms since the epoch.
        seed: the same seed tells the same stories.
    """

    def __init__(self, mq: MqService, region: str, start: int, seed: int = DEFAULT_SEED) -> None:
        super().__init__(start)
        created = start - 40 * _DAY_MS
        self.seed = seed
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

    def chapter(self, number: int) -> list[StoryEvent]:
        """The events of a chapter, in the order of ingestion."""
        events = self._activemq.chapter(number) + self._rabbitmq.chapter(number)
        return sorted(events + list(self._billing(number)), key=delivery_order)

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
    """The history of the Amazon MQ brokers and of the other log group, before `start` (ms).

    An embedded AWS that is started then with its story begins with it.
    """
    mq = MqService(lambda: start, account, region)
    return MqScript(mq, region, start, seed).history()


def kafka_events(
    start: int,
    *,
    region: str = "us-east-1",
    account: str = "111122223333",
    seed: int = DEFAULT_SEED,
) -> list[StoryEvent]:
    """The history of the Kafka clusters' log groups before `start` (ms).

    The lines of `clicks-msk` are in the bucket and in the delivery stream of the cluster as well.
    """
    kafka = KafkaService(lambda: start, account, region)
    return KafkaScript(kafka, region, start, seed).history()


def story_records(
    start: int,
    *,
    region: str = "us-east-1",
    account: str = "111122223333",
    seed: int = DEFAULT_SEED,
) -> list[StoryRecord]:
    """The CloudTrail records of the history before `start` (ms), in the order of time."""
    mq = MqScript(MqService(lambda: start, account, region), region, start, seed)
    kafka = KafkaScript(KafkaService(lambda: start, account, region), region, start, seed)
    return ApiCalls(mq.orders, mq.telemetry, kafka.clicks, kafka.adhoc, start, seed).history()
