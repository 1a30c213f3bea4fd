"""The reboot of a Kafka broker, second half: it starts, catches up and leads again."""

from __future__ import annotations

from mqtail.demo.story.kafka import BROKER_PORT, LOG_DIR, Partition
from mqtail.demo.story.kafka_config import config_values
from mqtail.demo.story.kafka_reboot import (
    BROKER_SERVER,
    CLUSTER_ID,
    CONTROL,
    CONTROLLER,
    HEARTBEATS,
    LIFECYCLE,
    LOG_MANAGER,
    PARTITION,
    REBOOTED,
    REPLICATION,
    REST,
    SIGNALS,
    SOCKET_SERVER,
    STOP_MS,
    RebootedCluster,
    isr_of,
)
from mqtail.demo.story.telling import comma_time

_UNIFIED_LOG = "kafka.log.UnifiedLog"
_APP_INFO = "org.apache.kafka.common.utils.AppInfoParser"


class StartingBroker(RebootedCluster):
    """Tells the second half of a reboot."""

    def _starting(self, at: int, call: int) -> None:
        """Broker 2 starts and recovers its logs."""
        broker, server = REBOOTED, f"[BrokerServer id={REBOOTED}]"
        steps = [
            (
                "Registered kafka:type=kafka.Log4jController MBean",
                "kafka.utils.Log4jControllerRegistration$",
            ),
            ("Registered signal handlers for TERM, INT, HUP", SIGNALS),
            (f"[SharedServer id={broker}] Starting SharedServer", "kafka.server.SharedServer"),
            (f"{server} Transition from SHUTDOWN to STARTING", BROKER_SERVER),
            (f"{server} Starting broker", BROKER_SERVER),
            (
                f"[BrokerLifecycleManager id={broker}] Incarnation {self._incarnation(call)} of"
                f" broker {broker} in cluster {CLUSTER_ID} is now STARTING.",
                LIFECYCLE,
            ),
        ]
        at = self._steps(at, broker, steps, (60, 500))
        host = self._host(1).replace("b-1.", "b-{broker}.", 1)
        values = f"[{comma_time(at)}] INFO KafkaConfig values: \n{config_values(broker, host)}"
        self._send(at, broker, (f"{values} (kafka.server.KafkaConfig)",))
        held = [p for p in self.partitions if broker in p.replicas]
        steps = [
            (f"Loading logs from log dirs ArrayBuffer({LOG_DIR})", LOG_MANAGER),
            (
                f"Recovering {len(held)} logs from {LOG_DIR} since no clean shutdown file was"
                " found",
                LOG_MANAGER,
            ),
        ]
        begin = at = self._steps(at + 300, broker, steps, (3, 30))
        for number, partition in enumerate(held, 1):
            at = self._recovered(at, partition, call, f"{number}/{len(held)}")
        text = f"Loaded {len(held)} logs in {at - begin}ms (unclean log dirs = ArrayBuffer"
        self._log(at, broker, f"{text}({LOG_DIR}))", LOG_MANAGER)

    def _recovered(self, at: int, partition: Partition, call: int, count: str) -> int:
        """The recovery of one log; gives the time after it."""
        name, end = partition.name, partition.offset(call + STOP_MS)
        base = end - end % 50_000
        loader = f"[LogLoader partition={name}, dir={LOG_DIR}]"
        steps = [
            (f"{loader} Recovering unflushed segment {base}. 0/1 recovered for {name}.",
             "kafka.log.LogLoader"),
            (f"{loader} Loading producer state till offset {end} with message format version 2",
             f"{_UNIFIED_LOG}$"),
            (f"{loader} Reloading from producer snapshot and rebuilding producer state from offset"
             f" {end}", f"{_UNIFIED_LOG}$"),
        ]  # fmt: skip
        after = self._steps(at, REBOOTED, steps, (1, 60))
        text = (
            f"Completed load of Log(dir={LOG_DIR}/{name}, topicId={partition.topic.id},"
            f" topic={partition.topic.name}, partition={partition.number}, highWatermark={end},"
            f" lastStableOffset={end}, logStartOffset=0, logEndOffset={end}) with"
            f" {self._number(2, 40)} segments, local-log-start-offset 0 and log-end-offset {end} in"
            f" {after - at}ms ({count} completed in {LOG_DIR})"
        )
        self._log(after, REBOOTED, text, LOG_MANAGER)
        return after + self._number(1, 80)

    def _registered(self, at: int, call: int) -> None:
        """Broker 2 is let in by the controller, and follows the leaders."""
        broker, offset = REBOOTED, call // 500 % 10**9 + 90
        life, server = f"[BrokerLifecycleManager id={broker}]", f"[BrokerServer id={broker}]"
        quorum = f"[QuorumController id={CONTROLLER}]"
        endpoint = (
            f"BrokerEndpoint(name='REPLICATION', host='{self._host(broker)}', port={BROKER_PORT}"
        )
        text = (
            f"{quorum} Replayed RegisterBrokerRecord modifying the registration for broker"
            f" {broker}: RegisterBrokerRecord(brokerId={broker}, isMigratingZkBroker=false,"
            f" incarnationId={self._incarnation(call)}, brokerEpoch={offset},"
            f" endPoints=[{endpoint}, securityProtocol=1)], features=[], rack='use1-az{broker}',"
            " fenced=true, inControlledShutdown=false)"
        )
        self._log(at, CONTROLLER, text, f"{CONTROL}ClusterControlManager")
        text = (
            f"{quorum} The request from broker {broker} to unfence has been granted because it has"
            f" caught up with the offset of its register broker record {offset}."
        )
        self._log(at + 2_900, CONTROLLER, text, HEARTBEATS)
        steps = [
            (
                f"{life} Successfully registered broker {broker} with broker epoch {offset}",
                LIFECYCLE,
            ),
            (
                f"{life} The broker has caught up. Transitioning from STARTING to RECOVERY.",
                LIFECYCLE,
            ),
            (f"{server} Waiting for the broker to be unfenced", BROKER_SERVER),
            (f"{life} The broker is in RECOVERY.", LIFECYCLE),
        ]
        self._steps(at + 80, broker, steps, (100, 700))
        at += 3_050
        for leader in REST:
            self._fetcher_added(at, broker, leader, self._led_without(leader), call, 1)
            at += 10
        sockets = f"[SocketServer listenerType=BROKER, nodeId={broker}]"
        steps = [
            (
                f"{life} The broker has been unfenced. Transitioning from RECOVERY to RUNNING.",
                LIFECYCLE,
            ),
            (f"{sockets} Enabling request processing.", SOCKET_SERVER),
            (
                f"Awaiting socket connections on {self._host(broker)}:{BROKER_PORT}.",
                "kafka.network.DataPlaneAcceptor",
            ),
            (f"{server} Transition from STARTING to STARTED", BROKER_SERVER),
            ("Kafka version: 3.9.0", _APP_INFO),
            ("Kafka commitId: a60e31147e6b01ee", _APP_INFO),
            (f"Kafka startTimeMs: {at + 600}", _APP_INFO),
            (
                f"[KafkaRaftServer nodeId={broker}] Kafka Server started",
                "kafka.server.KafkaRaftServer",
            ),
        ]
        self._steps(at, broker, steps, (2, 90))

    def _in_sync_again(self, at: int, broker: int, call: int) -> None:
        """A leader takes broker 2 back into the in-sync replicas of its partitions."""
        epoch = self._partition_epoch(call) + 2
        for partition in self._led_without(broker):
            source = f"[Partition {partition.name} broker={broker}]"
            less, full = isr_of(partition, without=True), isr_of(partition, without=False)
            self._log(at, broker, f"{source} Expanding ISR from {less} to {full}", PARTITION)
            text = f"{source} ISR updated to {full}  and version updated to {epoch}"
            self._log(at + self._number(3, 30), broker, text, PARTITION)
            at += self._number(20, 400)

    def _leading_again(self, at: int, call: int) -> None:
        """The controller gives broker 2 the partitions back that it prefers it for."""
        led = self._led(REBOOTED)
        quorum = f"[QuorumController id={CONTROLLER}]"
        text = f"{quorum} maybeBalancePartitionLeaders: changing {len(led)} partition(s)"
        self._log(at, CONTROLLER, text, REPLICATION)
        at += 60
        self._fetchers_removed(at, REBOOTED, led)
        for partition in led:
            at += self._number(1, 9)
            self._became_leader(at, REBOOTED, partition, call, 2)
        for broker in REST:
            followed = [p for p in led if broker in p.replicas]
            for partition in followed:
                at += self._number(1, 9)
                self._became_follower(at, broker, partition, call, 2)
            self._fetcher_added(at + 3, broker, REBOOTED, followed, call, 2)
