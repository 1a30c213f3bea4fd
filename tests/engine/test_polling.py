"""How soon events are shown, and how many requests that takes."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from statistics import median

import pytest

from mqtail.aws.signin import SignIn
from mqtail.demo.server import EmbeddedAws
from mqtail.engine import Tail
from mqtail.events import LogEvent
from mqtail.settings import Pace, Settings
from mqtail.sources.turns import SHARE, poll_pause_ms
from tests.engine.support import running
from tests.engine.virtual import Times, run

PACE = Pace()
RATE = Settings().max_requests
LAG_MS = 400
LEARNING_S, SECONDS = 20, 60
"""How long a tail runs before it is watched, and how long it is."""
HEAD = "2026-01-01 00:00:00,000 | {} | a.b.Logger | main"
ERROR = HEAD.format("ERROR | it failed: java.io.IOException")
TEXTS = (ERROR, "\tat a.B.c(D.java:1)", *(HEAD.format(f"INFO  | event {n}") for n in range(9)))
"""Eleven: that polls find them at another place each time."""


@pytest.mark.parametrize(
    ("quiet_ms", "busy", "waited_for", "pause_ms"),
    [
        (0, 1, 0, 500),
        (9_999, 1, 1, 500),
        (0, 2, 0, 1_000),
        (0, 50, 0, 1_000),
        (20_000, 1, 0, 2_000),
        (60_000, 0, 0, 3_000),
        (60_000, 1, 2, 1_000),
        (60_000, 1, 50, 3_000),
    ],
    ids=[
        "busy",
        "not silent for long",
        "two are busy",
        "many are busy",
        "falling silent",
        "idle",
        "idle and waited for",
        "idle among many",
    ],
)
def test_pauses(quiet_ms: int, busy: int, waited_for: int, pause_ms: int) -> None:
    """Busy log groups are polled often, idle ones rarely."""
    pause = poll_pause_ms(PACE, RATE, quiet_ms, busy=busy, waited_for=waited_for)
    assert pause == pause_ms


def test_no_pause_is_shorter_than_asked_for() -> None:
    """Whoever sets a longer one means to ask less often."""
    slow = Pace(poll_ms=20_000)
    assert poll_pause_ms(slow, 1_000, 0, busy=1) == 20_000
    assert poll_pause_ms(slow, 1_000, 60_000, busy=0) == 20_000


@dataclass
class Seen:
    """What was shown of a busy log group, and what that took."""

    texts: list[str]
    delays: list[int]
    """From visible to shown, ms."""
    polls: Counter[str]
    """Requests by log group."""


def watched(
    *,
    idle: int = 0,
    in_order: bool = True,
    ahead_ms: int = -LAG_MS,
    machine_ahead_s: float = 0,
) -> Seen:
    """Watch a tail, once it has had time to learn.

    Args:
        idle: so many log groups beside the busy one where nothing happens.
        in_order: for output that cannot insert, else into a store.
        ahead_ms: how far one event a second is dated ahead.
        machine_ahead_s: how far the machine's clock is ahead.
    """
    groups = ["busy", *(f"idle-{number}" for number in range(idle))]
    seen = Seen([], [], Counter())

    async def main() -> None:
        times = Times(machine_ahead_s=machine_ahead_s)

        async def show(events: list[LogEvent]) -> None:
            assert not any(event.late for event in events)
            seen.texts.extend(event.message for event in events)
            seen.delays.extend(times.service() - event.ingested for event in events)

        async with EmbeddedAws(clock=times.service) as aws:
            for group in groups:
                aws.logs.create_group(group)
            settings = Settings(tuple(groups))
            tail = Tail(settings, SignIn(aws.region, endpoint_url=aws.url), clock=times.clock())
            add = tail.store.add

            def watched_add(events: list[LogEvent]) -> list[LogEvent]:
                seen.delays.extend(times.service() - event.ingested for event in events)
                return add(events)

            tail.store.add = watched_add  # type: ignore[method-assign]
            async with running(tail.run_in_order(show) if in_order else tail.run()):
                await _deliver(aws, times, LEARNING_S, ahead_ms)
                aws.calls.clear()
                seen.texts.clear()
                seen.delays.clear()
                await _deliver(aws, times, SECONDS, ahead_ms)
                calls = aws.calls_of("FilterLogEvents")
                seen.polls.update(call.parameters["logGroupName"] for call in calls)

    run(main())
    return seen


async def _deliver(aws: EmbeddedAws, times: Times, seconds: int, ahead_ms: int) -> None:
    """Ten events a second."""
    for number in range(10 * seconds):
        text = TEXTS[number % len(TEXTS)]
        moment = times.service() + (ahead_ms if text is TEXTS[-1] else -LAG_MS)
        aws.logs.put("busy", "activemq-b-1-1.log", [(moment, text)])
        await asyncio.sleep(0.1)


@pytest.mark.parametrize("in_order", [False, True], ids=["into a store", "into a pipe"])
def test_what_comes_in_order_is_shown_by_the_poll_that_finds_it(in_order: bool) -> None:
    """After half a poll interval on average, within the share of the requests."""
    seen = watched(in_order=in_order)
    assert median(seen.delays) < PACE.poll_ms / 2 + 100
    assert SECONDS < seen.polls["busy"] <= 1.1 * SECONDS * RATE * SHARE


def test_a_stack_trace_that_is_read_in_parts_is_shown_as_one_event() -> None:
    """An error at the end of a poll waits for the next one."""
    texts = watched().texts
    assert {text for text in texts if "ERROR" in text} == {"\n".join(TEXTS[:2])}
    assert TEXTS[1] not in texts


def test_what_is_dated_a_little_ahead_has_nothing_come_late() -> None:
    """It waits until its time has come, and the others do not wait with it."""
    seen = watched(ahead_ms=1_500)
    assert TEXTS[-1] in seen.texts
    assert median(seen.delays) < PACE.poll_ms / 2 + 100


@pytest.mark.parametrize("machine_ahead_s", [-1.9, 1.9], ids=["behind", "ahead"])
def test_a_clock_that_is_a_little_off_holds_up_nothing(machine_ahead_s: float) -> None:
    """So little is not known of it: what has just come seems to be dated ahead."""
    seen = watched(machine_ahead_s=machine_ahead_s)
    assert median(seen.delays) < PACE.poll_ms / 2 + 100


def test_what_is_delayed_is_held_to_be_put_in_order() -> None:
    """What was learned while nothing was delayed tells nothing of it."""
    shown: list[int] = []

    async def show(events: list[LogEvent]) -> None:
        shown.extend(event.timestamp for event in events)

    async def main() -> None:
        times = Times()
        async with EmbeddedAws(clock=times.service) as aws:
            aws.logs.create_group("busy")
            sign_in = SignIn(aws.region, endpoint_url=aws.url)
            tail = Tail(Settings(("busy",)), sign_in, clock=times.clock())
            async with running(tail.run_in_order(show)):
                await _deliver(aws, times, LEARNING_S, -LAG_MS)
                await asyncio.sleep(5)
                shown.clear()
                for number in range(100):
                    late_ms = 6_000 + number % 3 * 500
                    aws.logs.put("busy", f"{number % 3}", [(times.service() - late_ms, "late")])
                    await asyncio.sleep(0.1)

    run(main())
    assert len(shown) == 100
    assert shown == sorted(shown)


def test_log_groups_that_cannot_be_read_any_more_take_no_part() -> None:
    """One that was busy when it was deleted does not stay so, and no other waits for it."""

    async def main() -> tuple[int, int]:
        times = Times()
        async with EmbeddedAws(clock=times.service) as aws:
            groups = ("busy", "other", "gone", "gone-too")
            for group in groups:
                aws.logs.put(group, "s", [(times.service(), "before")])
            sign_in = SignIn(aws.region, endpoint_url=aws.url)
            tail = Tail(Settings(groups), sign_in, clock=times.clock())

            async def show(events: list[LogEvent]) -> None:
                """Nothing is done with it."""

            def polls(group: str) -> int:
                calls = aws.calls_of("FilterLogEvents")
                return sum(call.parameters["logGroupName"] == group for call in calls)

            async with running(tail.run_in_order(show)):
                await asyncio.sleep(5)
                aws.logs.delete_group("gone")
                aws.logs.delete_group("gone-too")
                await asyncio.sleep(60)
                aws.calls.clear()
                await asyncio.sleep(60)
                quiet = polls("busy")
                aws.calls.clear()
                await _deliver(aws, times, 60, -LAG_MS)
                return quiet, polls("other")

    quiet, other = run(main())
    # Every three seconds, and sweeps; then every one, as of two.
    assert quiet <= 60 / 3 + 3
    assert other > 60 / 1.5


def test_idle_log_groups_are_read_rarely() -> None:
    """They cost a request in three seconds each, and sweeps."""
    polls = watched(idle=2, in_order=False).polls
    assert polls["busy"] > 4 * polls["idle-0"]
    assert sum(polls.values()) < SECONDS * RATE


def test_an_idle_log_group_is_read_more_often_while_others_wait_for_it() -> None:
    """What a busy one says is not shown before what it may have to say; half the budget is left."""
    seen = watched(idle=1)
    assert median(seen.delays) < 2 * PACE.poll_ms
    assert seen.polls["idle-0"] > SECONDS / 2
    assert sum(seen.polls.values()) <= 1.1 * SECONDS * RATE * SHARE
