"""Amazon MQ brokers as what checks look at."""

from __future__ import annotations

from dataclasses import dataclass

from mqtail.checks.asking import Described
from mqtail.checks.model import Skipped, Subject
from mqtail.targets import DOCUMENTED_KINDS, broker_prefix, instance_of


@dataclass(frozen=True, slots=True)
class Logging:
    """One of a broker's logs, as DescribeBroker tells of it."""

    kind: str
    """`general` or `audit`."""
    group: str
    on: bool
    pending: bool | None
    """What it becomes at the next reboot; None: no change waits."""


class Broker(Subject):
    """An Amazon MQ broker."""

    async def described(self) -> Described:
        """DescribeBroker.

        Raises:
            Skipped: there is no such broker.
        """
        broker = await self.lookups.broker(self.id)
        if broker is None:
            raise Skipped("There is no such broker.")
        self.name = broker["BrokerName"]
        return broker

    async def state(self) -> str:
        """`RUNNING`, `REBOOT_IN_PROGRESS`...; empty where it is not told."""
        return str((await self.described()).get("BrokerState", "")).upper()

    async def engine(self) -> str:
        """`ACTIVEMQ` or `RABBITMQ` (AWS's samples spell it in several ways)."""
        return str((await self.described()).get("EngineType", "")).upper()

    async def arn(self) -> str:
        """Its ARN."""
        return str((await self.described()).get("BrokerArn", ""))

    async def instances(self) -> int:
        """How many log streams each of its log groups has: of each instance or node one."""
        modes = {"ACTIVE_STANDBY_MULTI_AZ": 2, "CLUSTER_MULTI_AZ": 3}
        return modes.get(str((await self.described()).get("DeploymentMode", "")), 1)

    async def logging(self) -> dict[str, Logging]:
        """The logs that its engine offers, by kind."""
        logs = (await self.described()).get("Logs") or {}
        pending = logs.get("Pending") or {}
        offered = {}
        for kind in DOCUMENTED_KINDS.get(await self.engine(), ("general",)):
            key = kind.capitalize()
            group = logs.get(f"{key}LogGroup") or broker_prefix(self.id) + kind
            now, later = bool(logs.get(key)), pending.get(key)
            changes = later if later is not None and later != now else None
            offered[kind] = Logging(kind, group, now, changes)
        return offered

    async def wanted_groups(self) -> list[str]:
        """Log groups that Amazon MQ has to write into: those of the logs that are on.

        Raises:
            Skipped: logging is off.
        """
        groups = [log.group for log in (await self.logging()).values() if log.on]
        if not groups:
            raise Skipped("Logging is off.")
        return groups

    async def groups_there(self) -> dict[str, Described]:
        """Those of `wanted_groups` that exist, by name, as DescribeLogGroups gives them.

        Raises:
            Skipped: logging is off.
        """
        wanted = await self.wanted_groups()
        listed = await self.lookups.log_groups(broker_prefix(self.id))
        return {name: listed[name] for name in wanted if name in listed}

    async def existing_groups(self) -> dict[str, Described]:
        """The same where there are any.

        Raises:
            Skipped: there are none.
        """
        existing = await self.groups_there()
        if not existing:
            raise Skipped("There is no log group to look at.")
        return existing

    async def instances_by_group(self) -> dict[str, set[str]]:
        """The instances that have a stream, by log group; a stream without a number by its name.

        Raises:
            Skipped: logging is off.
        """
        found: dict[str, set[str]] = {}
        for group in await self.groups_there():
            streams = await self.lookups.log_streams(group)
            names = [str(stream["logStreamName"]) for stream in streams]
            found[group] = {instance_of("mq", name) or name for name in names}
        return found

    async def has_all_streams(self) -> bool:
        """Whether every log group that is there has a stream of every instance or node."""
        found = await self.instances_by_group()
        count = await self.instances()
        numbers = instance_numbers(count)
        return all(
            numbers <= names if are_numbered(names) else len(names) >= count
            for names in found.values()
        )


def instance_numbers(count: int) -> set[str]:
    """What the streams of so many instances are numbered with: `1`, `2`."""
    return {str(number + 1) for number in range(count)}


def are_numbered(instances: set[str]) -> bool:
    """Whether streams tell the number of their instance, as documented for ActiveMQ alone."""
    return all(one.isdigit() for one in instances)
