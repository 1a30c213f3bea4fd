"""How fast the log view is: frames while the buffer grows, once it is full, with long lines
wrapped, and with stack traces unfolded; worst stall.

A frame is what the view itself does: take in the events, find its place, paint every visible row.
What Textual then does with the rows, to find and write what has changed, comes on top of it.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import time
from dataclasses import dataclass, field

from textual.app import App, ComposeResult
from textual.geometry import Region

from mqtail.events import Level, LogEvent, Source
from mqtail.store import Store
from widgets.log.look import Look
from widgets.log.view import LogView

SOURCE = Source(0, "orders", "mq", "general", "1", format="activemq-general")
MESSAGE = (
    "2026-11-18 11:05:00,100 | INFO  | Connector vm://orders-broker-1 started, number {} "
    "| org.apache.activemq.broker.TransportConnector | ActiveMQ Transport: tcp:///10.0.0.1:61616"
)
LONG = MESSAGE.replace("started", "started " + "and goes on " * 25)
TRACE = (
    MESSAGE
    + "\njava.io.IOException: No space left on device\n"
    + "\n".join(f"\tat org.apache.activemq.store.Page.write(Page.java:{at})" for at in range(20))
)


@dataclass
class Frames:
    """Times of one kind of frame, ms."""

    name: str
    times: list[float] = field(default_factory=list)

    def line(self) -> str:
        """A row of the table."""
        ordered = sorted(self.times)
        mean = sum(ordered) / len(ordered)
        middle, high = ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.95)]
        return f"{self.name:<10} {mean:9.2f} {middle:9.2f} {high:9.2f} {ordered[-1]:9.2f}"


class Bench(App[None]):
    """The log view alone on the screen."""

    PAUSE_GC_ON_SCROLL = True

    def __init__(self, store: Store) -> None:
        super().__init__()
        self.store = store

    def compose(self) -> ComposeResult:
        """The view."""
        yield LogView(self.store)


class Stalls:
    """Measures how late the event loop comes back to a task that only sleeps."""

    def __init__(self) -> None:
        self.worst = 0.0

    async def watch(self) -> None:
        """Measure until cancelled."""
        while True:
            before = time.perf_counter()
            await asyncio.sleep(0.005)
            self.worst = max(self.worst, time.perf_counter() - before - 0.005)


def make(start: int, number: int, message: str = MESSAGE) -> list[LogEvent]:
    """Events with numbers from `start` on."""
    return [
        LogEvent(1_795_000_000_000 + at, 0, SOURCE, at, message.format(at), Level.INFO)
        for at in range(start, start + number)
    ]


async def measure(events: int, batch: int, frames: int, size: tuple[int, int]) -> None:
    """Print the figures for a buffer of so many events."""
    store = Store(events)
    at = 0
    kinds = [
        (Frames("growing"), MESSAGE),
        (Frames("full"), MESSAGE),
        (Frames("wrapped"), LONG),
        (Frames("traces"), TRACE),
    ]
    app = Bench(store)
    async with app.run_test(size=size) as pilot:
        view = app.query_one(LogView)
        await pilot.pause()
        store.add(make(0, max(0, events - batch * frames)))
        at = len(store)
        view.sync()
        await pilot.pause()
        gc.collect()
        gc.freeze()
        stalls = Stalls()
        watcher = asyncio.create_task(stalls.watch())
        rendered = view.rows_rendered
        started = time.perf_counter()
        for kind, message in kinds:
            view.look = Look(wrap=message is LONG)
            if message is TRACE:
                view.action_fold_all()
            for _ in range(frames):
                new = make(at, batch, message)
                at += batch
                before = time.perf_counter()
                store.add(new)
                view.sync()
                view.render_lines(Region(0, 0, *view.size))
                kind.times.append((time.perf_counter() - before) * 1000)
                await asyncio.sleep(0)
        seconds = time.perf_counter() - started
        watcher.cancel()
        painted = (view.rows_rendered - rendered) / (len(kinds) * frames)
        print(f"\n{events:,} events, batches of {batch}, {size[0]}x{size[1]} cells")
        print(f"{'ms/frame':<10} {'mean':>9} {'median':>9} {'95 %':>9} {'worst':>9}")
        for kind, _ in kinds:
            print(kind.line())
        per_second = len(kinds) * frames / seconds
        print(
            f"{per_second:,.0f} frames/s, {per_second * batch:,.0f} events/s,"
            f" {painted:.0f} lines painted per frame, worst stall {stalls.worst * 1000:.0f} ms"
        )
    gc.unfreeze()


def main() -> None:
    """Measure each of the sizes asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, nargs="+", default=[10_000, 200_000, 1_000_000])
    parser.add_argument("--batch", type=int, default=20, help="events that come per frame")
    parser.add_argument("--frames", type=int, default=200, help="frames of each kind")
    parser.add_argument("--width", type=int, default=160)
    parser.add_argument("--height", type=int, default=50)
    options = parser.parse_args()
    for events in options.events:
        size = (options.width, options.height)
        asyncio.run(measure(events, options.batch, options.frames, size))


if __name__ == "__main__":
    main()
