"""Reading a cluster's objects in S3: history in every direction, and what is delivered later."""

from __future__ import annotations

import gzip
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from mqtail.demo.kafka_clusters import Cluster, Destinations
from mqtail.engine import Tail
from mqtail.events import Level, LogEvent, order_key
from mqtail.status import State
from tests.engine.kafka import BUCKET, deliver, kafka_line, messages
from tests.engine.support import HURRIED, Bench, Following, ago, eventually

FAST = replace(HURRIED, object_poll_ms=30)
HOUR = 3_600


async def history(bench: Bench, **changes: Any) -> list[LogEvent]:
    """The cluster's history in order."""
    return await bench.history("clicks", **({"kinds": ("broker",), "pace": FAST} | changes))


async def stored(bench: Bench, **changes: Any) -> Tail:
    """The cluster's history in the store."""
    return await bench.stored("clicks", **({"kinds": ("broker",), "pace": FAST} | changes))


@asynccontextmanager
async def following(bench: Bench, **changes: Any) -> AsyncIterator[Following]:
    """A tail of the cluster that follows, in order."""
    wanted = {"kinds": ("broker",), "pace": FAST} | changes
    async with bench.following("clicks", **wanted) as run:
        yield run


def looked(run: Following) -> bool:
    """Whether live reading has begun."""
    return bool(run.tail.readers) and run.tail.readers[0].complete_to > 0


def delivered_life(bench: Bench, cluster: Cluster, since_s: int = 9_000) -> list[str]:
    """Three brokers' lines of hours, an object each every five minutes, traces cut between two.

    Returns:
        The events as one should see them, in no order.
    """
    chance = random.Random(5)
    events: list[str] = []
    for broker in (1, 2, 3):
        carried: list[str] = []
        for end in range(since_s, 0, -300):
            lines, carried = carried, []
            times = sorted(ago(end + 300 * chance.random()) for _ in range(30))
            for number, time in enumerate(times):
                head = kafka_line(time, f"[Log partition={broker}] {chance.random()}", "ERROR")
                trace = [f"\tat a.b.C(D.java:{line})" for line in range(chance.randrange(4))]
                events.append("\n".join([head, *trace]))
                lines.append(head)
                cut = len(trace) if number < len(times) - 1 or end <= 300 else len(trace) // 2
                lines += trace[:cut]
                carried = trace[cut:]
            half = len(lines) // 2
            for part in (lines[:half], lines[half:]) if chance.random() < 0.2 else (lines,):
                deliver(bench.aws, cluster, broker, part, ago(end))
    return events


async def test_every_direction_gives_the_same_events(bench: Bench, clicks: Cluster) -> None:
    """Forwards in order, backwards into the store, and the newest alone."""
    written = delivered_life(bench, clicks)
    since = ago(3 * HOUR)
    forwards = await history(bench, since=since)
    assert Counter(messages(forwards)) == Counter(written)
    assert forwards == sorted(forwards, key=order_key)
    assert not any(event.late for event in forwards)
    assert {event.level for event in forwards} == {Level.ERROR}
    backwards = await stored(bench, since=since)
    # Which broker is found first decides about events of the same millisecond.
    assert sorted(messages(list(backwards.store))) == sorted(messages(forwards))
    times = [event.timestamp for event in forwards]
    assert [event.timestamp for event in backwards.store] == times
    for lines in (0, 1, 100, len(written) + 1):
        newest = await history(bench, since=since, lines=lines)
        assert [event.timestamp for event in newest] == times[max(0, len(times) - lines) :]
        assert set(messages(newest)) <= set(written)
        part = await stored(bench, since=since, lines=lines)
        assert sorted(messages(list(part.store))) == sorted(messages(newest))


async def test_the_newest_need_no_old_objects(bench: Bench, clicks: Cluster) -> None:
    """Reading stops where older objects cannot have newer events."""
    delivered_life(bench, clicks)
    await history(bench, since=ago(3 * HOUR), lines=5)
    keys = {call.parameters["Key"] for call in bench.aws.calls_of("GetObject")}
    assert len(keys) < 30
    assert len(bench.aws.s3.objects(BUCKET)) > 90


