"""What the timeline shows: counts per bucket, merged markers, and the words for each of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, sqrt

from mqtail.events import LogEvent
from mqtail.moments import Moment, MomentKind, moment_in
from mqtail.printable import printable
from mqtail.store import SortedEvents
from widgets import human
from widgets.timeline.axis import Axis, span

BARS = " ▁▂▃▄▅▆▇█"
"""From no event to the most."""

_MOST_COUNTED = 99
"""A marker counts no further."""
_LOOKED_AT = 2_000
"""Moments that are looked at for all markers together: a storm of elections has more."""
_LISTED = 5
"""Moments of a marker that are told one by one."""
_TITLE = 80
"""Cells of a moment's title that are told."""


@dataclass(frozen=True, slots=True)
class Marker:
    """One moment, or several that are too close to be marked each."""

    first: int
    """Its first bucket, where it stands; -1 before the axis."""
    last: int
    kind: MomentKind
    """The most important of its moments."""
    event: LogEvent
    """The first event of that kind."""
    count: int

    @property
    def label(self) -> str:
        """Glyph and letter, and the number of moments where there are several."""
        number = "" if self.count == 1 else str(min(self.count, _MOST_COUNTED))
        more = "+" if self.count > _MOST_COUNTED else ""
        return f"{self.kind.glyph}{self.kind.letter}{number}{more}"


@dataclass(frozen=True, slots=True)
class Picture:
    """All that is painted, so that two pictures can be compared."""

    axis: Axis
    counts: tuple[int, ...]
    """Events before the axis, in each bucket, and behind the axis."""
    errors: tuple[int, ...]
    """Errors among them."""
    markers: tuple[Marker, ...]
    seen: tuple[int, int] | None
    """First and last bucket of the page on screen."""

    @property
    def most(self) -> int:
        """Events in the fullest bucket of the axis."""
        return max(self.counts[1:-1])

    @property
    def first(self) -> int:
        """The first bucket that can be gone to: -1 where events lie before the axis."""
        return -1 if self.counts[0] else 0

    @property
    def last(self) -> int:
        """The last bucket that can be gone to; behind the axis where events lie there."""
        return self.axis.buckets if self.counts[-1] else self.axis.buckets - 1

    def column(self, bucket: int, width: int) -> int:
        """Where a bucket stands in a row of so many cells; both ends are for what is outside."""
        return width - 1 if bucket >= self.axis.buckets else bucket + 1

    def bucket(self, column: int, width: int) -> int:
        """The bucket at a column, the nearest one where there is none."""
        outside = column >= width - 1 and self.last == self.axis.buckets
        return self.last if outside else max(self.first, min(column, self.axis.buckets) - 1)

    def marker(self, bucket: int) -> Marker | None:
        """The marker that stands for the moments of a bucket."""
        return next((m for m in self.markers if m.first <= bucket <= m.last), None)


def bar(count: int, most: int) -> str:
    """The bar of a count. Its square root shows a trickle beside a burst; a few are never high."""
    height = ceil(8 * sqrt(count / max(most, 8)))
    return BARS[min(height, 8)]


def counted(events: SortedEvents, axis: Axis) -> tuple[int, ...]:
    """Events before an axis, in each of its buckets, and behind it; by bisection alone."""
    if not len(events):
        return (0,) * (axis.buckets + 2)
    rows = [0, *map(events.index_at, axis.bounds), len(events)]
    return tuple(end - begin for begin, end in pairwise(rows))


