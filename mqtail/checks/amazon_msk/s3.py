"""Checks of a cluster's logs in S3: bucket, bucket policy, objects."""

from __future__ import annotations

from collections.abc import Sequence

from mqtail.checks.amazon_msk.cluster import Cluster
from mqtail.checks.amazon_msk.delivery import (
    DELIVERY,
    delivery_conditions,
    delivery_context,
    delivery_sources,
)
from mqtail.checks.amazon_msk.encryption import bucket_encryption
from mqtail.checks.amazon_msk.logging import LOGGING, allowed_or_not, must_write
from mqtail.checks.commands import aws
from mqtail.checks.findings import Outcome, combined
from mqtail.checks.model import Check, Finding, Skipped, check, failed, passed, unknown, warned
from mqtail.checks.service_access import Access, Need
from mqtail.checks.statements import CHECK_AGAIN, SERVICE_CONTEXT, size_text
from mqtail.logs import BucketLog
from mqtail.policies import Document, PolicyError, Principal, Request
from mqtail.targets import cluster_of_arn
from mqtail.times import age

_DELIVERY_DOC = (
    "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-S3.html"
)
_ACL = {"s3:x-amz-acl": "bucket-owner-full-control"}
_OBJECT = "2026-01-31-12/Broker-1_12-05_0a1b2c3d.log.gz"
"""What an object is called in its cluster's directory."""


@check("msk-bucket", "S3", "The bucket exists in the cluster's region", doc=LOGGING)
async def bucket_exists(cluster: Cluster) -> Finding:
    """HeadBucket; Amazon MSK makes no bucket."""
    lookups = cluster.lookups
    names = dict.fromkeys(log.bucket for log in await cluster.bucket_logs())
    regions = {name: await lookups.bucket_region(name) for name in names}
    evidence = "HeadBucket: " + ", ".join(
        f"{name} is in {region}" if region else f"there is no {name}"
        for name, region in regions.items()
    )
    missing = [name for name, region in regions.items() if region is None]
    if missing:
        return failed(
            f"{evidence}.",
            "The cluster's logs are to go there, and Amazon MSK does not create buckets: what the"
            f" brokers write is lost until the bucket is there. {CHECK_AGAIN}",
            *(_create(cluster, name) for name in missing),
            # A new bucket has no policy.
            *[(await _policy_finding(cluster, name, None)).fix[0] for name in missing],
        )
    elsewhere = [name for name, region in regions.items() if region != lookups.region]
    if elsewhere:
        return warned(
            f"{evidence}; the cluster is in {lookups.region}.",
            f"The cluster is in another region than {' and '.join(elsewhere)}. That Amazon MSK"
            " delivers there is not documented, and transfer between regions costs money. Use a"
            f" bucket in {lookups.region}.",
        )
    return passed(f"{evidence}.")


def _create(cluster: Cluster, name: str) -> str:
    """The command that makes a bucket; us-east-1 takes no location constraint."""
    region = cluster.lookups.region
    place = {} if region == "us-east-1" else {"LocationConstraint": region}
    options = {"create_bucket_configuration": place} if place else {}
    return aws("s3api", "create-bucket", region=region, bucket=name, **options)


@check("msk-bucket-policy", "S3", "The bucket policy lets log delivery write", doc=_DELIVERY_DOC)
async def bucket_policy(cluster: Cluster) -> Finding:
    """s3:GetBucketAcl of the bucket, and s3:PutObject of the cluster's objects."""
    findings = [
        await _policy_finding(cluster, name, await cluster.lookups.bucket_policy(name))
        for name in await cluster.buckets()
    ]
    return combined(findings)


async def _policy_finding(cluster: Cluster, bucket: str, text: str | None) -> Finding:
    """What a bucket's policy says; None: it has none."""
    name = f"the policy of {bucket}"
    try:
        document = Document.parse(text or {"Version": "2012-10-17", "Statement": []}, name)
    except PolicyError as error:
        return unknown(f"GetBucketPolicy {bucket}: {error}", "This policy could not be read.")
    logs = [log for log in await cluster.bucket_logs() if log.bucket == bucket]
    region = await cluster.lookups.bucket_region(bucket) or cluster.lookups.region
    access = Access(
        DELIVERY,
        document,
        _needs(cluster, bucket, logs),
        delivery_sources(cluster.lookups),
        lambda mended: aws(
            "s3api", "put-bucket-policy", region=region, bucket=bucket, policy=mended.text
        ),
    )
    has = size_text(document) if text else "it has none"
    finding = access.judged(f"GetBucketPolicy {bucket}: {has}.")
    uneditable = [one for one in document.statements if one.not_principals or one.not_actions]
    if finding.outcome is not Outcome.PASS or not uneditable:
        return finding
    return warned(
        finding.evidence,
        f"The policy of {bucket} has NotPrincipal or NotAction, so AWS does not edit it by itself:"
        " where another log is to be delivered there, its statements have to be added by hand.",
    )


