"""What a check is, and what it looks at; what it finds is in `findings`."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from mqtail.aws.failures import SIGN_IN_KINDS, FailedCall, one_line
from mqtail.checks.commands import signed_in
from mqtail.checks.findings import Finding, Outcome, failed, passed, unknown, warned
from mqtail.checks.lookups import Lookups
from mqtail.errors import MqtailError

__all__ = [
    "Check",
    "Finding",
    "Outcome",
    "Skipped",
    "Subject",
    "check",
    "failed",
    "passed",
    "unknown",
    "warned",
]

logger = logging.getLogger(__name__)


class Skipped(Exception):
    """A check does not apply; the text is a sentence that says why."""


class Subject:
    """A broker, a cluster, a log group, or the account: what checks look at.

    Args:
        service: `mq`, `msk`, `logs` or `account`.
        id: a broker's id, a cluster's ARN, a log group's name, the account's id.
        name: what its user calls it.
        lookups: asks AWS.
    """

    def __init__(self, service: str, id: str, name: str, lookups: Lookups) -> None:
        self.service = service
        self.id = id
        self.name = name or id
        self.lookups = lookups
        self._findings: dict[str, asyncio.Task[Finding]] = {}

    async def finding(self, check: Check[Any]) -> Finding:
        """What a check finds here; it runs once, however often it is asked for.

        Raises:
            MqtailError: nothing can be looked at (no credentials).
        """
        if check.id not in self._findings:
            self._findings[check.id] = asyncio.create_task(_judged(check, self))
        return await self._findings[check.id]

    async def blame(self, *causes: Check[Any]) -> None:
        """See that what is wrong does not follow from something that fails, and is told there.

        Raises:
            Skipped: it does.
        """
        for cause in causes:
            if (await self.finding(cause)).outcome is Outcome.FAIL:
                raise Skipped(f"This follows from another finding, see {cause.id}.")


S = TypeVar("S", bound=Subject)


@dataclass(frozen=True, slots=True)
class Check(Generic[S]):
    """A check of one kind of subject."""

    id: str
    """Stable, in kebab-case."""
    category: str
    title: str
    """What holds when it passes."""
    doc: str
    """Address of the page to read."""
    run: Callable[[S], Awaitable[Finding]]
    """Raises `Skipped` where it does not apply, and `FailedCall` where it could not look."""
    last: bool = False
    """It tells of all other checks of a run, so it is made after them."""
    ahead: Callable[[Any], Awaitable[object]] | None = None
    """Asks AWS for what it needs, for a check that is made last: that need not wait for others."""


def check(
    id: str,
    category: str,
    title: str,
    *,
    doc: str,
    last: bool = False,
    ahead: Callable[[Any], Awaitable[object]] | None = None,
) -> Callable[[Callable[[S], Awaitable[Finding]]], Check[S]]:
    """Make a check of a function, see `Check`."""

    def made(run: Callable[[S], Awaitable[Finding]]) -> Check[S]:
        return Check(id, category, title, doc, run, last, ahead)

    return made


async def _judged(check: Check[Any], subject: Subject) -> Finding:
    """What a check finds; a look-up that did not work leaves it unknown."""
    try:
        finding: Finding = await check.run(subject)
    except Skipped as reason:
        return Finding(Outcome.SKIP, str(reason))
    except FailedCall as error:
        failure = error.failure
        if failure.kind in SIGN_IN_KINDS:
            raise failure.error() from error
        return unknown(failure.sentence, f"This could not be looked at. {failure.hint}".rstrip())
    except MqtailError:
        raise
    except Exception as error:
        # Its traceback is kept; the other checks go on.
        logger.exception("The check %s ended", check.id)
        what = f"{type(error).__name__}: {one_line(error)}"
        return unknown(what, "This is an error in mqtail; the other checks go on.")
    lookups = subject.lookups
    fix = (signed_in(one, lookups.profile, lookups.endpoint_url) for one in finding.fix)
    return replace(finding, fix=tuple(fix))
