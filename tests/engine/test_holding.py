"""How long text and JSON output hold back what arrives."""

from __future__ import annotations

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from mqtail.events import Level, LogEvent, Source
from mqtail.holding import ENOUGH, MARGIN, SPAN_S, STEP_S, Followed, Hold
from mqtail.status import ReaderStatus

LONGEST_MS = 2_000
POLL_MS = 1_000
LAG_MS = 200
BEGIN = 1_795_255_200_000
"""ms since the epoch."""


class Poller:
    """Polls a log every second; what comes of it is noted.

    Args:
        hold: learns from it.
        number: of its log stream.
    """

    def __init__(self, hold: Hold, number: int = 0) -> None:
        self.log = Followed(ReaderStatus("t", "logs", "x", f"/{number}"))
        self._hold = hold
        self._source = Source(number, "t", "logs", "x", None)
        self._seconds = 0

    @property
    def now(self) -> int:
        """When it polled last, ms."""
        return BEGIN + self._seconds * POLL_MS

    def poll(
        self, *ages: int, level: Level = Level.INFO, seconds: int = 1, stream: int | None = None
    ) -> None:
        """Poll after so many seconds, and find events of these ages (ms)."""
        self._seconds += seconds
        if stream is not None:
            self._source = structs.replace(self._source, index=stream)
        events = [self.event(age, level) for age in sorted(ages, reverse=True)]
        self._hold.note(self.log, events, self.now, self._seconds)
        self.log.note_unfinished(events, [], self.now)
        self.log.status.complete_to = self.now

    def event(self, age: int, level: Level = Level.INFO) -> LogEvent:
        """An event of an age (ms) at the last poll."""
        timestamp = self.now - age
        return LogEvent(timestamp, timestamp + LAG_MS, self._source, 0, "text", level=level)


def in_order(hold: Hold, number: int = 0) -> Poller:
    """A log that was polled for long enough, all its events in order."""
    poller = Poller(hold, number)
    for _ in range(30):
        poller.poll(*range(LAG_MS, LAG_MS + POLL_MS, 100))
    return poller


@pytest.mark.parametrize(
    ("events", "seconds"),
    [(ENOUGH - 1, STEP_S), (ENOUGH, STEP_S - 1)],
    ids=["few events", "a short time"],
)
def test_while_little_is_known_nothing_is_safe(events: int, seconds: float) -> None:
    """A guess would show events out of order."""
    hold = Hold(LONGEST_MS)
    poller = Poller(hold)
    poller.poll(0)
    poller.poll(*range(events // 2))
    poller.poll(*range(events - events // 2), seconds=int(seconds))
    assert hold.safe_to([poller.log]) == -inf


def test_what_comes_in_order_is_not_held() -> None:
    """However late all of it is."""
    hold = Hold(LONGEST_MS)
    poller = in_order(hold)
    assert hold.safe_to([poller.log]) == poller.now - LAG_MS
    assert hold.safe_to([]) == -inf


def test_a_first_event_out_of_order_has_the_others_wait_until_it_is_long_ago() -> None:
    """By somewhat more than it was out of order; after minutes without, it is forgotten."""
    hold = Hold(LONGEST_MS)
    poller = in_order(hold)
    poller.poll(LAG_MS, POLL_MS + 600)
    assert hold.safe_to([poller.log]) == poller.now - LAG_MS - MARGIN * 400
    for _ in range(int(SPAN_S + 2 * STEP_S)):
        poller.poll(LAG_MS)
    assert hold.safe_to([poller.log]) == poller.now - LAG_MS


def test_a_silent_log_is_safe_up_to_its_last_poll_less_the_lag() -> None:
    """Nothing comes of it that would tell more."""
    hold = Hold(LONGEST_MS)
    poller = in_order(hold)
    poller.poll()
    poller.poll()
    assert hold.safe_to([poller.log]) == poller.now - MARGIN * LAG_MS


def test_the_lag_is_that_of_the_event_that_took_longest() -> None:
    """Which need not be the oldest that a poll finds."""
    hold = Hold(LONGEST_MS)
    poller = in_order(hold)
    events = [poller.event(age) for age in (100, 50)]
    events[1].ingested += 700
    hold.note(poller.log, events, poller.now, 40.0)
    poller.poll(seconds=10)
    assert hold.safe_to([poller.log]) == poller.now - MARGIN * (LAG_MS + 700)


def test_the_log_that_was_read_least_far_holds_up_the_others() -> None:
    """What it has from before may still come."""
    hold = Hold(LONGEST_MS)
    ahead, behind = in_order(hold, 0), in_order(hold, 1)
    ahead.poll(100)
    assert hold.safe_to([ahead.log, behind.log]) == behind.now - LAG_MS


def test_what_no_hold_can_bring_into_order_changes_nothing() -> None:
    """Nor do events that are dated in the future."""
    hold = Hold(LONGEST_MS)
    poller = in_order(hold)
    poller.poll(-60_000, LAG_MS, 600_000)
    poller.poll(LAG_MS, 250)
    assert hold.safe_to([poller.log]) == poller.now - LAG_MS


def test_the_last_event_of_a_stream_waits_for_its_stack_trace() -> None:
    """Until the next poll has read what further lines there are."""
    hold = Hold(LONGEST_MS)
    poller = in_order(hold)
    poller.poll(LAG_MS, 300, level=Level.ERROR)
    poller.log.status.complete_to -= 1
    assert hold.safe_to([poller.log]) == poller.now - LAG_MS - 1
    poller.poll()
    assert hold.safe_to([poller.log]) >= poller.now - POLL_MS - LAG_MS


def test_log_streams_that_ended_with_an_error_are_forgotten() -> None:
    """There may be thousands of them."""
    hold = Hold(LONGEST_MS)
    poller = in_order(hold)
    for number in range(100):
        poller.poll(LAG_MS, level=Level.ERROR, stream=number)
    assert len(poller.log.unfinished) <= 2


def test_an_event_that_has_grown_waits_for_more() -> None:
    """Its lines may still be coming."""
    hold = Hold(LONGEST_MS)
    poller = in_order(hold)
    grown = poller.event(500)
    grown.joined = 1
    poller.log.note_unfinished([], [grown], poller.now + 1)
    assert hold.safe_to([poller.log]) == grown.timestamp - 1


@given(st.lists(st.lists(st.integers(0, 1_900), max_size=5), min_size=8, max_size=8))
def test_what_is_no_worse_than_before_overtakes_nothing(polls: list[list[int]]) -> None:
    """Nothing comes from before a moment that was said to be safe."""
    hold = Hold(LONGEST_MS)
    poller = Poller(hold)
    for _ in range(ENOUGH // len(polls)):
        for ages in polls:
            poller.poll(*ages)
    for ages in polls:
        safe_to = hold.safe_to([poller.log])
        poller.poll(*ages)
        assert all(poller.now - age >= safe_to for age in ages)
