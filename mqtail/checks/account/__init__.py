"""The account as what checks look at: CloudTrail, CloudWatch Logs, and what mqtail may do."""

from __future__ import annotations

from typing import Any

from mqtail.checks.account import rights, trails
from mqtail.checks.model import Check, Finding, Subject, check, passed, warned
from mqtail.checks.resource_policies import MOST_POLICIES

_QUOTAS = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html"


class Account(Subject):
    """The account in one region."""


@check(
    "logs-policy-quota",
    "CloudWatch Logs",
    "There is room for another resource policy",
    doc=_QUOTAS,
)
async def policy_quota(account: Account) -> Finding:
    """DescribeResourcePolicies; those of single log groups do not count."""
    policies = await account.lookups.account_policies()
    names = ", ".join(str(policy.get("policyName", "")) for policy in policies)
    listed = f": {names}" if names else ""
    evidence = f"DescribeResourcePolicies: {len(policies)} of {MOST_POLICIES}{listed}."
    if len(policies) < MOST_POLICIES:
        return passed(evidence)
    return warned(
        evidence,
        f"All {MOST_POLICIES} resource policies that an account can have in a region are used: the"
        " next service that is to write logs gets LimitExceededException. Put statements of"
        " several policies into one, and delete the others.",
    )


CHECKS: tuple[Check[Any], ...] = (*trails.CHECKS, policy_quota, *rights.CHECKS)
"""In the order in which they are shown."""
