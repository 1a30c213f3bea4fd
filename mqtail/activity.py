"""How many events came in each minute of late, counted as they are read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

BUCKET_MS = 60_000
"""Time that one count stands for, ms."""
MOST_BUCKETS = 64
"""Counts that are kept; without a limit a history of days would grow without bounds."""

Counts = tuple[int, int]
"""Events of a bucket, and how many of them are errors."""


class Activity:
    """Events and errors of a log stream by the time of the event, whatever order they come in.

    An event dated in the future has its own bucket and displaces nothing of the present.
    """

    __slots__ = ("_begin", "_counts")

    def __init__(self) -> None:
        self._counts: dict[int, list[int]] = {}
        """Events and errors by the number of their bucket."""
        self._begin = 0
        """Number of the bucket before which nothing is counted any more."""

    def count(self, bucket: int, events: int, errors: int) -> None:
        """Count events, some of them errors, of the bucket with that number (see `at`).

        What is older than all that is kept is passed over.
        """
        counts = self._counts.get(bucket)
        if counts is None:
            counts = self._new_bucket(bucket)
        counts[0] += events
        counts[1] += errors

    def at(self, bucket: int) -> Counts:
        """The counts of the bucket with that number, `timestamp // BUCKET_MS`."""
        events, errors = self._counts.get(bucket, (0, 0))
        return events, errors

    def _new_bucket(self, bucket: int) -> list[int]:
        """Empty counts, which are kept unless they are too old."""
        counts = [0, 0]
        if bucket >= self._begin:
            self._counts[bucket] = counts
            if len(self._counts) > MOST_BUCKETS:
                oldest = min(self._counts)
                self._begin = oldest + 1
                del self._counts[oldest]
        return counts


def recent(activities: Iterable[Activity], now: int, length: int) -> Sequence[Counts]:
    """The counts of several log streams together, oldest first; the last bucket holds `now`.

    Args:
        activities: what is added up.
        now: the time, ms since the epoch.
        length: how many buckets.
    """
    end = now // BUCKET_MS + 1
    events, errors = [0] * length, [0] * length
    for activity in activities:
        for position, bucket in enumerate(range(end - length, end)):
            more, wrong = activity.at(bucket)
            events[position] += more
            errors[position] += wrong
    return list(zip(events, errors, strict=True))
