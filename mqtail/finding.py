"""Finding targets, waiting for a sign-in where that is what it takes; and what appears later."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

from mqtail.aws.credentials import RenewableCredentials
from mqtail.aws.decoding import CALL_ERRORS
from mqtail.aws.failures import RENEW_HINT, one_line
from mqtail.discovery import Discovery
from mqtail.errors import CredentialsError
from mqtail.logs import Log
from mqtail.targets import Target

logger = logging.getLogger(__name__)

_T = TypeVar("_T")


async def found(
    find: Callable[[], Awaitable[_T]],
    credentials: RenewableCredentials,
    waits: Callable[[CredentialsError], Awaitable[None]] | None,
) -> _T:
    """What looking for something finds, once the credentials are good enough for it.

    Args:
        find: looks for it.
        credentials: what it takes.
        waits: told that nobody can look without a sign-in, waits until that is worth another try;
            None: do not wait.

    Raises:
        MqtailError: of `find`.
    """
    number, renewed = credentials.number, False
    while True:
        try:
            return await find()
        except CredentialsError as error:
            if error.hint == RENEW_HINT:
                error.hint = credentials.renewal.hint
            before, number = number, await credentials.renewed(number)
            # Other credentials that are refused, too, are no reason to hurry any more.
            renewed = number != before and not renewed
            if renewed:
                continue
            if waits is None:
                raise
            await waits(error)


async def appearing(
    target: Target, discovery: Discovery, pause_ms: int, notes: list[str]
) -> AsyncIterator[tuple[Log, ...]]:
    """The logs of a broker, again and again: log groups may appear.

    Args:
        pause_ms: between two looks.
        notes: gets what was not foreseen, each once.
    """
    told: set[str] = set()
    while True:
        await asyncio.sleep(pause_ms / 1000)
        try:
            names = await discovery.list_groups(target.prefix)
        except CALL_ERRORS:
            # The readers tell what is wrong; this looks again later.
            continue
        except Exception as error:
            reason = f"{type(error).__name__}: {one_line(error)}"
            if reason not in told:
                told.add(reason)
                logger.exception("Looking for log groups of %s failed", target.name)
                notes.append(
                    f"Log groups of {target.name} that appear later may not be found: {reason}."
                    " This is an error in mqtail; it looks again later."
                )
            continue
        yield target.with_groups(names).logs
