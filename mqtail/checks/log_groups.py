"""Checks of log groups, whoever writes into them: class, key, retention, newest event."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from mqtail.checks.asking import Described
from mqtail.checks.commands import aws
from mqtail.checks.findings import combined
from mqtail.checks.lookups import Lookups
from mqtail.checks.model import Check, Finding, Skipped, Subject, check, failed, passed, warned
from mqtail.logs import LogGroup
from mqtail.times import age

RETENTION_DAYS = 90
"""What the fix proposes."""

USABLE = ("Enabled", "Updating")
"""States of KMS keys that encrypt and decrypt (AWS KMS: key states, UpdatePrimaryRegion)."""

_CLASSES = (
    "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch_Logs_Log_Classes.html"
)
_KEYS = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html"
_GROUPS = (
    "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/"
    "Working-with-log-groups-and-streams.html"
)


class HasLogGroups(Protocol):
    """A subject some of whose logs are in CloudWatch Logs."""

    lookups: Lookups

    async def existing_groups(self) -> dict[str, Described]:
        """Its log groups that exist, by name, as DescribeLogGroups gives them.

        Raises:
            Skipped: it has none, with the reason.
        """


async def _class(subject: HasLogGroups) -> Finding:
    groups = await subject.existing_groups()
    classes = {name: group.get("logGroupClass", "STANDARD") for name, group in groups.items()}
    evidence = ", ".join(f"{name}: {found}" for name, found in classes.items())
    wrong = [name for name, found in classes.items() if found != "STANDARD"]
    if not wrong:
        return passed(evidence)
    return failed(
        evidence,
        f"{_and(wrong)} cannot be tailed: FilterLogEvents and Live Tail read log groups of the"
        " class STANDARD only. A group's class cannot be changed: to tail these logs, delete"
        " the group, with all that it holds, and create it again with the class STANDARD. Logs"
        " Insights reads it as it is.",
    )


async def _key(subject: HasLogGroups) -> Finding:
    groups = await subject.existing_groups()
    keys = {name: group["kmsKeyId"] for name, group in groups.items() if group.get("kmsKeyId")}
    if not keys:
        return passed(f"{_and(list(groups))}: no customer managed KMS key.")
    region = subject.lookups.region
    return combined(
        [
            _key_works(region, name, key_id, await subject.lookups.key(key_id))
            for name, key_id in keys.items()
        ]
    )


def _key_works(region: str, group: str, key_id: str, key: Described | None) -> Finding:
    """Whether the KMS key of a log group can be used."""
    state = key.get("KeyState", "") if key else "deleted"
    evidence = f"{group}: {key_id} is {state}."
    if state in USABLE:
        return passed(evidence)
    return failed(
        evidence,
        f"The KMS key of {group} cannot be used: without it nothing in this log group can be"
        " written or read.",
        *key_fix(region, key_id, state),
    )


def key_fix(region: str, key_id: str, state: str) -> list[str]:
    """The commands that make a KMS key usable again; none where it is gone."""
    enable = aws("kms", "enable-key", region=region, key_id=key_id)
    cancel = aws("kms", "cancel-key-deletion", region=region, key_id=key_id)
    commands = {
        "Disabled": [enable],
        "PendingDeletion": [cancel, enable],
        "PendingReplicaDeletion": [cancel, enable],
    }
    return commands.get(state, [])


async def _retention(subject: HasLogGroups) -> Finding:
    groups = await subject.existing_groups()
    days = {name: group.get("retentionInDays") for name, group in groups.items()}
    evidence = ", ".join(f"{name}: {_kept(kept)}" for name, kept in days.items())
    endless = [name for name, kept in days.items() if not kept]
    if not endless:
        return passed(evidence)
    return warned(
        evidence,
        f"Events in {_and(endless)} are never deleted, so that what they cost only grows.",
        *(
            aws(
                "logs",
                "put-retention-policy",
                region=subject.lookups.region,
                log_group_name=name,
                retention_in_days=RETENTION_DAYS,
            )
            for name in endless
        ),
    )


def _kept(days: int | None) -> str:
    return f"{days} day{'s' * (days != 1)}" if days else "kept for ever"


async def newest_of(lookups: Lookups, logs: list[LogGroup]) -> tuple[str, dict[str, int | None]]:
    """When each log last had an event, in words and as ms; None: not within the last day."""
    found = {log.name: await lookups.newest(log) for log in logs}
    now = lookups.clock.now()
    texts = [
        f"{name}: newest event {age(now - newest)} ago" if newest else f"{name}: no event in 24 h"
        for name, newest in found.items()
    ]
    return ", ".join(texts), found


async def last_told(
    lookups: Lookups, group: str, holds: Callable[[str], bool] = lambda _: True
) -> int:
    """When a group's streams say that they last had an event, ms; 0: they know of none.

    It may lag by an hour and more (DescribeLogStreams), good enough for what is older than a day.

    Args:
        holds: whether a log stream, by its name, counts.
    """
    streams = await lookups.log_streams(group)
    times = (
        stream.get("lastEventTimestamp", 0) for stream in streams if holds(stream["logStreamName"])
    )
    return max(times, default=0)


def _and(names: list[str]) -> str:
    return " and ".join(names)


def group_checks(prefix: str) -> tuple[Check[Any], ...]:
    """The checks of log groups for one kind of subject.

    Args:
        prefix: what their ids begin with: `mq`, `msk` or `log`.
    """
    made: tuple[tuple[str, str, str, Callable[[Any], Awaitable[Finding]]], ...] = (
        ("class", "The log groups can be tailed", _CLASSES, _class),
        ("key", "The log groups' KMS keys work", _KEYS, _key),
        ("retention", "The log groups' events expire", _GROUPS, _retention),
    )
    return tuple(
        check(f"{prefix}-group-{name}", "log groups", title, doc=doc)(run)
        for name, title, doc, run in made
    )


class NamedGroup(Subject):
    """A log group that is a target of its own; its id is its name."""

    async def existing_groups(self) -> dict[str, Described]:
        """The group itself.

        Raises:
            Skipped: it does not exist.
        """
        group = await self.lookups.log_group(self.id)
        if group is None:
            raise Skipped("There is no such log group.")
        return {self.id: group}


@check("log-group", "log groups", "The log group exists", doc=_GROUPS)
async def group_exists(group: NamedGroup) -> Finding:
    """DescribeLogGroups."""
    region = group.lookups.region
    if await group.lookups.log_group(group.id) is not None:
        return passed(f"DescribeLogGroups: {group.id} in {region}.")
    return failed(
        f"DescribeLogGroups: there is no {group.id} in {region}.",
        "Check the name, --region and --profile.",
    )


_named_class, _named_key, _named_retention = group_checks("log")


@check("log-events", "delivery", "Events flow", doc=_GROUPS)
async def events_flow(group: NamedGroup) -> Finding:
    """The age of the newest event, as mqtail itself reads it."""
    await group.existing_groups()
    await group.blame(_named_class, _named_key)
    log = LogGroup(group.id, group.id, "logs", "")
    evidence, newest = await newest_of(group.lookups, [log])
    if newest[group.id]:
        return passed(evidence)
    return warned(evidence, "Nothing was written into the log group within the last day.")


CHECKS: tuple[Check[Any], ...] = (
    group_exists,
    events_flow,
    _named_class,
    _named_key,
    _named_retention,
)
"""Those of a log group that is a target of its own, in the order in which they are shown."""
