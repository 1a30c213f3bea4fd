"""A loop in which hours pass in seconds: its time moves only when nothing else is to be done.

Server and client live in one loop and talk over real HTTP on loopback, where what was sent has
arrived: a selector with nothing ready means that everybody waits for a timer. The loop's time then
jumps to the next one. All that waits by `loop.time()` (asyncio, aiohttp, aiolimiter) needs no
change.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from mqtail.clock import Clock

T = TypeVar("T")

BEGIN_S = 1_000.0
"""The loop's time at first."""

BEGIN_MS = 1_790_000_000_000 - int(BEGIN_S * 1000)
"""The service's time, ms since the epoch, when the loop's time was 0."""

LONG_JUMP_S = 5.0
"""Before a longer jump it is made sure, for a real millisecond, that nothing is under way."""

GLANCE_S = 0.01
"""How often the loop looks whether a thread has done, in real time."""


class _Selector(selectors.DefaultSelector):
    """Selects what is ready, and lets the loop's time pass where nothing is."""

    def __init__(self) -> None:
        super().__init__()
        self.now = BEGIN_S
        self.threads = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        if timeout is None or self.threads:
            # Only a thread or a signal can wake this.
            return super().select(GLANCE_S)
        if timeout > LONG_JUMP_S and (ready := super().select(0.001)):
            return ready
        # Timers that are due a moment later are rounded to the same one.
        self.now += timeout + 1e-6
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose `time()` jumps to the next timer when nothing is ready.

    It waits in real time for threads that were started with `run_in_executor`.
    """

    def __init__(self) -> None:
        self._virtual = _Selector()
        super().__init__(self._virtual)

    def time(self) -> float:
        """Virtual seconds."""
        return self._virtual.now

    def run_in_executor(  # type: ignore[override]
        self, executor: Any, func: Callable[..., T], *args: Any
    ) -> asyncio.Future[T]:
        """As of asyncio; time stands still until the thread has done."""
        future = super().run_in_executor(executor, func, *args)
        self._virtual.threads += 1
        future.add_done_callback(self._has_done)
        return future

    def _has_done(self, _: object) -> None:
        self._virtual.threads -= 1


def run(main: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine that runs in a virtual loop of its own."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)


class Times:
    """The clocks of the service and of the machine that mqtail runs on, by the running loop.

    Attributes:
        machine_ahead_ms: how far the machine's clock is ahead of the service's.
    """

    def __init__(self, *, machine_ahead_s: float = 0) -> None:
        self._loop = asyncio.get_running_loop()
        self._slept_ms = 0
        self.machine_ahead_ms = int(machine_ahead_s * 1000)

    def service(self) -> int:
        """The service's time, ms since the epoch: the clock of an `EmbeddedAws`."""
        return BEGIN_MS + round(self._loop.time() * 1000) + self._slept_ms

    def machine(self) -> int:
        """The machine's time, ms since the epoch."""
        return self.service() + self.machine_ahead_ms

    def clock(self) -> Clock:
        """A clock that goes by the machine's time."""
        return Clock(self.machine)

    def sleep_machine(self, seconds: float) -> None:
        """The machine slept: wall clocks go on, the loop's time (monotonic) stands still."""
        self._slept_ms += int(seconds * 1000)

    def step_clock(self, seconds: float) -> None:
        """The machine's clock is set forward, or back where negative."""
        self.machine_ahead_ms += int(seconds * 1000)
