"""The share of the account's request quota that mqtail allows itself."""

from __future__ import annotations

import asyncio

from aiolimiter import AsyncLimiter


class Budget:
    """Requests per second to CloudWatch Logs, over all log groups of one account and region.

    The quota is shared with production (FilterLogEvents: 5 to 25 a second by region), so every
    request waits for its turn here. Sweeps, which look for late events, get a quarter of it at
    most: they can never starve the live reading.

    Args:
        rate: requests per second, a fraction is fine.
    """

    SWEEP_SHARE = 0.25

    def __init__(self, rate: float) -> None:
        self.rate = rate
        self._all = _limiter(rate)
        self._sweeps = _limiter(rate * self.SWEEP_SHARE)

    async def take(self, *, sweep: bool = False) -> None:
        """Wait until one more request is within the budget."""
        if sweep:
            await self._sweeps.acquire()
        await self._all.acquire()


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
