"""The story of `clicks-msk`: a Kafka cluster whose broker 2 is rebooted, and rebooted again.

An operator calls RebootBroker. The broker takes leave of the controller, its partitions get other
leaders and lose it from their in-sync replicas; it is ended before all is written, so it recovers
its logs when it starts, catches up, and gets its partitions back.
"""

from __future__ import annotations

from mqtail.demo.story.kafka import BROKER_PORT, Partition
from mqtail.demo.story.kafka_reboot import (
    BROKER_SERVER,
    CONTROLLER,
    DOWN_MS,
    ELECTION_MS,
    FETCHER,
    GROUPS,
    HEARTBEATS,
    LIFECYCLE,
    LOG_MANAGER,
    PARTITION,
    REBOOTED,
    REPLICATION,
    REST,
    SIGNALS,
    SOCKET_SERVER,
    START_MS,
    STOP_MS,
    UP_MS,
    isr_of,
)
from mqtail.demo.story.kafka_start import StartingBroker

_NETWORK = "org.apache.kafka.clients.NetworkClient"

DISCONNECTED = (
    f"java.io.IOException: Connection to {REBOOTED} was disconnected before the response was read",
    "\tat org.apache.kafka.clients.NetworkClientUtils.sendAndReceive(NetworkClientUtils.java:99)",
    "\tat kafka.server.BrokerBlockingSender.sendRequest(BrokerBlockingSender.scala:114)",
    "\tat kafka.server.RemoteLeaderEndPoint.fetch(RemoteLeaderEndPoint.scala:79)",
    "\tat kafka.server.AbstractFetcherThread.processFetchRequest(AbstractFetcherThread.scala:317)",
    "\tat kafka.server.AbstractFetcherThread.maybeFetch(AbstractFetcherThread.scala:130)",
    "\tat kafka.server.AbstractFetcherThread.doWork(AbstractFetcherThread.scala:113)",
    "\tat kafka.server.ReplicaFetcherThread.doWork(ReplicaFetcherThread.scala:98)",
    "\tat org.apache.kafka.server.util.ShutdownableThread.run(ShutdownableThread.java:136)",
)
"""A broker loses the leader that it copies from."""


