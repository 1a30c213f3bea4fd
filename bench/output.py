"""Events per second of each output formatter: `python bench/output.py`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC
from time import perf_counter

from mqtail.events import Level, LogEvent, Source
from mqtail.output import JsonFormatter, RawFormatter, TextFormatter

EVENTS = 50_000
NOW = 1_795_216_800_000
TRACE = "\njava.io.IOException: closed" + "\n\tat org.apache.activemq.A.b(A.java:72)" * 20


def made(message: str, kind: str) -> list[LogEvent]:
    """Events of both instances, three in a ms, a message of its own for each."""
    sources = [
        Source(i, "prod-orders", "mq", kind, str(i + 1), log_group="/aws/mq", log_stream=f"-{i}")
        for i in range(2)
    ]
    return [
        LogEvent(NOW + i // 3, NOW + 900, sources[i % 2], i, message.format(i), Level.WARN, f"{i}")
        for i in range(EVENTS)
    ]


def report(name: str, format_one: Callable[[LogEvent], object], events: list[LogEvent]) -> None:
    """Print the best of three passes."""
    times = []
    for _ in range(3):
        begin = perf_counter()
        for event in events:
            format_one(event)
        times.append(perf_counter() - begin)
    print(f"{name:32} {len(events) / min(times):10,.0f} events/s")


def main() -> None:
    """Print one line for each formatter and kind of message."""
    general = "2026-11-20 23:20:00,411 | WARN  | Memory {} | org.apache.Broker | main"
    kinds = {
        "plain text": made("Usage of the store is at {} percent of its limit", "other"),
        "general": made(general, "general"),
        "stack trace": made(general + TRACE, "general")[: EVENTS // 10],
        "not ASCII": made("Speicher zu {} % belegt: größer als zulässig", "other"),
    }
    for kind, events in kinds.items():
        report(f"json, {kind}", JsonFormatter().line, events)
        report(f"text, {kind}", TextFormatter(False, UTC, True, None).lines, events)
        report(
            f"text in colour, wrapped, {kind}", TextFormatter(True, UTC, True, 120).lines, events
        )
        report(f"raw, {kind}", RawFormatter(False).lines, events)
        report(f"raw for a terminal, {kind}", RawFormatter(True).lines, events)


if __name__ == "__main__":
    main()
