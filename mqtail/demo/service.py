"""What the services of the embedded AWS have in common.

A service is a module with a subclass of `Service`, and an entry in the server's table.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from mqtail.demo.calls import Call, Permission
from mqtail.demo.wire import Wire


class Service(ABC):
    """A service of one account in any number of regions.

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

    @abstractmethod
    def answer(self, call: Call) -> Any:
        """The result of a call, for the wire to write.

        Raises:
            ServiceError: what AWS would answer with.
        """

    @abstractmethod
    def permission(self, call: Call) -> Permission:
        """What a policy must allow for a call."""
