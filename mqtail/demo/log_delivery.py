"""Delivery of logs as AWS does it: a broker's lines come where policies and settings let them.

Looked at are the brokers and clusters that were added with `delivers=True`. A log that becomes
deliverable shows it by the lines that a broker writes when it starts; what keeps it from being
delivered is told by nobody, as in AWS.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from typing import NamedTuple
from uuid import NAMESPACE_URL, uuid5

from mqtail.demo.delivery_rights import DeliveryRights
from mqtail.demo.firehose_service import FirehoseService
from mqtail.demo.kafka_clusters import Cluster
from mqtail.demo.kafka_service import KafkaService
from mqtail.demo.logs_service import LogsService
from mqtail.demo.mq_service import Broker, MqService
from mqtail.demo.s3_service import S3Service
from mqtail.demo.start_lines import activemq_lines, kafka_lines, rabbitmq_lines


class Sources(NamedTuple):
    """Whose logs are delivered, and the services that they pass through."""

    mq: MqService
    kafka: KafkaService
    logs: LogsService
    s3: S3Service
    firehose: FirehoseService


class LogDelivery:
    """Delivers what newly can be delivered, whenever it is told to look.

    Args:
        clock: gives the time, ms since the epoch.
        sources: whose logs, and where to.
        rights: says what the services may do.
    """

    def __init__(self, clock: Callable[[], int], sources: Sources, rights: DeliveryRights) -> None:
        self._clock = clock
        self._to = sources
        self._rights = rights
        self._delivered: set[tuple[str, ...]] = set()

    def look(self) -> None:
        """See what can be delivered now; what could be before goes on silently."""
        for broker in self._to.mq.brokers():
            if broker.delivers and broker.state == "RUNNING":
                self._deliver_broker(broker)
        for cluster in self._to.kafka.clusters():
            if cluster.delivers and cluster.type == "PROVISIONED" and cluster.state == "ACTIVE":
                self._deliver_cluster(cluster)

    # Amazon MQ.

    def _deliver_broker(self, broker: Broker) -> None:
        if broker.started_by:
            self._delivered = {way for way in self._delivered if way[0] != broker.arn}
            self._make_groups(broker)
            broker.started_by = ""
        lines = activemq_lines if broker.engine == "ACTIVEMQ" else rabbitmq_lines
        for kind in broker.log_kinds:
            group = broker.log_group_prefix + kind
            for stream in broker.log_streams:
                way = (broker.arn, group, stream)
                if self._is_new(way, self._rights.may_stream(broker, group, stream)):
                    now = self._clock()
                    text = lines(kind, broker.name, broker.version, now)
                    events = [(now, line) for line in text]
                    self._to.logs.put(group, stream, events, region=broker.region)

    def _make_groups(self, broker: Broker) -> None:
        """The log groups that Amazon MQ makes when a broker starts, as far as it may."""
        for kind in broker.log_kinds:
            group = broker.log_group_prefix + kind
            if self._rights.may_create_group(broker, group):
                self._to.logs.create_group(group, region=broker.region)

    # Amazon MSK.

    def _deliver_cluster(self, cluster: Cluster) -> None:
        logs = cluster.broker_logs
        if logs.cloudwatch is not None and logs.on("cloudwatch"):
            self._to_group(cluster, logs.cloudwatch)
        if logs.s3 is not None and logs.on("s3"):
            self._to_bucket(cluster, logs.s3[0])
        if logs.firehose is not None and logs.on("firehose"):
            self._to_stream(cluster, logs.firehose)

    def _to_group(self, cluster: Cluster, group: str) -> None:
        for broker, lines in self._lines(cluster):
            stream = cluster.log_stream(broker)
            way = (cluster.arn, group, stream)
            if self._is_new(way, self._rights.may_deliver_to_group(cluster, group, stream)):
                events = [(self._clock(), line) for line in lines]
                self._to.logs.put(group, stream, events, region=cluster.region)

    def _to_bucket(self, cluster: Cluster, bucket: str) -> None:
        for broker, lines in self._lines(cluster):
            now = self._clock()
            token = uuid5(NAMESPACE_URL, f"{cluster.arn}/{broker}/{now}").hex[:8]
            key = cluster.object_key(broker, now, token)
            way = (cluster.arn, bucket, str(broker))
            if self._is_new(way, self._rights.may_deliver_to_bucket(cluster, bucket, key)):
                body = gzip.compress("".join(line + "\n" for line in lines).encode(), mtime=0)
                kms_key = self._rights.bucket_key(bucket)
                self._to.s3.put_object(bucket, key, body, kms_key=kms_key)

    def _to_stream(self, cluster: Cluster, name: str) -> None:
        stream = self._to.firehose.stream(name, region=cluster.region)
        may = stream is not None and self._rights.may_deliver_to_stream(stream)
        if self._is_new((cluster.arn, "firehose", name), may) and stream is not None:
            records = [line.encode() for _, lines in self._lines(cluster) for line in lines]
            self._to.firehose.deliver(stream, records, arrived=self._clock())

    def _lines(self, cluster: Cluster) -> Iterator[tuple[int, list[str]]]:
        for broker in range(1, cluster.brokers + 1):
            yield broker, kafka_lines(broker, self._clock())

    def _is_new(self, way: tuple[str, ...], may: bool) -> bool:
        """Whether a log can be delivered on a way on which it could not before."""
        if not may:
            self._delivered.discard(way)
            return False
        new = way not in self._delivered
        self._delivered.add(way)
        return new
