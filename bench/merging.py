"""Events/s of each step between a page and the line: ids, joining, merging, the buffer.

No network: pages of log groups that all have something to say at any time.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import time
from collections.abc import AsyncGenerator, Callable, Iterator
from typing import Any

from bench._figures import spread
from mqtail.clock import Clock, wall_clock_ms
from mqtail.events import LogEvent, Source
from mqtail.logs import LogGroup
from mqtail.merging import Merger
from mqtail.settings import Pace
from mqtail.sources.joining import Joiner
from mqtail.sources.reader import Batch, Emit
from mqtail.sources.seen import Memory, SeenIds
from mqtail.status import ReaderStatus, State
from mqtail.store import Store

GROUPS = 8
PAGE = 2_000
"""Events that are worked on at once."""
REREAD = 15
"""How often each event is read again: polls overlap."""
LINE = "2026-11-20 23:24:54,411 | {level} | Connection {n} is served | a.b.Connection | worker-{n}"
TRACE = ("java.io.IOException: Broken pipe", "\tat a.b.Connection.read(Connection.java:31)")

Pages = list[list[LogEvent]]


def pages(events: int, group: int = 0, *, traces: bool = False) -> Pages:
    """Pages of a log group, 1 ms apart; with `traces` two of five lines go on an event."""
    source = Source(group, f"broker-{group}", "mq", "general", "1", format="activemq-general")
    begin = wall_clock_ms() - events - 60_000

    def text(n: int) -> str:
        if traces and n % 5 > 2:
            return TRACE[n % 5 - 3]
        return LINE.format(n=n, level="ERROR" if traces and n % 5 == 2 else "INFO ")

    made = [
        LogEvent(begin + n, begin + n + 500, source, group + n * GROUPS, text(n), id=f"{n:056}")
        for n in range(events)
    ]
    return [made[row : row + PAGE] for row in range(0, events, PAGE)]


class PagesReader:
    """A reader of a log group with these pages, as its history or as what arrives."""

    def __init__(self, group: int, pages: Pages, *, live: bool) -> None:
        self.log = LogGroup(f"/group/{group}", f"broker-{group}", "mq", "general")
        place = (self.log.target, self.log.service, self.log.kind, self.log.place)
        self.status = ReaderStatus(*place, state=State.LIVE)
        self.held: list[LogEvent] = []
        self._pages, self._live = pages, live

    async def history_forwards(self, end: int | None) -> AsyncGenerator[list[LogEvent], None]:
        """The pages, unless they are to arrive."""
        for page in [] if self._live else self._pages:
            yield page

    async def follow(self, emit: Emit) -> None:
        """Give them as the polls of a live tail would."""
        for page in self._pages if self._live else []:
            await emit(Batch(page, []))
            self.status.complete_to = wall_clock_ms() + 1_000
            await emit(Batch([], []))
        await asyncio.Event().wait()


def ids_once(logs: list[Pages]) -> None:
    """Each id is new."""
    for log in logs:
        _look(SeenIds(Memory()), log)


def ids_again(logs: list[Pages]) -> None:
    """Most are read again."""
    for log in logs:
        seen = SeenIds(Memory())
        for row in range(len(log)):
            _look(seen, log[max(0, row + 1 - REREAD) : row + 1])


def _look(seen: SeenIds, log: Pages) -> None:
    for page in log:
        seen.are_new([event.event_id for event in page], [event.timestamp for event in page])


def joined(logs: list[Pages]) -> None:
    """Lines of events."""
    for log in logs:
        joiner, heads = Joiner(), dict[int, Any]()
        for page in log:
            joiner.join(page, heads)


def stored(logs: list[Pages]) -> None:
    """The groups in turn, so that each page is put among those of the others."""
    store = Store(sum(len(page) for log in logs for page in log))
    for at_once in zip(*logs, strict=True):
        for page in at_once:
            store.add(page)


def merged(logs: list[Pages], *, live: bool) -> None:
    """Shown in order."""
    asyncio.run(_merged(logs, live=live))


async def _merged(logs: list[Pages], *, live: bool) -> None:
    wanted, shown = sum(len(page) for log in logs for page in log), 0
    done = asyncio.Event()

    async def show(events: list[LogEvent]) -> None:
        nonlocal shown
        shown += len(events)
        if shown == wanted:
            done.set()

    readers: list[Any] = [PagesReader(row, log, live=live) for row, log in enumerate(logs)]
    merger = Merger(show, wanted=lambda _: True, pace=Pace(reorder_ms=1), clock=Clock())
    merger.expect({reader.log.identifier for reader in readers})
    running = [merger.read(reader, end=None, follow=live) for reader in readers]
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one) for one in (*running, merger.run(follow=live))]
        await done.wait()
        for task in tasks:
            task.cancel()


def rates(
    make: Callable[[], list[Pages]], run: Callable[[list[Pages]], None], repeat: int
) -> Iterator[float]:
    """Events per CPU second of each run; events are made anew, as they change."""
    for _ in range(repeat + 1):
        logs = make()
        gc.collect()
        begun = time.process_time()
        run(logs)
        yield sum(len(page) for log in logs for page in log) / (time.process_time() - begun)


def main() -> None:
    """Print events/s, median and spread."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--events", type=int, default=160_000, help="of all log groups together")
    arguments.add_argument("--repeat", type=int, default=3)
    chosen = arguments.parse_args()
    each = chosen.events // GROUPS

    def plain() -> list[Pages]:
        return [pages(each, group) for group in range(GROUPS)]

    def traced() -> list[Pages]:
        return [pages(each, group, traces=True) for group in range(GROUPS)]

    print(f"{GROUPS} log groups with {each:,} events each; events per CPU second")
    for name, make, run in (
        ("ids, each once", plain, ids_once),
        (f"ids, each read {REREAD} times", plain, ids_again),
        ("joining, single lines", plain, joined),
        ("joining, stack traces", traced, joined),
        ("buffer, in turn", plain, stored),
        ("merging, history", plain, lambda logs: merged(logs, live=False)),
        ("merging, arriving", plain, lambda logs: merged(logs, live=True)),
    ):
        _, *found = rates(make, run, chosen.repeat)
        print(f"{name:>24}: {spread(found, '{:,.0f}')}", flush=True)


if __name__ == "__main__":
    main()
