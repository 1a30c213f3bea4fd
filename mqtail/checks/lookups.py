"""What checks ask AWS: each thing once, however many checks want to know it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mqtail.aws.budget import Budget
from mqtail.aws.calls import Calls
from mqtail.aws.clients import Clients
from mqtail.aws.decoding import CALL_ERRORS
from mqtail.aws.failures import FailedCall, Kind, failure_of
from mqtail.aws.signin import SignIn
from mqtail.checks.asking import ABSENT, MOST_PAGES, Asking, Described, once
from mqtail.discovery import Discovery
from mqtail.logs import Log, LogGroup
from mqtail.policies import arn_part
from mqtail.settings import Settings
from mqtail.sources.newest import last_day, newest_event
from mqtail.sources.retries import ReadFailed

DEFAULT = "ApplyServerSideEncryptionByDefault"
"""The member of a rule of GetBucketEncryption that names algorithm and key."""
SSE_S3 = "AES256"
"""The algorithm where S3 encrypts with keys of its own."""


class Lookups(Asking):
    """Asks AWS, within the rates of its services; what was answered is kept.

    All methods raise `FailedCall` where it cannot be told: no permission, no network...

    Args:
        sign_in: who we are.
        settings: for the budget, and the pace of reading.
        clients: the AWS clients.
        notes: gets what a user should know about how targets were found.
        principal: ARN of who creates or reboots the brokers, as the user says; empty: not said.
        budget: for requests to CloudWatch Logs, where it is shared; None: one of its own.
    """

    def __init__(
        self,
        sign_in: SignIn,
        settings: Settings,
        clients: Clients,
        notes: list[str],
        *,
        principal: str = "",
        budget: Budget | None = None,
    ) -> None:
        self.principal = principal
        self.region = sign_in.region
        self.account = sign_in.account
        self.identity = sign_in.identity
        self.profile = sign_in.profile
        self.endpoint_url = sign_in.endpoint_url
        self.clock = clients.clock
        budget = budget or Budget(settings.max_requests)
        super().__init__(Calls(clients, budget))
        self.discovery = Discovery(clients, budget, self.region, notes, account=self.account)
        self._around = last_day(clients, budget, self.clock, settings.pace)

    @property
    def partition(self) -> str:
        """`aws`, `aws-cn` or `aws-us-gov`."""
        if self.identity.startswith("arn:"):
            return self.identity.split(":")[1]
        return {"cn": "aws-cn", "us-gov": "aws-us-gov"}.get(self.region.rsplit("-", 2)[0], "aws")

    def log_group_arn(self, name: str) -> str:
        """ARN of a log group of the account and region, without `:*`."""
        return f"arn:{self.partition}:logs:{self.region}:{self.account}:log-group:{name}"

    # Amazon MQ and Amazon MSK.

    @once
    async def broker(self, broker_id: str) -> Described | None:
        """DescribeBroker; None: there is no such broker."""
        what = f"looking up the broker {broker_id} (mq:DescribeBroker)"
        arguments = {"BrokerId": broker_id}
        answer = await self.ask("mq", "describe_broker", arguments, "BrokerName", what)
        if answer is None:
            return None
        # Without STS it is the broker that tells the account.
        self.account = self.account or arn_part(answer.get("BrokerArn", ""), "account")
        return dict(answer)

    @once
    async def cluster(self, arn: str) -> Described | None:
        """DescribeClusterV2's ClusterInfo, or DescribeCluster's; None: there is no such cluster."""
        what = f"looking up the cluster {arn} (kafka:DescribeClusterV2)"
        arguments = {"ClusterArn": arn}
        try:
            answer = await self.ask("kafka", "describe_cluster_v2", arguments, "ClusterInfo", what)
        except FailedCall as error:
            if error.failure.kind is not Kind.DENIED:
                raise
            try:
                answer = await self.ask("kafka", "describe_cluster", arguments, "ClusterInfo", what)
            except FailedCall:
                raise error from None
        if answer is None:
            return None
        # Without STS it is the cluster that tells the account.
        self.account = self.account or arn_part(arn, "account")
        return dict(answer["ClusterInfo"])

    @once
    async def clusters(self) -> list[Described]:
        """The clusters of the region, as ListClustersV2 gives them."""
        try:
            return await self.discovery.list_clusters()
        except CALL_ERRORS as error:
            failure = failure_of(error, "listing the clusters (kafka:ListClustersV2)")
            raise self.denied_by(failure, "kafka:ListClustersV2") from error

    # CloudWatch Logs.

    @once
    async def log_groups(self, prefix: str) -> dict[str, Described]:
        """Log groups by name, of all whose name begins so (DescribeLogGroups)."""
        what = f"listing the log groups under {prefix} (logs:DescribeLogGroups)"
        arguments = {"logGroupNamePrefix": prefix}
        groups = await self.listed("logs", "describe_log_groups", arguments, "logGroups", what)
        return {group["logGroupName"]: group for group in groups}

    async def log_group(self, name: str) -> Described | None:
        """A log group; None: there is none of that name."""
        return (await self.log_groups(name)).get(name)

    @once
    async def log_streams(self, group: str) -> list[Described]:
        """Log streams, those with the newest events first (DescribeLogStreams), at most 500."""
        what = f"listing the log streams of {group} (logs:DescribeLogStreams)"
        arguments = {"logGroupName": group, "orderBy": "LastEventTime", "descending": True}
        return await self.listed("logs", "describe_log_streams", arguments, "logStreams", what)

    @once
    async def account_policies(self) -> list[Described]:
        """Resource policies of the account's region (DescribeResourcePolicies, ACCOUNT scope)."""
        what = "listing the resource policies of CloudWatch Logs (logs:DescribeResourcePolicies)"
        return await self.listed("logs", "describe_resource_policies", {}, "resourcePolicies", what)

    @once
    async def group_policies(self, group: str) -> list[Described]:
        """Resource policies of one log group, which has to exist (RESOURCE scope)."""
        what = f"looking up the resource policy of {group} (logs:DescribeResourcePolicies)"
        scope = {"policyScope": "RESOURCE", "resourceArn": self.log_group_arn(group)}
        return await self.listed(
            "logs",
            "describe_resource_policies",
            scope,
            "resourcePolicies",
            what,
            absent=ABSENT,
        )

    @once
    async def newest(self, log: Log) -> int | None:
        """Time (ms) of a log's newest event of the last day, as mqtail itself reads it."""
        what = f"reading {log.place}"
        try:
            newest = await newest_event(log, self._around)
        except ReadFailed as error:
            raise self.denied_by(error.failure, "") from error
        except FailedCall as error:
            raise self.denied_by(error.failure, "") from error
        except CALL_ERRORS as error:
            action = "logs:FilterLogEvents" if isinstance(log, LogGroup) else ""
            raise self.denied_by(failure_of(error, what), action) from error
        if isinstance(log, LogGroup):
            self.allowed.add("logs:FilterLogEvents")
        return newest

    @once
    async def matching(
        self, group: str, pattern: str, back_ms: int, streams: tuple[str, ...] = ()
    ) -> list[Any]:
        """Events of a log group that match a CloudWatch Logs filter pattern, some of them.

        Args:
            back_ms: since so long ago.
            streams: only in these log streams, of which AWS takes 100; empty: in all.
        """
        what = f"searching the log group {group} (logs:FilterLogEvents)"
        arguments: Described = {
            "logGroupName": group,
            "filterPattern": pattern,
            "startTime": self.clock.now() - back_ms,
            "limit": 100,
        }
        if streams:
            arguments["logStreamNames"] = list(streams)
        events: list[Any] = []
        for _ in range(MOST_PAGES):
            page = (await self.ask("logs", "filter_log_events", arguments, "page", what))["page"]
            events += page.events
            if events or page.next_token is None:
                break
            arguments["nextToken"] = page.next_token
        return events

    # Identities.

    @once
    async def role(self, name: str) -> Described | None:
        """GetRole's Role; None: there is no such role."""
        what = f"looking up the role {name} (iam:GetRole)"
        answer = await self.ask("iam", "get_role", {"RoleName": name}, "Role", what)
        found: Described | None = answer and answer["Role"]
        return found

    async def simulated(
        self,
        principal: str,
        actions: tuple[str, ...],
        *resources: str,
        context: tuple[tuple[str, str], ...] = (),
    ) -> dict[str, str]:
        """What IAM says of actions, see `simulation` and `decisions_of`."""
        return decisions_of(await self.simulation(principal, actions, *resources, context=context))

    @once
    async def simulation(
        self,
        principal: str,
        actions: tuple[str, ...],
        *resources: str,
        context: tuple[tuple[str, str], ...] = (),
    ) -> list[Described]:
        """SimulatePrincipalPolicy's EvaluationResults.

        Args:
            principal: ARN of a user or role; that of a session is refused by IAM.
            resources: ARNs, or `*`.
            context: condition keys of the request, each with its value.
        """
        what = f"asking what {principal} may do (iam:SimulatePrincipalPolicy)"
        arguments: Described = {
            "PolicySourceArn": principal,
            "ActionNames": list(actions),
            "ResourceArns": list(resources),
            "ContextEntries": [
                {"ContextKeyName": key, "ContextKeyType": "string", "ContextKeyValues": [value]}
                for key, value in context
            ],
        }
        results: list[Described] = []
        while True:
            answer = await self.ask(
                "iam", "simulate_principal_policy", arguments, "EvaluationResults", what, absent=()
            )
            results += answer["EvaluationResults"]
            if not answer.get("IsTruncated"):
                return results
            arguments["Marker"] = answer["Marker"]

    @once
    async def api_calls(self, event_name: str) -> list[str]:
        """CloudTrail records of one operation, the newest first (LookupEvents: 90 days)."""
        what = f"looking up {event_name} in CloudTrail's event history (cloudtrail:LookupEvents)"
        by_name = [{"AttributeKey": "EventName", "AttributeValue": event_name}]
        arguments = {"LookupAttributes": by_name}
        events = await self.listed("cloudtrail", "lookup_events", arguments, "Events", what)
        return [event.get("CloudTrailEvent", "") for event in events]

    # Trails.

    @once
    async def trails(self) -> list[Described]:
        """Trails that cover the region, those of other regions and organizations among them."""
        what = "listing the trails (cloudtrail:DescribeTrails)"
        answer = await self.ask("cloudtrail", "describe_trails", {}, "trailList", what)
        return list(answer["trailList"])

    @once
    async def trail_status(self, arn: str) -> Described:
        """GetTrailStatus."""
        what = f"looking up the trail {arn} (cloudtrail:GetTrailStatus)"
        answer: Described = await self.ask(
            "cloudtrail", "get_trail_status", {"Name": arn}, "IsLogging", what, absent=()
        )
        return answer

    # Keys.

    @once
    async def key(self, key_id: str) -> Described | None:
        """DescribeKey's KeyMetadata, of a key's id, ARN or alias; None: there is no such key."""
        what = f"looking up the KMS key {key_id} (kms:DescribeKey)"
        answer = await self.ask("kms", "describe_key", {"KeyId": key_id}, "KeyMetadata", what)
        found: Described | None = answer and answer["KeyMetadata"]
        return found

    @once
    async def key_policy(self, key_id: str) -> str:
        """GetKeyPolicy: the document; an alias is not taken here."""
        what = f"looking up the policy of the KMS key {key_id} (kms:GetKeyPolicy)"
        arguments = {"KeyId": key_id, "PolicyName": "default"}
        answer = await self.ask("kms", "get_key_policy", arguments, "Policy", what, absent=())
        return str(answer["Policy"])

    # Buckets.

    @once
    async def bucket_region(self, bucket: str) -> str | None:
        """Where a bucket is (HeadBucket); None: there is no such bucket anywhere."""
        what = f"looking up the bucket {bucket} (s3:ListBucket)"
        answer = await self.ask("s3", "head_bucket", {"Bucket": bucket}, "", what)
        if answer is None:
            return None
        headers = answer["ResponseMetadata"].get("HTTPHeaders", {})
        return str(headers.get("x-amz-bucket-region", "")) or self.region

    @once
    async def bucket_policy(self, bucket: str) -> str | None:
        """GetBucketPolicy: the document; None: the bucket has none."""
        what = f"looking up the policy of the bucket {bucket} (s3:GetBucketPolicy)"
        answer = await self.ask("s3", "get_bucket_policy", {"Bucket": bucket}, "Policy", what)
        return answer and str(answer["Policy"])

    @once
    async def bucket_encryption(self, bucket: str) -> Described:
        """The default encryption of a bucket's objects: a rule of GetBucketEncryption."""
        what = f"looking up the encryption of the bucket {bucket} (s3:GetEncryptionConfiguration)"
        member = "ServerSideEncryptionConfiguration"
        answer = await self.ask("s3", "get_bucket_encryption", {"Bucket": bucket}, member, what)
        rules: list[Described] = answer[member].get("Rules", []) if answer else []
        # Without a configuration of its own S3 encrypts with its own keys.
        return next(
            (rule for rule in rules if DEFAULT in rule), {DEFAULT: {"SSEAlgorithm": SSE_S3}}
        )

    # Firehose.

    @once
    async def delivery_stream(self, name: str) -> Described | None:
        """DescribeDeliveryStream's description; None: there is no such stream."""
        what = f"looking up the Firehose stream {name} (firehose:DescribeDeliveryStream)"
        member = "DeliveryStreamDescription"
        arguments = {"DeliveryStreamName": name}
        answer = await self.ask("firehose", "describe_delivery_stream", arguments, member, what)
        found: Described | None = answer and answer[member]
        return found

    @once
    async def delivery_stream_tags(self, name: str) -> dict[str, str]:
        """Tags of a Firehose stream (ListTagsForDeliveryStream)."""
        what = (
            f"listing the tags of the Firehose stream {name} (firehose:ListTagsForDeliveryStream)"
        )
        arguments: Described = {"DeliveryStreamName": name}
        tags: dict[str, str] = {}
        while True:
            answer = await self.ask(
                "firehose", "list_tags_for_delivery_stream", arguments, "Tags", what, absent=()
            )
            tags |= {tag["Key"]: tag.get("Value", "") for tag in answer["Tags"]}
            if not answer.get("HasMoreTags") or not answer["Tags"]:
                return tags
            arguments["ExclusiveStartTagKey"] = answer["Tags"][-1]["Key"]


def decisions_of(results: Iterable[Described]) -> dict[str, str]:
    """What IAM says of actions: `allowed`, `implicitDeny` or `explicitDeny`, by action.

    An action is allowed where it is on each of the resources.
    """
    decisions: dict[str, str] = {}
    for result in results:
        action, decision = result["EvalActionName"], result["EvalDecision"]
        if decisions.get(action, "allowed") == "allowed":
            decisions[action] = decision
    return decisions