def _needs(cluster: Cluster, bucket: str, logs: Sequence[BucketLog]) -> list[Need]:
    """What log delivery does with a bucket (Logs sent to Amazon S3)."""
    lookups = cluster.lookups
    arn = f"arn:{lookups.partition}:s3:::{bucket}"
    conditions = delivery_conditions(lookups)
    who = Principal.service(DELIVERY)
    context = SERVICE_CONTEXT | delivery_context(cluster)
    acl = Need(
        {
            "Sid": "AWSLogDeliveryAclCheck",
            "Effect": "Allow",
            "Principal": {"Service": DELIVERY},
            "Action": "s3:GetBucketAcl",
            "Resource": arn,
            "Condition": conditions,
        },
        (Request("s3:GetBucketAcl", arn, who, context),),
    )
    writes = [
        Need(
            {
                "Sid": "AWSLogDeliveryWrite",
                "Effect": "Allow",
                "Principal": {"Service": DELIVERY},
                "Action": "s3:PutObject",
                "Resource": f"{arn}/{folder}*",
                "Condition": conditions | {"StringEquals": _ACL | conditions["StringEquals"]},
            },
            tuple(
                Request("s3:PutObject", f"{arn}/{folder}{path}", who, context | _ACL)
                for path in paths
            ),
        )
        for folder, paths in _folders(logs).items()
    ]
    return [acl, *writes]


def _folders(logs: Sequence[BucketLog]) -> dict[str, list[str]]:
    """Folders of an account, each with the paths under which logs are delivered in it."""
    folders: dict[str, list[str]] = {}
    for log in logs:
        parts = cluster_of_arn(log.cluster_arn)
        if parts is None:
            continue
        slash = "/" if log.prefix and not log.prefix.endswith("/") else ""
        # What the folder of the authorizer's logs is called is not documented.
        kind = "KafkaBrokerLogs" if log.kind == "broker" else "KafkaAuthorizerLogs"
        paths = folders.setdefault(f"{log.prefix}{slash}AWSLogs/{parts.account}/", [])
        paths.append(f"{kind}/{parts.region}/{parts.directory}/{_OBJECT}")
    return folders


@check("msk-objects", "delivery", "Objects arrive in S3", doc=_DELIVERY_DOC)
async def objects_arrive(cluster: Cluster) -> Finding:
    """The age of the newest event in them, as mqtail itself reads it."""
    existing = await cluster.buckets()
    logs = [
        log
        for log in await cluster.bucket_logs()
        if log.bucket in existing and log.kind == "broker"
    ]
    if not logs:
        raise Skipped("Broker logs are not delivered to S3.")
    await cluster.blame(bucket_encryption)
    newest = {log: await cluster.lookups.newest(log) for log in logs}
    now = cluster.lookups.clock.now()
    evidence = ", ".join(
        f"{log.place}: newest event {age(now - time)} ago" if time else f"{log.place}: none in 24 h"
        for log, time in newest.items()
    )
    if any(newest.values()):
        return passed(f"{evidence}.")
    await must_write(cluster)
    await cluster.blame(bucket_policy)
    for doubtful in (bucket_exists, bucket_encryption):
        if (await cluster.finding(doubtful)).outcome is Outcome.WARN:
            raise Skipped(f"Nothing arrives, most likely because of what {doubtful.id} tells.")
    return failed(
        f"{evidence}.",
        "Log delivery writes objects every five minutes, and none came within the last day"
        f"{await allowed_or_not(cluster, bucket_policy)}. If it was set up within the last half"
        " hour, look again later; else switch it off and on again for this cluster"
        " (update-monitoring).",
    )


CHECKS: tuple[Check[Cluster], ...] = (
    bucket_exists,
    bucket_policy,
    bucket_encryption,
    objects_arrive,
)
"""In the order in which they are shown."""
