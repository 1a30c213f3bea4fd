"""How far back a log group has events."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from mqtail.aws.budget import Use
from mqtail.aws.decoding import CALL_ERRORS, member
from mqtail.aws.failures import failure_of
from mqtail.logs import LogGroup
from mqtail.sources.reader import Surroundings

logger = logging.getLogger(__name__)

DAY_MS = 86_400_000

PUT_BACK_MS = 14 * DAY_MS
"""PutLogEvents takes events that are up to 14 days old, so they may be older than their group."""


@dataclass(frozen=True, slots=True)
class Retention:
    """From when on a log group keeps events."""

    begin: int = 0
    """Nothing was put there before this moment, ms."""
    kept_ms: int = 0
    """Events are deleted when they are older than that; 0: never."""

    def kept_from(self, now: int) -> int:
        """The moment (ms) before which there is nothing."""
        return max(self.begin, now - self.kept_ms if self.kept_ms else 0)


UNKNOWN = Retention(kept_ms=366 * DAY_MS)
"""How far back a group is read where nobody tells how long it keeps events."""


async def find_retention(group: LogGroup, around: Surroundings) -> Retention | None:
    """What DescribeLogGroups tells, a year where it may not be asked; None: it does not answer."""
    client: Any = await around.clients.logs()
    by_name = {"logGroupNamePrefix": group.name}
    await around.budget.take(Use.OLDER)
    try:
        answer = await client.describe_log_groups(
            **({"logGroupIdentifiers": [group.arn]} if group.arn else by_name)
        )
        for described in member(answer, "logGroups"):
            if described["logGroupName"] == group.name:
                days = described.get("retentionInDays", 0)
                return Retention(described["creationTime"] - PUT_BACK_MS, days * DAY_MS)
    except Exception as error:
        # Reading works without it.
        if not isinstance(error, CALL_ERRORS):
            logger.exception("Looking up the retention of %s failed", group.name)
        what = "looking up the retention (logs:DescribeLogGroups)"
        return None if failure_of(error, what).passing else UNKNOWN
    return UNKNOWN
