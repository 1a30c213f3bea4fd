"""Kafka lines and their deliveries, for tests of clusters."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from itertools import count

from mqtail.demo.kafka_clusters import Cluster
from mqtail.demo.server import EmbeddedAws
from mqtail.events import LogEvent

BUCKET = "kafka-logs"
_tokens = count(1)


def kafka_line(
    timestamp: int, text: str, level: str = "INFO", logger: str = "kafka.log.Log"
) -> str:
    """A line as a Kafka broker writes it at a time (ms)."""
    at = datetime.fromtimestamp(timestamp // 1000, UTC)
    return f"[{at:%Y-%m-%d %H:%M:%S},{timestamp % 1000:03}] {level} {text} ({logger})"


def deliver(
    aws: EmbeddedAws,
    cluster: Cluster,
    broker: int,
    lines: list[str],
    at: int,
    *,
    body: bytes | None = None,
    modified: int | None = None,
) -> str:
    """Deliver lines of a broker to the cluster's bucket, as an object of a time (ms).

    Args:
        body: the object's bytes instead of the lines' own.
        modified: its LastModified, ms; None: `at`.

    Returns:
        Its key.
    """
    key = cluster.object_key(broker, at, f"{next(_tokens):08x}")
    packed = (
        gzip.compress("".join(f"{line}\n" for line in lines).encode()) if body is None else body
    )
    assert cluster.broker_logs.s3 is not None
    bucket = cluster.broker_logs.s3[0]
    aws.s3.put_object(bucket, key, packed, modified=at if modified is None else modified)
    return key


def messages(events: list[LogEvent]) -> list[str]:
    """The messages of events."""
    return [event.message for event in events]
