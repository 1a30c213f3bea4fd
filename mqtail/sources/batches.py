"""Lists of events in order: cut into parts, put together, shortened."""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from collections.abc import Iterator

from mqtail.events import LogEvent, order_key

SLICE = 2_000
"""Events that are worked on before the event loop gets its turn."""

Parts = Iterator[list[LogEvent]]
"""The new events of a page in time order, a few at a time: making them takes time."""


def in_slices(events: list[LogEvent]) -> Iterator[list[LogEvent]]:
    """Events, a few at a time."""
    return (events[row : row + SLICE] for row in range(0, len(events), SLICE))


def merged(older: list[LogEvent], newer: list[LogEvent]) -> list[LogEvent]:
    """Two ordered lists as one, where the first ends about where the second begins."""
    if not newer:
        return older
    row = bisect_left(older, newer[0].timestamp, key=lambda event: event.timestamp)
    return older[:row] + sorted(older[row:] + newer, key=order_key)


def last_of(events: list[LogEvent], count: int) -> list[LogEvent]:
    """The last so many events, all if there are fewer."""
    return events[max(0, len(events) - count) :]


async def gather(events: list[LogEvent], parts: Parts) -> None:
    """Add all parts of a page to a list, also when cancelled."""
    try:
        for part in parts:
            events += part
            await asyncio.sleep(0)
    except asyncio.CancelledError:
        for part in parts:
            events += part
        raise
