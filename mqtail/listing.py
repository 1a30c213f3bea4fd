"""`mqtail ls`: brokers and clusters, where their logs are, and how old the newest event is."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime

import msgspec
from msgspec import Struct

from mqtail.aws.budget import Budget
from mqtail.aws.clients import Clients
from mqtail.aws.decoding import CALL_ERRORS
from mqtail.aws.failures import Failure, Kind, failure_of
from mqtail.aws.signin import SignIn
from mqtail.clock import Clock
from mqtail.discovery import Discovery
from mqtail.logs import Log, LogGroup
from mqtail.printable import printable
from mqtail.settings import Settings
from mqtail.sources.newest import last_day, newest_event
from mqtail.sources.reader import Surroundings
from mqtail.sources.retries import ReadFailed
from mqtail.targets import Target
from mqtail.times import age


class ListedLog(Struct, frozen=True):
    """A log in a place where it is delivered, and its newest event there."""

    kind: str
    destination: str
    """`cloudwatch`, `s3` or `firehose`."""
    place: str
    """Log group, `s3://bucket/prefix`, or Firehose stream."""
    newest: datetime | None
    """Time (UTC) of the newest event of the last day; None: there is none, see `problem`."""
    problem: str = ""
    """Why that is not known, or why there is no such event."""


class ListedTarget(Struct, frozen=True):
    """A broker or cluster of the region."""

    name: str
    id: str
    """A broker's id, or a cluster's ARN."""
    engine: str
    state: str
    deployment: str
    logs: tuple[ListedLog, ...]
    silence: str
    """Why a cluster has no broker logs; empty where it has some."""


class Listing(Struct, frozen=True):
    """What `mqtail ls` shows."""

    region: str
    targets: tuple[ListedTarget, ...]
    notes: tuple[str, ...]


async def list_targets(settings: Settings, sign_in: SignIn) -> Listing:
    """Find all brokers and clusters of the region, and the newest event of each of their logs.

    Raises:
        MqtailError: there are none, or listing them is not permitted.
    """
    notes: list[str] = []
    async with Clients(sign_in) as clients:
        budget = Budget(settings.max_requests)
        clock = Clock()
        targets = await Discovery(clients, budget, sign_in.region, notes, clock=clock).find(())
        around = last_day(clients, budget, clock, settings.pace)

        async def listed(target: Target) -> ListedTarget:
            return ListedTarget(
                target.name,
                target.owner,
                target.engine,
                target.state,
                target.deployment,
                tuple(await asyncio.gather(*(_newest(log, around) for log in target.logs))),
                target.silence,
            )

        found = await asyncio.gather(*map(listed, targets))
    return Listing(sign_in.region, tuple(found), tuple(notes))


async def _newest(log: Log, around: Surroundings) -> ListedLog:
    """A log with its newest event of the last day."""
    newest, problem = None, "nothing in the last day"
    try:
        newest = await newest_event(log, around)
    except CALL_ERRORS as error:
        failure = failure_of(error, f"reading {log.place}")
        problem = _problem(log, failure)
    except ReadFailed as error:
        problem = _problem(log, error.failure)
    if newest is not None:
        moment = datetime.fromtimestamp(newest / 1000, UTC)
        return ListedLog(log.kind, log.destination, log.place, moment)
    return ListedLog(log.kind, log.destination, log.place, None, problem)


def _problem(log: Log, failure: Failure) -> str:
    """Why the newest event is not known, in few words."""
    thing = "log group" if isinstance(log, LogGroup) else "destination"
    short = {
        Kind.MISSING: f"the {thing} does not exist: see `mqtail check {log.target}`",
        Kind.DENIED: f"not permitted. {failure.hint}",
    }
    return short.get(failure.kind, failure.sentence)


def table(listing: Listing, settings: Settings) -> str:
    """The listing as text, or as one JSON object (`-o json`), its notes only in the latter."""
    if settings.output == "json":
        plain = msgspec.to_builtins(listing, builtin_types=(datetime,))
        return json.dumps(plain, indent=2, default=_iso) + "\n"
    now = datetime.now(UTC)
    lines = [f"Brokers and clusters in {listing.region}\n"]
    for target in listing.targets:
        facts = (target.id, target.engine, target.deployment, target.state)
        lines.append(f"\n{target.name}  ({', '.join(filter(None, facts))})\n")
        for log in target.logs:
            told = log.problem
            if log.newest is not None:
                told = f"newest event {age(int((now - log.newest).total_seconds() * 1000))} ago"
            lines.append(f"  {log.kind:<11}{log.destination:<11}{log.place}  {told}\n")
        if target.silence or not target.logs:
            lines.append(f"  {target.silence or 'no logs'}\n")
    return printable("".join(lines), multiline=True)


def _iso(moment: datetime) -> str:
    """ISO 8601, as in the JSON lines of events."""
    return moment.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"
