"""Events of a log that is read from new to old, on their way to being complete."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator

from mqtail.events import LogEvent, total_size
from mqtail.sources.batches import in_slices, merged
from mqtail.sources.joining import GAP_MS, split_headless, split_leading

MOST_BYTES = 64_000_000
"""Bytes of text that wait for older pages; with more, lines are not joined across two pages."""


class Backwards:
    """What was read of a log from new to old and not given yet.

    The beginning of each page may belong to an event on an older one, so it waits for that.
    """

    def __init__(self) -> None:
        self.events: list[LogEvent] = []
        """The page that was read last."""
        self.joined: list[LogEvent] = []
        """What of it is joined already."""
        self.pending: list[LogEvent] = []
        """Joined events that are not newer than all that still waits."""
        self._carried: list[LogEvent] = []
        """The beginning of the page before."""

    @property
    def everything(self) -> list[LogEvent]:
        """All that was read and not given."""
        return self._carried + self.events + self.joined + self.pending

    @property
    def newest(self) -> int:
        """Time of the newest of it, ms; 0: there is nothing."""
        parts = (self._carried, self.events, self.joined, self.pending)
        return max((part[-1].timestamp for part in parts if part), default=0)

    def begin(self) -> Iterator[list[LogEvent]]:
        """What of the page can be joined now."""
        page = merged(self.events, self._carried)
        self._carried, rest = split_leading(page)
        if total_size(self._carried) + total_size(self.pending) > MOST_BYTES:
            self._carried, rest = [], page
        self.events = []
        return in_slices(rest)

    def finish(self) -> list[LogEvent]:
        """What is complete and newer than all that still waits."""
        pending = merged(self.joined, self.pending)
        self.joined = []
        newest = max((event.timestamp for event in self._carried), default=0)
        row = bisect_right(pending, newest, key=lambda event: event.timestamp)
        ready, self.pending = pending[row:], pending[:row]
        return ready

    def take_raw(self) -> list[LogEvent]:
        """What is not joined yet, in order; no older page will come to change it."""
        raw = merged(self.events, self._carried)
        self.events, self._carried = [], []
        return raw

    def take_begun(self, start: int) -> list[LogEvent]:
        """The same without lines that may be a part of an event which is still to come.

        Args:
            start: how far back was read, ms.
        """
        self._carried, begun = split_headless(self.take_raw(), start + GAP_MS)
        return begun

    def take_joined(self) -> list[LogEvent]:
        """All that is joined, in order."""
        joined = merged(self.joined, self.pending)
        self.joined, self.pending = [], []
        return joined

    def put_back(self, events: list[LogEvent]) -> None:
        """Take joined events back that were given and are newer than all that waits."""
        self.pending = merged(self.pending, events)
