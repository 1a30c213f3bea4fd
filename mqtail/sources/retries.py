"""Failed requests: repeated soon, then ever more slowly, while the reader's status says why."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeVar

from mqtail.aws.credentials import RenewableCredentials
from mqtail.aws.failures import Failure, Kind, failure_of
from mqtail.clock import Clock
from mqtail.settings import Pace
from mqtail.status import Interruption, ReaderStatus, State

PATIENCE = 6
"""Tries of one request where the reading is to end (no following)."""

OPTIONAL_PATIENCE = 3
"""The same for a service that cannot be reached, and that nobody asked for."""

INTERRUPTION_MS = 5_000
"""A log that could not be read for longer than this was interrupted."""

_T = TypeVar("_T")


class ReadFailed(Exception):
    """A log that cannot be read, where the reading is to end rather than to wait."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.sentence)
        self.failure = failure


class Retries:
    """Waits after failed requests of one reader, and keeps its status.

    A failed request is to be repeated: soon, then ever more slowly while its cause may pass, slowly
    when a person has to do something. Credentials that are no longer taken are looked up anew
    before each pause, and where there are others the request is repeated at once.

    Args:
        patient: go on trying for ever; else raise `ReadFailed` when it will not work.
        credentials: what the requests are signed with; None: nothing that can be renewed.
    """

    def __init__(
        self,
        status: ReaderStatus,
        pace: Pace,
        clock: Clock,
        *,
        patient: bool,
        credentials: RenewableCredentials | None = None,
    ) -> None:
        self._status = status
        self._pace = pace
        self._clock = clock
        self._patient = patient
        self._credentials = credentials
        self._renewed = 0
        """Number of the other credentials with which requests are made at once; 0: none are."""
        self._now = asyncio.Event()
        """Set to end the pauses that are under way."""
        self._works = asyncio.Event()
        self._works.set()
        self._failing_since = 0
        """When the first request failed since one worked, ms; 0: none did."""
        self._interruption: Interruption | None = None
        """The one in the status that lasts."""
        self._failures: dict[object, Failure] = {}
        """Why requests that are being repeated failed last; several can be under way."""

    @property
    def failure(self) -> Failure | None:
        """Why a request failed that has not worked since; None when there is none."""
        return next(iter(self._failures.values()), None)

    @property
    def keys(self) -> int:
        """Number of the credentials that a request is signed with now."""
        return self._credentials.number if self._credentials else 0

    def try_now(self) -> None:
        """End the pauses that are under way."""
        self._now.set()
        self._now = asyncio.Event()

    async def working(self) -> None:
        """Wait while a request is being repeated: others would not work either."""
        await self._works.wait()

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
                keys = self.keys
                try:
                    result = await request()
                except Exception as error:
                    # Whatever goes wrong with one request must not end the reading.
                    attempt += 1
                    self._status.retries += 1
                    await self.pause(failure_of(error, what), attempt, this, keys=keys)
                else:
                    self.recovered(this)
                    return result
        except asyncio.CancelledError:
            self._has_no_failure(this)
            raise

    async def pause(
        self, failure: Failure, attempt: int, of: object = None, *, keys: int = 0
    ) -> None:
        """Say what failed, for the `attempt`-th time in a row, and wait before the next try.

        Args:
            of: tells the request from others that are under way.
            keys: what it was signed with, see the property.

        Raises:
            ReadFailed: see `patient`.
        """
        if failure.kind is Kind.MISSING and self._status.service in ("mq", "msk"):
            why = f"`mqtail check {self._status.target}` tells why."
            failure = replace(failure, hint=why)
        if failure.kind is Kind.CREDENTIALS and self._credentials is not None:
            failure = replace(failure, hint=self._credentials.renewal.hint)
        self._failures[of] = failure
        self._works.clear()
        self._tell(failure, attempt)
        if failure.kind is Kind.CREDENTIALS and await self._find_others(keys):
            return
        away = failure.kind is Kind.NETWORK and self._status.optional
        most = OPTIONAL_PATIENCE if away else PATIENCE
        if not self._patient and (attempt >= most or not failure.passing):
            raise ReadFailed(failure)
        pause_s = self._pause_s(failure, attempt)
        self._note_failure(failure, pause_s)
        try:
            async with asyncio.timeout(pause_s):
                await self._now.wait()
        except TimeoutError:
            return

    def recovered(self, of: object = None) -> None:
        """Say that a request has worked, see `pause`."""
        self._end_interruption()
        self._renewed = 0
        status = self._status
        status.reached = True
        failed = self._has_no_failure(of)
        if self._failures or (not failed and status.state is not State.STARTING):
            # What is said of others, or otherwise, still holds.
            return
        if status.state in (State.THROTTLED, State.FAILING, State.WAITING, State.STARTING):
            status.state = State.HISTORY if not status.complete_to else State.LIVE
            status.reason = status.hint = ""
            status.hopeless = False

    async def _find_others(self, keys: int) -> bool:
        """Whether there are other credentials, so that the request is worth another try at once."""
        if self._credentials is None:
            return False
        number = await self._credentials.renewed(keys)
        # A role that is assumed anew has other keys each time, and they may be refused, too.
        at_once = number != keys and self._renewed in (0, number)
        self._renewed = number if at_once else 0
        return at_once

    def _has_no_failure(self, of: object) -> bool:
        """Note that a request works; whether it had failed."""
        failed = self._failures.pop(of, None) is not None
        if not self._failures:
            self._works.set()
        return failed

    def _note_failure(self, failure: Failure, pause_s: float) -> None:
        """Tell of an interruption once it is certain that it will be one."""
        status = self._status
        if failure.kind is Kind.MISSING or (status.optional and not status.complete_to):
            # There is nothing that could have been read, or nobody expects it.
            return
        now = self._clock.now()
        self._failing_since = self._failing_since or now
        if self._interruption is None and now + pause_s * 1000 > self._failing_since + (
            INTERRUPTION_MS
        ):
            self._interruption = Interruption(self._failing_since, 0, failure.sentence)
            status.interrupted(self._interruption)

    def _end_interruption(self) -> None:
        begin, lasting = self._failing_since, self._interruption
        self._failing_since, self._interruption = 0, None
        if lasting is None:
            return
        now = self._clock.now()
        ended = replace(lasting, end=now) if now > begin + INTERRUPTION_MS else None
        self._status.interrupted(ended, instead_of=lasting)

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
        status.reason, status.hint = failure.sentence, self._hint(failure)
        status.hopeless = not failure.passing and failure.kind is not Kind.MISSING

    def _hint(self, failure: Failure) -> str:
        """What to do about a failure, and whether that is enough for a reading that goes on."""
        if failure.kind is not Kind.CREDENTIALS or self._credentials is None:
            return failure.hint
        goes_on = self._patient and self._status.reached and self._credentials.renewal.is_taken_up
        return failure.hint + " Reading goes on by itself then." * goes_on
