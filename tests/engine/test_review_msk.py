"""What real AWS does to tails of clusters and API calls beyond the ordinary."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from mqtail import merging
from mqtail.aws.signin import SignIn
from mqtail.demo.faults import AccessDenied, ConnectionReset, Hang, Throttle
from mqtail.demo.kafka_clusters import Destinations
from mqtail.demo.server import EmbeddedAws
from mqtail.errors import TargetError
from mqtail.events import LogEvent, order_key
from mqtail.listing import list_targets
from mqtail.sources import ranges
from mqtail.sources.retries import OPTIONAL_PATIENCE, PATIENCE
from mqtail.status import State
from tests.engine.deliveries import STREAM, Documents, Streams, answering, hits, texts
from tests.engine.kafka import kafka_line
from tests.engine.support import Bench, Watched, ago, eventually

GROUP = "/msk/all"
NAMES = ("clicks", "orders")


def put(bench: Bench, stream: str, text: str, seconds_ago: float = 60) -> None:
    """A line of a broker in `GROUP`."""
    at = ago(seconds_ago)
    bench.aws.logs.put(GROUP, stream, [(at, kafka_line(at, text))])


def seen(events: list[LogEvent]) -> list[tuple[str, str]]:
    """Target and text of events."""
    return [
        (event.source.target, event.message.split(" INFO ")[1].split(" (")[0])
        for event in events
        if event.source.kind != "api"
    ]


# Log groups that several targets have.


@pytest.fixture
def shared(bench: Bench) -> Bench:
    """Two clusters that deliver to one log group."""
    bench.aws.logs.create_group(GROUP)
    for name in NAMES:
        cluster = bench.aws.kafka.add_cluster(name, cloudwatch=GROUP)
        put(bench, cluster.log_stream(1), f"of {name}")
    return bench


async def test_a_shared_log_group_by_the_arn_of_one_cluster(shared: Bench) -> None:
    """Lines of the other cluster are not taken for its own."""
    clicks, orders = (shared.aws.kafka.add_cluster(n, cloudwatch=GROUP).arn for n in NAMES)
    assert seen(await shared.history(clicks)) == [("clicks", "of clicks")]
    both = seen(await shared.history(clicks, orders))
    assert sorted(both) == [("clicks", "of clicks"), ("orders", "of orders")]
    for operation in ("ListClustersV2", "ListClusters"):
        shared.aws.faults.add(AccessDenied(), operation=operation)
    unknown = await shared.history(clicks, orders)
    assert sorted(text for _, text in seen(unknown)) == ["of clicks", "of orders"]


async def test_a_stream_that_names_no_cluster_shows_once(shared: Bench) -> None:
    """Nobody knows which of the two it is of; it is not shown for each."""
    put(shared, "Broker-1", "whose", 30)
    found = seen(await shared.history("clicks", "orders"))
    assert [text for _, text in found].count("whose") == 1
    assert len(found) == 3
    assert ("orders", "whose") in seen(await shared.history("orders"))


@pytest.mark.parametrize("first", [True, False])
async def test_a_log_group_beside_the_clusters_that_share_it(shared: Bench, first: bool) -> None:
    """Every line once, and none is lost."""
    named = (GROUP, "clicks") if first else ("clicks", GROUP)
    found = [text for _, text in seen(await shared.history(*named))]
    assert sorted(found) == ["of clicks", "of orders"]


async def test_a_log_group_beside_the_cluster_that_alone_has_it(bench: Bench) -> None:
    """Its lines are the cluster's, whichever is named first."""
    bench.aws.logs.create_group(GROUP)
    cluster = bench.aws.kafka.add_cluster("clicks", cloudwatch=GROUP)
    put(bench, cluster.log_stream(2), "x")
    for named in ((GROUP, "clicks"), ("clicks", GROUP)):
        events = await bench.history(*named)
        assert [(e.source.target, e.source.kind, e.source.instance) for e in events] == [
            ("clicks", "broker", "2")
        ]


async def test_the_newest_event_of_a_cluster_that_shares_its_log_group(bench: Bench) -> None:
    """A cluster that is silent does not look alive because another one writes there."""
    bench.aws.logs.create_group(GROUP)
    clicks, _ = (bench.aws.kafka.add_cluster(name, cloudwatch=GROUP) for name in NAMES)
    put(bench, clicks.log_stream(1), "x")
    sign_in = SignIn(region=bench.aws.region, endpoint_url=bench.aws.url)
    listing = await list_targets(bench.settings(), sign_in)
    newest = {target.name: target.logs[0].newest is not None for target in listing.targets}
    assert newest == {"clicks": True, "orders": False}


async def test_a_stream_of_two_clusters_shows_its_lines_once(streams: Streams) -> None:
    """Records do not tell which cluster they are of."""
    streams.deliver(streams.add(s3={"bucket": "b"}), "a", "b")
    streams.aws.kafka.add_cluster("orders", firehose=STREAM)
    events = await streams.bench.history("clicks", "orders", **streams.arguments(kinds=("broker",)))
    assert texts(events) == ["a", "b"]


