"""What typical filters cost per event, and over a full buffer: `python bench/filters.py`."""

from __future__ import annotations

import asyncio
import gc
from datetime import UTC
from time import perf_counter, process_time

from mqtail.events import Level, LogEvent, Source
from mqtail.filters import compile_filter
from mqtail.filters.guard import slow_searches_stopped
from mqtail.store import Store

EVENTS = 100_000
NOW = 1_795_216_800_000
FILTERS = (
    "",
    "level>=warn",
    "instance:1",
    "instance:1 kind:audit",
    "target:prod-*",
    "lag>30s",
    "time>10m",
    "timeout",
    '"No space left"',
    "timeout store",
    "timeout or refused or closed",
    "-closed",
    "level>=error timeout",
    "/Slow.*Consumer/",
    "/slow.*consumer/i",
    "level>=error /slow.*consumer/i",
    "/(store|temp) is at [89]/",
    "/(store|temp) is at [89]/i",
    "logger:org.apache.kafka.*",
    "user:admin",
)


BUFFER = 1_000_000
SCREEN = 50
"""Events of a full buffer, and of a screen."""
REFILTERS = (
    "level>=warn",
    "task-1",
    "timeout",
    "-closed",
    "/Slow.*Consumer/",
    "/(store|temp) is at [89]/",
    "/(store|temp) is at [89]/i",
    "/(disk|quota) (is|was) full/i",
    "/task-[0-9]+$/i",
)


def made(count: int = EVENTS) -> list[LogEvent]:
    """Events of both instances, a tenth of them errors, of 120 to 130 characters."""
    sources = [Source(i, "prod-orders", "mq", "general", str(i + 1)) for i in range(2)]
    levels = [Level.INFO] * 7 + [Level.WARN] * 2 + [Level.ERROR]
    return [
        LogEvent(
            NOW - count + i,
            NOW,
            sources[i % 2],
            i,
            f"2026-11-20 23:20:00,411 | {levels[i % 10].label.upper():5} | Usage of the store is at"
            f" {i} | org.apache.activemq.broker.BrokerService | ActiveMQ Task-1",
            levels[i % 10],
        )
        for i in range(count)
    ]


def main() -> None:
    """Print the best of three passes for each filter."""
    with slow_searches_stopped():
        measure()
        measure_buffer()


def measure() -> None:
    """Each event alone, and how long the filter took to compile."""
    events = made()
    for text in FILTERS:
        begin = perf_counter()
        matches = compile_filter(text, now=NOW, zone=UTC).matches
        compiling = perf_counter() - begin
        times = []
        for _ in range(3):
            begin = perf_counter()
            found = len([event for event in events if matches(event)])
            times.append(perf_counter() - begin)
        nanoseconds = min(times) / len(events) * 1e9
        print(f"{text:32} {nanoseconds:7.0f} ns/event {found:7} found {compiling * 1e3:6.1f} ms")


def measure_buffer() -> None:
    """A full buffer as the UI filters it, with turns for everything else in between."""
    store = Store(BUFFER)
    store.add(made(BUFFER))
    gc.freeze()
    print(f"\n{BUFFER:,} events: first {SCREEN} found, complete, CPU time, longest slice")
    for text in REFILTERS:
        passes = [asyncio.run(refilter(store, text)) for _ in range(3)]
        screen, wall, cpu, longest, found = min(passes, key=lambda each: each[2])
        print(
            f"{text:32} {screen * 1e3:5.1f} ms {wall:6.2f} s {cpu:6.2f} s CPU"
            f" {longest * 1e3:5.1f} ms {found:9,} found"
        )


async def refilter(store: Store, text: str) -> tuple[float, float, float, float, int]:
    """Seconds until the first screen, all in all, of CPU time, of the longest slice; found."""
    view = store.view(lambda event: False)
    matches = compile_filter(text, now=NOW, zone=UTC).matches
    screen, longest, cpu = 0.0, 0.0, process_time()
    begin = before = perf_counter()
    work = asyncio.create_task(view.refilter(matches))
    while not work.done():
        await asyncio.sleep(0)
        now = perf_counter()
        longest, before = max(longest, now - before), now
        if not screen and len(view) >= SCREEN:
            screen = now - begin
    return screen, now - begin, process_time() - cpu, longest, len(view)


if __name__ == "__main__":
    main()
