"""`mqtail ls`: the brokers of a region, where their logs are, and how old the newest event is."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import Struct

from mqtail.aws.budget import Budget
from mqtail.aws.clients import Clients
from mqtail.aws.decoding import CALL_ERRORS
from mqtail.aws.failures import Kind, failure_of
from mqtail.aws.signin import SignIn
from mqtail.clock import wall_clock_ms
from mqtail.discovery import Discovery
from mqtail.printable import printable
from mqtail.settings import Settings
from mqtail.targets import LogGroup, Target

DAY_MS = 86_400_000
MOST_PAGES = 10
"""Pages, most of them empty, that are read to find a group's newest event."""


class ListedGroup(Struct, frozen=True):
    """A log group and its newest event."""

    kind: str
    log_group: str
    newest: datetime | None
    """Time (UTC) of the newest event of the last day; None: there is none, see `problem`."""
    problem: str = ""
    """Why that is not known, or why there is no such event."""


class ListedTarget(Struct, frozen=True):
    """A broker of the region."""

    name: str
    id: str
    engine: str
    state: str
    deployment: str
    groups: tuple[ListedGroup, ...]


class Listing(Struct, frozen=True):
    """What `mqtail ls` shows."""

    region: str
    targets: tuple[ListedTarget, ...]
    notes: tuple[str, ...]


async def list_targets(settings: Settings, sign_in: SignIn) -> Listing:
    """Find all brokers of the region and the newest event of each of their log groups.

    Raises:
        MqtailError: there are none, or listing them is not permitted.
    """
    notes: list[str] = []
    async with Clients(sign_in) as clients:
        budget = Budget(settings.max_requests)
        targets = await Discovery(clients, budget, sign_in.region, notes).find(())

        async def listed(target: Target) -> ListedTarget:
            groups = [_newest(group, clients, budget) for group in target.groups]
            return ListedTarget(
                target.name,
                target.id,
                target.engine,
                target.state,
                target.deployment,
                tuple(await asyncio.gather(*groups)),
            )

        found = await asyncio.gather(*map(listed, targets))
    return Listing(sign_in.region, tuple(found), tuple(notes))


async def _newest(group: LogGroup, clients: Clients, budget: Budget) -> ListedGroup:
    """Read a group's newest event; a stream's lastEventTimestamp may be an hour behind."""
    client: Any = await clients.logs()
    arguments: dict[str, Any] = {
        **group.arguments,
        "startTime": wall_clock_ms() - DAY_MS,
        "startFromHead": False,
        "limit": 1,
    }
    try:
        for _ in range(MOST_PAGES):
            await budget.take()
            page = (await client.filter_log_events(**arguments))["page"]
            if page.events:
                newest = datetime.fromtimestamp(page.events[0].timestamp / 1000, UTC)
                return ListedGroup(group.kind, group.name, newest)
            if page.next_token is None:
                break
            arguments["nextToken"] = page.next_token
    except CALL_ERRORS as error:
        failure = failure_of(error, f"reading {group.name}")
        short = {
            Kind.MISSING: "the log group does not exist",
            Kind.DENIED: f"not permitted. {failure.hint}",
        }
        problem = short.get(failure.kind, failure.sentence)
        return ListedGroup(group.kind, group.name, None, problem)
    return ListedGroup(group.kind, group.name, None, "nothing in the last day")


def table(listing: Listing, settings: Settings) -> str:
    """The listing as text, or as one JSON object (`-o json`), its notes only in the latter."""
    if settings.output == "json":
        plain = msgspec.to_builtins(listing, builtin_types=(datetime,))
        return json.dumps(plain, indent=2, default=_iso) + "\n"
    now = datetime.now(UTC)
    lines = [f"Amazon MQ brokers in {listing.region}\n"]
    for target in listing.targets:
        facts = (target.id, target.engine, target.deployment, target.state)
        lines.append(f"\n{target.name}  ({', '.join(filter(None, facts))})\n")
        for group in target.groups:
            age = (
                group.problem
                if group.newest is None
                else _age((now - group.newest).total_seconds())
            )
            lines.append(f"  {group.kind:<11}{group.log_group}  {age}\n")
        if not target.groups:
            lines.append("  no logs\n")
    return printable("".join(lines), multiline=True)


def _iso(moment: datetime) -> str:
    """ISO 8601, as in the JSON lines of events."""
    return moment.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def _age(age_s: float) -> str:
    seconds = max(0, int(age_s))
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"newest event {seconds // size} {unit} ago"
    return f"newest event {seconds} s ago"
