"""Reading one large gzip object of Kafka lines from S3: events/s, memory, stalls of the loop."""

from __future__ import annotations

import argparse
import asyncio
import gc
import io
import logging
import multiprocessing
import os
import random
import time
import zlib
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path

from botocore.credentials import ReadOnlyCredentials

from bench._processes import serving
from mqtail.aws.signin import SignIn
from mqtail.demo.server import EmbeddedAws
from mqtail.engine import Tail
from mqtail.events import LogEvent
from mqtail.settings import Settings

KEYS = ReadOnlyCredentials("bench", "bench", None)
BUCKET = "bench-logs"
MEGABYTE = 1_000_000
TICK_S = 0.002

LINE = (
    "[{time}] INFO [Log partition=clicks-{partition}, dir=/kafka/data] Rolled new log segment at "
    "offset {offset} in {took} ms. (kafka.log.Log)\n"
)


def kafka_gzip(size: int, end: int) -> bytes:
    """A gzip of about `size` bytes of Kafka lines that end at a time (ms)."""
    chance = random.Random(1)
    packer = zlib.compressobj(1, wbits=31)
    packed = io.BytesIO()
    count = size // 170
    text = ""
    for number in range(count):
        moment = end - 240_000 + 240_000 * number // count
        at = datetime.fromtimestamp(moment // 1000, UTC)
        text += LINE.format(
            time=f"{at:%Y-%m-%d %H:%M:%S},{moment % 1000:03}",
            partition=chance.randrange(200),
            offset=chance.randrange(10**9),
            took=chance.randrange(500),
        )
        if len(text) >= MEGABYTE:
            packed.write(packer.compress(text.encode()))
            text = ""
    packed.write(packer.compress(text.encode()) + packer.flush())
    return packed.getvalue()


async def _serve(megabytes: int, pipe: Connection) -> None:
    async with EmbeddedAws() as aws:
        moment = aws.clock() - 60_000
        for name, size in (("large", megabytes * MEGABYTE), ("small", MEGABYTE // 10)):
            cluster = aws.kafka.add_cluster(name, s3=(BUCKET, name))
            body = kafka_gzip(size, moment)
            aws.s3.put_object(BUCKET, cluster.object_key(1, moment, "0a1b2c3d"), body)
        pipe.send(aws.url)
        await asyncio.Event().wait()


def _run_server(megabytes: int, pipe: Connection) -> None:
    asyncio.run(_serve(megabytes, pipe))


def memory(name: str) -> float:
    """MB of this process: `VmRSS` now, or `VmHWM`, the peak."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) / 1000


def idle_memory() -> float:
    """MB that are in use now; from now on the peak is taken anew (proc(5): clear_refs)."""
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")
    return memory("VmRSS")


class Stalls:
    """Watches how long the event loop is kept from its other tasks."""

    def __init__(self) -> None:
        self.longest_ms = 0.0
        self.longest_cpu_ms = 0.0
        """The same without the time in which other processes had the processor."""

    async def watch(self) -> None:
        """Look at the clock again and again, for ever."""
        while True:
            began, cpu = time.perf_counter(), time.thread_time()
            await asyncio.sleep(TICK_S)
            late = time.perf_counter() - began - TICK_S
            self.longest_ms = max(self.longest_ms, 1000 * late)
            self.longest_cpu_ms = max(self.longest_cpu_ms, 1000 * (time.thread_time() - cpu))


def tail_of(url: str, cluster: str) -> Tail:
    """A tail of a cluster's broker log."""
    settings = Settings(targets=(cluster,), kinds=("broker",), follow=False, since=0)
    return Tail(settings, SignIn("us-east-1", endpoint_url=url, session_keys=KEYS))


async def read(url: str, cluster: str, way: str) -> int:
    """Read a cluster's log in a way (`pipe`, `store`); gives the number of events."""
    tail = tail_of(url, cluster)
    count = 0

    async def show(events: list[LogEvent]) -> None:
        nonlocal count
        count += len(events)

    if way == "pipe":
        await tail.run_in_order(show)
        return count
    await tail.run()
    return tail.store.total


async def measured(url: str, way: str) -> str:
    """What reading the large object in a way costs."""
    await read(url, "small", way)
    idle = idle_memory()
    stalls = Stalls()
    watching = asyncio.create_task(stalls.watch())
    began = time.perf_counter()
    count = await read(url, "large", way)
    took = time.perf_counter() - began
    watching.cancel()
    return (
        f"{way}: {count:,} events, {count / took:,.0f} events/s, "
        f"peak {memory('VmHWM') - idle:.0f} MB above {idle:.0f} MB idle, longest stall "
        f"{stalls.longest_ms:.0f} ms ({stalls.longest_cpu_ms:.0f} ms of it computing)"
    )


def measure(url: str, way: str) -> None:
    """Print what a way costs; to be run in a process of its own."""
    logging.disable()
    print(asyncio.run(measured(url, way)))


def main() -> None:
    """Print a line for the way into a pipe and one for that into the store."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--megabytes", type=int, default=200)
    chosen = arguments.parse_args()
    os.environ.setdefault("AWS_EC2_METADATA_DISABLED", "true")
    with serving(_run_server, chosen.megabytes) as url:
        for way in ("pipe", "store"):
            process = multiprocessing.get_context("spawn").Process(target=measure, args=(url, way))
            process.start()
            process.join()


if __name__ == "__main__":
    main()
