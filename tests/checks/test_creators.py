"""Whose permission counts for the log groups: who rebooted or created the broker."""

from __future__ import annotations

import pytest

from mqtail.checks.model import Outcome
from mqtail.demo.faults import AccessDenied
from mqtail.demo.mq_service import Broker
from mqtail.demo.server import EmbeddedAws
from tests.checks.brokers import ACCOUNT, CREATING, World, document, user
from tests.checks.support import checked

ID = "mq-create-log-group"


@pytest.fixture
async def broker(aws: EmbeddedAws) -> Broker:
    """A broker that `ops`, who may create log groups, has created; `dev` may not."""
    aws.iam.add_user("dev", {})
    return await World(aws).make()


async def test_the_creator_is_looked_up(aws: EmbeddedAws, broker: Broker) -> None:
    """In CloudTrail, and named with the moment."""
    found = (await checked(aws, "orders"))["orders", ID]
    assert found.outcome is Outcome.PASS
    assert f"{user('ops')}, who created the broker on " in found.evidence


async def test_who_rebooted_last_counts(aws: EmbeddedAws, broker: Broker) -> None:
    """A refused reboot, another broker's, and one before do not."""
    other = aws.mq.add_broker("other")
    now = aws.clock()
    aws.record_call("RebootBroker", broker, by=user("ops"), at=now - 9_000)
    aws.record_call("RebootBroker", broker, by=user("dev"), at=now - 5_000)
    aws.record_call("RebootBroker", broker, by=user("ops"), at=now - 3_000, denied=True)
    aws.record_call("RebootBroker", other, by=user("ops"), at=now - 1_000)
    found = (await checked(aws, "orders"))["orders", ID]
    assert found.outcome is Outcome.WARN
    assert f"{user('dev')}, who rebooted the broker on " in found.evidence


async def test_whom_the_user_names_counts(aws: EmbeddedAws, broker: Broker) -> None:
    """`--principal`, whatever CloudTrail says; it is not even asked."""
    found = (await checked(aws, "orders", only=[ID], principal=user("dev")))["orders", ID]
    assert found.outcome is Outcome.WARN
    assert f"{user('dev')} (--principal)" in found.evidence
    assert not aws.calls_of("LookupEvents")


async def test_a_session_is_its_role(aws: EmbeddedAws, broker: Broker) -> None:
    """Whose path the session's ARN lacks."""
    role = aws.iam.add_role("admins", path="/people/", policies={"a": document(CREATING)})
    session = f"arn:aws:sts::{ACCOUNT}:assumed-role/admins/me"
    found = (await checked(aws, "orders", only=[ID], principal=session))["orders", ID]
    assert found.outcome is Outcome.PASS
    assert aws.calls_of("SimulatePrincipalPolicy")[-1].parameters["PolicySourceArn"] == role.arn


async def test_without_cloudtrail_the_caller_counts(aws: EmbeddedAws, broker: Broker) -> None:
    """And the finding says so."""
    aws.faults.add(AccessDenied(), operation="LookupEvents")
    found = (await checked(aws, "orders", identity=user("dev")))["orders", ID]
    assert found.outcome is Outcome.WARN
    assert f"{user('dev')}, who runs mqtail (CloudTrail could not be asked who" in found.evidence
    assert "cloudtrail:LookupEvents" in found.evidence


async def test_an_identity_that_is_gone_is_unknown(aws: EmbeddedAws, broker: Broker) -> None:
    """Someone else will reboot next."""
    aws.iam.remove_user("ops")
    found = (await checked(aws, "orders"))["orders", ID]
    assert found.outcome is Outcome.UNKNOWN
    assert "--principal" in found.cause


@pytest.mark.parametrize(
    "principal",
    [f"arn:aws:sts::{ACCOUNT}:federated-user/joe", "arn:aws:sts::999999999999:assumed-role/a/b"],
    ids=["federated", "another account's"],
)
async def test_whom_iam_does_not_know_is_unknown(
    aws: EmbeddedAws, broker: Broker, principal: str
) -> None:
    """SimulatePrincipalPolicy takes users and roles of this account."""
    found = (await checked(aws, "orders", principal=principal))["orders", ID]
    assert found.outcome is Outcome.UNKNOWN
    assert "cannot be asked" in found.cause


async def test_root_may(aws: EmbeddedAws, broker: Broker) -> None:
    """It cannot be asked about, and need not be."""
    found = (await checked(aws, "orders", principal=f"arn:aws:iam::{ACCOUNT}:root"))["orders", ID]
    assert found.outcome is Outcome.PASS


async def test_a_permission_set_is_not_mended_by_a_command(
    aws: EmbeddedAws, broker: Broker
) -> None:
    """IAM refuses inline policies for roles that IAM Identity Center keeps."""
    role = aws.iam.add_role(
        "AWSReservedSSO_ops_0123456789abcdef", path="/aws-reserved/sso.amazonaws.com/", policies={}
    )
    found = (await checked(aws, "orders", principal=role.arn))["orders", ID]
    assert found.outcome is Outcome.WARN
    assert found.fix == ()
    assert "permission set" in found.cause
