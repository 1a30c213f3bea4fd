"""Kafka's brokers: start and stop, logs and disks, ZooKeeper."""

from __future__ import annotations

from mqtail.explanations.base import AMAZON_MSK, KAFKA, KnownLine

LINES = (
    KnownLine(
        id="kafka-disk-full",
        title="A broker's disk is full",
        meaning=(
            "A write failed because no space is left. The broker takes this log directory out of "
            "service, and with it all partitions there; with a single directory the broker stops."
        ),
        look_at=(
            "`KafkaDataLogsDiskUsed` by broker: AWS advises to act at 85%.",
            "Expand the storage (`UpdateBrokerStorage`), or switch on automatic scaling.",
            "Shorten `retention.ms` or `retention.bytes` of the largest topics.",
        ),
        doc=AMAZON_MSK + "bestpractices.html",
        pattern=r"^.{0,300}?No space left on device",
        sample=(
            "[2026-11-18 12:00:00,000] ERROR Error while writing to checkpoint file "
            "/kafka/datalogs/replication-offset-checkpoint (kafka.server.LogDirFailureChannel)\n"
            "java.io.IOException: No space left on device"
        ),
    ),
    KnownLine(
        id="kafka-log-dir-failed",
        title="A broker gives up a log directory",
        meaning=(
            "Reading or writing under {directory} failed, so the broker no longer serves the "
            "partitions there. Other replicas take over their leadership. If it was the only "
            "directory, the broker stops."
        ),
        look_at=(
            "The error right before: filter `level>=error`, then press `x`.",
            "`KafkaDataLogsDiskUsed`, `UnderReplicatedPartitions`, `OfflinePartitionsCount`.",
            "Amazon MSK replaces broken volumes by itself; it tells so in the cluster's state.",
        ),
        doc=AMAZON_MSK + "troubleshooting.html",
        pattern=(
            r"^(?:\[ReplicaManager broker=\d{1,9}\] )?Stopping serving (?:replicas|logs) in dir"
            r" (?P<directory>\S{1,300})"
        ),
        sample=(
            "[2026-11-18 12:00:00,100] WARN [ReplicaManager broker=2] Stopping serving replicas in "
            "dir /kafka/datalogs (kafka.server.ReplicaManager)"
        ),
    ),
    KnownLine(
        id="kafka-all-log-dirs-failed",
        title="The broker stops: none of its log directories works",
        meaning=(
            "All log directories of this broker have failed, so it ends at once, without an "
            "orderly shutdown. Its partitions get other leaders; those without another in-sync "
            "replica are offline."
        ),
        look_at=(
            "`OfflinePartitionsCount` and `KafkaDataLogsDiskUsed`.",
            "The first error: filter `/No space left|Stopping serving/`.",
        ),
        doc=AMAZON_MSK + "troubleshooting.html",
        pattern=r"^Shutdown broker because all log dirs in .{1,300}? have failed",
        sample=(
            "[2026-11-18 12:00:00,200] FATAL Shutdown broker because all log dirs in "
            "/kafka/datalogs have failed (kafka.log.LogManager)"
        ),
    ),
    KnownLine(
        id="kafka-start-failed",
        title="The broker could not start",
        meaning=(
            "The start ended with a fatal error, which stands in the exception: a wrong setting, a "
            "port, another cluster's data, a controller that does not answer. The broker is down; "
            "its partitions have other leaders if they have other replicas."
        ),
        look_at=(
            "The exception in this event.",
            "The last change: `UpdateClusterConfiguration` in the tab API calls.",
            "`UnderReplicatedPartitions` and `OfflinePartitionsCount`.",
        ),
        doc=AMAZON_MSK + "troubleshooting.html",
        pattern=(
            r"^(?:\[(?:KafkaServer|BrokerServer|ControllerServer) id=\d{1,9}\] Fatal error during "
            r"|Exiting Kafka due to fatal exception|Exiting Kafka\.)"
        ),
        sample=(
            "[2026-11-18 12:01:00,000] ERROR [KafkaServer id=2] Fatal error during KafkaServer "
            "startup. Prepare to shutdown (kafka.server.KafkaServer)\n"
            "kafka.common.InconsistentClusterIdException: The Cluster ID does not match"
        ),
    ),
    KnownLine(
        id="kafka-broker-stopping",
        title="A broker shuts down",
        meaning=(
            "The broker stops. In an orderly stop it hands over its leaders first, so clients "
            "only change brokers. Until it is back, its replicas are missing from the ISR."
        ),
        look_at=(
            "Who asked for it: `RebootBroker` and updates in the tab API calls, or patching.",
            "Its return: filter `/started|has been unfenced/`.",
            "`UnderReplicatedPartitions` goes up now and must come back to 0.",
        ),
        doc=AMAZON_MSK + "patching-impact.html",
        pattern=(
            r"^(?:Terminating process due to signal |\[KafkaServer id=\d{1,9}\] shutting down"
            r"|\[BrokerServer id=\d{1,9}\] (?:shutting down|Transition from STARTED to"
            r" SHUTTING_DOWN)|\[BrokerLifecycleManager id=\d{1,9}\] Beginning controlled shutdown)"
        ),
        sample=(
            "[2026-11-18 11:04:55,000] INFO [KafkaServer id=2] shutting down "
            "(kafka.server.KafkaServer)"
        ),
    ),
    KnownLine(
        id="kafka-broker-started",
        title="A broker has started",
        meaning=(
            "The broker is up and takes clients. Its replicas still have to catch up before they "
            "are in sync, and leaders come back to it later."
        ),
        look_at=(
            "Catching up: filter `/Expanding ISR/`, `UnderReplicatedPartitions` back to 0.",
            "No stop was planned? Look at what came before: press `x`.",
        ),
        doc=AMAZON_MSK + "patching-impact.html",
        pattern=(
            r"^(?:\[KafkaServer id=\d{1,9}\] started"
            r"|\[KafkaRaftServer nodeId=\d{1,9}\] Kafka Server started"
            r"|\[BrokerServer id=\d{1,9}\] Transition from STARTING to STARTED"
            r"|\[BrokerLifecycleManager id=\d{1,9}\] The broker has been unfenced)"
        ),
        sample=(
            "[2026-11-18 11:09:50,000] INFO [KafkaRaftServer nodeId=2] Kafka Server started "
            "(kafka.server.KafkaRaftServer)"
        ),
    ),
    KnownLine(
        id="kafka-controlled-shutdown-failed",
        title="A broker could not hand over its leaders before stopping",
        meaning=(
            "The orderly stop did not work at the first try; the broker asks the controller "
            "again, and after some tries stops anyway. Then its partitions are without a leader "
            "for a moment, and its next start takes longer."
        ),
        look_at=(
            "Is there an active controller: `ActiveControllerCount`.",
            "The outcome: filter `/Controlled shutdown/`.",
        ),
        doc=KAFKA + "#replication",
        pattern=(
            r"^\[KafkaServer id=\d{1,9}\] (?:Retrying controlled shutdown"
            r"|Error during controlled shutdown|Proceeding to do an unclean shutdown)"
        ),
        sample=(
            "[2026-11-18 11:04:57,500] WARN [KafkaServer id=2] Retrying controlled shutdown after "
            "the previous attempt failed... (kafka.server.KafkaServer)"
        ),
    ),
    KnownLine(
        id="kafka-unclean-start",
        title="The broker recovers its logs: its last stop was not clean",
        meaning=(
            "There is no mark of a clean shutdown in {directory}, so the broker checks {logs} "
            "logs before it serves them. That takes from seconds to many minutes. It was killed, "
            "ran out of memory, or its machine failed."
        ),
        look_at=(
            "Progress: filter `/Recovering unflushed|Completed load/`.",
            "What came last before: press `x`; `HeapMemoryAfterGC` and `MemoryUsed`.",
            "`num.recovery.threads.per.data.dir` makes the recovery faster.",
        ),
        doc=AMAZON_MSK + "bestpractices.html",
        pattern=(
            r"^Recovering (?P<logs>\d{1,9}) logs from (?P<directory>\S{1,300}) since no clean"
            r" shutdown file was found"
        ),
        sample=(
            "[2026-11-18 11:09:20,000] INFO Recovering 20 logs from /kafka/datalogs since no clean "
            "shutdown file was found (kafka.log.LogManager)"
        ),
    ),
    KnownLine(
        id="kafka-recovering-segment",
        title="A partition's last segment is checked after the start",
        meaning=(
            "Part of the log of {partition} was not known to be on disk at the last stop, so it is "
            "read and checked. Normal after an unclean stop; nothing that was replicated is lost."
        ),
        look_at=(
            "Why the stop was not clean: filter `/no clean shutdown file/`, then press `x`.",
            "The end: filter `/Completed load|Kafka Server started/`.",
        ),
        doc=AMAZON_MSK + "bestpractices.html",
        pattern=(
            r"^\[(?:LogLoader|Log|UnifiedLog) partition=(?P<partition>[^,\s]{1,260}),"
            r" dir=.{1,300}?\] Recovering unflushed segment"
        ),
        sample=(
            "[2026-11-18 11:09:21,000] INFO [LogLoader partition=billing-2, dir=/kafka/datalogs] "
            "Recovering unflushed segment 5000. 0/1 recovered for billing-2. (kafka.log.LogLoader)"
        ),
    ),
    KnownLine(
        id="kafka-config-values",
        title="The settings that a broker runs with",
        meaning=(
            "At its start, and after a change, a broker writes down all of its settings. It is a "
            "record, not a message: this is where to look up what was in force at that time."
        ),
        look_at=(
            "Open the event and search in it with `/`, for example for `min.insync.replicas`.",
            "Compare with another broker's: filter `/KafkaConfig values/`.",
        ),
        doc=AMAZON_MSK + "msk-configuration-properties.html",
        pattern=r"^KafkaConfig values: ",
        sample=(
            "[2026-11-18 11:09:15,000] INFO KafkaConfig values: \n"
            "\tauto.create.topics.enable = false\n"
            "\tmin.insync.replicas = 2\n"
            " (kafka.server.KafkaConfig)"
        ),
    ),
    KnownLine(
        id="kafka-retention",
        title="Old messages are deleted by the topic's retention",
        meaning=(
            "Segments of {partition} are past the time or size that the topic keeps, and are "
            "deleted. That is what retention is for. Consumers that have not read them yet will "
            "not get them any more."
        ),
        look_at=(
            "Consumers that are late: `MaxOffsetLag` and `EstimatedMaxTimeLag` by group.",
            "`retention.ms` and `retention.bytes` of the topic.",
            "Hide them: filter `-/segment/`.",
        ),
        doc=KAFKA + "#topicconfigs_retention.ms",
        pattern=(
            r"^\[(?:Log|UnifiedLog) partition=(?P<partition>[^,\s]{1,260}), dir=.{1,300}?\]"
            r" (?:Found deletable segments .{1,600}? due to retention"
            r"|Deleting segment .{1,600}? due to (?:local )?log retention)"
        ),
        sample=(
            "[2026-11-18 12:30:00,000] INFO [UnifiedLog partition=billing-2, dir=/kafka/datalogs] "
            "Deleting segment LogSegment(baseOffset=0, size=104857600, "
            "lastModifiedTime=1763377200000, largestRecordTimestamp=1763377199000) due to log "
            "retention time 86400000ms breach based on the largest record timestamp in the segment "
            "(kafka.log.UnifiedLog)"
        ),
    ),
    KnownLine(
        id="kafka-segment-rolled",
        title="A partition begins a new segment",
        meaning=(
            "The file that {partition} is written to was full or old enough, and a new one begins. "
            "Entirely normal; only the speed is worth a look, since it tells how much is written."
        ),
        look_at=(
            "Many segments in a short time: `BytesInPerSec` of the topic; is `segment.bytes` "
            "small?",
            "Hide them: filter `-/Rolled new log segment/`.",
        ),
        doc=KAFKA + "#topicconfigs",
        pattern=(
            r"^\[(?:Log|LocalLog|UnifiedLog) partition=(?P<partition>[^,\s]{1,260}),"
            r" dir=.{1,300}?\] Rolled new log segment"
        ),
        sample=(
            "[2026-11-18 12:31:00,000] INFO [LocalLog partition=billing-2, dir=/kafka/datalogs] "
            "Rolled new log segment at offset 6200 in 2 ms. (kafka.log.LocalLog)"
        ),
    ),
    KnownLine(
        id="kafka-topic-deleted",
        title="A partition is deleted",
        meaning=(
            "The log of {partition} is renamed and its files are deleted a minute later: its topic "
            "was deleted, or the partition moved to another broker. The messages of a deleted "
            "topic cannot be brought back."
        ),
        look_at=(
            "Who deleted the topic: `DeleteTopic` in the tab API calls (with IAM access control).",
            "A move instead: filter `/reassign/`.",
        ),
        doc=KAFKA + "#topicconfigs",
        pattern=(
            r"^Log for partition (?P<partition>\S{1,260}) is renamed to \S{1,400}-delete and is"
            r" scheduled for deletion"
        ),
        sample=(
            "[2026-11-18 12:32:00,000] INFO Log for partition scratch-0 is renamed to "
            "/kafka/datalogs/scratch-0.1f0c-delete and is scheduled for deletion "
            "(kafka.log.LogManager)"
        ),
    ),
    KnownLine(
        id="kafka-zookeeper-session-expired",
        title="A broker lost its session with ZooKeeper",
        meaning=(
            "ZooKeeper heard nothing from this broker for the session timeout and counts it as "
            "gone: its partitions get other leaders, and a controller loses its office. The "
            "broker registers again as soon as it can. Usual causes are a long pause of the "
            "process or a cut network."
        ),
        look_at=(
            "`ZooKeeperSessionState` and `ZooKeeperRequestLatencyMsMean`, by broker.",
            "`HeapMemoryAfterGC` and `CpuUser`: a long pause for garbage collection?",
            "`zookeeper.session.timeout.ms`, up to 18000 on Amazon MSK.",
        ),
        doc=AMAZON_MSK + "msk-configuration-properties.html",
        pattern=(
            r"^(?:\[ZooKeeperClient [^\]\n]{1,100}\] Session expired\."
            r"|Unable to reconnect to ZooKeeper service, session \S{1,40} has expired"
            r"|.{0,200}?ZooKeeperClientExpiredException)"
        ),
        sample=(
            "[2026-11-18 12:40:00,000] INFO [ZooKeeperClient Kafka server] Session expired. "
            "(kafka.zookeeper.ZooKeeperClient)"
        ),
    ),
    KnownLine(
        id="kafka-zookeeper-timeout",
        title="ZooKeeper does not answer a broker",
        meaning=(
            "The broker heard nothing from ZooKeeper for {ms} ms and connects again. If that works "
            "within the session timeout nothing happens; else the session expires and the "
            "broker's partitions get other leaders."
        ),
        look_at=(
            "Did the session expire? Filter `/Session expired|session .* has expired/`.",
            "`ZooKeeperRequestLatencyMsMean` and `ZooKeeperSessionState`.",
        ),
        doc=AMAZON_MSK + "metrics-details.html",
        pattern=(
            r"^Client session timed out, have not heard from server in (?P<ms>\d{1,9}) ?ms for"
            r" session"
        ),
        sample=(
            "[2026-11-18 12:39:54,000] WARN Client session timed out, have not heard from server "
            "in 12002ms for sessionid 0x100012ab34c0001 (org.apache.zookeeper.ClientCnxn)"
        ),
    ),
)
