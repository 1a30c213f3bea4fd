"""Kafka's consumer groups and their coordinators."""

from __future__ import annotations

from mqtail.explanations.base import AMAZON_MSK, KnownLine

LINES = (
    KnownLine(
        id="kafka-member-failed",
        title="A consumer sent no heartbeats and was put out of its group",
        meaning=(
            "Group {group} has lost member {member}: no heartbeat came within its session "
            "timeout. Its partitions go to the others in a rebalance. The consumer was stopped, "
            "hangs, or is cut off."
        ),
        look_at=(
            "The consumer's own log at this moment; garbage collection, a full CPU.",
            "`session.timeout.ms` and `heartbeat.interval.ms` of the consumers.",
            "The rebalance that follows: filter with the group's name; `MaxOffsetLag`.",
        ),
        doc=AMAZON_MSK + "bestpractices-kafka-client.html",
        pattern=(
            r"^\[GroupCoordinator [^\]\n]{1,100}\]:? Member (?P<member>\S{1,260}) in group"
            r" (?P<group>\S{1,260}) has failed, removing it"
        ),
        sample=(
            "[2026-11-18 13:13:00,000] INFO [GroupCoordinator 1]: Member "
            "billing-loader-1-0c2b1f4e in group billing-loader has failed, removing it from the "
            "group (kafka.coordinator.group.GroupCoordinator)"
        ),
    ),
    KnownLine(
        id="kafka-group-rebalance",
        title="A consumer group is rebalanced",
        meaning=(
            "The partitions of group {group} are shared out anew ({reason}). Until that is done "
            "its consumers read nothing, unless they use cooperative assignment. Normal when "
            "consumers start or stop; again and again means that some are thrown out."
        ),
        look_at=(
            "The reasons: filter with the group's name, and how often on the timeline.",
            "`max.poll.interval.ms` and `max.poll.records`: does one poll take too long?",
            "`group.instance.id` (static membership) spares rebalances at restarts.",
            "`MaxOffsetLag` and `EstimatedMaxTimeLag` of the group.",
        ),
        doc=AMAZON_MSK + "troubleshooting.html",
        pattern=(
            r"^\[GroupCoordinator [^\]\n]{1,100}\]:? Preparing to rebalance group"
            r" (?P<group>\S{1,260}) in state .{1,120}? \(reason: (?P<reason>.{1,400}?)\)?$"
        ),
        sample=(
            "[2026-11-18 13:14:00,000] INFO [GroupCoordinator 1]: Preparing to rebalance group "
            "billing-loader in state PreparingRebalance with old generation 7 "
            "(__consumer_offsets-3) (reason: Adding new member billing-loader-2-5e1f with group "
            "instance id None) (kafka.coordinator.group.GroupCoordinator)"
        ),
    ),
    KnownLine(
        id="kafka-group-stable",
        title="A consumer group has finished its rebalance",
        meaning=(
            "Group {group} is in generation {generation}; all its members know their partitions "
            "and read on. That is the good end of a rebalance. A high generation that keeps "
            "growing tells of many rebalances."
        ),
        look_at=(
            "How long it took: from `Preparing to rebalance` to this line.",
            "`MaxOffsetLag` of the group should go down now.",
        ),
        doc=AMAZON_MSK + "consumer-lag.html",
        pattern=(
            r"^\[GroupCoordinator [^\]\n]{1,100}\]:? Stabilized group (?P<group>\S{1,260})"
            r" generation (?P<generation>\d{1,12})"
        ),
        sample=(
            "[2026-11-18 13:14:03,000] INFO [GroupCoordinator 1]: Stabilized group billing-loader "
            "generation 8 (__consumer_offsets-3) with 3 members "
            "(kafka.coordinator.group.GroupCoordinator)"
        ),
    ),
    KnownLine(
        id="kafka-group-empty",
        title="A consumer group has no members any more",
        meaning=(
            "The last consumer of group {group} is gone. Its offsets are kept for "
            "`offsets.retention.minutes`; nothing is consumed until one comes back, and lag grows."
        ),
        look_at=(
            "Is that on purpose? Look at the application's consumers.",
            "`MaxOffsetLag` of the group.",
        ),
        doc=AMAZON_MSK + "consumer-lag.html",
        pattern=(
            r"^\[GroupCoordinator [^\]\n]{1,100}\]:? Group (?P<group>\S{1,260}) with generation"
            r" \d{1,12} is now empty"
        ),
        sample=(
            "[2026-11-18 13:15:00,000] INFO [GroupCoordinator 1]: Group billing-loader with "
            "generation 9 is now empty (__consumer_offsets-3) "
            "(kafka.coordinator.group.GroupCoordinator)"
        ),
    ),
    KnownLine(
        id="kafka-coordinator-moved",
        title="Consumer groups got another coordinator",
        meaning=(
            "This broker took over or gave away partition {partition} of `__consumer_offsets`, "
            "and with it the groups that belong there. Their consumers are told to look for the "
            "new coordinator and go on; commits fail for a moment and are repeated."
        ),
        look_at=(
            "Why: a broker that stops or comes back, filter `/shutting down|started/`.",
            "The loading that follows: filter `/Finished loading offsets/`.",
        ),
        doc=AMAZON_MSK + "patching-impact.html",
        pattern=(
            r"^\[GroupCoordinator [^\]\n]{1,100}\]:? (?:Elected|Resigned) as the group coordinator"
            r" for partition (?P<partition>\d{1,9})"
        ),
        sample=(
            "[2026-11-18 11:04:58,000] INFO [GroupCoordinator 1]: Elected as the group coordinator "
            "for partition 3 in epoch 32 (kafka.coordinator.group.GroupCoordinator)"
        ),
    ),
    KnownLine(
        id="kafka-offsets-loaded",
        title="A coordinator has loaded the offsets of its groups",
        meaning=(
            "After it became coordinator the broker read {partition}, which took {ms} ms. Until "
            "then commits and joins of these groups get COORDINATOR_LOAD_IN_PROGRESS and are "
            "repeated by the clients. Seconds are fine, minutes are not."
        ),
        look_at=(
            "The time in the line. Long? Then `__consumer_offsets` is not compacted: is the log "
            "cleaner alive?",
            "Consumers that read nothing meanwhile: `MaxOffsetLag`.",
        ),
        doc=AMAZON_MSK + "consumer-lag.html",
        pattern=(
            r"^\[GroupMetadataManager brokerId=\d{1,9}\] Finished loading offsets and group"
            r" metadata from (?P<partition>\S{1,260}) in (?P<ms>\d{1,12}) milliseconds"
        ),
        sample=(
            "[2026-11-18 11:04:58,200] INFO [GroupMetadataManager brokerId=1] Finished loading "
            "offsets and group metadata from __consumer_offsets-3 in 41 milliseconds for epoch 32, "
            "of which 1 milliseconds was spent in the scheduler. "
            "(kafka.coordinator.group.GroupMetadataManager)"
        ),
    ),
)
