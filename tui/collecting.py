"""When Python's garbage collector may work: a full collection would stop the screen.

The buffer is held in long lists, several of them, and a collection that looks at all of their
events takes a tenth of a second.
"""

from __future__ import annotations

import gc
import time

COLLECT_S = 30
"""Seconds between two looks whether it is time."""
IDLE_S = 30
"""Seconds without a key or the mouse after which a stall disturbs nobody."""
EVERY_S = 600
"""Seconds from one full collection to the next, at the least."""
YOUNG, MIDDLE, NEVER = 20_000, 50, 1_000_000
"""Thresholds: allocations between two passes over new objects, such passes between two over those
that survived, and of these so many that a full one does not come by itself."""


class Collecting:
    """Lets the collector look at new objects as usual, and at all of them while nobody is there."""

    def __init__(self) -> None:
        self._touched = self._collected = time.monotonic()

    def begin(self) -> None:
        """Spare it what stays for good, and keep full collections for later."""
        gc.collect()
        gc.freeze()
        gc.set_threshold(YOUNG, MIDDLE, NEVER)

    def touched(self) -> None:
        """A key was pressed, or the mouse moved."""
        self._touched = time.monotonic()

    def go_on(self) -> None:
        """Collect everything, if it is time for that and nobody is at work."""
        now = time.monotonic()
        if now - self._touched > IDLE_S and now - self._collected > EVERY_S:
            gc.collect()
            self._collected = time.monotonic()
