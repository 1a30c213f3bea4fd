"""How fast the timeline is: counting a full buffer, painting it, and telling moments."""

from __future__ import annotations

import asyncio
import time
import timeit
from collections.abc import Callable
from functools import partial

from textual.app import App, ComposeResult

from mqtail.events import Level, LogEvent, Source
from mqtail.moments import moment_of
from mqtail.store import SortedEvents
from widgets.timeline.view import Timeline

EVENTS = 1_000_000
WIDTH = 200
FRAMES = 50
NOW = 1_795_000_000_000

KAFKA = Source(0, "clicks", "msk", "broker", "1", format="kafka")
ACTIVEMQ = Source(1, "orders", "mq", "general", "1", format="activemq-general")
RABBITMQ = Source(2, "telemetry", "mq", "general", "n", format="rabbitmq")
ORDINARY = (
    (
        KAFKA,
        "[2026-11-18 11:05:00,100] INFO [UnifiedLog partition=orders-2, dir=/kafka/datalogs] Rolled"
        " new log segment at offset 219212096 in 5 ms. (kafka.log.UnifiedLog)",
    ),
    (
        ACTIVEMQ,
        "2026-11-18 11:05:00,100 | INFO  | Connector vm://orders-broker-1 started | org.apache"
        ".activemq.broker.TransportConnector | ActiveMQ Transport: tcp:///10.0.0.1:61616",
    ),
    (
        RABBITMQ,
        "2026-11-18 11:05:00.100582+00:00 [info] <0.1781.0> Running boot step database defined by"
        " app rabbit",
    ),
)
"""Lines that mark no moment."""
MOMENT = "[2026-11-18 11:05:00,100] INFO [KafkaServer id=1] started (kafka.server.KafkaServer)"


class Bench(App[None]):
    """The timeline alone on the screen."""

    def compose(self) -> ComposeResult:
        """The timeline."""
        yield Timeline(now=lambda: NOW)


def event(number: int, source: Source, message: str) -> LogEvent:
    """One of an hour's events."""
    level = Level.ERROR if number % 50 == 0 else Level.INFO
    timestamp = NOW - (EVENTS - number) * 3_600_000 // EVENTS
    return LogEvent(timestamp, timestamp, source, number, message, level)


def milliseconds(work: Callable[[int], object]) -> str:
    """Least, middle and worst time of a frame."""
    times = []
    for frame in range(FRAMES):
        begin = time.perf_counter()
        work(frame)
        times.append((time.perf_counter() - begin) * 1000)
    times.sort()
    return f"{times[0]:9.2f} {times[FRAMES // 2]:9.2f} {times[-1]:9.2f}"


async def timeline() -> None:
    """Print what a frame takes when nothing, events, or moments have changed, and painting."""
    events = [event(number, *ORDINARY[number % 3]) for number in range(EVENTS)]
    marks = [event(number, KAFKA, MOMENT) for number in range(0, EVENTS, 500)]
    buffer = SortedEvents(events)
    errors = SortedEvents([e for e in events if e.level is Level.ERROR])
    moments = SortedEvents(marks)
    app = Bench()
    async with app.run_test(size=(WIDTH, 40)) as pilot:
        widget = app.query_one(Timeline)

        def show(_: int) -> None:
            widget.show(buffer, buffer, errors, moments, (NOW - 60_000, NOW))

        def events_changed(frame: int) -> None:
            buffer.version += 1
            show(frame)

        def moments_changed(frame: int) -> None:
            moments.version += 1
            show(frame)

        def paint(_: int) -> None:
            for row in range(widget.size.height):
                widget.render_line(row)

        await pilot.pause()
        print(f"{EVENTS:,} events, {len(marks):,} moments, {WIDTH} columns; ms a frame")
        print(f"{'':<18} {'least':>9} {'middle':>9} {'worst':>9}")
        for work in (show, events_changed, moments_changed, paint):
            print(f"{work.__name__.replace('_', ' '):<18} {milliseconds(work)}")


def telling() -> None:
    """Print what asking an ordinary event costs at the least."""
    for source, message in ORDINARY:
        asked = event(1, source, message)
        least = min(timeit.repeat(partial(moment_of, asked), number=20_000, repeat=10))
        print(f"moment_of, ordinary line of {source.format:<17} {least * 50:5.2f} us")


if __name__ == "__main__":
    asyncio.run(timeline())
    telling()
