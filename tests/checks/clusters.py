"""Clusters of the embedded AWS for the tests of checks: set up well, and what can be changed."""

from __future__ import annotations

import json
from typing import Any

from mqtail.demo.firehose_service import DeliveryStream
from mqtail.demo.kafka_clusters import Cluster
from mqtail.demo.kms_service import Key
from mqtail.demo.s3_settings import Encryption
from mqtail.demo.server import EmbeddedAws
from tests.checks.apply_fix import run

ACCOUNT = "111122223333"
SERVICE = "delivery.logs.amazonaws.com"
NAME = "clicks"
GROUP = "/msk/clicks"
GROUP_ARN = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:{GROUP}"
BUCKET = "clicks-logs"
BUCKET_ARN = f"arn:aws:s3:::{BUCKET}"
WRITTEN = f"{BUCKET_ARN}/msk/AWSLogs/{ACCOUNT}/*"
STREAM = "clicks-stream"
POLICY = "log-delivery"
SOURCE = f"arn:aws:logs:us-east-1:{ACCOUNT}:*"
KMS_ACTIONS = [
    "kms:Encrypt",
    "kms:Decrypt",
    "kms:ReEncrypt*",
    "kms:GenerateDataKey*",
    "kms:DescribeKey",
]

Plain = dict[str, Any]


def document(*statements: Plain) -> Plain:
    """A policy document."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def writing(**changes: Any) -> Plain:
    """The statement that lets log delivery write into the log group, changed."""
    usual: Plain = {
        "Sid": "AWSLogDeliveryWrite20150319",
        "Effect": "Allow",
        "Principal": {"Service": SERVICE},
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": f"{GROUP_ARN}:log-stream:*",
        "Condition": conditions(),
    }
    return usual | changes


def conditions(**strings: str) -> Plain:
    """The documented conditions, and others of StringEquals."""
    return {
        "StringEquals": {"aws:SourceAccount": ACCOUNT} | strings,
        "ArnLike": {"aws:SourceArn": SOURCE},
    }


def acl_check(**changes: Any) -> Plain:
    """The statement that lets log delivery look at the bucket, changed."""
    usual: Plain = {
        "Sid": "AWSLogDeliveryAclCheck",
        "Effect": "Allow",
        "Principal": {"Service": SERVICE},
        "Action": "s3:GetBucketAcl",
        "Resource": BUCKET_ARN,
        "Condition": conditions(),
    }
    return usual | changes


def putting(**changes: Any) -> Plain:
    """The statement that lets log delivery write into the bucket, changed."""
    usual: Plain = {
        "Sid": "AWSLogDeliveryWrite",
        "Effect": "Allow",
        "Principal": {"Service": SERVICE},
        "Action": "s3:PutObject",
        "Resource": WRITTEN,
        "Condition": conditions(**{"s3:x-amz-acl": "bucket-owner-full-control"}),
    }
    return usual | changes


TLS_ONLY: Plain = {
    "Sid": "TlsOnly",
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": [BUCKET_ARN, f"{BUCKET_ARN}/*"],
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}
ADMINISTRATION: Plain = {
    "Sid": "Administration",
    "Effect": "Allow",
    "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
    "Action": "kms:*",
    "Resource": "*",
}


def using_key(**changes: Any) -> Plain:
    """The statement that lets log delivery use the bucket's key, changed."""
    usual: Plain = {
        "Sid": "Allow Amazon MSK to use the key.",
        "Effect": "Allow",
        "Principal": {"Service": [SERVICE]},
        "Action": KMS_ACTIONS,
        "Resource": "*",
    }
    return usual | changes


class World:
    """An account with a cluster, `clicks`, that delivers to all three destinations.

    What is changed before `make` was never right; what is changed before `settle` was right until
    now, and logs were delivered.
    """

    def __init__(self, aws: EmbeddedAws) -> None:
        self.aws = aws
        self.options: Plain = {}
        self.policies: dict[str, Plain] = {POLICY: document(writing())}
        self.own_policy: Plain | None = None
        """Of the log group itself."""
        self.group: Plain | None = {"retention_in_days": 30}
        self.bucket: Plain | None = {}
        self.bucket_policy: Plain | None = document(acl_check(), putting(), TLS_ONLY)
        self.encryption: Plain = {"algorithm": "aws:kms", "bucket_key": True}
        self.key_policy = document(ADMINISTRATION, using_key())
        self.key_state = "Enabled"
        self.key = aws.kms.add_key(aliases=("alias/logs",))
        self.key_name = self.key.arn
        self.stream: Plain | None = {"s3": {"bucket": "clicks-archive"}}
        self.tags = {"LogDeliveryEnabled": "true", "team": "clicks"}
        self.linked_role = True
        self.groups_key: Key | None = None
        """Of the log group."""

    @property
    def cluster(self) -> Cluster:
        """The cluster."""
        (found,) = self.aws.kafka.clusters()
        return found

    @property
    def delivery_stream(self) -> DeliveryStream:
        """The Firehose stream."""
        found = self.aws.firehose.stream(STREAM)
        assert found is not None
        return found

    async def make(self) -> None:
        """Put everything in place, the cluster at last."""
        aws = self.aws
        if self.group is not None:
            aws.logs.create_group(GROUP, **self.group)
        if self.bucket is not None:
            aws.s3.create_bucket(BUCKET, **self.bucket)
        aws.s3.create_bucket("clicks-archive")
        if self.stream is not None:
            aws.firehose.add_stream(STREAM, **self.stream)
        await self.settle()
        options: Plain = {"cloudwatch": GROUP, "s3": (BUCKET, "msk"), "firehose": STREAM}
        options |= self.options
        aws.kafka.add_cluster(NAME, delivers=True, **options)

    async def settle(self) -> None:
        """Have the settings as they are to be now."""
        aws = self.aws
        for policy in (await run(aws, "aws logs describe-resource-policies"))["resourcePolicies"]:
            name = policy["policyName"]
            if name not in self.policies:
                await run(aws, f"aws logs delete-resource-policy --policy-name {name}")
        for name, policy in self.policies.items():
            aws.logs.put_resource_policy(name, policy)
        if self.own_policy is not None:
            aws.logs.put_resource_policy("own", self.own_policy, group=GROUP)
        group = aws.logs.group(GROUP)
        if group is not None and self.groups_key is not None:
            group.kms_key_id = self.groups_key.arn
        bucket = aws.s3.bucket(BUCKET)
        if bucket is not None:
            policy = self.bucket_policy
            bucket.policy = None if policy is None else json.dumps(policy)
            bucket.encryption = Encryption(kms_key=self.key_name, **self.encryption)
        self.key.policy = json.dumps(self.key_policy)
        self.key.state = self.key_state  # type: ignore[assignment]
        stream = aws.firehose.stream(STREAM)
        if stream is not None:
            stream.tags = dict(self.tags)
        if not self.linked_role:
            aws.iam.remove_role("AWSServiceRoleForLogDelivery")
