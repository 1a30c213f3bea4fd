"""What each call of AWS was and how it went, for `--debug`; never its headers or its body."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol

from mqtail.redaction import remember_secrets

logger = logging.getLogger(__name__)

_SHOWN = {
    *("logGroupName", "logGroupIdentifier", "logGroupNamePrefix", "logStreamNamePrefix"),
    *("logStreamNames", "startTime", "endTime", "startFromHead", "filterPattern", "orderBy"),
    *("BrokerId", "ClusterArn", "DeliveryStreamName", "DomainName", "KeyId"),
    *("Bucket", "Key", "Prefix", "Delimiter", "StartAfter", "Range"),
    *("StartTime", "EndTime", "LookupAttributes", "Name", "trailNameList"),
    *("PolicySourceArn", "ActionNames", "RoleName", "PolicyName", "PolicyArn"),
    *("RoleArn", "RoleSessionName", "MaxResults", "MaxKeys", "MaxItems"),
}
"""Parameters whose values are told; of all others (tokens, codes, documents) only the name is."""
_MOST_SHOWN = 200
_BEGAN = "mqtail.began"
_ARGUMENTS = "mqtail.arguments"
_TOKEN = "X-Amz-Security-Token"


class Session(Protocol):
    """A session of botocore or aiobotocore."""

    def register(self, event_name: str, handler: Callable[..., Any]) -> None:
        """Call a handler at an event of any of its clients."""


def trace_calls(session: Session) -> None:
    """Log the calls of all clients that this session will make, and remember what they sign with.

    Logged are operation, parameters, status, time, and what was counted; on level DEBUG.
    """
    session.register("before-parameter-build", _begin)
    session.register("before-send", _remember)
    session.register("after-call", _answered)
    session.register("after-call-error", _failed)


def log_call(call: str, status: int, began: float, length: int) -> None:
    """Log a call that no client made.

    Args:
        call: what was asked for.
        status: of HTTP.
        began: when, by `time.perf_counter`.
        length: bytes of the answer.
    """
    logger.debug("%s: %d in %s, %d bytes", call, status, _passed(began), length)


def _begin(params: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
    if logger.isEnabledFor(logging.DEBUG):
        context[_BEGAN] = time.perf_counter()
        context[_ARGUMENTS] = " ".join(_told(name, params[name]) for name in params)


def _remember(request: Any, **_: Any) -> None:
    """Hide the token of the run, which AWS may quote; a key is in no request."""
    token = request.headers.get(_TOKEN)
    remember_secrets(token.decode() if isinstance(token, bytes) else token)


def _answered(parsed: dict[str, Any], context: dict[str, Any], event_name: str, **_: Any) -> None:
    about, error = parsed.get("ResponseMetadata", {}), parsed.get("Error")
    told = [f"{error.get('Code')}: {error.get('Message')}"] if error else _counts(parsed)
    if retries := about.get("RetryAttempts"):
        told.append(f"after {retries} retries")
    told.append(f"request {about.get('RequestId', 'without an id')}")
    _log(event_name, context, about.get("HTTPStatusCode"), ", ".join(told))


def _failed(exception: Exception, context: dict[str, Any], event_name: str, **_: Any) -> None:
    _log(event_name, context, "no answer", f"{type(exception).__name__}: {exception}")


def _log(event_name: str, context: dict[str, Any], outcome: object, told: str) -> None:
    if _BEGAN not in context:
        return
    _, service, operation = event_name.split(".")
    call = f"{service} {operation} {context[_ARGUMENTS]}".rstrip()
    told = " ".join(told.split())
    logger.debug("%s: %s in %s, %s", call, outcome, _passed(context[_BEGAN]), told)


def _told(name: str, value: Any) -> str:
    if name not in _SHOWN:
        return name
    if isinstance(value, list | tuple) and len(value) > 3:
        return f"{name}=[{len(value)} values]"
    text = value.isoformat() if isinstance(value, datetime) else str(value)
    return f"{name}={text if len(text) <= _MOST_SHOWN else f'{text[:_MOST_SHOWN]}...'}"


def _counts(parsed: dict[str, Any]) -> list[str]:
    """How many things are in an answer, and whether there are more."""
    page = parsed.get("page")
    if page is not None:
        return [f"{len(page.events)} events", *(["more"] if page.next_token else [])]
    lists = [f"{len(value)} {name}" for name, value in parsed.items() if isinstance(value, list)]
    more = any(parsed.get(name) for name in ("nextToken", "NextToken", "IsTruncated"))
    return [*lists, *(["more"] if more else [])]


def _passed(began: float) -> str:
    return f"{(time.perf_counter() - began) * 1000:.0f} ms"