def marked(moments: SortedEvents, axis: Axis, width: int) -> tuple[Marker, ...]:
    """The markers of moments in a row of so many cells; neighbours become one where they touch."""
    counts = counted(moments, axis)
    filled = sum(1 for count in counts if count)
    found: list[Marker] = []
    begin = 0
    for bucket, count in enumerate(counts, -1):
        if count:
            step = max(1, count * filled // _LOOKED_AT)
            marker = _marker(moments, range(begin, begin + count, step), bucket, count)
            found += [marker] if marker else []
            begin += count
    merged: list[Marker] = []
    for marker in found:
        while merged and label_column(merged[-1], axis, width) + len(
            merged[-1].label
        ) > label_column(marker, axis, width):
            marker = _joined(merged.pop(), marker)
        merged.append(marker)
    return tuple(merged)


def label_column(marker: Marker, axis: Axis, width: int) -> int:
    """The column at which the label of a marker begins."""
    column = width - 1 if marker.first >= axis.buckets else marker.first + 1
    return max(0, min(column, width - len(marker.label)))


def limits(axis: Axis, bucket: int, events: SortedEvents) -> tuple[int, int]:
    """Begin and end of a bucket (ms, the end exclusive); outside the axis of the events there."""
    begin, end = axis.begin(bucket), axis.begin(bucket + 1)
    rows = len(events)
    row = 0 if bucket < 0 else events.index_at(axis.end)
    if bucket < 0 and rows:
        begin = min(begin, events[0].timestamp)
    if bucket >= axis.buckets and row < rows:
        begin, end = events[row].timestamp, events[rows - 1].timestamp + 1
    return begin, end


def told(
    picture: Picture,
    first: int,
    last: int,
    events: SortedEvents,
    moments: SortedEvents,
    *,
    brief: bool = False,
) -> list[str]:
    """What is in some buckets: their span and counts, then each moment in the order of time.

    Args:
        picture: what is painted.
        first: the first bucket.
        last: the last bucket.
        events: the events that are counted.
        moments: the events that mark moments.
        brief: for one line that may be cut: the most important moment first, and without times.
    """
    total = sum(picture.counts[first + 1 : last + 2])
    wrong = sum(picture.errors[first + 1 : last + 2])
    errors = f", {wrong:,} error{'' if wrong == 1 else 's'}" if wrong else ""
    lines = [f"{_when(picture, first, last, events)}  {human.events(total)}{errors}"]
    marker = picture.marker(first) if first == last else None
    begin, end = (marker.first, marker.last) if marker else (first, last)
    found, more = _important(moments, picture.axis, begin, end)
    if not brief:
        found.sort(key=lambda pair: pair[1].timestamp)
    for moment, event in found:
        time = "" if brief else f"{human.time_of_day(event.timestamp, picture.axis.zone)} "
        lines.append(time + named(event, moment))
    return [*lines, f"and {more:,} more"] if more else lines


def named(event: LogEvent, moment: Moment) -> str:
    """A moment with the name of its instance: `failover: orders-mq 2 became active`."""
    who = " ".join(filter(None, (event.source.target, event.source.instance)))
    return human.cut(printable(f"{moment.kind}: {who} {moment.title}"), _TITLE)


def _marker(moments: SortedEvents, rows: Iterable[int], bucket: int, count: int) -> Marker | None:
    """The marker of one bucket, of the most important of some of its moments."""
    found = [
        (moment.kind, event)
        for event in (moments[row] for row in rows)
        if (moment := moment_in(moments, event)) is not None
    ]
    if not found:
        return None
    kind, event = min(found, key=lambda pair: pair[0].rank)
    return Marker(bucket, bucket, kind, event, count)


def _joined(left: Marker, right: Marker) -> Marker:
    """One marker for two."""
    chosen = right if right.kind.rank < left.kind.rank else left
    return Marker(left.first, right.last, chosen.kind, chosen.event, left.count + right.count)


def _when(picture: Picture, first: int, last: int, events: SortedEvents) -> str:
    axis = picture.axis
    if last < 0 and len(events):
        return f"long before, from {human.date_and_time(events[0].timestamp, axis.zone)}"
    if first >= axis.buckets and len(events):
        return f"dated ahead, up to {human.date_and_time(events[-1].timestamp, axis.zone)}"
    return span(axis.begin(max(first, 0)), axis.begin(min(last + 1, axis.buckets)), axis.zone)


def _important(
    moments: SortedEvents, axis: Axis, first: int, last: int
) -> tuple[list[tuple[Moment, LogEvent]], int]:
    """The few most important moments of some buckets, and how many more there are."""
    begin = 0 if first < 0 else moments.index_at(axis.begin(first))
    end = len(moments) if last >= axis.buckets else moments.index_at(axis.begin(last + 1))
    step = max(1, (end - begin) // _LOOKED_AT)
    found = [
        (moment, event)
        for event in moments[begin:end:step]
        if (moment := moment_in(moments, event)) is not None
    ]
    found.sort(key=lambda pair: pair[0].kind.rank)
    chosen = found[:_LISTED]
    return chosen, end - begin - len(chosen)
