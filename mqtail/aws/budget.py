"""The share of the account's request quota that mqtail allows itself."""

from __future__ import annotations

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


def _limiter(rate: float) -> AsyncLimiter:
    return AsyncLimiter(rate, 1) if rate >= 1 else AsyncLimiter(1, 1 / rate)
