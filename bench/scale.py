"""What a running tail costs by what there is: log groups, streams, S3 objects, the buffer's size.

What is new is the same in every row of a table: the cost should go with that, not with what
exists. Each tail is a process of its own, and so is its service; the rows of a table are measured
at the same time. `--full` takes all sizes, some minutes, and writes the figure
`screenshots/cost.svg`.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import gzip
import logging
import multiprocessing
import os
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

from botocore.credentials import ReadOnlyCredentials

from bench._cost_figure import Curve, figure
from bench._processes import started
from mqtail.aws.signin import SignIn
from mqtail.clock import wall_clock_ms
from mqtail.demo.server import EmbeddedAws
from mqtail.engine import Tail
from mqtail.events import LogEvent, Source
from mqtail.settings import Pace, Settings
from mqtail.store import Store

KEYS = ReadOnlyCredentials("scale", "scale", None)
FIGURE = Path(__file__).parents[1] / "screenshots" / "cost.svg"
BUCKET = "scale-logs"
BROKERS = 30
EVENTS_S = 20
"""New events per second, all log groups and streams together."""
BUSY = 4
"""Log groups, and streams of a group, that new events come to."""
WARM_S = 22.0
"""From when all was read once until it is measured: how late events come is learned for 20 s. And
as long as that took, so that it is known which log groups are read rarely."""
LINE = "2026-11-20 23:24:54,411 | INFO  | Connection is served | a.b.TransportConnection | main"
LOOK_MS = 250
"""Between two looks for objects: the real pause, 10 s, would need a long time to be measured."""


class Place(NamedTuple):
    """What there is."""

    groups: int = 1
    streams: int = 1
    """Of each log group."""
    objects: int = 0
    """Of a cluster, instead of log groups."""


class Cost(NamedTuple):
    """What a tail costs while it follows."""

    read_after_s: float
    """How long it took until everything had been read once."""
    cpu_percent: float
    """Of a core."""
    requests_s: float
    listings_s: float
    """Those of the requests that list streams, log groups or objects."""
    wait_s: float
    """Median time from an event's ingestion until it was given; 0: there were no new ones."""


async def _serve(place: Place, pipe: Connection) -> None:
    """Hold what there is, and let new events come."""
    async with EmbeddedAws() as aws:
        if place.objects:
            _deliver_objects(aws, place.objects)
            pipe.send(aws.url)
        else:
            groups = [f"/scale/{number}" for number in range(place.groups)]
            for group, number in product(groups, range(place.streams)):
                aws.logs.create_stream(group, f"s-{number:04}")
            pipe.send(aws.url)
        number = 0
        while True:
            await asyncio.sleep(1 / EVENTS_S)
            while pipe.poll():
                pipe.recv()
                calls = [call.operation for call in aws.calls]
                pipe.send((len(calls), sum(name[:4] in ("List", "Desc") for name in calls)))
            if not place.objects:
                group = groups[number % min(BUSY, place.groups)]
                stream = f"s-{number % min(BUSY, place.streams):04}"
                aws.logs.put(group, stream, [(wall_clock_ms(), LINE)])
                number += 1


def _deliver_objects(aws: EmbeddedAws, count: int) -> None:
    """An object of each broker every five minutes, up to now."""
    cluster = aws.kafka.add_cluster("orders", s3=(BUCKET, "msk"))
    body, now = gzip.compress(b"[2026-01-01 00:00:00,000] INFO one (kafka.log.Log)\n"), aws.clock()
    for number in reversed(range(count)):
        delivered = now - number // BROKERS * 300_000
        key = cluster.object_key(number % BROKERS + 1, delivered, f"{number:08x}")
        aws.s3.put_object(BUCKET, key, body, modified=delivered)


def _run_server(place: Place, pipe: Connection) -> None:
    logging.disable()
    asyncio.run(_serve(place, pipe))


def _run_tail(place: Place, seconds: float, pipe: Connection, result: Connection) -> None:
    logging.disable()
    result.send(asyncio.run(_measured(place, seconds, pipe)))


async def _measured(place: Place, seconds: float, pipe: Connection) -> Cost:
    """Follow; the cost of some seconds after the first ones."""
    url = pipe.recv()
    targets = ("orders",) if place.objects else ("/scale/*",)
    kinds = ("broker",) if place.objects else ()
    pace = Pace(object_poll_ms=LOOK_MS) if place.objects else Pace()
    settings = Settings(targets=targets, kinds=kinds, since_ago=60_000, pace=pace, output="json")
    tail = Tail(settings, SignIn("us-east-1", endpoint_url=url, session_keys=KEYS))
    waits: list[int] = []

    async def show(events: list[LogEvent]) -> None:
        now = wall_clock_ms()
        waits.extend(now - event.ingested for event in events)

    async def asked() -> tuple[int, int]:
        pipe.send("calls")
        counts: tuple[int, int] = await asyncio.to_thread(pipe.recv)
        return counts

    begun = time.monotonic()
    following = asyncio.create_task(tail.run_in_order(show))
    try:
        while not _has_read_all(tail):  # noqa: ASYNC110  # nobody announces it
            await asyncio.sleep(0.1)
        read_after_s = time.monotonic() - begun
        await asyncio.sleep(WARM_S + read_after_s)
        waits.clear()
        before, cpu, began = await asked(), time.process_time(), time.monotonic()
        await asyncio.sleep(seconds)
        cpu, took = time.process_time() - cpu, time.monotonic() - began
        after = await asked()
    finally:
        following.cancel()
        await asyncio.wait([following])
    requests, listings = (new - old for new, old in zip(after, before, strict=True))
    wait_s = statistics.median(waits) / 1000 if waits else 0.0
    return Cost(read_after_s, 100 * cpu / took, requests / took, listings / took, wait_s)


