"""What a check finds: plain values, for whatever shows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum


class Outcome(Enum):
    """What became of a check."""

    PASS = "pass"
    WARN = "warn"
    """Logs come, but something is not as it should be."""
    FAIL = "fail"
    """This keeps logs away, or will."""
    UNKNOWN = "unknown"
    """It could not be looked at: never taken for a pass."""
    SKIP = "skip"
    """It does not apply, or what it is about is not there."""


MARKS = {
    Outcome.PASS: "√",
    Outcome.WARN: "‼",
    Outcome.FAIL: "×",
    Outcome.UNKNOWN: "?",
    Outcome.SKIP: "-",
}
"""What stands for an outcome where there is no colour."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found."""

    outcome: Outcome
    evidence: str
    """What was looked at, and what is there; of a skipped check, why."""
    cause: str = ""
    """What is wrong and why that matters, in a sentence or two; empty where nothing is."""
    fix: tuple[str, ...] = ()
    """Commands for a POSIX shell that mend it, to be run in this order."""


def passed(evidence: str) -> Finding:
    """All is well."""
    return Finding(Outcome.PASS, evidence)


def warned(evidence: str, cause: str, *fix: str) -> Finding:
    """Logs come, but something is not as it should be."""
    return Finding(Outcome.WARN, evidence, cause, fix)


def failed(evidence: str, cause: str, *fix: str) -> Finding:
    """Something keeps the logs away."""
    return Finding(Outcome.FAIL, evidence, cause, fix)


def unknown(evidence: str, cause: str, *fix: str) -> Finding:
    """It could not be looked at."""
    return Finding(Outcome.UNKNOWN, evidence, cause, fix)


def combined(findings: Sequence[Finding]) -> Finding:
    """What was found of several things of one kind, as bad as the worst of them.

    Args:
        findings: at least one; none of a skipped check.
    """
    ranks = (Outcome.FAIL, Outcome.UNKNOWN, Outcome.WARN, Outcome.PASS)
    worst = min((found.outcome for found in findings), key=ranks.index)
    bad = [found for found in findings if found.outcome is worst]
    return Finding(
        worst,
        " ".join(found.evidence for found in findings),
        " ".join(filter(None, (found.cause for found in bad))),
        tuple(dict.fromkeys(command for found in bad for command in found.fix)),
    )
