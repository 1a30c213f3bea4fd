"""What can be chosen, as plain values: targets with their logs, regions, profiles."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from msgspec import Struct

from mqtail.targets import API_CALLS, is_broker_id


class LogState(StrEnum):
    """What is known of the newest event of a log."""

    UNKNOWN = "unknown"
    """It has not been looked for yet."""
    FOUND = "found"
    SILENT = "silent"
    """There is none in the last day."""
    MISSING = "missing"
    """Where it is delivered to does not exist."""
    DENIED = "denied"
    FAILED = "failed"


class ListedLog(Struct, frozen=True):
    """A log in a place where it is delivered, and its newest event there."""

    kind: str
    destination: str
    """`cloudwatch`, `s3`, `firehose` or `cloudtrail`."""
    place: str
    """Log group, `s3://bucket/prefix`, or Firehose stream."""
    newest: datetime | None = None
    """Time (UTC) of the newest event of the last day; None where `state` is not `found`."""
    problem: str = ""
    """Why that is not known, or why there is no such event."""
    state: LogState = LogState.UNKNOWN


class ListedTarget(Struct, frozen=True, omit_defaults=True):
    """A broker or cluster of the region; or the API calls of the whole region."""

    name: str
    id: str
    """A broker's id, or a cluster's ARN; `cloudtrail` of the API calls."""
    service: str
    """`mq`, `msk` or `cloudtrail`."""
    engine: str
    """As in `Target`."""
    version: str
    state: str
    deployment: str
    logs: tuple[ListedLog, ...]
    silence: str
    """Why a cluster has no broker logs; empty where it has some."""
    off: tuple[str, ...]
    """Kinds of a broker's logs that are not published."""
    waiting: tuple[str, ...]
    """Kinds of a broker's logs that will be published after a reboot."""
    known: bool = True
    """Whether it has been looked up; else only what listing tells is here."""
    problem: str = ""
    """Why it cannot be looked up."""

    @property
    def newest(self) -> datetime | None:
        """Time (UTC) of the newest event of all its logs; None: none is known."""
        return max((log.newest for log in self.logs if log.newest is not None), default=None)


class Region(NamedTuple):
    """A region where there can be brokers or clusters."""

    name: str
    title: str
    """Where it is: `Europe (Ireland)`; may be empty."""


class Profile(NamedTuple):
    """A profile of the AWS configuration."""

    name: str
    needs_mfa: bool
    """Signing in asks for an MFA code."""


def names_of(chosen: Collection[str], targets: Iterable[ListedTarget]) -> tuple[str, ...]:
    """What to call targets so that each is found alone: by its name, else by its id or ARN.

    Args:
        chosen: their ids.
        targets: all there are; the result is in their order.
    """
    targets = tuple(targets)
    held = Counter(target.name for target in targets)
    return tuple(
        target.name
        if held[target.name] == 1
        and not is_broker_id(target.name)
        # A broker may be called what the API calls are called.
        and (target.name != API_CALLS or target.id == API_CALLS)
        else target.id
        for target in targets
        if target.id in chosen
    )
