"""Programs beside the embedded AWS, each a process of its own: what they print, at what cost."""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import os
import re
import select
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, NamedTuple

from bench._processes import cpu_s, started
from mqtail.clock import wall_clock_ms
from mqtail.demo.calls import Call
from mqtail.demo.faults import Slow, Throttle
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
LATE_MS = 30_000
"""From a late event's time to the moment when it can be read."""
READ_BYTES = 1 << 20
PROC = Path("/proc/self/stat")
"""Where the system tells of programs that run (Linux)."""
_TEXT = (
    "2026-11-20 23:24:54,411 | INFO  | Connection #{n} visible@{ms}. from tcp://10.0.0.4 is served"
    " | org.apache.activemq.broker.TransportConnection | ActiveMQ Transport: tcp:///10.20.30.4"
)
_NUMBER = re.compile(rb"#(\d+) visible@(\d+)\.")


@dataclass(frozen=True)
class Plan:
    """What the embedded AWS has, and how it behaves."""

    backlog: int = 0
    """Events that are there already, of the last minutes."""
    late: float = 0.0
    """Share of the events fed that are ingested `LATE_MS` after their time."""
    throttled: float = 0.0
    """Share of the FilterLogEvents requests that are refused: Rate exceeded."""
    story: bool = False
    """With the brokers and clusters of the demo."""
    slow: str = ""
    """An operation that answers after `SLOWEST_S`."""


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

    @property
    def delivered(self) -> int:
        """Events that are there, numbered from 0."""
        return int(self._counts[2])

    def feed(self, rate: int) -> None:
        """Deliver so many events/s from now on."""
        self._feed.value = rate


@contextmanager
def served(
    *,
    backlog: int = 0,
    late: float = 0.0,
    throttled: float = 0.0,
    story: bool = False,
    slow: str = "",
) -> Iterator[Service]:
    """Run an embedded AWS; the arguments are those of `Plan`."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    feed, counts = context.Value("q", 0), context.Array("q", 3)
    with started(_serve, there, feed, counts, Plan(backlog, late, throttled, story, slow)):
        yield Service(here.recv(), feed, counts)


def _serve(pipe: Connection, feed: Any, counts: Any, plan: Plan) -> None:
    logging.disable()
    asyncio.run(_run(pipe, feed, counts, plan))


async def _run(pipe: Connection, feed: Any, counts: Any, plan: Plan) -> None:
    async with EmbeddedAws(story=plan.story, wrong_setups=plan.story, live=False) as aws:
        _fill(aws, plan.backlog)
        if plan.slow:
            aws.faults.add(_Told(counts), operation=plan.slow)
        if plan.throttled:
            aws.faults.add(Throttle(), operation="FilterLogEvents", chance=plan.throttled)
        number, due, late, before = plan.backlog, 0.0, 0.0, time.monotonic()
        counts[2] = number
        pipe.send(aws.url)
        while True:
            await asyncio.sleep(FEED_S)
            now, passed = wall_clock_ms(), time.monotonic() - before
            before += passed
            due += feed.value * passed
            for _ in range(int(due)):
                late += plan.late
                lag_ms = LATE_MS if late >= 1 else LAG_MS
                late -= int(late)
                aws.logs.put(GROUP, "s", [(now - lag_ms, _TEXT.format(n=number, ms=now))])
                number += 1
            due -= int(due)
            counts[0], counts[2] = len(aws.calls), number


def _fill(aws: EmbeddedAws, backlog: int) -> None:
    """The events that are there already: four a millisecond, up to a minute ago."""
    now = wall_clock_ms()
    end = now - 60_000
    first = end - backlog // 4
    aws.logs.put(GROUP, "s", [(first - 1, "begin")], visible_at=end)
    texts = [(first + row // 4, _TEXT.format(n=row, ms=now)) for row in range(backlog)]
    aws.logs.put(GROUP, "s", texts, visible_at=now - 1_000)


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
    """From its start to the last line of an event that it had not printed before."""
    seen: Counter[int] = field(default_factory=Counter)
    """How often it printed each event, by the event's number."""
    latencies: list[float] = field(default_factory=list)
    """From visible to printed, s, of each event."""
    first_latencies: list[float] = field(default_factory=list)
    """The same of those that became visible since the start and do not count, as it starts up."""
    cpu_s: float = 0.0
    """From its start to its end."""
    core: float = 0.0
    """Share of a core that it took while it counted; 0 where the system does not tell."""
    peak_mb: float = 0.0
    requests_a_minute: float = 0.0
    trouble: str = ""
    """How it ended by itself, with the last line of its stderr."""

    def lost(self, delivered: int) -> int:
        """How many of so many events it did not print."""
        return delivered - len(self.seen)

    @property
    def twice(self) -> int:
        """Lines of events that it had printed before."""
        return self.seen.total() - len(self.seen)


