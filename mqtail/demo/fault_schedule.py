"""Which calls faults strike, and when.

aws.faults.add(Throttle(), operation="FilterLogEvents", times=3)
aws.faults.add(ServerError(), service="s3", chance=0.2, begin=now, end=now + 3_600_000)
aws.faults.add(ExpiredCredentials(), access_key="AKIAOLD")
handle = aws.faults.add(AccessDenied(), where=lambda p: p.get("logGroupName") == "/app/a")
...
handle.remove()
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from mqtail.demo.calls import Call
from mqtail.demo.faults import Fault

Where = Callable[[dict[str, Any]], bool]
"""Whether a call with these parameters is meant."""


@dataclass(eq=False, slots=True)
class FaultHandle:
    """A fault in force, with the conditions that all have to hold: see `Faults.add`."""

    fault: Fault
    operation: str | None
    service: str | None
    access_key: str | None
    where: Where | None
    begin: int | None
    end: int | None
    chance: float
    left: int | None
    """How many calls it will still strike; None: all until it is removed."""
    hits: int = 0
    """How many calls it has struck."""

    def strikes(self, call: Call, random: Random) -> bool:
        """Whether it strikes this call, which counts as struck then."""
        struck = (
            self.left != 0
            and self.operation in (None, call.operation)
            and self.service in (None, call.service)
            and self.access_key in (None, call.access_key)
            and (self.begin is None or call.time >= self.begin)
            and (self.end is None or call.time < self.end)
            and (self.where is None or self.where(call.parameters))
            and (self.chance >= 1 or random.random() < self.chance)
            and self.fault.meets(call)
        )
        if struck:
            self.hits += 1
            if self.left is not None:
                self.left -= 1
        return struck

    def remove(self) -> None:
        """End it."""
        self.left = 0


class Faults:
    """The faults of a server, in the order in which they were added; a call can meet several.

    Attributes:
        random: draws the chances; it has a seed of its own, so that the same calls meet the same
            faults again. `random.seed(n)` gives another run.
    """

    def __init__(self) -> None:
        self.random = Random(0)
        self._handles: list[FaultHandle] = []

    def add(
        self,
        fault: Fault,
        *,
        operation: str | None = None,
        service: str | None = None,
        access_key: str | None = None,
        where: Where | None = None,
        times: int | None = None,
        chance: float = 1.0,
        begin: int | None = None,
        end: int | None = None,
    ) -> FaultHandle:
        """Put a fault in force, for the next `times` calls that match, or for all.

        Args:
            fault: what happens.
            operation: only on this operation.
            service: only on this service, by the name that requests are signed for.
            access_key: only on calls that are signed with this key.
            where: only on calls whose parameters satisfy this.
            times: how many calls it strikes; None: all, until it is removed.
            chance: the probability that it strikes a call that matches.
            begin: from this moment on by the server's clock (ms); None: at once.
            end: until just before this moment (ms); None: for ever.
        """
        handle = FaultHandle(
            fault, operation, service, access_key, where, begin, end, chance, left=times
        )
        self._handles.append(handle)
        return handle

    def clear(self) -> None:
        """End all faults."""
        for handle in self._handles:
            handle.remove()

    def meeting(self, call: Call) -> list[Fault]:
        """The faults that strike a call."""
        self._handles = [handle for handle in self._handles if handle.left != 0]
        return [handle.fault for handle in self._handles if handle.strikes(call, self.random)]
