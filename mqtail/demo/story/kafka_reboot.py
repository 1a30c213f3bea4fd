"""A Kafka cluster with a broker that is rebooted: what is known of it, and lines that recur."""

from __future__ import annotations

from abc import abstractmethod
from bisect import bisect_right
from collections.abc import Iterable
from typing import Literal

from mqtail.demo.kafka_clusters import Cluster
from mqtail.demo.story.kafka import BROKER_PORT, BROKERS, KafkaStory, Partition
from mqtail.demo.story.telling import Scene

CLUSTER_NAME = "clicks-msk"
REBOOTED = 2
"""The broker that is rebooted."""
CONTROLLER = 3
"""The broker that is the active controller all the time."""
RESTART_BEFORE_START_S = 22 * 60 + 30
"""The reboot of the history, seconds before the start."""
FIRST_RESTART_S = 40
RESTART_PERIOD_S = 240
"""Live reboots: the first one, and how long until each next, seconds."""

STOP_MS, DOWN_MS, START_MS, UP_MS, ELECTION_MS = 6_000, 9_000, 31_000, 48_000, 75_000
"""After the operator's call: it is told to stop, is gone, starts again, serves, leads again."""

CLUSTER_ID = "mD7kQ2vXRsWp4ZtB9cYhLg"
REST = tuple(broker for broker in BROKERS if broker != REBOOTED)

FETCHERS = "kafka.server.ReplicaFetcherManager"
FETCHER = "kafka.server.ReplicaFetcherThread"
LIFECYCLE = "kafka.server.BrokerLifecycleManager"
BROKER_SERVER = "kafka.server.BrokerServer"
SOCKET_SERVER = "kafka.network.SocketServer"
LOG_MANAGER = "kafka.log.LogManager"
PARTITION = "kafka.cluster.Partition"
GROUPS = "kafka.coordinator.group.GroupCoordinator"
SIGNALS = "org.apache.kafka.common.utils.LoggingSignalHandler"
CONTROL = "org.apache.kafka.controller."
HEARTBEATS = CONTROL + "BrokerHeartbeatManager"
REPLICATION = CONTROL + "ReplicationControlManager"

_GROUP_METADATA = "kafka.coordinator.group.GroupMetadataManager"
_STATE_CHANGE = "state.change.logger"

Change = Literal[1, 2]
"""The first or the second change of leaders of a reboot: the broker leaves, or it leads again."""


