"""Many brokers and clusters: each thing is asked once, within the rates of the services."""

from __future__ import annotations

from collections import Counter

import pytest

from mqtail.aws import calls
from mqtail.aws.signin import SignIn
from mqtail.checks.model import Outcome
from mqtail.checks.runner import Checkup
from mqtail.demo.server import EmbeddedAws
from mqtail.settings import Settings
from tests.checks.brokers import POLICY, document, statement, user

BROKERS, CLUSTERS = 100, 50
RATES = dict(calls.RATES)
"""Those of earnest, before the tests hurry them."""
FASTER = 20
"""The rates are so many times those of earnest, and the time it takes so much shorter."""
SLACK_S = 0.5
"""The first calls may reach the server late on a busy machine."""


@pytest.fixture
async def many(aws: EmbeddedAws, monkeypatch: pytest.MonkeyPatch) -> EmbeddedAws:
    """A region with many of both."""
    aws.logs.put_resource_policy(POLICY, document(statement()))
    for number in range(BROKERS):
        aws.mq.add_broker(f"broker-{number:03}", delivers=True)
    for number in range(CLUSTERS):
        aws.kafka.add_cluster(f"cluster-{number:03}", cloudwatch=f"/msk/{number:03}")
        aws.logs.create_group(f"/msk/{number:03}")
    rates = {service: rate * FASTER for service, rate in RATES.items()}
    monkeypatch.setattr(calls, "RATES", rates)
    return aws


def seconds(aws: EmbeddedAws, service: str) -> tuple[int, float]:
    """How many calls a service got, and from the first to the last how many seconds."""
    times = [call.time for call in aws.calls if call.service == service]
    return len(times), (max(times) - min(times)) / 1000


async def test_many_are_checked_within_the_quotas(many: EmbeddedAws) -> None:
    """And progress can be told at any time."""
    progress: list[tuple[int, int]] = []
    sign_in = SignIn("us-east-1", many.account, user("demo"), endpoint_url=many.url)
    settings = Settings(max_requests=4 * FASTER)
    checkup = Checkup(
        settings, sign_in, changed=lambda: progress.append((checkup.done, checkup.total))
    )
    await checkup.run()
    assert len(checkup.targets) == BROKERS + CLUSTERS + 1
    assert all(target.done for target in checkup.targets)
    assert [done for done, _ in progress] == list(range(checkup.total + 1))
    brokers = [target for target in checkup.targets if target.service == "mq"]
    outcomes = {found.outcome for target in brokers for _, found in target.results}
    assert Outcome.FAIL not in outcomes
    assert Outcome.UNKNOWN not in outcomes
    for service, rate in {**calls.RATES, "logs": settings.max_requests}.items():
        if any(call.service == service for call in many.calls):
            count, elapsed = seconds(many, service)
            # The budget of CloudWatch Logs may be used up in advance for one second.
            ahead = rate if service == "logs" else 1
            assert count <= ahead + rate * (elapsed + SLACK_S), service
    asked = Counter(call.operation for call in many.calls)
    assert asked["DescribeBroker"] == BROKERS
    assert asked["DescribeClusterV2"] == CLUSTERS
    assert asked["ListBrokers"] == asked["ListClustersV2"] == 1
    # CreateBroker and RebootBroker, for all brokers together.
    assert asked["LookupEvents"] <= 4
    assert asked["DescribeLogGroups"] <= BROKERS + CLUSTERS
    assert asked["SimulatePrincipalPolicy"] <= BROKERS + CLUSTERS + 20
    groups = 2 * BROKERS + CLUSTERS
    # Those of the account once, and those of each log group.
    assert asked["DescribeResourcePolicies"] <= groups + 1
    assert asked["DescribeLogStreams"] <= groups
    assert asked["FilterLogEvents"] <= groups
    assert not any(call.writes for call in many.calls)
