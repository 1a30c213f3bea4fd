"""How checks ask AWS: once for each thing, while it is noted what is permitted."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Coroutine, Sequence
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from botocore.exceptions import ClientError

from mqtail.aws.calls import Calls
from mqtail.aws.decoding import CALL_ERRORS
from mqtail.aws.failures import FailedCall, Failure, Kind, failure_of
from mqtail.checks.permissions import action_of

MOST_PAGES = 10
"""Pages that are read of listings that may have no end in sight."""

ABSENT = frozenset(
    {
        "404",
        "NoSuchBucket",
        "NoSuchBucketPolicy",
        "NoSuchEntity",
        "NotFoundException",
        "ResourceNotFoundException",
        "ServerSideEncryptionConfigurationNotFoundError",
    }
)
"""Error codes that say that what was asked for is not there."""

Described = dict[str, Any]
"""A member of an answer, as the SDK gives it."""

_A = TypeVar("_A", bound="Asking")
_P = ParamSpec("_P")
_T = TypeVar("_T")


def once(
    method: Callable[Concatenate[_A, _P], Coroutine[Any, Any, _T]],
) -> Callable[Concatenate[_A, _P], Coroutine[Any, Any, _T]]:
    """Have a look-up ask AWS once only for the same arguments."""

    @wraps(method)
    async def asked(self: _A, /, *args: _P.args, **kwargs: _P.kwargs) -> _T:
        key = (method.__name__, args, tuple(kwargs.items()))
        if key not in self.answers:
            self.answers[key] = asyncio.ensure_future(method(self, *args, **kwargs))
        answer: _T = await self.answers[key]
        return answer

    return asked


class Asking:
    """Asks AWS, within the rates of its services; what was answered is kept.

    Attributes:
        allowed: IAM actions that were called and permitted.
        denied: IAM actions that were not permitted, with AWS's words.
        answers: what was asked so far.
    """

    def __init__(self, calls: Calls) -> None:
        self.allowed: set[str] = set()
        self.denied: dict[str, str] = {}
        self._calls = calls
        self.answers: dict[Any, asyncio.Future[Any]] = {}

    async def ask(
        self,
        service: str,
        operation: str,
        arguments: Described,
        required: str,
        what: str,
        *,
        absent: Collection[str] = ABSENT,
    ) -> Any:
        """One answer; None where the error code says that there is no such thing.

        Args:
            what: what it does, for people.
            absent: the error codes that say so.
        """
        return await self._watched(
            service,
            operation,
            what,
            self._calls.call(service, operation, arguments, required),
            absent,
        )

    async def listed(
        self,
        service: str,
        operation: str,
        arguments: Described,
        member: str,
        what: str,
        *,
        absent: Collection[str] = (),
    ) -> list[Any]:
        """The items of a listing, of its first pages.

        Args:
            absent: the error codes that say that there are none.
        """
        pages = self._calls.pages(service, operation, arguments, member, most=MOST_PAGES)
        listed: Sequence[Any] | None = await self._watched(service, operation, what, pages, absent)
        return list(listed or ())

    async def _watched(
        self,
        service: str,
        operation: str,
        what: str,
        call: Awaitable[Any],
        absent: Collection[str] = (),
    ) -> Any:
        """The result of a call, while it is noted whether the action is permitted."""
        action = action_of(service, operation)
        try:
            answer = await call
        except CALL_ERRORS as error:
            if _code_of(error) in absent:
                self.allowed.add(action)
                return None
            raise self.denied_by(failure_of(error, what), action) from error
        self.allowed.add(action)
        return answer

    def denied_by(self, failure: Failure, action: str) -> FailedCall:
        """The error for a failed call; a permission that is missing is noted."""
        if failure.kind is Kind.DENIED:
            named = failure.hint.removeprefix("Ask for the permission ").rstrip(".")
            self.denied[named if ":" in named else action] = failure.sentence
        return FailedCall(failure)


def _code_of(error: Exception) -> str:
    """The error code of an answer; empty where there was none."""
    if not isinstance(error, ClientError):
        return ""
    return error.response.get("Error", {}).get("Code", "")
