"""The checks against moto's server, an implementation that this project did not write.

It has KMS, bucket policies and encryption, Firehose, trails and DescribeLogGroups as AWS has them.
It has no LookupEvents and no SimulatePrincipalPolicy, which has to be unknown and nothing worse.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.request import Request, urlopen

import boto3
import pytest

from mqtail.aws.signin import SignIn
from mqtail.checks.findings import Finding, Outcome
from mqtail.checks.runner import Checkup
from mqtail.settings import Settings
from tests.moto_servers import create_cluster, moto_server

ACCOUNT, REGION = "123456789012", "us-east-1"
BUCKET, GROUP, STREAM = "kafka-logs", "/msk/clicks", "kafka-stream"
DELIVERY = {"Service": "delivery.logs.amazonaws.com"}
LOGGING = {
    "BrokerLogs": {
        "CloudWatchLogs": {"Enabled": True, "LogGroup": GROUP},
        "S3": {"Enabled": True, "Bucket": BUCKET, "Prefix": "msk"},
        "Firehose": {"Enabled": True, "DeliveryStream": STREAM},
    }
}
KEY_ACTIONS = ["Encrypt", "Decrypt", "ReEncrypt*", "GenerateDataKey*", "DescribeKey"]

Plain = dict[str, Any]


class Moto:
    """A moto server, and clients of it."""

    def __init__(self, url: str) -> None:
        self.url = url

    def client(self, service: str) -> Any:
        """A client."""
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    def forget(self) -> None:
        """Empty it: all of moto's servers in a process share one account."""
        with urlopen(Request(f"{self.url}/moto-api/reset", method="POST"), timeout=10):
            return

    async def check(self, *names: str) -> Mapping[str, Finding]:
        """What is found of one target and the account, by the check's id."""
        identity = f"arn:aws:iam::{ACCOUNT}:user/me"
        sign_in = SignIn(REGION, ACCOUNT, identity, endpoint_url=self.url)
        checkup = Checkup(Settings(targets=names, max_requests=1000), sign_in)
        await checkup.run()
        return {check.id: found for target in checkup.targets for check, found in target.results}


@pytest.fixture(scope="module")
def moto() -> Iterator[Moto]:
    """A server with a cluster that delivers to all three destinations, and a broker."""
    with moto_server() as url:
        moto = Moto(url)
        moto.forget()
        moto.client("s3").create_bucket(Bucket=BUCKET)
        moto.client("logs").create_log_group(logGroupName=GROUP)
        moto.client("firehose").create_delivery_stream(
            DeliveryStreamName=STREAM,
            ExtendedS3DestinationConfiguration={
                "RoleARN": f"arn:aws:iam::{ACCOUNT}:role/delivery",
                "BucketARN": f"arn:aws:s3:::{BUCKET}",
            },
            Tags=[{"Key": "LogDeliveryEnabled", "Value": "true"}],
        )
        create_cluster(moto.client("kafka"), LOGGING)
        yield moto
        moto.forget()


def statement(actions: str | list[str], resource: str, **more: Any) -> Plain:
    """What lets log delivery do something."""
    usual: Plain = {"Effect": "Allow", "Principal": DELIVERY}
    return usual | {"Action": actions, "Resource": resource} | more


def document(*statements: Plain) -> str:
    """A policy document as text."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


BUCKET_ARN = f"arn:aws:s3:::{BUCKET}"
BUCKET_POLICY = document(
    statement("s3:GetBucketAcl", BUCKET_ARN),
    statement(
        "s3:PutObject",
        f"{BUCKET_ARN}/msk/AWSLogs/{ACCOUNT}/*",
        Condition={"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}},
    ),
)


async def test_log_groups_and_resource_policies(moto: Moto) -> None:
    """DescribeLogGroups, DescribeResourcePolicies."""
    logs = moto.client("logs")
    found = await moto.check("clicks")
    assert found["msk-log-group"].outcome is Outcome.PASS
    assert found["msk-delivery-policy"].outcome is Outcome.FAIL
    assert found["msk-group-retention"].outcome is Outcome.WARN
    group = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{GROUP}:log-stream:*"
    writing = ["logs:CreateLogStream", "logs:PutLogEvents"]
    logs.put_resource_policy(
        policyName="delivery", policyDocument=document(statement(writing, group))
    )
    logs.put_retention_policy(logGroupName=GROUP, retentionInDays=7)
    found = await moto.check("clicks")
    assert found["msk-delivery-policy"].outcome is Outcome.PASS
    assert found["msk-group-retention"].outcome is Outcome.PASS


async def test_buckets_and_keys(moto: Moto) -> None:
    """GetBucketPolicy, GetBucketEncryption, DescribeKey, GetKeyPolicy."""
    s3, kms = moto.client("s3"), moto.client("kms")
    found = await moto.check("clicks")
    assert found["msk-bucket"].outcome is Outcome.PASS
    assert found["msk-bucket-policy"].outcome is Outcome.FAIL
    assert found["msk-bucket-encryption"].outcome is Outcome.PASS
    s3.put_bucket_policy(Bucket=BUCKET, Policy=BUCKET_POLICY)
    key = kms.create_key()["KeyMetadata"]["Arn"]
    encrypt = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    rules = [{"ApplyServerSideEncryptionByDefault": encrypt}]
    s3.put_bucket_encryption(Bucket=BUCKET, ServerSideEncryptionConfiguration={"Rules": rules})
    found = await moto.check("clicks")
    assert found["msk-bucket-policy"].outcome is Outcome.PASS
    assert found["msk-bucket-encryption"].outcome is Outcome.FAIL
    policy = json.loads(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"])
    actions = [f"kms:{action}" for action in KEY_ACTIONS]
    policy["Statement"].append(statement(actions, "*"))
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(policy))
    assert (await moto.check("clicks"))["msk-bucket-encryption"].outcome is Outcome.PASS
    kms.disable_key(KeyId=key.rpartition("/")[2])
    assert (await moto.check("clicks"))["msk-bucket-encryption"].outcome is Outcome.FAIL


async def test_delivery_streams(moto: Moto) -> None:
    """DescribeDeliveryStream, ListTagsForDeliveryStream."""
    firehose = moto.client("firehose")
    found = await moto.check("clicks")
    assert found["msk-delivery-stream"].outcome is Outcome.PASS
    assert found["msk-delivery-stream-tag"].outcome is Outcome.PASS
    firehose.untag_delivery_stream(DeliveryStreamName=STREAM, TagKeys=["LogDeliveryEnabled"])
    assert (await moto.check("clicks"))["msk-delivery-stream-tag"].outcome is Outcome.FAIL


async def test_trails(moto: Moto) -> None:
    """DescribeTrails, GetTrailStatus."""
    trails = moto.client("cloudtrail")
    assert (await moto.check("cloudtrail"))["cloudtrail-trail"].outcome is Outcome.WARN
    trails.create_trail(Name="all", S3BucketName=BUCKET, IsMultiRegionTrail=True)
    assert (await moto.check("cloudtrail"))["cloudtrail-trail"].outcome is Outcome.FAIL
    trails.start_logging(Name="all")
    assert (await moto.check("cloudtrail"))["cloudtrail-trail"].outcome is Outcome.PASS


async def test_what_it_does_not_have_is_unknown(moto: Moto) -> None:
    """Never a pass."""
    found = await moto.check("cloudtrail")
    assert found["cloudtrail-history"].outcome is Outcome.UNKNOWN
    assert found["caller-rights"].outcome is not Outcome.PASS
