"""The axis of the timeline: which span of time it covers, its buckets, and the times along it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from mqtail.store import SortedEvents

SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000
"""Milliseconds."""

STEPS = (
    *(number * SECOND for number in (1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 40, 60, 90)),
    *(number * MINUTE for number in (2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 40, 60, 90)),
    *(number * HOUR for number in (2, 3, 4, 6, 8, 12)),
    *(number * DAY for number in (1, 2, 7, 14, 28, 56, 112, 364)),
)
"""Lengths of a bucket, ms; each divides an hour, a day, or a number of days."""
_LABELLED = (
    *(number * SECOND for number in (1, 2, 5, 10, 15, 30)),
    *(number * MINUTE for number in (1, 2, 5, 10, 15, 30)),
    *(number * HOUR for number in (1, 2, 3, 4, 6, 8, 12)),
    *(number * DAY for number in (1, 2, 3, 4, 7, 14, 28, 56, 112, 364)),
)
"""Distances of the times along the axis, ms."""
_GAP = 4
"""Cells that stay free between two times, at least."""
_QUARTER = 15 * MINUTE
"""What all of today's zones differ from UTC by multiples of, ms."""

FUTURE_MS = 60_000
"""Events dated this much ahead of now are out of place."""
_SMALLEST_GAP_MS = 20 * MINUTE
_GAP_RATIO = 4
"""Old events are out of place when the gap after them is so much longer than all the rest."""
_STRAY = 100
"""One in so many events can be out of place."""
_FEW = 20
"""Below this number of events, none is."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST = 253_000_000_000_000
"""In the year 9987, ms."""


@dataclass(frozen=True, slots=True)
class Axis:
    """Buckets of equal length, one after the other."""

    origin: int
    """Begin of the first bucket, ms since the epoch."""
    step: int
    """Length of a bucket, ms."""
    buckets: int
    zone: tzinfo

    @property
    def end(self) -> int:
        """End of the last bucket, ms, exclusive."""
        return self.begin(self.buckets)

    @property
    def bounds(self) -> range:
        """Begins of all buckets, and the end of the last, ms."""
        return range(self.origin, self.end + 1, self.step)

    def begin(self, bucket: int) -> int:
        """Begin of a bucket, ms."""
        return self.origin + bucket * self.step

    def bucket(self, timestamp: int) -> int:
        """Number of a moment's bucket: -1 before the axis, `buckets` behind it."""
        return max(-1, min((timestamp - self.origin) // self.step, self.buckets))


def bounds(buffer: SortedEvents, now: int) -> tuple[int, int]:
    """Times of the first and the last event (ms) that the axis covers; `buffer` is not empty.

    One event that is dated in the future or days back must not squash all others into a column.
    Left out are, at most one in a hundred on either side, events that are dated ahead of now, and
    old ones with a gap behind them that is far longer than all that follows.
    """
    stray = max(len(buffer) // _STRAY, 1) if len(buffer) >= _FEW else 0
    last = len(buffer) - 1
    ahead = len(buffer) - buffer.index_at(now + FUTURE_MS)
    if 0 < ahead <= stray:
        last -= ahead
    first, row = 0, stray
    while row and not first:
        rest = buffer[last].timestamp - buffer[row].timestamp
        gap = max(_SMALLEST_GAP_MS, _GAP_RATIO * rest)
        kept = buffer.index_at(buffer[row].timestamp - gap)
        if kept and buffer[kept].timestamp - buffer[kept - 1].timestamp > max(
            _SMALLEST_GAP_MS, _GAP_RATIO * (buffer[last].timestamp - buffer[kept].timestamp)
        ):
            first = kept
        row //= 2
    return buffer[first].timestamp, buffer[last].timestamp


def fitted(begin: int, end: int, columns: int, zone: tzinfo, former: Axis | None = None) -> Axis:
    """The axis that shows a span in at most so many buckets.

    Its buckets lie as the clock of the zone divides the day, so that they stay as they are while
    events come and go.

    Args:
        begin: time of the first event, ms.
        end: time of the last event, ms.
        columns: buckets there is room for, at least 1.
        zone: zone of the times.
        former: the axis so far, whose bucket length is kept while it serves nearly as well.
    """
    offset = _offset(begin, zone)
    fitting = [axis for step in STEPS if (axis := _axis(begin, end, step, offset, zone, columns))]
    if not fitting:
        # Longer than any log: what cannot be shown at the end counts as behind the axis.
        return Axis(_floor(begin, STEPS[-1], offset), STEPS[-1], columns, zone)
    finest = fitting[0]
    if former and former.step > finest.step and finest.buckets * 10 > columns * 9:
        return next((axis for axis in fitting if axis.step == former.step), finest)
    return finest


def times(axis: Axis, columns: int) -> list[tuple[int, str]]:
    """Buckets with a time at them, and the texts of these times, for a row of so many cells.

    Of an axis that spans days, midnights and the first time have their dates. There is always one.
    """
    room = ((d, _GAP + len("00:00:00" if d < MINUTE else "Jan 00")) for d in _LABELLED)
    distance = next((d for d, width in room if d // axis.step >= width), _LABELLED[-1])
    clock = "%H:%M:%S" if distance < MINUTE else "%H:%M"
    days = _local(axis.origin, axis.zone).date() != _local(axis.end - 1, axis.zone).date()
    found: list[tuple[int, str]] = []
    free = 0
    for moment in _marks(axis, distance):
        local = _local(moment, axis.zone)
        midnight = not (local.hour or local.minute or local.second)
        text = local.strftime(clock)
        if days and (midnight or not found):
            text = f"{local:%b %d}" if midnight or distance >= DAY else f"{local:%b %d} {text}"
        bucket = axis.bucket(moment)
        if bucket >= free and bucket + len(text) <= columns:
            found.append((bucket, text))
            free = bucket + len(text) + _GAP // 2
    if not found:
        # Too short for a round time.
        local = _local(axis.origin, axis.zone)
        found.append((0, local.strftime("%H:%M:%S" if axis.step < MINUTE else "%b %d %H:%M")))
    return found


def span(begin: int, end: int, zone: tzinfo) -> str:
    """A span of time as short as can be: `10:12:30-10:12:40`, `Nov 20 10:00 - Nov 21 10:00`."""
    first, last = _local(begin, zone), _local(end, zone)
    clock = "%H:%M" if first.second == last.second == 0 else "%H:%M:%S"
    if first.date() == last.date():
        return f"{first.strftime(clock)}-{last.strftime(clock)}"
    return f"{first.strftime(f'%b %d {clock}')} - {last.strftime(f'%b %d {clock}')}"


def _axis(begin: int, end: int, step: int, offset: int, zone: tzinfo, columns: int) -> Axis | None:
    """The axis of a bucket length, where it fits."""
    origin = _floor(begin, step, offset)
    buckets = (end - origin) // step + 1
    return Axis(origin, step, buckets, zone) if buckets <= columns else None


def _floor(moment: int, step: int, offset: int) -> int:
    """The last multiple of a length in local time."""
    return (moment + offset) // step * step - offset


def _marks(axis: Axis, distance: int) -> list[int]:
    """The moments on the axis whose local time is a multiple of a distance, ms."""
    if distance <= _QUARTER:
        first = _floor(axis.origin - 1, distance, _offset(axis.origin, axis.zone)) + distance
        return list(range(first, axis.end, distance))
    marks = []
    # Up to two hours before: the zone's clocks may be put forward or back in between.
    near = _floor(axis.origin - 1, distance, _offset(axis.origin, axis.zone)) + distance
    moment = -(-max(axis.origin, near - 2 * HOUR) // _QUARTER) * _QUARTER
    while moment < axis.end:
        if (moment + _offset(moment, axis.zone)) % distance:
            moment += _QUARTER
        else:
            marks.append(moment)
            moment += max(_QUARTER, distance - 2 * HOUR)
    return marks


def _offset(moment: int, zone: tzinfo) -> int:
    """What the zone is ahead of UTC by at a moment, ms."""
    ahead = _local(moment, zone).utcoffset() or timedelta()
    return ahead // timedelta(milliseconds=1)


def _local(moment: int, zone: tzinfo) -> datetime:
    """The local time of a moment, kept within the years that a calendar has."""
    return (_EPOCH + timedelta(milliseconds=max(0, min(moment, _LAST)))).astimezone(zone)
