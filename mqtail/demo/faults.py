"""Faults: what an AWS, or the way to it, does on a bad day.

When they strike is the matter of `mqtail.demo.fault_schedule`: `aws.faults.add(fault, ...)`.

| fault | what happens |
|---|---|
| `Throttle(above=)` | the request quota is used up, always or above so many calls a second |
| `ServerError(status)` | the service fails, 503, 500 or another |
| `ErrorFault(code, message, status)` | any other error |
| `ExpiredCredentials()`, `UnrecognizedClient()`, `InvalidSignature()` | not accepted |
| `SignatureTime()` | a call signed too far from the server's clock is refused |
| `AccessDenied(explicit=)` | IAM does not allow it |
| `RefusedToken()` | a page token is refused; calls without one are answered |
| `ConnectionReset()` | no answer, the connection is reset |
| `Hang()` | no answer, the connection stays open |
| `Slow(seconds)` | the answer comes late |
| `Trickle(seconds, size)` | the body comes in small pieces with pauses between them |
| `BrokenTransfer()` | a reset in the middle of the body |
| `TruncatedBody()` | half of the body as if it were all |
| `WrongDate(seconds)` | the Date header of the answer is off |
| `EmptyPages(count)` | empty pages before each one of FilterLogEvents and LookupEvents |
| `RepeatEvents(count, same_page=)` | events come twice, on the next page or on the same |
| `Stale(seconds)` | ListObjectsV2, LookupEvents and searches answer as of so long ago |

What is no fault of a call is a matter of the services: late, early and invisible events
(`logs.put(ingested=, visible_at=)`), pages that are partly full (`logs.scan_limit`), tokens with a
shorter life (`logs.tokens.life_ms`), log groups and streams that vanish (`logs.delete_group`,
`logs.delete_stream`), objects that are replaced (`s3.put_object` again, `visible=` then), a sign-in
that ends (`sso.sign_out`), a clock of the server that is off (`EmbeddedAws(clock=)`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from mqtail.demo.calls import Call, Payload, Permission, ServiceError, access_denied
from mqtail.demo.rates import Rate

CHUNK_BYTES = 256 * 1024
"""Large bodies are sent in pieces of this size."""

_SKEW_MIN = {"s3": 15, "sts": 15}
"""How far a signature may be from the service's clock, minutes; 5 for other services."""

_TOKENS = ("nextToken", "NextToken", "continuation-token")
"""What page tokens are called."""

_REFUSED = {
    "cloudtrail": ("InvalidNextTokenException", "The specified nextToken is invalid."),
    "logs": ("InvalidParameterException", "The specified nextToken is invalid."),
    "s3": ("InvalidArgument", "The continuation token provided is incorrect"),
}
"""How services refuse a page token; the others with a BadRequestException."""


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
        await wait_unless(self.stopping, seconds)


async def wait_unless(stopping: asyncio.Event, seconds: float | None) -> None:
    """Wait so long, or for ever (None), unless an event is set before.

    Raises:
        DropConnection: it is.
    """
    try:
        await asyncio.wait_for(stopping.wait(), seconds)
    except TimeoutError:
        return
    raise DropConnection


@dataclass(slots=True)
class Transfer:
    """How an answer goes over the wire."""

    share: float = 1.0
    """So much of the body is sent; with less than all of it, the connection is reset then."""
    piece: int = CHUNK_BYTES
    """The body is sent in pieces of so many bytes."""
    pause: float = 0.0
    """So many seconds pass between two pieces."""
    date_off: float = 0.0
    """The Date header is so many seconds ahead of the server's clock."""


class Fault:
    """Base of all faults: does nothing."""

    def meets(self, call: Call) -> bool:
        """Whether it strikes this call; asked once for each call that the schedule lets it have."""
        return True

    async def strike(self, call: Call, around: Surroundings) -> None:
        """Act before the call is answered: wait, change what is asked of the answer, or raise.

        Raises:
            ServiceError: the call is answered with this error.
            DropConnection: it is not answered.
        """

    def spoil(self, payload: Payload) -> None:
        """Change the answer; one that is an error stays as it is."""

    def shape(self, transfer: Transfer) -> None:
        """Change how the answer is sent."""


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
    """The request quota is used up.

    Args:
        above: only for calls beyond so many a second, each operation by itself; None: for all.
    """

    def __init__(self, above: float | None = None) -> None:
        super().__init__("ThrottlingException", "Rate exceeded")
        self._above = above
        self._rates: dict[str, Rate] = {}

    def meets(self, call: Call) -> bool:
        """Whether the call is one too many."""
        if self._above is None:
            return True
        rate = self._rates.setdefault(call.operation, Rate())
        return not rate.takes(call.time, self._above)


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


