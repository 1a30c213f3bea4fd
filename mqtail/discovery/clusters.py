"""Amazon MSK clusters, and where each of them delivers its logs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from mqtail import formats
from mqtail.aws.calls import Calls
from mqtail.aws.decoding import CALL_ERRORS
from mqtail.aws.failures import Kind, failure_of
from mqtail.logs import BucketLog, DeliveryStreamLog, Log, LogGroup
from mqtail.settings import DESTINATIONS
from mqtail.targets import Target

KINDS = {"broker": "BrokerLogs", "authorizer": "AuthorizerLogs"}
"""Kinds of log, and where LoggingInfo describes them."""

Cluster = dict[str, Any]
"""A cluster as DescribeClusterV2 gives it, or as the first API does."""


class Clusters:
    """Finds clusters with the second API, or with the first where only that is permitted."""

    LISTING = "listing the clusters (kafka:ListClustersV2)"

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._listed: dict[str, Cluster] = {}

    async def listed(self) -> list[Target]:
        """Every cluster of the region, by name, without its logs.

        Raises:
            ClientError, BotoCoreError, UnreadableAnswer: as the call failed (`CALL_ERRORS`).
        """
        try:
            clusters = await self._list("list_clusters_v2")
        except CALL_ERRORS as error:
            if failure_of(error, "").kind is not Kind.DENIED:
                raise
            try:
                clusters = await self._list("list_clusters")
            except CALL_ERRORS:
                raise error from None
        self._listed = {cluster["ClusterArn"]: cluster for cluster in clusters}
        return sorted(map(_outline, clusters), key=lambda cluster: (cluster.name, cluster.arn))

    async def known(self) -> list[Cluster]:
        """Every cluster of the region as listing gives it, listed once.

        Raises:
            ClientError, BotoCoreError, UnreadableAnswer: as the call failed (`CALL_ERRORS`).
        """
        if not self._listed:
            await self.listed()
        return list(self._listed.values())

    async def target(self, arn: str) -> Target:
        """A cluster by its ARN, with every log in every place where it is delivered.

        Raises:
            MqtailError: it cannot be looked up.
        """
        cluster = await self._describe(arn)
        if not self._listed:
            await self._list_if_permitted()
        logs = logs_of(cluster, self._listed.values())
        return replace(_outline(cluster), arn=arn, logs=logs)

    async def _list_if_permitted(self) -> None:
        """Learn of the other clusters: some may deliver to the same log group."""
        try:
            await self.listed()
        except CALL_ERRORS:
            return

    async def _list(self, operation: str) -> list[Cluster]:
        arguments = {"MaxResults": 100}
        return await self._calls.pages("kafka", operation, arguments, "ClusterInfoList")

    async def _describe(self, arn: str) -> Cluster:
        """A cluster in full; what listing told of it where it may not be described."""
        arguments = {"ClusterArn": arn}
        try:
            answer = await self._describe_with("describe_cluster_v2", arguments)
        except CALL_ERRORS as error:
            failure = failure_of(error, f"looking up the cluster {arn} (kafka:DescribeClusterV2)")
            if failure.kind is not Kind.DENIED:
                raise failure.error() from error
            try:
                answer = await self._describe_with("describe_cluster", arguments)
            except CALL_ERRORS:
                if arn not in self._listed:
                    raise failure.error() from error
                return self._listed[arn]
        cluster: Cluster = answer["ClusterInfo"]
        return cluster

    async def _describe_with(self, operation: str, arguments: dict[str, str]) -> Any:
        return await self._calls.call("kafka", operation, arguments, "ClusterInfo")


def is_serverless(cluster: Cluster) -> bool:
    """Whether a cluster is a serverless one, which has no broker logs."""
    return cluster.get("ClusterType") == "SERVERLESS"


def provisioned_of(cluster: Cluster) -> dict[str, Any]:
    """The members of a provisioned cluster; empty of a serverless one.

    The first API knows provisioned clusters only, and has their members at the top.
    """
    return {} if is_serverless(cluster) else cluster.get("Provisioned") or cluster


def logs_of(cluster: Cluster, listed: Iterable[Cluster]) -> tuple[Log, ...]:
    """Every log of a cluster in every enabled destination, of each kind the fastest first.

    Args:
        cluster: the cluster.
        listed: the clusters of the region, which may deliver to the same log group.
    """
    others = [other for other in listed if other["ClusterArn"] != cluster["ClusterArn"]]
    logging = provisioned_of(cluster).get("LoggingInfo") or {}
    logs = (
        _log(cluster, kind, destination, logging.get(member) or {}, others)
        for kind, member in KINDS.items()
        for destination in DESTINATIONS
    )
    return tuple(log for log in logs if log)


def _log(
    cluster: Cluster,
    kind: str,
    destination: str,
    described: dict[str, Any],
    others: Sequence[Cluster],
) -> Log | None:
    """A kind of log in one destination, where that is enabled."""
    name = cluster["ClusterName"]
    format = formats.expected("msk", "", kind)
    if destination == "cloudwatch":
        group = _enabled(described, "CloudWatchLogs", "LogGroup")
        if not group:
            return None
        sharers = tuple(other["ClusterName"] for other in others if _delivers_to(other, group))
        return LogGroup(group, name, "msk", kind, format, shared_with=sharers)
    if destination == "s3":
        bucket = _enabled(described, "S3", "Bucket")
        prefix = described.get("S3", {}).get("Prefix") or ""
        arn = cluster["ClusterArn"]
        return BucketLog(bucket, prefix, arn, name, kind, format) if bucket else None
    stream = _enabled(described, "Firehose", "DeliveryStream")
    return DeliveryStreamLog(stream, name, kind, format) if stream else None


def _enabled(described: dict[str, Any], destination: str, member: str) -> str:
    """What names a destination, empty where it is off."""
    found = described.get(destination) or {}
    return found.get(member) or "" if found.get("Enabled") else ""


def _delivers_to(cluster: Cluster, group: str) -> bool:
    logging = provisioned_of(cluster).get("LoggingInfo") or {}
    described = (logging.get(member) or {} for member in KINDS.values())
    return any(_enabled(logs, "CloudWatchLogs", "LogGroup") == group for logs in described)


def _outline(cluster: Cluster) -> Target:
    """A cluster without its logs."""
    provisioned = provisioned_of(cluster)
    software = provisioned.get("CurrentBrokerSoftwareInfo") or {}
    return Target(
        name=cluster["ClusterName"],
        service="msk",
        logs=(),
        arn=cluster.get("ClusterArn", ""),
        engine=_engine(is_serverless(cluster), provisioned),
        state=cluster.get("State", ""),
        deployment=_brokers(provisioned),
        version=software.get("KafkaVersion", ""),
    )


def _engine(serverless: bool, provisioned: dict[str, Any]) -> str:
    if serverless:
        return "SERVERLESS"
    instance_type = (provisioned.get("BrokerNodeGroupInfo") or {}).get("InstanceType", "")
    return "EXPRESS" if instance_type.startswith("express.") else "PROVISIONED"


def _brokers(provisioned: dict[str, Any]) -> str:
    count = provisioned.get("NumberOfBrokerNodes")
    return f"{count} broker{'s' * (count != 1)}" if count else ""
