"""API calls, and tails of them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from mqtail.demo.cloudtrail_service import iso_seconds
from mqtail.demo.server import EmbeddedAws
from mqtail.events import LogEvent
from mqtail.status import ReaderStatus
from tests.engine.support import HURRIED, Bench, Following, ago, eventually

SOON = replace(HURRIED, api_poll_ms=20, api_pause_ms=0)
"""As hurried as can be, where nobody counts requests."""

SOURCES = ("kafka.amazonaws.com", "kafka-cluster.amazonaws.com", "amazonmq.amazonaws.com")


class Calls:
    """Makes API calls, and tails of them."""

    def __init__(self, aws: EmbeddedAws) -> None:
        self.aws = aws
        self.bench = Bench(aws)

    def put(
        self,
        name: str,
        seconds_ago: float = 60,
        *,
        visible_in: float = 0,
        source: str = SOURCES[0],
        **members: Any,
    ) -> dict[str, Any]:
        """A call that was made so long ago, and can be looked up in so many seconds."""
        record = {"eventName": name, "eventSource": source, "eventTime": when(seconds_ago)}
        return self.aws.cloudtrail.put(record | members, visible=ago(-visible_in))

    async def history(self, *targets: str, **changes: Any) -> list[LogEvent]:
        """The history in order."""
        settings = {"since": ago(3600), "pace": SOON} | changes
        return await self.bench.history(*(targets or ("cloudtrail",)), **settings)

    def following(self, *targets: str, **changes: Any) -> Any:
        """A tail that follows, in order."""
        settings = {"since": ago(600), "pace": SOON} | changes
        return self.bench.following(*(targets or ("cloudtrail",)), **settings)

    def lookup_times(self) -> list[int]:
        """When LookupEvents was called, ms."""
        return [call.time for call in self.aws.calls_of("LookupEvents")]


def when(seconds_ago: float) -> str:
    """A moment as records write it."""
    return iso_seconds(ago(seconds_ago))


def names(events: list[LogEvent]) -> list[str]:
    """The actions of events."""
    return [json.loads(event.message)["eventName"] for event in events]


def named(*actions: str) -> Any:
    """Whether all these actions are among events."""
    return lambda events: set(actions) <= set(names(events))


async def api_status(following: Following) -> ReaderStatus:
    """The status of the reader of API calls, once there is one."""
    found: list[ReaderStatus] = []

    def there() -> bool:
        found[:] = [status for status in following.tail.readers if status.kind == "api"]
        return bool(found)

    await eventually(there)
    return found[0]
