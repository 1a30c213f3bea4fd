"""What became of the objects: read, passed over, or to be tried again when that is permitted."""

from __future__ import annotations

from mqtail.aws.failures import Failure, Kind
from mqtail.sources.objects.cursor import Cursor
from mqtail.sources.objects.listing import DeliveredObject
from mqtail.status import ReaderStatus, State

MOST_DENIED = 100
"""Forbidden objects that are tried again; of more, the latest."""

SURE = 10
"""When so many were forbidden and none was not, it is said before the others are tried."""


class Outcomes:
    """Keeps the status of a reader as to what could not be read.

    Args:
        status: gets the counts; it is `FAILING` while everything is forbidden.
        again_ms: how often what is forbidden is tried again.
    """

    def __init__(self, status: ReaderStatus, again_ms: int) -> None:
        self.failure: Failure | None = None
        """Why nothing can be read, where every object is forbidden."""
        self._status = status
        self._again_ms = again_ms
        self._again_at = 0
        self._denied: dict[str, DeliveredObject] = {}
        self._denials = 0
        self._denial = Failure(Kind.DENIED, "")
        self._granted = False

    def ended(self, cursor: Cursor) -> None:
        """Take note of an object that was read to its end, or could not be."""
        key, problem = cursor.found.key, cursor.problem
        known = self._denied.pop(key, None)
        if problem is None or not problem.denied:
            self._granted |= known is not None
            self._denials = -1
            self._recovered()
        else:
            self._denied[key] = cursor.found
            self._denial = Failure(Kind.DENIED, problem.sentence, problem.hint)
            if len(self._denied) > MOST_DENIED:
                del self._denied[next(iter(self._denied))]
            if self._denials >= 0 and known is None:
                self._denials += 1
        status = self._status
        if problem is not None and known is None:
            status.passed_over += 1
            status.problem = f"{problem.sentence} {problem.hint}".rstrip()
        elif problem is None and known is not None:
            status.passed_over -= 1
            status.problem = status.problem if status.passed_over else ""
        if self._denials >= SURE:
            self._tell()

    def settle(self) -> None:
        """Say that there is nothing else to be tried for now."""
        if self._denials > 0:
            self._tell()
            self._status.hopeless = True

    def to_try_again(self, now: int) -> list[DeliveredObject]:
        """Forbidden objects whose turn it is: one now and then, all once that one was read."""
        if self._granted:
            self._granted = False
            return list(self._denied.values())
        if not self._denied or now < self._again_at:
            return []
        self._again_at = now + self._again_ms
        # What is forbidden still is put behind the others.
        return [next(iter(self._denied.values()))]

    def _tell(self) -> None:
        self.failure = self._denial
        status = self._status
        status.state = State.FAILING
        status.reason, status.hint = self._denial.sentence, self._denial.hint

    def _recovered(self) -> None:
        if self.failure is None:
            return
        self.failure = None
        status = self._status
        status.state = State.LIVE if status.complete_to else State.HISTORY
        status.reason = status.hint = ""
        status.hopeless = False
