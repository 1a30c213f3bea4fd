"""A name that fits nothing, as what checks look at."""

from __future__ import annotations

from typing import Any

from mqtail.checks.lookups import Lookups
from mqtail.checks.model import Check, Finding, Subject, check, failed, unknown
from mqtail.errors import NoSuchTarget, TargetError


class Unfound(Subject):
    """A target that was named and is not there.

    Args:
        name: as it was named.
        error: what looking for it gave.
    """

    def __init__(self, name: str, error: TargetError, lookups: Lookups) -> None:
        super().__init__("", name, name, lookups)
        self.error = error


@check(
    "target-found",
    "target",
    "There is such a target",
    doc="https://docs.aws.amazon.com/amazon-mq/latest/developer-guide/",
)
async def target_found(subject: Unfound) -> Finding:
    """A broker, cluster or log group of that name."""
    error = subject.error
    cause = f"{error.message} {error.hint}".rstrip()
    if isinstance(error, NoSuchTarget):
        return failed(f"{subject.name} in {subject.lookups.region}: not found.", cause)
    return unknown(error.message, f"This could not be looked at. {error.hint}".rstrip())


CHECKS: tuple[Check[Any], ...] = (target_found,)