async def test_both_kinds_of_log_in_one_group_show_once(bench: Bench) -> None:
    """The slower destination of one of them is not read beside it, either."""
    bench.aws.logs.create_group(GROUP)
    bench.aws.s3.create_bucket("b")
    everywhere = Destinations(cloudwatch=GROUP, s3=("b", ""))
    cluster = bench.aws.kafka.add_cluster(
        "clicks", cloudwatch=GROUP, s3=("b", ""), authorizer=everywhere
    )
    put(bench, cluster.log_stream(1), "x")
    tail = await bench.stored("clicks", output="tui")
    read = [s.place for s in tail.readers if s.state is State.ENDED and s.kind != "api"]
    assert read == [GROUP]
    assert len(tail.store) == 1


async def test_both_kinds_of_log_in_one_stream_show_once(aws: EmbeddedAws) -> None:
    """What cannot be told apart is not read twice."""
    streams = Streams(aws)
    streams.deliver(streams.add(s3={"bucket": "b"}), "a", "b")
    aws.kafka.add_cluster("both", firehose=STREAM, authorizer=Destinations(firehose=STREAM))
    events = await streams.bench.history("both", **streams.arguments(kinds=()))
    assert texts(events) == ["a", "b"]


# Nothing to read.


async def test_nothing_that_could_ever_come_ends(bench: Bench) -> None:
    """Of a serverless cluster there are API calls only: waiting for lines would be for ever."""
    bench.aws.kafka.add_cluster("adhoc", type="SERVERLESS")
    tail = bench.tail("adhoc", filter_pattern="ERROR")
    async with asyncio.timeout(10):
        with pytest.raises(TargetError, match="no logs to read"):
            await tail.run_in_order(Watched().show)


async def test_api_calls_are_of_no_instance(bench: Bench) -> None:
    """Who looks at one broker wants to know who rebooted it."""
    aws = bench.aws
    cluster = aws.kafka.add_cluster("clicks", cloudwatch=GROUP)
    for broker in (1, 2):
        aws.logs.put(GROUP, f"clicks-Broker-{broker}", [(ago(60), f"{broker}")])
    aws.cloudtrail.put({"requestParameters": {"clusterArn": cluster.arn}})
    for kinds, expected in (((), [("broker", "1"), ("api", None)]), (("api",), [("api", None)])):
        events = await bench.history("clicks", kinds=kinds, instances=("1",))
        assert [(event.source.kind, event.source.instance) for event in events] == expected


async def test_a_kind_of_log_that_is_not_delivered_where_it_is_asked_for(bench: Bench) -> None:
    """The other kind is read, and this one is told."""
    bench.aws.s3.create_bucket("b")
    elsewhere = Destinations(cloudwatch=GROUP)
    bench.aws.kafka.add_cluster("clicks", s3=("b", ""), authorizer=elsewhere)
    tail = bench.tail("clicks", follow=False, destinations=("s3",))
    await tail.run_in_order(Watched().show)
    note = "clicks: its authorizer logs are not delivered to s3, only to cloudwatch."
    nothing = "clicks: no events in that time. `mqtail check clicks` tells why."
    assert tail.notes == [note, nothing]


# API calls beside logs.


