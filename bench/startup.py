"""How long mqtail takes to start: help, the UI's first frame, and the setup check of one broker.

The wishes: help in 0.15 s, first frame in 0.6 s, the check ended 0.5 s after its slowest answer.
Each is a process of its own; the UI runs on a pseudo-terminal.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Sequence

from bench._figures import spread
from bench._programs import MQTAIL, Service, program_environment, served

FRAME = "filter|Signing in"
"""What the first frame has that is more than an empty screen."""
LIVE = "LIVE"
"""What is drawn when the history is read and new events are waited for."""
MOST_S = 20.0
BROKER = "orders-mq"

Times = tuple[float, float]
"""Seconds of wall time, and of CPU until the program had ended."""


def output_of(command: Sequence[str], service: Service) -> Times:
    """Until a command has ended."""
    begin = time.perf_counter()
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=program_environment(service.url),
    )
    usage = os.wait4(process.pid, 0)[2]
    process.returncode = 0
    return time.perf_counter() - begin, usage.ru_utime + usage.ru_stime


def drawn_first(command: Sequence[str], service: Service, pattern: str) -> Times:
    """Until the UI has drawn what a pattern fits; the CPU time includes its end."""
    environment = program_environment(service.url)
    begin = time.perf_counter()
    process, terminal = pty.fork()
    if process == 0:
        os.execvpe(command[0], list(command), environment)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    drawn, seconds = b"", float("nan")
    while time.perf_counter() - begin < MOST_S:
        if select.select([terminal], [], [], 0.05)[0]:
            drawn += os.read(terminal, 65_536)
            if re.search(pattern.encode(), drawn):
                seconds = time.perf_counter() - begin
                break
    os.close(terminal)
    usage = os.wait4(process, 0)[2]
    return seconds, usage.ru_utime + usage.ru_stime


def check_after_its_slowest_answer(service: Service) -> Times:
    """From the slowest answer to the end of the setup check of a broker."""
    _, cpu_s = output_of([MQTAIL, "check", BROKER], service)
    return time.time() - service.slow_answer, cpu_s


def report(name: str, run: Callable[[], Times], repeat: int) -> None:
    """Print wall and CPU time, median and spread; a first run that fills caches is left out."""
    times = [run() for _ in range(repeat + 1)][1:]
    wall, cpu = zip(*times, strict=True)
    print(f"{name:42} {spread(wall)} s, CPU {spread(cpu)} s", flush=True)


def main() -> None:
    """Print a line for each."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--repeat", type=int, default=7)
    chosen = arguments.parse_args()
    with served(story=True) as service:

        def times(*words: str) -> Times:
            return output_of([MQTAIL, *words], service)

        report("mqtail --version", lambda: times("--version"), chosen.repeat)
        report("mqtail --help", lambda: times("--help"), chosen.repeat)
        report("mqtail tail --help", lambda: times("tail", "--help"), chosen.repeat)
        report("mqtail ls", lambda: times("ls"), chosen.repeat)
        report(
            "mqtail -n 1 --no-follow | cat",
            lambda: times(BROKER, "-n", "1", "--no-follow", "-o", "text"),
            chosen.repeat,
        )

        def drawn(pattern: str, *words: str) -> Times:
            return drawn_first([MQTAIL, *words], service, pattern)

        report("first frame of the UI", lambda: drawn(FRAME, BROKER), chosen.repeat)
        report("first frame of the chooser", lambda: drawn(FRAME), chosen.repeat)
        report("the UI is live", lambda: drawn(LIVE, BROKER), chosen.repeat)
        report("first broker in the chooser", lambda: drawn(BROKER), chosen.repeat)
        report("mqtail check", lambda: times("check", BROKER), chosen.repeat)
    with served(story=True, slow="DescribeResourcePolicies") as service:
        report(
            "mqtail check, after its slowest answer",
            lambda: check_after_its_slowest_answer(service),
            chosen.repeat,
        )


if __name__ == "__main__":
    main()
