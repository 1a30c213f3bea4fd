"""The share of the account's request quota that mqtail allows itself."""

from __future__ import annotations

import asyncio
from enum import Enum
from itertools import count

from aiolimiter import AsyncLimiter

from mqtail.turns import Turns


class Use(Enum):
    """What a request to CloudWatch Logs is for."""

    FIRST = "first"
    """Log groups of which nothing was read yet: one request, or a few, of each."""
    READING = "reading"
    """The history, and log groups where something happens."""
    IDLE = "idle"
    """Log groups where nothing happens, and those that cannot be read."""
    SWEEP = "sweep"
    """Looking for late events."""
    OLDER = "older"
    """Reading further back than was asked for at first."""
    LISTING = "listing"
    """Looking for log streams that are new."""
    FINDING = "finding"
    """Looking for log groups that are new: it does not wait for hundreds of listings of streams."""


_SHARES = {Use.SWEEP: 0.25, Use.OLDER: 0.5, Use.LISTING: 0.25, Use.FINDING: 0.25}
"""How much of the budget is for a use at most."""

_WEIGHTS = {Use.FIRST: 4.0, Use.READING: 1.0, Use.IDLE: 1.0} | _SHARES
"""How often a use has its turn when several wait."""

_AFTER_FIRST = {Use.IDLE, Use.SWEEP, Use.LISTING, Use.FINDING}
"""Uses that wait while there are log groups of which nothing was read yet."""


class Budget:
    """Requests per second to CloudWatch Logs, over all log groups of one account and region.

    The quota is shared with production (FilterLogEvents: 5 to 25 a second by region), so every
    request waits for its turn here. What is less urgent than live reading gets a share of it at
    most. When more is wanted than the budget gives, uses have turns by their weights, however many
    requests wait for each: hundreds of idle log groups do not hold up the busy ones, nor are they
    starved by them. At first every log group is read once, and busy ones beside that; looking
    again where nothing happened a moment ago waits until then.

    Args:
        rate: requests per second, a fraction is fine.
    """

    def __init__(self, rate: float) -> None:
        self.rate = rate
        self._all = _limiter(rate)
        self._limits = {use: _limiter(rate * share) for use, share in _SHARES.items()}
        self._next = Turns[tuple[Use, int]](1, self._urgency)
        self._numbers = count()
        # Stride scheduling: whose next turn stands at the smallest place has it, and moves on by
        # the inverse of its weight.
        self._places = dict.fromkeys(Use, 0.0)
        self._place = 0.0
        """The place of the last turn: who did not wait begins there."""
        self._unread = 0
        """Requests of `Use.FIRST` that wait."""

    async def take(self, use: Use = Use.READING) -> None:
        """Wait until one more request is within the budget, and within the share of its use."""
        if use in self._limits:
            await self._limits[use].acquire()
        first = use is Use.FIRST
        self._unread += first
        try:
            async with self._next.turn((use, next(self._numbers))):
                await self._all.acquire()
                self._place = max(self._place, self._places[use])
                self._places[use] = self._place + 1 / _WEIGHTS[use]
        finally:
            self._unread -= first

    def _urgency(self, wish: tuple[Use, int]) -> tuple[bool, float, int]:
        use, number = wish
        waits = self._unread > 0 and use in _AFTER_FIRST
        return waits, max(self._place, self._places[use]), number


class Spacing:
    """Requests one at a time, with a pause after each answer. Used with `async with`.

    Three requests never reach the service within twice the pause, however unevenly the network
    carries them.

    Args:
        pause_ms: from an answer to the next request.
    """

    def __init__(self, pause_ms: int) -> None:
        self._pause_s = pause_ms / 1000
        self._turn = asyncio.Lock()
        self._free_at = 0.0

    async def __aenter__(self) -> None:
        await self._turn.acquire()
        try:
            await asyncio.sleep(self._free_at - asyncio.get_running_loop().time())
        except BaseException:
            self._turn.release()
            raise

    async def __aexit__(self, *_: object) -> None:
        self._free_at = asyncio.get_running_loop().time() + self._pause_s
        self._turn.release()


def _limiter(rate: float) -> AsyncLimiter:
    return AsyncLimiter(rate, 1) if rate >= 1 else AsyncLimiter(1, 1 / rate)