class ClicksStory(StartingBroker):
    """Tells the story."""

    def _restart(self, at: int) -> None:
        """Tell a reboot that the operator calls for at a time (ms)."""
        self._stopping(at + STOP_MS, at)
        self._controlled_shutdown(at + STOP_MS, at)
        for broker in REST:
            self._without_it(at + STOP_MS + self._number(400, 700), broker, at)
        self._too_few_replicas(at + STOP_MS + 900, at + UP_MS + 2_000)
        self._starting(at + START_MS, at)
        self._registered(at + UP_MS - 4_000, at)
        for broker in REST:
            self._in_sync_again(at + UP_MS + self._number(2_500, 4_500), broker, at)
        self._leading_again(at + ELECTION_MS, at)

    def _stopping(self, at: int, call: int) -> None:
        """Broker 2 shuts down, and is ended before it has closed its logs."""
        broker = REBOOTED
        server, life = f"[BrokerServer id={broker}]", f"[BrokerLifecycleManager id={broker}]"
        pending = "PENDING_CONTROLLED_SHUTDOWN"
        steps = [
            ("Terminating process due to signal SIGTERM", SIGNALS),
            (f"{server} Transition from STARTED to SHUTTING_DOWN", BROKER_SERVER),
            (f"{server} shutting down", BROKER_SERVER),
            (f"{life} Beginning controlled shutdown.", LIFECYCLE),
            (f"{life} The broker is in {pending} state, still waiting for the active"
             " controller.", LIFECYCLE),
        ]  # fmt: skip
        at = self._steps(at, broker, steps, (4, 120))
        followed = [p for p in self.partitions if broker in p.replicas[1:]]
        self._fetchers_removed(at, broker, followed)
        sockets = f"[SocketServer listenerType=BROKER, nodeId={broker}]"
        steps = [
            (f"{life} The controller has asked us to exit controlled shutdown.", LIFECYCLE),
            (f"{life} Transitioning from {pending} to SHUTTING_DOWN.", LIFECYCLE),
            (f"{sockets} Stopping socket server request processors", SOCKET_SERVER),
            (f"{sockets} Stopped socket server request processors", SOCKET_SERVER),
        ]
        at = self._steps(at + 40, broker, steps, (1, 40))
        for leader in REST:
            at = self._fetcher_stopped(at, broker, leader)
        pool = f"[data-plane Kafka Request Handler on Broker {broker}],"
        steps = [
            (f"[GroupCoordinator {broker}]: Resigned as the group coordinator for partition"
             f" {p.number} in epoch OptionalInt[{self._epoch(p, call, 1)}]", GROUPS)
            for p in self._led(broker)
            if p.topic.name == "__consumer_offsets"
        ]  # fmt: skip
        steps += [
            (f"{pool} shutting down", "kafka.server.KafkaRequestHandlerPool"),
            (f"{pool} shut down completely", "kafka.server.KafkaRequestHandlerPool"),
            (f"[GroupCoordinator {broker}]: Shutting down.", GROUPS),
            (f"[GroupCoordinator {broker}]: Shutdown complete.", GROUPS),
            (f"[ReplicaManager broker={broker}] Shutting down", "kafka.server.ReplicaManager"),
            (
                f"[ReplicaManager broker={broker}] Shut down completely",
                "kafka.server.ReplicaManager",
            ),
            ("Shutting down.", LOG_MANAGER),
        ]
        self._steps(at, broker, steps, (1, 60))

    def _controlled_shutdown(self, at: int, call: int) -> None:
        """The controller moves the leaders away and lets the broker go."""
        quorum, offset = f"[QuorumController id={CONTROLLER}]", call // 500 % 10**9
        changed = len([p for p in self.partitions if REBOOTED in p.replicas])
        steps = [
            (
                f"{quorum} Unfenced broker {REBOOTED} has requested and been granted a controlled"
                " shutdown.",
                HEARTBEATS,
            ),
            (
                f"{quorum} enterControlledShutdown[{REBOOTED}]: changing {changed} partition(s)",
                REPLICATION,
            ),
            (
                f"{quorum} The request from broker {REBOOTED} to shut down has been granted since"
                f" the lowest active offset {offset + 3} is now greater than the broker's"
                f" controlled shutdown offset {offset + 2}.",
                HEARTBEATS,
            ),
        ]
        self._steps(at + 250, CONTROLLER, steps, (20, 160))
        address = f"{self._host(REBOOTED)}/10.0.31.12:{BROKER_PORT}"
        raft = f"[RaftManager id={CONTROLLER}]"
        self._log(call + DOWN_MS, CONTROLLER, f"{raft} Node {REBOOTED} disconnected.", _NETWORK)
        for _ in range(4):
            call += self._number(1_500, 5_000)
            text = (
                f"{raft} Connection to node {REBOOTED} ({address}) could not be"
                " established. Node may not be available."
            )
            self._log(call + DOWN_MS, CONTROLLER, text, _NETWORK, level="WARN")

    def _without_it(self, at: int, broker: int, call: int) -> None:
        """A broker takes over partitions of broker 2, and drops it from the in-sync replicas."""
        followed = [p for p in self._led(REBOOTED) if broker in p.replicas]
        self._fetchers_removed(at, broker, followed)
        moved = [p for p in followed if p.replicas[1] != broker]
        for partition in followed:
            at += self._number(1, 6)
            if partition in moved:
                self._became_follower(at, broker, partition, call, 1)
            else:
                self._became_leader(at, broker, partition, call, 1)
        if moved:
            self._fetcher_added(at + 8, broker, moved[0].replicas[1], moved, call, 1)
        for partition in self._led(broker):
            if REBOOTED in partition.replicas:
                at += self._number(2, 40)
                self._shrunk(at, broker, partition, call)
        self._disconnected(call + DOWN_MS + self._number(100, 900), broker)

    def _shrunk(self, at: int, broker: int, partition: Partition, call: int) -> None:
        """A leader drops broker 2 from the in-sync replicas of a partition."""
        source = f"[Partition {partition.name} broker={broker}]"
        full, less = isr_of(partition, without=False), isr_of(partition, without=True)
        behind = partition.offset(call + STOP_MS)
        text = (
            f"{source} Shrinking ISR from {full} to {less}. Leader: (highWatermark: {behind},"
            f" endOffset: {partition.offset(at)}). Out of sync replicas: (brokerId: {REBOOTED},"
            f" endOffset: {behind}, lastCaughtUpTimeMs: {call + STOP_MS})."
        )
        self._log(at, broker, text, PARTITION)
        epoch = self._partition_epoch(call) + 1
        text = f"{source} ISR updated to {less}  and version updated to {epoch}"
        self._log(at + self._number(2, 9), broker, text, PARTITION)

    def _disconnected(self, at: int, broker: int) -> None:
        """A broker notices that it can copy no more from broker 2."""
        fetcher = f"[ReplicaFetcher replicaId={broker}, leaderId={REBOOTED}, fetcherId=0]"
        self._log(at, broker, f"{fetcher} Node {REBOOTED} disconnected.", _NETWORK)
        session = f"(sessionId={self._number(10**8, 2 * 10**9)}, epoch={self._number(900, 90_000)})"
        text = (
            f"{fetcher} Error in response for fetch request (type=FetchRequest, replicaId={broker},"
            " maxWait=500, minBytes=1, maxBytes=10485760, fetchData={},"
            f" isolationLevel=read_uncommitted, removed=, replaced=, metadata={session}, rackId=)"
        )
        # One of the two brokers' agents sends what follows a line as events of their own.
        split = broker == CONTROLLER
        self._log(
            at + 2, broker, text, FETCHER, level="WARN", trace=DISCONNECTED, line_by_line=split
        )
        self._fetcher_stopped(at + 40, broker, REBOOTED)

    def _too_few_replicas(self, begin: int, end: int) -> None:
        """Producers of `exports` are refused until the broker is back."""
        partitions = [
            (p, next(b for b in p.replicas if b != REBOOTED))
            for p in self.partitions
            if p.topic.name == "exports" and REBOOTED in p.replicas
        ]
        while begin < end:
            partition, leader = self._random.choice(partitions)
            self._log(
                begin,
                leader,
                f"[ReplicaManager broker={leader}] Error processing append operation on partition"
                f" {partition.name}",
                "kafka.server.ReplicaManager",
                level="ERROR",
                trace=(
                    "org.apache.kafka.common.errors.NotEnoughReplicasException: The size of the"
                    f" current ISR Set({leader}) is insufficient to satisfy the min.isr requirement"
                    f" of 2 for partition {partition.name}",
                ),
            )
            begin += self._number(600, 4_500)
