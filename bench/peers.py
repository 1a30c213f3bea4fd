"""mqtail beside other programs that tail CloudWatch Logs: the same service, the same events.

All print into pipes. Those that are compared take turns, run by run; which events they lose or
print twice is counted with all at once, on the very same events. awslogs is installed into an
environment of its own, `.venv-peers`; the AWS CLI has `logs tail` from version 2 on.
"""

from __future__ import annotations

import argparse
import math
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from bench._figures import percentile, spread
from bench._programs import GROUP, LATE_MS, MQTAIL, Ran, run_program, served
from mqtail.settings import Pace, Settings

ENVIRONMENT = Path(__file__).parents[1] / ".venv-peers"
AWSLOGS = "0.15.0"
MOST_S = 120.0
"""How long a program may take for the backlog."""
LEARN_S = 22.0
"""Events are followed for so long before it counts: mqtail learns for 20 s how late they come."""
START_S = 10.0
"""The same where nothing happens."""
FEED_S = 30.0
"""How long events come of which none must be lost."""
SETTLE_S = 45.0
"""From the last of them to the count of what is missing: sweeps come every 30 s."""


@dataclass(frozen=True)
class Program:
    """A program, and how it is started."""

    name: str
    command: tuple[str, ...]
    note: str = ""
    """What its options do not tell."""


@dataclass(frozen=True)
class Measure:
    """A figure of a run."""

    name: str
    of: Callable[[Ran], float]
    form: str = "{:,.2f}"


@dataclass(frozen=True)
class Case:
    """Events of which none must be lost and none come twice."""

    name: str
    rate: int
    """Events/s."""
    late: float = 0.0
    throttled: float = 0.0


CASES = (
    Case("20 events/s, 5 % late", 20, late=0.05),
    Case("500 events/s, 5 % late", 500, late=0.05),
    Case("50 events/s, 5 % of requests throttled", 50, throttled=0.05),
)


def mqtail() -> Program:
    """mqtail as it comes."""
    pace, budget = Pace(), Settings().max_requests
    return Program(
        "mqtail",
        (MQTAIL, GROUP, "-o", "text", "--since", "30m"),
        f"polls every {pace.poll_ms:,} ms, every {pace.idle_poll_ms:,} ms where nothing happens,"
        f" and takes {budget:.0f} requests/s at most",
    )


def hurried() -> Program:
    """mqtail that may use the quota of a large region."""
    plain = mqtail()
    return Program(
        "mqtail 25/s", (*plain.command, "--max-requests", "25"), "takes 25 requests/s at most"
    )


def awslogs() -> Program | None:
    """awslogs from PyPI, installed where it is not; None, with a sentence, where that fails."""
    program = str(ENVIRONMENT / "bin" / "awslogs")
    try:
        if AWSLOGS not in _version_of(program):
            print(f"Installing awslogs {AWSLOGS} into {ENVIRONMENT.name} ...", flush=True)
            _output_of(sys.executable, "-m", "venv", "--clear", str(ENVIRONMENT))
            pip = (str(ENVIRONMENT / "bin" / "python"), "-m", "pip", "--quiet")
            _output_of(*pip, "--disable-pip-version-check", "install", f"awslogs=={AWSLOGS}")
    except (OSError, subprocess.CalledProcessError) as error:
        told = getattr(error, "stderr", None) or str(error)
        print(f"awslogs is left out, it cannot be installed: {told.strip().splitlines()[-1]}")
        return None
    options = ("--watch", "--watch-interval", "1", "--timestamp", "--ingestion-time")
    return Program(
        "awslogs",
        (program, "get", GROUP, *options, "--color", "never", "--start", "30m"),
        f"{AWSLOGS}; polls every 1,000 ms, the least it takes; its requests have no limit",
    )


def aws_cli() -> Program | None:
    """The AWS CLI, if it is version 2."""
    program = shutil.which("aws")
    if program is None:
        print("The AWS CLI is left out: it is not installed.")
        return None
    version = next(iter(_version_of(program)), "nothing that works")
    if not version.startswith("aws-cli/2"):
        print(f"The AWS CLI is left out: {version} is installed, `logs tail` needs version 2.")
        return None
    return Program(
        "aws",
        (program, "logs", "tail", GROUP, "--follow", "--since", "30m", "--format", "detailed"),
        f"{version}; polls every 5,000 ms, it has no option for that",
    )


def _output_of(*command: str) -> str:
    """What a command prints.

    Raises:
        OSError: there is no such program.
        subprocess.CalledProcessError: it failed.
    """
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def _version_of(program: str) -> list[str]:
    """The words that a program tells its version by; none if it is not there, or does not work."""
    try:
        return _output_of(program, "--version").split()
    except (OSError, subprocess.CalledProcessError):
        return []


PEERS: dict[str, Callable[[], Program | None]] = {"awslogs": awslogs, "aws": aws_cli}


def in_turn(
    programs: Sequence[Program], repeat: int, run: Callable[[Sequence[str]], Ran]
) -> dict[str, list[Ran]]:
    """Run each program so often, one after the other, by name."""
    runs: dict[str, list[Ran]] = {program.name: [] for program in programs}
    for _ in range(repeat):
        for program in programs:
            runs[program.name].append(run(program.command))
    return runs