class RebootedCluster(KafkaStory):
    """Leaders, epochs and recurring lines of a cluster whose broker 2 is rebooted.

    Args:
        cluster: the cluster.
        start: the moment between history and live events, ms since the epoch.
        seed: the same seed tells the same story.
    """

    def __init__(self, cluster: Cluster, start: int, seed: int) -> None:
        super().__init__(cluster, start, seed, rates=(0.1, 0.8))
        self._restarts = Scene(
            self._restart, (-RESTART_BEFORE_START_S,), FIRST_RESTART_S, RESTART_PERIOD_S
        )
        self._scenes = (*self._scenes, self._restarts)

    def running(self, broker: int, at: int) -> bool:
        """Whether a broker is up; the one that is rebooted is away for a while each time."""
        return broker != REBOOTED or self._restarted(at, STOP_MS) == self._restarted(at, UP_MS)

    @abstractmethod
    def _restart(self, at: int) -> None:
        """Tell a reboot that the operator calls for at a time (ms)."""

    def _restarted(self, at: int, after: int = 0) -> int:
        """How many reboots had come so far (ms after the call) at a time."""
        second = (at - self.start) // 1000
        done = list(self._restarts.times(-RESTART_BEFORE_START_S, second + 1))
        return bisect_right(done, (at - self.start - after) / 1000)

    # What is known of it.

    def _host(self, broker: int) -> str:
        return self.cluster.endpoint(broker)

    def _led(self, broker: int) -> list[Partition]:
        """The partitions that a broker leads as long as all are up."""
        return [p for p in self.partitions if p.replicas[0] == broker]

    def _led_without(self, broker: int) -> list[Partition]:
        """The partitions of broker 2 that a broker leads while that is away."""
        return [
            p
            for p in self.partitions
            if REBOOTED in p.replicas and next(b for b in p.replicas if b != REBOOTED) == broker
        ]

    def _epoch(self, partition: Partition, call: int, change: int = 0) -> int:
        """Leader epoch before a reboot, or after a change in it."""
        # A scene begins up to a second after its time.
        done = 2 * self._restarted(call - 1000) + change
        return 31 + (done if partition.replicas[0] == REBOOTED else 0)

    def _partition_epoch(self, call: int) -> int:
        """Partition epoch before a reboot, which changes it four times."""
        return 60 + 4 * self._restarted(call - 1000)

    # Lines.

    def _steps(
        self, at: int, broker: int, steps: Iterable[tuple[str, str]], apart: tuple[int, int]
    ) -> int:
        """Lines one after the other, so many ms apart; gives the time after the last."""
        for message, logger in steps:
            self._log(at, broker, message, logger)
            at += self._number(*apart)
        return at

    def _fetchers_removed(self, at: int, broker: int, partitions: list[Partition]) -> None:
        names = ", ".join(p.name for p in partitions)
        manager = f"[ReplicaFetcherManager on broker {broker}]"
        self._log(at, broker, f"{manager} Removed fetcher for partitions Set({names})", FETCHERS)

    def _fetcher_added(
        self,
        at: int,
        broker: int,
        leader: int,
        partitions: list[Partition],
        call: int,
        change: Change,
    ) -> None:
        """A broker begins to copy partitions from a leader."""
        end = f"BrokerEndPoint(id={leader}, host={self._host(leader)}:{BROKER_PORT})"
        states = ", ".join(
            f"{p.name} -> InitialFetchState(Some({p.topic.id}),{end},"
            f"{self._epoch(p, call, change)},{p.offset(call + STOP_MS)})"
            for p in partitions
        )
        manager = f"[ReplicaFetcherManager on broker {broker}]"
        text = f"{manager} Added fetcher to broker {leader} for partitions HashMap({states})"
        self._log(at, broker, text, FETCHERS)
        self._log(at + 4, broker, f"[ReplicaFetcherThread-0-{leader}]: Starting", FETCHER)

    def _fetcher_stopped(self, at: int, broker: int, leader: int) -> int:
        """A broker ends the thread that copies from a leader; gives the time after that."""
        words = ("Shutting down", "Stopped", "Shutdown completed")
        steps = [(f"[ReplicaFetcherThread-0-{leader}]: {word}", FETCHER) for word in words]
        return self._steps(at, broker, steps, (0, 9))

    def _became_leader(
        self, at: int, broker: int, partition: Partition, call: int, change: Change
    ) -> None:
        old = REBOOTED if change == 1 else partition.replicas[1]
        epoch, offset = self._epoch(partition, call, change), partition.offset(at)
        isr = isr_of(partition, without=change == 1)
        text = (
            f"[Broker id={broker}] Leader {partition.name} with topic id Some({partition.topic.id})"
            f" starts at leader epoch {epoch} from offset {offset} with partition epoch"
            f" {self._partition_epoch(call) + 2 * change - 1}, high watermark {offset}, ISR"
            f" [{isr}], adding replicas [] and removing replicas [] . Previous leader Some({old})"
            f" and previous leader epoch was {epoch - 1}."
        )
        self._log(at, broker, text, _STATE_CHANGE)
        if partition.topic.name == "__consumer_offsets":
            self._elected_coordinator(at + 12, broker, partition, epoch)

    def _became_follower(
        self, at: int, broker: int, partition: Partition, call: int, change: Change
    ) -> None:
        new, old = partition.replicas[1], REBOOTED
        if change == 2:
            new, old = old, new
        epoch, offset = self._epoch(partition, call, change), partition.offset(at)
        text = (
            f"[Broker id={broker}] Follower {partition.name} starts at leader epoch {epoch} from"
            f" offset {offset} with partition epoch {self._partition_epoch(call) + 2 * change - 1}"
            f" and high watermark {offset}. Current leader is {new}. Previous leader Some({old})"
            f" and previous leader epoch was {epoch - 1}."
        )
        self._log(at, broker, text, _STATE_CHANGE)

    def _elected_coordinator(self, at: int, broker: int, partition: Partition, epoch: int) -> None:
        text = (
            f"[GroupCoordinator {broker}]: Elected as the group coordinator for partition"
            f" {partition.number} in epoch {epoch}"
        )
        self._log(at, broker, text, GROUPS)
        source, took = f"[GroupMetadataManager brokerId={broker}]", self._number(4, 90)
        text = (
            f"{source} Finished loading offsets and group metadata from {partition.name} in {took}"
            f" milliseconds for epoch {epoch}, of which 1 milliseconds was spent in the scheduler."
        )
        self._log(at + took, broker, text, _GROUP_METADATA)

    def _incarnation(self, call: int) -> str:
        """A broker's name for one of its lives."""
        return f"{call:x}"[-8:] + "wQ5bTn2RkZs7Yx"


def isr_of(partition: Partition, *, without: bool) -> str:
    """The in-sync replicas of a partition, without the rebooted broker or all."""
    brokers = sorted(b for b in partition.replicas if not (without and b == REBOOTED))
    return ",".join(str(broker) for broker in brokers)
