"""Time as it goes wrong: machines that sleep, clocks that are set, events that come very late.

All in virtual time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from functools import wraps
from typing import Any

import pytest

from mqtail.cli.values import build_settings
from mqtail.demo.faults import EmptyPages, RefusedToken, ServerError, Slow
from mqtail.sources.seen import Memory
from mqtail.status import State
from tests.engine.places import (
    PACE,
    InBucket,
    InDomain,
    InEventHistory,
    InLogGroup,
    Place,
    tailing,
)
from tests.engine.support import GROUP, STREAM
from tests.engine.virtual import BEGIN_MS, run

HOUR_S = 3_600
HOUR_MS = 3_600_000

everywhere = pytest.mark.parametrize(
    "where",
    [InLogGroup, InEventHistory, InDomain, InBucket],
    ids=["log group", "event history", "domain", "bucket"],
)


def virtual(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """A test that runs in virtual time."""

    @wraps(test)
    def in_virtual_time(**fixtures: Any) -> None:
        run(test(**fixtures))

    return in_virtual_time


def is_poll(parameters: dict[str, Any]) -> bool:
    """Whether a request for log events is one of a poll: sweeps have an end."""
    return "startTime" in parameters and "endTime" not in parameters


@everywhere
@virtual
async def test_what_came_while_the_machine_slept(where: type[Place]) -> None:
    """However late it was then; and what came late after that."""
    async with tailing(where, before=("before",), since=BEGIN_MS - 2 * HOUR_MS) as shown:
        await asyncio.sleep(400)
        asleep_from = shown.times.service()
        shown.times.sleep_machine(8 * HOUR_S)
        for late_min in (0, 1, 10, 30, 50):
            for hours in (1, 7.9):
                text = f"{late_min} min late, {hours} h ago"
                shown.put(text, late_s=60 * late_min, ago_s=HOUR_S * hours)
        await asyncio.sleep(400)
        shown.put("after", late_s=1_000)
        await asyncio.sleep(400)
        shown.check()
        (gap,) = shown.status.interruptions
        assert gap.reason == "mqtail was not running."
        assert abs(gap.begin - asleep_from) <= 6_000
        assert abs(gap.end - gap.begin - 8 * HOUR_S * 1000) <= 6_000


@everywhere
@virtual
async def test_a_clock_that_is_set(where: type[Place]) -> None:
    """Nothing is lost, twice, or called an interruption."""
    async with tailing(where, before=("before",)) as shown:
        await asyncio.sleep(347)
        for seconds in (600, 7_200, -7_800, -7_200, 14_400, -7_200):
            shown.times.step_clock(seconds)
            for number, late_s in enumerate((0, 3, 200, 800)):
                shown.put(f"{seconds:+} {number}", late_s=late_s)
                await asyncio.sleep(36)
        await asyncio.sleep(330)
        shown.check()
        assert shown.status.interruptions == []
        assert -40_000 <= shown.status.complete_to - shown.times.service() <= 2_000


@everywhere
@pytest.mark.parametrize("ahead_s", [600, -7_200], ids=["ahead", "behind"])
@virtual
async def test_a_clock_that_is_off_from_the_start(where: type[Place], ahead_s: int) -> None:
    """A history of so many minutes is counted back by the service's clock."""
    counted_back = BEGIN_MS + 1_000_000 + ahead_s * 1000 - 600_000
    asked = {"since": counted_back, "since_ago": 600_000}
    async with tailing(where, machine_ahead_s=ahead_s, before=("a", "b"), **asked) as shown:
        await asyncio.sleep(60)
        for number, late_s in enumerate((0, 100, 500)):
            shown.put(f"{number}", late_s=late_s)
            await asyncio.sleep(20)
        await asyncio.sleep(330)
        shown.check()


@pytest.mark.parametrize(
    ("options", "ago"),
    [
        ({"since": "2h"}, 7_200_000),
        ({"since": "2026-01-01"}, None),
        ({"since": "2h", "until": "1h"}, None),
    ],
    ids=["a duration", "a moment", "both bounds by one clock"],
)
def test_a_start_that_was_given_as_a_duration(options: dict[str, str], ago: int | None) -> None:
    """It is counted back from the start of the run; a moment is what it is."""
    settings, _ = build_settings({"output": "text"} | options)
    assert settings.since_ago == ago
    assert settings.begin(9_000_000) == (settings.since if ago is None else 9_000_000 - ago)


@pytest.mark.parametrize("where", [InEventHistory, InDomain], ids=["event history", "domain"])
@virtual
async def test_a_sleep_in_the_middle_of_a_request(where: type[Place]) -> None:
    """The next look is soon: what a round took is not told by clocks that went on."""
    async with tailing(where) as shown:
        await asyncio.sleep(60)
        aws = shown.place.aws
        slow = aws.faults.add(Slow(20), times=1)
        while not slow.hits:  # noqa: ASYNC110  # there is no event to wait for
            await asyncio.sleep(1)
        shown.times.sleep_machine(8 * HOUR_S)
        await asyncio.sleep(30)
        shown.put("awake")
        await asyncio.sleep(30)
        assert "awake" in shown.texts


@virtual
async def test_an_object_that_is_delivered_hours_late_while_the_machine_sleeps() -> None:
    """The next deeper look begins where the last one did."""
    async with tailing(InBucket, before=("before",)) as shown:
        await asyncio.sleep(120)
        shown.times.sleep_machine(5 * HOUR_S)
        shown.put("late", late_s=2 * HOUR_S, ago_s=4.9 * HOUR_S)
        await asyncio.sleep(400)
        shown.check()


