"""The model of what a tail has to show: what the service was given and what was shown, and when."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import pairwise

from mqtail.events import LogEvent
from mqtail.status import ReaderStatus
from tests.engine.promises import (
    Broken,
    Delivered,
    InOrder,
    NotComplete,
    OutOfOrder,
    TooSlow,
    check_inserted,
    check_once,
    names,
)

AFTERWARDS_S = 70
"""What goes wrong has an effect for so much longer: a request that gets no answer, and a pause."""

CLOCK_MS = 3_000
"""HTTP tells the time in whole seconds, and a difference of two is tolerated."""


class Model:
    """Keeps what was delivered and what was shown, and compares the two.

    Args:
        now: the service's time, ms.

    Attributes:
        started: when the tail began, ms.
        delivered: all that the service was given, by its name.
        shown: what was shown in order, see `note_in_order`.
    """

    def __init__(self, now: Callable[[], int]) -> None:
        self.started = now()
        self.delivered: dict[str, Delivered] = {}
        self.shown: list[LogEvent] = []
        self._now = now
        self._unseen: dict[str, Delivered] = {}
        """What was not shown yet, but for continuation lines."""
        self._excuses: list[tuple[int, int]] = []
        self._clock_is_known = 0
        self._in_order = InOrder()
        self._broken: Broken | None = None
        """What was found while the tail ran: there it would count as an error of one source."""

    def begin(self) -> None:
        """The tail begins."""
        self.started = self._now()
        self.excuse(AFTERWARDS_S)

    # What happens.

    def expect(self, one: Delivered, *, head: bool = True) -> None:
        """Take something that was delivered.

        Args:
            head: an event begins with it: it is no continuation line.
        """
        self.delivered[one.name] = one
        if head:
            self._unseen[one.name] = one

    def gone(self, which: Callable[[Delivered], bool]) -> None:
        """The service has lost something; what was not shown by now need not be."""
        for one in self.delivered.values():
            if which(one):
                one.kept = False
                one.wanted &= bool(one.shown)

    def excuse(self, seconds: float, *, before_s: float = 0) -> None:
        """Have everything take its time from now on for so long."""
        now = self._now()
        self._excuses.append((now - int(before_s * 1000), now + int(seconds * 1000)))

    def doubt_clock(self) -> None:
        """The machine's clock is wrong until the service is heard, at the end of all troubles."""
        self._clock_is_known = max(end for _, end in self._excuses)

    def note(self, events: Iterable[LogEvent]) -> None:
        """Take events that are shown now."""
        now = self._now()
        for event in events:
            if one := self._unseen.pop(names(event)[0], None):
                one.shown = now

    def note_in_buffer(self, buffer: Sequence[LogEvent], events: list[LogEvent]) -> None:
        """Take events that a buffer shows now. If one does not stand where it belongs, `check`
        tells.
        """
        self.note(events)
        try:
            check_inserted(buffer, events)
        except OutOfOrder as error:
            self._broken = self._broken or error

    def note_in_order(self, events: list[LogEvent]) -> None:
        """Take events that are shown now, after all that were shown before.

        Raises:
            OutOfOrder: one is older than those, and not marked late.
        """
        self._in_order.check(events, self._now())
        self.note(events)
        self.shown += events

    # What is promised.

    @property
    def waits(self) -> bool:
        """Whether something has to be shown yet."""
        return any(one.wanted for one in self._unseen.values())

    def audit(self, readers: Iterable[ReaderStatus]) -> None:
        """Look whether all before the moments is there up to which readers are complete."""
        if self._now() < self._clock_is_known:
            return
        for status in readers:
            complete_to = status.complete_to - CLOCK_MS
            for one in self._unseen.values():
                known = one.place == status.place and one.wanted and one.patience_ms
                if known and one.visible <= complete_to:
                    sentence = f"{status.place} up to {complete_to}, but for {one}"
                    self._broken = self._broken or NotComplete(sentence)

    def check(self, shown: Sequence[LogEvent]) -> None:
        """All that was wanted was shown, once, and soon; and nothing was wrong while it ran.

        Raises:
            Broken: it was not.
        """
        check_once(shown, self.delivered)
        slow = [
            f"{one}, shown after {one.shown - one.visible:,} ms"
            for one in self.delivered.values()
            if one.wanted and one.patience_ms and one.shown > self._deadline(one)
        ]
        if slow:
            raise TooSlow(f"{len(slow)} were shown too late: {'; '.join(slow[:3])}")
        if self._broken:
            raise self._broken

    def check_marks(self) -> None:
        """What was there before the tail was shown in order: nothing of it is marked late.

        Raises:
            OutOfOrder: something is.
        """
        marked = [name for event in self.shown if event.late for name in names(event)]
        wrong = [one for name in marked if (one := self.delivered[name]).visible < self.started]
        if wrong:
            raise OutOfOrder(f"{len(wrong)} of the history are marked late: {wrong[0]}")

    def check_history(self, events: Sequence[LogEvent], since: int) -> None:
        """A history that was read afterwards has all that there is since a moment, in order.

        Raises:
            Broken: it has not.
        """
        there = {}
        for name, one in self.delivered.items():
            asked = one.kept and one.timestamp >= since
            there[name] = replace(one, wanted=asked, allowed=asked)
        check_once(events, there)
        InOrder().check(events, self._now())
        # Of one millisecond there can be more than is gathered to be put into order.
        pairs = pairwise(events)
        if wrong := [
            event for one, event in pairs if event.late and event.timestamp < one.timestamp
        ]:
            raise OutOfOrder(f"{len(wrong)} of a history come late: {wrong[0].message[:60]!r}")

    def _deadline(self, one: Delivered) -> int:
        """When something has to have been shown at the latest (ms)."""
        moment = max(one.visible, self.started)
        for begin, end in sorted(self._excuses):
            if begin <= moment + one.patience_ms:
                moment = max(moment, end)
        return moment + one.patience_ms
