"""Checks of the account: CloudTrail, the quota of resource policies, and what mqtail may read."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mqtail.checks.model import Finding, Outcome
from mqtail.checks.permissions import PURPOSES, READING, reading_policy
from mqtail.demo.calls import Call
from mqtail.demo.faults import AccessDenied, Fault, ServerError, Surroundings
from mqtail.demo.server import EmbeddedAws
from tests.checks.apply_fix import apply, run
from tests.checks.support import Findings, checked, told, with_outcome

ACCOUNT = "account 111122223333"
USER = "arn:aws:iam::111122223333:user/reader"
SESSION = "arn:aws:sts::111122223333:assumed-role/reader/maria"

Plain = dict[str, Any]


async def found(aws: EmbeddedAws, check: str, identity: str = "") -> Finding:
    """What one of the account's checks finds."""
    return (await checked(aws, "cloudtrail", only=[check], identity=identity))[ACCOUNT, check]


def policy(*statements: Plain) -> Plain:
    """A policy document."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def reading_without(*actions: str) -> Plain:
    """The policy that mqtail prints, without some actions."""
    document = reading_policy()
    for statement in document["Statement"]:
        statement["Action"] = [one for one in statement["Action"] if one not in actions]
    return policy(*(one for one in document["Statement"] if one["Action"]))


# CloudTrail.


async def test_the_event_history(aws: EmbeddedAws) -> None:
    """It is readable; of brokers it tells who rebooted them."""
    assert (await found(aws, "cloudtrail-history")).outcome is Outcome.PASS
    aws.cloudtrail.put({"eventName": "RebootBroker"})
    finding = await found(aws, "cloudtrail-history")
    assert finding.evidence == "LookupEvents: 1 call of RebootBroker in the last 90 days."


async def test_an_event_history_that_may_not_be_read(aws: EmbeddedAws) -> None:
    """It is not known, and among mqtail's rights the permission is named as missing."""
    aws.faults.add(AccessDenied(), operation="LookupEvents")
    findings = await checked(aws, "cloudtrail")
    history, rights = findings[ACCOUNT, "cloudtrail-history"], findings[ACCOUNT, "caller-rights"]
    assert history.outcome is Outcome.UNKNOWN
    assert "cloudtrail:LookupEvents" in history.cause
    assert rights.outcome is Outcome.WARN
    assert "cloudtrail:LookupEvents (reading API calls" in rights.cause


async def test_no_trail(aws: EmbeddedAws) -> None:
    """The event history alone ends after 90 days."""
    finding = await found(aws, "cloudtrail-trail")
    assert finding.outcome is Outcome.WARN
    assert "90 days only" in finding.cause


async def test_a_trail_that_works(aws: EmbeddedAws) -> None:
    """One is enough, whatever is wrong with others."""
    aws.cloudtrail.add_trail("works", "audit")
    aws.cloudtrail.add_trail("stopped", "old", logging=False)
    aws.cloudtrail.add_trail("failing", "gone", delivery_error="NoSuchBucket")
    aws.cloudtrail.add_trail("elsewhere", "west", region="us-west-2", multi_region=False)
    finding = await found(aws, "cloudtrail-trail")
    assert finding.outcome is Outcome.PASS
    assert "works (all regions, bucket audit): it delivers" in finding.evidence
    assert "stopped (all regions, bucket old): logging is stopped" in finding.evidence
    assert "elsewhere" not in finding.evidence


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1"])
async def test_a_trail_that_is_stopped(aws: EmbeddedAws, region: str) -> None:
    """The fix starts it where its home is."""
    aws.cloudtrail.add_trail("all", "audit", region=region, logging=False)
    finding = await found(aws, "cloudtrail-trail")
    assert finding.outcome is Outcome.FAIL
    assert "Logging of the trail all is stopped" in finding.cause
    assert f"--region {region}" in finding.fix[0]
    await apply(aws, finding.fix)
    assert (await found(aws, "cloudtrail-trail")).outcome is Outcome.PASS


