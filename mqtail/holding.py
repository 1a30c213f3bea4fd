"""How long events that arrive are held back so that older ones can take their place before them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import NamedTuple

SPAN_S = 300.0
"""What came so long ago says nothing any more of what will come."""
STEP_S = 10.0
"""Ages are kept in steps of this length: it does not matter how many events there are."""
ENOUGH = 100
"""Events, and two steps of time, that have to come first: until then nothing is known."""
GRACE_MS = 250
"""So much longer than the oldest event took to come is waited."""


class _Step(NamedTuple):
    begin: float
    oldest: int
    """The greatest age of its events, ms."""
    events: int


class Hold:
    """Holds back what arrives only as long as events were seen to take to come.

    Where no event of the last minutes took more than a second and a half to come, one that is that
    old can be shown: what is older has come, too.

    Args:
        longest_ms: how long what comes is held while nothing is known, and at the most.
    """

    def __init__(self, longest_ms: int) -> None:
        self._longest_ms = longest_ms
        self._steps: deque[_Step] = deque()

    def note(self, ages: Iterable[int], now: float) -> None:
        """Learn from events that have just come.

        Args:
            ages: from each event's time to its arrival, ms.
            now: monotonic seconds.
        """
        known = [age for age in ages if not self._is_too_late(age)]
        if not known:
            return
        steps = self._steps
        while steps and steps[0].begin < now - SPAN_S:
            steps.popleft()
        oldest, events = max(known), len(known)
        if steps and now - steps[-1].begin < STEP_S:
            last = steps.pop()
            steps.append(_Step(last.begin, max(last.oldest, oldest), last.events + events))
        else:
            steps.append(_Step(now, oldest, events))

    def times(self, ages: Iterable[int]) -> list[int]:
        """How long to hold events that have just come at these ages, all ms."""
        longest, steps = self._longest_ms, self._steps
        if len(steps) < 2 or sum(step.events for step in steps) < ENOUGH:
            return [longest for _ in ages]
        # At this age nothing older is to be expected.
        settled = max(step.oldest for step in steps) + GRACE_MS
        return [
            longest if self._is_too_late(age) else min(longest, max(0, settled - age))
            for age in ages
        ]

    def _is_too_late(self, age: int) -> bool:
        """Whether an event cannot be brought into order, however long the others are held."""
        return age > 2 * self._longest_ms
