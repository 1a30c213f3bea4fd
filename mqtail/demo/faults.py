"""Faults that can be scripted: what an AWS, or the way to it, does on a bad day.

aws.faults.add(Throttle(), operation="FilterLogEvents", times=3)
handle = aws.faults.add(AccessDenied(), where=lambda p: p.get("logGroupName") == "/app/a")
...
handle.remove()
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mqtail.demo.calls import Call, Permission, ServiceError, access_denied

Body = bytes | memoryview
Where = Callable[[dict[str, Any]], bool]
"""Whether a call with these parameters is meant."""


class DropConnection(Exception):
    """The connection is to be reset, without an answer."""


class Surroundings:
    """What a fault may need to know of the server.

    Args:
        permission: gives what a policy must allow for a call.
        stopping: set when the server stops, so that nothing waits longer.
    """

    def __init__(
        self,
        permission: Callable[[Call], Permission],
        stopping: asyncio.Event,
    ) -> None:
        self.permission = permission
        self.stopping = stopping

    async def wait(self, seconds: float | None) -> None:
        """Wait so long, or for ever (None); until the server stops at the latest.

        Raises:
            DropConnection: the server stops.
        """
        try:
            await asyncio.wait_for(self.stopping.wait(), seconds)
        except TimeoutError:
            return
        raise DropConnection


class Fault:
    """Base of all faults: does nothing."""

    async def strike(self, call: Call, around: Surroundings) -> None:
        """Act before the call is answered: wait, change what is asked of the answer, or raise.

        Raises:
            ServiceError: the call is answered with this error.
            DropConnection: it is not answered.
        """

    def spoil(self, body: Body) -> Body:
        """The body of the answer, as it is sent."""
        return body

    def cut(self, length: int) -> int:
        """After how many of the `length` bytes of the body the connection is reset."""
        return length


class ErrorFault(Fault):
    """Answers with an error; the code is that of JSON 1.1, which each service words in its way.

    The status is 400 unless told otherwise.
    """

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        self.error = (code, message, status)

    async def strike(self, call: Call, around: Surroundings) -> None:
        """Answer with the error."""
        raise ServiceError(*self.error)


class Throttle(ErrorFault):
    """The request quota is used up."""

    def __init__(self) -> None:
        super().__init__("ThrottlingException", "Rate exceeded")


class ServerError(ErrorFault):
    """The service fails: status 500, 503 or another."""

    def __init__(self, status: int = 503) -> None:
        code = "ServiceUnavailableException" if status == 503 else "InternalFailure"
        super().__init__(code, "The service cannot complete the request.", status)


class ExpiredCredentials(ErrorFault):
    """The session token has run out."""

    def __init__(self) -> None:
        text = "The security token included in the request is expired"
        super().__init__("ExpiredTokenException", text)


class UnrecognizedClient(ErrorFault):
    """The access key is not known."""

    def __init__(self) -> None:
        text = "The security token included in the request is invalid."
        super().__init__("UnrecognizedClientException", text)


class InvalidSignature(ErrorFault):
    """The secret key is wrong, or the clock is."""

    def __init__(self) -> None:
        text = (
            "The request signature we calculated does not match the signature you provided."
            " Check your AWS Secret Access Key and signing method."
        )
        super().__init__("InvalidSignatureException", text, 403)


class AccessDenied(Fault):
    """IAM does not allow the call; the message names action and resource as AWS does.

    Args:
        explicit: a policy denies it, instead of none allowing it.
    """

    def __init__(self, *, explicit: bool = False) -> None:
        self.explicit = explicit

    async def strike(self, call: Call, around: Surroundings) -> None:
        """Answer that the caller is not authorized."""
        raise access_denied(call.caller, around.permission(call), explicit=self.explicit)


class ConnectionReset(Fault):
    """The connection is reset. aiohttp repeats a GET once by itself: two resets are one to it."""

    async def strike(self, call: Call, around: Surroundings) -> None:
        """Reset the connection."""
        raise DropConnection


class Slow(Fault):
    """The answer takes its time, in seconds."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    async def strike(self, call: Call, around: Surroundings) -> None:
        """Wait."""
        await around.wait(self.seconds)


class Hang(Fault):
    """No answer comes, and the connection stays open."""

    async def strike(self, call: Call, around: Surroundings) -> None:
        """Wait until the server stops."""
        await around.wait(None)


class TruncatedBody(Fault):
    """A success whose body is cut off in the middle; its length is told accordingly."""

    def spoil(self, body: Body) -> Body:
        """The first half of the body."""
        return body[: len(body) // 2]


class BrokenTransfer(Fault):
    """A success whose body has its full length announced, and half of it sent before a reset."""

    def cut(self, length: int) -> int:
        """Half of the body."""
        return length // 2


class EmptyPages(Fault):
    """So many empty pages with a token come before each page of FilterLogEvents."""

    def __init__(self, count: int = 1) -> None:
        self.count = count

    async def strike(self, call: Call, around: Surroundings) -> None:
        """Ask for the empty pages."""
        call.empty_pages = self.count


class RepeatEvents(Fault):
    """The last events of a page of FilterLogEvents come once more on the next one."""

    def __init__(self, count: int = 1) -> None:
        self.count = count

    async def strike(self, call: Call, around: Surroundings) -> None:
        """Ask for the repetition."""
        call.repeated_events = self.count


@dataclass(eq=False, slots=True)
class FaultHandle:
    """A fault in force."""

    fault: Fault
    operation: str | None
    service: str | None
    where: Where | None
    left: int | None
    """How many calls it will still hit; None: all until it is removed."""
    hits: int = 0
    """How many calls it has hit."""

    def matches(self, call: Call) -> bool:
        """Whether it hits this call."""
        return (
            self.left != 0
            and self.operation in (None, call.operation)
            and self.service in (None, call.service)
            and (self.where is None or self.where(call.parameters))
        )

    def remove(self) -> None:
        """End it."""
        self.left = 0


class Faults:
    """The faults of a server, in the order in which they were added; a call can meet several."""

    def __init__(self) -> None:
        self._handles: list[FaultHandle] = []

    def add(
        self,
        fault: Fault,
        *,
        operation: str | None = None,
        service: str | None = None,
        times: int | None = None,
        where: Where | None = None,
    ) -> FaultHandle:
        """Put a fault in force, from now on for the next `times` calls that match, or for all.

        Args:
            fault: what happens.
            operation: only on this operation.
            service: only on this service.
            times: how many calls it hits; None: all, until it is removed.
            where: only on calls whose parameters satisfy this.
        """
        handle = FaultHandle(fault, operation, service, where, times)
        self._handles.append(handle)
        return handle

    def clear(self) -> None:
        """End all faults."""
        for handle in self._handles:
            handle.remove()

    def meeting(self, call: Call) -> list[Fault]:
        """The faults that hit a call; it counts as hit."""
        self._handles = [handle for handle in self._handles if handle.left != 0]
        hit = [handle for handle in self._handles if handle.matches(call)]
        for handle in hit:
            handle.hits += 1
            if handle.left is not None:
                handle.left -= 1
        return [handle.fault for handle in hit]
