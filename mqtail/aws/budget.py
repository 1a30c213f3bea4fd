"""The share of the account's request quota that mqtail allows itself."""

from __future__ import annotations

import asyncio
from enum import Enum

from aiolimiter import AsyncLimiter


class Use(Enum):
    """What a request to CloudWatch Logs is for. The value is its share of the budget."""

    READING = 1.0
    SWEEP = 0.25
    """Looking for late events."""
    OLDER = 0.5
    """Reading further back than was asked for at first."""


class Budget:
    """Requests per second to CloudWatch Logs, over all log groups of one account and region.

    The quota is shared with production (FilterLogEvents: 5 to 25 a second by region), so every
    request waits for its turn here. What is less urgent than live reading gets a share of it at
    most and can never starve that.

    Args:
        rate: requests per second, a fraction is fine.
    """

    def __init__(self, rate: float) -> None:
        self.rate = rate
        self._limits = {use: _limiter(rate * use.value) for use in Use}

    async def take(self, use: Use = Use.READING) -> None:
        """Wait until one more request is within the budget, and within the share of its use."""
        if use is not Use.READING:
            await self._limits[use].acquire()
        await self._limits[Use.READING].acquire()


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
