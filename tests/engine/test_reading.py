"""Nothing lost, nothing twice: reading one log group over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from mqtail.aws import decoding
from mqtail.aws.decoding import Page
from mqtail.demo.faults import (
    AccessDenied,
    ConnectionReset,
    EmptyPages,
    ExpiredCredentials,
    Fault,
    RepeatEvents,
    ServerError,
    Throttle,
    TruncatedBody,
)
from mqtail.errors import TargetError, UsageError
from mqtail.events import Level, LogEvent
from mqtail.status import State
from tests.engine.support import GROUP, STREAM, Bench, Watched, ago, eventually, line


def messages(events: list[LogEvent]) -> list[str]:
    """Their messages, in order."""
    return [event.message for event in events]


async def test_history_comes_once_and_in_order(bench: Bench) -> None:
    """Also across pages, and among events of one millisecond."""
    moment = ago(300)
    put = [(moment + i // 7, f"event {i:05}") for i in range(25_000)]
    bench.aws.logs.put(GROUP, STREAM, put)
    assert messages(await bench.history()) == [text for _, text in put]


async def test_a_page_is_decoded_once(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the typed decoder alone: botocore, which is slow at it, finds nothing to parse."""
    bench.aws.logs.put(GROUP, STREAM, [(ago(300) + i, f"event {i:05}") for i in range(12_000)])
    pages: list[Page] = []
    decode = decoding.decode_page

    def counting(body: bytes) -> Page:
        pages.append(decode(body))
        return pages[-1]

    monkeypatch.setattr(decoding, "decode_page", counting)
    assert len(await bench.history()) == 12_000
    assert len(pages) == len(bench.aws.calls_of("FilterLogEvents")) == 2
    assert sum(len(page.events) for page in pages) == 12_000


