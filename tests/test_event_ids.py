"""Ids of many events in little memory."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from mqtail.event_ids import FEW, packed
from mqtail.events import LogEvent, Source, in_order, order_key

SOURCE = Source(0, "orders", "mq", "general", "1")
DIGITS = st.text("0123456789", min_size=56, max_size=56)
ANYTHING = st.one_of(DIGITS, st.text("0aA \n", max_size=3), st.text(max_size=4))


@given(st.lists(DIGITS, min_size=FEW), st.integers(-(10**6), 10**6))
def test_ids_of_cloudwatch_take_half_their_digits(ids: list[str], first: int) -> None:
    """And each is found again by the number of its event."""
    together = packed(ids, first)
    assert together is not None
    assert len(together.packed) == 28 * len(ids)
    events = [LogEvent(0, 0, SOURCE, n, "", id=together) for n in range(first, first + len(ids))]
    assert [event.event_id for event in events] == ids


@given(st.lists(ANYTHING))
@example(["ab cd "] * FEW)
@example(["abc"] * FEW)
@example(["AB"] * FEW)
@example([""] * FEW)
def test_no_other_id_is_changed(ids: list[str]) -> None:
    """What cannot be packed without loss is not."""
    together = packed(ids, 7)
    if together is not None:
        assert [together.of(number) for number in range(7, 7 + len(ids))] == ids


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 3)), max_size=12))
def test_events_come_in_order(times: list[tuple[int, int]]) -> None:
    """By time, ingestion and number, whatever order they were in."""
    events = [LogEvent(time, ingested, SOURCE, n, "") for n, (time, ingested) in enumerate(times)]
    assert in_order(events) == sorted(events, key=order_key)
