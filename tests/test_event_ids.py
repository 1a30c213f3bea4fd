"""Ids of many events in little memory."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from mqtail.event_ids import FEW, TOGETHER, EventIds, packed
from mqtail.events import LogEvent, Source, in_order, order_key

SOURCE = Source(0, "orders", "mq", "general", "1")
DIGITS = st.text("0123456789", min_size=56, max_size=56)
ANYTHING = st.one_of(DIGITS, st.text("0aA \n", max_size=3), st.text(max_size=4))


@given(st.lists(DIGITS, min_size=FEW), st.integers(-(10**6), 10**6))
def test_ids_of_cloudwatch_take_half_their_digits(ids: list[str], first: int) -> None:
    """And each is found again by the number of its event."""
    kept = packed(ids, first)
    one = kept[0]
    assert isinstance(one, EventIds)
    assert len(one.packed) == 28 * min(len(ids), TOGETHER)
    events = [LogEvent(0, 0, SOURCE, n, "", id=id) for n, id in enumerate(kept, first)]
    assert [event.event_id for event in events] == ids


def test_an_event_that_is_held_alone_holds_few_ids() -> None:
    """Of a slice of a page one may stay in memory for long: a quiet log stream's, one of `-n`."""
    ids = [f"{number:056}" for number in range(10 * TOGETHER)]
    kept = packed(ids, 0)
    assert len({id for id in kept if isinstance(id, EventIds)}) == 10
    assert max(len(id.packed) for id in kept if isinstance(id, EventIds)) < 2_000


@given(st.lists(ANYTHING))
@example(["ab cd "] * FEW)
@example(["abc"] * FEW)
@example(["AB"] * FEW)
@example([""] * FEW)
def test_no_other_id_is_changed(ids: list[str]) -> None:
    """What cannot be packed without loss is not."""
    events = [LogEvent(0, 0, SOURCE, n, "", id=id) for n, id in enumerate(packed(ids, 7), 7)]
    assert [event.event_id for event in events] == ids


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 3)), max_size=12))
def test_events_come_in_order(times: list[tuple[int, int]]) -> None:
    """By time, ingestion and number, whatever order they were in."""
    events = [LogEvent(time, ingested, SOURCE, n, "") for n, (time, ingested) in enumerate(times)]
    assert in_order(events) == sorted(events, key=order_key)
