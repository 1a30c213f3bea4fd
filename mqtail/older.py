"""Reading further back than the start that was asked for: all logs together, step by step."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterable
from contextlib import aclosing
from typing import Any

from mqtail.aws.failures import Failure, Kind, one_line
from mqtail.clock import Clock
from mqtail.errors import MqtailError, first_error
from mqtail.sources.reader import Reader
from mqtail.sources.retries import ReadFailed
from mqtail.status import OlderHistory, OlderState, State
from mqtail.store import Store

FIRST_STEP_MS = 600_000
LARGEST_STEP_MS = 86_400_000
"""Steps that find something are not longer than this."""

STUCK_S = 10.0
"""A step does not wait for a log that could not be read for longer than this."""

GLANCE_S = 0.1
"""How often a step looks whether logs it waits for can be read."""

logger = logging.getLogger(__name__)

Begin = Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]]
"""Starts a task."""


class OlderReading:
    """Reads older history of all logs into the store, as far as that has room.

    One step reads all logs back to the same moment. Where nothing is found, the next one follows
    at once, so that a step finds something or there is nothing older.

    Args:
        store: takes the events.
        clock: tells the time.
        readers: gives all readers at work.

    Attributes:
        status: how it stands.
    """

    def __init__(self, store: Store, clock: Clock, readers: Callable[[], Iterable[Reader]]) -> None:
        self.status = OlderHistory()
        self._store = store
        self._clock = clock
        self._readers = readers
        self._lanes: dict[int, _Lane] = {}
        """By the identity of their readers."""

    def add(self, reader: Reader) -> None:
        """Take part from now on: the history of this log has been read."""
        self._lane(reader).begun = True
        if self.status.state is OlderState.COMPLETE:
            self.status.state = OlderState.IDLE

    def wish(self) -> bool:
        """Whether a step is to be read now; if so, the status says so from now on."""
        if self.status.state is not OlderState.IDLE:
            return False
        for lane in self._lanes.values():
            lane.try_again()
        if self._store.is_full or not (self._free() or self._is_loading()):
            self._settle()
            return False
        self.status.state = OlderState.READING
        return True

    async def step(self, begin: Begin) -> None:
        """Read a step, see `wish`.

        It begins when all histories have been read. A log that cannot be read now is not waited
        for; it is read on when it can be.

        Args:
            begin: starts tasks that end with the run.
        """
        try:
            while self._is_loading():  # noqa: ASYNC110  # readers announce nothing
                await asyncio.sleep(GLANCE_S)
            store, found, size = self._store, self.status.events, self._first_size()
            while self.status.events == found and not store.is_full and (lanes := self._free()):
                goal = max(lane.reader.covers_from for lane in lanes) - size
                for lane in lanes:
                    if lane.reader.covers_from > goal:
                        lane.task = begin(self._read(lane, goal))
                while waiting := [lane.task for lane in lanes if lane.task and not lane.is_stuck()]:
                    await asyncio.wait(waiting, timeout=GLANCE_S)
                size *= 2
        finally:
            self.status.state = OlderState.IDLE
            self._settle()

    async def _read(self, lane: _Lane, goal: int) -> None:
        """Read one log back to a moment (ms)."""
        try:
            async with aclosing(lane.reader.older(goal)) as pages:
                async for events in pages:
                    self._store.add(events)
                    self.status.events += len(events)
                    if self._store.is_full:
                        return
        except Exception as error:
            lane.end(first_error(error))
        finally:
            lane.task = None
            if self.status.state is not OlderState.READING:
                # The step had gone on without it.
                self._settle()

    def _lane(self, reader: Reader) -> _Lane:
        return self._lanes.setdefault(id(reader), _Lane(reader))

    @property
    def _begun(self) -> list[_Lane]:
        """The logs whose history has been read."""
        return [lane for lane in self._lanes.values() if lane.begun]

    def _free(self) -> list[_Lane]:
        """The logs that a step can read."""
        return [lane for lane in self._begun if lane.task is None and not lane.is_done]

    def _first_size(self) -> int:
        """How far back a step reads, ms: as far as all that was read, so it doubles that."""
        begin = max((lane.reader.covers_from for lane in self._free()), default=0)
        return min(max(self._clock.now() - begin, FIRST_STEP_MS), LARGEST_STEP_MS)

    def _settle(self) -> None:
        """Say how far it has come, and whether it can go on."""
        status = self.status
        status.reached = max((lane.reader.covers_from for lane in self._begun), default=0)
        if self._tell_if_full():
            return
        trouble = self._trouble()
        status.reason = trouble or next(
            (lane.ended_by for lane in self._begun if lane.ended_by), ""
        )
        done = self._begun and all(lane.is_done and not lane.may_pass for lane in self._begun)
        if status.state is OlderState.IDLE and done and not trouble and not self._is_loading():
            status.state = OlderState.COMPLETE

    def _trouble(self) -> str:
        """Why a log that was asked for cannot be read now; empty where all can."""
        for lane in self._lanes.values():
            failure = lane.reader.failure
            missing = lane.reader.status.optional or (failure and failure.kind is Kind.MISSING)
            if failure and lane.is_stuck() and not missing:
                return failure.sentence
        return ""

    def _is_loading(self) -> bool:
        """Whether a log is still reading its history."""
        lanes = [self._lane(reader) for reader in self._readers()]
        return any(not (lane.begun or lane.is_over or lane.is_stuck()) for lane in lanes)

    def _tell_if_full(self) -> bool:
        """Say that the buffer holds no more, if that is so."""
        if not self._store.is_full:
            return False
        self.status.state = OlderState.FULL
        self.status.reason = (
            f"The buffer is full: it holds {self._store.limit}. --buffer sets how much."
        )
        return True


class _Lane:
    """The older history of one log."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.begun = False
        """Its history has been read."""
        self.task: asyncio.Task[None] | None = None
        """Reads, if need be for longer than a step."""
        self.ended_by = ""
        """Why it goes no further, in one sentence."""
        self.may_pass = False
        """That may pass: the next step tries again."""
        self._failing_since = 0.0

    @property
    def is_done(self) -> bool:
        """Whether there is nothing more to be read."""
        return self.reader.status.nothing_older or bool(self.ended_by)

    @property
    def is_over(self) -> bool:
        """Whether nothing of it is being read any more."""
        return self.reader.status.state in (State.FAILING, State.ENDED) and not self.reader.failure

    def end(self, error: BaseException) -> None:
        """Take note that it goes no further."""
        self.ended_by = _sentence(error, self.reader)
        self.may_pass = isinstance(error, ReadFailed) and error.failure.passing

    def try_again(self) -> None:
        """Go on, if what was in the way may have passed."""
        if self.may_pass:
            self.ended_by, self.may_pass = "", False

    def is_stuck(self) -> bool:
        """Whether it has to wait for something that may take long."""
        failure, now = self.reader.failure, asyncio.get_running_loop().time()
        if failure is None:
            self._failing_since = 0.0
            return False
        self._failing_since = self._failing_since or now
        return not failure.passing or now - self._failing_since > STUCK_S


def _sentence(error: BaseException, reader: Reader) -> str:
    """Why a log cannot be read any further back."""
    if isinstance(error, ReadFailed):
        return _told(error.failure)
    if isinstance(error, MqtailError):
        return error.message
    logger.error("Reading older history of %s ended", reader.log.place, exc_info=error)
    return f"{reader.log.place}: {type(error).__name__}: {one_line(error)}"


def _told(failure: Failure) -> str:
    return f"{failure.sentence} {failure.hint}".rstrip()
