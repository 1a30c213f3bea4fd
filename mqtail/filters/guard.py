"""Regular expressions that take too long are stopped.

`re` tries every way to match: `(a+)+b` takes longer than anyone lives on a line of fifty a's. It
lets signal handlers run in the midst of a search, though, and what they raise ends the search. So
a timer looks every now and then at what the program is doing; a search itself costs nothing more
than being counted. The timer counts CPU time: a machine that sleeps or is busy with other things
stops nothing, and a program that waits is not woken.
"""

from __future__ import annotations

import re
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from mqtail.errors import FilterError

REGEX_LIMIT = 65_536
"""Characters of a message that a regular expression looks at."""
TICK_S = 0.125
"""CPU time from one look to the next: a search that is seen twice is stopped."""
SLOW_S = 0.0025
SLOW_CHARACTER_S = 1e-6
"""CPU time for a search, and for each character of the line, from which on a search is slow."""
MOST_TICKS = 8
"""Looks in a row that may find nothing but slow searches: a second."""

_LONGEST = 60
"""Characters of a regular expression that are named."""

Span = tuple[int, int]
"""Characters of a text, from the first to before the last."""


class TooSlow(Exception):
    """A search took too long.

    Args:
        regex: the regular expression as it was written, slashes included.
        length: characters of the line that it was stopped on.
    """

    def __init__(self, regex: str, length: int) -> None:
        super().__init__(regex)
        self.regex = regex
        self.length = length


class GuardedPattern:
    """A regular expression that can be stopped: both methods may raise `TooSlow` then.

    Args:
        pattern: the regular expression.
        written: see the attribute; None: as the pattern says.
    """

    __slots__ = ("_iterate", "_search", "pattern", "written")

    def __init__(self, pattern: re.Pattern[str], written: str | None = None) -> None:
        if written is None:
            flag = "i" if pattern.flags & re.IGNORECASE else ""
            written = f"/{pattern.pattern}/{flag}"
        self.pattern = pattern
        self.written = written
        """As it stands in the expression of the filter."""
        self._search = pattern.search
        self._iterate = pattern.finditer

    def is_in(self, text: str) -> bool:
        """Whether it matches anywhere in the first `REGEX_LIMIT` characters of a text."""
        _count.searches += 1
        return self._search(text, 0, REGEX_LIMIT) is not None

    def spans(self, text: str) -> list[Span]:
        """Where it matches in the first `REGEX_LIMIT` characters of a text."""
        _count.searches += 1
        # Without a frame of its own, which the timer would not know.
        return list(map(re.Match.span, self._iterate(text, 0, REGEX_LIMIT)))


class _Count:
    """Searches so far."""

    __slots__ = ("searches",)

    def __init__(self) -> None:
        self.searches = 0


_count = _Count()
_GUARDED = (GuardedPattern.is_in.__code__, GuardedPattern.spans.__code__)


class Halt:
    """Whether a filter was stopped, for the filter and for those who tell it.

    Args:
        text: the expression of the filter.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.error: FilterError | None = None
        """Why it is not in force any more; None: it is."""
        self.tell: Callable[[FilterError], object] = lambda error: None
        """Is called once, when it is stopped."""

    def stop(self, slow: TooSlow) -> None:
        """Put the filter out of force."""
        if self.error is not None:
            return
        regex = slow.regex if len(slow.regex) <= _LONGEST else f"{slow.regex[: _LONGEST - 2]}…/"
        line = f"a line of {slow.length:,} character{'s' * (slow.length != 1)}"
        problem = f"{regex} takes too long: it was stopped on {line}"
        column = self.text.find(slow.regex) + 1
        self.error = FilterError(column, problem, "from here on everything passes")
        self.tell(self.error)


class _Timer:
    """Ends searches that take too long.

    Args:
        tick_s: CPU time from one look to the next, seconds.
    """

    def __init__(self, tick_s: float) -> None:
        self._tick_s = tick_s
        self._searches = _count.searches
        self._text: str | None = None
        """What was searched at the last look."""
        self._slow_ticks = 0

    def look(self, signal_number: int, frame: FrameType | None) -> None:
        """Look at what the main thread is doing.

        Raises:
            TooSlow: in the midst of a search, where that is the same as the last time, or where
                searches were slow for too long.
        """
        searches, before = _count.searches - self._searches, self._text
        self._searches, self._text = _count.searches, None
        if frame is None or frame.f_code not in _GUARDED:
            self._slow_ticks = 0
            return
        pattern: GuardedPattern = frame.f_locals["self"]
        self._text = text = frame.f_locals["text"]
        fast_s = max(SLOW_S, SLOW_CHARACTER_S * min(len(text), REGEX_LIMIT))
        is_slow = searches * fast_s < self._tick_s
        self._slow_ticks = self._slow_ticks + 1 if is_slow else 0
        if (searches == 0 and text is before) or self._slow_ticks >= MOST_TICKS:
            self._slow_ticks = 0
            raise TooSlow(pattern.written, len(text))


@contextmanager
def slow_searches_stopped(tick_s: float = TICK_S) -> Iterator[None]:
    """Have searches of the main thread that take too long raise `TooSlow`.

    It needs the signal SIGVTALRM. Where there is none, and in other threads, nothing is stopped.
    Around an event loop it would outlast it, and a loop that is closing cannot hear of a signal: it
    belongs into what the loop runs.

    Args:
        tick_s: CPU time from one look to the next, seconds.
    """
    if not hasattr(signal, "setitimer") or not _is_main_thread():
        yield
        return
    before = signal.signal(signal.SIGVTALRM, _Timer(tick_s).look)
    signal.setitimer(signal.ITIMER_VIRTUAL, tick_s, tick_s)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before or signal.SIG_DFL)


def _is_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()