def table(title: str, measures: Sequence[Measure], runs: dict[str, list[Ran]]) -> None:
    """Print median and spread of each program, and its ratio to mqtail, which is the first."""
    print(f"\n{title}")
    for measure in measures:
        label, base = measure.name, math.nan
        for name, found in runs.items():
            values = [measure.of(ran) for ran in found]
            middle = statistics.median(values)
            base = middle if label else base
            ratio = f"x {middle / base:,.2f}" if base > 0 and middle >= 0 else ""
            figures = spread(values, measure.form)
            print(f"  {label:<30}{name:<13}{figures:<30}{ratio:>8}".rstrip())
            label = ""
    for name, found in runs.items():
        for trouble in {ran.trouble for ran in found} - {""}:
            print(f"  {name} {trouble}")
    sys.stdout.flush()


def backlog(programs: Sequence[Program], events: int, repeat: int) -> None:
    """From the start to the last line of a backlog."""
    with served(backlog=events) as service:
        runs = in_turn(
            programs,
            repeat,
            lambda command: run_program(command, service, until_event=events - 1, seconds=MOST_S),
        )
    measures = [
        Measure("events/s", lambda ran: len(ran.seen) / max(ran.seconds, 0.001), "{:,.0f}"),
        Measure("seconds", lambda ran: ran.seconds),
        Measure("CPU seconds", lambda ran: ran.cpu_s),
        Measure("peak memory, MB", lambda ran: ran.peak_mb, "{:,.0f}"),
        Measure("events not printed", lambda ran: ran.lost(events), "{:,.0f}"),
    ]
    table(f"From the start to the last line of {events:,} events", measures, runs)


def following(programs: Sequence[Program], rate: int, seconds: float, repeat: int) -> None:
    """What it costs to follow a log group, and how soon events are printed."""
    skip_s = LEARN_S if rate else START_S

    def run(command: Sequence[str]) -> Ran:
        with served() as service:
            service.feed(rate)
            return run_program(command, service, seconds=skip_s + seconds, skip_s=skip_s)

    latencies = [
        Measure("visible to printed, p50, s", lambda ran: percentile(ran.latencies, 0.5)),
        Measure("visible to printed, p99, s", lambda ran: percentile(ran.latencies, 0.99)),
        Measure(
            f"in the first {skip_s:.0f} s, p50, s", lambda ran: percentile(ran.first_latencies, 0.5)
        ),
    ]
    measures = [
        Measure("requests per minute", lambda ran: ran.requests_a_minute, "{:,.0f}"),
        Measure("CPU, % of a core", lambda ran: 100 * ran.core, "{:,.1f}"),
        Measure("peak memory, MB", lambda ran: ran.peak_mb, "{:,.0f}"),
    ]
    events = f"{rate:,} events/s" if rate else "No events"
    table(
        f"{events} for {seconds:,.0f} s, after {skip_s:,.0f} s that do not count",
        [*latencies, *measures] if rate else measures,
        in_turn(programs, repeat, run),
    )


def completeness(programs: Sequence[Program]) -> None:
    """Which events are lost or come twice, of all programs at once."""
    with ExitStack() as stack:
        services = [
            stack.enter_context(served(late=case.late, throttled=case.throttled)) for case in CASES
        ]
        pool = stack.enter_context(ThreadPoolExecutor(len(CASES) * len(programs)))
        seconds = FEED_S + SETTLE_S
        runs = [
            [pool.submit(run_program, one.command, service, seconds=seconds) for one in programs]
            for service in services
        ]
        for case, service in zip(CASES, services, strict=True):
            service.feed(case.rate)
        time.sleep(FEED_S)
        for service in services:
            service.feed(0)
        rows = [
            (case, service.delivered, [run.result() for run in of_case])
            for case, service, of_case in zip(CASES, services, runs, strict=True)
        ]
    print(
        f"\nLost and printed twice, of the events of {FEED_S:.0f} s, {SETTLE_S:.0f} s after the"
        f" last one;\nlate ones are ingested {LATE_MS / 1000:.0f} s after their time"
    )
    for case, events, of_case in rows:
        label = f"{case.name}: {events:,} events"
        for program, ran in zip(programs, of_case, strict=True):
            counted = f"{ran.lost(events):,} lost, {ran.twice:,} twice"
            print(f"  {label:<58}{program.name:<12}{counted} {ran.trouble}".rstrip())
            label = ""


def main() -> None:
    """Print a page of figures."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument(
        "--peers", default=",".join(PEERS), help="some of these, by comma (default: %(default)s)"
    )
    arguments.add_argument("--repeat", type=int, default=3, help="runs of each program")
    arguments.add_argument("--events", type=int, default=100_000, help="of the backlog")
    arguments.add_argument("--rate", type=int, default=50, help="events/s that are followed")
    arguments.add_argument("--seconds", type=float, default=20.0, help="that count of each run")
    arguments.add_argument("--quick", action="store_true", help="one run of each, of 10 s")
    chosen = arguments.parse_args()
    if chosen.quick:
        chosen.repeat, chosen.seconds = 1, 10.0
    names = [name for name in chosen.peers.split(",") if name]
    if unknown := set(names) - PEERS.keys():
        arguments.error(
            f"No such peer: {', '.join(sorted(unknown))}. There are {', '.join(PEERS)}."
        )
    peers = [peer for name in names if (peer := PEERS[name]()) is not None]
    programs, at_once = [mqtail(), *peers], hurried()
    for program in (*programs, at_once):
        print(f"{program.name}: {' '.join(program.command)}\n    {program.note}")
    print(f"Runs of each: {chosen.repeat}. Median (least to greatest), and its ratio to mqtail's.")
    backlog([*programs, at_once], chosen.events, chosen.repeat)
    following(programs, chosen.rate, chosen.seconds, chosen.repeat)
    following(programs, 0, chosen.seconds, chosen.repeat)
    completeness(programs)


if __name__ == "__main__":
    main()
