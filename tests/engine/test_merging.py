"""Several log groups become one time order, for output that cannot insert."""

from __future__ import annotations

import pytest

from mqtail.demo.faults import AccessDenied, Hang, Slow
from mqtail.errors import TargetError
from mqtail.events import LogEvent, order_key
from mqtail.status import State
from tests.engine.support import Bench, ago, eventually

GROUPS = ("/x/one", "/x/two", "/x/three")


async def test_history_of_several_groups_is_one_order(bench: Bench) -> None:
    """However the pages of the groups interleave."""
    moment = ago(500)
    for shift, group in enumerate(GROUPS):
        bench.aws.logs.put(
            group, "s", [(moment + 3 * i + shift, f"{3 * i + shift}") for i in range(12_000)]
        )
    events = await bench.history(*GROUPS)
    assert [int(event.message) for event in events] == list(range(36_000))
    assert not any(event.late for event in events)


async def test_a_millisecond_without_end_is_not_gathered_whole(bench: Bench) -> None:
    """All of it is shown, each event once; memory does not grow with it."""
    moment = ago(500)
    bench.aws.logs.put(GROUPS[0], "s", [(moment, f"{i}") for i in range(60_000)])
    bench.aws.logs.put(GROUPS[1], "s", [(moment + 1, "after")])
    shown: list[list[str]] = []

    async def show(events: list[LogEvent]) -> None:
        shown.append([event.message for event in events])

    await bench.tail(*GROUPS[:2], follow=False).run_in_order(show)
    assert [message for page in shown for message in page] == [*map(str, range(60_000)), "after"]
    assert max(map(len, shown)) <= 30_000


async def test_newest_lines_over_all_groups(bench: Bench) -> None:
    """`-n` counts what is shown, not what each group has."""
    moment = ago(500)
    bench.aws.logs.put(GROUPS[0], "s", [(moment + i, f"{i}") for i in range(100)])
    bench.aws.logs.put(GROUPS[1], "s", [(moment + 98, "other")])
    events = await bench.history(GROUPS[0], GROUPS[1], lines=3)
    assert [event.message for event in events] == ["98", "other", "99"]


async def test_a_slow_group_takes_its_place_within_the_reorder_window(bench: Bench) -> None:
    """Events that arrive a little apart are shown in order, none of them late."""
    for group in GROUPS[:2]:
        bench.aws.logs.put(group, "s", [(ago(30), "before")])
    slow = lambda p: p.get("logGroupName") == GROUPS[0]  # noqa: E731
    bench.aws.faults.add(Slow(0.05), operation="FilterLogEvents", where=slow)
    pace = bench.settings().pace.__class__(poll_ms=20, idle_poll_ms=20, reorder_ms=1_000)
    async with bench.following(*GROUPS[:2], pace=pace) as run:
        await run.watched.until(lambda events: len(events) == 2)
        moment = ago(0)
        bench.aws.logs.put(GROUPS[0], "s", [(moment - 10, "older")])
        bench.aws.logs.put(GROUPS[1], "s", [(moment, "newer")])
        events = await run.watched.until_seen("older", "newer")
    assert [event.message for event in events[2:]] == ["older", "newer"]
    assert not any(event.late for event in events)


async def test_a_group_that_cannot_be_read_holds_up_nobody(bench: Bench) -> None:
    """Its state says why; the others are read, in history and on."""
    for group in GROUPS[:2]:
        bench.aws.logs.put(group, "s", [(ago(30), f"history of {group}")])
    denied = lambda p: p.get("logGroupName") == GROUPS[0]  # noqa: E731
    bench.aws.faults.add(AccessDenied(), operation="FilterLogEvents", where=denied)
    async with bench.following(*GROUPS[:2]) as run:
        await run.watched.until_seen(f"history of {GROUPS[1]}")
        bench.aws.logs.put(GROUPS[1], "s", [(ago(0), "live")])
        await run.watched.until_seen("live")
        states = {reader.place: reader for reader in run.tail.readers}
    assert states[GROUPS[0]].state is State.FAILING
    assert "logs:FilterLogEvents" in states[GROUPS[0]].reason
    assert states[GROUPS[1]].state is State.LIVE


