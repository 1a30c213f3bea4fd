"""What the services of the embedded AWS have in common.

A service is a module with a subclass of `Service`, and an entry in the server's table.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from mqtail.demo.calls import Call, Permission, ServiceError, unknown_operation
from mqtail.demo.wire import Wire

_Request = TypeVar("_Request")


class Service(ABC):
    """A service of one account in any number of regions.

    Subclasses fill `_operations`: what answers each operation, by AWS's name of it.

    Args:
        clock: gives the time, ms since the epoch.
        account: account id, for ARNs.
        region: the region that the methods for tests and stories mean unless told otherwise.
    """

    wire: Wire
    """How it is spoken to."""

    def __init__(self, clock: Callable[[], int], account: str, region: str) -> None:
        self.clock = clock
        self.account = account
        self.region = region
        self._operations: dict[str, Callable[[Call], Any]] = {}

    def answer(self, call: Call) -> Any:
        """The result of a call, for the wire to write.

        Raises:
            ServiceError: what AWS would answer with.
        """
        if call.operation not in self._operations:
            raise unknown_operation(call.operation)
        return self._operations[call.operation](call)

    @abstractmethod
    def permission(self, call: Call) -> Permission:
        """What a policy must allow for a call."""

    def invalid(self, message: str) -> ServiceError:
        """The service's error for parameters that do not fit its model."""
        return ServiceError("ValidationException", message)

    def request(self, call: Call, kind: type[_Request], *, strict: bool = True) -> _Request:
        """The parameters of a call as a request.

        Args:
            call: the call.
            kind: the type that has the members and limits of the service's model.
            strict: without it numbers may come as text, as they do in a query string.

        Raises:
            ServiceError: `invalid`, where they do not fit.
        """
        try:
            return msgspec.convert(call.parameters, kind, strict=strict)
        except msgspec.ValidationError as error:
            raise self.invalid(str(error)) from None

    def named(
        self, *answers: tuple[type[Any], Callable[[Any, Call], Any]]
    ) -> dict[str, Callable[[Call], Any]]:
        """Operations that are answered from requests whose types bear the operations' names."""
        return {kind.__name__: self.taking(kind, answer) for kind, answer in answers}

    def taking(
        self, kind: type[_Request], answer: Callable[[_Request, Call], Any]
    ) -> Callable[[Call], Any]:
        """An operation that is answered from its request and the call."""
        return lambda call: answer(self.request(call, kind), call)
