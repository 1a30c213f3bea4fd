"""Checks of what is there of a broker's logs: groups, streams, events."""

from __future__ import annotations

from mqtail.checks.amazon_mq.broker import Broker, are_numbered, instance_numbers
from mqtail.checks.amazon_mq.creators import creator_of
from mqtail.checks.amazon_mq.logging import ACTIVEMQ_LOGS, OFFLINE, STARTING, broker_runs, reboot
from mqtail.checks.amazon_mq.permissions import (
    CREATE_GROUP,
    TROUBLE,
    answer_for,
    may_create_groups,
    remedy,
    resource_policy,
    service_linked_role,
)
from mqtail.checks.log_groups import group_checks, last_told, newest_of
from mqtail.checks.model import Finding, Outcome, Skipped, check, failed, passed, warned
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
    await _blame_state(broker)
    evidence = f"DescribeLogGroups: there is no {' and no '.join(missing)}."
    if await broker.engine() == "RABBITMQ":
        await broker.blame(service_linked_role)
        cause = f"Amazon MQ creates it when the broker starts: reboot the broker{OFFLINE}."
        return failed(evidence, cause, reboot(broker))
    cause, fix = await _why_missing(broker)
    permission = await broker.finding(may_create_groups)
    return failed(f"{evidence} {permission.evidence}", cause, *fix)


async def _why_missing(broker: Broker) -> tuple[str, tuple[str, ...]]:
    """Why an ActiveMQ broker's log group is missing; and the commands that mend it."""
    outcome = (await broker.finding(may_create_groups)).outcome
    rule = (
        "Amazon MQ creates log groups with the permissions of whoever creates or reboots the broker"
    )
    if outcome is Outcome.UNKNOWN:
        return (
            f"{rule}, who most likely lacks {CREATE_GROUP}, though that could not be looked at."
            f" Add the permission to that user or role, then reboot the broker{OFFLINE}.",
            (reboot(broker),),
        )
    creator = await creator_of(broker.lookups, broker.id)
    if outcome is Outcome.PASS:
        return (
            f"{creator.arn} may create log groups now, and Amazon MQ does so at the next reboot. If"
            " the permission was there at the last one, the log group has been deleted since.",
            (reboot(broker),),
        )
    advice, fix = remedy(broker, creator, await answer_for(broker, creator))
    return (
        f"{rule}, and {creator.arn} lacks {CREATE_GROUP}. Add the permission, then have that"
        " identity reboot the broker; or have it rebooted by somebody who may create log groups"
        f"{OFFLINE}.{advice}",
        # Without the permission a reboot does not help.
        (*fix, reboot(broker)) if fix else (),
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
    await _blame_state(broker)
    await broker.blame(permission)
    lacking = [group for group in groups if not found[group]]
    wanted = await broker.instances()
    if rabbit and not lacking:
        return warned(
            evidence,
            f"The broker has {wanted} nodes, and not all of them have a log stream.",
        )
    cause = (
        f"There is no log stream in {' and in '.join(lacking)}"
        if lacking
        else _lacking(found, wanted)
    )
    if (await broker.finding(permission)).outcome is Outcome.UNKNOWN:
        return failed(
            evidence,
            f"{cause}; whether Amazon MQ may write there could not be told, see {permission.id}.",
        )
    return failed(
        evidence,
        f"{cause}, though Amazon MQ may write there. It makes log streams when the broker starts:"
        f" if the permission is new, reboot the broker{OFFLINE}.",
        reboot(broker),
    )


def _lacking(found: dict[str, set[str]], count: int) -> str:
    """Which of so many instances have no log stream, in words."""
    texts = []
    for group, instances in found.items():
        if are_numbered(instances):
            missing = sorted(instance_numbers(count) - instances)
            texts += [f"instance {number} has no log stream in {group}" for number in missing]
        elif len(instances) < count:
            texts.append(f"of {count} log streams {group} has {len(instances)}")
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
    await broker.blame(group_class, group_key)
    evidence, newest = await newest_of(
        broker.lookups, [LogGroup(log.group, broker.name, "mq", log.kind) for log in logs]
    )
    if any(newest.values()):
        return passed(evidence)
    await _blame_state(broker)
    await broker.blame(service_linked_role, resource_policy)
    told = {group: await last_told(broker.lookups, group) for group in groups}
    last = max(told.values())
    if last:
        ago = age(broker.lookups.clock.now() - last)
        return warned(
            f"{evidence}; the log streams tell of {utc_minute(last)}.",
            f"The newest event is about {ago} old. An idle broker may be silent for days: see"
            " whether this one has any work.",
        )
    return failed(
        evidence,
        "The log streams hold no event, though a broker writes some whenever it starts, so nothing"
        f" was delivered since. Reboot the broker{OFFLINE}: that makes it try again.",
        reboot(broker),
    )


async def _blame_state(broker: Broker) -> None:
    """See that what is wrong does not follow from the broker's state.

    Raises:
        Skipped: it does.
    """
    await broker.blame(broker_runs)
    if await broker.state() in STARTING:
        raise Skipped(f"The broker is only starting, see {broker_runs.id}.")
