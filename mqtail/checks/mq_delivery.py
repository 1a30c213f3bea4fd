"""Checks of what is there of a broker's logs: groups, streams, events."""

from __future__ import annotations

from mqtail.checks.brokers import Broker
from mqtail.checks.creators import creator_of
from mqtail.checks.log_groups import group_checks, last_told, newest_of
from mqtail.checks.model import Check, Finding, Outcome, Skipped, check, failed, passed, warned
from mqtail.checks.mq_logging import ACTIVEMQ_LOGS, broker_runs, reboot
from mqtail.checks.mq_permissions import (
    CREATE_GROUP,
    TROUBLE,
    allow_creating,
    elsewhere,
    may_create_groups,
    resource_policy,
    service_linked_role,
)
from mqtail.logs import LogGroup
from mqtail.times import age, utc_minute

group_class, group_key, group_retention = group_checks("mq")


@check("mq-log-groups", "log groups", "The log groups exist", doc=TROUBLE)
async def groups_exist(broker: Broker) -> Finding:
    """Documented case one: no log group, for lack of logs:CreateLogGroup."""
    wanted = await broker.wanted_groups()
    existing = await broker.groups_there()
    missing = [group for group in wanted if group not in existing]
    if not missing:
        return passed(f"DescribeLogGroups: {' and '.join(wanted)}.")
    await _blame(broker, broker_runs)
    evidence = f"DescribeLogGroups: there is no {' and no '.join(missing)}."
    if await broker.engine() == "RABBITMQ":
        await _blame(broker, service_linked_role)
        cause = "Amazon MQ creates it when the broker is created or rebooted."
        return failed(evidence, cause, reboot(broker))
    cause, fix = await _why_missing(broker)
    permission = await broker.finding(may_create_groups)
    return failed(f"{evidence} {permission.evidence}", cause, *fix, reboot(broker))


async def _why_missing(broker: Broker) -> tuple[str, tuple[str, ...]]:
    """Why an ActiveMQ broker's log group is missing; and what to do before a reboot."""
    outcome = (await broker.finding(may_create_groups)).outcome
    rule = (
        "Amazon MQ creates log groups with the permissions of whoever creates or reboots the broker"
    )
    if outcome is Outcome.UNKNOWN:
        return (
            f"{rule}, who most likely lacks {CREATE_GROUP}, though that could not be looked at."
            " Add the permission to that user or role, then reboot.",
            (),
        )
    creator = await creator_of(broker.lookups, broker.id)
    if outcome is Outcome.PASS:
        return (
            f"{creator.arn} may create log groups now, and Amazon MQ does so at the next reboot. If"
            " the permission was there at the last one, the log group has been deleted since.",
            (),
        )
    fix = allow_creating(broker, creator)
    return (
        f"{rule}, and {creator.arn} lacks {CREATE_GROUP}. Add the permission, then reboot the"
        f" broker as that identity.{elsewhere(fix)}",
        fix,
    )


@check("mq-log-streams", "delivery", "Every broker instance has its log streams", doc=ACTIVEMQ_LOGS)
async def streams_exist(broker: Broker) -> Finding:
    """A stream for each instance in each group: `-1` and `-2`, or of each RabbitMQ node."""
    groups = await broker.existing_groups()
    found = await broker.instances_by_group()
    evidence = "; ".join(
        f"{group}: {', '.join(sorted(found[group])) or 'no log stream'}" for group in groups
    )
    if await broker.has_all_streams():
        return passed(f"DescribeLogStreams: {evidence}.")
    rabbit = await broker.engine() == "RABBITMQ"
    permission = service_linked_role if rabbit else resource_policy
    await _blame(broker, broker_runs, permission)
    lacking = [group for group in groups if not found[group]]
    wanted = await broker.instances()
    if rabbit and not lacking:
        return warned(
            evidence,
            f"A cluster has {wanted} nodes, and not all of them have a log stream here.",
        )
    cause = f"There is no log stream in {' and in '.join(lacking)}" if lacking else _lacking(found)
    if (await broker.finding(permission)).outcome is Outcome.UNKNOWN:
        return failed(
            evidence,
            f"{cause}; whether Amazon MQ may write there could not be told, see {permission.id}.",
        )
    return failed(
        evidence,
        f"{cause}, though Amazon MQ may write there. It makes log streams when the broker starts:"
        " if the permission is new, reboot the broker.",
        reboot(broker),
    )


def _lacking(found: dict[str, set[str]]) -> str:
    texts = [
        f"instance {number} has no log stream in {group}"
        for group, instances in found.items()
        for number in ("1", "2")
        if number not in instances
    ]
    text = " and ".join(texts)
    return text[:1].upper() + text[1:]


@check("mq-events", "delivery", "Events flow", doc=ACTIVEMQ_LOGS)
async def events_flow(broker: Broker) -> Finding:
    """The age of the newest event, as mqtail itself reads it."""
    groups = await broker.existing_groups()
    found = await broker.instances_by_group()
    logs = [log for log in (await broker.logging()).values() if found.get(log.group)]
    if not logs:
        raise Skipped("There is no log stream to read.")
    await _blame(broker, group_class, group_key)
    evidence, newest = await newest_of(
        broker.lookups, [LogGroup(log.group, broker.name, "mq", log.kind) for log in logs]
    )
    if any(newest.values()):
        return passed(evidence)
    await _blame(broker, broker_runs, service_linked_role, resource_policy)
    told = {group: await last_told(broker.lookups, group) for group in groups}
    last = max(told.values())
    if last:
        ago = age(broker.lookups.clock.now() - last)
        return warned(
            f"{evidence}; the log streams tell of {utc_minute(last)}.",
            f"The newest event is about {ago} old. An idle broker may be silent for days; look"
            " whether this one is.",
        )
    return failed(
        evidence,
        "The log streams hold no event, though a broker writes when it starts. Amazon MQ could not"
        " deliver since; a reboot makes it try anew.",
        reboot(broker),
    )


async def _blame(broker: Broker, *causes: Check[Broker]) -> None:
    """See that what is wrong does not follow from something else that is told already.

    Raises:
        Skipped: it does.
    """
    for cause in causes:
        if (await broker.finding(cause)).outcome in (Outcome.FAIL, Outcome.WARN):
            raise Skipped(f"This follows from another finding, see {cause.id}.")
