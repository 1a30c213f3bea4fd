"""A tail for as long as asked, of a service on bad days: what is lost, what comes twice, memory.

`bench/soak.py --minutes 10` follows 8 log groups with 500 events/s together, as `mqtail tail -o
json` does. 1 % of the events are late by up to 50 minutes and 0.1 % dated ahead; some requests are
throttled, answered with 503, reset, or answered in part. The service is a process of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import multiprocessing
import os
import random
import re
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.sharedctypes import SynchronizedArray
from multiprocessing.synchronize import Event
from typing import Any, NamedTuple

from botocore.credentials import ReadOnlyCredentials

from mqtail.aws.signin import SignIn
from mqtail.clock import wall_clock_ms
from mqtail.demo.faults import BrokenTransfer, ConnectionReset, ServerError, Throttle
from mqtail.demo.server import EmbeddedAws
from mqtail.engine import Tail
from mqtail.events import LogEvent
from mqtail.output import JsonFormatter
from mqtail.settings import Pace, Settings

KEYS = ReadOnlyCredentials("soak", "soak", None)
LATE, AHEAD = 0.01, 0.001
"""Shares of events that come late, and that are dated ahead of their ingestion."""
MOST_LATE_MS, MOST_AHEAD_MS = 3_000_000, 600_000
FAULTS = ((Throttle(), 0.02), (ServerError(503), 0.02), (ConnectionReset(), 0.01))
PARTS = (BrokenTransfer(), 0.005)
"""What requests meet, and with which probability."""
FEED_S = 0.1
"""Between two deliveries."""
LINE_S = 10.0
"""Between two lines of the output."""
GROUP = "/soak/{}"
_NUMBER = re.compile(r"#(\d+) of /soak/(\d+)")
_TEXT = (
    "2026-11-20 23:24:54,411 | INFO  | Connection from tcp://10.20.30.4 is #{number} of {group} "
    "| org.apache.activemq.broker.TransportConnection | ActiveMQ Transport: tcp:///10.20.30.4"
)


class Plan(NamedTuple):
    """What is asked for on the command line."""

    groups: int
    rate: float
    """Events per second, all groups together."""
    seconds: float
    """How long events come."""
    most_late_ms: int


@dataclass(frozen=True)
class Service:
    """The service's process."""

    url: str
    delivered: SynchronizedArray[Any]
    """By log group: events delivered so far, numbered from 0."""
    requests: SynchronizedArray[Any]
    """Requests answered so far, and how many of them met a fault."""