async def test_a_trail_that_cannot_deliver(aws: EmbeddedAws) -> None:
    """S3's error is told, and what the bucket has to allow."""
    aws.cloudtrail.add_trail("all", "audit", delivery_error="AccessDenied")
    aws.cloudtrail.add_trail("stopped", "old", logging=False)
    finding = await found(aws, "cloudtrail-trail")
    assert finding.outcome is Outcome.FAIL
    for part in ("the bucket audit of the trail all: AccessDenied", "s3:GetBucketAcl"):
        assert part in finding.cause


async def test_a_trail_of_one_region(aws: EmbeddedAws) -> None:
    """It works, but other regions are missing."""
    aws.cloudtrail.add_trail("here", "audit", multi_region=False)
    finding = await found(aws, "cloudtrail-trail")
    assert finding.outcome is Outcome.WARN
    assert "us-east-1 alone" in finding.cause
    await apply(aws, finding.fix)
    assert (await found(aws, "cloudtrail-trail")).outcome is Outcome.PASS


async def test_a_trail_whose_state_is_not_known(aws: EmbeddedAws) -> None:
    """Never a pass."""
    aws.cloudtrail.add_trail("all", "audit")
    aws.faults.add(AccessDenied(), operation="GetTrailStatus")
    finding = await found(aws, "cloudtrail-trail")
    assert finding.outcome is Outcome.UNKNOWN
    assert "cloudtrail:GetTrailStatus" in finding.cause


# Resource policies.


async def test_all_resource_policies_are_used(aws: EmbeddedAws) -> None:
    """Ten; those of single log groups do not count."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "es.amazonaws.com"},
        "Action": "logs:PutLogEvents",
        "Resource": "*",
    }
    text = json.dumps(policy(statement))
    put = f"aws logs put-resource-policy --policy-document '{text}'"
    for number in range(9):
        await run(aws, f"{put} --policy-name p{number}")
    arn = "arn:aws:logs:us-east-1:111122223333:log-group:/app/a"
    aws.logs.create_group("/app/a")
    await run(aws, f"{put} --resource-arn {arn}")
    finding = await found(aws, "logs-policy-quota")
    assert finding.outcome is Outcome.PASS
    assert "9 of 10" in finding.evidence
    await run(aws, f"{put} --policy-name p9")
    finding = await found(aws, "logs-policy-quota")
    assert finding.outcome is Outcome.WARN
    assert "10 of 10: p0, p1" in finding.evidence
    assert "LimitExceededException" in finding.cause


# What mqtail may read.


async def test_the_printed_policy_is_enough(aws: EmbeddedAws) -> None:
    """Nothing is missing with it."""
    aws.iam.add_user("reader", {"reading": reading_policy()})
    finding = await found(aws, "caller-rights", USER)
    assert finding.outcome is Outcome.PASS
    count = sum(map(len, READING.values()))
    assert f"{count} of {count} actions are allowed." in finding.evidence


@pytest.mark.parametrize(
    "action",
    ["logs:FilterLogEvents", "s3:GetEncryptionConfiguration", "es:ESHttpPost", "iam:GetRole"],
)
async def test_each_missing_action_is_named(aws: EmbeddedAws, action: str) -> None:
    """With what it is for; the fix adds it."""
    aws.iam.add_user("reader", {"reading": reading_without(action)})
    finding = await found(aws, "caller-rights", USER)
    assert finding.outcome is Outcome.WARN
    assert f"mqtail may not call {action} ({PURPOSES[action]})." in finding.cause
    await apply(aws, finding.fix)
    assert (await found(aws, "caller-rights", USER)).outcome is Outcome.PASS


async def test_a_role_that_may_not_be_looked_up(aws: EmbeddedAws) -> None:
    """Without its path IAM cannot be asked about it."""
    aws.faults.add(AccessDenied(), operation="GetRole")
    finding = await found(aws, "caller-rights", SESSION)
    assert (finding.outcome, finding.fix) == (Outcome.WARN, ())
    assert f"mqtail may not call iam:GetRole ({PURPOSES['iam:GetRole']})." in finding.cause
    assert "--print-policy" in finding.cause


async def test_a_session_of_a_role(aws: EmbeddedAws) -> None:
    """The role gets the policy, also where its path is not in the session's ARN."""
    aws.iam.add_role("reader", "/ops/", {"reading": reading_without("kms:GetKeyPolicy")})
    finding = await found(aws, "caller-rights", SESSION)
    assert finding.outcome is Outcome.WARN
    assert finding.fix[0].startswith("aws iam put-role-policy --role-name reader ")
    assert "role/ops/reader" in finding.evidence
    await apply(aws, finding.fix)
    assert (await found(aws, "caller-rights", SESSION)).outcome is Outcome.PASS


