"""How soon the whole UI answers: keys and filters while events arrive, in a terminal of its own.

The program runs on a pseudo-terminal that is read all the time. A key has been answered when the
first frame after its action has been written, with all that was to be laid out; it is dealt with
when a frame has been written and no widget had anything left to do by then.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from textual import events
from textual.screen import Screen
from textual.widget import Widget

from bench._terminal import SIZE, on_terminal
from mqtail.clock import wall_clock_ms
from mqtail.events import Level, LogEvent, Source
from mqtail.settings import Settings
from mqtail.status import OlderHistory, ReaderStatus, State, StreamStatus
from mqtail.store import Store
from mqtail.targets import Target
from tui.app import MqtailApp, Tailing
from tui.screens.main import MainScreen

QUIET_TURNS = 10
"""Turns of the loop with nothing to do and to paint after which a key that changes nothing on the
screen has been answered."""
BEAT_S = 0.002
"""Pause between two looks whether the loop has stalled."""
WATCHED_S = 10
"""For how long stalls are looked for."""
STEP_S = 0.02
"""Time between two deliveries of events."""
KEYS = (
    "up", "up", "down", "pageup", "pagedown", "home", "end", "e", "E", "m", "apostrophe", "1", "1",
    "w", "w", "minus", "plus", "u", "u", "u", "z", "z", "l", "l", "l", "l", "a", "a", "space",
    "space", "right", "left", "v", "v", "v", "v", "right_square_bracket", "left_square_bracket",
    "x", "x", "less_than_sign", "greater_than_sign", "i", "i", "b", "b",
)  # fmt: skip
FILTERS = ("timeout", "level>=warn", "/Number [0-9]+7 /", '"no space" or 42', "not failed")
MESSAGES = (
    ("INFO", Level.INFO, "Connector vm://orders-broker-1 started, number {} after a while"),
    ("INFO", Level.INFO, "Number {} of the clients has connected from tcp://10.0.0.1:61616"),
    ("WARN", Level.WARN, "Transport Connection to: tcp://10.0.0.7:4{} failed: read timeout"),
    ("ERROR", Level.ERROR, "Could not accept connection {}: no space left on device"),
)


@dataclass
class Times:
    """Times of one kind, ms."""

    name: str
    times: list[float] = field(default_factory=list)

    def line(self) -> str:
        """A row of the table."""
        ordered = sorted(self.times)
        count = len(ordered)
        median, high, top = (ordered[min(count - 1, int(count * at))] for at in (0.5, 0.95, 0.99))
        return f"{self.name:<24} {count:>6} {median:8.1f} {high:8.1f} {top:8.1f} {ordered[-1]:8.1f}"


class Session:
    """Holds a full buffer, and adds events at a fixed rate."""

    def __init__(self, held: int, rate: int) -> None:
        self.store = Store(held)
        self.targets: list[Target] = []
        self.notes: list[str] = []
        self.phase = "reading"
        self.older = OlderHistory()
        self.progress: float | None = None
        self.readers = [_reader(kind) for kind in ("general", "audit")]
        self._streams = [stream for reader in self.readers for stream in reader.streams.values()]
        self._made = 0
        self._rate = rate
        start = wall_clock_ms() - held
        self.store.add(self._make(held, start))

    @property
    def now(self) -> int:
        """This machine's time, ms."""
        return wall_clock_ms()

    async def run(self) -> None:
        """Add events for ever."""
        batch = max(1, round(self._rate * STEP_S))
        due = time.perf_counter()
        while True:
            due += STEP_S
            await asyncio.sleep(max(0, due - time.perf_counter()))
            self.store.add(self._make(batch, wall_clock_ms()))

    def read_now(self) -> None:
        """Nothing is read."""

    def read_older(self) -> None:
        """Nothing is read."""

    def read_also(self, status: ReaderStatus) -> None:
        """Nothing is read."""

    def _make(self, number: int, start: int) -> list[LogEvent]:
        made = []
        for at in range(self._made, self._made + number):
            stream = self._streams[at % len(self._streams)]
            # One in twenty is a warning, one in a hundred an error.
            word, level, text = MESSAGES[3 if at % 100 == 7 else 2 if at % 20 == 3 else at % 2]
            time_ms = start + at - self._made
            message = (
                f"2026-11-18 11:05:00,100 | {word:<5} | {text.format(at)}"
                " | org.apache.activemq.broker.TransportConnector | ActiveMQ Transport"
            )
            event = LogEvent(time_ms, time_ms + 500, stream.source, at, message, level)
            stream.count([event])
            made.append(event)
        self._made += number
        return made


def _reader(kind: str) -> ReaderStatus:
    group = f"/aws/amazonmq/broker/b-1/{kind}"
    reader = ReaderStatus("orders", "mq", kind, group, state=State.LIVE)
    for instance in "12":
        name = f"activemq-b-1-{instance}.log"
        source = Source(
            int(instance) + 2 * (kind == "audit"), "orders", "mq", kind, instance,
            log_group=group, log_stream=name, format="activemq-general",
        )  # fmt: skip
        reader.streams[name] = StreamStatus(source)
    return reader


async def quiet_or(app: BenchApp, done: asyncio.Event) -> None:
    """Wait for a frame that has been written, or until there is nothing to do and to paint."""
    quiet = 0
    while not done.is_set() and quiet < QUIET_TURNS:
        await asyncio.sleep(0)
        quiet = quiet + 1 if app.is_idle and not app.screen._dirty_widgets else 0


