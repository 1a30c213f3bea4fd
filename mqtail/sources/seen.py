"""Which events have been read already, remembered for as long as they can be read again."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable
from itertools import groupby

BUCKET_MS = 10_000

MOST_IDS = 4_000_000
"""Ids that the groups of a run remember together: 1,000 events/s for an hour."""

REPEATED = 20_000
"""Ids from before the floor that are remembered nevertheless: a page may repeat the one before."""

MOST_LATE = 100_000
"""Ids of late events from before the floor that are remembered for as long as sweeps read them."""

FRESH = 1_000
"""Ids of a bucket that are held in a set, which takes ten times as much memory as an array."""


class Memory:
    """How many ids the groups of a run remember together.

    Attributes:
        limit: at the most.
        held: so far.
        groups: how many groups share it.
    """

    limit = MOST_IDS

    def __init__(self) -> None:
        self.held = 0
        self.groups = 0

    def is_too_full(self, count: int) -> bool:
        """Whether a group that holds so many ids is to forget some."""
        return self.held > self.limit and count * self.groups > self.limit


class _Bucket:
    """Ids of events that are near each other in time, as 64-bit numbers."""

    __slots__ = ("fresh", "packed")

    def __init__(self) -> None:
        self.fresh: set[int] = set()
        self.packed: array[int] = array("q")
        """In order."""

    def __len__(self) -> int:
        return len(self.fresh) + len(self.packed)

    def add(self, numbers: list[int]) -> list[bool]:
        """Remember ids; of each, whether it was not there."""
        fresh, packed = self.fresh, self.packed
        # A set of all is made where that is quicker than to search for each.
        few = len(packed) < 10 * len(numbers)
        has_packed = set(packed).__contains__ if few else self.has_packed
        new = []
        for number in numbers:
            is_new = number not in fresh and not has_packed(number)
            if is_new:
                fresh.add(number)
            new.append(is_new)
        if len(fresh) >= FRESH and len(fresh) >= len(packed) // 4:
            self.pack()
        return new

    def has_packed(self, number: int) -> bool:
        """Whether an id is among those that are packed."""
        packed = self.packed
        row = bisect_left(packed, number)
        return row < len(packed) and packed[row] == number

    def pack(self) -> None:
        """Hold everything in as little memory as it takes."""
        self.packed = array("q", sorted([*self.packed, *self.fresh]))
        self.fresh = set()

    def remove(self, number: int) -> bool:
        """Forget an id; whether it was there."""
        if number in self.fresh:
            self.fresh.remove(number)
        elif self.has_packed(number):
            del self.packed[bisect_left(self.packed, number)]
        else:
            return False
        return True


class SeenIds:
    """Event ids of one log group, bounded by time rather than by a count.

    Readers overlap on purpose (late events), so every event is read several times. An id is kept
    until its event's time lies before `floor`; polls never read anything before the floor twice,
    but for what the service repeats on the next page.

    Of an id its 64-bit hash is kept, in 8 bytes: with a million ids in one bucket, two of them
    are taken for one with a probability of 3 in 100 million.

    Args:
        memory: how many ids may be held. Where groups are busier than that, the floor rises,
            instead of memory growing or events showing twice.
        floor: see the attribute.
    """

    def __init__(self, memory: Memory, floor: int = 0) -> None:
        self.floor = floor
        """Events before this moment (ms) are not remembered."""
        self.reaches = floor
        """Events before this moment (ms) will not be read again. From there to the floor they were
        forgotten because there are too many."""
        self._memory = memory
        memory.groups += 1
        self._buckets: dict[int, _Bucket] = {}
        self._count = 0
        self._forgotten: dict[int, int] = {}
        """When buckets were forgotten because there were too many ids, ms."""
        self._late: dict[int, int] = {}
        """Times (ms) of late events by id, from before the floor."""
        self._older: set[int] = set()
        self._oldest: set[int] = set()

    def __len__(self) -> int:
        return self._count

    def are_new(self, ids: Iterable[str], times: Iterable[int]) -> list[bool]:
        """Of each event, whether it was not seen before; from now on it was.

        Args:
            ids: of the events.
            times: of the events, ms. In order it goes faster.
        """
        numbers, times = list(map(hash, ids)), list(times)
        keys = [time // BUCKET_MS for time in times]
        new: list[bool] = []
        for key, rows in groupby(range(len(keys)), keys.__getitem__):
            begin = len(new)
            end = begin + len(list(rows))
            if key * BUCKET_MS >= self.floor:
                new += self._add(key, numbers[begin:end])
            else:
                for number, time in zip(numbers[begin:end], times[begin:end], strict=True):
                    is_old = time < self.floor
                    new += [self._is_new_page(number)] if is_old else self._add(key, [number])
        return new

    def _add(self, key: int, numbers: list[int]) -> list[bool]:
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = _Bucket()
        new = bucket.add(numbers)
        self._add_count(sum(new))
        return new

    def _is_new_page(self, number: int) -> bool:
        if number in self._older or number in self._oldest:
            return False
        if len(self._older) >= REPEATED:
            self._oldest, self._older = self._older, set()
        self._older.add(number)
        return True

    def forgotten_at(self, timestamp: int) -> int:
        """When the events around a time between `reaches` and `floor` were forgotten, ms.

        0: there were none.
        """
        return self._forgotten.get(timestamp // BUCKET_MS, 0)

    def is_late(self, event_id: str) -> bool:
        """Whether an event is among the late ones that were noted."""
        return hash(event_id) in self._late

    def note_late(self, event_id: str, timestamp: int) -> bool:
        """Remember a late event from before the floor; whether there was room for it."""
        if len(self._late) >= MOST_LATE:
            return False
        self._late[hash(event_id)] = timestamp
        return True

    def discard(self, event_id: str, timestamp: int) -> None:
        """Have an event count as not seen."""
        number = hash(event_id)
        bucket = self._buckets.get(timestamp // BUCKET_MS)
        if bucket is not None and bucket.remove(number):
            self._add_count(-1)
        self._older.discard(number)
        self._oldest.discard(number)

    def clear(self) -> None:
        """Have all events count as not seen."""
        self._add_count(-self._count)
        self._buckets, self._late, self._older, self._oldest = {}, {}, set(), set()

    def forget(self, before: int, *, keep_from: int, now: int) -> None:
        """Forget events whose time lies before a moment, and the oldest of too many.

        Args:
            before: ms; nothing before it will be read again.
            keep_from: ms; nothing from here on is forgotten, however many there are.
            now: ms.
        """
        for number in sorted(self._buckets):
            end, bucket = (number + 1) * BUCKET_MS, self._buckets[number]
            if end > keep_from:
                break
            if end > before:
                if not self._memory.is_too_full(self._count):
                    if len(bucket.fresh) > len(bucket.packed) // 8:
                        bucket.pack()
                    continue
                self._forgotten[number] = now
            self._add_count(-len(self._buckets.pop(number)))
            self.floor = max(self.floor, end)
        self.reaches = max(self.reaches, min(before, keep_from) // BUCKET_MS * BUCKET_MS)
        self.floor = max(self.floor, self.reaches)
        if self._forgotten:
            self._forgotten = {
                number: at
                for number, at in self._forgotten.items()
                if (number + 1) * BUCKET_MS > self.reaches
            }
            late = self._late.items()
            self._late = {number: time for number, time in late if time >= self.reaches}

    def _add_count(self, more: int) -> None:
        self._count += more
        self._memory.held += more
