"""The newest event of a log."""

from __future__ import annotations

from contextlib import aclosing
from itertools import count
from typing import Any

from mqtail.aws.budget import Budget
from mqtail.aws.clients import Clients
from mqtail.clock import Clock
from mqtail.logs import Log, LogGroup
from mqtail.settings import Pace
from mqtail.sources.opening import reader_of
from mqtail.sources.reader import Orders, Surroundings

DAY_MS = 86_400_000
MOST_PAGES = 10
"""Pages, most of them empty or another cluster's, that are read for a group's newest event."""


def last_day(clients: Clients, budget: Budget, clock: Clock, pace: Pace) -> Surroundings:
    """What readers share that look for the newest events of the last day, and do not wait."""
    now = clock.now()
    return Surroundings(
        clients=clients,
        budget=budget,
        clock=clock,
        pace=pace,
        orders=Orders(),
        source_numbers=count(),
        started=now,
        since=now - DAY_MS,
        patient=False,
    )


async def newest_event(log: Log, around: Surroundings) -> int | None:
    """Time (ms) of a log's newest event since `around.since`; None: there is none.

    Raises:
        ReadFailed, or what is in `CALL_ERRORS`: it cannot be read.
    """
    if isinstance(log, LogGroup):
        return await _newest_in_group(log, around)
    return await _newest_elsewhere(log, around)


async def _newest_in_group(group: LogGroup, around: Surroundings) -> int | None:
    """Time (ms) of a group's newest event; a stream's lastEventTimestamp may be an hour behind."""
    client: Any = await around.clients.logs()
    arguments: dict[str, Any] = {
        **group.arguments,
        "startTime": around.since,
        "startFromHead": False,
        # The newest event of a group that clusters share may be another cluster's.
        "limit": 10_000 if group.shared_with else 1,
    }
    for _ in range(MOST_PAGES):
        await around.budget.take()
        page = (await client.filter_log_events(**arguments))["page"]
        for event in page.events:
            if group.holds(event.log_stream_name):
                newest: int = event.timestamp
                return newest
        if page.next_token is None:
            return None
        arguments["nextToken"] = page.next_token
    return None


async def _newest_elsewhere(log: Log, around: Surroundings) -> int | None:
    """Time (ms) of the newest event that a reader finds."""
    reader = reader_of(log, around)
    newest = None
    async with aclosing(reader.history_newest(None, 1, lambda _: True)) as pages:
        async for events in pages:
            newest = max([event.timestamp for event in events], default=newest)
    return newest
