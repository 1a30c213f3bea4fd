"""What becomes of the readers of a tail, for `--debug`: states, failures, gaps, and stalls."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

from mqtail.clock import Clock
from mqtail.status import Interruption, ReaderStatus

GLANCE_S = 0.25
"""Seconds between two looks."""
STALL_S = 0.1
"""A look that comes so much too late is told: nothing else ran either."""
COUNTS_S = 30.0
"""How often all counts are told."""

logger = logging.getLogger(__name__)


@asynccontextmanager
async def readers_logged(
    readers: Sequence[ReaderStatus], notes: Sequence[str], clock: Clock
) -> AsyncIterator[None]:
    """Log on level DEBUG what becomes of readers meanwhile; without that level, do nothing.

    Args:
        readers: may grow meanwhile.
        notes: what the user is told, may grow as well.
        clock: tells how far this machine's time is off.
    """
    if not logger.isEnabledFor(logging.DEBUG):
        yield
        return
    log = _ReaderLog(readers, notes, clock)
    looking = asyncio.create_task(log.run())
    try:
        yield
    finally:
        looking.cancel()
        with suppress(asyncio.CancelledError):
            await looking
        log.look()
        log.count()


class _ReaderLog:
    def __init__(self, readers: Sequence[ReaderStatus], notes: Sequence[str], clock: Clock) -> None:
        self._readers = readers
        self._notes = notes
        self._clock = clock
        self._noted = 0
        self._states: dict[int, tuple[str, str]] = {}
        self._gaps: dict[int, list[Interruption]] = {}

    async def run(self) -> None:
        """Look from time to time, for ever."""
        loop = asyncio.get_running_loop()
        counted = loop.time()
        while True:
            began = loop.time()
            await asyncio.sleep(GLANCE_S)
            now = loop.time()
            if (late := now - began - GLANCE_S) > STALL_S:
                logger.debug("The event loop stood still for %.0f ms", late * 1000)
            self.look()
            if now - counted >= COUNTS_S:
                counted = now
                self.count()

    def look(self) -> None:
        """Log what has changed since the last look."""
        for note in self._notes[self._noted :]:
            logger.debug("Noted: %s", note)
        self._noted = len(self._notes)
        for number, status in enumerate(self._readers):
            state = (str(status.state), status.reason)
            if state != self._states.get(number):
                self._states[number] = state
                logger.debug("%s (%s): %s %s", status.place, status.kind, *state)
            gaps = self._gaps.get(number, [])
            if gaps != status.interruptions:
                for gap in status.interruptions:
                    if gap not in gaps:
                        logger.debug("%s (%s): %s", status.place, status.kind, gap)
                self._gaps[number] = list(status.interruptions)

    def count(self) -> None:
        """Log all counts."""
        logger.debug("This machine's time is off by %d ms", self._clock.skew_ms)
        for status in self._readers:
            logger.debug(
                "%s (%s): %s, %d events in %d streams, %d late, %d requests, %d throttled,"
                " %d repeated, %d objects passed over, complete to %d, history to %d",
                *(status.place, status.kind, status.state, status.events, len(status.streams)),
                *(status.late, status.requests, status.throttles, status.retries),
                *(status.passed_over, status.complete_to, status.history_to),
            )