async def test_a_permission_set(aws: EmbeddedAws) -> None:
    """Its role takes no policy of its own. All is named that was not called and permitted."""
    aws.iam.add_role("reader", "/aws-reserved/sso.amazonaws.com/eu-west-1/", {})
    finding = await found(aws, "caller-rights", SESSION)
    assert (finding.outcome, finding.fix) == (Outcome.WARN, ())
    assert "--print-policy" in finding.cause
    called = {"mq:ListBrokers", "kafka:ListClustersV2", "iam:GetRole"}
    called.add("iam:SimulatePrincipalPolicy")
    for actions in READING.values():
        for action in actions:
            assert (f"{action} (" in finding.cause) is (action not in called)


async def test_an_explicit_deny(aws: EmbeddedAws) -> None:
    """Another policy would not help."""
    deny = {"Effect": "Deny", "Action": "logs:Filter*", "Resource": "*"}
    aws.iam.add_user("reader", {"reading": reading_policy(), "no": policy(deny)})
    finding = await found(aws, "caller-rights", USER)
    assert (finding.outcome, finding.fix) == (Outcome.WARN, ())
    assert "explicit Deny, which has to go first, keeps it from logs:FilterLogEvents" in (
        finding.cause
    )


async def test_what_works_is_not_missing(aws: EmbeddedAws) -> None:
    """A policy for some resources: IAM denies the action on `*`, and the call is permitted."""
    aws.logs.create_group("/app/a")
    some = {"Effect": "Allow", "Action": "logs:*", "Resource": "arn:aws:logs:*:*:log-group:/app/*"}
    aws.iam.add_user("reader", {"some": policy(some)})
    findings = await checked(aws, "/app/a", identity=USER)
    cause = findings[ACCOUNT, "caller-rights"].cause
    for action in ("logs:FilterLogEvents", "logs:DescribeLogGroups", "cloudtrail:LookupEvents"):
        assert action not in cause
    for action in ("s3:GetObject", "kms:DescribeKey", "es:ESHttpPost"):
        assert action in cause


async def test_what_is_denied_is_missing_whatever_iam_says(aws: EmbeddedAws) -> None:
    """A service control policy of the organization, say."""
    aws.logs.create_group("/app/a")
    aws.faults.add(AccessDenied(explicit=True), operation="FilterLogEvents")
    findings = await checked(aws, "/app/a")
    finding = findings[ACCOUNT, "caller-rights"]
    assert finding.outcome is Outcome.WARN
    assert "logs:FilterLogEvents (reading logs in CloudWatch Logs)" in finding.cause
    assert "explicit Deny" in finding.cause
    assert "1 that is not" in finding.evidence
    assert [*with_outcome(findings, Outcome.UNKNOWN)] == ["log-events"], told(findings)