async def test_events_know_where_they_were_read(bench: Bench, clicks: Cluster) -> None:
    """Object, line, bucket, delivery, broker."""
    times = [ago(130), ago(129)]
    at = ago(120) // 1000 * 1000
    lines = [kafka_line(times[0], "one"), "\tat a.b.C(D.java:1)", kafka_line(times[1], "two")]
    key = deliver(bench.aws, clicks, 7, lines, at)
    tail = await stored(bench)
    assert [(e.timestamp, e.key, e.line, e.ingested) for e in tail.store] == [
        (times[0], key, 1, at),
        (times[1], key, 3, at),
    ]
    source = tail.store[0].source
    assert (source.bucket, source.destination, source.instance) == (BUCKET, "s3", "7")
    assert (source.kind, source.log) == ("broker", "broker s3")
    (status,) = tail.readers
    assert status.place == f"s3://{BUCKET}/msk"
    assert {name: stream.events for name, stream in status.streams.items()} == {"Broker-7": 2}
    assert status.streams["Broker-7"].lag_ms == at - times[1]
    assert status.requests == len(bench.aws.calls_of("ListObjectsV2")) + 1
    assert status.history_to == tail.readers[0].history_to <= ago(599)


@pytest.mark.parametrize("root", ["msk/", "msk"])
async def test_a_prefix_with_and_without_a_slash(bench: Bench, root: str) -> None:
    """Whichever separator the service puts behind it."""
    aws = bench.aws
    aws.s3.create_bucket(BUCKET)
    cluster = aws.kafka.add_cluster("clicks", s3=(BUCKET, "msk"))
    line = kafka_line(ago(60), "x")
    key = cluster.object_key(1, ago(50), "0a1b2c3d").removeprefix("msk/")
    aws.s3.put_object(BUCKET, f"{root}{key}", gzip.compress(f"{line}\n".encode()))
    assert messages(await history(bench)) == [line]


@pytest.mark.parametrize("days", [2, 45, 4000])
async def test_a_history_of_any_length(bench: Bench, clicks: Cluster, days: int) -> None:
    """Months and years in which nothing was delivered cost few requests."""
    lines: list[str] = []
    for back in (1, 30 * HOUR, 40 * 24 * HOUR, 700 * 24 * HOUR):
        if back < days * 24 * HOUR:
            lines.insert(0, kafka_line(ago(back + 60), f"{back} s ago"))
            deliver(bench.aws, clicks, 1, lines[:1], ago(back))
    since = ago(days * 24 * HOUR)
    assert messages(await history(bench, since=since)) == lines
    assert messages(list((await stored(bench, since=since)).store)) == lines
    assert len(bench.aws.calls_of("ListObjectsV2")) < 500


async def test_from_and_to(bench: Bench, clicks: Cluster) -> None:
    """Events outside were not asked for, whatever object they are in."""
    times = [ago(2_000 - 100 * number) for number in range(20)]
    lines = [kafka_line(time, f"{number}") for number, time in enumerate(times)]
    for number, (time, line) in enumerate(zip(times, lines, strict=True)):
        # Some are delivered before the events that they hold, some long after.
        deliver(bench.aws, clicks, 1, [line], time + (number % 3 - 1) * 600_000)
    since, until = times[5], times[15]
    events = await history(bench, since=since, until=until)
    assert messages(events) == lines[5:15]
    tail = await stored(bench, since=since, until=until)
    assert messages(list(tail.store)) == lines[5:15]
    assert tail.readers[0].events == 10


