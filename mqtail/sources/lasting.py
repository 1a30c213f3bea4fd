"""A reader that outlasts errors which nobody foresaw."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import aclosing

from mqtail.aws.failures import Failure, one_line
from mqtail.errors import MqtailError, first_error
from mqtail.events import LogEvent
from mqtail.logs import Log
from mqtail.settings import Pace
from mqtail.sources.reader import Emit, History, Reader
from mqtail.sources.retries import ReadFailed
from mqtail.sources.turns import Turns
from mqtail.status import ReaderStatus, State
from mqtail.store import Predicate

logger = logging.getLogger(__name__)


class LastingReader:
    """Reads as another reader does, and begins again where that ends by an unforeseen error.

    What was read before does not come again. What the error struck may be missing: a notice says
    so, the status what happened, and the traceback is logged.

    Args:
        reader: the other reader.
        pace: tells how slowly.
        notes: gets the notice.
    """

    def __init__(self, reader: Reader, pace: Pace, notes: list[str]) -> None:
        self.status: ReaderStatus = reader.status
        self._reader = reader
        self._pace = pace
        self._notes = notes
        self._logged: set[str] = set()
        self._turns = Turns()

    @property
    def held(self) -> list[LogEvent]:
        """See `Reader`."""
        return self._reader.held

    @property
    def log(self) -> Log:
        """What it reads."""
        return self._reader.log

    @property
    def failure(self) -> Failure | None:
        """What stands in the way of reading; None while it works."""
        return self._reader.failure

    @property
    def instances_left_out(self) -> set[str]:
        """Broker instances that are there and were not asked for."""
        return self._reader.instances_left_out

    @property
    def reads_backwards(self) -> bool:
        """See `Reader`."""
        return self._reader.reads_backwards

    @property
    def covers_from(self) -> int:
        """See `Reader`."""
        return self._reader.covers_from

    def read_now(self) -> None:
        """Look for new events at once instead of at the next turn."""
        self._turns.ask()
        self._reader.read_now()

    async def history_forwards(self, end: int | None) -> History:
        """The history, oldest first, see `Reader`."""
        async with aclosing(self._lasting(lambda: self._reader.history_forwards(end))) as pages:
            async for events in pages:
                yield events

    async def history_backwards(self, end: int | None) -> History:
        """The history, newest first, see `Reader`."""
        async with aclosing(self._lasting(lambda: self._reader.history_backwards(end))) as pages:
            async for events in pages:
                yield events

    async def history_newest(self, end: int | None, lines: int, wanted: Predicate) -> History:
        """At most the newest `lines` of the history that are wanted, see `Reader`."""
        left = lines

        def history() -> History:
            return self._reader.history_newest(end, left, wanted)

        async with aclosing(self._lasting(history)) as pages:
            async for events in pages:
                left -= len(events)
                yield events

    async def older(self, begin: int) -> History:
        """What is older than all that was given, the newest first, see `Reader`."""
        async with aclosing(self._reader.older(begin)) as pages:
            async for events in pages:
                yield events

    async def follow(self, emit: Emit) -> None:
        """Read on as events arrive, for ever."""
        while True:
            try:
                await self._reader.follow(emit)
            except Exception as error:
                await self._pause_after(error)

    async def _lasting(self, history: Callable[[], History]) -> History:
        while True:
            try:
                async with aclosing(history()) as pages:
                    async for events in pages:
                        yield events
            except Exception as error:
                await self._pause_after(error)
            else:
                return

    async def _pause_after(self, error: Exception) -> None:
        """Tell an error that is not foreseen, and wait; any other is raised again."""
        cause = first_error(error)
        if isinstance(cause, MqtailError | ReadFailed):
            raise cause from None
        reason = f"{type(cause).__name__}: {one_line(cause)}"
        if reason not in self._logged:
            self._logged.add(reason)
            logger.error("Reading %s failed", self.log.place, exc_info=error)
            self._notes.append(
                f"Events of {self.log.place} may be missing: an error in mqtail struck while they"
                f" were read ({reason})."
            )
        status, pause_ms = self.status, self._pace.max_backoff_ms
        status.state, status.reason = State.FAILING, reason
        status.hint = (
            "This is an error in mqtail, and its traceback is kept. Reading is tried again every"
            f" {pause_ms / 1000:g} s; the other sources go on."
        )
        self._turns.begin()
        await self._turns.wait(pause_ms)
        status.state, status.reason, status.hint = State.STARTING, "", ""
