"""Which events have been read already, remembered for as long as they can be read again."""

from __future__ import annotations

BUCKET_MS = 60_000

REPEATED = 20_000
"""Ids from before the floor that are remembered nevertheless: a page may repeat the one before."""


class SeenIds:
    """Event ids of one log group, bounded by time rather than by a count.

    Readers overlap on purpose (late events), so every event is read several times. An id is kept
    until its event's time lies before `floor`; readers never read anything before the floor twice,
    but for what the service repeats on the next page.

    Args:
        floor: see the attribute.
        limit: ids to hold at the most. Where a group is busier than that, the floor rises: sweeps
            then look less far back, instead of memory growing or events showing twice.
    """

    def __init__(self, limit: int = 1_000_000, floor: int = 0) -> None:
        self.limit = limit
        self.floor = floor
        """Events before this moment (ms) are not remembered."""
        self._buckets: dict[int, set[str]] = {}
        self._count = 0
        self._older: set[str] = set()
        self._oldest: set[str] = set()

    def __len__(self) -> int:
        return self._count

    def is_new(self, event_id: str, timestamp: int) -> bool:
        """Whether the event was not seen before; from now on it was."""
        if timestamp < self.floor:
            return self._is_new_page(event_id)
        bucket = self._buckets.setdefault(timestamp // BUCKET_MS, set())
        if event_id in bucket:
            return False
        bucket.add(event_id)
        self._count += 1
        return True

    def _is_new_page(self, event_id: str) -> bool:
        if event_id in self._older or event_id in self._oldest:
            return False
        if len(self._older) >= REPEATED:
            self._oldest, self._older = self._older, set()
        self._older.add(event_id)
        return True

    def discard(self, event_id: str, timestamp: int) -> None:
        """Have an event count as not seen."""
        bucket = self._buckets.get(timestamp // BUCKET_MS, set())
        if event_id in bucket:
            bucket.remove(event_id)
            self._count -= 1
        self._older.discard(event_id)
        self._oldest.discard(event_id)

    def forget(self, before: int, *, keep_from: int) -> None:
        """Forget events whose time lies before a moment, and the oldest beyond the limit.

        Args:
            before: ms; nothing before it will be read again.
            keep_from: ms; nothing from here on is forgotten, whatever the limit says.
        """
        for number in sorted(self._buckets):
            end = (number + 1) * BUCKET_MS
            if end > keep_from or (end > before and self._count <= self.limit):
                break
            self._count -= len(self._buckets.pop(number))
            self.floor = max(self.floor, end)
        if before <= keep_from:
            self.floor = max(self.floor, before // BUCKET_MS * BUCKET_MS)
