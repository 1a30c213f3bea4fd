"""When a reader looks for what is new."""

from __future__ import annotations

import asyncio

from mqtail.settings import Pace

BUSY_MS = 10_000
"""A log group is busy where something new came within this time."""
SHARE = 0.5
"""How much of the request budget log groups may take together to be polled the faster."""
QUIET_SHARE = 0.1
"""For how much of the time that nothing new came a log group is not looked at."""


def poll_pause_ms(pace: Pace, rate: float, quiet_ms: int, *, busy: int, waited_for: int = 0) -> int:
    """The pause until the next poll of a log group.

    Args:
        rate: requests per second that are allowed.
        quiet_ms: for how long nothing new came in this one.
        busy: how many log groups are busy.
        waited_for: how many have to be read before what the busy ones say can be shown, this one
            among them; 0: none.
    """
    longest_ms = max(pace.idle_poll_ms, pace.poll_ms)
    fair_ms = max(pace.poll_ms, int(1000 * max(busy, waited_for) / (rate * SHARE)))
    if quiet_ms < BUSY_MS:
        longest_ms = min(longest_ms, 2 * pace.poll_ms)
    elif not waited_for:
        fair_ms = max(fair_ms, int(quiet_ms * QUIET_SHARE))
    return min(longest_ms, fair_ms)


class Turns:
    """Waits for the next turn, or until somebody wants to know now."""

    def __init__(self) -> None:
        self._asked = asyncio.Event()

    def ask(self) -> None:
        """Have the next turn come at once."""
        self._asked.set()

    def begin(self) -> None:
        """Begin a turn: who asked before this gets what it finds."""
        self._asked.clear()

    async def wait(self, pause_ms: int) -> None:
        """Wait for the next turn.

        Args:
            pause_ms: until then, unless somebody asks.
        """
        try:
            async with asyncio.timeout(pause_ms / 1000):
                await self._asked.wait()
        except TimeoutError:
            return
