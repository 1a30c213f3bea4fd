"""Delivery as AWS does it: each thing that keeps a log away, and the call that mends it."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from mqtail.demo.iam_service import PolicyDict
from mqtail.demo.kafka_clusters import Cluster
from mqtail.demo.mq_service import Broker
from mqtail.demo.s3_settings import Encryption
from mqtail.demo.server import EmbeddedAws
from mqtail.demo.thread import EmbeddedAwsThread

if TYPE_CHECKING:
    from types_aiobotocore_firehose import FirehoseClient
    from types_aiobotocore_kafka import KafkaClient
    from types_aiobotocore_logs import CloudWatchLogsClient
    from types_aiobotocore_mq import MQClient
    from types_aiobotocore_s3 import S3Client

ACCOUNT = "111122223333"
MQ_GROUPS = "arn:aws:logs:*:*:log-group:/aws/amazonmq/*"
MSK_GROUP = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/msk/clicks:log-stream:*"
ANN = f"arn:aws:iam::{ACCOUNT}:user/ann"

Change = dict[str, Any]


def policy(**statement: Any) -> dict[str, Any]:
    """A policy with one Allow statement, members of which can be changed."""
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow"} | statement]}


def logs_policy(service: str = "mq.amazonaws.com", **changes: Any) -> dict[str, Any]:
    """The policy that AWS documents for Amazon MQ."""
    usual = {
        "Principal": {"Service": service},
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": MQ_GROUPS,
    }
    return policy(**usual | changes)


def streams(aws: EmbeddedAws, broker: Broker, kind: str = "general") -> list[str] | None:
    """The log streams of a broker that have events; None: there is no log group."""
    name = broker.log_group_prefix + kind
    group = aws.logs.group(name, region=broker.region)
    if group is None:
        return None
    return [stream for stream in group.streams if aws.logs.events(name, stream)]


# Amazon MQ for ActiveMQ.


async def test_an_activemq_broker_with_everything_in_place(aws: EmbeddedAws) -> None:
    """Both groups, a stream for each instance, lines in each."""
    aws.logs.put_resource_policy("AmazonMQ-logs", logs_policy())
    broker = aws.mq.add_broker("orders", deployment="ACTIVE_STANDBY_MULTI_AZ", delivers=True)
    both = [f"activemq-{broker.id}-1.log", f"activemq-{broker.id}-2.log"]
    assert streams(aws, broker) == both
    assert streams(aws, broker, "audit") == both
    messages = [event.message for event in aws.logs.events(broker.log_group_prefix + "general")]
    assert any("Apache ActiveMQ 5.18 (orders) started" in message for message in messages)


async def test_brokers_that_do_not_deliver_are_left_alone(aws: EmbeddedAws, mq: MQClient) -> None:
    """As they are unless a test asks for delivery."""
    aws.logs.put_resource_policy("AmazonMQ-logs", logs_policy())
    broker = aws.mq.add_broker("orders")
    await mq.reboot_broker(BrokerId=broker.id)
    assert streams(aws, broker) is None


async def test_groups_come_by_the_rights_of_who_starts_the_broker(
    aws: EmbeddedAws, connect: Any
) -> None:
    """Documented case one: the right is missing; then it is there, and the broker rebooted."""
    aws.iam.add_user("ann")
    aws.sts.add_key("AKIAANN", ANN)
    aws.logs.put_resource_policy("AmazonMQ-logs", logs_policy())
    broker = aws.mq.add_broker("orders", delivers=True, creator=ANN)
    mq, iam = await connect("mq", key="AKIAANN"), await connect("iam")
    assert streams(aws, broker) is None
    await mq.reboot_broker(BrokerId=broker.id)
    assert streams(aws, broker) is None
    right = policy(Action="logs:CreateLogGroup", Resource=MQ_GROUPS)
    await iam.put_user_policy(UserName="ann", PolicyName="mq", PolicyDocument=json.dumps(right))
    assert streams(aws, broker) is None
    await mq.reboot_broker(BrokerId=broker.id)
    assert streams(aws, broker) == [f"activemq-{broker.id}-1.log"]


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        logs_policy("delivery.logs.amazonaws.com"),
        logs_policy(Action="logs:PutLogEvents"),
        logs_policy(Resource=f"arn:aws:logs:us-west-2:{ACCOUNT}:log-group:/aws/amazonmq/*"),
        logs_policy(Resource="arn:aws-cn:logs:*:*:log-group:/aws/amazonmq/*"),
        logs_policy(Condition={"StringEquals": {"aws:SourceAccount": "444455556666"}}),
        logs_policy(Condition={"ArnLike": {"aws:SourceArn": "arn:aws:mq:*:*:broker:other:*"}}),
        logs_policy(Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1"}}),
    ],
)
async def test_streams_come_by_the_resource_policy(
    aws: EmbeddedAws, logs: CloudWatchLogsClient, wrong: PolicyDict | None
) -> None:
    """Documented case two: once the policy is right they come without a reboot."""
    if wrong is not None:
        aws.logs.put_resource_policy("AmazonMQ-logs", wrong)
    broker = aws.mq.add_broker("orders", delivers=True)
    assert streams(aws, broker) == []
    condition = {
        "StringEquals": {"aws:SourceAccount": ACCOUNT},
        "ArnLike": {"aws:SourceArn": f"arn:aws:mq:*:{ACCOUNT}:broker:*"},
    }
    right = json.dumps(logs_policy(Condition=condition))
    await logs.put_resource_policy(policyName="AmazonMQ-logs", policyDocument=right)
    assert streams(aws, broker) == [f"activemq-{broker.id}-1.log"]


async def test_a_deny_and_the_policy_of_the_group(
    aws: EmbeddedAws, logs: CloudWatchLogsClient
) -> None:
    """Policies of the account and of the group count together; a Deny wins."""
    aws.logs.put_resource_policy("shut", logs_policy(Effect="Deny"))
    broker = aws.mq.add_broker("orders", audit=False, delivers=True)
    group = broker.log_group_prefix + "general"
    aws.logs.put_resource_policy("own", logs_policy(), group=group)
    aws.delivery.look()
    assert streams(aws, broker) == []
    await logs.delete_resource_policy(policyName="shut")
    assert streams(aws, broker) == [f"activemq-{broker.id}-1.log"]


async def test_lines_come_once_and_again_after_a_reboot(
    aws: EmbeddedAws, mq: MQClient, logs: CloudWatchLogsClient
) -> None:
    """Other calls bring none."""
    aws.logs.put_resource_policy("AmazonMQ-logs", logs_policy())
    broker = aws.mq.add_broker("orders", delivers=True)
    group = broker.log_group_prefix + "general"
    first = len(aws.logs.events(group))
    await logs.create_log_group(logGroupName="/other")
    assert len(aws.logs.events(group)) == first
    await mq.reboot_broker(BrokerId=broker.id)
    assert len(aws.logs.events(group)) == 2 * first


async def test_logs_that_are_off_come_with_the_reboot_that_switches_them_on(
    aws: EmbeddedAws, mq: MQClient
) -> None:
    """A change that waits is none yet."""
    aws.logs.put_resource_policy("AmazonMQ-logs", logs_policy())
    broker = aws.mq.add_broker("orders", general=False, audit=False, delivers=True)
    await mq.update_broker(BrokerId=broker.id, Logs={"General": True})
    assert streams(aws, broker) is None
    await mq.reboot_broker(BrokerId=broker.id)
    assert streams(aws, broker) == [f"activemq-{broker.id}-1.log"]
    assert streams(aws, broker, "audit") is None


async def test_a_disabled_key_of_the_group_stops_delivery(aws: EmbeddedAws, kms: Any) -> None:
    """Until it is enabled."""
    key = aws.kms.add_key(state="Disabled")
    aws.logs.put_resource_policy("AmazonMQ-logs", logs_policy())
    number = "b-0d330000-0000-4000-8000-0000000000a1"
    aws.logs.create_group(f"/aws/amazonmq/broker/{number}/general", kms_key_id=key.arn)
    broker = aws.mq.add_broker("orders", broker_id=number, audit=False, delivers=True)
    assert streams(aws, broker) == []
    await kms.enable_key(KeyId=key.id)
    assert streams(aws, broker) == [f"activemq-{number}-1.log"]


def test_a_synchronous_client_mends_a_broker() -> None:
    """As the AWS CLI does: PutResourcePolicy, then RebootBroker."""
    with EmbeddedAwsThread() as server:
        broker = server.run(lambda: server.aws.mq.add_broker("orders", delivers=True))
        group = broker.log_group_prefix + "audit"
        session = boto3.Session(region_name="us-east-1")
        logs = session.client("logs", endpoint_url=server.url)
        assert logs.describe_log_streams(logGroupName=group)["logStreams"] == []
        logs.put_resource_policy(policyName="mq", policyDocument=json.dumps(logs_policy()))
        session.client("mq", endpoint_url=server.url).reboot_broker(BrokerId=broker.id)
        (stream,) = logs.describe_log_streams(logGroupName=group)["logStreams"]
    assert stream["logStreamName"] == f"activemq-{broker.id}-1.log"


# Amazon MQ for RabbitMQ.


async def test_rabbitmq_needs_its_service_linked_role(aws: EmbeddedAws, connect: Any) -> None:
    """And no resource policy; a node of a cluster has a stream of its own."""
    aws.iam.remove_role("AWSServiceRoleForAmazonMQ")
    broker = aws.mq.add_broker(
        "sensors", engine="RABBITMQ", deployment="CLUSTER_MULTI_AZ", delivers=True
    )
    mq, iam = await connect("mq"), await connect("iam")
    await mq.reboot_broker(BrokerId=broker.id)
    assert streams(aws, broker) is None
    await iam.create_service_linked_role(AWSServiceName="mq.amazonaws.com")
    await mq.reboot_broker(BrokerId=broker.id)
    assert len(streams(aws, broker) or []) == 3
    assert streams(aws, broker, "audit") is None


# Amazon MSK.


def msk_streams(aws: EmbeddedAws) -> list[str]:
    """The log streams of `/msk/clicks` that have events."""
    group = aws.logs.create_group("/msk/clicks")
    return [stream for stream in group.streams if aws.logs.events("/msk/clicks", stream)]


async def test_a_cluster_needs_its_group_and_a_policy(
    aws: EmbeddedAws, logs: CloudWatchLogsClient
) -> None:
    """MSK makes neither; a policy may be that of the group."""
    cluster = aws.kafka.add_cluster("clicks", cloudwatch="/msk/clicks", delivers=True)
    condition = {
        "StringEquals": {"aws:SourceAccount": ACCOUNT},
        "ArnLike": {"aws:SourceArn": f"arn:aws:logs:us-east-1:{ACCOUNT}:*"},
    }
    delivery = logs_policy("delivery.logs.amazonaws.com", Resource=MSK_GROUP, Condition=condition)
    await logs.create_log_group(logGroupName="/msk/clicks")
    assert msk_streams(aws) == []
    arn = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/msk/clicks"
    await logs.put_resource_policy(resourceArn=arn, policyDocument=json.dumps(delivery))
    assert msk_streams(aws) == [cluster.log_stream(number) for number in (1, 2, 3)]


@dataclass
class BucketCase:
    """A cluster that delivers into the bucket `logs`, which is as a test wants it."""

    aws: EmbeddedAws
    cluster: Cluster

    @property
    def keys(self) -> list[str]:
        """What came."""
        return [found.key for found in self.aws.s3.objects("logs")]


BucketCases = Callable[..., BucketCase]


def delivery_policy(*, prefix: str = "", **changes: Any) -> dict[str, Any]:
    """The bucket policy that AWS documents; members of its second statement can be changed."""
    service = {"Service": "delivery.logs.amazonaws.com"}
    look = {
        "Effect": "Allow",
        "Principal": service,
        "Action": "s3:GetBucketAcl",
        "Resource": "arn:aws:s3:::logs",
    }
    condition = {
        "StringEquals": {
            "s3:x-amz-acl": "bucket-owner-full-control",
            "aws:SourceAccount": ACCOUNT,
        },
        "ArnLike": {"aws:SourceArn": f"arn:aws:logs:us-east-1:{ACCOUNT}:*"},
    }
    write = {
        "Effect": "Allow",
        "Principal": service,
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::logs/{prefix}AWSLogs/{ACCOUNT}/*",
        "Condition": condition,
    }
    return {"Version": "2012-10-17", "Statement": [look, write | changes]}


@pytest.fixture
def in_bucket(aws: EmbeddedAws) -> BucketCases:
    """Makes a bucket as it is told, and a cluster that delivers into it."""

    def case(*, prefix: str = "", **bucket: Any) -> BucketCase:
        aws.s3.create_bucket("logs", **bucket)
        cluster = aws.kafka.add_cluster("clicks", s3=("logs", prefix), delivers=True)
        return BucketCase(aws, cluster)

    return case


async def test_objects_of_a_cluster(in_bucket: BucketCases) -> None:
    """One of each broker, below the prefix, with lines in it."""
    policy = delivery_policy(prefix="kafka/")
    case = in_bucket(prefix="kafka", policy=policy)
    start = f"kafka/AWSLogs/{ACCOUNT}/KafkaBrokerLogs/us-east-1/{case.cluster.directory}/"
    assert [key.startswith(start) for key in case.keys] == [True] * 3
    first = case.aws.s3.objects("logs")[0]
    assert b"INFO [BrokerServer id=1]" in gzip.decompress(first.body)


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        delivery_policy(Resource="arn:aws:s3:::logs/other/*"),
        delivery_policy(Action="s3:GetObject"),
        delivery_policy(Principal={"Service": "mq.amazonaws.com"}),
        delivery_policy(Condition={"StringEquals": {"s3:x-amz-acl": "private"}}),
        delivery_policy(Condition={"StringEquals": {"aws:SourceAccount": "444455556666"}}),
        policy(
            Principal={"Service": "delivery.logs.amazonaws.com"},
            Action="s3:PutObject",
            Resource="arn:aws:s3:::logs/*",
        ),
    ],
)
async def test_objects_come_by_the_bucket_policy(
    in_bucket: BucketCases, s3: S3Client, wrong: PolicyDict | None
) -> None:
    """Once it is right they come."""
    case = in_bucket(policy=wrong)
    assert case.keys == []
    await s3.put_bucket_policy(Bucket="logs", Policy=json.dumps(delivery_policy()))
    assert len(case.keys) == 3


@pytest.mark.parametrize("bucket", [{"foreign": True}, {"region": "eu-west-1"}])
async def test_buckets_that_are_elsewhere(in_bucket: BucketCases, bucket: Change) -> None:
    """In another account or region."""
    case = in_bucket(policy=delivery_policy(), **bucket)
    assert case.keys == []


async def test_a_bucket_that_is_not_there(aws: EmbeddedAws, s3: S3Client) -> None:
    """MSK does not make it."""
    aws.kafka.add_cluster("clicks", s3=("logs", ""), delivers=True)
    assert aws.s3.bucket("logs") is None
    await s3.create_bucket(Bucket="logs")
    await s3.put_bucket_policy(Bucket="logs", Policy=json.dumps(delivery_policy()))
    assert len(aws.s3.objects("logs")) == 3


def key_policy(*actions: str) -> dict[str, Any]:
    """A key policy with the statement that AWS documents for MSK."""
    root = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    document = policy(Principal=root, Action="kms:*", Resource="*")
    service = {"Service": ["delivery.logs.amazonaws.com"]}
    document["Statement"].append(
        {"Effect": "Allow", "Principal": service, "Action": list(actions), "Resource": "*"}
    )
    return document


FIVE = ("kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey")


@pytest.mark.parametrize("missing", FIVE)
async def test_a_key_has_to_allow_five_actions(
    aws: EmbeddedAws, in_bucket: BucketCases, kms: Any, missing: str
) -> None:
    """With one of them missing nothing comes; the fix is the key policy."""
    key = aws.kms.add_key(key_policy(*(action for action in FIVE if action != missing)))
    case = in_bucket(policy=delivery_policy(), encryption=Encryption("aws:kms", key.arn))
    assert case.keys == []
    await kms.put_key_policy(KeyId=key.id, Policy=json.dumps(key_policy(*FIVE)))
    assert len(case.keys) == 3
    assert case.aws.s3.objects("logs")[0].kms_key == key.arn


async def test_the_key_has_to_be_enabled(
    aws: EmbeddedAws, in_bucket: BucketCases, kms: Any
) -> None:
    """One that waits for its deletion has to be saved first."""
    key = aws.kms.add_key(key_policy(*FIVE), state="PendingDeletion")
    case = in_bucket(policy=delivery_policy(), encryption=Encryption("aws:kms", key.arn, True))
    await kms.cancel_key_deletion(KeyId=key.id)
    assert case.keys == []
    await kms.enable_key(KeyId=key.id)
    assert len(case.keys) == 3


@pytest.mark.parametrize("name", ["", "alias/aws/s3", "alias/logs"])
async def test_keys_that_log_delivery_cannot_use(
    aws: EmbeddedAws, in_bucket: BucketCases, s3: S3Client, name: str
) -> None:
    """That which AWS manages, and one that the bucket does not name by its ARN."""
    key = aws.kms.add_key(key_policy(*FIVE), aliases=("alias/logs",))
    case = in_bucket(policy=delivery_policy(), encryption=Encryption("aws:kms", name))
    assert case.keys == []
    await s3.put_bucket_encryption(
        Bucket="logs",
        ServerSideEncryptionConfiguration={
            "Rules": [
                {
                    "ApplyServerSideEncryptionByDefault": {
                        "SSEAlgorithm": "aws:kms",
                        "KMSMasterKeyID": key.arn,
                    }
                }
            ]
        },
    )
    assert len(case.keys) == 3


async def test_a_delivery_stream_needs_its_tag(aws: EmbeddedAws, firehose: FirehoseClient) -> None:
    """Removed it stops, set again it goes on."""
    aws.s3.create_bucket("archive")
    aws.firehose.add_stream("clicks-logs", s3={"bucket": "archive", "delimiter": True}, tags={})
    aws.kafka.add_cluster("clicks", firehose="clicks-logs", delivers=True)
    assert aws.s3.objects("archive") == []
    tag = {"Key": "LogDeliveryEnabled", "Value": "true"}
    name = "clicks-logs"
    await firehose.tag_delivery_stream(DeliveryStreamName=name, Tags=[tag])  # type: ignore[list-item]
    (found,) = aws.s3.objects("archive")
    assert found.body.count(b"\n") == 6
    await firehose.untag_delivery_stream(DeliveryStreamName=name, TagKeys=["LogDeliveryEnabled"])
    await firehose.tag_delivery_stream(DeliveryStreamName=name, Tags=[tag])  # type: ignore[list-item]
    assert len(aws.s3.objects("archive")) == 2


async def test_a_delivery_stream_needs_its_role_and_has_to_be_active(
    aws: EmbeddedAws, iam: Any
) -> None:
    """Each keeps the log away."""
    aws.s3.create_bucket("archive")
    stream = aws.firehose.add_stream("clicks-logs", s3={"bucket": "archive"}, status="CREATING")
    aws.iam.remove_role("AWSServiceRoleForLogDelivery")
    aws.kafka.add_cluster("clicks", firehose="clicks-logs", delivers=True)
    await iam.create_service_linked_role(AWSServiceName="delivery.logs.amazonaws.com")
    assert aws.s3.objects("archive") == []
    stream.status = "ACTIVE"
    aws.delivery.look()
    assert len(aws.s3.objects("archive")) == 1


async def test_monitoring_switches_delivery_on(aws: EmbeddedAws, kafka: KafkaClient) -> None:
    """A destination that is off gets nothing; UpdateMonitoring switches it on."""
    aws.s3.create_bucket("logs", policy=delivery_policy())
    cluster = aws.kafka.add_cluster("clicks", s3=("logs", ""), disabled=["s3"], delivers=True)
    assert aws.s3.objects("logs") == []
    await kafka.update_monitoring(
        ClusterArn=cluster.arn,
        CurrentVersion=cluster.current_version,
        LoggingInfo={"BrokerLogs": {"S3": {"Enabled": True, "Bucket": "logs"}}},
    )
    assert len(aws.s3.objects("logs")) == 3
