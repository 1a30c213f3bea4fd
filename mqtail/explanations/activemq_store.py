"""ActiveMQ's limits, producer flow control, and its message store KahaDB."""

from __future__ import annotations

from mqtail.explanations.base import ACTIVEMQ, AMAZON_MQ, KnownLine

LINES = (
    KnownLine(
        id="activemq-memory-limit-producer-stopped",
        title="Producer flow control: a producer is stopped at a memory limit",
        meaning=(
            "Messages for {destination} come in faster than consumers take them, and the memory "
            "limit is used up. The broker holds this producer back until messages are removed. "
            "To the application its send call seems to hang; nothing is lost."
        ),
        look_at=(
            "`MemoryUsage`, `QueueSize`, `ConsumerCount` and `DequeueCount` of the destination.",
            "`HeapUsage` of the broker: is it this destination alone, or everything?",
            'Slow or missing consumers: filter `"slow consumer"`, then the consumers\' own logs.',
            "Setting `memoryLimit` of the `policyEntry`, and `producerFlowControl`.",
        ),
        doc=ACTIVEMQ + "producer-flow-control",
        pattern=(
            r"^.{0,600}?Usage Manager Memory Limit reached\. Producer .{0,250}? stopped to prevent"
            r" flooding (?P<destination>\S{1,250}?)\. See "
        ),
        sample=(
            "2026-11-18 11:05:02,310 | WARN  | Async error occurred: "
            "javax.jms.ResourceAllocationException: Usage Manager Memory Limit reached. Producer "
            "(ID:billing-7-40112-1763463600000-1:1:1:1) stopped to prevent flooding "
            "queue://billing.in. See http://activemq.apache.org/producer-flow-control.html for "
            "more info | org.apache.activemq.broker.TransportConnection.Service "
            "| ActiveMQ Transport: ssl:///10.1.4.20:40112"
        ),
    ),
    KnownLine(
        id="activemq-memory-limit-reached",
        title="A destination has reached its memory limit",
        meaning=(
            "The messages that {destination} keeps in memory have reached its limit. From now on "
            "producers are slowed to the rate at which messages are consumed. That is protection, "
            "not a failure, but it means that consumers do not keep up."
        ),
        look_at=(
            "`MemoryUsage`, `QueueSize` and `ConsumerCount` of the destination in CloudWatch.",
            'Producers that were stopped because of it: filter `"stopped to prevent flooding"`.',
            "Add consumers, or make them faster; raise `memoryLimit` only if `HeapUsage` is low.",
        ),
        doc=ACTIVEMQ + "producer-flow-control",
        pattern=(
            r"\AUsage Manager Memory Limit \(\d{1,20}\) reached on (?P<destination>\S{1,250}?),"
            r" size "
        ),
        sample=(
            "2026-11-18 11:05:00,100 | INFO  | Usage Manager Memory Limit (104857600) reached on "
            "queue://billing.in, size 2210. Producers will be throttled to the rate at which "
            "messages are removed from this destination to prevent flooding it. See "
            "http://activemq.apache.org/producer-flow-control.html for more info. "
            "| org.apache.activemq.broker.region.Queue | ActiveMQ Transport: ssl:///10.1.4.20:40112"
        ),
    ),
    KnownLine(
        id="activemq-temp-store-full",
        title="The temporary store is full: producers of non-persistent messages are stopped",
        meaning=(
            "Non-persistent messages that do not fit into memory are written to the temporary "
            "store, and {percent}% of its {limit} bytes are used. The producer that writes to "
            "{destination} is held back, or its send fails, until consumers free space. A restart "
            "throws these messages away."
        ),
        look_at=(
            "`TempPercentUsage` of the broker; `QueueSize` and `ConsumerCount` of the destination.",
            "Consume or purge the queues with non-persistent messages that nobody takes.",
            "Let producers set a time to live, or send what matters as persistent messages.",
            "Amazon MQ fixes the size of the temporary store by instance type (see Quotas).",
        ),
        doc=ACTIVEMQ + "producer-flow-control",
        pattern=(
            r"^.{0,600}?Temp Store is Full \((?P<percent>\d{1,4})% of (?P<limit>\d{1,20})\)\."
            r" Stopping producer .{0,250}? to prevent flooding (?P<destination>\S{1,250}?)\. See "
        ),
        sample=(
            "2026-11-18 11:06:00,004 | WARN  | Async error occurred: "
            "javax.jms.ResourceAllocationException: Temp Store is Full (100% of 53687091200). "
            "Stopping producer (ID:rates-2-41877-1763463600000-1:1:1:1) to prevent flooding "
            "queue://rates.live. See http://activemq.apache.org/producer-flow-control.html for "
            "more info | org.apache.activemq.broker.TransportConnection.Service "
            "| ActiveMQ Transport: ssl:///10.1.4.31:41877"
        ),
    ),
    KnownLine(
        id="activemq-persistent-store-full",
        title="The persistent store is full: the broker takes no more messages",
        meaning=(
            "The store of persistent messages has reached {percent}% of its limit of {limit} "
            "bytes, so producers are stopped, the one for {destination} among them. All persistent "
            "sends wait or fail until journal files can be deleted. A single old message that is "
            "not acknowledged can keep a whole journal file."
        ),
        look_at=(
            "`StorePercentUsage`: at 100 the broker refuses messages.",
            "`QueueSize` by queue: dead letter queues and queues without consumers first.",
            "`InactiveDurableTopicSubscribersCount`: subscribers that are gone keep messages.",
            "`JournalFilesForFullRecovery` and `OpenTransactionCount`: transactions left open.",
        ),
        doc=ACTIVEMQ + "why-do-kahadb-log-files-remain-after-cleanup",
        pattern=(
            r"^.{0,600}?Persistent store is Full, (?P<percent>\d{1,4})% of (?P<limit>\d{1,20})\."
            r" Stopping producer .{0,250}? to prevent flooding (?P<destination>\S{1,250}?)\. See "
        ),
        sample=(
            "2026-11-18 11:07:40,118 | WARN  | Async error occurred: "
            "javax.jms.ResourceAllocationException: Persistent store is Full, 100% of "
            "214748364800. Stopping producer (ID:ledger-1-50210-1763463600000-1:1:1:1) to prevent "
            "flooding queue://ledger.post. See "
            "http://activemq.apache.org/producer-flow-control.html for more info "
            "| org.apache.activemq.broker.TransportConnection.Service "
            "| ActiveMQ Transport: ssl:///10.1.4.12:50210"
        ),
    ),
    KnownLine(
        id="activemq-disk-full",
        title="The broker's disk is full",
        meaning=(
            "A write to the store failed because no space is left. Messages that could not be "
            "written were not accepted, and the broker may stop or restart its connectors until "
            "there is space again. Persistent sends fail meanwhile."
        ),
        look_at=(
            "`StorePercentUsage` and `JobSchedulerStorePercentUsage` of the broker.",
            "Consume or purge queues nobody reads: `QueueSize` and `ConsumerCount` by queue.",
            'What the broker did about it: filter `"due to IO exception" or "due to exception"`.',
        ),
        doc=ACTIVEMQ + "configurable-ioexception-handling",
        pattern=r"^.{0,400}?No space left on device",
        sample=(
            "2026-11-18 11:08:00,900 | ERROR | Checkpoint failed "
            "| org.apache.activemq.store.kahadb.MessageDatabase "
            "| ActiveMQ Journal Checkpoint Worker\n"
            "java.io.IOException: No space left on device\n"
            "\tat java.base/java.io.RandomAccessFile.writeBytes(Native Method)"
        ),
    ),
    KnownLine(
        id="activemq-store-limit-lowered",
        title="The store limit is larger than the disk, and was lowered",
        meaning=(
            "The configured limit of {limit} mb is more than the {space} mb that are free, so the "
            "broker lowered its limit to what is there. The broker works, but it can store less "
            "than its configuration says."
        ),
        look_at=(
            "`StorePercentUsage`: it counts against the lowered limit.",
            "Is the volume filling up? Compare this line with those of earlier starts.",
            "The storage quota of the instance type (see Quotas in Amazon MQ).",
        ),
        doc=AMAZON_MQ + "amazon-mq-limits.html",
        pattern=(
            r"\A(?:Temporary )?Store limit is (?P<limit>\d{1,12}) mb \(current .{0,300}? only has"
            r" (?P<space>\d{1,12}) mb of usable space"
        ),
        sample=(
            "2026-11-18 11:00:01,021 | WARN  | Store limit is 102400 mb (current store usage is "
            "12 mb). The data directory: /opt/activemq/data/kahadb only has 20480 mb of usable "
            "space. - resetting to maximum available disk space: 20492 mb "
            "| org.apache.activemq.broker.BrokerService | main"
        ),
    ),
    KnownLine(
        id="activemq-temp-store-unusable",
        title="The temporary store is too small to be used",
        meaning=(
            "The limit of the temporary store, {limit} mb, is less than one of its journal files "
            "needs, so it takes no data at all. Non-persistent messages can only be kept in "
            "memory, and their producers are stopped as soon as that is full."
        ),
        look_at=(
            "`tempUsage` in the broker's configuration: larger than one journal file.",
            "`TempPercentUsage` and `HeapUsage` under load.",
        ),
        doc=ACTIVEMQ + "producer-flow-control",
        pattern=(
            r"\ATemporary Store limit is (?P<limit>\d{1,12}) mb, whilst the max journal file size"
        ),
        sample=(
            "2026-11-18 11:00:01,050 | ERROR | Temporary Store limit is 5 mb, whilst the max "
            "journal file size for the temporary store is: 32 mb, the temp store will not accept "
            "any data when used. | org.apache.activemq.broker.BrokerService | main"
        ),
    ),
    KnownLine(
        id="activemq-memory-limit-over-heap",
        title="The memory limit is larger than the Java heap, and was lowered",
        meaning=(
            "The configured memory limit ({limit}) does not fit into the heap of this instance, "
            "so the broker uses a share of the heap instead. It works, but flow control begins "
            "earlier than the configuration says."
        ),
        look_at=(
            "`HeapUsage` of the broker under load.",
            "`memoryUsage` in the configuration, and the memory of the instance type.",
        ),
        doc=ACTIVEMQ + "producer-flow-control",
        pattern=(
            r"\AMemory Usage for the Broker \((?P<limit>\d{1,12} ?mb)\) is more than the maximum"
            r" available for the JVM"
        ),
        sample=(
            "2026-11-18 11:00:00,990 | WARN  | Memory Usage for the Broker (2048mb) is more than "
            "the maximum available for the JVM: 1024 mb - resetting to 70% of maximum available: "
            "716 mb | org.apache.activemq.broker.BrokerService | main"
        ),
    ),
    KnownLine(
        id="activemq-journal-file-missing",
        title="A journal file of the store is missing",
        meaning=(
            "The index points to {file}, and that file is not there. The messages in it cannot be "
            "delivered, and the queue may stop dispatching at this place. This is damage to the "
            "store, not a passing condition."
        ),
        look_at=(
            "Which queue: the thread name of the line, or filter `/Failed to page in/`.",
            "Was there an unclean stop or a full disk before? `x` shows the moment unfiltered.",
            "Move what is still readable to another queue, then open a case with AWS Support.",
        ),
        doc=ACTIVEMQ + "kahadb",
        pattern=r"^.{0,400}?Could not locate data file (?P<file>\S{1,300})",
        sample=(
            "2026-11-18 12:00:00,000 | ERROR | Error reading next message "
            "| org.apache.activemq.broker.region.cursors.AbstractStoreCursor "
            "| Queue:billing.in\n"
            "java.io.IOException: Could not locate data file /opt/activemq/data/kahadb/db-41.log\n"
            "\tat org.apache.activemq.store.kahadb.disk.journal.Journal.getDataFile(Journal.java)"
        ),
    ),
    KnownLine(
        id="activemq-page-in-failed",
        title="The broker could not read messages of a queue from its store",
        meaning=(
            "To dispatch, a queue reads its next messages from the store, and that failed. "
            "Consumers of this queue get nothing until the read works; other queues go on. The "
            "exception below says why."
        ),
        look_at=(
            "The first `Caused by` in the trace (open the event, or `z` unfolds it in the log).",
            "`QueueSize` and `DispatchCount` of the queue that the thread name tells.",
            "`StorePercentUsage`, and the read and write figures of the volume: `VolumeReadOps`.",
        ),
        doc=ACTIVEMQ + "kahadb",
        pattern=r"\AFailed to page in more queue messages",
        sample=(
            "2026-11-18 12:01:00,000 | ERROR | Failed to page in more queue messages "
            "| org.apache.activemq.broker.region.Queue | Queue:billing.in\n"
            "java.io.EOFException\n"
            "\tat java.base/java.io.RandomAccessFile.readFully(RandomAccessFile.java:471)"
        ),
    ),
    KnownLine(
        id="activemq-journal-corrupt",
        title="The journal holds corrupt records",
        meaning=(
            "While it read its journal, KahaDB met records that it cannot read, usually after a "
            "stop in the middle of a write. With `ignoreMissingJournalfiles` the broker drops what "
            "it cannot read and goes on; without it the broker does not start. Messages in these "
            "places are lost."
        ),
        look_at=(
            'Does the broker start in spite of it? Filter `"Failed to start" or " started"`.',
            "What came before the restart: disk full, out of memory, a kill? Press `x`.",
            "`JournalFilesForFullRecovery`, and `QueueSize` before and after.",
        ),
        doc=ACTIVEMQ + "kahadb",
        pattern=(r"^.{0,200}?(?:Corrupt journal records found in|Detected corrupt journal files)"),
        sample=(
            "2026-11-18 11:00:02,400 | WARN  | Corrupt journal records found in "
            "'/opt/activemq/data/kahadb/db-9.log' between offsets: 120..4810 "
            "| org.apache.activemq.store.kahadb.disk.journal.Journal | main"
        ),
    ),
    KnownLine(
        id="activemq-journal-recovery",
        title="The broker replays its journal",
        meaning=(
            "After a start or a failover the broker reads the part of the journal that was not "
            "yet in the index. That is normal; clients can connect only when it is done. Seconds "
            "are usual, minutes mean many unacknowledged messages or transactions left open."
        ),
        look_at=(
            "How long it took, and the connectors after it: filter `/Connector .* started/`.",
            "`JournalFilesForFullRecovery`, `JournalFilesForFastRecovery`, `OpenTransactionCount`.",
            "Prepared XA transactions that were never ended are replayed at every start.",
        ),
        doc=AMAZON_MQ + "best-practices-activemq.html",
        pattern=(
            r"\A(?:Recovering from the journal @|Recovery replayed \d{1,12} operations from the"
            r" journal)"
        ),
        sample=(
            "2026-11-18 11:00:03,118 | INFO  | Recovery replayed 812 operations from the journal "
            "in 0.207 seconds. | org.apache.activemq.store.kahadb.MessageDatabase | main"
        ),
    ),
    KnownLine(
        id="activemq-unclean-shutdown",
        title="The last stop was not a clean one",
        meaning=(
            "The index was not closed when the broker stopped last, so its list of free pages is "
            "built anew. The broker was killed, ran out of memory, or its instance failed. No "
            "messages are lost by this, but the start takes longer."
        ),
        look_at=(
            "What came last before this start: press `x`, or filter `level>=warn` around it.",
            "`JournalFilesForFullRecovery` and `HeapUsage` before the stop.",
        ),
        doc=ACTIVEMQ + "kahadb",
        pattern=r"\APage File: .{1,300}? Recover(?:ing|ed) pageFile free list",
        sample=(
            "2026-11-18 11:00:02,004 | INFO  | Page File: /opt/activemq/data/kahadb/db.data. "
            "Recovering pageFile free list due to prior unclean shutdown.. "
            "| org.apache.activemq.store.kahadb.disk.page.PageFile | main"
        ),
    ),
    KnownLine(
        id="activemq-slow-store",
        title="The store answers slowly",
        meaning=(
            "A step of KahaDB took longer than its threshold: {detail}. Every persistent send "
            "waits for the journal, so clients see slow sends. Single lines are normal; a series "
            "means that the volume is the bottleneck."
        ),
        look_at=(
            "How often: filter `/Slow KahaDB/` and look at the timeline.",
            "`VolumeWriteOps`, `VolumeReadOps`, `BurstBalance` and `CpuUtilization`.",
            "Queues with slow consumers: `concurrentStoreAndDispatchQueues` set to false.",
        ),
        doc=AMAZON_MQ + "best-practices-activemq.html",
        pattern=r"\ASlow KahaDB access: (?P<detail>.{1,120})",
        sample=(
            "2026-11-18 11:20:00,640 | INFO  | Slow KahaDB access: Journal append took: 0 ms, "
            "Index update took 1044 ms | org.apache.activemq.store.kahadb.MessageDatabase "
            "| ActiveMQ Transport: ssl:///10.1.4.12:50210"
        ),
    ),
)
