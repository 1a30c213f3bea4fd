"""Memory of a full buffer: `python bench/memory.py`; `--large` adds what takes gigabytes.

Each line is a process of its own that has the whole program loaded and has filled the buffer, and
a tenth more, so that it drops the oldest events.
"""

from __future__ import annotations

import argparse
import importlib
import json
import multiprocessing
import os
from pathlib import Path

from mqtail.aws.decoding import decode_page
from mqtail.event_ids import packed
from mqtail.events import Level, LogEvent, Source
from mqtail.store import Store, text_limit

NOW = 1_795_216_800_000
CHUNK = 1_000
"""Events of a page."""
PUT = 100
"""Events that were put into the log at once, so that they have one ingestion time."""

PROGRAM = 160_000_000
"""Bytes that the program takes at the most before it has any event."""
PER_EVENT = 500
"""Bytes that an event takes at the most beside its text."""

SHORT = ((100_000, 200), (100_000, 4_096), (1_000_000, 200))
LARGE = ((1_000_000, 4_096),)
"""Events that the buffer is to hold, and characters of each message."""


def ceiling(capacity: int) -> int:
    """Bytes that the program takes at the most with a buffer of so many events."""
    # A fiftieth more is held for a moment.
    return PROGRAM + (PER_EVENT * capacity + text_limit(capacity)) * 51 // 50


def resident() -> int:
    """Bytes of this process that are in memory."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def page(first: int, length: int, source: Source) -> list[LogEvent]:
    """A page of events from number `first` on, each with a text and an id of its own.

    Decoded, as the texts and numbers of a real page are: those made by arithmetic take more.
    """
    body = {
        "events": [
            {
                "logStreamName": "1",
                "timestamp": NOW + n,
                "message": f"{n:09} ".ljust(length, "x"),
                "ingestionTime": NOW + n // PUT * PUT + 900,
                "eventId": f"{n:056}",
            }
            for n in range(first, first + CHUNK)
        ]
    }
    raws = decode_page(json.dumps(body).encode()).events
    ids = packed([raw.event_id for raw in raws], first)
    return [
        LogEvent(raw.timestamp, raw.ingestion_time, source, n, raw.message, Level.INFO, id)
        for n, (raw, id) in enumerate(zip(raws, ids, strict=True), first)
    ]


def fill(task: tuple[int, int]) -> tuple[int, int, int, int]:
    """Fill a buffer; gives the events that it holds, and bytes before, at the end, at the most."""
    capacity, length = task
    importlib.import_module("tui.app")
    source = Source(0, "orders", "mq", "general", "1")
    store = Store(capacity)
    view = store.view(lambda event: True)
    before = most = resident()
    for first in range(0, capacity * 11 // 10, CHUNK):
        store.add(page(first, length, source))
        most = max(most, resident())
    if len(view) != len(store):
        raise SystemExit("The view does not show what the buffer holds.")
    return len(store), before, resident(), most


def main() -> None:
    """Print a line for each buffer."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--large", action="store_true", help="also 4 KB messages, a million")
    chosen = parser.parse_args()
    print(f"{'--buffer':>10} {'message':>8} {'held':>10} {'empty':>7} {'full':>8} {'most':>8}"
          f" {'event':>8} {'beside':>7} {'ceiling':>8}")  # fmt: skip
    for capacity, length in SHORT + (LARGE if chosen.large else ()):
        # A new process for each: memory that was freed is not given back to the system.
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            held, before, full, most = pool.map(fill, [(capacity, length)])[0]
        each = (full - before) / held
        print(
            f"{capacity:>10,} {length:>6} B {held:>10,} {before / 1e6:>4.0f} MB"
            f" {full / 1e6:>5,.0f} MB {most / 1e6:>5,.0f} MB {each:>6,.0f} B"
            f" {each - length:>5,.0f} B {ceiling(capacity) / 1e6:>5,.0f} MB"
        )
        if most > ceiling(capacity):
            raise SystemExit("That is beyond the ceiling.")


if __name__ == "__main__":
    main()