@virtual
async def test_an_outage_that_lasts_longer_than_ids_are_kept() -> None:
    """All that came in it is shown, once; so is what was shown before."""
    async with tailing(InLogGroup, before=("a", "b")) as shown:
        await asyncio.sleep(40)
        down = shown.place.aws.faults.add(ServerError(503), operation="FilterLogEvents")
        for number in range(15):
            shown.put(f"{number}", late_s=(0, 600, 3_300)[number % 3])
            await asyncio.sleep(300)
        down.remove()
        await asyncio.sleep(400)
        shown.check()
        assert shown.status.swept_to.keys() == {300_000, 3_600_000}
        assert min(shown.status.swept_to.values()) > shown.times.service() - 400_000
        assert shown.status.latest_ms == 3_300_000


@virtual
async def test_a_first_poll_that_takes_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    """With more events than can be remembered: the next poll begins where that one did."""
    monkeypatch.setattr(Memory, "limit", 100)
    async with tailing(InLogGroup, before=("before",), max_requests=0.5) as shown:
        await asyncio.sleep(30)
        aws = shown.place.aws
        aws.logs.scan_limit = 2
        down = aws.faults.add(ServerError(503), operation="FilterLogEvents")
        for number in range(200):
            shown.put(f"{number}")
            await asyncio.sleep(3)
        down.remove()
        for number in range(200, 300):
            shown.put(f"{number}", late_s=number % 10)
            await asyncio.sleep(3)
        aws.logs.scan_limit = 10_000
        await asyncio.sleep(900)
        shown.check()


@virtual
async def test_late_events_of_a_group_that_is_too_busy_to_remember_an_hour(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is new for certain is shown; what may have been shown is not, and that is told."""
    monkeypatch.setattr(Memory, "limit", 80)
    async with tailing(InLogGroup) as shown:
        for number in range(300):
            shown.put(f"{number}")
            if number % 10 == 5:
                # Their neighbours were forgotten ten minutes after.
                shown.put(f"late {number}", late_s=1_800)
            if number % 10 == 8:
                shown.put(f"perhaps late {number}", late_s=400 + number % 7)
            await asyncio.sleep(6)
        await asyncio.sleep(700)
        texts = shown.texts
        missing = set(shown.expected) - set(texts)
        assert len(texts) == len(set(texts))
        assert not [text for text in missing if not text.startswith("perhaps")]
        assert shown.status.too_late == len(missing) > 0
        assert sum("some that come late are not shown" in note for note in shown.tail.notes) == 1


@virtual
async def test_one_event_from_the_future_and_its_neighbours() -> None:
    """They come when their time has come, or before, or late; each is shown once."""
    pace = replace(PACE, poll_ms=20_000, idle_poll_ms=20_000)
    async with tailing(InLogGroup, before=("before",), pace=pace) as shown:
        shown.put("an hour ahead", late_s=-HOUR_S)
        for minute in range(0, 61, 3):
            shown.put(f"{minute}", late_s=minute % 3 * 100)
            shown.put(f"{minute} ahead", late_s=-(HOUR_S - 60 * minute - 1))
            await asyncio.sleep(180)
        shown.put("beside it", late_s=60)
        await asyncio.sleep(330)
        shown.check()
        late = [event.message for event in shown.tail.store if event.late]
        assert not any("ahead" in text for text in late)


@pytest.mark.parametrize("refused", [False, True], ids=["tokens are good", "tokens are refused"])
@virtual
async def test_ten_thousand_events_in_one_millisecond(refused: bool) -> None:
    """On pages that are cut anywhere."""
    async with tailing(InLogGroup, before=("before",)) as shown:
        await asyncio.sleep(30)
        aws = shown.place.aws
        aws.logs.scan_limit = 999
        if refused:
            aws.faults.add(RefusedToken(), chance=0.3)
        texts, moment = [f"{number}" for number in range(10_000)], shown.times.service()
        aws.logs.put(GROUP, STREAM, [(moment, text) for text in texts], ingested=moment)
        shown.expected += texts
        # The last page comes once ten tokens in a row were good, sooner or later.
        for _ in range(10):
            await asyncio.sleep(120)
            if len(shown.texts) >= len(shown.expected):
                break
        shown.check()


@virtual
async def test_empty_pages_for_a_quarter_of_an_hour() -> None:
    """Reading goes on to their end, within the budget, and says that it is behind."""
    async with tailing(InLogGroup, before=("before",), max_requests=0.5) as shown:
        await asyncio.sleep(60)
        aws = shown.place.aws
        empty = aws.faults.add(EmptyPages(10_000), where=is_poll)
        shown.put("behind them")
        begun = len(aws.calls)
        await asyncio.sleep(900)
        assert shown.status.state.troubled
        assert len(aws.calls) - begun <= 0.5 * 900 + 1
        empty.remove()
        await asyncio.sleep(30)
        shown.check()
        assert shown.status.state is State.LIVE


@virtual
async def test_a_sleep_while_the_service_is_out_of_reach() -> None:
    """It is told when the service is heard again."""
    async with tailing(InLogGroup, before=("before",)) as shown:
        await asyncio.sleep(120)
        down = shown.place.aws.faults.add(ServerError(503))
        shown.times.sleep_machine(HOUR_S)
        shown.put("meanwhile", late_s=600, ago_s=600)
        await asyncio.sleep(60)
        down.remove()
        await asyncio.sleep(400)
        shown.check()
        gaps = shown.status.interruptions
        assert "mqtail was not running." in [gap.reason for gap in gaps]
        assert all(gap.end for gap in gaps)
