"""Nanoseconds per event of typical filters: `python bench/filters.py`."""

from __future__ import annotations

from datetime import UTC
from time import perf_counter

from mqtail.events import Level, LogEvent, Source
from mqtail.filters import compile_filter
from mqtail.filters.guard import slow_searches_stopped

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


def made() -> list[LogEvent]:
    """Events of both instances, a tenth of them errors, of 120 to 130 characters."""
    sources = [Source(i, "prod-orders", "mq", "general", str(i + 1)) for i in range(2)]
    levels = [Level.INFO] * 7 + [Level.WARN] * 2 + [Level.ERROR]
    return [
        LogEvent(
            NOW - EVENTS + i,
            NOW,
            sources[i % 2],
            i,
            f"2026-11-20 23:20:00,411 | {levels[i % 10].label.upper():5} | Usage of the store is at"
            f" {i} | org.apache.activemq.broker.BrokerService | ActiveMQ Task-1",
            levels[i % 10],
        )
        for i in range(EVENTS)
    ]


def main() -> None:
    """Print the best of three passes for each filter, and how long it took to compile."""
    with slow_searches_stopped():
        measure()


def measure() -> None:
    """Measure, with slow regular expressions stopped as in mqtail itself."""
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


if __name__ == "__main__":
    main()
