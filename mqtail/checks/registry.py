"""All checks, by what they look at."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

from mqtail.checks import account, amazon_mq, amazon_msk, log_groups, unfound
from mqtail.checks.model import Check
from mqtail.errors import UsageError

CHECKS: dict[str, tuple[Check[Any], ...]] = {
    "": unfound.CHECKS,
    "mq": amazon_mq.CHECKS,
    "msk": amazon_msk.CHECKS,
    "logs": log_groups.CHECKS,
    "account": account.CHECKS,
}
"""By the service of a subject, in the order in which they are shown."""

ALL: dict[str, Check[Any]] = {check.id: check for checks in CHECKS.values() for check in checks}
"""By id."""


def chosen(service: str, only: Sequence[str]) -> list[Check[Any]]:
    """The checks of one kind of subject; of `only` these ids, or all where it is empty.

    That a target is not there is told in any case.
    """
    return [check for check in CHECKS[service] if not (only and service) or check.id in only]


def check_ids(only: Sequence[str]) -> None:
    """See that all ids exist.

    Raises:
        UsageError: one does not; the message names the nearest.
    """
    for id in only:
        if id not in ALL:
            near = ", ".join(get_close_matches(id, ALL, n=3)) or "see `mqtail check --list`"
            raise UsageError(f"There is no check called {id}.", f"Nearest: {near}.")