async def test_what_is_delivered_later_is_found_once(bench: Bench, clicks: Cluster) -> None:
    """By the lines and by the store, several objects of a minute, all brokers in one order."""
    first = kafka_line(ago(300), "first")
    deliver(bench.aws, clicks, 1, [first], ago(290))
    async with (
        following(bench) as run,
        bench.filling("clicks", kinds=("broker",), pace=FAST) as ui,
    ):
        await run.watched.until_seen(first)
        await ui.watched.until_seen(first)
        expected = [first]
        for number in range(4):
            moment = ago(3)
            for broker in (2, 1, 3):
                for part in range(2):
                    line = kafka_line(moment + 10 * broker + part, f"{number} {broker} {part}")
                    expected.append(line)
                    deliver(bench.aws, clicks, broker, [line], moment)
            await run.watched.until_seen(*expected)
            await ui.watched.until_seen(*expected)
        await eventually(lambda: run.tail.readers[0].state is State.LIVE)
        assert len(messages(list(ui.tail.store))) == len(expected)
    for watched in (run.watched, ui.watched):
        assert Counter(messages(watched.events)) == Counter(expected)
    assert messages(list(ui.tail.store)) == expected[:1] + sorted(
        expected[1:], key=lambda line: line[:25]
    )
    keys = Counter(call.parameters["Key"] for call in bench.aws.calls_of("GetObject"))
    assert set(keys.values()) == {2}


async def test_late_objects_are_found_and_marked(bench: Bench, clicks: Cluster) -> None:
    """Of the hour before, at once; of hours before, by a deeper look."""
    newer = kafka_line(ago(2), "newer")
    deliver(bench.aws, clicks, 1, [newer], ago(1))
    async with following(bench, since=ago(5 * HOUR)) as run:
        await run.watched.until_seen(newer)
        late = [kafka_line(ago(back), f"{back}") for back in (600, HOUR, 3 * HOUR)]
        for line, back in zip(late, (600, HOUR, 3 * HOUR), strict=True):
            deliver(bench.aws, clicks, 1, [line], ago(back), modified=ago(-1))
        other = kafka_line(ago(700), "of another broker")
        deliver(bench.aws, clicks, 2, [other], ago(700), modified=ago(-1))
        events = await run.watched.until_seen(*late, other)
        status = run.tail.readers[0]
    marked = {event.message for event in events if event.late}
    assert set(late) <= marked
    assert status.late == len(late)
    assert Counter(messages(events)) == Counter([newer, *late, other])


async def test_a_late_object_from_before_the_history_is_shown(
    bench: Bench, clicks: Cluster
) -> None:
    """It arrived while one watched; what was there before is left alone."""
    old, late = kafka_line(ago(1_900), "old"), kafka_line(ago(2_000), "late")
    deliver(bench.aws, clicks, 1, [old], ago(1_900))
    async with following(bench) as run:
        await eventually(lambda: looked(run))
        deliver(bench.aws, clicks, 1, [late], ago(2_000), modified=ago(-1))
        await run.watched.until_seen(late)
    assert messages(run.watched.events) == [late]
    keys = [call.parameters["Key"] for call in bench.aws.calls_of("GetObject")]
    assert len(keys) == 1


async def test_an_object_that_is_delivered_again_shows_only_what_is_new(
    bench: Bench, clicks: Cluster
) -> None:
    """The same key with another ETag: the lines that were read are not shown twice."""
    lines = [kafka_line(ago(100 - number), f"{number}") for number in range(9)]
    at = ago(50)
    key = deliver(bench.aws, clicks, 1, lines[:4], at)
    async with following(bench) as run:
        await run.watched.until_seen(*lines[:4])
        for count in (4, 6, 9):
            body = gzip.compress("".join(f"{line}\n" for line in lines[:count]).encode(), count)
            bench.aws.s3.put_object(BUCKET, key, body, modified=ago(0))
            await run.watched.until_seen(*lines[:count])
        reads = bench.aws.calls_of("GetObject")
    assert Counter(messages(run.watched.events)) == Counter(lines)
    assert len(reads) >= 3