async def test_store_gets_the_same_history_newest_first(bench: Bench) -> None:
    """What is shown does not depend on the direction of reading."""
    moment = ago(300)
    put = [(moment + i // 7, f"event {i:05}") for i in range(25_000)]
    bench.aws.logs.put(GROUP, STREAM, put)
    tail = await bench.stored()
    assert messages(list(tail.store)) == [text for _, text in put]
    first = bench.aws.calls_of("FilterLogEvents")[0]
    assert first.parameters["startFromHead"] is False


@pytest.mark.parametrize("fault", [EmptyPages(3), RepeatEvents(5)], ids=["empty", "repeated"])
async def test_odd_pages_change_nothing(bench: Bench, fault: Fault) -> None:
    """Empty pages before a page with events, and events that come on two pages."""
    moment = ago(300)
    put = [(moment + i, f"event {i:05}") for i in range(12_000)]
    bench.aws.logs.put(GROUP, STREAM, put)
    bench.aws.faults.add(fault, operation="FilterLogEvents")
    assert messages(await bench.history()) == [text for _, text in put]
    assert messages(list((await bench.stored()).store)) == [text for _, text in put]


@pytest.mark.parametrize(("late_s", "pauses"), [(20, 1), (240, 1), (3_000, 1)])
async def test_late_event_is_shown_once_and_marked(bench: Bench, late_s: int, pauses: int) -> None:
    """Late by more than the overlap, by minutes, by most of an hour."""
    bench.aws.logs.put(GROUP, STREAM, [line("before", ago(2))])
    async with bench.following() as run:
        await run.watched.until(lambda events: len(events) == 1)
        bench.aws.logs.put(GROUP, STREAM, [line("now", ago(0))])
        await run.watched.until(lambda events: len(events) == 2)
        bench.aws.logs.put(GROUP, STREAM, [line("late", ago(late_s))])
        events = await run.watched.until(lambda events: len(events) == 3)
        bench.aws.logs.put(GROUP, STREAM, [line("after", ago(0))])
        await run.watched.until(lambda events: len(events) == 4)
    assert [event.late for event in events] == [False, False, True, False]
    assert events[2].lag == pytest.approx(late_s, abs=1)
    assert run.tail.readers[0].late == 1


async def test_late_event_is_inserted_where_it_belongs(bench: Bench) -> None:
    """The store keeps time order."""
    bench.aws.logs.put(GROUP, STREAM, [line("one", ago(100)), line("three", ago(50))])
    async with bench.filling() as run:
        await run.watched.until(lambda events: len(events) == 2)
        bench.aws.logs.put(GROUP, STREAM, [line("two", ago(75))])
        await run.watched.until(lambda events: len(events) == 3)
        shown = list(run.tail.store)
    assert [event.message.split(" | ")[2] for event in shown] == ["one", "two", "three"]
    assert [event.late for event in shown] == [False, True, False]


async def test_what_was_there_before_the_history_begins_stays_out(bench: Bench) -> None:
    """A sweep reads it again and again; it was not asked for."""
    bench.aws.logs.put(GROUP, STREAM, [line("old", ago(2_000))], ingested=ago(1_999))
    async with bench.following(since=ago(600)) as run:
        await eventually(lambda: bool(run.tail.readers) and run.tail.readers[0].complete_to > 0)
        bench.aws.logs.put(GROUP, STREAM, [line("new but dated back", ago(1_900))])
        events = await run.watched.until(lambda events: len(events) == 1)
    assert "new but dated back" in events[0].message
    assert len(events) == 1


async def test_an_event_from_the_future_does_not_stop_the_others(bench: Bench) -> None:
    """The service takes events up to two hours ahead."""
    bench.aws.logs.put(GROUP, STREAM, [(ago(-3_600), "from the future")])
    async with bench.following() as run:
        await run.watched.until_seen("from the future")
        for number in range(3):
            bench.aws.logs.put(GROUP, STREAM, [(ago(0), f"now {number}")])
            await run.watched.until_seen(f"now {number}")
    assert len(run.watched.events) == 4


async def test_events_of_one_millisecond_that_come_apart(bench: Bench) -> None:
    """A cursor on the newest timestamp would lose the second one."""
    moment = ago(1)
    bench.aws.logs.put(GROUP, STREAM, [(moment, "first")])
    async with bench.following() as run:
        await run.watched.until_seen("first")
        bench.aws.logs.put(GROUP, STREAM, [(moment, "second")])
        await run.watched.until_seen("second")
    assert len(run.watched.events) == 2


@pytest.mark.parametrize(
    ("fault", "state"),
    [
        (Throttle(), State.THROTTLED),
        (ServerError(500), State.FAILING),
        (ServerError(503), State.FAILING),
        (ConnectionReset(), State.FAILING),
        (TruncatedBody(), State.FAILING),
        (ExpiredCredentials(), State.FAILING),
        (AccessDenied(), State.FAILING),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Fault) else str(value),
)
async def test_after_a_failure_the_blind_time_is_read(
    bench: Bench, fault: Fault, state: State
) -> None:
    """What was logged while AWS did not answer is shown once it does, and the state said so."""
    async with bench.following() as run:
        bench.aws.logs.put(GROUP, STREAM, [(ago(0), "before")])
        await run.watched.until_seen("before")
        handle = bench.aws.faults.add(fault, operation="FilterLogEvents")
        status = run.tail.readers[0]
        await eventually(lambda: status.state is state)
        assert status.reason
        bench.aws.logs.put(GROUP, STREAM, [(ago(0), "while blind")])
        handle.remove()
        await run.watched.until_seen("while blind")
        bench.aws.logs.put(GROUP, STREAM, [(ago(0), "after")])
        await run.watched.until_seen("after")
        assert status.state is State.LIVE
        assert not status.reason
    assert len(run.watched.events) == 3


async def test_failures_on_the_way_through_the_history(bench: Bench) -> None:
    """Every kind of passing failure, in turn, in the middle of paging."""
    moment = ago(300)
    put = [(moment + i, f"event {i:05}") for i in range(35_000)]
    bench.aws.logs.put(GROUP, STREAM, put)
    for fault in (Throttle(), ServerError(503), ConnectionReset(), TruncatedBody()):
        bench.aws.faults.add(
            fault, operation="FilterLogEvents", times=1, where=lambda p: "nextToken" in p
        )
    assert messages(await bench.history()) == [text for _, text in put]


async def test_both_instances_of_a_group_are_read_in_one_call(bench: Bench) -> None:
    """One request per poll, however many streams."""
    for number in range(1, 6):
        bench.aws.logs.put(GROUP, f"activemq-b-1-{number}.log", [(ago(5), f"stream {number}")])
    events = await bench.history()
    assert len(events) == 5
    assert {event.source.instance for event in events} == {"1", "2", "3", "4", "5"}
    assert len(bench.aws.calls_of("FilterLogEvents")) == 1


async def test_only_wanted_instances_are_asked_for(bench: Bench) -> None:
    """`-i 2` leaves the other streams to the service."""
    for number in (1, 2):
        bench.aws.logs.put(GROUP, f"activemq-b-1-{number}.log", [(ago(5), f"stream {number}")])
    assert messages(await bench.history(instances=("2",))) == ["stream 2"]
    asked = bench.aws.calls_of("FilterLogEvents")[0].parameters
    assert asked["logStreamNames"] == ["activemq-b-1-2.log"]


async def test_a_wanted_instance_that_appears_later_is_picked_up(bench: Bench) -> None:
    """A stand-by writes its first line after the failover."""
    bench.aws.logs.put(GROUP, STREAM, [(ago(5), "from 1")])
    async with bench.following(instances=("2",)) as run:
        bench.aws.logs.put(GROUP, "activemq-b-1-2.log", [(ago(0), "from 2")])
        await run.watched.until_seen("from 2")
    assert messages(run.watched.events) == ["from 2"]


async def test_since_and_until_bound_the_history(bench: Bench) -> None:
    """Since is inclusive, until is not."""
    moment = ago(100)
    bench.aws.logs.put(GROUP, STREAM, [(moment + i, f"{i}") for i in range(10)])
    found = await bench.history(since=moment + 2, until=moment + 5)
    assert messages(found) == ["2", "3", "4"]


async def test_lines_gives_the_newest_without_reading_everything(bench: Bench) -> None:
    """`-n 5` of 40,000 events costs one page."""
    moment = ago(300)
    bench.aws.logs.put(GROUP, STREAM, [(moment + i, f"{i}") for i in range(40_000)])
    assert messages(await bench.history(lines=5)) == [f"{i}" for i in range(39_995, 40_000)]
    assert len(bench.aws.calls_of("FilterLogEvents")) == 1


async def test_filter_pattern_goes_to_the_service(bench: Bench) -> None:
    """What does not match is never transferred."""
    bench.aws.logs.put(GROUP, STREAM, [(ago(5), "an ERROR here"), (ago(4), "all is well")])
    assert messages(await bench.history(filter_pattern="ERROR")) == ["an ERROR here"]
    assert bench.aws.calls_of("FilterLogEvents")[0].parameters["filterPattern"] == "ERROR"


async def test_requests_stay_within_the_budget(bench: Bench) -> None:
    """Four a second, whatever the pace."""
    bench.aws.logs.put(GROUP, STREAM, [(ago(5), "x")])
    async with bench.following(max_requests=4.0) as run:
        await run.watched.until(lambda events: len(events) == 1)
        await eventually(lambda: len(bench.aws.calls) >= 12)
    times = [call.time for call in bench.aws.calls]
    busiest = max(sum(start <= t < start + 1000 for t in times) for start in times)
    assert busiest <= 8  # a bucket of four, and four more as it is filled again


async def test_levels_are_known_at_once(bench: Bench) -> None:
    """The level is parsed on arrival: colours and filters need it."""
    bench.aws.logs.put(
        GROUP, STREAM,
        [(ago(5), "2026-01-01 00:00:00,000 | WARN  | text | a.B | main"), (ago(4), "odd")],
    )  # fmt: skip
    assert [event.level for event in await bench.history()] == [Level.WARN, Level.UNKNOWN]


async def test_nothing_readable_is_an_error_with_its_cause(bench: Bench) -> None:
    """In order and into the store alike, when the reading is to end."""
    bench.aws.logs.create_group(GROUP)
    bench.aws.faults.add(AccessDenied(), operation="FilterLogEvents")
    for read in (bench.history, bench.stored):
        with pytest.raises(TargetError, match="logs:FilterLogEvents"):
            await read()


async def test_nothing_readable_ends_an_ordered_tail_that_follows(bench: Bench) -> None:
    """Nobody watches a pipe for a permission to appear; the UI does show it and waits."""
    bench.aws.logs.create_group(GROUP)
    bench.aws.faults.add(AccessDenied(), operation="FilterLogEvents")
    with pytest.raises(TargetError, match="logs:FilterLogEvents"):
        await bench.tail().run_in_order(Watched().show)


async def test_a_refused_filter_pattern_is_wrong_usage(bench: Bench) -> None:
    """The service's own words say what is wrong with it."""
    bench.aws.logs.put(GROUP, STREAM, [(ago(5), "x")])
    for follow in (True, False):
        with pytest.raises(UsageError, match="--filter-pattern"):
            await bench.tail(filter_pattern="{ $.a = 1", follow=follow).run_in_order(Watched().show)


@pytest.mark.parametrize(
    ("logging", "why"),
    [
        ({"general": False, "pending_logs": {"general": True}}, "there are no logs of it to read"),
        ({}, "no events in that time"),
    ],
    ids=["it waits for a reboot", "it is quiet"],
)
async def test_a_broker_of_which_nothing_was_read(
    bench: Bench, logging: dict[str, Any], why: str
) -> None:
    """An end without a line says so, and what tells why; API calls alone change nothing."""
    broker = bench.aws.mq.add_broker("orders-mq", audit=False, **logging)
    if not logging:
        bench.aws.logs.create_group(f"/aws/amazonmq/broker/{broker.id}/general")
    bench.aws.record_call("RebootBroker", broker, "arn:aws:iam::111122223333:user/admin")
    told = f"orders-mq: {why}. `mqtail check orders-mq` tells why."
    for changes in ({}, {"kinds": ("api",)}):
        tail = bench.tail("orders-mq", follow=False, **changes)
        await tail.run_in_order(Watched().show)
        assert (told in tail.notes) is (not changes)
