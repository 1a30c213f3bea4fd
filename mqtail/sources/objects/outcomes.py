"""What became of the objects: read, passed over, or to be tried again."""

from __future__ import annotations

from mqtail.aws.failures import Failure, Kind
from mqtail.sources.objects.cursor import Cursor
from mqtail.sources.objects.listing import DeliveredObject
from mqtail.sources.objects.problems import ObjectProblem
from mqtail.status import ReaderStatus, State

MOST_DENIED = 100
"""Forbidden objects that are tried again; of more, the latest."""

MOST_ASIDE = 100
"""Objects that are put aside at the same time; of more, each is waited for."""

SURE = 10
"""When so many were forbidden and none was not, it is said before the others are tried. When so
many were put aside and none was read between them, it is not the objects that are at fault."""

SLOWEST = 16
"""Objects that were put aside are tried again ever more slowly, by so many times at the most."""


class Outcomes:
    """Keeps the status of a reader as to what could not be read.

    Args:
        status: gets the counts; it is `FAILING` while nothing can be read.
        again_ms: how often what is forbidden is tried again; what was put aside, at first.
    """

    def __init__(self, status: ReaderStatus, again_ms: int) -> None:
        self.failure: Failure | None = None
        """Why nothing can be read, where every object is forbidden or put aside."""
        self._status = status
        self._denied = _Later(again_ms)
        self._aside = _Later(again_ms, slowest=SLOWEST)
        self._aside_in_a_row = 0
        self._unread = 0
        """How many could not be read before any could; -1: one could."""
        self._last = Failure(Kind.DENIED, "")
        """Why the latest of them could not be."""

    def is_aside(self, found: DeliveredObject) -> bool:
        """Whether an object was put aside, and is being tried again."""
        return found.key in self._aside.objects

    @property
    def may_put_aside(self) -> bool:
        """Whether another object that fails may be put aside; else it is to be waited for."""
        return self._aside_in_a_row < SURE and len(self._aside.objects) < MOST_ASIDE

    def ended(self, cursor: Cursor) -> None:
        """Take note of an object that was read to its end, or could not be."""
        found, problem = cursor.found, cursor.problem
        was_denied, was_aside = self._denied.end(found.key), self._aside.end(found.key)
        known = was_denied or was_aside
        if problem is not None and problem.denied:
            self._denied.add(found)
            self._denied.drop_to(MOST_DENIED)
            self._not_read(Kind.DENIED, problem, known)
        elif problem is not None and problem.aside:
            self._aside.add(found)
            self._aside_in_a_row += not known
            self._not_read(Kind.SERVER, problem, known)
        else:
            self._denied.works |= was_denied
            self._aside.works |= was_aside
            self._aside_in_a_row = 0
            self._unread = -1
            self._recovered()
        self._count(problem, known)
        if self._unread >= SURE and self._last.kind is Kind.DENIED:
            self._tell()

    def settle(self) -> None:
        """Say that there is nothing else to be tried for now."""
        if self._unread > 0:
            self._tell()
            if self._last.kind is Kind.DENIED:
                # All that could be read is the list of them.
                self._status.hopeless, self._status.reached = True, False

    def to_try_again(self, now: int) -> list[DeliveredObject]:
        """Objects whose turn it is: one of a kind now and then, all once that one was read."""
        return self._denied.due(now) + self._aside.due(now)

    def _not_read(self, kind: Kind, problem: ObjectProblem, known: bool) -> None:
        self._last = Failure(kind, problem.sentence, problem.hint)
        if self._unread >= 0 and not known:
            self._unread += 1

    def _count(self, problem: ObjectProblem | None, known: bool) -> None:
        status = self._status
        if problem is not None and not known:
            status.passed_over += 1
            status.problem = f"{problem.sentence} {problem.hint}".rstrip()
        elif problem is None and known:
            status.passed_over -= 1
            status.problem = status.problem if status.passed_over else ""

    def _tell(self) -> None:
        self.failure = self._last
        status = self._status
        status.state = State.FAILING
        status.reason, status.hint = self._last.sentence, self._last.hint

    def _recovered(self) -> None:
        if self.failure is None:
            return
        self.failure = None
        status = self._status
        status.state = State.LIVE if status.complete_to else State.HISTORY
        status.reason = status.hint = ""
        status.hopeless = False


class _Later:
    """Objects that are tried again: one now and then, all once that one was read.

    Args:
        every_ms: how often.
        slowest: while none can be read, the time between two tries doubles, up to so many times.
    """

    def __init__(self, every_ms: int, slowest: int = 1) -> None:
        self.objects: dict[str, DeliveredObject] = {}
        self.works = False
        """One was read since the last try."""
        self._every_ms = every_ms
        self._slowest = slowest
        self._times = 1
        self._due_at = 0

    def add(self, found: DeliveredObject) -> None:
        """Take an object, behind the others."""
        self.objects[found.key] = found

    def end(self, key: str) -> bool:
        """Take an object out; whether it was there."""
        return self.objects.pop(key, None) is not None

    def drop_to(self, most: int) -> None:
        """Keep only so many, the latest."""
        while len(self.objects) > most:
            del self.objects[next(iter(self.objects))]

    def due(self, now: int) -> list[DeliveredObject]:
        """Those whose turn it is, `now` in ms."""
        if self.works:
            self.works, self._times = False, 1
            return list(self.objects.values())
        if not self.objects or now < self._due_at:
            return []
        self._due_at = now + self._every_ms * self._times
        self._times = min(self._times * 2, self._slowest)
        return [next(iter(self.objects.values()))]
