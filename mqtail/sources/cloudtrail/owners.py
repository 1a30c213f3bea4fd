"""Which target an API call concerns: the broker or cluster that its CloudTrail record names."""

from __future__ import annotations

from collections.abc import Sequence

from mqtail.formats.cloudtrail_record import decoded
from mqtail.formats.cloudtrail_resources import resources
from mqtail.logs import ApiCalls
from mqtail.targets import cluster_of_arn, is_broker_id

MOST_NAMES = 500
"""Targets that calls are told apart by; callers may name brokers that never were."""

OWN_AGENT = "mqtail"
"""What the user agent of mqtail's own calls contains: botocore writes `app/mqtail`."""


class Owners:
    """Ties API calls to targets.

    A call belongs to the first target whose broker id or cluster ARN its record names, else to the
    one of that name where the record has no more than a name (CreateBroker). The calls that mqtail
    makes itself, all of which only read, belong to nobody: it would see itself looking.

    Args:
        calls: whose calls are wanted. Without owners all are; each belongs to the broker or
            cluster that it names, and to the target of the calls themselves where it names none.
    """

    def __init__(self, calls: ApiCalls) -> None:
        self._calls = calls
        self._everybody = calls.target
        self._all = not calls.owners
        self._names: set[str] = set()
        self._by_id = dict(calls.owners or calls.names)
        brokers = {name: name for owner, name in calls.owners if is_broker_id(owner)}
        clusters = {name: name for owner, name in calls.owners if not is_broker_id(owner)}
        self._by_name = {"broker": brokers, "cluster": clusters}

    @property
    def targets(self) -> list[str]:
        """The targets that are known beforehand, each once."""
        return list(dict.fromkeys(name for _, name in self._calls.owners)) or [self._everybody]

    def of(self, record: str) -> str | None:
        """Name of the target that a record belongs to; None when it is not wanted."""
        if OWN_AGENT in record and _is_own(record):
            return None
        named = resources(record)
        if self._all:
            known = [name for one in named.brokers if (name := self._by_id.get(one))]
            clusters = [cluster.name for arn in named.clusters if (cluster := cluster_of_arn(arn))]
            names = (*known, *clusters, *named.cluster_names, *named.broker_names, *named.brokers)
            return self._bounded(names[0] if names else self._everybody)
        found = (
            *map(self._by_id.get, (*named.clusters, *named.brokers)),
            *self._named("cluster", named.clusters, named.cluster_names),
            *self._named("broker", named.brokers, named.broker_names),
        )
        return next((name for name in found if name is not None), None)

    def _named(self, kind: str, ids: Sequence[str], names: Sequence[str]) -> list[str | None]:
        """Targets by their names, which count only where there is nothing better."""
        return [] if ids else [self._by_name[kind].get(name) for name in names]

    def _bounded(self, name: str) -> str:
        if name not in self._names and len(self._names) >= MOST_NAMES:
            return self._everybody
        self._names.add(name)
        return name


def _is_own(record: str) -> bool:
    found = decoded(record)
    if found is None or found.read_only is False:
        return False
    return isinstance(found.user_agent, str) and OWN_AGENT in found.user_agent
