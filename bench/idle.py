"""CPU of a tail of 8 log groups where nothing happens: into a pipe, and in the UI.

Percent of a core by the process's own CPU time; the service is a process of its own. The UI runs on
a pseudo-terminal that is read all the time.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import time
from multiprocessing.connection import Connection

from bench._processes import cpu_s, serving
from bench._terminal import on_terminal
from mqtail.demo.serve import DEMO_ENVIRONMENT
from mqtail.demo.server import EmbeddedAws

GROUPS = 8
WARM_S = 12.0
"""Until it is measured: the start, and the history, in which requests follow each other."""


async def _serve(pipe: Connection) -> None:
    async with EmbeddedAws() as aws:
        for number in range(GROUPS):
            aws.logs.put(f"/idle/{number}", "s", [(aws.clock() - 60_000, "the last event")])
        pipe.send(aws.url)
        await asyncio.Event().wait()


def _run_server(pipe: Connection) -> None:
    asyncio.run(_serve(pipe))


def shares(process: int, seconds: float, rounds: int) -> list[float]:
    """Percent of a core that a process takes, in each of some rounds."""
    time.sleep(WARM_S)
    found = []
    for _ in range(rounds):
        cpu, began = cpu_s(process), time.monotonic()
        time.sleep(seconds)
        found.append(100 * (cpu_s(process) - cpu) / (time.monotonic() - began))
    return found


def watched(output: str, seconds: float, rounds: int, *, inherit: bool) -> list[float]:
    """Run the program, and give what it takes.

    Args:
        inherit: leave it the standard streams of this process.
    """
    command = [sys.executable, "-m", "mqtail", "tail", "/idle/*", "--output", output]
    streams = None if inherit else subprocess.DEVNULL
    process = subprocess.Popen(command, stdin=streams, stdout=streams, stderr=streams)
    try:
        found = shares(process.pid, seconds, rounds)
        if process.poll() is not None:
            raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
        return found
    finally:
        process.terminate()
        process.wait()


def _line(name: str, found: list[float]) -> str:
    middle = statistics.median(found)
    return f"{name:>5}: {middle:.1f} % of a core ({min(found):.1f} to {max(found):.1f})"


def main() -> None:
    """Print a line for the pipe and one for the UI."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seconds", type=float, default=5, help="of a round")
    arguments.add_argument("--rounds", type=int, default=3)
    chosen = arguments.parse_args()
    with serving(_run_server) as url:
        os.environ |= {**DEMO_ENVIRONMENT, "AWS_ENDPOINT_URL": url, "TERM": "xterm-256color"}
        os.environ["MQTAIL_STATE"] = ""
        print(_line("pipe", watched("json", chosen.seconds, chosen.rounds, inherit=False)))

        def child(out: int) -> None:
            found = watched("tui", chosen.seconds, chosen.rounds, inherit=True)
            os.write(out, _line("UI", found).encode())

        print(on_terminal(child))


if __name__ == "__main__":
    main()
