"""From a name, id, ARN, shell pattern or log group to targets and their log groups."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import Any

from mqtail.aws.budget import Budget
from mqtail.aws.clients import Clients
from mqtail.aws.decoding import CALL_ERRORS, member
from mqtail.aws.failures import Failure, Kind, UnreadableAnswer, failure_of
from mqtail.clock import Clock
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
        account: our account's id where known: an ARN of it means the log group of that name.
        clock: learns the service's time from its answers.
    """

    def __init__(
        self,
        clients: Clients,
        budget: Budget,
        region: str,
        notes: list[str],
        *,
        account: str = "",
        clock: Clock | None = None,
    ) -> None:
        self._account = account
        self._clock = clock or Clock()
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
                groups = tuple(group.identifier for group in target.groups)
                targets.setdefault((target.id,) if target.id else groups, target)
        return list(targets.values())

    async def list_groups(self, prefix: str) -> list[str]:
        """Names of the log groups whose name begins with `prefix`.

        Raises:
            ClientError, BotoCoreError, UnreadableAnswer: as the call failed (`CALL_ERRORS`).
        """
        names: list[str] = []
        arguments: dict[str, Any] = {"logGroupNamePrefix": prefix}
        while True:
            page = await self._logs("describe_log_groups", arguments, "logGroups")
            names += [group["logGroupName"] for group in page["logGroups"]]
            if not page.get("nextToken"):
                return names
            arguments["nextToken"] = page["nextToken"]

    async def _find_one(self, name: str) -> list[Target]:
        self._check_region(name)
        if broker_id := broker_id_of_arn(name) or (name if is_broker_id(name) else None):
            return [await self._broker(broker_id)]
        if group := log_group_of_arn(name):
            own = self._account and f":{self._account}:log-group:" in name
            return [log_group_target(group[0], "" if own else group[1])]
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
        except CALL_ERRORS as error:
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
        except CALL_ERRORS as error:
            failure = failure_of(error, "listing log groups (logs:DescribeLogGroups)")
            if failure.kind is not Kind.DENIED or literal != name or "/" not in name:
                raise failure.error() from error
            self.notes.append(f"{failure.sentence} The log group is taken as named.")
            return [log_group_target(name)]
        return [log_group_target(group) for group in found if fnmatchcase(group, name)]

    async def _try_list(self, prefix: str) -> list[str]:
        try:
            return await self.list_groups(prefix)
        except CALL_ERRORS:
            return []

    async def _all_brokers(self) -> list[Target]:
        try:
            brokers = await self._list_brokers()
        except CALL_ERRORS as error:
            raise failure_of(error, "listing the brokers (mq:ListBrokers)").error() from error
        if not brokers:
            raise TargetError(
                f"There are no Amazon MQ brokers in {self._region}.",
                "Use --region or --profile to look elsewhere, or name a log group.",
            )
        return await self._brokers([broker["BrokerId"] for broker in brokers])

    async def _brokers(self, ids: list[str]) -> list[Target]:
        gate = asyncio.Semaphore(DESCRIBES_AT_ONCE)

        async def one(broker_id: str) -> Target | TargetError:
            async with gate:
                try:
                    return await self._broker(broker_id)
                except TargetError as error:
                    return error

        found = await asyncio.gather(*map(one, ids))
        targets = [target for target in found if isinstance(target, Target)]
        errors = [error for error in found if isinstance(error, TargetError)]
        if not targets:
            raise errors[0]
        # A broker can be deleted meanwhile; the others are none the worse for it.
        self.notes += [error.message for error in errors]
        return targets

    async def _broker(self, broker_id: str) -> Target:
        """A broker by its id, with the log groups of DescribeBroker and those found by listing."""
        try:
            broker = await self._mq("describe_broker", {"BrokerId": broker_id}, "BrokerName")
        except CALL_ERRORS as error:
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
        except CALL_ERRORS as error:
            failure = failure_of(error, f"listing the log groups under {prefix}")
            if failure.kind is Kind.CREDENTIALS:
                raise failure.error() from error
            self.notes.append(failure.sentence)
            return []

    async def _list_brokers(self) -> list[Any]:
        brokers: list[Any] = []
        arguments: dict[str, Any] = {"MaxResults": 100}
        while True:
            page = await self._mq("list_brokers", arguments, "BrokerSummaries")
            brokers += page["BrokerSummaries"]
            if not page.get("NextToken"):
                return sorted(brokers, key=lambda broker: str(broker["BrokerName"]))
            arguments["NextToken"] = page["NextToken"]

    async def _logs(self, operation: str, arguments: dict[str, Any], required: str) -> Any:
        """One CloudWatch Logs call within the budget."""
        return await self._call(self._clients.logs, operation, arguments, required, self._budget)

    async def _mq(self, operation: str, arguments: dict[str, Any], required: str) -> Any:
        """One Amazon MQ call."""
        return await self._call(self._clients.mq, operation, arguments, required)

    async def _call(
        self,
        client: Callable[[], Awaitable[Any]],
        operation: str,
        arguments: dict[str, Any],
        required: str,
        budget: Budget | None = None,
    ) -> Any:
        """An answer that has its `required` member; asked for again while a failure may pass."""
        for attempt in range(ATTEMPTS):
            if budget is not None:
                await budget.take()
            try:
                answer = await getattr(await client(), operation)(**arguments)
                self._clock.heard(answer["ResponseMetadata"].get("HTTPHeaders", {}).get("date"))
                member(answer, required)
            except CALL_ERRORS as error:
                # The client for Amazon MQ has repeated by itself what it took for a failure.
                again = budget is not None or isinstance(error, UnreadableAnswer)
                passing = again and failure_of(error, operation).passing
                if attempt + 1 == ATTEMPTS or not passing:
                    raise
                await asyncio.sleep(0.2 * 2**attempt)
            else:
                return answer
        raise AssertionError("unreachable")


def _unknown(name: str, known: Sequence[str]) -> TargetError:
    near = get_close_matches(name, known, n=5, cutoff=0.5)
    if near:
        hint = f"Nearest names: {', '.join(near)}."
    elif known:
        more = f" and {len(known) - 5} more" if len(known) > 5 else ""
        hint = f"There are: {', '.join(sorted(known)[:5])}{more}."
    else:
        hint = "There are none in this region."
    verb = "matches" if any(c in name for c in "*?[") else "is called"
    return TargetError(f"No broker or log group {verb} {name}.", hint)
