"""Noticing that the program stood still: the machine slept, or the process was stopped."""

from __future__ import annotations

from mqtail.clock import Clock
from mqtail.status import Interruption

PULSE_MS = 5_000
"""Between two beats."""

STOOD_STILL_MS = 30_000
"""A beat that comes so much too late tells that nothing ran."""


class Pulse:
    """Measures by this machine's time how long ago the last beat was.

    Args:
        clock: tells the time.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = self._machine_time()

    def beat(self) -> Interruption | None:
        """To be called every `PULSE_MS`: gives the time in which nothing ran, if there was one."""
        last, self._last = self._last, self._machine_time()
        if self._last - last <= PULSE_MS + STOOD_STILL_MS:
            return None
        skew = self._clock.skew_ms
        return Interruption(last + skew, self._last + skew, "mqtail was not running.")

    def _machine_time(self) -> int:
        # Learning the service's time is no pause.
        return self._clock.now() - self._clock.skew_ms
