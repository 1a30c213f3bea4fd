"""Amazon MQ brokers and their log groups."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from mqtail.aws.calls import Calls
from mqtail.aws.decoding import CALL_ERRORS
from mqtail.aws.failures import SIGN_IN_KINDS, Failure, Kind, failure_of
from mqtail.discovery.log_groups import LogGroups
from mqtail.targets import DOCUMENTED_KINDS, Target


class Brokers:
    """Finds brokers.

    Args:
        notes: gets what a user should know about how they were found.
    """

    LISTING = "listing the brokers (mq:ListBrokers)"

    def __init__(self, calls: Calls, log_groups: LogGroups, notes: list[str]) -> None:
        self._calls = calls
        self._log_groups = log_groups
        self._notes = notes

    async def listed(self) -> list[Target]:
        """Every broker of the region, by name: what listing tells, which are no logs.

        Raises:
            ClientError, BotoCoreError, UnreadableAnswer: as the call failed (`CALL_ERRORS`).
        """
        arguments = {"MaxResults": 100}
        brokers = await self._calls.pages("mq", "list_brokers", arguments, "BrokerSummaries")
        return sorted(map(_outline, brokers), key=lambda broker: (broker.name, broker.id))

    async def target(self, broker_id: str) -> Target:
        """A broker by its id, with the log groups of DescribeBroker and those found by listing.

        Raises:
            MqtailError: it cannot be looked up.
        """
        try:
            arguments = {"BrokerId": broker_id}
            broker = await self._calls.call("mq", "describe_broker", arguments, "BrokerName")
        except CALL_ERRORS as error:
            failure = failure_of(error, f"looking up the broker {broker_id} (mq:DescribeBroker)")
            return await self._undescribed(broker_id, failure)
        target = replace(_outline(broker), id=broker_id, version=broker.get("EngineVersion", ""))
        return await self._with_groups(target, broker.get("Logs") or {})

    async def _undescribed(self, broker_id: str, failure: Failure) -> Target:
        """The documented log group names serve where the broker cannot be looked up."""
        if failure.kind is not Kind.DENIED:
            raise failure.error()
        self._notes.append(f"{failure.sentence} The documented log group names are used.")
        target = Target(name=broker_id, service="mq", logs=(), id=broker_id)
        found = await self._log_groups.listed_if_permitted(target.prefix)
        documented = [] if found else [target.prefix + kind for kind in ("general", "audit")]
        return target.with_groups(found or documented)

    async def _with_groups(self, target: Target, logs: dict[str, Any]) -> Target:
        """What DescribeBroker says, else the documented names; then what is listed beside them."""
        listed = await self._groups_beside(target.prefix)
        names: list[str] = []
        off: list[str] = []
        waiting: list[str] = []
        for kind in DOCUMENTED_KINDS.get(target.engine, ("general",)):
            key = kind.capitalize()
            name = logs.get(f"{key}LogGroup") or target.prefix + kind
            # The API names the general log group even while that log is off.
            if logs.get(key):
                names.append(name)
            elif (logs.get("Pending") or {}).get(key):
                waiting.append(kind)
                self._notes.append(f"{target.name}: {kind} logging waits for a reboot.")
            else:
                off.append(kind)
                self._notes.append(f"{target.name}: {kind} logging is off.")
        described = replace(
            target,
            logs=tuple(target.group(name) for name in names),
            off=tuple(off),
            waiting=tuple(waiting),
        )
        return described.with_groups(listed)

    async def _groups_beside(self, prefix: str) -> list[str]:
        try:
            return await self._log_groups.listed(prefix)
        except CALL_ERRORS as error:
            failure = failure_of(error, f"listing the log groups under {prefix}")
            if failure.kind in SIGN_IN_KINDS:
                raise failure.error() from error
            self._notes.append(failure.sentence)
            return []


def _outline(broker: dict[str, Any]) -> Target:
    """A broker without its logs, as listing and looking it up describe it alike."""
    return Target(
        name=broker["BrokerName"],
        service="mq",
        logs=(),
        id=broker.get("BrokerId", ""),
        arn=broker.get("BrokerArn", ""),
        engine=str(broker.get("EngineType", "")).upper(),
        state=broker.get("BrokerState", ""),
        deployment=broker.get("DeploymentMode", ""),
    )