@pytest.mark.parametrize("fault", [Throttle(), Hang()], ids=["throttled", "silent"])
async def test_logs_do_not_wait_long_for_api_calls(
    bench: Bench, fault: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lines show while CloudTrail is throttled, or does not answer."""
    monkeypatch.setattr(merging, "OPTIONAL_S", 0.1)
    bench.aws.logs.create_group(GROUP)
    cluster = bench.aws.kafka.add_cluster("clicks", cloudwatch=GROUP)
    put(bench, cluster.log_stream(1), "x")
    bench.aws.faults.add(fault, service="cloudtrail")
    async with bench.following("clicks") as run:
        await run.watched.until(lambda events: len(events) == 1)


async def test_a_service_that_nobody_asked_for_is_not_tried_for_long(bench: Bench) -> None:
    """Lines wait for their place in time until CloudTrail counts as out of reach."""
    bench.aws.logs.create_group(GROUP)
    cluster = bench.aws.kafka.add_cluster("clicks", cloudwatch=GROUP)
    put(bench, cluster.log_stream(1), "x")
    bench.aws.faults.add(ConnectionReset(), service="cloudtrail")
    assert seen(await bench.history("clicks")) == [("clicks", "x")]
    assert len(bench.aws.calls_of("LookupEvents")) == OPTIONAL_PATIENCE
    with pytest.raises(TargetError):
        await bench.history("clicks", kinds=("api",))
    assert len(bench.aws.calls_of("LookupEvents")) == OPTIONAL_PATIENCE + PATIENCE


async def test_a_destination_that_is_turned_on_and_fails(bench: Bench) -> None:
    """The others read on; at the end nothing can be turned on any more."""
    bench.aws.logs.create_group(GROUP)
    bench.aws.s3.create_bucket("b")
    cluster = bench.aws.kafka.add_cluster("clicks", cloudwatch=GROUP, s3=("b", ""))
    put(bench, cluster.log_stream(1), "x")
    bench.aws.faults.add(AccessDenied(), service="s3")
    async with bench.filling("clicks", output="tui") as run:
        await run.watched.until(lambda events: len(events) == 1)
        (other,) = [s for s in run.tail.readers if s.state is State.AVAILABLE]
        run.tail.read_also(other)
        await eventually(lambda: other.state is State.FAILING)
        assert "s3:" in other.reason + other.hint
        put(bench, cluster.log_stream(1), "y", 0)
        await run.watched.until(lambda events: len(events) == 2)
    run.tail.read_also(other)
    tail = await bench.stored("clicks", output="tui")
    (other,) = [s for s in tail.readers if s.state is State.AVAILABLE]
    tail.read_also(other)
    assert other.state is State.AVAILABLE


# Interrupted.


async def test_interrupted_between_two_slices_of_a_page(
    documents: Documents, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was read is shown, wherever the signal strikes."""
    monkeypatch.setattr(ranges, "SLICE", 5)
    documents.add_stream()
    for n in range(20):
        documents.put(str(n), ago(300 - n))
    watched = Watched()
    tail = documents.bench.tail("clicks", follow=False, **documents.arguments())
    task = asyncio.ensure_future(tail.run_in_order(watched.show))
    made: list[Any] = []
    original = ranges.RangeReader._is_wanted

    def counted(self: Any, found: Any, live: bool) -> bool:
        made.append(found)
        if len(made) == 7:
            task.cancel()
        return original(self, found, live)

    monkeypatch.setattr(ranges.RangeReader, "_is_wanted", counted)
    await asyncio.wait([task])
    assert len(watched.events) == 20
    assert watched.events == sorted(watched.events, key=order_key)


# OpenSearch.


async def test_a_document_without_a_time_hides_no_others(documents: Documents) -> None:
    """The first that is found may be none of the cluster's."""
    documents.add_stream()
    documents.put_as({"message": "odd"})
    documents.put("x", ago(100))
    events = await documents.history()
    assert [e.message for e in events if "x" in e.message]


async def test_shards_that_fail_say_why(documents: Documents) -> None:
    """Of two indices one has the time as text: what the other gives is not all there is."""
    time = ago(100)
    found = {"_index": "i", "_id": "1", "_source": {"time": time, "message": "a"}, "sort": [time]}
    why = {"type": "illegal_argument_exception", "reason": "Text fields are not optimised"}
    failures = [{"shard": 0, "index": "clicks-2026-11-20", "reason": why}]

    def answer(request: Any, body: Any) -> Any:
        if "bool" not in body["query"]:
            return hits(found)
        return hits(found, _shards={"total": 2, "failed": 1, "failures": failures})

    async with answering(answer) as url:
        documents.add_stream(cluster_endpoint=url)
        with pytest.raises(TargetError) as caught:
            await documents.history()
    assert "Text fields are not optimised" in caught.value.message
    assert "clicks-2026-11-20" in caught.value.message


async def test_one_hiccup_does_not_turn_to_the_copy(streams: Streams) -> None:
    """The copy in S3 is minutes behind the domain."""
    streams.aws.opensearch.add_domain("search")
    streams.add(
        opensearch={
            "domain": "search",
            "index": "clicks",
            "backup_bucket": "copies",
            "backup_mode": "AllDocuments",
        }
    )
    at = ago(100)
    streams.aws.opensearch.put("search", "clicks-2026-11-21", {"timestamp": at, "message": "x"})
    streams.aws.faults.add(ConnectionReset(), operation="DescribeDomain", times=2)
    events = await streams.history()
    assert [event.message for event in events] == ["x"]


# Firehose.


async def test_a_stream_that_delivers_elsewhere_is_told(streams: Streams) -> None:
    """Deleted, made again and changed: a quiet bucket would look like a quiet cluster."""
    stream = streams.add(s3={"bucket": "b"})
    streams.deliver(stream, "a")
    async with streams.following() as following:
        await following.watched.until(lambda events: texts(events) == ["a"])
        notes = following.tail.notes
        stream.status = "DELETING"
        await eventually(lambda: any("in the state DELETING" in note for note in notes))
        streams.add(s3={"bucket": "other"})
        await eventually(lambda: any("delivers elsewhere now" in note for note in notes))
        described = len(streams.aws.calls_of("DescribeDeliveryStream"))
        await eventually(
            lambda: len(streams.aws.calls_of("DescribeDeliveryStream")) > described + 2
        )
        assert len(notes) == 2
        streams.deliver(stream, "b", seconds_ago=1)
        await following.watched.until(lambda events: texts(events) == ["a", "b"])
