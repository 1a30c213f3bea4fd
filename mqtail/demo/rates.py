"""How many calls a service takes."""

from __future__ import annotations

from collections import deque


class Rate:
    """Counts the calls that are taken."""

    def __init__(self) -> None:
        self._taken: deque[int] = deque()

    def takes(self, time: int, most: float) -> bool:
        """Whether a call at this moment (ms) is taken; it counts then.

        Args:
            time: the moment.
            most: calls a second; 0.5 is one in two seconds.
        """
        count = max(1, int(most))
        while self._taken and self._taken[0] <= time - count * 1000 / most:
            self._taken.popleft()
        if len(self._taken) >= count:
            return False
        self._taken.append(time)
        return True
