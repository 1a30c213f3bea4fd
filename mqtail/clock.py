"""The time that readers go by: this machine's, put right by the service's."""

from __future__ import annotations

import asyncio
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

    This machine's clock may be off, and may be set at any moment: until the next answer has told
    the time, `now` is off by as much.

    Args:
        now: this machine's time in ms; tests give their own.
    """

    def __init__(self, now: Callable[[], int] = wall_clock_ms) -> None:
        self._now = now
        self.skew_ms = 0
        """How far the service is ahead of this machine; 0 while within the tolerance."""
        self.answers = 0
        """How many answers have told the time."""

    def now(self) -> int:
        """The service's time as far as it is known."""
        return self._now() + self.skew_ms

    def machine(self) -> int:
        """This machine's time."""
        return self._now()

    def mark(self) -> Mark:
        """The present moment, to be told when answers have put the clock right."""
        return Mark(self)

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
        self.answers += 1


class Mark:
    """A moment of a running event loop, by what has been learned of the time since.

    Whether the machine slept or its clock was set meanwhile, it is not told too late once an answer
    has told the time: too early costs a second reading, too late would lose events.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._machine = clock.machine()
        self._loop_time = asyncio.get_running_loop().time()

    @property
    def passed_ms(self) -> int:
        """How long ago it was, ms, without the time that the machine slept."""
        return int((asyncio.get_running_loop().time() - self._loop_time) * 1000)

    @property
    def time(self) -> int:
        """When it was, ms since the epoch."""
        clock = self._clock
        return min(self._machine + clock.skew_ms, clock.now() - self.passed_ms)
