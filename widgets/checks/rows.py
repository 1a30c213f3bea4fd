"""What the setup check shows: targets, their checks, what each found, and how the run goes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from mqtail.checks.findings import MARKS, Finding, Outcome

TargetKey = tuple[str, str]
"""Tells a target from all others: its service and its id."""


class Look(NamedTuple):
    """How an outcome is shown: a mark and words, never a colour alone."""

    mark: str
    name: str
    """Ends the name of its CSS class."""
    one: str
    """Of one check, after its number."""
    many: str


LOOKS: dict[Outcome | None, Look] = {
    Outcome.FAIL: Look(MARKS[Outcome.FAIL], "fail", "failed", "failed"),
    Outcome.UNKNOWN: Look(MARKS[Outcome.UNKNOWN], "unknown", "unknown", "unknown"),
    Outcome.WARN: Look(MARKS[Outcome.WARN], "warn", "warning", "warnings"),
    None: Look("…", "running", "to go", "to go"),
    Outcome.PASS: Look(MARKS[Outcome.PASS], "pass", "passed", "passed"),
    Outcome.SKIP: Look(MARKS[Outcome.SKIP], "skip", "skipped", "skipped"),
}
"""Looks of outcomes in the order in which they are shown; None: the check is not done yet."""

TROUBLED = (Outcome.FAIL, Outcome.UNKNOWN, Outcome.WARN)
"""Outcomes that a person should look at."""

_RANKS = {outcome: rank for rank, outcome in enumerate(LOOKS)}


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One check of one target."""

    id: str
    category: str
    title: str
    doc: str
    """Address of the page to read."""
    finding: Finding | None = None
    """None: there is none yet."""
    running: bool = False
    """It is being made; a finding is from the run before."""
    old: bool = False
    """The finding is from the run before."""

    @property
    def outcome(self) -> Outcome | None:
        """Outcome of the finding; None without one."""
        return self.finding.outcome if self.finding else None

    @property
    def remark(self) -> str:
        """What is to be said of a finding from the run before; empty for any other."""
        if self.finding is None or not (self.running or self.old):
            return ""
        return "checking again" if self.running else "not checked again"


@dataclass(frozen=True, slots=True)
class TargetRows:
    """A target with its checks."""

    key: TargetKey
    name: str
    service: str
    """`mq`, `msk`, `logs` or `account`; empty where there is no such target."""
    checks: tuple[CheckRow, ...]

    @property
    def worst(self) -> Outcome | None:
        """The outcome that most needs attention; None: those that are not done yet do."""
        return min((row.outcome for row in self.checks), key=_RANKS.__getitem__, default=None)


@dataclass(frozen=True, slots=True)
class CheckState:
    """How the setup check stands."""

    targets: tuple[TargetRows, ...] = ()
    running: bool = False
    done: int = 0
    total: int = 0
    """Checks to be made; 0 while the targets are not known."""
    ended: int = 0
    """When the last run ended, ms since the epoch; 0: none did yet."""
    problem: str = ""
    """What ended the last run before its end, in a sentence."""
    hint: str = ""
    """What to do about it."""
    notes: tuple[str, ...] = ()
    """What a user should know about how the targets were found."""


def in_order(targets: Sequence[TargetRows]) -> list[tuple[TargetRows, list[CheckRow]]]:
    """The targets and the checks of each, what most needs attention first; else as they come."""
    ordered = sorted(targets, key=lambda target: _RANKS[target.worst])
    return [
        (target, sorted(target.checks, key=lambda row: _RANKS[row.outcome])) for target in ordered
    ]


def tally(rows: Iterable[CheckRow]) -> list[tuple[Outcome | None, str]]:
    """How many checks have which outcome, in words, what most needs attention first."""
    counts = Counter(row.outcome for row in rows)
    return [
        (outcome, f"{counts[outcome]:,} {look.one if counts[outcome] == 1 else look.many}")
        for outcome, look in LOOKS.items()
        if counts[outcome]
    ]
