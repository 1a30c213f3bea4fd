"""The check of the encryption of buckets that a cluster's logs go to."""

from __future__ import annotations

from mqtail.checks.asking import Described
from mqtail.checks.clusters import Cluster
from mqtail.checks.commands import aws
from mqtail.checks.findings import Outcome, combined
from mqtail.checks.log_groups import key_fix
from mqtail.checks.lookups import DEFAULT, SSE_S3
from mqtail.checks.model import Finding, check, failed, passed, unknown, warned
from mqtail.checks.msk_cluster import LOGGING
from mqtail.checks.service_access import DELIVERY, Access, Need, delivery_context
from mqtail.checks.statements import SERVICE_CONTEXT, size_text
from mqtail.policies import Document, PolicyError, Principal, Request

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
    key = await cluster.lookups.key(key_id) if key_id else {"KeyManager": "AWS"}
    if key is None:
        return failed(
            f"{evidence}, DescribeKey: not found.",
            "The bucket's KMS key does not exist, so nothing can be written. The fix encrypts new"
            " objects with keys of S3; or name another key of yours.",
            await _encrypt(cluster, bucket, {DEFAULT: {"SSEAlgorithm": SSE_S3}}),
        )
    if key.get("KeyManager") == "AWS":
        return failed(
            f"{evidence}, a key that AWS manages.",
            "The key policy of an AWS managed key cannot be changed, so log delivery cannot use it."
            " The fix encrypts new objects with keys of S3; a customer managed key does it, too.",
            await _encrypt(cluster, bucket, {DEFAULT: {"SSEAlgorithm": SSE_S3}}),
        )
    arn, state = str(key["Arn"]), str(key.get("KeyState", ""))
    region = arn.split(":")[3]
    if state != "Enabled":
        return failed(
            f"{evidence}, {state}.",
            "The bucket's KMS key cannot be used, so nothing can be written or read.",
            *key_fix(region, arn, state),
        )
    finding = await _key_policy(cluster, arn, f"{evidence}, {state}.")
    if finding.outcome is not Outcome.PASS or key_id == arn:
        return finding
    return warned(
        finding.evidence,
        f"The bucket names its key by {key_id}. AWS asks for the full ARN where logs are delivered:"
        " an id or an alias is looked up in the account of who writes.",
        await _encrypt(cluster, bucket, rule | {DEFAULT: rule[DEFAULT] | {"KMSMasterKeyID": arn}}),
    )


async def _key_policy(cluster: Cluster, arn: str, evidence: str) -> Finding:
    """Whether a key's policy lets log delivery use it."""
    text = await cluster.lookups.key_policy(arn)
    try:
        document = Document.parse(text, "the key policy")
    except PolicyError as error:
        return unknown(f"{evidence} GetKeyPolicy: {error}", "This key policy could not be read.")
    account, source = delivery_context(cluster.lookups)
    context = SERVICE_CONTEXT | account | source
    who = Principal.service(DELIVERY)
    need = Need(
        {
            "Sid": "Allow Amazon MSK to use the key.",
            "Effect": "Allow",
            "Principal": {"Service": [DELIVERY]},
            "Action": list(ACTIONS),
            "Resource": "*",
        },
        tuple(Request(action, arn, who, context) for action in _REQUESTS),
    )
    access = Access(
        DELIVERY,
        document,
        [need],
        lambda mended: aws(
            "kms",
            "put-key-policy",
            region=arn.split(":")[3],
            key_id=arn,
            policy_name="default",
            policy=mended.text,
        ),
    )
    return access.judged(f"{evidence} GetKeyPolicy: {size_text(document)}.")


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
