"""Events/s of the whole engine over HTTP: from pages to the store, and to JSON lines."""

from __future__ import annotations

import argparse
import asyncio
import io
import logging
import time
from typing import Any

from botocore.credentials import ReadOnlyCredentials

from bench._figures import spread
from bench._pages import served_pages
from mqtail.aws.signin import SignIn
from mqtail.engine import Tail
from mqtail.events import LogEvent
from mqtail.pipe import line_of, tail_into
from mqtail.settings import Settings

KEYS = ReadOnlyCredentials("bench", "bench", None)


def tail_of(url: str, events: int) -> Tail:
    """A tail of everything that the server has."""
    settings = Settings(
        targets=("/bench",),
        since=0,
        follow=False,
        buffer=events,
        max_requests=10_000,
        output="json",
    )
    return Tail(settings, SignIn("us-east-1", endpoint_url=url, session_keys=KEYS))


class Watch:
    """Times a run from its first events on: signing in and connecting are no matter of throughput.

    Attributes:
        count: events that came after the first ones.
        wall: seconds that they took.
        cpu: seconds of this process that they took.
    """

    def __init__(self) -> None:
        self.count = 0
        self.wall = self.cpu = 0.0
        self._begun: tuple[float, float] | None = None

    def came(self, count: int) -> None:
        """Take note of events that came."""
        wall, cpu = time.perf_counter(), time.process_time()
        if self._begun is None:
            self._begun = wall, cpu
            return
        self.count += count
        self.wall, self.cpu = wall - self._begun[0], cpu - self._begun[1]

    def added(self, events: list[LogEvent]) -> None:
        """Events were added to the store."""
        self.came(len(events))

    def grown(self, events: list[LogEvent]) -> None:
        """None of these does."""


class Lines(io.BytesIO):
    """Counts the lines that are written, and forgets them.

    Args:
        watch: is told.
    """

    def __init__(self, watch: Watch) -> None:
        super().__init__()
        self.count = 0
        self._watch = watch

    def write(self, data: Any) -> int:
        """Take lines."""
        lines = bytes(data).count(b"\n")
        self.count += lines
        self._watch.came(lines)
        return len(memoryview(data))


async def to_store(url: str, events: int, watch: Watch) -> int:
    """Read everything into the store; gives the number of events there."""
    tail = tail_of(url, events)
    tail.store.watch(watch)
    await tail.run()
    return len(tail.store)


async def to_json(url: str, events: int, watch: Watch) -> int:
    """Read everything and write it as JSON lines; gives the number of lines."""
    out, tail = Lines(watch), tail_of(url, events)
    await tail_into(tail, line_of(tail.settings, terminal=False), out)
    return out.count


def main() -> None:
    """Print events/s by the clock and by CPU time, median and spread over the runs."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--events", type=int, default=200_000)
    arguments.add_argument("--repeat", type=int, default=5)
    chosen = arguments.parse_args()
    logging.disable()
    with served_pages(chosen.events) as url:
        for name, run in (("HTTP page to store", to_store), ("HTTP page to JSON", to_json)):
            runs = []
            for _ in range(chosen.repeat + 1):
                watch = Watch()
                count = asyncio.run(run(url, chosen.events, watch))
                if count != chosen.events:
                    raise SystemExit(f"{name}: {count:,} events instead of {chosen.events:,}")
                runs.append(watch)
            by_clock = spread((watch.count / watch.wall for watch in runs[1:]), "{:,.0f}")
            by_cpu = spread((watch.count / watch.cpu for watch in runs[1:]), "{:,.0f}")
            print(f"{name:>20}: {by_clock} events/s, {by_cpu} per CPU second")


if __name__ == "__main__":
    main()
