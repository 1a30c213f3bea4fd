"""RabbitMQ's nodes: resource alarms, start and stop, crashes."""

from __future__ import annotations

from mqtail.explanations.base import AMAZON_MQ, RABBITMQ, KnownLine

LINES = (
    KnownLine(
        id="rabbitmq-memory-alarm-set",
        title="Memory alarm: publishers are blocked",
        meaning=(
            "Node {node} uses more memory than its limit. All connections that publish, on every "
            "node of the cluster, are blocked until the alarm clears; consumers go on. While the "
            "alarm is up, Amazon MQ refuses to reboot the broker."
        ),
        look_at=(
            "`RabbitMQMemUsed` against `RabbitMQMemLimit`, by node.",
            "What takes it: `MessageCount`, `QueueCount`, `ConnectionCount`, `ChannelCount`, "
            "`ConsumerCount`, `PublishRate`.",
            "Consume or purge long queues; set a length limit and a smaller prefetch.",
            "The end of it: filter `/alarm cleared/`.",
        ),
        doc=AMAZON_MQ + "troubleshooting-action-required-codes-rabbitmq-memory-alarm.html",
        pattern=r"^memory resource limit alarm set on node '?(?P<node>[^\s']{1,200}?)'?\.?$",
        sample=(
            "2026-11-18 11:05:00.100231+00:00 [warning] <0.288.0> memory resource limit alarm set "
            "on node 'rabbit@ip-10-1-4-7.eu-west-1.compute.internal'."
        ),
    ),
    KnownLine(
        id="rabbitmq-disk-alarm-set",
        title="Disk alarm: publishers are blocked",
        meaning=(
            "Node {node} has less free disk space than its limit. All connections that publish, "
            "on every node of the cluster, are blocked until there is space again; consumers go "
            "on."
        ),
        look_at=(
            "`RabbitMQDiskFree` against `RabbitMQDiskFreeLimit`, by node.",
            "Long queues with persistent messages: `MessageReadyCount` by queue.",
            "Messages that are not acknowledged: `MessageUnacknowledgedCount`.",
        ),
        doc=RABBITMQ + "disk-alarms",
        pattern=r"^disk resource limit alarm set on node '?(?P<node>[^\s']{1,200}?)'?\.?$",
        sample=(
            "2026-11-18 11:06:00.100231+00:00 [warning] <0.288.0> disk resource limit alarm set "
            "on node 'rabbit@ip-10-1-4-7.eu-west-1.compute.internal'."
        ),
    ),
    KnownLine(
        id="rabbitmq-alarm-cleared",
        title="An alarm is over: publishers go on",
        meaning=(
            "The {resource} alarm has cleared ({where}). When no node has an alarm any more, "
            "blocked publishers go on by themselves. Expect a burst of what they held back."
        ),
        look_at=(
            "How long it was up: filter `/resource limit alarm/`, and the timeline.",
            "Does it come back? Then the cause is still there: `RabbitMQMemUsed`, "
            "`RabbitMQDiskFree`, `MessageCount`.",
        ),
        doc=RABBITMQ + "alarms",
        pattern=(
            r"^(?P<resource>memory|disk) resource limit alarm cleared"
            r" (?P<where>on node \S{1,200}|across the cluster)"
        ),
        sample=(
            "2026-11-18 11:15:00.100231+00:00 [warning] <0.288.0> memory resource limit alarm "
            "cleared on node 'rabbit@ip-10-1-4-7.eu-west-1.compute.internal'"
        ),
    ),
    KnownLine(
        id="rabbitmq-file-descriptor-alarm",
        title="File descriptor alarm: no new connections",
        meaning=(
            "The node has used up its file descriptors, and each connection and queue file needs "
            "one. It accepts no new connections until some are free; clients that are connected "
            "work on."
        ),
        look_at=(
            "`RabbitMQFdUsed`, `ConnectionCount` and `QueueCount`.",
            "Clients that open connections and do not close them: filter `/accepting AMQP/`.",
        ),
        doc=RABBITMQ + "networking",
        pattern=r"^file descriptor limit alarm set",
        sample=(
            "2026-11-18 11:16:00.000000+00:00 [warning] <0.288.0> file descriptor limit alarm set."
        ),
    ),
    KnownLine(
        id="rabbitmq-memory-watermark",
        title="A node's memory use has reached its limit",
        meaning=(
            "The node uses {used} bytes, and its limit is {allowed}. The memory alarm follows, "
            "which blocks publishers in the whole cluster."
        ),
        look_at=(
            "The alarm and its end: filter `/resource limit alarm/`.",
            "`RabbitMQMemUsed` against `RabbitMQMemLimit`; `MessageCount` and `QueueCount`.",
        ),
        doc=RABBITMQ + "memory",
        pattern=(
            r"^vm_memory_high_watermark set\. Memory used:(?P<used>\d{1,20})"
            r" allowed:(?P<allowed>\d{1,20})"
        ),
        sample=(
            "2026-11-18 11:04:59.900000+00:00 [info] <0.480.0> vm_memory_high_watermark set. "
            "Memory used:3400000000 allowed:3328180224"
        ),
    ),
    KnownLine(
        id="rabbitmq-disk-space",
        title="Free disk space has crossed the limit",
        meaning=(
            "Free space is {state}: {free} bytes are free, the limit is {limit}. Below the limit "
            "the disk alarm blocks publishers in the whole cluster; above it they go on."
        ),
        look_at=(
            "`RabbitMQDiskFree` against `RabbitMQDiskFreeLimit`, by node.",
            "The alarm itself: filter `/disk resource limit alarm/`.",
        ),
        doc=RABBITMQ + "disk-alarms",
        pattern=(
            r"^Free disk space is (?P<state>insufficient|sufficient)\. Free bytes:"
            r" (?P<free>\d{1,20})\. Limit: (?P<limit>\d{1,20})"
        ),
        sample=(
            "2026-11-18 11:05:59.900000+00:00 [info] <0.470.0> Free disk space is insufficient. "
            "Free bytes: 900000000. Limit: 1000000000"
        ),
    ),
    KnownLine(
        id="rabbitmq-maintenance",
        title="A node is drained for maintenance",
        meaning=(
            "The node takes no more connections, closes those it has and hands over the leaders "
            "of its queues. That is how a planned restart begins; clients must connect to another "
            "node by themselves."
        ),
        look_at=(
            "Its return: filter `/back from maintenance|on node .* up/`.",
            "The broker's maintenance window, and `RebootBroker` in the tab API calls.",
        ),
        doc=AMAZON_MQ + "maintaining-brokers.html",
        pattern=r"^This node is being put into maintenance \(drain\) mode",
        sample=(
            "2026-11-18 11:16:30.000000+00:00 [warning] <0.5000.0> This node is being put into "
            "maintenance (drain) mode"
        ),
    ),
    KnownLine(
        id="rabbitmq-stopping",
        title="A node was told to stop",
        meaning=(
            "RabbitMQ stops in an orderly way. All clients of this node lose their connections; "
            "in a cluster they can go on with another node."
        ),
        look_at=(
            "Who or what: `RebootBroker` in the tab API calls, or the maintenance window.",
            "Its return: filter `/Starting RabbitMQ|Server startup complete/`.",
        ),
        doc=AMAZON_MQ + "maintaining-brokers.html",
        pattern=r"^RabbitMQ is asked to stop\.\.\.",
        sample=("2026-11-18 11:16:40.000000+00:00 [info] <0.5010.0> RabbitMQ is asked to stop..."),
    ),
    KnownLine(
        id="rabbitmq-started",
        title="A node has started",
        meaning=(
            "RabbitMQ is up on this node, with {plugins} plugins, and takes clients. After a "
            "planned restart this is what you wait for; without one, look for the reason of the "
            "stop before it."
        ),
        look_at=(
            "What came before: press `x`, or filter `/asked to stop|crasher|alarm/`.",
            "`ConnectionCount`: do the clients come back?",
        ),
        doc=AMAZON_MQ + "maintaining-brokers.html",
        pattern=r"^ {0,4}Server startup complete; (?P<plugins>\d{1,4}) plugins started",
        sample=(
            "2026-11-18 11:24:50.000000+00:00 [info] <0.600.0> Server startup complete; 7 plugins "
            "started."
        ),
    ),
    KnownLine(
        id="rabbitmq-boot-failed",
        title="A node could not start",
        meaning=(
            "RabbitMQ gave up its start; the lines after this one say why: a setting, a port, "
            "data that it cannot read. Without a majority of nodes replicated queues stand still."
        ),
        look_at=(
            "The lines that follow, of the same process: filter `thread:` with its number.",
            "The last change of the configuration: `UpdateConfiguration` in the tab API calls.",
        ),
        doc=RABBITMQ + "configure",
        pattern=r"^ {0,4}BOOT FAILED",
        sample=(
            "2026-11-18 11:24:00.000000+00:00 [error] <0.130.0> \n"
            "2026-11-18 11:24:00.000000+00:00 [error] <0.130.0> BOOT FAILED"
        ),
    ),
    KnownLine(
        id="rabbitmq-crash-report",
        title="A process inside RabbitMQ crashed",
        meaning=(
            "An Erlang process ended with an error, and its supervisor starts it again if needed. "
            "The report is for developers: the line `initial call` tells what it was, `exception` "
            "why. One for a client's connection touches only that client."
        ),
        look_at=(
            "`initial call` and `exception` in this event (open it for the whole report).",
            "What happened right before: press `x`. The same process: filter `thread:`.",
            "Many at once? `RabbitMQMemUsed` and `SystemCpuUtilization` of the node.",
        ),
        doc=AMAZON_MQ + "troubleshooting-rabbitmq.html",
        pattern=(
            r"^(?: {2}crasher:|CRASH REPORT Process |\*\* Generic server .{1,200}? terminating)"
        ),
        sample=(
            "2026-11-18 11:26:00.000000+00:00 [error] <0.960.0>   crasher:\n"
            "2026-11-18 11:26:00.000000+00:00 [error] <0.960.0>     initial call: "
            "rabbit_reader:init/3"
        ),
    ),
    KnownLine(
        id="rabbitmq-supervisor-report",
        title="A supervisor reports that one of its processes ended",
        meaning=(
            "RabbitMQ watches its own processes, and one of them ended: {supervisor}. It comes "
            "together with a crash report that says why. The supervisor starts it again unless it "
            "belonged to a client's connection."
        ),
        look_at=(
            "`reason` in this event, and the crash report beside it: filter `/crasher/`.",
            "Shovel or federation in the name? Then look at the link's own messages.",
        ),
        doc=AMAZON_MQ + "troubleshooting-rabbitmq.html",
        pattern=r"^ {4}supervisor: (?P<supervisor>.{1,120})",
        sample=(
            "2026-11-18 11:26:00.001000+00:00 [error] <0.961.0>     supervisor: "
            "{<0.961.0>,rabbit_connection_sup}\n"
            "2026-11-18 11:26:00.001000+00:00 [error] <0.961.0>     errorContext: "
            "child_terminated"
        ),
    ),
    KnownLine(
        id="rabbitmq-feature-flags",
        title="The feature flags of the cluster",
        meaning=(
            "At its start a node tells which feature flags the cluster knows and which are on. "
            "Normal. Before an upgrade to a newer series all stable flags must be on, or the "
            "upgrade fails."
        ),
        look_at=(
            "Flags that are off are written `[ ]`: filter `/Feature flags: +\\[ \\]/`.",
            "Before an upgrade of the engine: enable them in the management console.",
        ),
        doc=RABBITMQ + "feature-flags",
        pattern=r"^Feature flags: ",
        sample=(
            "2026-11-18 11:24:30.000000+00:00 [info] <0.230.0> Feature flags: list of feature "
            "flags found:"
        ),
    ),
)
