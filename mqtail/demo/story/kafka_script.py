"""The Kafka clusters of the stories, and all that is told of them."""

from __future__ import annotations

from mqtail.demo.firehose_service import DeliveryStream, FirehoseService
from mqtail.demo.kafka_service import KafkaService
from mqtail.demo.story.kafka import KafkaStory
from mqtail.demo.story.kafka_clicks import ClicksStory
from mqtail.demo.story.kafka_reboot import CLUSTER_NAME
from mqtail.demo.story.telling import Script, StoryEvent, delivery_order

FIREHOSE_STREAM = "clicks-msk-logs"
_DAY_MS = 24 * 3600 * 1000


class KafkaScript(Script):
    """Three clusters: one whose broker is rebooted, a quiet one, and one without any logs.

    Args:
        kafka: where the clusters are added.
        region: region of the clusters.
        start: the moment between history and live events, ms since the epoch.
        seed: the same seed tells the same stories.

    Attributes:
        clicks: `clicks-msk`; its log goes to a log group, a bucket and a delivery stream.
        log_bucket: where MSK delivers the log of `clicks-msk` to.
        firehose_bucket: where the delivery stream writes it.
        audit: `audit-msk`, with Express brokers and a log group.
        adhoc: `adhoc-serverless`, which has no logs.
    """

    def __init__(self, kafka: KafkaService, region: str, start: int, seed: int) -> None:
        super().__init__(start)
        created = start - 40 * _DAY_MS
        self.log_bucket = f"{CLUSTER_NAME}-logs-{kafka.account}"
        self.firehose_bucket = f"{CLUSTER_NAME}-firehose-{kafka.account}"
        self.clicks = kafka.add_cluster(
            CLUSTER_NAME,
            version="3.9.x.kraft",
            cloudwatch=f"/aws/msk/{CLUSTER_NAME}",
            s3=(self.log_bucket, "msk"),
            firehose=FIREHOSE_STREAM,
            created=created,
            region=region,
        )
        self.audit = kafka.add_cluster(
            "audit-msk",
            express=True,
            version="3.8.x",
            cloudwatch="/aws/msk/audit-msk",
            created=created,
            region=region,
        )
        self.adhoc = kafka.add_cluster(
            "adhoc-serverless", type="SERVERLESS", created=created, region=region
        )
        self._clicks = ClicksStory(self.clicks, start, seed)
        self._audit = KafkaStory(self.audit, start, seed, rates=(0.01, 0.05))

    def add_stream(self, firehose: FirehoseService) -> DeliveryStream:
        """Add the delivery stream that the log of `clicks` goes to."""
        return firehose.add_stream(
            FIREHOSE_STREAM,
            s3={"bucket": self.firehose_bucket, "compression": "GZIP", "delimiter": True},
            created=self.clicks.created,
            region=self.clicks.region,
        )

    def chapter(self, number: int) -> list[StoryEvent]:
        """The events of a chapter, in the order of ingestion."""
        events = self._clicks.chapter(number) + self._audit.chapter(number)
        return sorted(events, key=delivery_order)
