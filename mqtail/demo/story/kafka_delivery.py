"""Delivers what Kafka brokers log: the same lines to CloudWatch Logs, to S3 and to Firehose."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from gzip import compress
from random import Random
from zlib import crc32

import msgspec

from mqtail.demo.firehose_service import DeliveryStream, FirehoseService
from mqtail.demo.kafka_clusters import Cluster
from mqtail.demo.s3_service import S3Service
from mqtail.demo.story.telling import StoryEvent

S3_WINDOW_MS = 5 * 60 * 1000
"""MSK writes a file for each broker every five minutes."""

FIREHOSE_WINDOW_MS = 60 * 1000
"""The stream's buffering interval."""


class Windows:
    """Keeps events until the time that they belong to is over.

    Args:
        length_ms: how long a window is; they begin at whole multiples of it.
        time: gives the moment that decides on an event's window, ms.
    """

    def __init__(self, length_ms: int, time: Callable[[StoryEvent], int]) -> None:
        self.length_ms = length_ms
        self._time = time
        self._kept: dict[int, list[StoryEvent]] = {}

    def add(self, event: StoryEvent) -> None:
        """Keep an event."""
        end = (self._time(event) // self.length_ms + 1) * self.length_ms
        self._kept.setdefault(end, []).append(event)

    def over(self, until: int | None) -> Iterator[tuple[int, list[StoryEvent]]]:
        """The windows that end at a time (ms) at the latest, or all (None), with their events.

        They are forgotten. Each comes with the time of its end.
        """
        for end in sorted(self._kept):
            if until is None or end <= until:
                yield end, self._kept.pop(end)


class KafkaDelivery:
    """Writes the log of a cluster into the objects of its S3 and Firehose destinations.

    Args:
        cluster: the cluster, with an S3 destination.
        brokers: ids of its brokers.
        s3: where its objects go.
        firehose: what delivers the records of the stream.
        stream: the delivery stream.
        seed: decides on what is left to chance.
    """

    def __init__(
        self,
        cluster: Cluster,
        brokers: Iterable[int],
        s3: S3Service,
        firehose: FirehoseService,
        stream: DeliveryStream,
        seed: int,
    ) -> None:
        self.cluster = cluster
        self._brokers = {cluster.log_stream(broker): broker for broker in brokers}
        self._bucket = cluster.broker_logs.s3[0] if cluster.broker_logs.s3 else ""
        self._s3 = s3
        self._firehose = firehose
        self._stream = stream
        self._seed = seed
        self._files = Windows(S3_WINDOW_MS, lambda event: event.timestamp)
        self._records = Windows(FIREHOSE_WINDOW_MS, lambda event: event.ingested)

    def add(self, events: Iterable[StoryEvent]) -> None:
        """Take events in; those of the cluster's log group are delivered."""
        for event in events:
            if event.stream in self._brokers:
                self._files.add(event)
                self._records.add(event)

    def deliver(self, until: int | None, latest: int | None = None) -> None:
        """Deliver what is over at a time (ms), or all (None).

        Each object can be read from when it is due, or from `latest` on where that is sooner. No
        event of the time before `until` may be added afterwards.
        """
        for end, events in self._files.over(until):
            delay = 5_000 + crc32(f"{self._seed} {end}".encode()) % 55_000
            self._write_files(events, _sooner(end, latest), _sooner(end + delay, latest))
        for end, events in self._records.over(until):
            delay = 1_000 + crc32(f"{self._seed} {end}".encode()) % 2_000
            self._write_records(events, _sooner(end + delay, latest))

    def _write_files(self, events: list[StoryEvent], end: int, visible: int) -> None:
        """The lines of each broker as one object, sometimes as two."""
        for stream, broker in self._brokers.items():
            random = Random(f"{self._seed} {end} {broker}")
            lines = sorted((e for e in events if e.stream == stream), key=lambda e: e.timestamp)
            for part in _parts(lines, random):
                key = self.cluster.object_key(broker, end, f"{random.getrandbits(32):08x}")
                text = "".join(f"{event.message}\n" for event in part)
                body = compress(text.encode(), 6, mtime=0)
                self._s3.put_object(self._bucket, key, body, visible=visible)

    def _write_records(self, events: list[StoryEvent], visible: int) -> None:
        """A JSON object for each event, as the stream got them."""
        ordered = sorted(events, key=lambda event: event.ingested)
        records = [
            msgspec.json.encode(
                {
                    "timestamp": event.timestamp,
                    "broker": self._brokers[event.stream],
                    "cluster": self.cluster.name,
                    "message": event.message,
                }
            )
            for event in ordered
        ]
        arrived = ordered[0].ingested
        self._firehose.deliver(self._stream, records, arrived=arrived, visible=visible)


def _sooner(time: int, latest: int | None) -> int:
    return time if latest is None else min(time, latest)


def _parts(lines: list[StoryEvent], random: Random) -> list[list[StoryEvent]]:
    """All lines, or two parts of them; what follows a line stays with it."""
    starts = [n for n, event in enumerate(lines) if n and event.message.startswith("[")]
    if not starts or random.random() < 0.8:
        return [lines] if lines else []
    cut = random.choice(starts)
    return [lines[:cut], lines[cut:]]