async def test_a_trace_that_goes_on_in_the_next_object_grows_its_event(
    bench: Bench, clicks: Cluster
) -> None:
    """Live, the event was shown already: the store tells that it has grown."""
    head = kafka_line(ago(80), "Broken", "ERROR")
    deliver(bench.aws, clicks, 1, [head, "\tat a.b.C(D.java:1)"], ago(70))
    async with bench.filling("clicks", kinds=("broker",), pace=FAST) as ui:
        await ui.watched.until(lambda events: len(events) == 1)
        event = ui.tail.store[0]
        await eventually(lambda: ui.tail.readers[0].state is State.LIVE)
        after = kafka_line(ago(7), "after")
        deliver(bench.aws, clicks, 1, ["\tat a.b.E(F.java:2)", after], ago(6))
        await ui.watched.until_seen(after)
    assert event.message == f"{head}\n\tat a.b.C(D.java:1)\n\tat a.b.E(F.java:2)"
    assert len(ui.tail.store) == 2


async def test_a_new_hour_and_a_new_day_are_looked_into(bench: Bench, clicks: Cluster) -> None:
    """The folders follow the clock; a clock that is behind does not hide the next one."""
    async with following(bench, since=ago(30 * HOUR)) as run:
        await eventually(lambda: looked(run))
        lines = [kafka_line(ago(-back), f"{back}") for back in (0, 600, 3_000)]
        for line, back in zip(lines, (0, 600, 3_000), strict=True):
            deliver(bench.aws, clicks, 1, [line], ago(-back), modified=ago(0))
        await run.watched.until_seen(*lines)


async def test_read_now_does_not_wait(bench: Bench, clicks: Cluster) -> None:
    """A person pressed a key."""
    async with following(bench, pace=replace(FAST, object_poll_ms=3_600_000)) as run:
        await eventually(lambda: looked(run))
        line = kafka_line(ago(1), "now")
        deliver(bench.aws, clicks, 1, [line], ago(1))
        run.tail.read_now()
        await run.watched.until_seen(line)


async def test_brokers_that_were_not_asked_for_are_not_fetched(
    bench: Bench, clicks: Cluster
) -> None:
    """Their objects are known by their names."""
    for broker in (1, 2, 12):
        deliver(bench.aws, clicks, broker, [kafka_line(ago(60), f"{broker}")], ago(50))
    events = await history(bench, instances=("1", "12"))
    assert sorted(event.source.instance or "" for event in events) == ["1", "12"]
    assert len(bench.aws.calls_of("GetObject")) == 2


async def test_a_hundred_brokers_that_deliver_at_once(bench: Bench, clicks: Cluster) -> None:
    """More objects than are open at the same time: all are read."""
    written = []
    for broker in range(1, 101):
        for end in (600, 300):
            lines = [kafka_line(ago(end + 200 - number), f"{broker} {number}") for number in (0, 1)]
            written += lines
            deliver(bench.aws, clicks, broker, lines, ago(end))
    events = await history(bench, since=ago(2_000))
    assert Counter(messages(events)) == Counter(written)


async def test_the_authorizers_log(bench: Bench) -> None:
    """Its folder is found by its name; lines of a form that is not known stand alone."""
    aws = bench.aws
    aws.s3.create_bucket(BUCKET)
    cluster = aws.kafka.add_cluster(
        "clicks", s3=(BUCKET, "msk"), authorizer=Destinations(s3=(BUCKET, "msk"))
    )
    deliver(aws, cluster, 1, [kafka_line(ago(60), "of the broker")], ago(50))
    at = ago(40)
    denied = kafka_line(ago(60), "User:kiosk is Denied", logger="kafka.authorizer.logger")
    lines = ["of no known form", "nor this", denied]
    key = cluster.object_key(2, at, "0a1b2c3d").replace("KafkaBrokerLogs", "KafkaAuthorizerLogs")
    async with bench.following("clicks", kinds=("authorizer",), pace=FAST) as run:
        await eventually(lambda: looked(run))
        body = gzip.compress("".join(f"{line}\n" for line in lines).encode())
        aws.s3.put_object(BUCKET, key, body, modified=at)
        await run.watched.until_seen(*lines)
    assert Counter(messages(run.watched.events)) == Counter(lines)
    assert {event.source.kind for event in run.watched.events} == {"authorizer"}
    assert {event.source.instance for event in run.watched.events} == {"2"}
