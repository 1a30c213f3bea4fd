"""How long text and JSON output hold back what arrives."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mqtail.holding import ENOUGH, GRACE_MS, SPAN_S, STEP_S, Hold

LONGEST_MS = 2_000


def hold_after(age: int, *, events: int = ENOUGH, seconds: float = STEP_S) -> Hold:
    """A hold that has seen events of one age, half of them so many seconds after the others."""
    hold = Hold(LONGEST_MS)
    hold.note([age] * (events // 2), 0.0)
    hold.note([age] * (events - events // 2), seconds)
    return hold


@pytest.mark.parametrize(
    ("events", "seconds"),
    [(ENOUGH - 1, STEP_S), (ENOUGH, STEP_S - 1)],
    ids=["few events", "a short time"],
)
def test_while_little_is_known_everything_is_held_longest(events: int, seconds: float) -> None:
    """A guess would show events out of order."""
    assert hold_after(500, events=events, seconds=seconds).times([500, 0]) == [LONGEST_MS] * 2


def test_what_is_as_old_as_the_oldest_was_waits_for_the_grace_only() -> None:
    """What came sooner waits until it is that old."""
    hold = hold_after(900)
    assert hold.times([900, 400, 900 + GRACE_MS, 1_500]) == [GRACE_MS, 500 + GRACE_MS, 0, 0]


def test_one_slow_event_has_all_others_wait_until_it_is_long_ago() -> None:
    """It may come again; after minutes without, it is forgotten."""
    hold = hold_after(200)
    hold.note([1_700], STEP_S)
    assert hold.times([200]) == [1_500 + GRACE_MS]
    hold.note([200] * ENOUGH, STEP_S + SPAN_S)
    hold.note([200] * ENOUGH, 2 * STEP_S + SPAN_S + 1)
    assert hold.times([200]) == [GRACE_MS]


def test_what_no_hold_can_bring_into_order_changes_nothing() -> None:
    """Events that come late by minutes have no others wait; they wait for each other."""
    hold = hold_after(200)
    hold.note([600_000], STEP_S)
    assert hold.times([200, 600_000]) == [GRACE_MS, LONGEST_MS]


@given(ages=st.lists(st.integers(-5_000, 60_000), min_size=1), steps=st.integers(1, 5))
def test_no_event_is_held_longer_than_the_longest(ages: list[int], steps: int) -> None:
    """Nor for less than no time, whatever came before."""
    hold = Hold(LONGEST_MS)
    for step in range(steps):
        hold.note(ages * ENOUGH, step * STEP_S)
    assert all(0 <= held <= LONGEST_MS for held in hold.times(ages))


@given(ages=st.lists(st.integers(0, 2_000), min_size=ENOUGH, max_size=ENOUGH))
def test_what_takes_no_longer_than_before_overtakes_nothing(ages: list[int]) -> None:
    """An event is not let go before every other of its age or older has come."""
    hold = Hold(LONGEST_MS)
    hold.note(ages, 0.0)
    hold.note(ages, STEP_S)
    oldest = max(ages)
    for age, held in zip(ages, hold.times(ages), strict=True):
        assert age + held >= oldest or held == LONGEST_MS