def _has_read_all(tail: Tail) -> bool:
    return bool(tail.readers) and all(status.reached for status in tail.readers)


def cost_of(place: Place, seconds: float) -> Cost:
    """What it costs to follow what there is."""
    ours, theirs = multiprocessing.Pipe()
    result, sender = multiprocessing.Pipe()
    with started(_run_server, place, theirs), started(_run_tail, place, seconds, ours, sender):
        cost: Cost = result.recv()
        return cost


def add_cost(size: int, batches: int = 200, of: int = 50) -> float:
    """CPU µs per event of adding to a buffer that is full, with a view of all."""
    source = Source(index=0, target="t", service="mq", kind="general")
    store = Store(size)
    store.view()
    count = size + size // 50
    store.add([LogEvent(number, number, source, number, LINE) for number in range(count)])
    gc.collect()
    gc.freeze()
    new = [
        [LogEvent(first + row, first, source, first + row, LINE) for row in range(of)]
        for first in range(count, count + batches * of, of)
    ]
    began = time.process_time()
    for batch in new:
        store.add(batch)
    return (time.process_time() - began) / (batches * of) * 1e6


def _in_own_process(size: int, result: Connection) -> None:
    result.send(sorted(add_cost(size) for _ in range(3))[1])


def buffer_cost(size: int) -> float:
    """The median of `add_cost` over some runs, in a process of its own."""
    result, sender = multiprocessing.Pipe()
    with started(_in_own_process, size, sender):
        cost: float = result.recv()
        return cost


def _print_places(title: str, places: dict[int, Place], seconds: float) -> dict[int, Cost]:
    with ThreadPoolExecutor(len(places)) as pool:
        found = list(pool.map(lambda place: cost_of(place, seconds), places.values()))
    print(
        f"{title:>10} {'all read after':>15} {'CPU':>7} {'requests/s':>11} {'listings/s':>11}"
        f" {'ingested to given':>18}"
    )
    for count, cost in zip(places, found, strict=True):
        wait = f"{cost.wait_s:.1f} s" if cost.wait_s else "-"
        print(
            f"{count:>10,} {cost.read_after_s:>13.1f} s {cost.cpu_percent:>6.2f}%"
            f" {cost.requests_s:>11.2f} {cost.listings_s:>11.2f} {wait:>18}"
        )
    return dict(zip(places, found, strict=True))


def main() -> None:
    """Print a table for each of what there can be much of."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--full", action="store_true", help="all sizes, and the figure")
    arguments.add_argument("--seconds", type=float, help="of each measurement")
    chosen = arguments.parse_args()
    full: bool = chosen.full
    seconds = chosen.seconds or (20 if full else 6)
    os.environ.setdefault("AWS_EC2_METADATA_DISABLED", "true")
    groups = (1, 8, 50, 200) if full else (1, 20)
    by_groups = _print_places("groups", {n: Place(groups=n) for n in groups}, seconds)
    streams = (1, 100, 1_000) if full else (1, 1_000)
    _print_places("streams", {n: Place(streams=n) for n in streams}, seconds)
    objects = (1_000, 10_000, 100_000) if full else (1_000, 10_000)
    usually_s = Pace().object_poll_ms / 1000
    print(f"A look for objects every {LOOK_MS} ms, which is usually every {usually_s:g} s:")
    _print_places("objects", {n: Place(objects=n) for n in objects}, seconds)
    sizes = (10_000, 100_000, 1_000_000) if full else (10_000, 200_000)
    print(f"{'buffer':>10} {'µs per new event':>18}")
    by_buffer = {}
    for size in sizes:
        by_buffer[size] = buffer_cost(size)
        print(f"{size:>10,} {by_buffer[size]:>18.2f}", flush=True)
    if full:
        cpu = {count: cost.cpu_percent for count, cost in by_groups.items()}
        requests = {count: cost.requests_s for count, cost in by_groups.items()}
        curves = (
            Curve("CPU, % of a core", "log groups", cpu),
            Curve(f"requests/s ({Settings().max_requests:g} allowed)", "log groups", requests),
            Curve("CPU µs per new event", "events in the buffer", by_buffer),
        )
        FIGURE.write_text(figure(curves), encoding="utf-8")
        print(f"{FIGURE.name} is written.")


if __name__ == "__main__":
    main()
