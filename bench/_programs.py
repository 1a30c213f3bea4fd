"""Programs beside the embedded AWS, each a process of its own: what they print, and at what cost.

Underscored: `bench/latency.py`, `bench/peers.py` and `bench/startup.py` use it.
"""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import os
import re
import select
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from bench._processes import started
from mqtail.clock import wall_clock_ms
from mqtail.demo.calls import Call
from mqtail.demo.faults import Slow
from mqtail.demo.serve import environment
from mqtail.demo.server import EmbeddedAws

MQTAIL = str(Path(sys.executable).with_name("mqtail"))
GROUP = "/bench/programs"
LAG_MS = 500
"""From an event's time to the moment when it can be read."""
FEED_S = 0.02
"""Between two deliveries."""
SLOWEST_S = 1.0
"""How long the slowest answer of a slow service takes."""
_TEXT = (
    "2026-11-20 23:24:54,411 | INFO  | Connection #{n} visible@{ms}. from tcp://10.0.0.4 is served"
    " | org.apache.activemq.broker.TransportConnection | ActiveMQ Transport: tcp:///10.20.30.4"
)
_NUMBER = re.compile(rb"#(\d+) visible@(\d+)\.")


@dataclass(frozen=True)
class Service:
    """The embedded AWS."""

    url: str
    _feed: Any
    _counts: Any

    @property
    def requests(self) -> int:
        """Answered so far."""
        return int(self._counts[0])

    @property
    def slow_answer(self) -> float:
        """When the last slow answer was given, seconds since the epoch."""
        return float(self._counts[1]) / 1000

    def feed(self, rate: int) -> None:
        """Deliver so many events/s from now on."""
        self._feed.value = rate


@contextmanager
def served(*, backlog: int = 0, story: bool = False, slow: str = "") -> Iterator[Service]:
    """Run an embedded AWS.

    Args:
        backlog: events that are there already, of the last minutes.
        story: with the brokers and clusters of the demo.
        slow: an operation that answers after `SLOWEST_S`.
    """
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    feed, counts = context.Value("q", 0), context.Array("q", 2)
    with started(_serve, there, feed, counts, backlog, story, slow):
        yield Service(here.recv(), feed, counts)


def _serve(pipe: Connection, feed: Any, counts: Any, backlog: int, story: bool, slow: str) -> None:
    logging.disable()
    asyncio.run(_run(pipe, feed, counts, backlog, story, slow))


async def _run(
    pipe: Connection, feed: Any, counts: Any, backlog: int, story: bool, slow: str
) -> None:
    async with EmbeddedAws(story=story, wrong_setups=story, live=False) as aws:
        now = wall_clock_ms()
        aws.logs.put(GROUP, "s", [(now - 60_000, "begin")], visible_at=now - 60_000)
        texts = [(now - 60_000 + row // 4, _TEXT.format(n=row, ms=now)) for row in range(backlog)]
        aws.logs.put(GROUP, "s", texts, visible_at=now - 1_000)
        if slow:
            aws.faults.add(_Told(counts), operation=slow)
        pipe.send(aws.url)
        number, due = backlog, 0.0
        while True:
            await asyncio.sleep(FEED_S)
            due += feed.value * FEED_S
            now = wall_clock_ms()
            for _ in range(int(due)):
                aws.logs.put(GROUP, "s", [(now - LAG_MS, _TEXT.format(n=number, ms=now))])
                number += 1
            due -= int(due)
            counts[0] = len(aws.calls)


class _Told(Slow):
    """A slow answer that tells when it is given."""

    def __init__(self, counts: Any) -> None:
        super().__init__(SLOWEST_S)
        self._counts = counts

    async def strike(self, call: Call, around: Any) -> None:
        """Wait, and note the time."""
        await super().strike(call, around)
        self._counts[1] = wall_clock_ms()


@dataclass
class Ran:
    """What a program did until it was ended."""

    seconds: float = 0.0
    """From its start to the last line that was waited for."""
    lines: int = 0
    latencies: list[float] = field(default_factory=list)
    """From visible to printed, s, of each line that tells when it became visible."""
    cpu_s: float = 0.0
    peak_mb: float = 0.0
    requests: int = 0


def run_program(
    command: Sequence[str],
    service: Service,
    *,
    until_line: int | None = None,
    seconds: float = 600.0,
    skip_s: float = 0.0,
) -> Ran:
    """Run a program that prints what it tails, and end it.

    Args:
        until_line: end it once it has printed the event of this number.
        seconds: end it after so long anyway.
        skip_s: lines of the first seconds are no measure of the latency: it starts up.
    """
    ran, before, began = Ran(), service.requests, time.monotonic()
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=program_environment(service.url),
    )
    assert process.stdout is not None
    os.set_blocking(process.stdout.fileno(), False)
    rest = b""
    while time.monotonic() - began < seconds:
        chunk = process.stdout.read() if _readable(process.stdout, 0.1) else None
        if chunk is None:
            continue
        if not chunk:
            break
        now, ran.seconds = time.time(), time.monotonic() - began
        *lines, rest = (rest + chunk).split(b"\n")
        ran.lines += len(lines)
        found = [match for line in lines if (match := _NUMBER.search(line))]
        if ran.seconds > skip_s:
            ran.latencies += [now - int(match[2]) / 1000 for match in found]
        if until_line is not None and any(int(match[1]) == until_line for match in found):
            break
    process.terminate()
    process.stdout.close()
    _, _, usage = os.wait4(process.pid, 0)
    process.returncode = 0
    ran.cpu_s = usage.ru_utime + usage.ru_stime
    ran.peak_mb = usage.ru_maxrss / (1_000_000 if sys.platform == "darwin" else 1_000)
    ran.requests = service.requests - before
    return ran


def program_environment(url: str) -> dict[str, str]:
    """Variables for a program that asks the embedded AWS, of the user's only what it needs."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    nothing = {"MQTAIL_STATE": "", "MQTAIL_CONFIG": os.devnull, "AWS_CONFIG_FILE": os.devnull}
    return kept | nothing | environment(url) | {"PYTHONUNBUFFERED": "1", "TERM": "xterm-256color"}


def _readable(stream: Any, timeout_s: float) -> bool:
    return bool(select.select([stream], [], [], timeout_s)[0])


def spread(values: Iterable[float], form: str = "{:,.2f}") -> str:
    """Median, least and greatest."""
    ordered = sorted(values)
    if not ordered:
        return "none"
    middle, least, most = statistics.median(ordered), ordered[0], ordered[-1]
    return f"{form.format(middle)} ({form.format(least)} to {form.format(most)})"


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which that share of them is; not a number where there are none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else float("nan")
