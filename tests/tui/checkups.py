"""Setup checks without AWS: what they find is what a test gives."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from mqtail.checks.findings import Finding


@dataclass
class FakeSubject:
    """What is checked."""

    service: str
    id: str


@dataclass
class FakeCheck:
    """A check by its id; the rest follows from that."""

    id: str
    category: str = "logging"

    @property
    def title(self) -> str:
        """The id in words."""
        return self.id.replace("-", " ").capitalize()

    @property
    def doc(self) -> str:
        """A page of its own."""
        return f"https://docs.aws.amazon.com/{self.id}.html"


@dataclass
class FakeTarget:
    """A broker with some checks."""

    name: str
    checks: list[FakeCheck]
    findings: dict[str, Finding] = field(default_factory=dict)
    service: str = "mq"

    @property
    def subject(self) -> FakeSubject:
        """The broker."""
        return FakeSubject(self.service, f"b-{self.name}")


class FakeCheckup:
    """A run that ends when it is told to."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self.targets: list[FakeTarget] = []
        self.notes: list[str] = []
        self.end = asyncio.Event()
        self.ended_by: BaseException | None = None
        self.cancelled = False
        self._changed = changed

    @property
    def total(self) -> int:
        """Checks there are."""
        return sum(len(target.checks) for target in self.targets)

    @property
    def done(self) -> int:
        """Checks that were made."""
        return sum(len(target.findings) for target in self.targets)

    def target(self, name: str, *ids: str) -> FakeTarget:
        """A broker with these checks becomes known."""
        target = FakeTarget(name, [FakeCheck(id) for id in ids])
        self.targets.append(target)
        self._changed()
        return target

    def found(self, target: str, id: str, finding: Finding) -> None:
        """A check of a broker is done."""
        next(one for one in self.targets if one.name == target).findings[id] = finding
        self._changed()

    async def run(self) -> None:
        """Wait until the test ends the run."""
        try:
            await self.end.wait()
        except asyncio.CancelledError:
            self.cancelled = True
            raise
        if self.ended_by is not None:
            raise self.ended_by


class Checkups:
    """Prepares runs, and keeps them for the test."""

    def __init__(self) -> None:
        self.runs: list[FakeCheckup] = []

    def __call__(self, changed: Callable[[], None]) -> FakeCheckup:
        """Prepare a run."""
        self.runs.append(FakeCheckup(changed))
        return self.runs[-1]

    @property
    def run(self) -> FakeCheckup:
        """The run that was prepared last."""
        return self.runs[-1]
