"""Turns for work of which only so much is done at a time, the most urgent first."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Turns(Generic[T]):
    """Gives turns. Who is next is decided when a turn ends: what is urgent may change meanwhile.

    Args:
        most: turns at a time.
        urgency: what the wishes for a turn are sorted by, the smallest first.
    """

    def __init__(self, most: int, urgency: Callable[[T], Any]) -> None:
        self._free = most
        self._urgency = urgency
        self._waiting: dict[asyncio.Future[None], T] = {}

    @asynccontextmanager
    async def turn(self, wish: T) -> AsyncIterator[None]:
        """Wait for a turn, and have it."""
        await self._take(wish)
        try:
            yield
        finally:
            self._give_back()

    async def _take(self, wish: T) -> None:
        if self._free:
            self._free -= 1
            return
        mine = asyncio.get_running_loop().create_future()
        self._waiting[mine] = wish
        try:
            await mine
        except asyncio.CancelledError:
            if self._waiting.pop(mine, None) is None:
                # The turn was given at the same moment.
                self._give_back()
            raise

    def _give_back(self) -> None:
        # Of tasks that were cancelled together some have not taken note of it yet.
        waiting = [future for future in self._waiting if not future.done()]
        if not waiting:
            self._free += 1
            return
        urgent = min(waiting, key=lambda future: self._urgency(self._waiting[future]))
        del self._waiting[urgent]
        urgent.set_result(None)
