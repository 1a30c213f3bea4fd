"""RabbitMQ's cluster: partitions, nodes that come and go, leaders and mirrors of queues."""

from __future__ import annotations

from mqtail.explanations.base import AMAZON_MQ, RABBITMQ, KnownLine

LINES = (
    KnownLine(
        id="rabbitmq-partition",
        title="Network partition: parts of the cluster lost sight of each other",
        meaning=(
            "This node and {node} had both taken each other for dead and now see each other "
            "again, so their data may have gone apart. What happens next depends on "
            "`cluster_partition_handling`; with `pause_minority` the smaller part stopped in time."
        ),
        look_at=(
            "Which nodes went down and came back: filter `/on node .* (up|down)/`.",
            "Queues without a leader: filter `/election|leader/`, `MessageReadyCount` by queue.",
            "Overloaded nodes look like a cut network: `SystemCpuUtilization`, `RabbitMQMemUsed`.",
        ),
        doc=RABBITMQ + "partitions",
        pattern=(
            r"^.{0,200}?mnesia_event got \{inconsistent_database,"
            r" (?:running|starting)_partitioned_network, '?(?P<node>[^\s'}]{1,200})"
        ),
        sample=(
            "2026-11-18 11:20:00.000000+00:00 [error] <0.341.0> Mnesia('rabbit@ip-10-1-4-7'): "
            "** ERROR ** mnesia_event got {inconsistent_database, running_partitioned_network, "
            "'rabbit@ip-10-1-4-8'}"
        ),
    ),
    KnownLine(
        id="rabbitmq-minority-paused",
        title="This node is in the minority and pauses",
        meaning=(
            "The node sees less than half of the cluster, so it stops serving clients until it "
            "sees the others again. That protects the data: only the larger part goes on. Clients "
            "of this node are disconnected and should connect to another."
        ),
        look_at=(
            "The other nodes' logs of the same minute: filter `/on node .* down/`.",
            "The recovery: filter `/on node .* up|Server startup complete/`.",
            "`SystemCpuUtilization` and the network figures of the node before the moment.",
        ),
        doc=RABBITMQ + "partitions",
        pattern=r"^Cluster minority/secondary status detected",
        sample=(
            "2026-11-18 11:19:00.000000+00:00 [warning] <0.480.0> Cluster minority/secondary "
            "status detected - awaiting recovery"
        ),
    ),
    KnownLine(
        id="rabbitmq-node-not-responding",
        title="Another node does not answer",
        meaning=(
            "The connection to node {node} timed out, so this node removes it. Either that node "
            "is down or too busy, or the network between them is cut. Queues that have their "
            "leader there elect another one."
        ),
        look_at=(
            "That node's own log at this moment: `instance:` in the filter, or key `1` to `9`.",
            "`SystemCpuUtilization` and `RabbitMQMemUsed` of that node.",
            "Elections: filter `/leader in term/`.",
        ),
        doc=RABBITMQ + "clustering",
        pattern=r"^\*\* Node '?(?P<node>[^\s']{1,200}?)'? not responding \*\*",
        sample=(
            "2026-11-18 11:18:00.000000+00:00 [error] <0.211.0> ** Node "
            "'rabbit@ip-10-1-4-8.eu-west-1.compute.internal' not responding **"
        ),
    ),
    KnownLine(
        id="rabbitmq-node-down",
        title="A node of the cluster is down",
        meaning=(
            "Node {node} has left the cluster, by a stop, a failure or a cut network. Its clients "
            "are disconnected; replicated queues go on with another leader, others are not "
            "available. In a maintenance window this happens to one node after the other."
        ),
        look_at=(
            "Was it told to stop? Filter `/asked to stop|maintenance/` in that node's log.",
            "When it comes back: filter `/on node .* up/`.",
            "`ConnectionCount`: do clients connect to the other nodes?",
        ),
        doc=AMAZON_MQ + "rabbitmq-broker-architecture.html",
        pattern=r"^(?:rabbit on )?node '?(?P<node>[^\s']{1,200}?)'? down\b",
        sample=(
            "2026-11-18 11:17:00.000000+00:00 [info] <0.480.0> rabbit on node "
            "'rabbit@ip-10-1-4-8.eu-west-1.compute.internal' down"
        ),
    ),
    KnownLine(
        id="rabbitmq-node-up",
        title="A node of the cluster is up",
        meaning=(
            "Node {node} has joined the cluster. Its mirrors and replicas now catch up. "
            "Classic mirrored queues that synchronise are blocked meanwhile, so keep queues short."
        ),
        look_at=(
            "Synchronisation: filter `/Synchronising/`.",
            "`RabbitMQMemUsed` while it catches up; `MessageCount`.",
        ),
        doc=AMAZON_MQ + "rabbitmq-broker-architecture.html",
        pattern=r"^(?:rabbit on )?node '?(?P<node>[^\s']{1,200}?)'? up\b",
        sample=(
            "2026-11-18 11:25:00.000000+00:00 [info] <0.480.0> rabbit on node "
            "'rabbit@ip-10-1-4-8.eu-west-1.compute.internal' up"
        ),
    ),
    KnownLine(
        id="rabbitmq-leader-elected",
        title="A replicated queue has a new leader",
        meaning=(
            "This node has become the leader of {name} in term {term}. Normal when a node stops, "
            "restarts or leaders are spread anew. For the moment of the election clients of that "
            "queue wait; confirmed messages are not lost."
        ),
        look_at=(
            "Why: a node that went down right before, filter `/on node .* down|not responding/`.",
            "Many elections without a stop point to overload: `SystemCpuUtilization`.",
        ),
        doc=RABBITMQ + "quorum-queues",
        pattern=(r"^(?P<name>.{1,300}?): candidate -> leader in term: (?P<term>\d{1,12})\b"),
        sample=(
            "2026-11-18 11:17:01.000000+00:00 [notice] <0.812.0> queue 'billing' in vhost '/': "
            "candidate -> leader in term: 4 machine version: 3"
        ),
    ),
    KnownLine(
        id="rabbitmq-leader-lost",
        title="A replicated queue has lost its leader",
        meaning=(
            "The leader of {name} is gone ({reason}), and an election follows within moments. "
            "Publishers and consumers of it wait until there is a new leader, for which more than "
            "half of the replicas are needed."
        ),
        look_at=(
            "The election's end: filter `/-> leader in term/`. None? Then too few nodes are up.",
            "The node that went: filter `/on node .* down/`.",
        ),
        doc=RABBITMQ + "quorum-queues",
        pattern=(
            r"^(?P<name>.{1,300}?): Leader monitor down with (?P<reason>[^,\n]{1,80}), setting"
            r" election timeout"
        ),
        sample=(
            "2026-11-18 11:17:00.500000+00:00 [info] <0.812.0> queue 'billing' in vhost '/': "
            "Leader monitor down with noconnection, setting election timeout"
        ),
    ),
    KnownLine(
        id="rabbitmq-mirror-promoted",
        title="A mirror became the leader of its queue",
        meaning=(
            "The node with the leader of queue {queue} is gone, and a mirror took over. Messages "
            "that were delivered but not acknowledged are delivered again, so consumers may see "
            "some twice."
        ),
        look_at=(
            "Which node went: filter `/on node .* down/`.",
            "Quorum queues do this better: see AWS's page on migration to them.",
        ),
        doc="https://www.rabbitmq.com/ha.html",
        pattern=(
            r"^Mirrored queue '(?P<queue>[^'\n]{1,250})' in vhost '[^'\n]{0,250}': Promoting mirror"
        ),
        sample=(
            "2026-11-18 11:17:00.700000+00:00 [info] <0.900.0> Mirrored queue 'billing' in vhost "
            "'/': Promoting mirror <rabbit@ip-10-1-4-7.1763463600.900.0> to leader"
        ),
    ),
    KnownLine(
        id="rabbitmq-mirrors-unsynchronised",
        title="A mirrored queue has no synchronised mirror and stops",
        meaning=(
            "The node with the leader of queue {queue} shuts down, and no mirror has all its "
            "messages. Rather than lose them the queue stops on all nodes. It is not available "
            "until that node is back."
        ),
        look_at=(
            "When the node is back: filter `/on node .* up/`.",
            "Paused synchronisation under a memory alarm: AWS's page on paused queue sync.",
            "`RabbitMQMemUsed`, and the length of the queue: `MessageCount`.",
        ),
        doc=AMAZON_MQ + "rabbitmq-queue-sync.html",
        pattern=(
            r"^Mirrored queue '(?P<queue>[^'\n]{1,250})' in vhost '[^'\n]{0,250}': Stopping all"
            r" nodes on master shutdown"
        ),
        sample=(
            "2026-11-18 11:17:00.800000+00:00 [warning] <0.900.0> Mirrored queue 'billing' in "
            "vhost '/': Stopping all nodes on master shutdown since no synchronised mirror "
            "(replica) is available"
        ),
    ),
    KnownLine(
        id="rabbitmq-mirror-sync",
        title="A mirrored queue synchronises its mirrors",
        meaning=(
            "Mirrors of queue {queue} are brought up to date, after a node came back. Until it is "
            "done, this queue takes and gives no messages. Short queues take a moment, long ones "
            "minutes, and memory too."
        ),
        look_at=(
            "The end: filter `/Synchronising: complete/`.",
            "`RabbitMQMemUsed`: a memory alarm pauses the synchronisation.",
            "Keep queues short, or use quorum queues.",
        ),
        doc=AMAZON_MQ + "rabbitmq-queue-sync.html",
        pattern=(
            r"^Mirrored queue '(?P<queue>[^'\n]{1,250})' in vhost '[^'\n]{0,250}': Synchronising: "
        ),
        sample=(
            "2026-11-18 11:25:02.000000+00:00 [info] <0.900.0> Mirrored queue 'billing' in vhost "
            "'/': Synchronising: 1200 messages to synchronise"
        ),
    ),
    KnownLine(
        id="rabbitmq-waiting-for-tables",
        title="A node waits for another to give it the cluster's data",
        meaning=(
            "After its start the node waits for the tables of the cluster, {timeout} ms at a time "
            "with {retries} tries left. Normal for a moment when nodes start together. If it runs "
            "out of tries, the start fails."
        ),
        look_at=(
            "Are the other nodes up? Their logs: filter `/Starting RabbitMQ|startup complete/`.",
            "The outcome: filter `/Successfully synced tables|BOOT FAILED/`.",
        ),
        doc=RABBITMQ + "clustering",
        pattern=(
            r"^Waiting for Mnesia tables for (?P<timeout>\d{1,9}) ms, (?P<retries>\d{1,4}) retries"
            r" left"
        ),
        sample=(
            "2026-11-18 11:24:20.000000+00:00 [info] <0.230.0> Waiting for Mnesia tables for 30000 "
            "ms, 9 retries left"
        ),
    ),
    KnownLine(
        id="rabbitmq-queue-crashed",
        title="A queue's process crashed and is restarted",
        meaning=(
            "The process of queue {queue} failed and is started again. Persistent messages are "
            "read back from disk, others of a classic queue are gone, and its clients get errors "
            "for a moment."
        ),
        look_at=(
            "The reason: the crash report right before, filter `/crasher|terminating/`.",
            "Again and again? Then purge or delete the queue, and keep the report for AWS Support.",
        ),
        doc=RABBITMQ + "queues",
        pattern=r"^Restarting crashed queue '(?P<queue>[^'\n]{1,250})' in vhost ",
        sample=(
            "2026-11-18 11:26:00.000000+00:00 [error] <0.950.0> Restarting crashed queue "
            "'billing' in vhost '/'."
        ),
    ),
)