@contextmanager
def served(plan: Plan) -> Iterator[Service]:
    """Run the service; events come once the tail has asked for some."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    delivered = context.Array("q", plan.groups)
    requests = context.Array("q", 2)
    ended = context.Event()
    process = context.Process(
        target=_serve, args=(plan, there, delivered, requests, ended), daemon=True
    )
    process.start()
    there.close()
    try:
        yield Service(here.recv(), delivered, requests)
    finally:
        ended.set()
        process.join()


def _serve(plan: Plan, pipe: Any, delivered: Any, requests: Any, ended: Event) -> None:
    logging.disable()
    asyncio.run(_feed(plan, pipe, delivered, requests, ended))


async def _feed(plan: Plan, pipe: Any, delivered: Any, requests: Any, ended: Event) -> None:
    """Deliver events at an even rate, then only answer, until it is over."""
    chance = random.Random(plan.groups)
    async with EmbeddedAws() as aws:
        groups = [GROUP.format(number) for number in range(plan.groups)]
        for group in groups:
            aws.logs.create_stream(group, "s")
        struck = [
            aws.faults.add(fault, service="logs", chance=share) for fault, share in (*FAULTS, PARTS)
        ]
        pipe.send(aws.url)
        while not aws.calls_of("FilterLogEvents"):  # noqa: ASYNC110  # nobody announces it
            await asyncio.sleep(FEED_S)
        began, count = time.monotonic(), 0
        while not ended.is_set():
            due = int(min(time.monotonic() - began, plan.seconds) * plan.rate)
            for number in range(count, due):
                turn, at = divmod(number, plan.groups)
                text = _TEXT.format(number=turn, group=groups[at])
                aws.logs.put(groups[at], "s", [(_dated(plan, chance), text)])
                delivered[at] = turn + 1
            count = due
            requests[:] = [len(aws.calls_of("FilterLogEvents")), sum(one.hits for one in struck)]
            if time.monotonic() - began > plan.seconds:
                # The rest is about what is read, not about how long luck takes.
                aws.faults.clear()
            await asyncio.sleep(FEED_S)


def _dated(plan: Plan, chance: random.Random) -> int:
    """When an event that is ingested now happened, ms."""
    now, kind = wall_clock_ms(), chance.random()
    if kind < LATE:
        return now - chance.randrange(plan.most_late_ms)
    if kind < LATE + AHEAD:
        return now + chance.randrange(MOST_AHEAD_MS)
    return now - chance.randrange(1_000)


@dataclass
class Counted:
    """Which events were shown."""

    seen: list[bytearray]
    """By log group: how often each event was."""
    shown: int = 0
    late: int = 0
    twice: int = 0
    bytes: int = 0
    """Of JSON lines."""
    _line: Any = field(default_factory=lambda: JsonFormatter().line)

    async def show(self, events: list[LogEvent]) -> None:
        """Take events, and make lines of them as for a pipe."""
        for event in events:
            self.bytes += len(self._line(event))
            found = _NUMBER.search(event.message)
            if found is None:
                raise SystemExit(f"Nobody sent this: {event.message}")
            number, seen = int(found[1]), self.seen[int(found[2])]
            if number >= len(seen):
                seen.extend(bytes(number + 10_000 - len(seen)))
            self.shown += 1
            self.late += event.late
            self.twice += seen[number] > 0
            seen[number] = 1

    def missing(self, delivered: list[int]) -> int:
        """How many of the events that were delivered have not been shown."""
        return sum(
            count - sum(seen[:count]) for seen, count in zip(self.seen, delivered, strict=True)
        )


class Sample(NamedTuple):
    """How it stands at a moment."""

    seconds: float
    delivered: int
    shown: int
    missing: int
    twice: int
    rss_mb: float
    requests: int
    struck: int


async def soak(plan: Plan, service: Service, patience_s: float) -> tuple[list[Sample], Counted]:
    """Tail until all events have come and were shown, or for so long (s) after the last came.

    Gives a sample of each `LINE_S`, and of the end.
    """
    counted = Counted([bytearray() for _ in range(plan.groups)])
    settings = Settings(targets=tuple(GROUP.format(n) for n in range(plan.groups)), output="json")
    tail = Tail(settings, SignIn("us-east-1", endpoint_url=service.url, session_keys=KEYS))
    reading = asyncio.create_task(tail.run_in_order(counted.show))
    began, samples = time.monotonic(), []
    try:
        while True:
            left = LINE_S - (time.monotonic() - began) % LINE_S
            done, _ = await asyncio.wait([reading], timeout=left)
            samples.append(_sample(began, service, counted))
            print(_row(samples[-1], samples[-2] if samples[1:] else None), flush=True)
            if done:
                raise SystemExit(f"The tail ended: {reading.exception()}")
            passed = samples[-1].seconds - plan.seconds
            if passed > patience_s or (passed > LINE_S and not samples[-1].missing):
                return samples, counted
    finally:
        reading.cancel()
        await asyncio.wait([reading])


def _sample(began: float, service: Service, counted: Counted) -> Sample:
    delivered = service.delivered[:]
    requests, struck = service.requests[:]
    with open("/proc/self/statm", encoding="ascii") as file:
        rss = int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return Sample(
        time.monotonic() - began,
        sum(delivered),
        counted.shown,
        counted.missing(delivered),
        counted.twice,
        rss / 1e6,
        requests,
        struck,
    )


def _row(sample: Sample, before: Sample | None) -> str:
    since = sample.seconds - (before.seconds if before else 0)
    rate = (sample.requests - (before.requests if before else 0)) / since
    return (
        f"{sample.seconds:>6.0f} s: {sample.delivered:>9,} delivered, {sample.shown:>9,} shown,"
        f" {sample.missing:>6,} not yet, {sample.twice} twice, {sample.rss_mb:>4.0f} MB,"
        f" {rate:.1f} requests/s"
    )


def _table(plan: Plan, samples: list[Sample], counted: Counted) -> str:
    """The figures as the README has them."""
    last = samples[-1]
    steady = [sample.rss_mb for sample in samples[len(samples) // 4 :]]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    figures = {
        "time": f"{plan.seconds:,.0f} s",
        "log groups, events/s together": f"{plan.groups}, {plan.rate:,.0f}",
        "events delivered": f"{last.delivered:,}",
        f"of them late, by up to {plan.most_late_ms // 60_000} min": f"about {LATE:.0%}",
        "lost": f"{last.missing:,}",
        "shown twice": f"{last.twice:,}",
        "marked late": f"{counted.late:,}",
        "requests to CloudWatch Logs": f"{last.requests:,}, {last.struck:,} of them failed",
        "requests/s": f"{last.requests / last.seconds:.1f}",
        "memory": f"{min(steady):.0f} to {max(steady):.0f} MB, peak {peak:.0f} MB",
    }
    rows = [f"| {name} | {value} |" for name, value in figures.items()]
    return "\n".join(["| soak | |", "|---|---|", *rows])


def main() -> None:
    """Soak, print how it stands every ten seconds and a table at the end; 1 if any was lost."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--minutes", type=float, default=1 / 3)
    arguments.add_argument("--groups", type=int, default=8)
    arguments.add_argument("--rate", type=float, default=500)
    chosen = arguments.parse_args()
    logging.disable()
    seconds = chosen.minutes * 60
    # How late events may be that a look back will find in this time, and how often it looks.
    near, *further = Pace().sweeps_ms
    back_ms, every_ms = next((sweep for sweep in further if sweep[1] <= seconds * 1000), near)
    plan = Plan(chosen.groups, chosen.rate, seconds, min(MOST_LATE_MS, back_ms * 5 // 6))
    with served(plan) as service:
        samples, counted = asyncio.run(soak(plan, service, every_ms / 500))
    print(_table(plan, samples, counted))
    if samples[-1].missing or samples[-1].twice:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
