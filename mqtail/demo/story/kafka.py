"""What goes on all the time in the Kafka clusters of the story.

The forms of the lines are those of Kafka 3.9 with KRaft, `[time] LEVEL message (logger)`, with a
stack trace in the lines after it.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID
from zlib import crc32

from msgspec import Struct

from mqtail.demo.kafka_clusters import Cluster
from mqtail.demo.story.telling import Desk, Scene, Story, comma_time

BROKERS = (1, 2, 3)
LOG_DIR = "/kafka/datalogs"
BROKER_PORT = 9095
CLIENT_PORT = 9098

CLIENTS = ("clickstream-api", "clicks-enricher", "sessionizer", "exports-loader", "dashboards")
GROUPS = ("clicks-enricher", "sessionizer", "exports-loader", "dashboards")

_COUNTED_FROM_S = 1_790_000_000
"""Offsets grow from then on, seconds since the epoch."""

_COORDINATOR = "kafka.coordinator.group.GroupCoordinator"
_SELECTOR = "org.apache.kafka.common.network.Selector"
_UNIFIED_LOG = "kafka.log.UnifiedLog"
_IMAGE = "org.apache.kafka.image.publisher."
_PRODUCER_STATE = "org.apache.kafka.storage.internals.log.ProducerStateManager"

HTTP_REQUEST = (
    "org.apache.kafka.common.network.InvalidReceiveException: Invalid receive (size = 1195725856"
    " larger than 104857600)",
    "\tat org.apache.kafka.common.network.NetworkReceive.readFrom(NetworkReceive.java:94)",
    "\tat org.apache.kafka.common.network.KafkaChannel.receive(KafkaChannel.java:462)",
    "\tat org.apache.kafka.common.network.KafkaChannel.read(KafkaChannel.java:412)",
    "\tat org.apache.kafka.common.network.Selector.attemptRead(Selector.java:681)",
    "\tat org.apache.kafka.common.network.Selector.pollSelectionKeys(Selector.java:583)",
    "\tat org.apache.kafka.common.network.Selector.poll(Selector.java:488)",
    "\tat kafka.network.Processor.poll(SocketServer.scala:1108)",
    "\tat kafka.network.Processor.run(SocketServer.scala:1012)",
    "\tat java.base/java.lang.Thread.run(Thread.java:840)",
)
"""Somebody speaks HTTP to a broker: `GET ` read as a number is 1195725856."""


class Topic(Struct, frozen=True):
    """A topic."""

    name: str
    id: str
    partitions: int
    replication: int
    per_second: int
    """Messages that each of its partitions gets in a second."""


TOPICS = (
    Topic("clicks", "q3VfXw0nTLmS8uC2dYkR1A", 6, 3, 41),
    Topic("sessions", "Hk1pU5eJQGqv7nZbM0cT3w", 3, 3, 17),
    Topic("profiles", "b9RrL2xWS4iFj6KdA8yEog", 3, 3, 5),
    Topic("exports", "tN4mYc7QRZ2hVs5gP1uJaw", 3, 2, 2),
    Topic("__consumer_offsets", "Zo8eD6kBTvGx0rW3fS9iLQ", 6, 3, 3),
)
"""All need two replicas in sync, so one broker less stops what `exports` takes."""


class Partition(Struct, frozen=True):
    """A partition of a topic."""

    topic: Topic
    number: int

    @property
    def name(self) -> str:
        """As Kafka writes it, `clicks-3`."""
        return f"{self.topic.name}-{self.number}"

    @property
    def replicas(self) -> tuple[int, ...]:
        """The brokers that hold it; the first is its preferred leader."""
        first = self.number + len(self.topic.name)
        return tuple(BROKERS[(first + n) % 3] for n in range(self.topic.replication))

    def offset(self, at: int) -> int:
        """How far it is at a time (ms)."""
        base = crc32(self.name.encode()) % 9_000_000
        return base + (at // 1000 - _COUNTED_FROM_S) * self.topic.per_second


def partitions_of(topics: Sequence[Topic]) -> list[Partition]:
    """All partitions of some topics."""
    return [Partition(topic, number) for topic in topics for number in range(topic.partitions)]


class KafkaStory(Story):
    """Tells what goes on in a cluster where nothing else happens.

    Args:
        cluster: the cluster; its log group takes the lines.
        start: the moment between history and live events, ms since the epoch.
        seed: the same seed tells the same story.
        rates: ordinary events per second in the history, and live.
    """

    def __init__(self, cluster: Cluster, start: int, seed: int, rates: tuple[float, float]) -> None:
        # Log delivery takes 1 to 5 s.
        desk = Desk(seed, interval_ms=2000, min_lag_ms=1000, spread_ms=2000)
        super().__init__(f"kafka {cluster.name}", start, seed, rates, desk)
        self.cluster = cluster
        self.partitions = partitions_of(TOPICS)
        self._scenes = (
            Scene(self._snapshot, (-3000,), 600, 3600),
            Scene(self._http_request, (-3200, -2500, -700), 100, 400),
            Scene(self._http_request_line_by_line, (-1700, -400), 220, 600),
            Scene(self._log_cleaned, (-2800, -900), 180, 900),
        )

    @property
    def log_group(self) -> str:
        """The log group of the broker logs."""
        return self.cluster.broker_logs.cloudwatch or ""

    def running(self, broker: int, at: int) -> bool:
        """Whether a broker is up and serves its clients at a time (ms)."""
        return True

    # Lines.

    def _log(
        self,
        at: int,
        broker: int,
        message: str,
        logger: str,
        *,
        level: str = "INFO",
        trace: Sequence[str] = (),
        line_by_line: bool = False,
    ) -> None:
        """A line of a broker's log; its stack trace in the same event, or line by line."""
        lines = (f"[{comma_time(at)}] {level} {message} ({logger})", *trace)
        self._send(at, broker, lines if line_by_line else ("\n".join(lines),))

    def _send(self, at: int, broker: int, messages: Sequence[str]) -> None:
        self._desk.send(self.log_group, self.cluster.log_stream(broker), at, messages)

    def _running_broker(self, at: int) -> int:
        return self._random.choice([b for b in BROKERS if self.running(b, at)])

    def _partition_of(self, broker: int) -> Partition:
        return self._random.choice([p for p in self.partitions if broker in p.replicas])

    def _member(self, group: str) -> str:
        number = UUID(int=self._random.getrandbits(128), version=4)
        return f"{group}-{self._number(1, 4)}-{number}"

    def _client_address(self) -> str:
        return f"10.0.40.{self._number(11, 60)}"

    # What happens all the time.

    def _ordinary(self, at: int) -> None:
        broker = self._running_broker(at)
        tell = self._random.choices(
            (
                self._rolled,
                self._rebalanced,
                self._retention,
                self._producer,
                self._offsets_expired,
            ),
            (36, 20, 12, 20, 12),
        )[0]
        tell(at, broker)

    def _rolled(self, at: int, broker: int) -> None:
        partition = self._partition_of(broker)
        where, offset = f"partition={partition.name}", partition.offset(at)
        text = f"Rolled new log segment at offset {offset} in {self._number(1, 9)} ms."
        self._log(at, broker, f"[LocalLog {where}, dir={LOG_DIR}] {text}", "kafka.log.LocalLog")
        text = (
            f"Wrote producer snapshot at offset {offset} with {self._number(0, 9)} producer ids in"
            f" {self._number(1, 20)} ms."
        )
        self._log(at + 2, broker, f"[ProducerStateManager {where}] {text}", _PRODUCER_STATE)

    def _retention(self, at: int, broker: int) -> None:
        """An old segment is given up, and its files are removed a minute later."""
        partition = self._partition_of(broker)
        end = partition.offset(at) - 86_400 * partition.topic.per_second
        written = at - 86_400_000 - self._number(1000, 250_000)
        segment = (
            f"LogSegment(baseOffset={end - self._number(90_000, 900_000)},"
            f" size={self._number(10**8, 10**9)}, lastModifiedTime={written + 1200},"
            f" largestRecordTimestamp=Some({written}))"
        )
        where = f"partition={partition.name}, dir={LOG_DIR}"
        log = f"[UnifiedLog {where}]"
        text = f"{log} Incremented log start offset to {end} due to segment deletion"
        self._log(at, broker, text, _UNIFIED_LOG)
        reason = "due to log retention time 86400000ms breach based on the largest record timestamp"
        text = f"{log} Deleting segment {segment} {reason} in the segment"
        self._log(at + 1, broker, text, _UNIFIED_LOG)
        if self.running(broker, at + 60_003):
            text = f"[LocalLog {where}] Deleting segment files {segment}"
            self._log(at + 60_003, broker, text, "kafka.log.LocalLog$")

    def _rebalanced(self, at: int, broker: int) -> None:
        """A consumer joins its group, or leaves it."""
        group, generation = self._random.choice(GROUPS), 100 + at // 60_000 % 5000
        member, partition = self._member(group), f"__consumer_offsets-{self._number(0, 5)}"
        joining = self._random.random() < 0.6
        reason = (
            f"Adding new member {member} with group instance id None; client reason: rebalance"
            " failed due to MemberIdRequiredException"
            if joining
            else f"Removing member {member} on LeaveGroup; client reason: the consumer is being"
            " closed"
        )
        source = f"[GroupCoordinator {broker}]:"
        text = (
            f"{source} Preparing to rebalance group {group} in state PreparingRebalance with old"
            f" generation {generation} ({partition}) (reason: {reason})"
        )
        self._log(at, broker, text, _COORDINATOR)
        members, settled = self._number(2, 6), at + self._number(2900, 3200)
        if not self.running(broker, settled):
            return
        text = (
            f"{source} Stabilized group {group} generation {generation + 1} ({partition}) with"
            f" {members} members"
        )
        self._log(settled, broker, text, _COORDINATOR)
        text = (
            f"{source} Assignment received from leader {self._member(group)} for group {group} for"
            f" generation {generation + 1}. The group has {members} members, 0 of which are static."
        )
        self._log(settled + self._number(3, 40), broker, text, _COORDINATOR)

    def _producer(self, at: int, broker: int) -> None:
        """A transactional producer starts."""
        text = (
            f"[TransactionCoordinator id={broker}] Initialized transactionalId"
            f" {self._random.choice(CLIENTS)}-{self._number(0, 5)} with producerId"
            f" {self._number(1000, 9000)} and producer epoch {self._number(0, 300)} on partition"
            f" __transaction_state-{self._number(0, 49)}"
        )
        logger = "kafka.coordinator.transaction.TransactionCoordinator"
        self._log(at, broker, text, logger)

    def _offsets_expired(self, at: int, broker: int) -> None:
        count, took = self._number(1, 40), self._number(0, 9)
        text = (
            f"[GroupMetadataManager brokerId={broker}] Removed {count} expired offsets in {took}"
            " milliseconds."
        )
        self._log(at, broker, text, "kafka.coordinator.group.GroupMetadataManager")

    # Scenes.

    def _snapshot(self, at: int) -> None:
        """Every hour each broker writes a snapshot of the cluster's metadata."""
        for broker in BROKERS:
            if not self.running(broker, at):
                continue
            name = f"snapshot {at // 500 % 10**9:020d}-{31:010d}"
            text = (
                f"[SnapshotGenerator id={broker}] Creating new KRaft snapshot file {name} because"
                " we have waited at least 60 minute(s)."
            )
            self._log(at, broker, text, f"{_IMAGE}SnapshotGenerator")
            text = f"[SnapshotEmitter id={broker}] Successfully wrote {name}"
            self._log(at + self._number(8, 60), broker, text, f"{_IMAGE}SnapshotEmitter")
            at += self._number(10, 300)

    def _http_request(self, at: int, *, line_by_line: bool = False) -> None:
        broker = self._running_broker(at)
        listener = f"10.0.{29 + broker}.{10 + broker}:{CLIENT_PORT}"
        peer = self._client_address()
        text = (
            f"[SocketServer listenerType=BROKER, nodeId={broker}] Unexpected error from /{peer}"
            f" (channelId={listener}-{peer}:{self._number(32768, 60999)}-{self._number(1, 99)});"
            " closing connection"
        )
        self._log(
            at,
            broker,
            text,
            _SELECTOR,
            level="WARN",
            trace=HTTP_REQUEST,
            line_by_line=line_by_line,
        )

    def _http_request_line_by_line(self, at: int) -> None:
        self._http_request(at, line_by_line=True)

    def _log_cleaned(self, at: int) -> None:
        """Statistics of the log cleaner: the logger stands on a line of its own."""
        broker, megabytes = self._running_broker(at), self._number(80, 900)
        left = megabytes * self._number(5, 40) / 100
        lines = (
            f"[{comma_time(at)}] INFO [kafka-log-cleaner-thread-0]: ",
            f"\tLog cleaner thread 0 cleaned log profiles-{self._number(0, 2)}"
            f" (dirty section = [{at // 4000}, {at // 3990}])",
            f"\t{megabytes:.1f} MB of log processed in {megabytes / 90:.1f} seconds (90.0 MB/sec).",
            f"\tIndexed {megabytes - 0.2:.1f} MB in {megabytes / 150:.1f} seconds (150.0 Mb/sec,"
            " 60.0% of total time)",
            f"\tBuffer utilization: {self._number(1, 30) / 10}%",
            f"\tCleaned {megabytes - 0.1:.1f} MB in {megabytes / 225:.1f} seconds (225.0 Mb/sec,"
            " 40.0% of total time)",
            f"\tStart size: {megabytes:.1f} MB ({megabytes * 1800:,} messages)",
            f"\tEnd size: {left:.1f} MB ({int(left * 1800):,} messages)",
            f"\t{100 - 100 * left / megabytes:.1f}% size reduction"
            f" ({100 - 100 * left / megabytes:.1f}% fewer messages)",
            " (kafka.log.LogCleaner)",
        )
        self._send(at, broker, ("\n".join(lines),))
