"""The delivery of logs by AWS, for Amazon MSK among others: what it tells of itself."""

from __future__ import annotations

from mqtail.checks.amazon_msk.cluster import Cluster
from mqtail.checks.lookups import Lookups
from mqtail.checks.statements import SOURCE_ARN, Plain

DELIVERY = "delivery.logs.amazonaws.com"
"""The service principal that delivers logs for Amazon MSK and other services."""


def delivery_sources(lookups: Lookups) -> str:
    """ARN pattern of what logs are delivered for: of CloudWatch Logs, not of Amazon MSK.

    Source: the CloudWatch Logs user guide, logs sent to CloudWatch Logs, and to S3.
    """
    return f"arn:{lookups.partition}:logs:{lookups.region}:{lookups.account}:*"


def delivery_conditions(lookups: Lookups) -> Plain:
    """The conditions that AWS documents for log delivery: for this account's logs only."""
    return {
        "StringEquals": {"aws:SourceAccount": lookups.account},
        "ArnLike": {SOURCE_ARN: delivery_sources(lookups)},
    }


def delivery_context(cluster: Cluster) -> dict[str, str]:
    """What log delivery tells of itself when it delivers a cluster's logs.

    The end of aws:SourceArn is not documented for Amazon MSK: it is that of a delivery source.
    """
    lookups = cluster.lookups
    scope = delivery_sources(lookups).removesuffix("*")
    source = f"{scope}delivery-source:{cluster.name}"
    return {"aws:SourceAccount": lookups.account, SOURCE_ARN: source}
