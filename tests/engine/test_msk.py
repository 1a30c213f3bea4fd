"""Clusters, brokers and API calls in one tail; destinations that are chosen and turned on."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mqtail.demo.faults import AccessDenied
from mqtail.demo.kafka_clusters import Cluster
from mqtail.errors import TargetError
from mqtail.events import order_key
from mqtail.status import State
from tests.engine.kafka import BUCKET, deliver, kafka_line
from tests.engine.support import Bench, ago, eventually, line

CLICKS_GROUP = "/msk/clicks"


@pytest.fixture
def clicks(bench: Bench) -> Cluster:
    """A cluster whose logs are delivered to CloudWatch Logs and to S3."""
    aws = bench.aws
    aws.s3.create_bucket(BUCKET)
    aws.logs.create_group(CLICKS_GROUP)
    return aws.kafka.add_cluster("clicks", cloudwatch=CLICKS_GROUP, s3=(BUCKET, "msk"))


def call(at: int, name: str, **parameters: object) -> dict[str, object]:
    """A CloudTrail record of a call at a time (ms)."""
    moment = datetime.fromtimestamp(at // 1000, UTC)
    return {
        "eventTime": f"{moment:%Y-%m-%dT%H:%M:%SZ}",
        "eventName": name,
        "readOnly": False,
        "requestParameters": parameters,
    }


def put(bench: Bench, broker: int, *lines: tuple[int, str]) -> None:
    """Lines of a broker of `clicks` in its log group."""
    bench.aws.logs.put(CLICKS_GROUP, f"clicks-1-Broker-{broker}", list(lines))


async def test_clusters_brokers_and_api_calls_come_in_one_order(
    bench: Bench, clicks: Cluster
) -> None:
    """Two clusters from different destinations, a broker, and who did what to them."""
    aws = bench.aws
    orders = aws.kafka.add_cluster("orders", s3=(BUCKET, ""))
    broker = aws.mq.add_broker("shop", audit=False)
    written: list[tuple[int, str]] = []
    for number in range(40):
        at = ago(300 - number)
        text = kafka_line(at, f"from clicks {number}")
        put(bench, 1 + number % 3, (at, text))
        shop = line(f"from shop {number}", at + 300)
        aws.logs.put(f"{broker.log_group_prefix}general", f"activemq-{broker.id}-1.log", [shop])
        written += [(at, text), shop]
    for member in (1, 2, 3):
        times = [ago(300 - number) + 100 * member for number in range(40)]
        lines = [kafka_line(at, f"from orders {member}") for at in times]
        deliver(aws, orders, member, lines, ago(100))
        written += zip(times, lines, strict=True)
    aws.cloudtrail.put(call(ago(290), "RebootBroker", clusterArn=clicks.arn, brokerIds=["2"]))
    aws.cloudtrail.put(
        call(ago(280), "RebootBroker", **{"broker-id": broker.id})
        | {"eventSource": "amazonmq.amazonaws.com"}
    )
    aws.cloudtrail.put(
        call(ago(285), "RebootBroker", clusterArn="arn:aws:kafka:us-east-1:1:cluster/x/y")
    )
    names = ("clicks", "orders", "shop")
    events = await bench.history(*names, since=ago(3600))
    assert events == sorted(events, key=order_key)
    assert not any(event.late for event in events)
    logged = [(event.timestamp, event.message) for event in events if event.source.kind != "api"]
    assert sorted(logged) == sorted(written)
    api = [(event.source.target, event.source.kind) for event in events if not event.ingested]
    assert api == [("clicks", "api"), ("shop", "api")]
    tail = await bench.stored(*names, since=ago(3600))
    assert [event.message for event in tail.store] == [event.message for event in events]


async def test_a_destination_is_turned_on_while_tailing(bench: Bench, clicks: Cluster) -> None:
    """It is there, not read, and then read from the start of the history on."""
    at = ago(60)
    put(bench, 1, (at, kafka_line(at, "both")))
    deliver(bench.aws, clicks, 1, [kafka_line(at, "both")], ago(50))
    async with bench.filling("clicks", output="tui") as run:
        await run.watched.until(lambda events: len(events) == 1)
        available = [status for status in run.tail.readers if status.state is State.AVAILABLE]
        assert [status.destination for status in available] == ["s3"]
        assert not bench.aws.calls_of("GetObject")
        run.tail.read_also(available[0])
        run.tail.read_also(available[0])
        events = await run.watched.until(lambda events: len(events) == 2)
        await eventually(lambda: available[0].state is State.LIVE)
    assert {event.source.destination for event in events} == {"cloudwatch", "s3"}
    assert {event.message for event in events} == {kafka_line(at, "both")}
    assert {event.source.log for event in events} == {"broker", "broker s3"}


async def test_destinations_are_chosen(bench: Bench, clicks: Cluster) -> None:
    """One of them, or both; one that is not there is an error that names those that are."""
    at = ago(60)
    put(bench, 1, (at, kafka_line(at, "x")))
    deliver(bench.aws, clicks, 1, [kafka_line(at, "x")], ago(50))
    for wanted in (("s3",), ("cloudwatch",), ("cloudwatch", "s3")):
        events = await bench.history("clicks", destinations=wanted)
        assert tuple(sorted(event.source.destination for event in events)) == wanted
        assert {event.source.instance for event in events} == {"1"}
    with pytest.raises(TargetError, match="no logs to read") as caught:
        await bench.history("clicks", destinations=("firehose",))
    assert "not delivered to firehose, only to cloudwatch, s3" in caught.value.hint


async def test_api_calls_that_are_not_permitted_hinder_nothing(
    bench: Bench, clicks: Cluster
) -> None:
    """The logs come, and the reader of the API calls says what is missing."""
    at = ago(60)
    put(bench, 1, (at, kafka_line(at, "x")))
    bench.aws.faults.add(AccessDenied(), service="cloudtrail")
    tail = await bench.stored("clicks")
    assert [event.source.kind for event in tail.store] == ["broker"]
    status = next(status for status in tail.readers if status.kind == "api")
    assert status.optional
    assert status.state is State.FAILING
    assert "cloudtrail:LookupEvents" in status.reason + status.hint
    with pytest.raises(TargetError, match="LookupEvents"):
        await bench.history("clicks", kinds=("api",))


async def test_a_serverless_cluster_has_its_api_calls(bench: Bench) -> None:
    """They are all that there is to see of it."""
    cluster = bench.aws.kafka.add_cluster("adhoc", type="SERVERLESS")
    bench.aws.cloudtrail.put(call(ago(60), "DeleteCluster", clusterArn=cluster.arn))
    tail = await bench.stored("adhoc")
    assert [event.source.target for event in tail.store] == ["adhoc"]
    assert any("serverless" in note for note in tail.notes)


async def test_instances_of_a_cluster(bench: Bench, clicks: Cluster) -> None:
    """Broker ids, whatever the destination; others are not read."""
    at = ago(60)
    for broker in (1, 2, 12):
        put(bench, broker, (at, kafka_line(at, f"{broker}")))
        deliver(bench.aws, clicks, broker, [kafka_line(at, f"{broker}")], ago(50))
    for destination in ("cloudwatch", "s3"):
        events = await bench.history("clicks", destinations=(destination,), instances=("12",))
        assert [event.source.instance for event in events] == ["12"]
        with pytest.raises(TargetError, match="no log stream of instance 7") as caught:
            await bench.history("clicks", destinations=(destination,), instances=("7",))
        assert "1, 12, 2" in caught.value.hint
