"""One call of an AWS operation, and what it can be answered with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

OWN_AGENT = "app/mqtail"
"""What the user agent of mqtail's calls contains."""

_READING = (
    "AssumeRole",
    "Describe",
    "Filter",
    "Get",
    "GET ",
    "Head",
    "HEAD ",
    "List",
    "Lookup",
    "Search",
    "Simulate",
)
"""What the names of operations begin with that change nothing."""


@dataclass(slots=True)
class Call:
    """A call as a client made it, and what the faults in force ask of its answer."""

    service: str
    """The service that the request is signed for: `logs`, `mq`, `kafka`, `s3`, `es`..."""
    operation: str
    """AWS's name of the operation, `FilterLogEvents`; method and path where there is none."""
    parameters: dict[str, Any]
    """The parameters under their names on the wire."""
    time: int
    """When it came in, ms since the epoch by the server's clock."""
    region: str
    """Region of the credential scope."""
    access_key: str
    empty_pages: int = 0
    """So many empty pages with a token come before each page of events."""
    repeated_events: int = 0
    """So many events of the page before come again on each page of events."""
    doubled_events: int = 0
    """So many events of each page come twice on it."""
    stale_ms: int = 0
    """Lists and searches do not show what became visible so shortly before."""
    signed: int = 0
    """The moment of its signature, ms since the epoch; 0: it tells none."""
    agent: str = ""
    """The User-Agent header of the request."""
    caller: str = ""
    """ARN of who signed it."""

    @property
    def as_of(self) -> int:
        """The moment whose state lists and searches show, ms since the epoch."""
        return self.time - self.stale_ms

    @property
    def writes(self) -> bool:
        """Whether it changes something, or may: all that is not known to read only."""
        return not self.operation.startswith(_READING)

    @property
    def own(self) -> bool:
        """Whether it comes from mqtail itself."""
        return OWN_AGENT in self.agent


@dataclass(slots=True)
class Payload:
    """What is sent back: status, headers and bytes."""

    body: bytes | memoryview
    headers: dict[str, str] = field(default_factory=dict)
    status: int = 200


@dataclass(frozen=True, slots=True)
class Permission:
    """What IAM checks a call against (service authorization reference)."""

    action: str
    """`s3:GetObject`."""
    resource: str
    """An ARN, or `*`."""


class ServiceError(Exception):
    """An error that AWS answers with.

    Args:
        code: AWS's error code, `ResourceNotFoundException`.
        message: the sentence beside it.
        status: HTTP status.
        details: what else the error's document tells.
        headers: HTTP headers beside it.
    """

    def __init__(
        self,
        code: str,
        message: str,
        status: int = 400,
        *,
        details: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.details = dict(details or {})
        self.headers = dict(headers or {})


def access_denied(caller: str, permission: Permission, *, explicit: bool = False) -> ServiceError:
    """The error for a call that no policy allows, or that one denies, in IAM's words."""
    action = permission.action
    reason = (
        "with an explicit deny in an identity-based policy"
        if explicit
        else f"because no identity-based policy allows the {action} action"
    )
    return ServiceError(
        "AccessDeniedException",
        f"User: {caller} is not authorized to perform: {action} on resource:"
        f" {permission.resource} {reason}",
    )


def invalid_parameter(message: str) -> ServiceError:
    """CloudWatch Logs' error for parameters that make no sense."""
    return ServiceError("InvalidParameterException", message)


def not_found(message: str) -> ServiceError:
    """CloudWatch Logs' error for a log group, stream or policy that is not there."""
    return ServiceError("ResourceNotFoundException", message)


def unknown_operation(name: str) -> ServiceError:
    """The error for an operation that the service does not have, or for no operation at all."""
    status = 404 if " " in name else 400
    return ServiceError(
        "UnknownOperationException", f"The operation {name} is not known here.", status
    )
