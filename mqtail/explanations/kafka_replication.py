"""Kafka's replication: in-sync replicas, leaders, the controller."""

from __future__ import annotations

from mqtail.explanations.base import AMAZON_MSK, KAFKA, KnownLine

LINES = (
    KnownLine(
        id="kafka-not-enough-replicas",
        title="Writes are refused: too few replicas are in sync",
        meaning=(
            "Partition {partition} has fewer in-sync replicas ({isr}) than `min.insync.replicas` "
            "asks for ({minimum}). Producers with `acks=all` get NOT_ENOUGH_REPLICAS and try "
            "again; nothing that was confirmed is lost. Reading goes on."
        ),
        look_at=(
            "Which broker is missing: filter `/Shrinking ISR|shutting down/`.",
            "`UnderMinIsrPartitionCount` and `UnderReplicatedPartitions`, by broker.",
            "Replication factor and `min.insync.replicas` of the topic: at most one less than the "
            "factor.",
            "Is a broker rebooted or patched just now? The tab API calls, `RebootBroker`.",
        ),
        doc=AMAZON_MSK + "bestpractices.html",
        pattern=(
            r"^.{0,200}?NotEnoughReplicasException: The size of the current ISR"
            r" (?P<isr>.{1,100}?) is insufficient to satisfy the min\.isr requirement of"
            r" (?P<minimum>\d{1,4}) for partition (?P<partition>\S{1,260})"
        ),
        sample=(
            "[2026-11-18 11:05:00,100] ERROR [ReplicaManager broker=1] Error processing append "
            "operation on partition billing-2 (kafka.server.ReplicaManager)\n"
            "org.apache.kafka.common.errors.NotEnoughReplicasException: The size of the current "
            "ISR Set(1) is insufficient to satisfy the min.isr requirement of 2 for partition "
            "billing-2"
        ),
    ),
    KnownLine(
        id="kafka-isr-shrunk",
        title="A replica has fallen behind and left the in-sync replicas",
        meaning=(
            "The leader on broker {broker} took replicas of {partition} out of its ISR: from "
            "{before} to {after}. The partition works on with fewer copies. Expected while a "
            "broker restarts; without a restart a broker is too slow or unreachable."
        ),
        look_at=(
            "Which broker is missing in the new list, and its log: `instance:` in the filter.",
            "`UnderReplicatedPartitions`; `CpuUser` and `CpuSystem`, together under 60%.",
            "`KafkaDataLogsDiskUsed`, `VolumeQueueLength` and `BurstBalance` of that broker.",
            "The way back: filter `/Expanding ISR/`.",
        ),
        doc=AMAZON_MSK + "troubleshooting.html",
        pattern=(
            r"^\[Partition (?P<partition>\S{1,260}) broker=(?P<broker>\d{1,9})\] Shrinking ISR from"
            r" (?P<before>[\d,]{1,200}) to (?P<after>[\d,]{1,200})"
        ),
        sample=(
            "[2026-11-18 11:04:58,100] INFO [Partition billing-2 broker=1] Shrinking ISR from "
            "1,2,3 to 1,3. Leader: (highWatermark: 5200, endOffset: 5231). Out of sync replicas: "
            "(brokerId: 2, endOffset: 5200, lastCaughtUpTimeMs: 1763463868100). "
            "(kafka.cluster.Partition)"
        ),
    ),
    KnownLine(
        id="kafka-isr-expanded",
        title="A replica has caught up and is in sync again",
        meaning=(
            "The leader on broker {broker} took a replica of {partition} back into its ISR: from "
            "{before} to {after}. That is the good end of a restart or a slow time."
        ),
        look_at=(
            "`UnderReplicatedPartitions` should go back to 0.",
            "In and out again and again? Then a broker is at its limit: `CpuUser`, `CpuIoWait`.",
        ),
        doc=KAFKA + "#replication",
        pattern=(
            r"^\[Partition (?P<partition>\S{1,260}) broker=(?P<broker>\d{1,9})\] Expanding ISR from"
            r" (?P<before>[\d,]{1,200}) to (?P<after>[\d,]{1,200})"
        ),
        sample=(
            "[2026-11-18 11:10:00,100] INFO [Partition billing-2 broker=1] Expanding ISR from 1,3 "
            "to 1,2,3 (kafka.cluster.Partition)"
        ),
    ),
    KnownLine(
        id="kafka-unclean-election",
        title="Unclean leader election: confirmed messages may be lost",
        meaning=(
            "A replica that was not in sync became leader of {partition}, because no in-sync one "
            "was left and `unclean.leader.election.enable` allows it. The partition is available "
            "again, but messages that only the old leader had are gone, confirmed ones too."
        ),
        look_at=(
            "How far back: compare the end offsets of the old leader and the new one.",
            "Consumers may see offsets go back: filter `/Truncating/`.",
            "Set `unclean.leader.election.enable` to false for what must not be lost.",
        ),
        doc=AMAZON_MSK + "msk-configuration-properties.html",
        pattern=(
            r"^.{0,80}?(?:UNCLEAN partition change for|Unclean leader election\. Partition)"
            r" (?P<partition>[^\s:]{1,260})"
        ),
        sample=(
            "[2026-11-18 11:12:00,000] INFO [QuorumController id=3] UNCLEAN partition change for "
            "billing-2 with topic ID c0JhbmsTQ0mQkq6mW2p1Zg: isr: [1] -> [2], leader: 1 -> 2, "
            "leaderRecoveryState: RECOVERED -> RECOVERING, leaderEpoch: 2 -> 3, partitionEpoch: "
            "5 -> 6 (org.apache.kafka.controller.ReplicationControlManager)"
        ),
    ),
    KnownLine(
        id="kafka-no-leader",
        title="A partition has no leader",
        meaning=(
            "All replicas of {partition} are down or out of sync, so nobody may lead it. It can "
            "be neither read nor written until one of its in-sync replicas is back."
        ),
        look_at=(
            "`OfflinePartitionsCount`: how many partitions are offline.",
            "The brokers that hold it: which of them is down? Filter `/shutting down|started/`.",
            "A replication factor of 1 makes every restart an outage for the partition.",
        ),
        doc=AMAZON_MSK + "bestpractices.html",
        pattern=(
            r"^(?:\[Broker id=\d{1,9}\] Received LeaderAndIsrRequest .{1,200}?"
            r"|kafka\.common\.StateChangeFailedException: Failed to elect leader)"
            r" for partition (?P<partition>\S{1,260}) (?:.{0,120}?but cannot become follower since"
            r" the new leader -1 is unavailable|under strategy OfflinePartition)"
        ),
        sample=(
            "[2026-11-18 11:13:00,000] ERROR [Broker id=2] Received LeaderAndIsrRequest with "
            "correlation id 3 from controller 1 epoch 2 for partition scratch-0 (last update "
            "controller epoch 2) but cannot become follower since the new leader -1 is "
            "unavailable. (state.change.logger)"
        ),
    ),
    KnownLine(
        id="kafka-preferred-election-failed",
        title="The preferred leader of a partition could not take over",
        meaning=(
            "The controller wanted to give the leadership of {partition} back to its first "
            "replica, which is not in sync or not alive. The present leader stays, so clients "
            "notice nothing; the load on the brokers stays uneven."
        ),
        look_at=(
            "Is the first replica's broker up and in sync? Filter `/Shrinking ISR|Expanding ISR/`.",
            "`LeaderCount` by broker.",
        ),
        doc=KAFKA + "#replication",
        pattern=(
            r"^.{0,120}?(?:Failed to elect leader for partition|Partition)"
            r" (?P<partition>\S{1,260}) (?:under strategy PreferredReplica"
            r"|failed to complete preferred replica leader election)"
        ),
        sample=(
            "[2026-11-18 11:14:00,000] ERROR [Controller id=3] Error completing replica leader "
            "election (PREFERRED) for partition billing-2 (kafka.controller.KafkaController)\n"
            "kafka.common.StateChangeFailedException: Failed to elect leader for partition "
            "billing-2 under strategy PreferredReplicaPartitionLeaderElectionStrategy"
        ),
    ),
    KnownLine(
        id="kafka-became-leader",
        title="This broker became the leader of a partition",
        meaning=(
            "Broker {broker} now leads {partition} (leader epoch {epoch}) and takes its reads and "
            "writes. Normal when another broker stops, comes back, or leaders are spread anew. "
            "Clients get NOT_LEADER once, ask for the new leader and go on."
        ),
        look_at=(
            "Why: filter `/shutting down|Fencing broker|preferred/` around it.",
            "`LeaderCount` by broker: evenly spread again afterwards?",
            "Producers need `retries` for such moments.",
        ),
        doc=AMAZON_MSK + "troubleshooting.html",
        pattern=(
            r"^\[Broker id=(?P<broker>\d{1,9})\] Leader (?P<partition>\S{1,260}) .{0,120}?starts at"
            r" leader epoch (?P<epoch>\d{1,12})"
        ),
        sample=(
            "[2026-11-18 11:04:57,000] INFO [Broker id=1] Leader billing-2 with topic id "
            "Some(c0JhbmsTQ0mQkq6mW2p1Zg) starts at leader epoch 32 from offset 5200 with "
            "partition epoch 61, high watermark 5200, ISR [1,3], adding replicas [] and removing "
            "replicas [] . Previous leader Some(2) and previous leader epoch was 31. "
            "(state.change.logger)"
        ),
    ),
    KnownLine(
        id="kafka-controller-elected",
        title="The cluster has a new active controller",
        meaning=(
            "Node {node} became the active controller, which elects leaders and keeps the "
            "cluster's metadata. Normal after a restart of the old one. Reading and writing go "
            "on; changes of topics and leaders wait for a moment."
        ),
        look_at=(
            "`ActiveControllerCount`: exactly 1 in the whole cluster.",
            "Why the old one went: filter `/Resign|shutting down|Session expired/`.",
            "Often? `CpuUser` of the brokers, and the network between them.",
        ),
        doc=AMAZON_MSK + "metrics-details.html",
        pattern=(
            r"^\[(?:Quorum)?Controller id=(?P<node>\d{1,9})\] (?:\d{1,9} successfully elected as"
            r" the controller|Becoming the active controller)"
        ),
        sample=(
            "[2026-11-18 11:15:00,000] INFO [Controller id=3] 3 successfully elected as the "
            "controller. Epoch incremented to 8 and epoch zk version is now 8 "
            "(kafka.controller.KafkaController)"
        ),
    ),
    KnownLine(
        id="kafka-controller-resigned",
        title="The active controller gave up its office",
        meaning=(
            "Node {node} is no longer the active controller: it stops, or it lost its session or "
            "its majority. Another node takes over within seconds. Clients do not notice unless "
            "leaders must change meanwhile."
        ),
        look_at=(
            "The successor: filter `/successfully elected|Becoming the active/`.",
            "`ActiveControllerCount`: 0 for longer than a minute is an outage of the control.",
        ),
        doc=AMAZON_MSK + "metrics-details.html",
        pattern=r"^\[Controller id=(?P<node>\d{1,9})\] Resigned$",
        sample=(
            "[2026-11-18 11:14:58,000] INFO [Controller id=1] Resigned "
            "(kafka.controller.KafkaController)"
        ),
    ),
    KnownLine(
        id="kafka-quorum-no-leader",
        title="The controllers have no leader at the moment",
        meaning=(
            "In epoch {epoch} the controllers have not agreed on an active one yet. A moment of "
            "this is a normal election. If it stays, most controllers are down or cannot reach "
            "each other: leaders and topics cannot change any more."
        ),
        look_at=(
            "The end of it: filter `/the leader is|Becoming the active/`.",
            "`ActiveControllerCount`: 1 when all is well.",
        ),
        doc=KAFKA + "#kraft",
        pattern=(
            r"^\[QuorumController id=\d{1,9}\] In the new epoch (?P<epoch>\d{1,12}), the leader is"
            r" \(none\)"
        ),
        sample=(
            "[2026-11-18 11:14:59,000] INFO [QuorumController id=2] In the new epoch 31, the "
            "leader is (none). (org.apache.kafka.controller.QuorumController)"
        ),
    ),
    KnownLine(
        id="kafka-quorum-election",
        title="A controller stands for election",
        meaning=(
            "Node {node} has heard nothing from the leader of the controllers and asks the others "
            "for their votes. Normal when a controller restarts. Many elections in a row mean "
            "that the controllers cannot reach each other, or pause for too long."
        ),
        look_at=(
            "How often: filter `/CandidateState|Become candidate/`, and the timeline.",
            "The outcome: filter `/Becoming the active|the leader is/`.",
        ),
        doc=KAFKA + "#kraft",
        pattern=(
            r"^\[RaftManager id=(?P<node>\d{1,9})\] (?:Become candidate due to fetch timeout"
            r"|Re-elect as candidate|Completed transition to CandidateState\()"
        ),
        sample=(
            "[2026-11-18 11:14:58,500] INFO [RaftManager id=3] Become candidate due to fetch "
            "timeout (org.apache.kafka.raft.KafkaRaftClient)"
        ),
    ),
    KnownLine(
        id="kafka-not-controller",
        title="A request reached a controller that is not the active one",
        meaning=(
            "Only the active controller may do this, and this node is not it, so the sender must "
            "ask another. A few around an election are normal. A stream of them means that "
            "brokers do not learn who the active controller is."
        ),
        look_at=(
            "Is there an active one: `ActiveControllerCount`, filter `/Becoming the active/`.",
            "How long it lasts: the timeline with filter `/NotControllerException/`.",
        ),
        doc=KAFKA + "#kraft",
        pattern=(r"^\[QuorumController id=\d{1,9}\] .{1,120}?\bNotControllerException\b"),
        sample=(
            "[2026-11-18 11:15:01,000] INFO [QuorumController id=2] processBrokerHeartbeat: event "
            "failed with NotControllerException in 63 microseconds. Exception message: The active "
            "controller appears to be node 3. (org.apache.kafka.controller.QuorumController)"
        ),
    ),
    KnownLine(
        id="kafka-broker-fenced",
        title="The controller has fenced a broker",
        meaning=(
            "The controller heard nothing from broker {broker} in time and takes it out of "
            "service: its partitions get other leaders. The broker is down, cut off, or pauses "
            "for too long. It comes back by itself when its heartbeats do."
        ),
        look_at=(
            "The broker's own log: `instance:` in the filter; does it still write?",
            "Its way back: filter `/has been unfenced/`.",
            "`UnderReplicatedPartitions`, `CpuUser`, `HeapMemoryAfterGC` of that broker.",
        ),
        doc=KAFKA + "#kraft",
        pattern=(
            r"^\[QuorumController id=\d{1,9}\] Fencing broker (?P<broker>\d{1,9}) because its"
            r" session has timed out"
        ),
        sample=(
            "[2026-11-18 11:16:00,000] INFO [QuorumController id=3] Fencing broker 2 because its "
            "session has timed out. (org.apache.kafka.controller.ReplicationControlManager)"
        ),
    ),
    KnownLine(
        id="kafka-controlled-shutdown-granted",
        title="The controller lets a broker stop in an orderly way",
        meaning=(
            "Broker {broker} asked to stop, and the controller moves the leadership of its "
            "partitions to others first. That is how a planned restart looks: writes go on, "
            "replicas are missing until the broker is back."
        ),
        look_at=(
            "Who asked for it: `RebootBroker` or an update in the tab API calls; patching by AWS "
            "leaves no such call of yours.",
            "Its return: filter `/has been unfenced|Kafka Server started/`.",
        ),
        doc=AMAZON_MSK + "patching-impact.html",
        pattern=(
            r"^\[QuorumController id=\d{1,9}\] (?:Unfenced|The request from) broker"
            r" (?P<broker>\d{1,9}) (?:has requested and been granted a controlled shutdown"
            r"|to shut down has been granted)"
        ),
        sample=(
            "[2026-11-18 11:04:56,000] INFO [QuorumController id=3] Unfenced broker 2 has "
            "requested and been granted a controlled shutdown. "
            "(org.apache.kafka.controller.BrokerHeartbeatManager)"
        ),
    ),
    KnownLine(
        id="kafka-fetch-failed",
        title="A follower could not fetch from the leader",
        meaning=(
            "Broker {replica} copies partitions from broker {leader} and got no answer. If the "
            "leader restarts, that is expected and passes. If not, replicas fall behind and leave "
            "the ISR."
        ),
        look_at=(
            "Is the leader's broker up? Filter `/shutting down|started/`.",
            "`UnderReplicatedPartitions`, and `CpuUser` of the leader.",
            "`TrafficShaping`: does the broker exceed its network allowance?",
        ),
        doc=AMAZON_MSK + "troubleshooting.html",
        pattern=(
            r"^\[ReplicaFetcher replicaId=(?P<replica>\d{1,9}), leaderId=(?P<leader>\d{1,9}),"
            r" fetcherId=\d{1,9}\] (?:Error in response for fetch request"
            r"|Error sending fetch request|Connection to node \S{1,12} .{0,300}? could not be"
            r" established)"
        ),
        sample=(
            "[2026-11-18 11:05:03,000] INFO [ReplicaFetcher replicaId=1, leaderId=2, fetcherId=0] "
            "Error sending fetch request (sessionId=117, epoch=42) to node 2: "
            "(org.apache.kafka.clients.FetchSessionHandler)\n"
            "java.io.IOException: Connection to 2 was disconnected before the response was read"
        ),
    ),
    KnownLine(
        id="kafka-fetch-partition-failed",
        title="A follower stopped copying a partition",
        meaning=(
            "The fetcher of broker {replica} met an error in {partition} and leaves it aside. In "
            "the middle of a leader change that repairs itself with the next change. If it stays, "
            "this replica does not follow any more and the partition has a copy less."
        ),
        look_at=(
            "The error right before it, with the same fetcher: press `x`.",
            "`UnderReplicatedPartitions` some minutes later.",
        ),
        doc=AMAZON_MSK + "troubleshooting.html",
        pattern=(
            r"^\[ReplicaFetcher replicaId=(?P<replica>\d{1,9}), leaderId=\d{1,9},"
            r" fetcherId=\d{1,9}\] Partition (?P<partition>\S{1,260}) marked as failed"
        ),
        sample=(
            "[2026-11-18 11:05:03,100] WARN [ReplicaFetcher replicaId=1, leaderId=2, fetcherId=0] "
            "Partition billing-2 marked as failed (kafka.server.ReplicaFetcherThread)"
        ),
    ),
    KnownLine(
        id="kafka-node-unreachable",
        title="A node of the cluster cannot be reached",
        meaning=(
            "{source} could not open a connection to node {node}. While that node restarts this "
            "repeats every moment and is harmless. Otherwise the node is down or the network "
            "between them is cut."
        ),
        look_at=(
            "That node's log: does it still write? `instance:` in the filter.",
            "`ActiveControllerCount`, `OfflinePartitionsCount`, `UnderReplicatedPartitions`.",
        ),
        doc=AMAZON_MSK + "bestpractices.html",
        pattern=(
            r"^\[(?P<source>[^\]\n]{1,100})\] Connection to node (?P<node>\S{1,12}) .{0,300}? could"
            r" not be established\."
        ),
        sample=(
            "[2026-11-18 11:05:04,000] WARN [RaftManager id=1] Connection to node 2 "
            "(b-2.shop.a1b2c3.c2.kafka.eu-west-1.amazonaws.com/10.1.32.12:9093) could not be "
            "established. Node may not be available. (org.apache.kafka.clients.NetworkClient)"
        ),
    ),
)
