"""Readers that have to ask AWS first what there is to read."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable
from contextlib import aclosing
from typing import Any, ClassVar

from mqtail.aws.decoding import CALL_ERRORS, member
from mqtail.aws.failures import FailedCall, Failure, failure_of
from mqtail.events import LogEvent
from mqtail.logs import ApiCalls, DeliveryStreamLog
from mqtail.sources.reader import Emit, History, Reader, Surroundings
from mqtail.status import ReaderStatus, State
from mqtail.store import Predicate


class ResolvingReader(ABC):
    """Finds out what to read when the reading begins, and leaves it to a reader of that.

    Both keep the same status. What cannot be found out is asked again, as `Retries` says.

    Args:
        log: what is delivered to a place that is not known yet.
        around: what it shares with the other readers.
    """

    reads_backwards: ClassVar[bool] = True
    """`history_backwards` does give the newest first."""

    def __init__(self, log: ApiCalls | DeliveryStreamLog, around: Surroundings) -> None:
        self.status = ReaderStatus(
            log.target, log.service, log.kind, log.place, destination=log.destination
        )
        self._around = around
        self._retries = around.retries(self.status)
        self._inner: Reader | None = None
        self._resolving = asyncio.Lock()

    @property
    @abstractmethod
    def log(self) -> ApiCalls | DeliveryStreamLog:
        """What it reads."""

    @abstractmethod
    async def resolve(self) -> Reader:
        """The reader of what there is.

        Raises:
            FailedCall: it cannot be found out now, or not be read.
        """

    @property
    def held(self) -> list[LogEvent]:
        """History that was read and not given yet: further lines may belong to it."""
        return self._inner.held if self._inner else []

    @property
    def failure(self) -> Failure | None:
        """What stands in the way of reading; None while it works."""
        return self._inner.failure if self._inner else self._retries.failure

    @property
    def instances_left_out(self) -> set[str]:
        """Broker instances that are there and were not asked for."""
        return self._inner.instances_left_out if self._inner else set()

    @property
    def covers_from(self) -> int:
        """Everything from this moment (ms) on has been given, once the history has ended."""
        return self._inner.covers_from if self._inner else self._around.started

    def read_now(self) -> None:
        """Look for new events at once instead of at the next turn."""
        self._retries.try_now()
        if self._inner:
            self._inner.read_now()

    async def history_forwards(self, end: int | None) -> History:
        """The history, oldest first, see `Reader`."""
        async with aclosing((await self._reader()).history_forwards(end)) as pages:
            async for events in pages:
                yield events

    async def history_backwards(self, end: int | None) -> History:
        """The history, newest first, see `Reader`."""
        async with aclosing((await self._reader()).history_backwards(end)) as pages:
            async for events in pages:
                yield events

    async def history_newest(self, end: int | None, lines: int, wanted: Predicate) -> History:
        """At most the newest `lines` of the history that are wanted, see `Reader`."""
        async with aclosing((await self._reader()).history_newest(end, lines, wanted)) as pages:
            async for events in pages:
                yield events

    async def older(self, begin: int) -> History:
        """What is older than all that was given, the newest first, see `Reader`."""
        async with aclosing((await self._reader()).older(begin)) as pages:
            async for events in pages:
                yield events

    async def follow(self, emit: Emit) -> None:
        """Read on as events arrive, for ever."""
        await (await self._reader()).follow(emit)

    async def _reader(self) -> Reader:
        async with self._resolving:
            if self._inner is None:
                what = f"finding out where {self.log.place} delivers"
                self._inner = await self._retries.call(what, self.resolve)
                self.status.state = State.HISTORY
                # What was found has not been read yet.
                self.status.reached = False
        return self._inner


async def called(what: str, call: Awaitable[Any], required: str) -> Any:
    """A member of the answer to a call that every good answer has.

    Args:
        what: what the call does, for people: `"reading the log group /x"`.
        required: name of the member.

    Raises:
        FailedCall: it did not work; it says what it did.
    """
    try:
        return member(await call, required)
    except CALL_ERRORS as error:
        raise FailedCall(failure_of(error, what)) from error
