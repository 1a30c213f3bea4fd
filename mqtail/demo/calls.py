"""One call of an AWS operation, and the error that it can be answered with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(slots=True)
class Call:
    """A call as a client made it, and what the faults in force ask of its answer."""

    service: str
    """`logs`, `mq` or `sts`; `unknown` where the request is for none of them."""
    operation: str
    """AWS's name of the operation, `FilterLogEvents`."""
    parameters: dict[str, Any]
    """The parameters under their names on the wire."""
    time: int
    """When it came in, ms since the epoch by the server's clock."""
    region: str
    """Region of the credential scope."""
    access_key: str
    empty_pages: int = 0
    """So many empty pages with a token come before each page of FilterLogEvents."""
    repeated_events: int = 0
    """So many events of the page before come again on each page of FilterLogEvents."""


class ServiceError(Exception):
    """An error that AWS answers with.

    Args:
        code: AWS's error code, `ResourceNotFoundException`.
        message: the sentence beside it.
        status: HTTP status.
    """

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status


def invalid_parameter(message: str) -> ServiceError:
    """CloudWatch Logs' error for parameters that make no sense."""
    return ServiceError("InvalidParameterException", message)


def not_found(message: str) -> ServiceError:
    """CloudWatch Logs' error for a log group, stream or policy that is not there."""
    return ServiceError("ResourceNotFoundException", message)


def unknown_operation(name: str) -> ServiceError:
    """The error for an operation that the service does not have."""
    return ServiceError("UnknownOperationException", f"The operation {name} is not known here.")
