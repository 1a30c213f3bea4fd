"""Older history of what is not in log groups: API calls, objects, documents."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest

from mqtail.aws.signin import SignIn
from mqtail.demo.faults import AccessDenied, ServerError, Throttle
from mqtail.demo.kafka_clusters import Cluster
from mqtail.demo.server import EmbeddedAws
from mqtail.engine import Tail
from mqtail.status import OlderState
from tests.engine.calls import Calls, names, when
from tests.engine.deliveries import SOON, Documents, Streams, texts
from tests.engine.kafka import deliver, kafka_line
from tests.engine.older import all_steps, begun, shown, step
from tests.engine.support import HURRIED, Bench, ago, eventually, running

HOUR_S = 3_600
DAY_S = 24 * HOUR_S
FAST = replace(HURRIED, object_poll_ms=30, api_pause_ms=0)
PLACE: dict[str, Any] = {"kinds": ("broker",), "pace": FAST}

LINES = pytest.mark.parametrize("lines", [None, 7])


def lived(bench: Bench, cluster: Cluster, chance: random.Random, since_s: int) -> list[str]:
    """Lines of two brokers, an object each every five minutes, some traces cut between two.

    Returns:
        The events as one should see them, in no order.
    """
    events: list[str] = []
    for broker in (1, 2):
        carried: list[str] = []
        for end in range(since_s, 0, -300):
            lines, carried = carried, []
            for n in range(chance.randrange(4)):
                event = kafka_line(ago(end + 299) + n * 60_000, f"{broker} {end} {n}")
                trace = [f"\tat a.B.c{i}(D.java:{end})" for i in range(chance.randrange(3))]
                events.append("\n".join([event, *trace]))
                lines += [event, *trace]
            cut = chance.randrange(3)
            if lines and cut and lines[-1].startswith("\t"):
                lines, carried = lines[:-1], lines[-1:]
            if lines:
                deliver(bench.aws, cluster, broker, lines, ago(end - 5))
        if carried:
            deliver(bench.aws, cluster, broker, carried, ago(1))
    return events


@LINES
@pytest.mark.parametrize("seed", [1, 2])
async def test_objects_of_hours(
    bench: Bench, clicks: Cluster, lines: int | None, seed: int
) -> None:
    """Each event once, whole, however objects and steps end."""
    chance = random.Random(seed)
    wanted = lived(bench, clicks, chance, 2 * HOUR_S)
    since = ago(chance.choice([300, 1_000, 2_500]))
    async with bench.filling("clicks", lines=lines, since=since, **PLACE) as run:
        await begun(run.tail)
        await all_steps(run.tail)
        assert run.tail.older.state is OlderState.COMPLETE
        found = shown(run.tail)
        bench.aws.calls.clear()
        run.tail.read_older()
        assert run.tail.older.state is OlderState.COMPLETE
    # What the start that was asked for cuts is shown in parts, each once.
    assert sorted("\n".join(found).split("\n")) == sorted("\n".join(wanted).split("\n"))
    assert len(set(wanted) - set(found)) <= (0 if lines else 2)


async def test_objects_are_read_once(bench: Bench, clicks: Cluster) -> None:
    """But for those that the beginning of the range before cuts."""
    for minute in range(5, 240, 5):
        lines = [kafka_line(ago(60 * minute + n), f"{minute} {n}") for n in (290, 200, 100)]
        deliver(bench.aws, clicks, 1, lines, ago(60 * minute))
    async with bench.filling("clicks", since=ago(600), **PLACE) as run:
        await begun(run.tail)
        for _ in range(3):
            assert await step(run.tail) is OlderState.IDLE
        keys = [call.parameters["Key"] for call in bench.aws.calls_of("GetObject")]
        assert len(keys) <= len(set(keys)) + 3


async def test_objects_of_a_year_ago(bench: Bench, clicks: Cluster) -> None:
    """A quiet log: one step finds it, the next that there is nothing older."""
    old = kafka_line(ago(300 * DAY_S), "a year ago")
    deliver(bench.aws, clicks, 1, [old], ago(300 * DAY_S - 60))
    async with bench.filling("clicks", **PLACE) as run:
        await begun(run.tail)
        await step(run.tail)
        assert shown(run.tail) == [old]
        await all_steps(run.tail)
        assert run.tail.older.state is OlderState.COMPLETE


async def test_an_object_that_is_delivered_late_is_not_read_twice(
    bench: Bench, clicks: Cluster
) -> None:
    """Live reading has read it, though its lines are from before the start."""
    deliver(bench.aws, clicks, 1, [kafka_line(ago(60), "now")], ago(60))
    async with bench.filling("clicks", since=ago(600), **PLACE) as run:
        await begun(run.tail)
        late = [kafka_line(ago(3_000), "late")]
        deliver(bench.aws, clicks, 2, late, ago(2_900), modified=ago(-5))
        await run.watched.until_seen(*late)
        await all_steps(run.tail)
        assert run.watched.count(late[0]) == 1


@pytest.mark.parametrize("fault", [ServerError(503), Throttle()], ids=["503", "throttled"])
@pytest.mark.parametrize("operation", ["ListObjectsV2", "GetObject"])
async def test_objects_through_trouble(
    bench: Bench, clicks: Cluster, fault: Any, operation: str
) -> None:
    """What fails is asked for again."""
    wanted = lived(bench, clicks, random.Random(9), HOUR_S)
    async with bench.filling("clicks", since=ago(1), **PLACE) as run:
        await begun(run.tail)
        bench.aws.faults.add(fault, operation=operation, times=3)
        await all_steps(run.tail)
        assert sorted(shown(run.tail)) == sorted(wanted)


@LINES
async def test_api_calls(calls: Calls, lines: int | None) -> None:
    """Also several in the second where a step ends."""
    seconds = [(30 + 7 * n) // 10 * 10 + 0.5 for n in range(120)]
    for number, back in enumerate(seconds):
        calls.put(f"Get{number}", back)
    async with calls.bench.filling("cloudtrail", since=ago(600), lines=lines, pace=FAST) as run:
        await begun(run.tail)
        await all_steps(run.tail)
        assert run.tail.older.state is OlderState.COMPLETE
        assert sorted(names(list(run.tail.store))) == sorted(f"Get{n}" for n in range(120))
        oldest = min(call.parameters["StartTime"] for call in calls.aws.calls_of("LookupEvents"))
        assert abs(int(oldest) - ago(90 * DAY_S) // 1000) < 60


async def test_a_late_call_of_the_covered_past(calls: Calls) -> None:
    """It shows up twenty minutes after it was made, and that past has been read meanwhile."""
    calls.put("Old", 900)
    async with calls.bench.filling("cloudtrail", since=ago(600), pace=FAST) as run:
        await begun(run.tail)
        await step(run.tail)
        calls.put("Late", 800)
        await eventually(lambda: "Late" in names(list(run.tail.store)))
        await all_steps(run.tail)
        assert names(list(run.tail.store)) == ["Old", "Late"]


@LINES
async def test_a_trail(aws: EmbeddedAws, lines: int | None) -> None:
    """Records of a trail come once, some of them in two objects."""
    bench = Bench(aws)
    aws.s3.create_bucket("audit")
    trail = aws.cloudtrail.add_trail("all-calls", "audit", "trails")
    for number in range(40):
        record = aws.cloudtrail.put(
            {"eventName": f"Get{number}", "eventTime": when(60 + 90 * number)}
        )
        other = aws.cloudtrail.put(
            {"eventName": f"Put{number}", "eventTime": when(90 + 90 * number)}
        )
        aws.cloudtrail.deliver_trail(trail, [record, other], published=ago(90 * number + 10))
        if number % 7 == 0:
            aws.cloudtrail.deliver_trail(trail, [record], published=ago(90 * number + 5))
    sign_in = SignIn(aws.region, account=aws.account, endpoint_url=aws.url)
    settings = bench.settings(
        "cloudtrail", since=ago(1_000), lines=lines, trail="all-calls", pace=FAST
    )
    tail = Tail(settings, sign_in)
    async with running(tail.run()):
        await begun(tail)
        await all_steps(tail)
    found = names(list(tail.store))
    assert sorted(found) == sorted(f"{verb}{n}" for verb in ("Get", "Put") for n in range(40))


@LINES
async def test_a_stream_into_s3(streams: Streams, lines: int | None) -> None:
    """Objects hold records from before and after they are named for."""
    stream = streams.add(s3={"bucket": "delivered"})
    for number in range(40):
        streams.deliver(stream, f"a{number}", f"b{number}", seconds_ago=100 + 150 * number)
    arguments = streams.arguments(since=ago(1_000), lines=lines)
    async with streams.bench.filling("clicks", **arguments) as run:
        await begun(run.tail)
        await all_steps(run.tail)
        wanted = sorted(f"{letter}{n}" for letter in "ab" for n in range(40))
        assert sorted(texts(run.tail.store)) == wanted


@LINES
async def test_documents(documents: Documents, lines: int | None) -> None:
    """The oldest document ends it."""
    documents.add_stream()
    moment = ago(5_000)
    for number in range(200):
        documents.put(f"{number}", moment + number // 3 * 70_000)
    arguments = documents.arguments(since=ago(600), lines=lines)
    async with documents.bench.filling("clicks", **arguments) as run:
        await begun(run.tail)
        await all_steps(run.tail)
        assert run.tail.older.state is OlderState.COMPLETE
        assert sorted(map(int, texts(run.tail.store))) == list(range(200))


async def test_one_destination_is_denied_and_the_other_goes_on(calls: Calls) -> None:
    """API calls may not be looked up: nobody asked for them, so nothing is said of it."""
    broker = calls.aws.mq.add_broker("orders-mq")
    group = f"/aws/amazonmq/broker/{broker.id}/general"
    calls.aws.logs.put(group, "orders-mq-1.log", [(ago(900), "old"), (ago(1), "now")])
    calls.aws.faults.add(AccessDenied(), operation="LookupEvents")
    async with calls.bench.filling("orders-mq", pace=SOON) as run:
        await eventually(lambda: "now" in shown(run.tail))
        assert await step(run.tail) is OlderState.IDLE
        assert shown(run.tail) == ["old", "now"]
        assert run.tail.older.reason == ""
