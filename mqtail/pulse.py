"""Noticing that the program stood still: the machine slept, or the process was stopped."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import NamedTuple

from mqtail.clock import Clock
from mqtail.status import Interruption, ReaderStatus

PULSE_MS = 5_000
"""Between two beats."""

STOOD_STILL_MS = 30_000
"""A beat that comes so much too late tells that nothing ran."""


class _Beat(NamedTuple):
    """What the clocks told when the program ran."""

    machine: int
    """This machine's time, ms."""
    skew_ms: int
    """How far the service was ahead of it."""


class Pulse:
    """Measures how long ago the last beat was.

    A clock that was set looks like a machine that slept, so it takes a further answer of the
    service to tell which of the two it was.

    Args:
        clock: tells the time.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = self._beat()
        self._still: tuple[_Beat, int] | None = None
        """A last beat after which nothing may have run, and when it went on by this machine."""
        self._answers = 0

    def beat(self) -> Interruption | None:
        """To be called every `PULSE_MS`: gives a time in which nothing ran, once that is known."""
        last, self._last = self._last, self._beat()
        if self._still is None and _long(last.machine, self._last.machine):
            self._still = last, self._last.machine
            self._answers = self._clock.answers
        if self._still is None or self._clock.answers == self._answers:
            return None
        before, after = self._still
        self._still = None
        begin, end = before.machine + before.skew_ms, after + self._clock.skew_ms
        return Interruption(begin, end, "mqtail was not running.") if _long(begin, end) else None

    def _beat(self) -> _Beat:
        return _Beat(self._clock.machine(), self._clock.skew_ms)


async def feel_pulse(clock: Clock, readers: Callable[[], Iterable[ReaderStatus]]) -> None:
    """Note in all logs when the program stood still, for ever.

    Args:
        clock: tells the time.
        readers: gives the readers at work.
    """
    pulse = Pulse(clock)
    while True:
        await asyncio.sleep(PULSE_MS / 1000)
        if still := pulse.beat():
            for reader in readers():
                reader.interrupted(still)


def _long(begin: int, end: int) -> bool:
    return end - begin > PULSE_MS + STOOD_STILL_MS
