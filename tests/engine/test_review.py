"""What goes wrong on bad days: odd pages, odd times, lost tokens, failures at the wrong moment."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace

import pytest

from mqtail.aws.signin import SignIn
from mqtail.clock import Clock, wall_clock_ms
from mqtail.demo.fault_schedule import Where
from mqtail.demo.faults import (
    EmptyPages,
    ErrorFault,
    ExpiredCredentials,
    RepeatEvents,
    ServerError,
    TruncatedBody,
)
from mqtail.engine import Tail
from mqtail.errors import CredentialsError, TargetError
from mqtail.events import LogEvent, order_key
from mqtail.sources.seen import Memory
from mqtail.status import State
from tests.engine.support import (
    GROUP,
    HURRIED,
    STREAM,
    Bench,
    Watched,
    ago,
    eventually,
    line,
)

HEAD = "2026-01-01 00:00:00,000 | ERROR | Could not {} | a.b.Logger | main"
TRACE = "\tat a.b.C.d(C.java:{})"
GROUPS = ("/x/one", "/x/two")


def messages(events: list[LogEvent]) -> list[str]:
    """Their messages, in order."""
    return [event.message for event in events]


def broker_group(bench: Bench, name: str = "orders-mq") -> str:
    """The general log of a new broker, whose format is known."""
    return f"{bench.aws.mq.add_broker(name, audit=False).log_group_prefix}general"


def is_of(group: str) -> Where:
    """A condition of a fault: the call reads this log group."""
    return lambda parameters: parameters.get("logGroupName") == group


async def swept(bench: Bench, rounds: int = 2) -> None:
    """Wait until all sweeps have begun so many times."""

    def begun() -> int:
        calls = [call.parameters for call in bench.aws.calls_of("FilterLogEvents")]
        return sum("endTime" in call and "nextToken" not in call for call in calls)

    enough = begun() + 2 * len(HURRIED.sweeps_ms) * rounds
    await eventually(lambda: begun() >= enough)


# The history, in order.


async def test_a_retried_group_keeps_its_place_in_a_reading_that_ends(bench: Bench) -> None:
    """While it is tried again nobody may take it for given up: its history would be lost."""
    for number, group in enumerate(GROUPS):
        bench.aws.logs.put(group, "s", [(ago(30 - number), group)])
    bench.aws.faults.add(
        ServerError(), operation="FilterLogEvents", times=3, where=is_of(GROUPS[0])
    )
    pace = replace(HURRIED, backoff_ms=300, max_backoff_ms=400)
    events = await bench.history(*GROUPS, pace=pace)
    assert messages(events) == list(GROUPS)


@pytest.mark.parametrize("scan_limit", [3, 1_000])
async def test_newest_lines_of_two_streams(bench: Bench, scan_limit: int) -> None:
    """The first event of a stream on a page counts like the others."""
    moment = ago(60)
    for number in range(20):
        stream = "activemq-b-1-2.log" if number == 18 else STREAM
        bench.aws.logs.put(GROUP, stream, [line(f"{number}", moment + number)])
    bench.aws.logs.scan_limit = scan_limit
    events = await bench.history(lines=4)
    assert [event.message.split(" | ")[2] for event in events] == ["16", "17", "18", "19"]
    tail = await bench.stored(lines=4)
    assert messages(list(tail.store)) == messages(events)


async def test_pages_cut_within_a_millisecond_of_several_streams(bench: Bench) -> None:
    """No event counts as late because the page before ended with another stream's."""
    moment = ago(60)
    for number in range(60):
        for stream in ("a", "b", "c"):
            bench.aws.logs.put(
                GROUP, stream, [(moment + number // 20, f"{stream}{number}")], ingested=moment + 9
            )
    bench.aws.logs.scan_limit = 7
    events = await bench.history()
    assert len(events) == 180
    assert events == sorted(events, key=order_key)
    assert not any(event.late for event in events)


async def test_history_that_can_only_be_read_forwards(bench: Bench) -> None:
    """From before 2024 the service gives the oldest first; the store holds the same."""
    group, moment = broker_group(bench), ago(60)
    put = []
    for number in range(40):
        time = moment + number // 4
        put += [(time, HEAD.format(number)), (time, TRACE.format(1)), (time, TRACE.format(2))]
    bench.aws.logs.put(group, STREAM, put, ingested=moment)
    bench.aws.logs.scan_limit = 7
    whole = [f"{HEAD.format(n)}\n{TRACE.format(1)}\n{TRACE.format(2)}" for n in range(40)]
    for since in (ago(600), 1_700_000_000_000):
        tail = await bench.stored("orders-mq", since=since)
        assert messages(list(tail.store)) == whole
        assert messages(await bench.history("orders-mq", since=since)) == whole
        assert messages(await bench.history("orders-mq", since=since, lines=3)) == whole[-3:]
        newest = await bench.stored("orders-mq", since=since, lines=3)
        assert messages(list(newest.store)) == whole[-3:]


async def test_traces_across_the_parts_in_which_a_page_is_worked_on(bench: Bench) -> None:
    """Large pages are joined a part at a time; no trace may be cut there."""
    group, moment = broker_group(bench), ago(500)
    put = []
    for number in range(10_000):
        time = moment + number * 20
        put += [(time, HEAD.format(number)), (time, TRACE.format(1)), (time, TRACE.format(2))]
    bench.aws.logs.put(group, STREAM, put)
    tail = await bench.stored("orders-mq")
    assert Counter(event.joined for event in tail.store) == {2: 10_000}


async def test_a_trace_cut_by_a_page_where_the_format_is_not_known(bench: Bench) -> None:
    """Reading backwards, its lines wait for their head."""
    moment = ago(60)
    put = [(moment, HEAD.format("connect"))]
    put += [(moment, TRACE.format(number)) for number in range(10)]
    bench.aws.logs.put(GROUP, STREAM, put)
    bench.aws.logs.scan_limit = 4
    tail = await bench.stored()
    assert messages(list(tail.store)) == ["\n".join(text for _, text in put)]


async def test_repeated_events_of_long_ago(bench: Bench) -> None:
    """Also events that are too old to be remembered for long come once."""
    moment = ago(50_000)
    put = [(moment + i, f"event {i:05}") for i in range(300)]
    bench.aws.logs.put(GROUP, STREAM, put)
    bench.aws.logs.scan_limit = 50
    bench.aws.faults.add(RepeatEvents(5), operation="FilterLogEvents")
    since = ago(60_000)
    assert messages(await bench.history(since=since)) == [text for _, text in put]
    assert messages(list((await bench.stored(since=since)).store)) == [text for _, text in put]


async def test_nothing_to_read_before_the_end(bench: Bench) -> None:
    """A time range that ends before it begins is empty, not an error."""
    bench.aws.logs.put(GROUP, STREAM, [(ago(5), "x")])
    assert await bench.history(since=ago(-60), until=ago(10)) == []
    async with bench.following(since=ago(-60)) as run:
        await eventually(lambda: bool(run.tail.readers) and run.tail.readers[0].complete_to > 0)
        assert run.tail.readers[0].state is State.LIVE
        assert not run.watched.events


async def test_history_stops_when_the_buffer_is_full(bench: Bench) -> None:
    """What would be dropped at once is not asked for."""
    moment = ago(500)
    bench.aws.logs.put(GROUP, STREAM, [(moment + i, f"{i}") for i in range(10_000)])
    bench.aws.logs.scan_limit = 100
    tail = await bench.stored(buffer=300)
    assert messages(list(tail.store)) == [f"{i}" for i in range(9_700, 10_000)]
    assert len(bench.aws.calls_of("FilterLogEvents")) < 10


# Lost tokens and broken answers.


def lost_token() -> ErrorFault:
    """The service no longer takes a token."""
    return ErrorFault("InvalidParameterException", "The specified nextToken is invalid.")


async def test_a_lost_token_is_got_over(bench: Bench) -> None:
    """A new query goes on where the old one stood, in both directions."""
    moment = ago(60)
    put = [(moment + i // 6, f"event {i:05}") for i in range(300)]
    bench.aws.logs.put(GROUP, STREAM, put)
    bench.aws.logs.scan_limit = 40
    for read in (bench.history, bench.stored):
        bench.aws.faults.add(
            lost_token(), operation="FilterLogEvents", times=3, where=lambda p: "nextToken" in p
        )
        found = await read()
        events = found if isinstance(found, list) else list(found.store)
        assert messages(events) == [text for _, text in put]


async def test_tokens_refused_in_a_row_end_nothing_that_follows(bench: Bench) -> None:
    """The query is accepted all the while, so that it is not what is wrong."""
    bench.aws.logs.put(GROUP, STREAM, [(ago(5), "x")])
    empty = bench.aws.faults.add(
        EmptyPages(1), operation="FilterLogEvents", where=lambda p: "nextToken" not in p
    )
    refused = bench.aws.faults.add(
        lost_token(), operation="FilterLogEvents", where=lambda p: "nextToken" in p
    )
    async with bench.following() as run:
        await eventually(lambda: refused.hits >= 8)
        assert "nextToken is invalid" in run.tail.readers[0].reason
        bench.aws.faults.clear()
        await run.watched.until_seen("x")
    assert empty.hits >= 8


async def test_tokens_that_are_never_taken_are_a_failure(bench: Bench) -> None:
    """A reading that comes no further must end, or wait; it may not ask in circles."""
    bench.aws.logs.put(GROUP, STREAM, [(ago(5), "x")])
    bench.aws.faults.add(EmptyPages(1), operation="FilterLogEvents")
    bench.aws.faults.add(
        lost_token(), operation="FilterLogEvents", where=lambda p: "nextToken" in p
    )
    with pytest.raises(Exception, match="nextToken is invalid"):
        await bench.history()
    assert len(bench.aws.calls_of("FilterLogEvents")) < 50


@pytest.mark.parametrize("operation", ["DescribeLogStreams", "DescribeLogGroups"])
async def test_an_unreadable_listing_ends_nothing(bench: Bench, operation: str) -> None:
    """A body that was cut off has none of its members; the reading goes on."""
    group = broker_group(bench)
    bench.aws.logs.put(group, STREAM, [(ago(5), "one")])
    async with bench.following("orders-mq") as run:
        await run.watched.until_seen("one")
        handle = bench.aws.faults.add(TruncatedBody(), operation=operation)
        await eventually(lambda: handle.hits >= 2)
        bench.aws.logs.put(group, STREAM, [(ago(0), "two")])
        await run.watched.until_seen("two")
        assert run.tail.readers[0].state is State.LIVE


@pytest.mark.parametrize("operation", ["DescribeLogGroups", "ListBrokers", "DescribeBroker"])
async def test_unreadable_answers_while_looking_for_targets(bench: Bench, operation: str) -> None:
    """They are asked for again, and are an error in words if that does not help."""
    bench.aws.logs.put(broker_group(bench), STREAM, [(ago(5), "one")])
    handle = bench.aws.faults.add(TruncatedBody(), operation=operation, times=2)
    assert messages(await bench.history("orders-*")) == ["one"]
    assert handle.hits == 2


async def test_a_broker_that_cannot_be_looked_up_holds_up_no_other(bench: Bench) -> None:
    """It may be deleted between the list and the look."""
    bench.aws.logs.put(broker_group(bench), STREAM, [(ago(5), "one")])
    gone = bench.aws.mq.add_broker("gone", audit=False)
    bench.aws.faults.add(
        ErrorFault("NotFoundException", "Can't find requested broker.", 404),
        operation="DescribeBroker",
        where=lambda p: p.get("broker-id") == gone.id,
    )
    tail = await bench.stored(targets=())
    assert messages(list(tail.store)) == ["one"]
    assert any("requested broker" in note for note in tail.notes)
    with pytest.raises(TargetError, match="requested broker"):
        await bench.stored("gone")


# Streams, groups, targets.


async def test_a_wanted_stream_that_is_deleted(bench: Bench) -> None:
    """The service refuses the names of all if one is gone; the others are read on."""
    for number in (1, 2, 3):
        bench.aws.logs.put(GROUP, f"activemq-b-1-{number}.log", [(ago(5), f"stream {number}")])
    async with bench.following(instances=("1", "2")) as run:
        await run.watched.until_seen("stream 1", "stream 2")
        bench.aws.logs.create_group(GROUP).drop_stream("activemq-b-1-2.log")
        for number in (1, 3):
            bench.aws.logs.put(GROUP, f"activemq-b-1-{number}.log", [(ago(0), f"more {number}")])
        await run.watched.until_seen("more 1")
        await swept(bench)
    assert sorted(messages(run.watched.events)) == ["more 1", "stream 1", "stream 2"]


async def test_a_wanted_stream_among_more_than_are_listed(bench: Bench) -> None:
    """Names that were not listed to the end are not all names."""
    for number in range(1, 700):
        bench.aws.logs.put(GROUP, f"activemq-b-1-{number:03}.log", [(ago(9), f"{number}")])
    found = await bench.history(instances=("002", "690"))
    assert sorted(messages(found)) == ["2", "690"]


async def test_two_brokers_without_any_log_yet(bench: Bench) -> None:
    """Each is waited for."""
    brokers = [bench.aws.mq.add_broker(n, general=False, audit=False) for n in ("one", "two")]
    async with bench.following("one", "two") as run:
        await eventually(lambda: len(run.tail.targets) == 2)
        for broker in brokers:
            bench.aws.logs.put(f"{broker.log_group_prefix}general", "s", [(ago(0), broker.name)])
        await run.watched.until_seen("one", "two")


async def test_a_group_named_twice_is_read_once(bench: Bench) -> None:
    """By its broker, its name, and its ARN."""
    group = broker_group(bench)
    bench.aws.logs.put(group, STREAM, [(ago(5), "one")])
    arn = bench.aws.logs.create_group(group).arn
    sign_in = SignIn(bench.aws.region, account=arn.split(":")[4], endpoint_url=bench.aws.url)
    watched = Watched()
    settings = bench.settings("orders-mq", group, arn, follow=False)
    await Tail(settings, sign_in).run_in_order(watched.show)
    assert messages(watched.events) == ["one"]


async def test_a_group_that_is_deleted_and_made_again(bench: Bench) -> None:
    """It is waited for, and read on."""
    bench.aws.logs.put(GROUPS[0], "s", [(ago(5), "one")])
    bench.aws.logs.put(GROUPS[1], "s", [(ago(4), "other")])
    async with bench.following(*GROUPS) as run:
        await run.watched.until_seen("one", "other")
        del bench.aws.logs._groups[bench.aws.region][GROUPS[0]]
        status = next(status for status in run.tail.readers if status.place == GROUPS[0])
        await eventually(lambda: status.state is State.WAITING)
        bench.aws.logs.put(GROUPS[1], "s", [(ago(0), "other 2")])
        await run.watched.until_seen("other 2")
        bench.aws.logs.put(GROUPS[0], "s", [(ago(0), "two")])
        await run.watched.until_seen("two")
        await eventually(lambda: status.state is State.LIVE)
    assert len(run.watched.events) == 4


# Following.


@pytest.mark.parametrize("lines", [0, 5])
async def test_what_lines_left_out_stays_out(bench: Bench, lines: int) -> None:
    """Sweeps read it again and again; it was not asked for."""
    moment = ago(200)
    bench.aws.logs.put(
        GROUP, STREAM, [(moment + i, f"{i}") for i in range(100)], ingested=moment + 100
    )
    bench.aws.logs.scan_limit = 20
    for follow in (bench.following, bench.filling):
        async with follow(lines=lines) as run:
            await eventually(lambda run=run: bool(run.tail.readers))  # type: ignore[misc]
            await swept(bench)
            bench.aws.logs.put(GROUP, STREAM, [(moment + 3, "late")])
            await run.watched.until_seen("late")
            await swept(bench)
            assert run.watched.count("late") == 1
        assert len(run.watched.events) == lines + 1
        bench.aws.logs.create_group(GROUP).drop_stream(STREAM)
        bench.aws.logs.put(
            GROUP, STREAM, [(moment + i, f"{i}") for i in range(100)], ingested=moment + 100
        )


async def test_one_event_from_the_future_makes_nobody_late(bench: Bench) -> None:
    """Every event after it would be marked, for up to two hours."""
    async with bench.following() as run:
        bench.aws.logs.put(GROUP, STREAM, [(ago(-3_600), "from the future")])
        await run.watched.until_seen("from the future")
        for number in range(3):
            bench.aws.logs.put(GROUP, STREAM, [(ago(0), f"now {number}")])
            await run.watched.until_seen(f"now {number}")
    assert not any(event.late for event in run.watched.events)


async def test_a_busy_group_is_not_shown_twice_when_its_memory_is_full(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sweeps that are under way when ids are forgotten show nothing again."""
    monkeypatch.setattr(Memory, "limit", 50)
    begin = ago(3_000)
    put = [(begin + i * 10_000, f"{i}") for i in range(250)]
    bench.aws.logs.put(GROUP, STREAM, put, ingested=begin)
    bench.aws.logs.scan_limit = 3
    async with bench.following(since=ago(3_100)) as run:
        await run.watched.until(lambda events: len(events) >= 250)
        for number in range(3):
            bench.aws.logs.put(GROUP, STREAM, [(ago(0), f"now {number}")])
            await run.watched.until_seen(f"now {number}")
            await swept(bench, 1)
    assert max(Counter(messages(run.watched.events)).values()) == 1


async def test_a_machine_whose_clock_is_ahead(bench: Bench) -> None:
    """History begins ten minutes before now by the service's clock, and late events are late."""
    bench.aws.logs.put(GROUP, STREAM, [(ago(500), "eight minutes ago")])
    sign_in = SignIn(bench.aws.region, endpoint_url=bench.aws.url)
    watched = Watched()
    tail = Tail(bench.settings(), sign_in, clock=Clock(lambda: wall_clock_ms() + 240_000))
    task = asyncio.create_task(tail.run_in_order(watched.show))
    try:
        await watched.until_seen("eight minutes ago")
        await eventually(lambda: tail.readers[0].complete_to > 0)
        bench.aws.logs.put(GROUP, STREAM, [(ago(700), "late")])
        await watched.until_seen("late")
    finally:
        task.cancel()
        await asyncio.wait([task])
    assert [event.late for event in watched.events] == [False, True]


async def test_what_shows_events_fails(bench: Bench) -> None:
    """Its error is the tail's, at once: nobody reads on into nowhere."""

    async def show(events: list[LogEvent]) -> None:
        raise ZeroDivisionError

    bench.aws.logs.put(GROUP, STREAM, [(ago(5), "x")])
    for follow in (True, False):
        async with asyncio.timeout(5):
            with pytest.raises(ZeroDivisionError):
                await bench.tail(follow=follow).run_in_order(show)


async def test_credentials_that_are_refused_end_an_ordered_tail(bench: Bench) -> None:
    """With the exit code of credentials, following or not."""
    bench.aws.logs.put(GROUP, STREAM, [(ago(5), "x")])
    bench.aws.faults.add(ExpiredCredentials(), operation="FilterLogEvents")
    for follow in (True, False):
        with pytest.raises(CredentialsError):
            await bench.tail(follow=follow).run_in_order(Watched().show)
