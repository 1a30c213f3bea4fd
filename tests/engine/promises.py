"""What a tail promises, and how a broken promise is called: by its name, and with the events."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mqtail.events import LogEvent, order_key

NAMED = 3
"""So many events a sentence names."""

AHEAD_MS = 2_000
"""What is dated further ahead says nothing about the order of the others."""


class Broken(AssertionError):
    """A promise that was not kept."""


class Lost(Broken):
    """The service has an event that was asked for, and it was not shown."""


class Twice(Broken):
    """An event was shown more than once."""


class NotAsked(Broken):
    """An event was shown that the service does not have, or from before the start."""


class TooSlow(Broken):
    """An event came later than the polls should have found it."""


class OutOfOrder(Broken):
    """An event does not stand, or was not shown, where its time says, and is not marked late."""


class OverBudget(Broken):
    """More requests were made than are allowed."""


class NotComplete(Broken):
    """A reader says that it is complete up to a moment from before which something is missing."""


@dataclass(slots=True)
class Delivered:
    """A log event or API call that the service was given. Times in ms by the service's clock."""

    name: str
    """Its text where it is a line, its `eventID` where it is a call; unique."""
    place: str
    """Log group, or whatever else it is read from."""
    timestamp: int
    visible: int
    """When readers could see it at first."""
    wanted: bool
    """It has to be shown."""
    allowed: bool = True
    """It may be shown."""
    patience_ms: int = 0
    """So soon it has to be shown where nothing is in the way; 0: it may take its time."""
    stream: str = ""
    """Its log stream, where it is a line."""
    kept: bool = True
    """The service still has it."""
    shown: int = 0
    """When it was shown for the first time."""

    @property
    def late_ms(self) -> int:
        """How long after its time it could be seen; negative: it is dated in the future."""
        return self.visible - self.timestamp

    def __str__(self) -> str:
        name = self.name if len(self.name) < 80 else f"{self.name[:60]}... ({len(self.name):,})"
        return f"{name!r} of {self.place}, visible at {self.visible}, {self.late_ms:,} ms late"


def names(event: LogEvent) -> list[str]:
    """The names of what was delivered that an event consists of."""
    if event.source.kind == "api":
        return [json.loads(event.message)["eventID"]]
    return event.message.split("\n")


def check_once(shown: Iterable[LogEvent], delivered: dict[str, Delivered]) -> None:
    """Everything that was wanted was shown, nothing else, and each once.

    Raises:
        Twice: something was shown again.
        NotAsked: something was shown that was not to be.
        Lost: something was not shown.
    """
    counts = Counter(name for event in shown for name in names(event))
    if twice := [name for name, count in counts.items() if count > 1]:
        raise Twice(_sentence("shown more than once", map(str, map(delivered.get, twice))))
    odd = [name for name in counts if name not in delivered or not delivered[name].allowed]
    if odd:
        raise NotAsked(_sentence("shown and not asked for", odd))
    lost = [one for one in delivered.values() if one.wanted and one.name not in counts]
    if lost:
        raise Lost(_sentence("not shown", map(str, lost)))


def check_sorted(events: Sequence[LogEvent]) -> None:
    """A buffer is in order.

    Raises:
        OutOfOrder: it is not.
    """
    keys = [order_key(event) for event in events]
    wrong = [
        f"{events[n + 1].message[:60]!r}" for n in range(len(keys) - 1) if keys[n] > keys[n + 1]
    ]
    if wrong:
        raise OutOfOrder(_sentence("in the buffer after newer ones", wrong))


def check_inserted(store: Sequence[LogEvent], events: Iterable[LogEvent]) -> None:
    """Events that were added stand in the buffer where they belong.

    Raises:
        OutOfOrder: one does not, or is not there.
    """
    for event in events:
        row = bisect_left(store, order_key(event), key=order_key)
        around = store[max(0, row - 1) : row + 2]
        if event not in around:
            raise OutOfOrder(_sentence("not in the buffer at their time", [event.message[:60]]))
        check_sorted(around)


class InOrder:
    """Looks whether events that are shown one after the other are in order, or marked late."""

    def __init__(self) -> None:
        self._newest: LogEvent | None = None

    def check(self, events: Iterable[LogEvent], now: int) -> None:
        """Take what is shown at a moment (ms).

        Raises:
            OutOfOrder: an event that is not marked comes after a newer one.
        """
        for event in events:
            newest = self._newest
            behind = newest is not None and order_key(event) < order_key(newest)
            if newest is not None and behind and not event.late:
                sentence = f"shown after {newest.message[:60]!r} without a mark"
                raise OutOfOrder(_sentence(sentence, [repr(event.message[:60])]))
            if not behind and event.timestamp <= now + AHEAD_MS:
                self._newest = event


def check_budget(times: Sequence[int], rate: float) -> None:
    """Requests stay within the budget: in any time no more than that gives, and one second's burst.

    Args:
        times: of the requests, ms, rising.
        rate: requests per second.

    Raises:
        OverBudget: there were more.
    """
    for window_s in (1, 10, 60):
        most = rate * (window_s + 1) + 1
        first = 0
        for last, moment in enumerate(times):
            while times[first] <= moment - window_s * 1000:
                first += 1
            if last - first + 1 > most:
                text = f"{last - first + 1} requests within {window_s} s, up to {moment}"
                raise OverBudget(f"{text}; {most:g} are allowed.")


def _sentence(what: str, events: Iterable[str]) -> str:
    named = list(events)
    more = f" and {len(named) - NAMED:,} more" if len(named) > NAMED else ""
    return f"{len(named):,} {what}: {'; '.join(named[:NAMED])}{more}"
