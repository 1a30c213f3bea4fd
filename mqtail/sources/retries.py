"""Failed requests: repeated soon, then ever more slowly, while the reader's status says why."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeVar

from mqtail.aws.failures import Failure, Kind, failure_of
from mqtail.settings import Pace
from mqtail.status import ReaderStatus, State

PATIENCE = 6
"""Tries of one request where the reading is to end (no following)."""

OPTIONAL_PATIENCE = 3
"""The same for a service that cannot be reached, and that nobody asked for."""

_T = TypeVar("_T")


class ReadFailed(Exception):
    """A log that cannot be read, where the reading is to end rather than to wait."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.sentence)
        self.failure = failure


class Retries:
    """Waits after failed requests of one reader, and keeps its status.

    A failed request is to be repeated: soon, then ever more slowly while its cause may pass, slowly
    when a person has to do something.

    Args:
        patient: go on trying for ever; else raise `ReadFailed` when it will not work.
    """

    def __init__(self, status: ReaderStatus, pace: Pace, *, patient: bool) -> None:
        self._status = status
        self._pace = pace
        self._patient = patient
        self._failures: dict[object, Failure] = {}
        """Why requests that are being repeated failed last; several can be under way."""

    @property
    def failure(self) -> Failure | None:
        """Why a request failed that has not worked since; None when there is none."""
        return next(iter(self._failures.values()), None)

    async def call(self, what: str, request: Callable[[], Awaitable[_T]]) -> _T:
        """The result of a request, repeated until it works.

        Args:
            what: what it does, for people: `"reading the log group /x"`.

        Raises:
            ReadFailed: see `patient`.
        """
        attempt, this = 0, object()
        try:
            while True:
                try:
                    result = await request()
                except Exception as error:
                    # Whatever goes wrong with one request must not end the reading.
                    attempt += 1
                    self._status.retries += 1
                    await self.pause(failure_of(error, what), attempt, this)
                else:
                    self.recovered(this)
                    return result
        except asyncio.CancelledError:
            self._failures.pop(this, None)
            raise

    async def pause(self, failure: Failure, attempt: int, of: object = None) -> None:
        """Say what failed, for the `attempt`-th time in a row, and wait before the next try.

        Args:
            of: tells the request from others that are under way.

        Raises:
            ReadFailed: see `patient`.
        """
        if failure.kind is Kind.MISSING and self._status.service in ("mq", "msk"):
            why = f"`mqtail check {self._status.target}` tells why."
            failure = replace(failure, hint=why)
        self._failures[of] = failure
        self._tell(failure, attempt)
        away = failure.kind is Kind.NETWORK and self._status.optional
        most = OPTIONAL_PATIENCE if away else PATIENCE
        if not self._patient and (attempt >= most or not failure.passing):
            raise ReadFailed(failure)
        await asyncio.sleep(self._pause_s(failure, attempt))

    def recovered(self, of: object = None) -> None:
        """Say that a request has worked, see `pause`."""
        status = self._status
        failed = self._failures.pop(of, None) is not None
        if self._failures or (not failed and status.state is not State.STARTING):
            # What is said of others, or otherwise, still holds.
            return
        if status.state in (State.THROTTLED, State.FAILING, State.WAITING, State.STARTING):
            status.state = State.HISTORY if not status.complete_to else State.LIVE
            status.reason = status.hint = ""
            status.hopeless = False

    def _pause_s(self, failure: Failure, attempt: int) -> float:
        """Seconds until the next try: doubled each time, capped, with jitter."""
        if not failure.passing:
            return self._pace.max_backoff_ms / 1000 * random.uniform(0.8, 1.0)
        pause = self._pace.backoff_ms << min(attempt - 1, 10)
        return float(min(pause, self._pace.max_backoff_ms)) / 1000 * random.uniform(0.5, 1.0)

    def _tell(self, failure: Failure, attempt: int) -> None:
        status = self._status
        throttled = failure.kind is Kind.THROTTLED
        status.throttles += throttled
        if attempt == 1 and failure.passing and (status.optional or not throttled):
            # One hiccup is not worth a person's attention.
            return
        if throttled:
            status.state = State.THROTTLED
        elif failure.kind is Kind.MISSING:
            status.state = State.WAITING
        else:
            status.state = State.FAILING
        status.reason, status.hint = failure.sentence, failure.hint
        status.hopeless = not failure.passing and failure.kind is not Kind.MISSING