class SignatureTime(Fault):
    """Signatures are refused whose time is too far from the server's clock.

    The embedded AWS takes any time without it. AWS allows 5 minutes, S3 and STS 15.
    """

    def meets(self, call: Call) -> bool:
        """Whether the call was signed too early or too late."""
        return abs(call.signed - call.time) > _skew_ms(call)

    async def strike(self, call: Call, around: Surroundings) -> None:
        """Answer in AWS's words, which name both times."""
        limit = _skew_ms(call)
        if call.service == "s3":
            details = {
                "RequestTime": _basic(call.signed),
                "ServerTime": f"{_utc(call.time):%Y-%m-%dT%H:%M:%SZ}",
                "MaxAllowedSkewMilliseconds": limit,
            }
            text = "The difference between the request time and the current time is too large."
            raise ServiceError("RequestTimeTooSkewed", text, 403, details=details)
        late = call.signed < call.time
        sign, edge = ("-", call.time - limit) if late else ("+", call.time + limit)
        said = "expired" if late else "not yet current"
        compared = "now earlier" if late else "still later"
        raise ServiceError(
            "InvalidSignatureException",
            f"Signature {said}: {_basic(call.signed)} is {compared} than {_basic(edge)}"
            f" ({_basic(call.time)} {sign} {limit // 60_000} min.)",
        )


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


class RefusedToken(Fault):
    """A page token is refused, as one that ran out; calls without one are not struck."""

    def meets(self, call: Call) -> bool:
        """Whether the call has a page token."""
        return any(name in call.parameters for name in _TOKENS)

    async def strike(self, call: Call, around: Surroundings) -> None:
        """Refuse it in the service's words."""
        usual = ("BadRequestException", "The specified nextToken is invalid.")
        raise ServiceError(*_REFUSED.get(call.service, usual))


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


class Trickle(Fault):
    """The body comes in pieces, with a pause after each of them but the last.

    Args:
        seconds: the pause.
        size: bytes of a piece.
    """

    def __init__(self, seconds: float, size: int = 1) -> None:
        self.seconds = seconds
        self.size = size

    def shape(self, transfer: Transfer) -> None:
        """Small pieces, long pauses."""
        transfer.piece, transfer.pause = self.size, self.seconds


class TruncatedBody(Fault):
    """A success whose body is cut off in the middle; its length is told accordingly."""

    def spoil(self, payload: Payload) -> None:
        """Leave the first half of the body."""
        payload.body = payload.body[: len(payload.body) // 2]


class BrokenTransfer(Fault):
    """An answer whose body has its full length announced, and half of it sent before a reset."""

    def shape(self, transfer: Transfer) -> None:
        """Half of the body."""
        transfer.share = 0.5


class WrongDate(Fault):
    """The Date header of the answer is so many seconds ahead of the server's clock."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def shape(self, transfer: Transfer) -> None:
        """Another date."""
        transfer.date_off = self.seconds


class EmptyPages(Fault):
    """So many empty pages with a token before each one of FilterLogEvents and LookupEvents."""

    def __init__(self, count: int = 1) -> None:
        self.count = count

    async def strike(self, call: Call, around: Surroundings) -> None:
        """Ask for the empty pages."""
        call.empty_pages = self.count


class RepeatEvents(Fault):
    """Events of FilterLogEvents and LookupEvents come twice.

    Args:
        count: how many; the last ones of a page.
        same_page: on the same page, one after the other, instead of on the next page.
    """

    def __init__(self, count: int = 1, *, same_page: bool = False) -> None:
        self.count = count
        self.same_page = same_page

    async def strike(self, call: Call, around: Surroundings) -> None:
        """Ask for the repetition."""
        if self.same_page:
            call.doubled_events = self.count
        else:
            call.repeated_events = self.count


class Stale(Fault):
    """What became visible within the last `seconds` is not found yet.

    For ListObjectsV2, LookupEvents and searches of OpenSearch. S3 itself is consistent; stores
    that speak its language, and mirrors, are not always.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    async def strike(self, call: Call, around: Surroundings) -> None:
        """Ask for an old answer."""
        call.stale_ms = int(self.seconds * 1000)


def _skew_ms(call: Call) -> int:
    return _SKEW_MIN.get(call.service, 5) * 60_000


def _basic(time: int) -> str:
    """A moment (ms) as signatures write it."""
    return f"{_utc(time):%Y%m%dT%H%M%SZ}"


def _utc(time: int) -> datetime:
    return datetime.fromtimestamp(time // 1000, UTC)
