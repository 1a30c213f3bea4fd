"""When Python's garbage collector works: often and briefly, so that no key waits for it."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Sequence

from textual.strip import Strip

YOUNG, MIDDLE, FULL = 3_000, 5, 200
"""Thresholds: allocations between two passes over new objects, such passes between two over those
that survived, and of these between two over everything."""


def collect_briefly() -> None:
    """Spare the collector what is there for good, and have it work in small pieces.

    A pass over 3,000 new objects takes a millisecond or less. Events are not tracked at all, but a
    pass over everything looks at each place of the lists that views hold them in, which takes some
    ten milliseconds; the buffer's own list is here by now, and spared. What little garbage there
    is stays: to look for it among all that was loaded would hold up keys for 0.1 s.
    """
    gc.freeze()
    gc.set_threshold(YOUNG, MIDDLE, FULL)
    Strip.divide = _divide  # type: ignore[method-assign]


def _divide(self: Strip, cuts: Iterable[int]) -> Sequence[Strip]:
    """Divide a strip as `Strip.divide` does, which keeps an undivided one in its own cache.

    Every line of every frame would be garbage that only the collector can remove.
    """
    cuts = list(cuts)
    return [self] if cuts == [self.cell_length] else _divided(self, cuts)


_divided = Strip.divide