async def test_simulating_is_denied(aws: EmbeddedAws) -> None:
    """It is itself missing, and it is said what was tried."""
    aws.faults.add(AccessDenied(), operation="SimulatePrincipalPolicy")
    finding = await found(aws, "caller-rights", USER)
    assert finding.outcome is Outcome.WARN
    assert "iam:SimulatePrincipalPolicy (seeing what users and roles may do)" in finding.cause
    assert f"SimulatePrincipalPolicy of {USER}: Not permitted" in finding.evidence
    assert finding.fix


@pytest.mark.parametrize(
    "identity",
    [
        "arn:aws:sts::111122223333:federated-user/maria",
        "arn:aws:sts::444455556666:assumed-role/other/maria",
    ],
)
async def test_callers_that_iam_does_not_know(aws: EmbeddedAws, identity: str) -> None:
    """What was not called is not known."""
    finding = await found(aws, "caller-rights", identity)
    assert finding.outcome is Outcome.UNKNOWN
    assert f"IAM cannot be asked about {identity}" in finding.evidence


class AfterRights(Fault):
    """No answer comes before IAM was asked all that it is asked of the caller."""

    def __init__(self, aws: EmbeddedAws) -> None:
        self._aws = aws

    async def strike(self, call: Call, around: Surroundings) -> None:
        """Wait for that."""
        while len(self._aws.calls_of("SimulatePrincipalPolicy")) < len(READING):
            await around.wait(0.01)


async def test_iam_is_asked_while_other_answers_are_waited_for(aws: EmbeddedAws) -> None:
    """What was denied is known at the end only, but what IAM says need not wait for that."""
    aws.iam.add_user("reader", {"reading": reading_policy()})
    aws.faults.add(AfterRights(aws), operation="DescribeResourcePolicies")
    findings = await checked(aws, "cloudtrail", identity=USER)
    assert findings[ACCOUNT, "caller-rights"].outcome is Outcome.PASS
    assert len(aws.calls_of("SimulatePrincipalPolicy")) == len(READING)


async def test_the_root_user(aws: EmbeddedAws) -> None:
    """It may do everything."""
    finding = await found(aws, "caller-rights", "arn:aws:iam::111122223333:root")
    assert finding.outcome is Outcome.PASS
    assert not aws.calls_of("SimulatePrincipalPolicy")


# Listing brokers and clusters.


def not_listed(findings: Findings) -> dict[str, str]:
    """What could not be listed, and the cause."""
    return {
        target: finding.cause
        for (target, check), finding in findings.items()
        if check == "target-found" and finding.outcome is Outcome.UNKNOWN
    }


async def test_listings_that_are_denied(aws: EmbeddedAws) -> None:
    """What was not found out about is unknown, and never left out in silence."""
    aws.mq.add_broker("orders-mq")
    aws.faults.add(AccessDenied(), service="kafka")
    findings = await checked(aws)
    assert [*not_listed(findings)] == ["Amazon MSK clusters"], told(findings)
    assert ("orders-mq", "mq-broker") in findings
    rights = findings[ACCOUNT, "caller-rights"]
    assert "kafka:ListClustersV2 (finding clusters by name)" in rights.cause
    assert "mq:" not in rights.cause
    assert [*not_listed(await checked(aws, "orders-*"))] == ["Amazon MSK clusters"]
    assert not not_listed(await checked(aws, "orders-mq"))
    aws.faults.add(AccessDenied(), service="mq")
    findings = await checked(aws)
    assert [*not_listed(findings)] == ["Amazon MQ brokers", "Amazon MSK clusters"]
    assert "mq:ListBrokers" in not_listed(findings)["Amazon MQ brokers"]


async def test_a_listing_that_fails(aws: EmbeddedAws) -> None:
    """For another reason than a permission: none is said to be missing."""
    aws.mq.add_broker("orders-mq")
    aws.faults.add(ServerError(), service="kafka")
    findings = await checked(aws)
    assert [*not_listed(findings)] == ["Amazon MSK clusters"]
    assert findings[ACCOUNT, "caller-rights"].outcome is Outcome.PASS
