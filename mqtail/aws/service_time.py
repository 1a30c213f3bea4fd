"""Signatures by the service's time: AWS refuses one that is more than minutes off.

botocore dates signatures by this machine's clock, and has no setting for another one. Its auth
classes write the time as `timestamp` into the context of the request that is being signed, and read
it from there: here that context gives the time that was learnt.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from botocore.awsrequest import AWSRequest

from mqtail.aws.failures import is_clock_refusal
from mqtail.aws.tracing import Session
from mqtail.clock import Clock

_TIMESTAMP = "timestamp"
_SIGNED_WITH = "mqtail.skew_ms"

LEARNT_MS = 60_000
"""A refused request is signed again where that changes the time by more than this."""


class SigningTime:
    """The time to sign with: this machine's, and the service's once AWS has refused that.

    So a wrong `Date` in an answer does no harm where this machine's clock is right.

    Args:
        clock: learns the service's time from answers.

    Attributes:
        skew_ms: how far it is ahead of this machine's.
    """

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.skew_ms = 0

    def date(self, request: AWSRequest) -> None:
        """Have a request signed with this time; to be called before it is signed."""
        request.context = _Dated(request.context, self)

    def put_right(self, skew_ms: int) -> bool:
        """Go by the service's time, as the answer told it that refused a request for its time.

        Args:
            skew_ms: what the request was signed with.

        Returns:
            Whether the request is worth another try.
        """
        self.skew_ms = self.clock.skew_ms
        return abs(self.skew_ms - skew_ms) > LEARNT_MS


def keep_time(session: Session, time: SigningTime) -> None:
    """Have the clients that a session makes sign with a time that their answers put right.

    A request that was refused because of its time is sent again at once.

    Args:
        session: of botocore or aiobotocore, before it makes clients.
        time: what to sign with; its clock learns from all answers.
    """

    def before_sign(request: AWSRequest, **_: Any) -> None:
        request.context[_SIGNED_WITH] = time.skew_ms
        time.date(request)

    def needs_retry(response: Any, request_dict: dict[str, Any], **_: Any) -> int | None:
        if response is None:
            return None
        answer: dict[str, Any] = response[1]
        time.clock.heard(answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date"))
        signed_with = request_dict["context"].get(_SIGNED_WITH)
        if signed_with is None or not is_clock_refusal(answer.get("Error", {})):
            return None
        # botocore takes a number as the pause before another try, in seconds.
        return 0 if time.put_right(signed_with) else None

    session.register("before-sign", before_sign)
    session.register("needs-retry", needs_retry)


class _Dated(dict[str, Any]):
    """A request's context in which the time of the signature is another than botocore's."""

    def __init__(self, context: Mapping[str, Any], time: SigningTime) -> None:
        super().__init__(context)
        self._time = time

    def __setitem__(self, key: str, value: Any) -> None:
        if key == _TIMESTAMP:
            now_ms = self._time.clock.machine() + self._time.skew_ms
            value = f"{datetime.fromtimestamp(now_ms // 1000, UTC):%Y%m%dT%H%M%SZ}"
        super().__setitem__(key, value)