def run_program(
    command: Sequence[str],
    service: Service,
    *,
    until_event: int | None = None,
    seconds: float = 600.0,
    skip_s: float = 0.0,
) -> Ran:
    """Run a program that prints what it tails into a pipe, and end it.

    Args:
        until_event: end it once it has printed the event of this number.
        seconds: end it after so long anyway.
        skip_s: the first seconds do not count: it starts up.
    """
    chunks: list[tuple[float, bytes]] = []
    with TemporaryFile() as errors:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            env=program_environment(service.url),
        )
        began = time.time()
        try:
            first = _spent(process.pid, service)
            for moment, chunk in _output(process, until_event, began + seconds):
                if moment < began + skip_s:
                    first = _spent(process.pid, service)
                if chunk is not None:
                    # Taken apart afterwards: the program must not wait for its reader.
                    chunks.append((moment, chunk))
            last, peak_mb = _spent(process.pid, service), _peak_mb(process.pid)
        finally:
            # `terminate` would take note of the end itself, and with it what was used.
            os.kill(process.pid, signal.SIGTERM)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        ran = _lines(chunks, began, skip_s)
        if chunks and not chunks[-1][1]:
            errors.seek(0)
            told = errors.read().decode(errors="replace").strip().rpartition("\n")[2]
            ran.trouble = f"ended with {process.returncode}: {told}"
    passed = last.moment - first.moment
    ran.requests_a_minute = 60 * (last.requests - first.requests) / passed
    ran.core = (last.cpu_s - first.cpu_s) / passed
    ran.cpu_s = usage.ru_utime + usage.ru_stime
    ran.peak_mb = peak_mb or usage.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)
    return ran


class _Spent(NamedTuple):
    moment: float
    requests: int
    cpu_s: float
    """0 where the system does not tell while the program runs."""


def _spent(process: int, service: Service) -> _Spent:
    return _Spent(time.time(), service.requests, cpu_s(process) if PROC.exists() else 0.0)


def _output(
    process: subprocess.Popen[bytes], until_event: int | None, end: float
) -> Iterator[tuple[float, bytes | None]]:
    """What a program prints, and when (s since the epoch), until the end.

    None: nothing for a moment; an empty piece: the program has ended.
    """
    assert process.stdout is not None
    wanted, rest = b"#%d visible@" % (-1 if until_event is None else until_event), b""
    with process.stdout as stream:
        while time.time() < end:
            if not select.select([stream], [], [], 0.1)[0]:
                yield time.time(), None
                continue
            chunk = os.read(stream.fileno(), READ_BYTES)
            yield time.time(), chunk
            if not chunk or wanted in rest + chunk:
                return
            rest = chunk[-len(wanted) :]


def _lines(chunks: Sequence[tuple[float, bytes]], began: float, skip_s: float) -> Ran:
    """Which events were printed, and when."""
    ran, rest = Ran(), b""
    for moment, chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            if (match := _NUMBER.search(line)) is None:
                continue
            number = int(match[1])
            if number not in ran.seen:
                ran.seconds = moment - began
            ran.seen[number] += 1
            visible = int(match[2]) / 1000
            if moment > began + skip_s:
                ran.latencies.append(moment - visible)
            elif visible > began:
                ran.first_latencies.append(moment - visible)
    return ran


def _peak_mb(process: int) -> float:
    """Peak memory of a process that runs (proc(5): VmHWM); 0 where that is not told.

    What the kernel tells at the end (`ru_maxrss`) counts this process before the program's start.
    """
    if not PROC.exists():
        return 0.0
    status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    found = re.search(r"VmHWM:\s*(\d+) kB", status)
    return 0.0 if found is None else int(found[1]) * 1024 / 1e6


def program_environment(url: str) -> dict[str, str]:
    """Variables for a program that asks the embedded AWS, of the user's only what it needs."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    nothing = {"MQTAIL_STATE": "", "MQTAIL_CONFIG": os.devnull, "AWS_CONFIG_FILE": os.devnull}
    return kept | nothing | environment(url) | {"TERM": "xterm-256color"}
