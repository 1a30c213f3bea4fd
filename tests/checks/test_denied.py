"""What mqtail may not look at is unknown, and says which permission is missing; never a pass."""

from __future__ import annotations

import pytest

from mqtail.checks.model import Outcome
from mqtail.demo.faults import AccessDenied
from mqtail.demo.server import EmbeddedAws
from tests.checks.brokers import World
from tests.checks.support import checked, told

DENIED = {
    "DescribeLogGroups": (
        "logs:DescribeLogGroups",
        ["mq-log-groups", "mq-log-streams", "mq-events"],
    ),
    "DescribeLogStreams": ("logs:DescribeLogStreams", ["mq-log-streams", "mq-events"]),
    "DescribeResourcePolicies": ("logs:DescribeResourcePolicies", ["mq-resource-policy"]),
    "FilterLogEvents": ("logs:FilterLogEvents", ["mq-events"]),
    "SimulatePrincipalPolicy": ("iam:SimulatePrincipalPolicy", ["mq-create-log-group"]),
    "DescribeKey": ("kms:DescribeKey", ["mq-group-key"]),
}
"""Operations, their actions, and the checks that need them."""


@pytest.mark.parametrize("operation", DENIED)
async def test_a_denied_look_up_is_unknown(aws: EmbeddedAws, operation: str) -> None:
    """The permission is named, and nothing passes for it or fails."""
    world = World(aws)
    world.after.append(
        lambda broker: setattr(world.group(broker, "audit"), "kms_key_id", aws.kms.add_key().arn)
    )
    await world.make()
    aws.faults.add(AccessDenied(), operation=operation)
    findings = await checked(aws, "orders")
    action, checks = DENIED[operation]
    for id in checks:
        found = findings["orders", id]
        assert found.outcome is Outcome.UNKNOWN, told(findings)
        assert action in found.evidence
        assert action in found.cause
    assert not [id for (_, id), found in findings.items() if found.outcome is Outcome.FAIL]


async def test_a_broker_that_may_not_be_described_is_unknown(aws: EmbeddedAws) -> None:
    """So is all that depends on it."""
    broker = await World(aws).make()
    aws.faults.add(AccessDenied(), operation="DescribeBroker")
    findings = await checked(aws, broker.id)
    outcomes = {found.outcome for (target, _), found in findings.items() if target == broker.id}
    assert outcomes == {Outcome.UNKNOWN}, told(findings)
    assert "mq:DescribeBroker" in findings[broker.id, "mq-broker"].cause


async def test_the_linked_role_that_may_not_be_looked_up_is_unknown(aws: EmbeddedAws) -> None:
    """RabbitMQ's permission."""
    world = World(aws)
    world.of_rabbitmq()
    await world.make()
    aws.faults.add(AccessDenied(), operation="GetRole")
    found = (await checked(aws, "orders"))["orders", "mq-service-linked-role"]
    assert found.outcome is Outcome.UNKNOWN
    assert "iam:GetRole" in found.cause


async def test_a_listing_that_is_denied_does_not_say_that_there_is_nothing(
    aws: EmbeddedAws,
) -> None:
    """A name cannot be looked for then."""
    await World(aws).make()
    aws.faults.add(AccessDenied(), operation="ListBrokers")
    found = (await checked(aws, "orders"))["orders", "target-found"]
    assert found.outcome is Outcome.UNKNOWN
    assert "mq:ListBrokers" in found.evidence


async def test_a_name_that_fits_nothing_fails(aws: EmbeddedAws) -> None:
    """With the nearest names; the others are checked."""
    await World(aws).make()
    findings = await checked(aws, "order", "orders")
    found = findings["order", "target-found"]
    assert found.outcome is Outcome.FAIL
    assert "Nearest names: orders" in found.cause
    assert findings["orders", "mq-broker"].outcome is Outcome.PASS


async def test_an_id_that_is_not_there_fails(aws: EmbeddedAws) -> None:
    """Nothing else is said of it."""
    id = "b-00000000-0000-4000-8000-000000000000"
    findings = await checked(aws, id)
    assert findings[id, "mq-broker"].outcome is Outcome.FAIL
    others = {
        found.outcome
        for (at, check), found in findings.items()
        if at == id and check != "mq-broker"
    }
    assert others == {Outcome.SKIP}