async def press(app: BenchApp, key: str, answered: Times, all: Times) -> None:
    """Press a key; measure until it has been answered, and until it has been dealt with."""
    driver = app._driver
    assert driver is not None
    character = key if len(key) == 1 else None
    app.expect_frame()
    before = time.perf_counter()
    driver.send_message(events.Key(key, character))
    for _ in range(3):
        # On its way from the terminal's thread to the queue.
        await asyncio.sleep(0)
    for done, times in ((app.answered, answered), (app.settled, all)):
        await quiet_or(app, done)
        times.times.append((time.perf_counter() - before) * 1000)
    await asyncio.sleep(0.03)


async def filter_by(app: BenchApp, main: MainScreen, text: str, first: Times, all: Times) -> None:
    """Set a filter; measure until its first page is on the screen, and until it is complete."""
    log = main.log_view
    before = time.perf_counter()
    main.log_side.filter_bar.text = text
    await _turns(lambda: main.conditions.filter.text == text)
    await asyncio.sleep(0)
    await _turns(lambda: log.view.complete or len(log.view) >= log.size.height)
    log.sync()
    painted = asyncio.Event()
    main.call_after_refresh(painted.set)
    await painted.wait()
    first.times.append((time.perf_counter() - before) * 1000)
    await _turns(lambda: log.view.complete)
    all.times.append((time.perf_counter() - before) * 1000)
    app.expect_frame()
    await quiet_or(app, app.settled)


async def _turns(holds: Callable[[], bool]) -> None:
    """Let the program go on until something holds."""
    while not holds():  # noqa: ASYNC110  # what is waited for has no event
        await asyncio.sleep(0)


async def stalls(seconds: float) -> Times:
    """How long the loop lets a timer wait, ms, while nobody presses a key."""
    times, end = Times("stall, nobody at keys"), time.perf_counter() + seconds
    while (before := time.perf_counter()) < end:
        await asyncio.sleep(BEAT_S)
        times.times.append((time.perf_counter() - before - BEAT_S) * 1000)
    return times


async def measure(app: BenchApp, session: Session, rounds: int) -> str:
    """Press all keys, and set all filters, so many times; gives the figures."""
    main = app.screen_stack[1]
    assert isinstance(main, MainScreen)
    await asyncio.sleep(1.5)
    keys, dealt = Times("key answered"), Times("key dealt with")
    first, complete = Times("filter, first page"), Times("filter, complete")
    by_key = {key: Times(key) for key in KEYS}
    stalled = await stalls(WATCHED_S)
    began, total = time.perf_counter(), session.store.total
    for _ in range(rounds):
        for key in KEYS:
            await press(app, key, keys, dealt)
            by_key[key].times.append(keys.times[-1])
        await press(app, "end", keys, dealt)
        for text in (*FILTERS, ""):
            await filter_by(app, main, text, first, complete)
    rate = (session.store.total - total) / (time.perf_counter() - began)
    slowest = sorted(by_key.values(), key=lambda times: max(times.times), reverse=True)
    return "\n".join(
        [
            f"{len(session.store):,} events held, {rate:,.0f} events/s arriving,"
            f" {SIZE[1]}x{SIZE[0]} cells",
            f"{'ms':<24} {'count':>6} {'median':>8} {'95 %':>8} {'99 %':>8} {'worst':>8}",
            *(times.line() for times in (stalled, keys, dealt, first, complete)),
            "keys answered, the slowest first:",
            *(times.line() for times in slowest),
        ]
    )


class BenchApp(MqtailApp):
    """The UI, which measures itself and ends."""

    def __init__(self, session: Session, rounds: int, out: int) -> None:
        super().__init__(Tailing(session, Settings(targets=("orders",))))
        self._bench_session = session
        self._rounds = rounds
        self._out = out
        self.answered = asyncio.Event()
        """Set by the first frame after an action, when it has been laid out."""
        self.settled = asyncio.Event()
        """Set by a frame at which nothing was left to be done."""
        self._acting = self._acted = 0

    @property
    def is_idle(self) -> bool:
        """Whether no widget has anything to deal with, and nothing is to be laid out."""
        nodes = [self, *self.screen.walk_children(Widget, with_self=True)]
        busy = any(node.message_queue_size or node._next_callbacks for node in nodes)
        return not (busy or self._acting or self.screen._layout_required)

    async def run_action(self, *args: Any, **options: Any) -> bool:
        """Note that an action is under way."""
        self._acting += 1
        try:
            return await super().run_action(*args, **options)
        finally:
            self._acting -= 1
            self._acted += 1

    def _display(self, screen: Screen[Any], renderable: Any) -> None:
        super()._display(screen, renderable)
        if renderable is None:
            return
        if self._acted and not (self._acting or self.screen._layout_required):
            self.answered.set()
        if self.is_idle:
            self.settled.set()

    def expect_frame(self) -> None:
        """Wait for the frames of another key."""
        self._acted = 0
        self.answered.clear()
        self.settled.clear()

    def on_ready(self) -> None:
        """Begin."""
        self.run_worker(self._drive(), exit_on_error=False, description="bench")

    async def _drive(self) -> None:
        try:
            text = await measure(self, self._bench_session, self._rounds)
        except Exception as error:
            text = f"{type(error).__name__}: {error}"
        os.write(self._out, text.encode())
        self.exit()


def main() -> None:
    """Measure in a child process on a pseudo-terminal of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=200_000, help="events in the buffer")
    parser.add_argument("--rate", type=int, default=2_000, help="events that come per second")
    parser.add_argument("--rounds", type=int, default=6)
    options = parser.parse_args()

    def child(out: int) -> None:
        BenchApp(Session(options.events, options.rate), options.rounds, out).run()

    print(on_terminal(child))


if __name__ == "__main__":
    main()
