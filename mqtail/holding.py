"""How long events that arrive are held back so that older ones can take their place before them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import inf
from operator import attrgetter
from typing import NamedTuple

from mqtail.events import Level, LogEvent
from mqtail.status import ReaderStatus

SPAN_S = 300.0
"""What came so long ago says nothing any more of what will come."""
STEP_S = 10.0
"""What was seen is kept in steps of this length: it does not matter how many events there are."""
ENOUGH = 50
"""Events, and two steps of time, that have to come first: until then nothing is known."""
MARGIN = 1.25
"""So many times what was seen is allowed for."""

HELD_MORE_S = 10.0
"""How much longer than usual an event waits, at most, until each log has been read since it came:
with many logs and few requests a second that takes more than a moment."""

_time_of = attrgetter("timestamp")


@dataclass(slots=True)
class Waiting:
    """Events that came together and wait for their turn."""

    events: list[LogEvent]
    """In time order."""
    until: float = 0.0
    """When they have waited long enough, by the loop's time."""
    arrived: int = 0
    """When they came, ms: what is older, of other logs, can be read from then on."""
    prompt: bool = False
    """They are of a log that is polled, and came soon: how far all those were read tells when they
    may go."""

    def is_overdue(self, now: float, complete: float) -> bool:
        """Whether they have waited long enough, at a time of the loop.

        Args:
            complete: until when (ms) every log was read.
        """
        return self.until <= (now if self.arrived <= complete else now - HELD_MORE_S)

    def rows(self, bound: float) -> int:
        """How many of them happened until a moment (ms), inclusive."""
        return bisect_right(self.events, bound, key=_time_of)

    def take(self, rows: int) -> list[LogEvent]:
        """Take out the first so many."""
        taken, self.events = self.events[:rows], self.events[rows:]
        return taken


class _Step(NamedTuple):
    begin: float
    lag: int
    """The longest that an event took to come, ms, as far as that is known."""
    disorder: int
    """The most that an event was older than one of its log that was read before it, ms."""
    events: int


@dataclass(slots=True)
class Followed:
    """How far a log has been read that is followed."""

    status: ReaderStatus
    """`complete_to` is when the last poll that has ended began."""
    newest: int = 0
    """Time of the newest event so far that is not dated in the future, ms; 0: none yet."""
    unfinished: dict[int, tuple[int, int]] = field(default_factory=dict)
    """By the index of their source: when they were read, and times, of events that further lines
    may belong to, ms."""

    def note_unfinished(self, new: list[LogEvent], grown: list[LogEvent], now: int) -> None:
        """Remember what of a batch may go on in the next poll.

        That is the last event of each log stream, where it has grown or may have a stack trace.

        Args:
            now: when it was read, ms.
        """
        polled = self.status.complete_to
        self.unfinished = {
            index: (read, time) for index, (read, time) in self.unfinished.items() if read >= polled
        }
        for index, event in {event.source.index: event for event in (*grown, *new)}.items():
            if event.joined or event.level >= Level.WARN:
                self.unfinished[index] = now, event.timestamp
            else:
                self.unfinished.pop(index, None)


class Hold:
    """Holds back what arrives only as long as it was seen to be needed.

    Nothing older is to be expected of a log whose events come in order than its newest. Where they
    do not, it can be older by as much as was seen. And of a log that is silent nothing is to be
    expected from before the last poll, less the time that events were seen to take to come.

    Args:
        longest_ms: what comes later than this is no reason to hold others longer: no hold would
            bring it into order.
    """

    def __init__(self, longest_ms: int) -> None:
        self._longest_ms = longest_ms
        self._steps: deque[_Step] = deque()

    def note(self, log: Followed, new: list[LogEvent], now: int, time: float) -> None:
        """Learn from events of a log that have just come.

        Args:
            new: in time order.
            now: ms since the epoch.
            time: monotonic seconds.
        """
        end = bisect_right(new, now, key=_time_of)
        if not end:
            return
        polled, newest, longest = log.status.complete_to, log.newest, self._longest_ms
        log.newest = max(newest, new[end - 1].timestamp)
        first = bisect_left(new, max(now - 2 * longest, newest - longest), hi=end, key=_time_of)
        if polled and newest and first < end:
            oldest = new[first].timestamp
            # It cannot have been there when the last poll began, which would have found it.
            lags = [event.ingested - event.timestamp for event in new[first:end]]
            disorder = max(0, newest - oldest)
            self._keep(_Step(time, max(0, polled - oldest, *lags), disorder, end - first))

    def _keep(self, seen: _Step) -> None:
        steps = self._steps
        while steps and steps[0].begin < seen.begin - SPAN_S:
            steps.popleft()
        if steps and seen.begin - steps[-1].begin < STEP_S:
            begin, lag, disorder, events = steps.pop()
            seen = _Step(
                begin, max(lag, seen.lag), max(disorder, seen.disorder), events + seen.events
            )
        steps.append(seen)

    def safe_to(self, logs: Iterable[Followed]) -> float:
        """The moment (ms) up to which nothing is to be expected of any of these logs any more.

        While too little was seen to tell, and without logs, it is before all events.
        """
        steps = self._steps
        if len(steps) < 2 or sum(step.events for step in steps) < ENOUGH:
            return -inf
        lag = MARGIN * max(step.lag for step in steps)
        disorder = MARGIN * max(step.disorder for step in steps)
        moments = []
        for log in logs:
            polled, newest = log.status.complete_to, log.newest
            moments.append(max(polled - lag, newest - disorder))
            moments += [
                time - 1
                for read, time in log.unfinished.values()
                if read >= polled and time > newest - self._longest_ms
            ]
        return min(moments, default=-inf)
