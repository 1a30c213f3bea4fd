"""When a reader looks for what is new."""

from __future__ import annotations

import asyncio


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
