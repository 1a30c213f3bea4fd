"""Amazon MSK clusters as what checks look at."""

from __future__ import annotations

from mqtail.aws.failures import FailedCall
from mqtail.checks.asking import Described
from mqtail.checks.model import Skipped, Subject
from mqtail.discovery.clusters import is_serverless, logs_of, provisioned_of
from mqtail.logs import BucketLog, DeliveryStreamLog, Log, LogGroup

SERVERLESS = (
    "A serverless cluster has no broker logs; its API calls are in CloudTrail: mqtail cloudtrail."
)


class Cluster(Subject):
    """An Amazon MSK cluster; its id is its ARN."""

    async def described(self) -> Described:
        """DescribeClusterV2's ClusterInfo, or DescribeCluster's.

        Raises:
            Skipped: there is no such cluster.
        """
        cluster = await self.lookups.cluster(self.id)
        if cluster is None:
            raise Skipped("There is no such cluster.")
        self.name = cluster["ClusterName"]
        return cluster

    async def is_serverless(self) -> bool:
        """Whether it has no brokers that its user sees, and no broker logs."""
        return is_serverless(await self.described())

    async def provisioned(self) -> Described:
        """What there is to know of its brokers, LoggingInfo among it.

        Raises:
            Skipped: it is a serverless cluster.
        """
        if await self.is_serverless():
            raise Skipped(SERVERLESS)
        return provisioned_of(await self.described())

    async def logs(self) -> tuple[Log, ...]:
        """Its broker and authorizer logs in every destination that is enabled.

        Raises:
            Skipped: it is a serverless cluster.
        """
        await self.provisioned()
        try:
            listed = await self.lookups.clusters()
        except FailedCall:
            # Then it is not known which log groups it shares.
            listed = []
        return logs_of(await self.described(), listed)

    async def group_logs(self) -> list[LogGroup]:
        """Its logs in CloudWatch Logs.

        Raises:
            Skipped: it has none there.
        """
        found = [log for log in await self.logs() if isinstance(log, LogGroup)]
        if not found:
            raise Skipped("Its logs are not delivered to CloudWatch Logs.")
        return found

    async def groups_there(self) -> dict[str, Described]:
        """Those of its log groups that exist, by name, as DescribeLogGroups gives them.

        Raises:
            Skipped: none of its logs is delivered to CloudWatch Logs.
        """
        names = dict.fromkeys(log.name for log in await self.group_logs())
        found = {name: await self.lookups.log_group(name) for name in names}
        return {name: group for name, group in found.items() if group is not None}

    async def existing_groups(self) -> dict[str, Described]:
        """The same where there are any.

        Raises:
            Skipped: there are none.
        """
        existing = await self.groups_there()
        if not existing:
            raise Skipped("There is no log group to look at, see msk-log-group.")
        return existing

    async def streams_by_log(self) -> dict[LogGroup, list[str]]:
        """The log streams of each of its logs whose group exists, without those of other clusters.

        Raises:
            Skipped: there is no log group.
        """
        existing = await self.existing_groups()
        found: dict[LogGroup, list[str]] = {}
        for log in await self.group_logs():
            if log.name in existing:
                streams = await self.lookups.log_streams(log.name)
                names = [str(stream["logStreamName"]) for stream in streams]
                found[log] = [name for name in names if log.holds(name)]
        return found

    async def bucket_logs(self) -> list[BucketLog]:
        """Its logs in S3.

        Raises:
            Skipped: it has none there.
        """
        found = [log for log in await self.logs() if isinstance(log, BucketLog)]
        if not found:
            raise Skipped("Its logs are not delivered to S3.")
        return found

    async def buckets(self) -> dict[str, str]:
        """The regions of its buckets that exist, by name.

        Raises:
            Skipped: there are none.
        """
        names = dict.fromkeys(log.bucket for log in await self.bucket_logs())
        regions = {name: await self.lookups.bucket_region(name) for name in names}
        found = {name: region for name, region in regions.items() if region is not None}
        if not found:
            raise Skipped("There is no bucket to look at, see msk-bucket.")
        return found

    async def stream_logs(self) -> list[DeliveryStreamLog]:
        """Its logs that are delivered to Firehose streams.

        Raises:
            Skipped: there are none.
        """
        found = [log for log in await self.logs() if isinstance(log, DeliveryStreamLog)]
        if not found:
            raise Skipped("Its logs are not delivered to Firehose.")
        return found

    async def delivery_streams(self) -> dict[str, Described]:
        """Its Firehose streams that exist, by name, as DescribeDeliveryStream gives them.

        Raises:
            Skipped: there are none.
        """
        names = dict.fromkeys(log.stream for log in await self.stream_logs())
        streams = {name: await self.lookups.delivery_stream(name) for name in names}
        found = {name: stream for name, stream in streams.items() if stream is not None}
        if not found:
            raise Skipped("There is no Firehose stream to look at, see msk-delivery-stream.")
        return found
