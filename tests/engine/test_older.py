"""Older history of log groups: a step further back each time, nothing lost, nothing twice."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mqtail.aws.budget import Budget, Use
from mqtail.demo.faults import AccessDenied, EmptyPages, Fault, RepeatEvents, ServerError, Throttle
from mqtail.demo.server import EmbeddedAws
from mqtail.sources.cloudwatch import paging
from mqtail.status import OlderState
from tests.engine.older import all_steps, begun, shown, step
from tests.engine.support import GROUP, STREAM, Bench, ago, eventually, line

OTHER = "/aws/amazonmq/broker/b-2/general"
HOUR_S = 3_600
DAY_S = 24 * HOUR_S


async def test_a_step_reads_as_far_back_as_the_span_so_far(bench: Bench) -> None:
    """Ten minutes, then twenty, then forty."""
    minutes = (5, 15, 35, 75)
    for minute in minutes:
        bench.aws.logs.put(GROUP, STREAM, [line(f"{minute}", ago(60 * minute))])
    async with bench.filling(since=ago(600)) as run:
        await begun(run.tail)
        assert len(run.tail.store) == 1
        for count in (2, 3, 4):
            assert await step(run.tail) is OlderState.IDLE
            assert len(run.tail.store) == count
            assert run.tail.older.events == count - 1
        assert abs(run.tail.older.reached - ago(80 * 60)) < 30_000


async def test_a_step_goes_on_until_it_finds_something_or_there_is_nothing(bench: Bench) -> None:
    """A quiet log gives its only event at once, and says that nothing is older."""
    bench.aws.logs.put(GROUP, STREAM, [line("three days old", ago(3 * DAY_S))])
    async with bench.filling() as run:
        await begun(run.tail)
        assert await step(run.tail) is OlderState.IDLE
        assert len(run.tail.store) == 1
        assert await step(run.tail) is OlderState.COMPLETE
        assert not run.tail.older.reason
        asked = [
            (call.parameters["startTime"], call.parameters["endTime"])
            for call in bench.aws.calls_of("FilterLogEvents")
            if call.parameters.get("startFromHead") is False
        ]
        assert len(asked) == len(set(asked))
        assert len(asked) < 20
        # Each range begins where the one before has ended.
        assert all(later[0] == older[1] + 1 for later, older in pairwise(asked))
        bench.aws.calls.clear()
        run.tail.read_older()
        assert run.tail.older.state is OlderState.COMPLETE
        assert not [c for c in bench.aws.calls if c.parameters.get("startFromHead") is False]
        assert len(bench.aws.calls_of("DescribeLogGroups")) == 0


@pytest.mark.parametrize(
    "denied", [False, True], ids=["told by the group", "retention is not told"]
)
async def test_reading_ends_where_the_service_keeps_nothing(bench: Bench, denied: bool) -> None:
    """At the retention, or after a year where that may not be asked."""
    bench.aws.logs.create_group(GROUP, retention_in_days=3)
    bench.aws.logs.put(GROUP, STREAM, [line("now", ago(1))])
    async with bench.filling() as run:
        await begun(run.tail)
        if denied:
            bench.aws.faults.add(AccessDenied(), operation="DescribeLogGroups")
        assert await step(run.tail) is OlderState.COMPLETE
        oldest = min(call.parameters["startTime"] for call in bench.aws.calls_of("FilterLogEvents"))
        kept_s = 366 * DAY_S if denied else 3 * DAY_S
        assert abs(oldest - ago(kept_s)) < 60_000
        assert shown(run.tail) == [line("now", 0)[1]]


async def test_all_logs_are_read_back_to_the_same_moment(bench: Bench) -> None:
    """And it says how far that is, with live reading going on meanwhile."""
    for group in (GROUP, OTHER):
        for minute in (5, 12, 14):
            bench.aws.logs.put(group, STREAM, [(ago(60 * minute), f"{minute}")])
    async with bench.filling(GROUP, OTHER) as run:
        await begun(run.tail)
        await step(run.tail)
        assert len(run.tail.store) == 6
        bench.aws.logs.put(GROUP, STREAM, [(ago(0), "live")])
        await run.watched.until_seen("live")
        assert run.tail.older.reached == max(reader.history_to for reader in run.tail.readers)
        assert abs(run.tail.older.reached - ago(20 * 60)) < 30_000


@pytest.mark.parametrize(
    "fault",
    [Throttle(), ServerError(503), EmptyPages(2), RepeatEvents(5)],
    ids=lambda fault: type(fault).__name__,
)
async def test_trouble_on_the_way(bench: Bench, fault: Fault) -> None:
    """It changes nothing about what is found."""
    put = [(ago(1_200) + i // 7, f"event {i:05}") for i in range(25_000)]
    bench.aws.logs.put(GROUP, STREAM, [*put, (ago(1), "now")])
    async with bench.filling() as run:
        await begun(run.tail)
        times = 2 if isinstance(fault, Throttle | ServerError) else None
        bench.aws.faults.add(fault, operation="FilterLogEvents", times=times, where=_is_backwards)
        await all_steps(run.tail)
        assert run.tail.older.state is OlderState.COMPLETE
        assert shown(run.tail) == [text for _, text in put] + ["now"]


async def test_a_log_that_cannot_be_read_does_not_hold_up_the_others(bench: Bench) -> None:
    """The step ends without it and says why; it goes on when it can be read again."""
    for group, text in ((GROUP, "old b-1"), (OTHER, "old b-2")):
        bench.aws.logs.put(group, STREAM, [(ago(900), text), (ago(1), "now")])
    async with bench.filling(GROUP, OTHER) as run:
        await begun(run.tail)
        denial = bench.aws.faults.add(
            AccessDenied(),
            operation="FilterLogEvents",
            where=lambda p: p["logGroupName"] == OTHER,
        )
        await eventually(lambda: denial.hits > 0)
        assert await step(run.tail) is OlderState.IDLE
        assert "old b-1" in shown(run.tail)
        assert "old b-2" not in shown(run.tail)
        assert "logs:FilterLogEvents" in run.tail.older.reason
        assert run.tail.older.reached > ago(700)
        denial.remove()
        await run.watched.until_seen("old b-2")
        await all_steps(run.tail)
        assert run.tail.older.state is OlderState.COMPLETE
        assert run.tail.older.reason == ""
        assert len(run.tail.store) == 4


async def test_the_buffer_is_filled_and_not_more(bench: Bench) -> None:
    """What would be dropped at once is not read."""
    put = [(ago(3_000) + 20 * i, f"event {i:05}") for i in range(100_000)]
    bench.aws.logs.put(GROUP, STREAM, put)
    async with bench.filling(buffer=20_000, since=ago(1_100)) as run:
        await begun(run.tail)
        while await step(run.tail) is OlderState.IDLE:
            pass
        assert run.tail.older.state is OlderState.FULL
        assert "--buffer" in run.tail.older.reason
        newest = shown(run.tail)
        assert len(newest) >= 20_000
        assert newest == [text for _, text in put][-len(newest) :]
        pages = len([c for c in bench.aws.calls_of("FilterLogEvents") if _is_backwards(c)])
        assert pages <= 6
        await step(run.tail)
        assert len([c for c in bench.aws.calls_of("FilterLogEvents") if _is_backwards(c)]) == pages


@pytest.mark.parametrize("lines", [3, 0])
async def test_after_lines_it_goes_on_from_the_oldest_given(bench: Bench, lines: int) -> None:
    """Also with several events in the millisecond of the cut, and what was read before it."""
    put = [(ago(1_500) + i // 4 * 100, f"event {i:05}") for i in range(12_000)]
    bench.aws.logs.put(GROUP, STREAM, put)
    async with bench.filling(lines=lines, since=ago(1_400)) as run:
        await begun(run.tail)
        assert shown(run.tail) == [text for _, text in put][12_000 - lines :]
        await all_steps(run.tail)
        assert shown(run.tail) == [text for _, text in put]


@pytest.mark.parametrize("until_s", [None, 100], ids=["no follow", "until"])
async def test_it_works_after_a_run_that_has_ended(bench: Bench, until_s: int | None) -> None:
    """Nothing comes in any more, and the past can be looked at still."""
    put = [(ago(1_500 - i), f"event {i:04}") for i in range(1_500)]
    bench.aws.logs.put(GROUP, STREAM, put)
    until = None if until_s is None else ago(until_s)
    tail = await bench.stored(until=until)
    before = len(tail.store)
    await all_steps(tail)
    assert before < 1_000
    assert shown(tail) == [text for time, text in put if until is None or time < until]
    assert tail.older.state is OlderState.COMPLETE


async def test_a_log_that_must_not_be_read_any_more(bench: Bench) -> None:
    """After the end nobody waits for it; what was read of it is there."""
    put = [line(f"{second}", ago(second)) for second in range(1_190, 610, -1)]
    bench.aws.logs.put(GROUP, STREAM, [*put, line("now", ago(1))])
    tail = await bench.stored()
    bench.aws.faults.add(_Pages(100), operation="FilterLogEvents")
    bench.aws.faults.add(
        AccessDenied(), operation="FilterLogEvents", where=lambda p: "nextToken" in p
    )
    assert await step(tail) is OlderState.IDLE
    assert "logs:FilterLogEvents" in tail.older.reason
    assert shown(tail) == [*(text for _, text in put[-100:]), line("now", 0)[1]]
    bench.aws.calls.clear()
    assert await step(tail) is OlderState.IDLE
    assert not bench.aws.calls


async def test_history_leaves_room_for_live_reading() -> None:
    """However many requests for older events wait, a poll does not wait for them all."""
    budget = Budget(40)
    older = [asyncio.create_task(budget.take(Use.OLDER)) for _ in range(60)]
    for _ in range(20):
        await budget.take()
    assert not all(task.done() for task in older)
    for task in older:
        task.cancel()
    await asyncio.wait(older)


async def test_a_trace_across_the_end_of_a_step_is_one_event(bench: Bench) -> None:
    """Its lines wait for the line that they belong to."""
    begin = ago(600)
    step_end = begin - 600_000
    head = line("boom", step_end - 2_000)
    trace = [
        "java.lang.IllegalStateException: boom",
        *(f"\tat org.apache.activemq.A{n}.run(A.java:{n})" for n in range(3)),
    ]
    lines = [(step_end - 1_500 + 1_000 * n, text) for n, text in enumerate(trace)]
    puts = [head, *lines, line("after", step_end + 60_000), line("now", ago(1))]
    bench.aws.logs.put(GROUP, STREAM, puts)
    async with bench.filling(since=begin) as run:
        await begun(run.tail)
        await all_steps(run.tail)
        assert shown(run.tail) == ["\n".join([head[1], *trace]), puts[-2][1], puts[-1][1]]
        assert run.tail.older.events == 2


async def test_lines_shown_at_the_beginning_are_not_shown_again(bench: Bench) -> None:
    """A trace that the start which was asked for cuts: each of its lines is there once."""
    begin = ago(600)
    head = line("boom", begin - 2)
    trace = [(begin - 1, "java.lang.Error: boom"), (begin, "\tat a.B.c(D.java:1)")]
    bench.aws.logs.put(GROUP, STREAM, [head, *trace, line("after", begin + 9)])
    async with bench.filling(since=begin) as run:
        await begun(run.tail)
        await all_steps(run.tail)
        text = "\n".join(shown(run.tail))
        assert text == "\n".join([head[1], trace[0][1], trace[1][1], line("after", 0)[1]])


async def test_late_events_of_the_covered_past_are_shown(bench: Bench) -> None:
    """They were there before the run, and became visible after that past had been read."""
    bench.aws.logs.put(GROUP, STREAM, [line("now", ago(1))])
    bench.aws.logs.put(GROUP, STREAM, [line("old", ago(900))], ingested=ago(899))
    async with bench.filling() as run:
        await begun(run.tail)
        await step(run.tail)
        assert len(run.tail.store) == 2
        # A quarter of an hour old, told as taken in before the run began.
        bench.aws.logs.put(
            GROUP, STREAM, [(ago(800), "late")], ingested=ago(799), visible_at=ago(0)
        )
        await run.watched.until_seen("late")
        await all_steps(run.tail)
        assert run.watched.count("late") == 1


async def test_what_came_in_late_before_is_not_read_again(bench: Bench) -> None:
    """A line dated back that live reading had shown."""
    bench.aws.logs.put(GROUP, STREAM, [line("now", ago(1))])
    async with bench.filling() as run:
        await begun(run.tail)
        bench.aws.logs.put(GROUP, STREAM, [(ago(1_000), "dated back")])
        await run.watched.until_seen("dated back")
        await all_steps(run.tail)
        assert run.watched.count("dated back") == 1


async def test_what_cannot_be_read_backwards_says_so(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """FilterLogEvents gives the newest first of what is not too old only."""
    bench.aws.logs.put(GROUP, STREAM, [line("now", ago(1)), line("old", ago(900))])
    monkeypatch.setattr(paging, "NEWEST_FIRST_SINCE", ago(-DAY_S))
    async with bench.filling() as run:
        await begun(run.tail)
        assert await step(run.tail) is OlderState.COMPLETE
        assert "--since" in run.tail.older.reason
        assert len(run.tail.store) == 1


async def test_cancelled_in_the_middle(bench: Bench) -> None:
    """It ends like everything else, and no task is left."""
    bench.aws.logs.put(GROUP, STREAM, [line("now", ago(1)), line("old", ago(900))])
    async with bench.filling() as run:
        await begun(run.tail)
        hits = bench.aws.faults.add(Throttle(), operation="FilterLogEvents", where=_is_backwards)
        run.tail.read_older()
        run.tail.read_older()
        await eventually(lambda: hits.hits > 0)
        assert run.tail.older.state == "reading"
    assert run.tail.older.state == "idle"
    assert [task for task in asyncio.all_tasks() if "older" in repr(task.get_coro())] == []


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    seconds=st.lists(st.integers(1, 5_000), min_size=1, max_size=60),
    span=st.sampled_from([1, 30, 600]),
    page=st.integers(1, 8),
    lines=st.sampled_from([None, 1, 7]),
    lengths=st.lists(st.integers(0, 3), min_size=1, max_size=5),
)
async def test_shown_is_stored(
    seconds: list[int], span: int, page: int, lines: int | None, lengths: list[int]
) -> None:
    """Whatever there is, wherever pages and steps end: each event once, its lines joined."""
    async with EmbeddedAws() as aws:
        bench, now = Bench(aws), ago(0)
        wanted = []
        for number, back in enumerate(sorted(seconds, reverse=True)):
            # A stream of its own for each: the lines of two must not mix.
            trace = [
                f"\tat a.B.c{n}(D.java:{number})" for n in range(lengths[number % len(lengths)])
            ]
            text = line(f"event {number}", 0)[1]
            moment = now - back * 1_000
            puts = [(moment + n // 2, text) for n, text in enumerate([text, *trace])]
            aws.logs.put(GROUP, f"activemq-b-1-{number}.log", puts)
            wanted.append("\n".join([text, *trace]))
        aws.faults.add(_Pages(page), operation="FilterLogEvents")
        async with bench.filling(since=now - span * 1_000, lines=lines) as run:
            await begun(run.tail)
            await all_steps(run.tail)
            assert sorted(shown(run.tail)) == sorted(wanted)


class _Pages(Fault):
    """Pages of FilterLogEvents hold so many events at most."""

    def __init__(self, size: int) -> None:
        self.size = size

    async def strike(self, call: Any, around: Any) -> None:
        """Ask for small pages."""
        call.parameters["limit"] = self.size


def _is_backwards(call: Any) -> bool:
    parameters = call if isinstance(call, dict) else call.parameters
    return parameters.get("startFromHead") is False
