"""From a name, id, ARN, shell pattern or log group to targets and their log groups."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from mqtail.aws.budget import Budget
from mqtail.aws.clients import Clients
from mqtail.aws.failures import Failure, Kind, failure_of
from mqtail.errors import TargetError, UsageError
from mqtail.targets import (
    DOCUMENTED_KINDS,
    Target,
    broker_id_of_arn,
    is_broker_id,
    log_group_of_arn,
    log_group_target,
    region_of_arn,
)

DESCRIBES_AT_ONCE = 5
ATTEMPTS = 5


class Discovery:
    """Finds targets and their log groups.

    Args:
        clients: the AWS clients.
        budget: every CloudWatch Logs request waits for its turn there.
        region: to tell an ARN of another region.
        notes: gets what a user should know about how the targets were found.
    """

    def __init__(self, clients: Clients, budget: Budget, region: str, notes: list[str]) -> None:
        self._clients = clients
        self._budget = budget
        self._region = region
        self.notes = notes

    async def find(self, names: Sequence[str]) -> list[Target]:
        """The targets of the names given, each once; of no names, every broker of the region.

        Raises:
            TargetError: a name fits nothing (the message lists the nearest names), or looking it
                up is not permitted.
        """
        if not names:
            return await self._all_brokers()
        targets: dict[tuple[str, ...], Target] = {}
        for name in names:
            for target in await self._find_one(name):
                targets.setdefault(tuple(group.name for group in target.groups), target)
        return list(targets.values())

    async def list_groups(self, prefix: str) -> list[str]:
        """Names of the log groups whose name begins with `prefix`.

        Raises:
            ClientError, BotoCoreError: as the call failed.
        """
        names: list[str] = []
        arguments: dict[str, Any] = {"logGroupNamePrefix": prefix}
        while True:
            page = await self._logs("describe_log_groups", arguments)
            names += [group["logGroupName"] for group in page["logGroups"]]
            if not page.get("nextToken"):
                return names
            arguments["nextToken"] = page["nextToken"]

    async def _find_one(self, name: str) -> list[Target]:
        self._check_region(name)
        if broker_id := broker_id_of_arn(name) or (name if is_broker_id(name) else None):
            return [await self._broker(broker_id)]
        if group := log_group_of_arn(name):
            return [log_group_target(*group)]
        if name.startswith("arn:"):
            raise TargetError(
                f"{name} is neither a broker nor a log group.",
                "A target is a broker's name, id or ARN, or a log group's name or ARN.",
            )
        if "/" in name:
            return await self._log_groups(name)
        return await self._named(name)

    def _check_region(self, name: str) -> None:
        region = region_of_arn(name)
        if region and region != self._region:
            raise UsageError(
                f"{name} is in {region}, and mqtail reads {self._region}.",
                f"Use --region {region}.",
            )

    async def _named(self, name: str) -> list[Target]:
        """A broker's name or pattern; a log group may be called like that, too."""
        try:
            brokers = await self._list_brokers()
        except (ClientError, BotoCoreError) as error:
            failure = failure_of(error, "listing the brokers (mq:ListBrokers)")
            if failure.kind is not Kind.DENIED:
                raise failure.error() from error
            raise TargetError(failure.sentence, "Give the broker's id (b-...) instead.") from error
        wanted = [
            broker["BrokerId"] for broker in brokers if fnmatchcase(broker["BrokerName"], name)
        ]
        if wanted:
            return await self._brokers(wanted)
        groups = await self._log_groups_or_none(name)
        if groups:
            return groups
        raise _unknown(name, [broker["BrokerName"] for broker in brokers])

    async def _log_groups(self, name: str) -> list[Target]:
        groups = await self._log_groups_or_none(name)
        if groups:
            return groups
        near = await self._try_list(name[: max(1, name.rfind("/") + 1)])
        raise _unknown(name, near)

    async def _log_groups_or_none(self, name: str) -> list[Target]:
        """Log groups of that name or pattern; one that may not be looked up is taken as given."""
        literal = name.translate(str.maketrans("*?[", "\0\0\0")).split("\0", 1)[0]
        try:
            found = await self.list_groups(literal) if literal else []
        except (ClientError, BotoCoreError) as error:
            failure = failure_of(error, "listing log groups (logs:DescribeLogGroups)")
            if failure.kind is not Kind.DENIED or literal != name or "/" not in name:
                raise failure.error() from error
            self.notes.append(f"{failure.sentence} The log group is taken as named.")
            return [log_group_target(name)]
        return [log_group_target(group) for group in found if fnmatchcase(group, name)]

    async def _try_list(self, prefix: str) -> list[str]:
        try:
            return await self.list_groups(prefix)
        except (ClientError, BotoCoreError):
            return []

    async def _all_brokers(self) -> list[Target]:
        try:
            brokers = await self._list_brokers()
        except (ClientError, BotoCoreError) as error:
            raise failure_of(error, "listing the brokers (mq:ListBrokers)").error() from error
        if not brokers:
            raise TargetError(
                f"There are no Amazon MQ brokers in {self._region}.",
                "Use --region or --profile to look elsewhere, or name a log group.",
            )
        return await self._brokers([broker["BrokerId"] for broker in brokers])

    async def _brokers(self, ids: list[str]) -> list[Target]:
        gate = asyncio.Semaphore(DESCRIBES_AT_ONCE)

        async def one(broker_id: str) -> Target:
            async with gate:
                return await self._broker(broker_id)

        return await asyncio.gather(*map(one, ids))

    async def _broker(self, broker_id: str) -> Target:
        """A broker by its id, with the log groups of DescribeBroker and those found by listing."""
        client = await self._clients.mq()
        try:
            broker: Any = await client.describe_broker(BrokerId=broker_id)
        except (ClientError, BotoCoreError) as error:
            failure = failure_of(error, f"looking up the broker {broker_id} (mq:DescribeBroker)")
            return await self._undescribed(broker_id, failure)
        target = Target(
            name=broker["BrokerName"],
            service="mq",
            groups=(),
            id=broker_id,
            arn=broker.get("BrokerArn", ""),
            engine=str(broker.get("EngineType", "")).upper(),
            state=broker.get("BrokerState", ""),
            deployment=broker.get("DeploymentMode", ""),
        )
        return await self._with_groups(target, broker.get("Logs") or {})

    async def _undescribed(self, broker_id: str, failure: Failure) -> Target:
        """The documented log group names serve where the broker cannot be looked up."""
        if failure.kind is not Kind.DENIED:
            raise failure.error()
        self.notes.append(f"{failure.sentence} The documented log group names are used.")
        target = Target(name=broker_id, service="mq", groups=(), id=broker_id)
        found = await self._try_list(target.prefix)
        documented = [] if found else [target.prefix + kind for kind in ("general", "audit")]
        return target.with_groups(found or documented)

    async def _with_groups(self, target: Target, logs: dict[str, Any]) -> Target:
        """What DescribeBroker says, else the documented names; then what is listed beside them."""
        listed = await self._listed(target.prefix)
        names: list[str] = []
        for kind in DOCUMENTED_KINDS.get(target.engine, ("general",)):
            key = kind.capitalize()
            name = logs.get(f"{key}LogGroup") or target.prefix + kind
            # The API names the general log group even while that log is off.
            if logs.get(key):
                names.append(name)
            else:
                self.notes.append(f"{target.name}: {kind} logging is off.")
        groups = tuple(target.group(name) for name in names)
        return Target(
            target.name, target.service, groups, target.id, target.arn, target.engine,
            target.state, target.deployment,
        ).with_groups(listed)  # fmt: skip

    async def _listed(self, prefix: str) -> list[str]:
        try:
            return await self.list_groups(prefix)
        except (ClientError, BotoCoreError) as error:
            failure = failure_of(error, f"listing the log groups under {prefix}")
            if failure.kind is Kind.CREDENTIALS:
                raise failure.error() from error
            self.notes.append(failure.sentence)
            return []

    async def _list_brokers(self) -> list[Any]:
        client = await self._clients.mq()
        brokers: list[Any] = []
        arguments: dict[str, Any] = {"MaxResults": 100}
        while True:
            page: Any = await client.list_brokers(**arguments)
            brokers += page.get("BrokerSummaries", [])
            if not page.get("NextToken"):
                return sorted(brokers, key=lambda broker: str(broker["BrokerName"]))
            arguments["NextToken"] = page["NextToken"]

    async def _logs(self, operation: str, arguments: dict[str, Any]) -> Any:
        """One CloudWatch Logs call within the budget, repeated while its failure may pass."""
        client = await self._clients.logs()
        for attempt in range(ATTEMPTS):
            await self._budget.take()
            try:
                return await getattr(client, operation)(**arguments)
            except (ClientError, BotoCoreError) as error:
                if attempt + 1 == ATTEMPTS or not failure_of(error, operation).passing:
                    raise
                await asyncio.sleep(0.2 * 2**attempt)
        raise AssertionError("unreachable")


def _unknown(name: str, known: Sequence[str]) -> TargetError:
    near = get_close_matches(name, known, n=5, cutoff=0.4) or sorted(known)[:5]
    hint = f"Nearest names: {', '.join(near)}." if near else "There are none in this region."
    return TargetError(f"No broker or log group is called {name}.", hint)
