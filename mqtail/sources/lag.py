"""How late events come: how far back each poll has to look, and which events are out of order."""

from __future__ import annotations

from collections import deque

SAMPLES = 500
MARGIN = 1.5
"""The overlap is the 99th percentile of the lag times this."""


class LagMeter:
    """Ingestion lag of one log group.

    Args:
        overlap_ms: the smallest overlap.
        max_overlap_ms: the largest; what comes later than that is found by sweeps.
        reorder_ms: an event counts as late when newer ones had been there for longer than this.
    """

    def __init__(self, overlap_ms: int, max_overlap_ms: int, reorder_ms: int) -> None:
        self._bounds = (overlap_ms, max_overlap_ms)
        self._reorder_ms = reorder_ms
        self._lags: deque[int] = deque(maxlen=SAMPLES)
        self._heard: deque[tuple[int, int]] = deque()
        self._shown_to = 0
        self._overlap_ms: int | None = overlap_ms
        """None: there are new samples."""

    @property
    def overlap_ms(self) -> int:
        """How far back from now the next poll should look."""
        if self._overlap_ms is None:
            smallest, largest = self._bounds
            ordered = sorted(self._lags)
            p99 = ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)]
            self._overlap_ms = min(largest, max(smallest, int(p99 * MARGIN)))
        return self._overlap_ms

    def sample(self, lag_ms: int) -> None:
        """Learn from an event that has just become visible."""
        # What only a sweep can find must not widen every poll.
        if 0 <= lag_ms <= self._bounds[1]:
            self._lags.append(lag_ms)
            self._overlap_ms = None

    def heard(self, newest: int, now: int) -> None:
        """Note that an event of time `newest` was read at `now` (both ms).

        A time in the future says nothing about what has been shown.
        """
        self._heard.append((now, min(newest, now)))

    def is_late(self, timestamp: int, arrived: int, now: int) -> bool:
        """Whether an event came late: newer ones had been there for longer than the reorder window.

        One that arrived soon after it happened did not, however long the next poll took to come.

        Args:
            timestamp: of the event, ms.
            arrived: when it arrived, ms.
            now: when it was read, ms.
        """
        while self._heard and self._heard[0][0] <= now - self._reorder_ms:
            self._shown_to = max(self._shown_to, self._heard.popleft()[1])
        return timestamp < self._shown_to and arrived - timestamp > self._reorder_ms
