"""The permissions that mqtail uses, what each is for, and the policy that grants just these."""

from __future__ import annotations

from typing import Any

READING = {
    "Brokers": {
        "mq:DescribeBroker": "looking up brokers",
        "mq:ListBrokers": "finding brokers by name",
    },
    "Clusters": {
        "kafka:DescribeClusterV2": "looking up clusters",
        "kafka:ListClustersV2": "finding clusters by name",
    },
    "CloudWatchLogs": {
        "logs:DescribeLogGroups": "finding log groups",
        "logs:DescribeLogStreams": "finding log streams",
        "logs:DescribeResourcePolicies": "seeing whether AWS may write into log groups",
        "logs:FilterLogEvents": "reading logs in CloudWatch Logs",
    },
    "Objects": {
        "s3:GetBucketPolicy": "seeing whether AWS may write into a bucket",
        "s3:GetEncryptionConfiguration": "seeing how a bucket is encrypted",
        "s3:GetObject": "reading logs in S3",
        "s3:ListBucket": "finding logs in S3",
    },
    "DeliveryStreams": {
        "firehose:DescribeDeliveryStream": "finding where Firehose delivers logs",
        "firehose:ListTagsForDeliveryStream": "seeing whether a Firehose stream takes logs",
    },
    "Domains": {
        "es:DescribeDomain": "finding the domain that Firehose delivers logs to",
        "es:ESHttpPost": "searching logs in OpenSearch",
    },
    "ApiCalls": {
        "cloudtrail:DescribeTrails": "finding trails",
        "cloudtrail:GetTrail": "finding the bucket of a trail (--trail)",
        "cloudtrail:GetTrailStatus": "seeing whether a trail delivers",
        "cloudtrail:LookupEvents": "reading API calls, and who rebooted a broker",
    },
    "Identities": {
        "iam:GetRole": "looking up roles",
        "iam:SimulatePrincipalPolicy": "seeing what users and roles may do",
    },
    "Keys": {
        "kms:DescribeKey": "seeing whether a key is enabled",
        "kms:GetKeyPolicy": "seeing whether AWS may use a key",
    },
}
"""Every action that mqtail calls and what it is for, by the statement's Sid in its policy."""

DECRYPTING = {"kms:Decrypt": "reading logs in S3 that are encrypted with a KMS key"}
"""What S3 does in the name of who reads an object."""

PURPOSES = {
    action: purpose
    for actions in (*READING.values(), DECRYPTING)
    for action, purpose in actions.items()
}
"""What each action is for."""

_SPELLINGS = {
    "s3:GetBucketEncryption": "s3:GetEncryptionConfiguration",
    "s3:HeadBucket": "s3:ListBucket",
    "s3:HeadObject": "s3:GetObject",
    "s3:ListObjectsV2": "s3:ListBucket",
    "opensearch:DescribeDomain": "es:DescribeDomain",
}
"""Operations whose action is called otherwise (service authorization reference)."""


def action_of(service: str, operation: str) -> str:
    """The IAM action of an operation in the SDK's spelling: `logs`, `describe_log_groups`."""
    name = "".join(word.capitalize() for word in operation.split("_"))
    return _SPELLINGS.get(f"{service}:{name}", f"{service}:{name}")


def reading_policy() -> dict[str, Any]:
    """The identity policy that lets mqtail read all that it shows and checks, and nothing else."""
    statements: list[dict[str, Any]] = [
        {"Sid": sid, "Effect": "Allow", "Action": list(actions), "Resource": "*"}
        for sid, actions in READING.items()
    ]
    # Through S3 alone: the keys are good for nothing else then.
    statements.append(
        {
            "Sid": "EncryptedObjects",
            "Effect": "Allow",
            "Action": list(DECRYPTING),
            "Resource": "*",
            "Condition": {"StringLike": {"kms:ViaService": "s3.*.amazonaws.com"}},
        }
    )
    return {"Version": "2012-10-17", "Statement": statements}
