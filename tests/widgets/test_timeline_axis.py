"""The timeline's axis: the span it covers, its buckets, and the times along it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mqtail.store import SortedEvents
from tests.widgets.conftest import EventFactory
from widgets.timeline.axis import DAY, HOUR, MINUTE, SECOND, STEPS, bounds, fitted, span, times

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = (UTC, BERLIN, ZoneInfo("America/Sao_Paulo"), timezone(timedelta(hours=5, minutes=45)))
NOW = int(datetime(2026, 11, 21, 10, 12, 33, tzinfo=UTC).timestamp() * 1000)


def at(zone: ZoneInfo | timezone, *moment: int) -> int:
    """A local time, ms since the epoch."""
    return int(datetime(*moment, tzinfo=zone).timestamp() * 1000)  # type: ignore[misc,arg-type]


@given(
    st.integers(0, 400 * DAY),
    st.integers(0, 60 * DAY),
    st.integers(1, 250),
    st.sampled_from(ZONES),
)
def test_the_span_is_covered_with_the_finest_buckets(
    back: int, length: int, columns: int, zone: timezone
) -> None:
    """Both ends lie on the axis, it fits, and no shorter bucket would."""
    begin = NOW - back - length
    axis = fitted(begin, begin + length, columns, zone)
    assert axis.bucket(begin) == 0
    assert axis.buckets <= columns
    if axis.step < STEPS[-1]:
        assert axis.bucket(begin + length) == axis.buckets - 1
    finer = [step for step in STEPS if step < axis.step]
    assert not finer or length // finer[-1] + 2 > columns
    assert list(axis.bounds) == [axis.begin(n) for n in range(axis.buckets + 1)]
    assert axis.end == axis.begin(axis.buckets) == axis.bounds[-1]


@pytest.mark.parametrize("zone", ZONES, ids=str)
def test_buckets_lie_as_the_clock_divides_the_hour(zone: timezone) -> None:
    """Whenever the first event was: nothing moves while events come and old ones go."""
    first = fitted(NOW - 600 * SECOND, NOW, 110, zone)
    assert first.step == 6 * SECOND
    for later in range(0, 30 * SECOND, 700):
        axis = fitted(NOW - 600 * SECOND + later, NOW + later, 110, zone, first)
        assert (axis.step, (axis.origin - first.origin) % axis.step) == (first.step, 0)


def test_a_bucket_of_hours_begins_at_an_hour_of_the_zone() -> None:
    """Twelve hours begin at noon and midnight there, not in UTC."""
    axis = fitted(NOW - 14 * DAY, NOW, 30, BERLIN)
    assert axis.step == 12 * HOUR
    assert {datetime.fromtimestamp(t / 1000, BERLIN).hour for t in axis.bounds} == {0, 12}


def test_the_length_is_kept_while_it_serves() -> None:
    """A span that sways around a limit does not make the picture jump to and fro."""
    wide = fitted(NOW - 118 * SECOND, NOW, 100, UTC)
    assert wide.step == 2 * SECOND
    assert fitted(NOW - 97 * SECOND, NOW, 100, UTC, wide).step == 2 * SECOND
    assert fitted(NOW - 97 * SECOND, NOW, 100, UTC).step == SECOND
    assert fitted(NOW - 60 * SECOND, NOW, 100, UTC, wide).step == SECOND


@pytest.mark.parametrize(
    ("length", "columns", "expected"),
    [
        (SECOND, 60, ["10:12:32"]),
        (40 * SECOND, 60, ["10:12:00", "10:12:15", "10:12:30"]),
        (10 * MINUTE, 110, ["10:03", "10:04", "10:05", "10:06"]),
        (HOUR, 110, ["09:20", "09:30", "09:40", "09:50", "10:00", "10:10"]),
        (26 * HOUR, 60, ["Nov 20 12:00", "Nov 21", "06:00"]),
        (14 * DAY, 80, ["Nov 09", "Nov 12", "Nov 15", "Nov 18", "Nov 21"]),
    ],
    ids=("second", "seconds", "minutes", "hour", "day", "fortnight"),
)
def test_times_along_the_axis(length: int, columns: int, expected: list[str]) -> None:
    """Round times, with dates where the axis spans days."""
    found = [text for _, text in times(fitted(NOW - length, NOW, columns, UTC), columns)]
    assert found[: len(expected)] == expected


@given(st.integers(SECOND, 30 * DAY), st.integers(20, 200), st.sampled_from(ZONES))
def test_times_never_touch_and_stand_where_they_are_due(
    length: int, columns: int, zone: timezone
) -> None:
    """In order, within the row, at the bucket that holds the moment."""
    axis = fitted(NOW - length, NOW, columns, zone)
    end = -1
    for bucket, text in times(axis, columns):
        assert bucket > end
        end = bucket + len(text)
        assert end <= columns
        first = datetime.fromtimestamp(axis.begin(bucket) / 1000, zone)
        last = datetime.fromtimestamp((axis.begin(bucket + 1) - 1) / 1000, zone)
        clock = text[-8:] if text.count(":") == 2 else text[-5:]
        if ":" in text and axis.step <= HOUR and first.utcoffset() == last.utcoffset():
            assert f"{first:%H:%M:%S}"[: len(clock)] <= clock <= f"{last:%H:%M:%S}"


def test_clocks_that_are_put_back_and_forward() -> None:
    """The hour that comes twice is there twice, and the one that is left out is not there."""
    back = fitted(at(BERLIN, 2026, 10, 25, 0, 0), at(BERLIN, 2026, 10, 25, 6, 0), 90, BERLIN)
    hours = [text for _, text in times(back, 90)]
    assert hours == ["00:00", "01:00", "02:00", "02:00", "03:00", "04:00", "05:00", "06:00"]
    forward = fitted(at(BERLIN, 2026, 3, 29, 0, 0), at(BERLIN, 2026, 3, 29, 6, 0), 90, BERLIN)
    hours = [text for _, text in times(forward, 90)]
    assert hours == ["00:00", "01:00", "03:00", "04:00", "05:00", "06:00"]
    days = fitted(at(BERLIN, 2026, 10, 20, 0, 0), at(BERLIN, 2026, 10, 30, 0, 0), 130, BERLIN)
    assert [text for _, text in times(days, 130)][5:8] == ["Oct 25", "Oct 26", "Oct 27"]


@pytest.mark.parametrize(
    ("begin", "length", "expected"),
    [
        (NOW - 3 * SECOND, 10 * SECOND, "10:12:30-10:12:40"),
        (NOW - 33 * SECOND, 2 * MINUTE, "10:12-10:14"),
        (NOW - 33 * SECOND, DAY, "Nov 21 10:12 - Nov 22 10:12"),
        (10**16, DAY, "Mar 07 17:46:40 - Mar 07 17:46:40"),
    ],
    ids=("seconds", "minutes", "day", "no-such-year"),
)
def test_a_span_in_words(begin: int, length: int, expected: str) -> None:
    """As short as can be."""
    text = span(begin, begin + length, UTC)
    assert text == expected if begin < 10**15 else "-" in text


def buffer(factory: EventFactory, *seconds: float) -> SortedEvents:
    """Events at these seconds."""
    return SortedEvents([factory.one(at=second) for second in sorted(seconds)])


HOUR_OF_EVENTS = tuple(range(0, 3600, 10))


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ((), (0, 3590)),
        ((-60,), (-60, 3590)),
        ((-3 * 86_400,), (0, 3590)),
        ((-3 * 86_400, -2 * 86_400, -2 * 86_400 + 1), (0, 3590)),
        ((3600 + 7_000,), (0, 3590)),
        ((-3 * 86_400, 3600 + 7_000), (0, 3590)),
        (tuple(range(-86_400, -86_300)), (-86_400, 3590)),
        (tuple(range(8_000, 8_100)), (0, 8_099)),
    ],
    ids=("none", "near", "days-back", "few-back", "ahead", "both", "many-back", "many-ahead"),
)
def test_what_is_out_of_place_does_not_squash_the_rest(
    more: tuple[float, ...], expected: tuple[float, float], factory: EventFactory
) -> None:
    """Up to one event in a hundred is left out on either side; more of them belong there."""
    zero = factory.one(at=0).timestamp
    found = bounds(buffer(factory, *HOUR_OF_EVENTS, *more), zero + 3_600_000)
    assert [(moment - zero) / 1000 for moment in found] == list(expected)


@pytest.mark.parametrize(
    ("quiet", "burst"),
    [((0, 300, 600), 600.0), ((0, 1_000, 2_000, 3_000), 3_300.0)],
    ids=("minutes", "hour"),
)
def test_a_burst_after_a_quiet_time_leaves_the_quiet_time_in_sight(
    quiet: tuple[float, ...], burst: float, factory: EventFactory
) -> None:
    """A few old events are no strays when the time since is not far longer than all the rest."""
    events = buffer(factory, *quiet, *(burst + n / 1000 for n in range(2_000)))
    assert bounds(events, events[-1].timestamp)[0] == events[0].timestamp


def test_a_new_event_after_silence_is_no_stray(factory: EventFactory) -> None:
    """Only what is dated ahead of now is left out at the end."""
    events = buffer(factory, *HOUR_OF_EVENTS, 100_000)
    assert bounds(events, events[-1].timestamp)[1] == events[-1].timestamp


@given(
    st.lists(st.integers(-(10**6), 10**6), min_size=1, max_size=60), st.integers(-(10**6), 10**6)
)
def test_bounds_of_anything(seconds: list[int], now: int) -> None:
    """Times of events, in order."""
    factory = EventFactory()
    events = buffer(factory, *seconds)
    begin, end = bounds(events, factory.one(at=now).timestamp)
    assert begin <= end
    assert {begin, end} <= {event.timestamp for event in events}
