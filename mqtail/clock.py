"""The time that readers go by: this machine's, put right by the service's."""

from __future__ import annotations

import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime

TOLERATED_SKEW_MS = 2_000
"""HTTP dates have whole seconds and travel: a smaller difference means nothing."""


def wall_clock_ms() -> int:
    """This machine's time, ms since the epoch."""
    return time.time_ns() // 1_000_000


class Clock:
    """Tells the time of the service, in ms since the epoch.

    Args:
        now: this machine's time in ms; tests give their own.
    """

    def __init__(self, now: Callable[[], int] = wall_clock_ms) -> None:
        self._now = now
        self.skew_ms = 0
        """How far the service is ahead of this machine; 0 while within the tolerance."""

    def now(self) -> int:
        """The service's time as far as it is known."""
        return self._now() + self.skew_ms

    def heard(self, http_date: str | None) -> None:
        """Learn from the `Date` header of an answer that has just arrived."""
        if not http_date:
            return
        try:
            told = int(parsedate_to_datetime(http_date).timestamp() * 1000)
        except (TypeError, ValueError):
            return
        skew = told - self._now()
        self.skew_ms = skew if abs(skew) > TOLERATED_SKEW_MS else 0
