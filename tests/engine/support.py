"""Tails of the embedded AWS for the engine's tests, and ways to wait for what they read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from mqtail.aws.signin import SignIn
from mqtail.clock import wall_clock_ms
from mqtail.demo.server import EmbeddedAws
from mqtail.engine import Tail
from mqtail.events import LogEvent
from mqtail.settings import Pace, Settings

HURRIED = Pace(
    poll_ms=20,
    idle_poll_ms=20,
    sweeps_ms=((300_000, 150), (3_600_000, 300)),
    relist_ms=150,
    reorder_ms=50,
    object_reorder_ms=50,
    object_poll_ms=50,
    search_poll_ms=50,
    api_poll_ms=50,
    api_pause_ms=1,
    backoff_ms=10,
    max_backoff_ms=100,
)
"""Everything as in earnest, only sooner."""

GROUP = "/aws/amazonmq/broker/b-1/general"
STREAM = "activemq-b-1-1.log"

PATIENCE_S = 20


class Watched:
    """What a tail has read so far, in the order in which it gave it."""

    def __init__(self) -> None:
        self.events: list[LogEvent] = []
        self._changed = asyncio.Condition()

    async def show(self, events: list[LogEvent]) -> None:
        """Take events."""
        async with self._changed:
            self.events += events
            self._changed.notify_all()

    async def until(self, enough: Callable[[list[LogEvent]], bool]) -> list[LogEvent]:
        """Wait until what was read is enough."""
        async with asyncio.timeout(PATIENCE_S), self._changed:
            await self._changed.wait_for(lambda: enough(self.events))
        return self.events

    async def until_seen(self, *messages: str) -> list[LogEvent]:
        """Wait until events with these messages are among what was read."""
        wanted = set(messages)
        return await self.until(lambda events: wanted <= {event.message for event in events})

    def count(self, message: str) -> int:
        """How often an event with this message was read."""
        return sum(event.message == message for event in self.events)


class Following:
    """A tail that runs."""

    def __init__(self, tail: Tail, watched: Watched) -> None:
        self.tail = tail
        self.watched = watched


class Bench:
    """Makes tails of an embedded AWS."""

    def __init__(self, aws: EmbeddedAws) -> None:
        self.aws = aws
        # Hurried readers ask sooner than the real service would answer.
        aws.cloudtrail.rate_limit = None

    def settings(self, *targets: str, **changes: Any) -> Settings:
        """Settings for these targets, hurried."""
        defaults = Settings(targets=targets or (GROUP,), pace=HURRIED, max_requests=1000)
        return replace(defaults, **changes)

    def tail(self, *targets: str, **changes: Any) -> Tail:
        """A tail of these targets, of `GROUP` if none are named."""
        sign_in = SignIn(region=self.aws.region, endpoint_url=self.aws.url)
        return Tail(self.settings(*targets, **changes), sign_in)

    async def history(self, *targets: str, **changes: Any) -> list[LogEvent]:
        """What a tail that does not follow gives, in order."""
        watched = Watched()
        await self.tail(*targets, follow=False, **changes).run_in_order(watched.show)
        return watched.events

    async def stored(self, *targets: str, **changes: Any) -> Tail:
        """A tail that does not follow, its store filled."""
        tail = self.tail(*targets, follow=False, **changes)
        await tail.run()
        return tail

    @asynccontextmanager
    async def following(self, *targets: str, **changes: Any) -> AsyncIterator[Following]:
        """A tail that follows, in order."""
        watched = Watched()
        tail = self.tail(*targets, **changes)
        async with running(tail.run_in_order(watched.show)):
            yield Following(tail, watched)

    @asynccontextmanager
    async def filling(self, *targets: str, **changes: Any) -> AsyncIterator[Following]:
        """A tail that follows and fills its store."""
        watched = Watched()
        tail = self.tail(*targets, **changes)
        add = tail.store.add
        loop = asyncio.get_running_loop()
        pending: set[asyncio.Task[None]] = set()

        def watched_add(events: list[LogEvent]) -> list[LogEvent]:
            dropped = add(events)
            task = loop.create_task(watched.show(events))
            pending.add(task)
            task.add_done_callback(pending.discard)
            return dropped

        tail.store.add = watched_add  # type: ignore[method-assign]
        async with running(tail.run()):
            yield Following(tail, watched)


@asynccontextmanager
async def running(work: Any) -> AsyncIterator[None]:
    """Something runs, and its error is raised at the end."""
    task = asyncio.ensure_future(work)
    try:
        yield
        if task.done():
            await task
    finally:
        task.cancel()
        await asyncio.wait([task])
    if not task.cancelled() and (error := task.exception()):
        raise error


def ago(seconds: float) -> int:
    """A moment so long ago, ms."""
    return wall_clock_ms() - int(seconds * 1000)


def line(text: str, timestamp: int) -> tuple[int, str]:
    """An event as ActiveMQ writes it."""
    return timestamp, f"2026-01-01 00:00:00,000 | INFO  | {text} | a.b.Logger | main"


async def eventually(condition: Callable[[], bool]) -> None:
    """Wait until something holds that nobody announces (a reader's state, the server's calls)."""
    async with asyncio.timeout(PATIENCE_S):
        while not condition():  # noqa: ASYNC110  # there is no event to wait for
            await asyncio.sleep(0.005)