async def test_everything_read_is_shown_when_it_is_ended(bench: Bench) -> None:
    """What still waits in the reorder window is not lost."""
    pace = bench.settings().pace.__class__(poll_ms=20, idle_poll_ms=20, reorder_ms=600_000)
    for group in GROUPS:
        bench.aws.logs.put(group, "s", [(ago(30), "before")])
    async with bench.following(*GROUPS, pace=pace) as run:
        await run.watched.until(lambda events: len(events) == 3)
        for number, group in enumerate(GROUPS):
            bench.aws.logs.put(group, "s", [(ago(0) - number, f"waits {number}")])
        await eventually(lambda: sum(status.events for status in run.tail.readers) == 6)
        assert len(run.watched.events) == 3
    shown = run.watched.events
    assert {event.message for event in shown[3:]} == {"waits 0", "waits 1", "waits 2"}
    assert shown == sorted(shown, key=order_key)


@pytest.mark.parametrize("lines", [0, 1])
async def test_lines_do_not_bound_what_has_arrived_when_it_is_ended(
    bench: Bench, lines: int
) -> None:
    """`-n` counts the history; of what still waits in the reorder window nothing is lost."""
    pace = bench.settings().pace.__class__(poll_ms=20, idle_poll_ms=20, reorder_ms=600_000)
    bench.aws.logs.put(GROUPS[0], "s", [(ago(40), "older"), (ago(30), "before")])
    async with bench.following(GROUPS[0], pace=pace, lines=lines) as run:
        await eventually(lambda: bool(run.tail.readers) and run.tail.readers[0].complete_to > 0)
        (status,) = run.tail.readers
        known = status.events
        bench.aws.logs.put(GROUPS[0], "s", [(ago(0) + n, f"live {n}") for n in range(3)])
        await eventually(lambda: status.events == known + 3)
    expected = [*["before"] * lines, "live 0", "live 1", "live 2"]
    assert [event.message for event in run.watched.events] == expected


async def test_the_story_is_told_once_in_order_and_complete(story_bench: Bench) -> None:
    """Every stored event is shown, alone or joined, exactly once; API calls among them."""
    logs = story_bench.aws.logs
    events = await story_bench.history("orders-mq", "telemetry-mq", since=ago(3_700))
    assert events == sorted(events, key=order_key)
    events = [event for event in events if event.source.kind != "api"]
    groups = {event.source.log_group for event in events}
    stored = [event for group in groups for event in logs.events(group)]
    assert len(events) + sum(event.joined for event in events) == len(stored)
    assert sorted("\n".join(e.message for e in events).split("\n")) == sorted(
        "\n".join(e.message for e in stored).split("\n")
    )
    assert len({event.event_id for event in events}) == len(events)


@pytest.mark.parametrize("lines", [None, 1_000])
async def test_history_that_is_broken_off_shows_what_was_read(
    bench: Bench, lines: int | None
) -> None:
    """Also what waited for lines that might belong to it, and what `-n` had collected."""
    moment = ago(5)
    bench.aws.logs.put(GROUPS[0], "s", [(moment + i, f"{i:03}") for i in range(150)])
    bench.aws.logs.scan_limit = 100
    bench.aws.faults.add(Hang(), operation="FilterLogEvents", where=lambda p: "nextToken" in p)
    async with bench.following(GROUPS[0], lines=lines) as run:
        await eventually(lambda: len(bench.aws.calls_of("FilterLogEvents")) >= 2)
    first_page = range(100) if lines is None else range(50, 150)
    assert [event.message for event in run.watched.events] == [f"{i:03}" for i in first_page]


async def test_an_instance_that_is_not_there_is_told(bench: Bench) -> None:
    """Silence would read as if all were well."""
    broker = bench.aws.mq.add_broker("orders-mq", audit=False)
    group = f"{broker.log_group_prefix}general"
    bench.aws.logs.put(group, f"activemq-{broker.id}-1.log", [(ago(5), "x")])
    with pytest.raises(TargetError, match="instance 5") as caught:
        await bench.history("orders-mq", instances=("5",))
    assert "There are: 1." in caught.value.hint
    async with bench.following("orders-mq", instances=("5",)) as run:
        await eventually(lambda: any("instance 5" in note for note in run.tail.notes))


async def test_an_instance_shows_that_appears_while_streams_cannot_be_listed(bench: Bench) -> None:
    """As after a failover: what was listed before leaves nobody out."""
    broker = bench.aws.mq.add_broker("orders-mq", audit=False)
    group = f"{broker.log_group_prefix}general"
    bench.aws.logs.put(group, f"activemq-{broker.id}-1.log", [(ago(5), "before")])
    async with bench.following("orders-mq", instances=("1", "2")) as run:
        await run.watched.until_seen("before")
        denied = bench.aws.faults.add(AccessDenied(), operation="DescribeLogStreams")
        await eventually(lambda: denied.hits > 1)
        bench.aws.logs.put(group, f"activemq-{broker.id}-2.log", [(ago(0), "other instance")])
        await run.watched.until_seen("other instance")
