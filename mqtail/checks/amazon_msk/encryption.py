"""The check of the encryption of buckets that a cluster's logs go to."""

from __future__ import annotations

from mqtail.checks.amazon_msk.cluster import Cluster
from mqtail.checks.amazon_msk.delivery import (
    DELIVERY,
    delivery_conditions,
    delivery_context,
    delivery_sources,
)
from mqtail.checks.amazon_msk.logging import LOGGING
from mqtail.checks.asking import Described
from mqtail.checks.commands import aws
from mqtail.checks.findings import Outcome, combined
from mqtail.checks.log_groups import USABLE, key_fix
from mqtail.checks.lookups import DEFAULT, SSE_S3
from mqtail.checks.model import Finding, check, failed, passed, unknown, warned
from mqtail.checks.service_access import Access, Need
from mqtail.checks.statements import SERVICE_CONTEXT, size_text
from mqtail.policies import Document, PolicyError, Principal, Request, arn_part

ACTIONS = (
    "kms:Encrypt",
    "kms:Decrypt",
    "kms:ReEncrypt*",
    "kms:GenerateDataKey*",
    "kms:DescribeKey",
)
"""What log delivery has to be allowed with a bucket's key (MSK: SSE-KMS buckets)."""
_REQUESTS = (
    "kms:Encrypt",
    "kms:Decrypt",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:DescribeKey",
)

_S3_ALIAS = "alias/aws/s3"
_S3_KEYS = (
    "The fix has S3 encrypt all new objects of this bucket with its own keys (SSE-S3) instead:"
    " make sure that this is enough for whatever else is in it."
)


@check("msk-bucket-encryption", "S3", "Log delivery can use the bucket's key", doc=LOGGING)
async def bucket_encryption(cluster: Cluster) -> Finding:
    """SSE-S3, or SSE-KMS with a customer managed key that lets log delivery in."""
    return combined([await _of_bucket(cluster, name) for name in await cluster.buckets()])


async def _of_bucket(cluster: Cluster, bucket: str) -> Finding:
    rule = await cluster.lookups.bucket_encryption(bucket)
    algorithm = str(rule[DEFAULT].get("SSEAlgorithm", ""))
    key_id = str(rule[DEFAULT].get("KMSMasterKeyID", ""))
    evidence = f"GetBucketEncryption {bucket}: {algorithm} {key_id}".rstrip()
    if not algorithm.startswith("aws:kms"):
        return passed(f"{evidence}.")
    # Without a key of its own the bucket takes the one that AWS manages for S3.
    if not key_id or key_id.endswith(_S3_ALIAS):
        return await _managed_by_aws(cluster, bucket, rule, evidence)
    region = await cluster.lookups.bucket_region(bucket)
    if region != cluster.lookups.region:
        return unknown(
            f"{evidence}.",
            f"The key is in {region}, as the bucket is, and mqtail looks keys up in"
            f" {cluster.lookups.region} only.",
        )
    key = await cluster.lookups.key(key_id)
    if key is None:
        return failed(
            f"{evidence}, DescribeKey: not found.",
            "The bucket's KMS key does not exist, so nothing can be written. Name another customer"
            f" managed key. {_S3_KEYS}",
            await _without_kms(cluster, bucket, rule),
        )
    if key.get("KeyManager") == "AWS":
        return await _managed_by_aws(cluster, bucket, rule, evidence)
    return await _of_key(cluster, bucket, rule, key, evidence)


async def _managed_by_aws(cluster: Cluster, bucket: str, rule: Described, evidence: str) -> Finding:
    return failed(
        f"{evidence}, a key that AWS manages.",
        "The key policy of an AWS managed key cannot be changed, so log delivery cannot use it."
        f" Name a customer managed key. {_S3_KEYS}",
        await _without_kms(cluster, bucket, rule),
    )


async def _of_key(
    cluster: Cluster, bucket: str, rule: Described, key: Described, evidence: str
) -> Finding:
    """What is to be told of a customer managed key, that exists."""
    key_id = str(rule[DEFAULT]["KMSMasterKeyID"])
    arn, state = str(key["Arn"]), str(key.get("KeyState", ""))
    owner = arn_part(arn, "account")
    is_ours = owner == cluster.lookups.account
    if state not in USABLE:
        return failed(
            f"{evidence}, {state}.",
            f"The bucket's KMS key is {state} and cannot be used: nothing can be written or read."
            f"{'' if is_ours else f' It belongs to the account {owner}.'}",
            *(key_fix(arn_part(arn, "region"), arn, state) if is_ours else ()),
        )
    if not is_ours:
        return unknown(
            f"{evidence}, {state}.",
            f"The key belongs to the account {owner}, and only there its policy can be read. It has"
            f" to allow {DELIVERY} {', '.join(ACTIONS)}.",
        )
    by_bucket = bool(rule.get("BucketKeyEnabled"))
    finding = await _key_policy(cluster, arn, by_bucket, f"{evidence}, {state}.")
    if finding.outcome is not Outcome.PASS or key_id == arn:
        return finding
    return warned(
        finding.evidence,
        f"The bucket names its key by {key_id}. AWS asks for the key's full ARN where logs are"
        " delivered: an id or an alias is looked up in the account of who writes.",
        await _encrypt(cluster, bucket, rule | {DEFAULT: rule[DEFAULT] | {"KMSMasterKeyID": arn}}),
    )


async def _key_policy(cluster: Cluster, arn: str, by_bucket: bool, evidence: str) -> Finding:
    """Whether a key's policy lets log delivery use it.

    Args:
        by_bucket: S3 Bucket Keys are on, with which conditions of the key policy may not work as
            written (CloudWatch Logs: logs sent to S3): the fix then has none, as Amazon MSK's own
            documentation.
    """
    text = await cluster.lookups.key_policy(arn)
    try:
        document = Document.parse(text, "the key policy")
    except PolicyError as error:
        return unknown(f"{evidence} GetKeyPolicy: {error}", "This key policy could not be read.")
    context = SERVICE_CONTEXT | delivery_context(cluster)
    who = Principal.service(DELIVERY)
    need = Need(
        {
            "Sid": "Allow Amazon MSK to use the key.",
            "Effect": "Allow",
            "Principal": {"Service": [DELIVERY]},
            "Action": list(ACTIONS),
            "Resource": "*",
        }
        | ({} if by_bucket else {"Condition": delivery_conditions(cluster.lookups)}),
        tuple(Request(action, arn, who, context) for action in _REQUESTS),
    )
    access = Access(
        DELIVERY,
        document,
        [need],
        delivery_sources(cluster.lookups),
        lambda mended: aws(
            "kms",
            "put-key-policy",
            region=arn_part(arn, "region"),
            key_id=arn,
            policy_name="default",
            policy=mended.text,
        ),
    )
    return access.judged(f"{evidence} GetKeyPolicy: {size_text(document)}.")


async def _without_kms(cluster: Cluster, bucket: str, rule: Described) -> str:
    """The command that has S3 encrypt with its own keys; all else in the rule stays."""
    kept = {name: value for name, value in rule.items() if name != "BucketKeyEnabled"}
    return await _encrypt(cluster, bucket, kept | {DEFAULT: {"SSEAlgorithm": SSE_S3}})


async def _encrypt(cluster: Cluster, bucket: str, rule: Described) -> str:
    """The command that sets a bucket's default encryption."""
    region = await cluster.lookups.bucket_region(bucket) or cluster.lookups.region
    return aws(
        "s3api",
        "put-bucket-encryption",
        region=region,
        bucket=bucket,
        server_side_encryption_configuration={"Rules": [rule]},
    )
