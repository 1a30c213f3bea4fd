"""What can be checked: brokers and clusters by any name, log groups, the account alone."""

from __future__ import annotations

import pytest

from mqtail.checks.findings import Outcome
from mqtail.demo.server import EmbeddedAws
from mqtail.errors import NoSuchTarget, UsageError
from tests.checks.brokers import World
from tests.checks.support import Findings, checked, told

GROUP = "/app/a"


def targets(findings: Findings) -> list[str]:
    """The targets, in the order in which they are shown."""
    return list(dict.fromkeys(target for target, _ in findings))


async def test_each_target_once_whatever_it_is_called(aws: EmbeddedAws) -> None:
    """Name, id, ARN, pattern, and its log group; the account comes last."""
    broker = await World(aws).make()
    names = ["orders", broker.id, broker.arn, "ord*", f"{broker.log_group_prefix}audit"]
    findings = await checked(aws, *names)
    assert targets(findings) == ["orders", "account 111122223333"]


async def test_a_log_group_of_its_own(aws: EmbeddedAws) -> None:
    """What can be said of any log group."""
    aws.logs.put(GROUP, "s", [(aws.clock() - 1_000, "x")])
    findings = await checked(aws, GROUP)
    assert findings[GROUP, "log-group"].outcome is Outcome.PASS
    assert findings[GROUP, "log-events"].outcome is Outcome.PASS
    assert "newest event 1 s ago" in findings[GROUP, "log-events"].evidence
    assert findings[GROUP, "log-group-retention"].outcome is Outcome.WARN
    assert findings[GROUP, "log-group-class"].outcome is Outcome.PASS


async def test_a_silent_log_group_and_one_that_cannot_be_tailed(aws: EmbeddedAws) -> None:
    """The latter is not read at all."""
    aws.logs.create_group(GROUP)
    aws.logs.create_group("/app/b", log_group_class="INFREQUENT_ACCESS")
    findings = await checked(aws, GROUP, "/app/b")
    assert findings[GROUP, "log-events"].outcome is Outcome.WARN
    assert findings["/app/b", "log-group-class"].outcome is Outcome.FAIL
    assert findings["/app/b", "log-events"].outcome is Outcome.SKIP, told(findings)


async def test_a_log_group_that_is_not_there(aws: EmbeddedAws) -> None:
    """By its name it is no target; by its ARN it is checked."""
    aws.logs.create_group(GROUP)
    assert (await checked(aws, "/app/x"))["/app/x", "target-found"].outcome is Outcome.FAIL
    arn = "arn:aws:logs:us-east-1:111122223333:log-group:/app/x"
    findings = await checked(aws, arn)
    assert findings["/app/x", "log-group"].outcome is Outcome.FAIL
    assert findings["/app/x", "log-events"].outcome is Outcome.SKIP


async def test_the_account_alone(aws: EmbeddedAws) -> None:
    """The target that is the API calls stands for it."""
    assert targets(await checked(aws, "cloudtrail")) == ["account 111122223333"]


async def test_a_region_without_anything(aws: EmbeddedAws) -> None:
    """Nothing can be said then."""
    with pytest.raises(NoSuchTarget, match="There are no Amazon MQ brokers"):
        await checked(aws)


async def test_another_region(aws: EmbeddedAws) -> None:
    """An ARN says which."""
    with pytest.raises(UsageError, match="eu-west-1"):
        await checked(aws, "arn:aws:mq:eu-west-1:111122223333:broker:orders:b-1")
    aws.mq.add_broker("far", region="eu-west-1")
    findings = await checked(aws, "far", region="eu-west-1", only=["mq-broker"])
    assert findings["far", "mq-broker"].outcome is Outcome.PASS
