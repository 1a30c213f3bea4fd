"""Finds what a user names."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import NamedTuple

from mqtail.aws.budget import Budget, Use
from mqtail.aws.calls import Calls
from mqtail.aws.clients import Clients
from mqtail.aws.decoding import CALL_ERRORS
from mqtail.aws.failures import SIGN_IN_KINDS, Failure, Kind, failure_of
from mqtail.discovery.brokers import Brokers
from mqtail.discovery.clusters import Cluster, Clusters
from mqtail.discovery.log_groups import LogGroups
from mqtail.errors import MqtailError, NoSuchTarget, TargetError, UsageError
from mqtail.logs import Log
from mqtail.targets import (
    API_CALLS,
    Target,
    api_calls_target,
    broker_id_of_arn,
    cluster_of_arn,
    is_broker_id,
    is_pattern,
    log_group_of_arn,
    log_group_target,
    region_of_arn,
)

DESCRIBES_AT_ONCE = 5


class Named(NamedTuple):
    """A broker or cluster that was found, and not looked up yet."""

    service: str
    """`mq` or `msk`."""
    id: str
    """A broker's id, a cluster's ARN."""
    name: str = ""
    """Empty where only the id is known."""
    outline: Target | None = None
    """What listing told of it, without its logs; None: it was not listed."""


Found = Callable[[list[Named]], None]
"""Takes the brokers, or the clusters, of the region."""


class Discovery:
    """Finds targets and their logs.

    Args:
        clients: the AWS clients.
        budget: every CloudWatch Logs request waits for its turn there.
        region: to tell an ARN of another region.
        notes: gets what a user should know about how the targets were found.
        account: our account's id where known: an ARN of it means the log group of that name.
        trail: where to read API calls, see `ApiCalls`.

    Attributes:
        listings: by `mq` and `msk`, where listing was tried, why it failed; None: it did not.
    """

    def __init__(
        self,
        clients: Clients,
        budget: Budget,
        region: str,
        notes: list[str],
        *,
        account: str = "",
        trail: str = "",
    ) -> None:
        calls = Calls(clients, budget)
        self._account = account
        self._region = region
        self._trail = trail
        self._log_groups = LogGroups(calls, notes)
        self._brokers = Brokers(calls, self._log_groups, notes)
        self._clusters = Clusters(calls)
        self._listed: list[Named] | None = None
        self.listings: dict[str, Failure | None] = {}
        self.notes = notes

    async def find(self, names: Sequence[str]) -> list[Target]:
        """The targets of the names given, each once; of no names, every broker and cluster.

        Raises:
            TargetError: a name fits nothing (the message lists the nearest names), or looking it
                up is not permitted.
        """
        if not names:
            named = await self.everything()
            self.notes += [failure.sentence for failure in self._failures]
            return await self._described(named)
        targets: dict[tuple[str, ...], Target] = {}
        for name in names:
            for target in await self._described(await self.named(name)):
                logs = tuple(log.identifier for log in target.logs)
                targets.setdefault((target.owner,) if target.owner else logs, target)
        return list(targets.values())

    async def list_groups(self, prefix: str) -> list[str]:
        """Names of the log groups whose name begins with `prefix`, to find those that are new.

        Raises:
            ClientError, BotoCoreError, UnreadableAnswer: as the call failed (`CALL_ERRORS`).
        """
        return await self._log_groups.listed(prefix, Use.FINDING)

    def stored_bytes(self, log: Log) -> float:
        """How much a log holds, as listing told some time ago; infinite where it did not."""
        return self._log_groups.stored_bytes(log.place)

    async def list_clusters(self) -> list[Cluster]:
        """The clusters of the region, see `Clusters.known`."""
        return await self._clusters.known()

    async def named(self, name: str) -> list[Named | Target]:
        """What a name, id, ARN or pattern means: brokers and clusters, not looked up yet.

        Raises:
            TargetError, UsageError: see `find`.
        """
        self._check_region(name)
        if name == API_CALLS:
            listed = await self._list()
            named = [(one.id, one.name) for one in listed]
            return [api_calls_target(named, self._trail)]
        if broker_id := broker_id_of_arn(name) or (name if is_broker_id(name) else None):
            return [Named("mq", broker_id)]
        if cluster_of_arn(name):
            return [Named("msk", name)]
        if group := log_group_of_arn(name):
            own = self._account and f":{self._account}:log-group:" in name
            return [log_group_target(group[0], "" if own else group[1])]
        if name.startswith("arn:"):
            raise NoSuchTarget(
                f"{name} is neither a broker, a cluster, nor a log group.",
                "A target is a broker's name, id or ARN, a cluster's name or ARN, or a log group's"
                " name or ARN.",
            )
        if "://" in name:
            raise NoSuchTarget(
                f"{name} is no target.",
                "Name the broker, cluster or log group; -d s3 reads a cluster's logs in S3.",
            )
        if "/" in name:
            return list(await self._named_log_groups(name))
        return await self._matching(name)

    def _check_region(self, name: str) -> None:
        region = region_of_arn(name)
        if region and region != self._region:
            raise UsageError(
                f"{name} is in {region}, and mqtail reads {self._region}.",
                f"Use --region {region}.",
            )

    async def _matching(self, name: str) -> list[Named | Target]:
        """The name or pattern of brokers and clusters; a log group may be called so, too."""
        listed = await self._list()
        failures = self._failures
        wanted: list[Named | Target] = [one for one in listed if fnmatchcase(one.name, name)]
        if wanted:
            return wanted
        try:
            groups = await self._log_groups.find(name)
        except MqtailError:
            if not failures:
                raise
            groups = []
        if groups:
            return list(groups)
        if failures:
            hint = "Give the broker's id (b-...) or the cluster's ARN instead."
            denied = failures[0].kind is Kind.DENIED
            raise TargetError(failures[0].sentence, hint) if denied else failures[0].error()
        raise _unknown(name, [one.name for one in listed])

    async def _named_log_groups(self, name: str) -> list[Target]:
        groups = await self._log_groups.find(name)
        if groups:
            return groups
        near = await self._log_groups.listed_if_permitted(name[: max(1, name.rfind("/") + 1)])
        raise _unknown(name, near)

    async def everything(self, found: Found | None = None) -> list[Named]:
        """Every broker and cluster of the region, not looked up yet; `listings` has what failed.

        Args:
            found: called with those of a service as soon as they are known.

        Raises:
            TargetError: there are none, or listing them is not permitted.
        """
        listed = await self._list(found)
        if not listed:
            if self._failures:
                raise self._failures[0].error()
            raise NoSuchTarget(
                f"There are no Amazon MQ brokers and no Amazon MSK clusters in {self._region}.",
                "Use --region or --profile to look elsewhere, or name a log group.",
            )
        return listed

    async def target(self, named: Named) -> Target:
        """A broker or cluster in full.

        Raises:
            MqtailError: it cannot be looked up.
        """
        describe = {"mq": self._brokers.target, "msk": self._clusters.target}
        return await describe[named.service](named.id)

    @property
    def _failures(self) -> list[Failure]:
        """Why brokers or clusters are not known."""
        return [failure for failure in self.listings.values() if failure]

    async def _list(self, found: Found | None = None) -> list[Named]:
        """Brokers and clusters of the region, listed once; `listings` tells what failed.

        One of the two services may not be permitted, or not be there in the region.

        Raises:
            CredentialsError: the credentials are no good.
        """
        if self._listed is not None:
            return self._listed
        services: dict[str, Brokers | Clusters] = {"mq": self._brokers, "msk": self._clusters}
        # In this order, whichever answers first.
        self.listings = dict.fromkeys(services)
        answers = await asyncio.gather(
            *(self._list_service(*service, found) for service in services.items()),
            return_exceptions=True,
        )
        listed: list[Named] = []
        for answer in answers:
            if isinstance(answer, BaseException):
                raise answer
            listed += answer
        self._listed = listed
        return listed

    async def _list_service(
        self, service: str, listing: Brokers | Clusters, found: Found | None
    ) -> list[Named]:
        """The brokers or the clusters; none, with the reason in `listings`, where that failed.

        Raises:
            CredentialsError: the credentials are no good.
        """
        try:
            targets = await listing.listed()
        except CALL_ERRORS as error:
            failure = failure_of(error, listing.LISTING)
            if failure.kind in SIGN_IN_KINDS:
                raise failure.error() from error
            self.listings[service] = failure
            return []
        named = [Named(service, target.owner, target.name, target) for target in targets]
        if found is not None:
            found(named)
        return named

    async def _described(self, wanted: Sequence[Named | Target]) -> list[Target]:
        """Targets in full; one that has been deleted meanwhile does not hinder the others."""
        gate = asyncio.Semaphore(DESCRIBES_AT_ONCE)

        async def one(found: Named | Target) -> Target | TargetError:
            if isinstance(found, Target):
                return found
            async with gate:
                try:
                    return await self.target(found)
                except TargetError as error:
                    return error

        found = await asyncio.gather(*map(one, wanted))
        targets = [target for target in found if isinstance(target, Target)]
        errors = [error for error in found if isinstance(error, TargetError)]
        if not targets:
            raise errors[0]
        self.notes += [error.message for error in errors]
        return targets


def _unknown(name: str, known: Sequence[str]) -> NoSuchTarget:
    near = get_close_matches(name, known, n=5, cutoff=0.5)
    if near:
        hint = f"Nearest names: {', '.join(near)}."
    elif known:
        more = f" and {len(known) - 5} more" if len(known) > 5 else ""
        hint = f"There are: {', '.join(sorted(known)[:5])}{more}."
    else:
        hint = "There are none in this region."
    verb = "matches" if is_pattern(name) else "is called"
    return NoSuchTarget(f"No broker, cluster or log group {verb} {name}.", hint)
