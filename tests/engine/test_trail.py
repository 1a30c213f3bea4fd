"""API calls from the objects of a trail: as those of the event history, each once."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from typing import Any

import pytest

from mqtail.aws.signin import SignIn
from mqtail.demo.faults import AccessDenied
from mqtail.demo.server import EmbeddedAws
from mqtail.engine import Tail
from mqtail.errors import MqtailError, TargetError
from mqtail.events import Level, LogEvent
from mqtail.status import State
from tests.engine.calls import names, when
from tests.engine.support import HURRIED, Bench, Watched, ago, eventually, running
from tests.formats.test_cloudtrail import CREATE_TOPIC, DELETE_CLUSTER, DESCRIBE_CLUSTER

SOON = replace(HURRIED, object_poll_ms=20)


class Trails:
    """A trail that is delivered to a bucket, and tails of it."""

    def __init__(self, aws: EmbeddedAws, **options: Any) -> None:
        self.aws = aws
        self.bench = Bench(aws)
        aws.s3.create_bucket("audit")
        self.trail = aws.cloudtrail.add_trail("all-calls", "audit", "trails", **options)

    def record(self, name: str, seconds_ago: float = 60, **members: Any) -> dict[str, Any]:
        """A record of a call; it is in the event history, too."""
        record = {"eventName": name, "eventTime": when(seconds_ago)} | members
        return self.aws.cloudtrail.put(record)

    def deliver(self, *records: dict[str, Any], seconds_ago: float = 30) -> str:
        """Deliver records in one object."""
        return self.aws.cloudtrail.deliver_trail(self.trail, records, published=ago(seconds_ago))

    async def history(
        self, *targets: str, trail: str = "all-calls", **changes: Any
    ) -> list[LogEvent]:
        """The history in order."""
        settings = {"since": ago(3600), "pace": SOON, "trail": trail} | changes
        sign_in = SignIn(self.aws.region, account=self.aws.account, endpoint_url=self.aws.url)
        watched = Watched()
        names = targets or ("cloudtrail",)
        tail = Tail(self.bench.settings(*names, follow=False, **settings), sign_in)
        await tail.run_in_order(watched.show)
        return watched.events


@pytest.fixture
def trails(aws: EmbeddedAws) -> Trails:
    """A trail of all regions."""
    return Trails(aws)


async def test_records_come_once_and_in_order(trails: Trails) -> None:
    """Objects repeat records, hold them in any order, and those of all other services."""
    records = [trails.record(f"Get{n}", 600 - n) for n in range(30)]
    other = trails.record("RunInstances", 300, eventSource="ec2.amazonaws.com")
    trails.deliver(*records[20:], other, *reversed(records[:12]), seconds_ago=280)
    trails.deliver(*records[5:20], *records[:5], seconds_ago=200)
    events = await trails.history()
    assert names(events) == [f"Get{n}" for n in range(30)]
    assert not trails.aws.calls_of("LookupEvents")


async def test_events_are_as_those_of_the_event_history(trails: Trails) -> None:
    """The text is that of the object, exactly."""
    clicks = trails.aws.kafka.add_cluster("clicks", cloudwatch="/msk/clicks")
    parameters = {"clusterArn": clicks.arn.replace(":", "%3A")}
    record = trails.record("RebootBroker", requestParameters=parameters, errorCode="Denied")
    text = json.dumps(record, indent=1)
    key = trails.deliver()
    body = gzip.compress(f'{{"Records": [{text}]}}'.encode())
    trails.aws.s3.put_object("audit", key, body)
    (event,) = await trails.history("clicks", kinds=("api",))
    assert (event.message, event.event_id, event.level) == (text, record["eventID"], Level.WARN)
    source = event.source
    assert (source.target, source.service, source.kind, source.destination, source.bucket) == (
        "clicks",
        "cloudtrail",
        "api",
        "cloudtrail",
        "audit",
    )
    assert event.key == key


async def test_the_documented_records_in_one_object(trails: Trails) -> None:
    """Each under the cluster that it names."""
    texts = (DESCRIBE_CLUSTER, DELETE_CLUSTER, CREATE_TOPIC)
    trails.deliver(
        *(json.loads(text) | {"eventTime": when(90 - n)} for n, text in enumerate(texts))
    )
    events = await trails.history()
    assert names(events) == ["DescribeCluster", "DeleteCluster", "CreateTopic"]
    assert [event.source.target for event in events] == ["examplecluster"] * 2 + ["IamAuthCluster"]


@pytest.mark.parametrize(
    "name",
    [
        "all-calls",
        "arn:aws:cloudtrail:us-east-1:111122223333:trail/all-calls",
        "s3://audit/trails",
        "s3://audit/trails/",
        "s3://audit/trails/AWSLogs",
        "s3://audit/trails/AWSLogs/111122223333/CloudTrail/",
    ],
)
async def test_a_trail_by_name_arn_or_bucket(trails: Trails, name: str) -> None:
    """A bucket needs no right to look up trails."""
    trails.deliver(trails.record("CreateTopic"))
    if name.startswith("s3:"):
        trails.aws.faults.add(AccessDenied(), operation="GetTrail")
    assert names(await trails.history(trail=name)) == ["CreateTopic"]


async def test_the_trail_of_an_organisation(aws: EmbeddedAws) -> None:
    """Its keys have the organisation's id in them, and other accounts beside ours."""
    trails = Trails(aws, organization=True)
    trails.deliver(trails.record("CreateTopic"))
    assert names(await trails.history()) == ["CreateTopic"]


async def test_a_trail_of_another_region(aws: EmbeddedAws) -> None:
    """It has nothing of this one, and that is said."""
    trails = Trails(aws, region="eu-west-1", multi_region=False)
    with pytest.raises(MqtailError, match="records eu-west-1 only") as caught:
        await trails.history(trail=trails.trail.trail_arn)
    assert "--region eu-west-1" in caught.value.hint


async def test_a_trail_that_is_not_there_or_not_permitted(trails: Trails) -> None:
    """The name, or the right that is missing, is told."""
    with pytest.raises(TargetError, match=r"trail no-such \(cloudtrail:GetTrail\)"):
        await trails.history(trail="no-such")
    trails.aws.faults.add(AccessDenied(), operation="GetTrail")
    with pytest.raises(TargetError) as caught:
        await trails.history()
    assert "cloudtrail:GetTrail" in caught.value.hint


async def test_what_is_delivered_while_following(trails: Trails) -> None:
    """Also when it repeats what the history had."""
    old, new = trails.record("Old", 300), trails.record("New", 100)
    trails.deliver(old, seconds_ago=250)
    sign_in = SignIn(trails.aws.region, account=trails.aws.account, endpoint_url=trails.aws.url)
    settings = trails.bench.settings("cloudtrail", since=ago(3600), pace=SOON, trail="all-calls")
    watched = Watched()
    tail = Tail(settings, sign_in)
    async with running(tail.run_in_order(watched.show)):
        await watched.until(lambda events: names(events) == ["Old"])
        trails.deliver(new, old, seconds_ago=0)
        await watched.until(lambda events: names(events) == ["Old", "New"])
        (status,) = tail.readers
        await eventually(lambda: status.state is State.LIVE)
        assert status.place == "trail all-calls → s3://audit/trails"
