"""The check of what the caller needs to set up a cluster's logging."""

from __future__ import annotations

import json
from typing import NamedTuple

from mqtail.checks.amazon_msk.cluster import Cluster
from mqtail.checks.amazon_msk.delivery import DELIVERY
from mqtail.checks.amazon_msk.logging import GUIDE
from mqtail.checks.identities import grant, identity_of, is_root
from mqtail.checks.model import Check, Finding, check, passed, unknown, warned
from mqtail.logs import BucketLog, DeliveryStreamLog

_FULL_ACCESS = GUIDE + "security-iam-awsmanpol.html"

_LOG_DELIVERY = (
    "logs:CreateLogDelivery",
    "logs:GetLogDelivery",
    "logs:UpdateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:ListLogDeliveries",
)
_POLICIES = ("logs:PutResourcePolicy", "logs:DescribeResourcePolicies")


class _Need(NamedTuple):
    """Actions of one kind on one resource: IAM refuses to simulate some kinds together."""

    destination: str
    """What they are needed for, in words."""
    actions: tuple[str, ...]
    resource: str
    context: tuple[tuple[str, str], ...] = ()


@check(
    "msk-setup-rights",
    "permissions",
    "The caller may set up the delivery of logs",
    doc=_FULL_ACCESS,
)
async def setup_rights(cluster: Cluster) -> Finding:
    """What AmazonMSKFullAccess grants for logging, and s3:PutBucketPolicy, which it does not."""
    needs = await _needs(cluster)
    lookups = cluster.lookups
    identity = await identity_of(lookups, lookups.identity)
    if not identity:
        return unknown(
            f"The caller is {lookups.identity or 'not known'}.",
            "IAM cannot be asked what this identity may do.",
        )
    if is_root(identity):
        return passed(f"{identity} is the account's root user.")
    missing: dict[str, dict[str, None]] = {}
    denied: dict[str, None] = {}
    for need in needs:
        decisions = await lookups.simulated(
            identity, need.actions, need.resource, context=need.context
        )
        for action in need.actions:
            decision = decisions.get(action, "implicitDeny")
            if decision != "allowed":
                missing.setdefault(need.destination, {})[action] = None
            if decision == "explicitDeny":
                denied[action] = None
    count = sum(len(need.actions) for need in needs)
    evidence = f"SimulatePrincipalPolicy of {identity}: {count} actions"
    if not missing:
        return passed(f"{evidence} are allowed.")
    lacking = sum(map(len, missing.values()))
    evidence += f", of which {lacking} {'is' if lacking == 1 else 'are'} not allowed."
    lacks = "; ".join(f"for {place} {', '.join(actions)}" for place, actions in missing.items())
    cause = (
        f"{identity}, who runs mqtail, cannot set up this cluster's logging: it lacks {lacks}. Logs"
        " that are delivered already are not affected."
    )
    if denied:
        cause += f" An explicit Deny keeps it from {', '.join(denied)}, and has to go first."
        return warned(evidence, cause)
    policy_name = f"AmazonMSK-set-up-logs-{cluster.name}"
    return warned(evidence, cause, *grant(identity, policy_name, _document(needs)))


async def _needs(cluster: Cluster) -> list[_Need]:
    """What has to be allowed for the destinations that are enabled; without any, CloudWatch Logs.

    Sources: the Amazon MSK developer guide, broker logs and AmazonMSKFullAccess; the CloudWatch
    Logs user guide, logging that requires additional permissions.
    """
    lookups = cluster.lookups
    logs = await cluster.logs()
    places = {log.destination for log in logs} or {"cloudwatch"}
    needs = [
        _Need("every destination", ("kafka:UpdateMonitoring",), cluster.id),
        _Need("every destination", _LOG_DELIVERY, "*"),
    ]
    if "cloudwatch" in places:
        needs += [
            _Need("CloudWatch Logs", _POLICIES, "*"),
            _Need("CloudWatch Logs", ("logs:DescribeLogGroups",), "*"),
        ]
    for name in dict.fromkeys(log.bucket for log in logs if isinstance(log, BucketLog)):
        actions = ("s3:GetBucketPolicy", "s3:PutBucketPolicy")
        needs.append(_Need("S3", actions, f"arn:{lookups.partition}:s3:::{name}"))
    scope = f"arn:{lookups.partition}:firehose:{lookups.region}:{lookups.account}"
    for name in dict.fromkeys(log.stream for log in logs if isinstance(log, DeliveryStreamLog)):
        arn = f"{scope}:deliverystream/{name}"
        needs.append(_Need("Firehose", ("firehose:TagDeliveryStream",), arn))
    if "firehose" in places:
        needs.append(
            _Need(
                "Firehose",
                ("iam:CreateServiceLinkedRole",),
                f"arn:{lookups.partition}:iam::{lookups.account}:role/aws-service-role/{DELIVERY}/*",
                (("iam:AWSServiceName", DELIVERY),),
            )
        )
    return needs


def _document(needs: list[_Need]) -> str:
    """The identity policy that allows it all."""
    statements = [
        {"Effect": "Allow", "Action": list(need.actions), "Resource": need.resource}
        | ({"Condition": {"StringEquals": dict(need.context)}} if need.context else {})
        for need in needs
    ]
    document = {"Version": "2012-10-17", "Statement": statements}
    return json.dumps(document, separators=(",", ":"))


CHECKS: tuple[Check[Cluster], ...] = (setup_rights,)
"""In the order in which they are shown."""
