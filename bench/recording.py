"""Events per second that recordings are written and opened with: `python bench/recording.py`."""

from __future__ import annotations

import argparse
import asyncio
import resource
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from mqtail.events import Level, LogEvent, Source
from mqtail.output import JsonFormatter
from mqtail.recordings.appending import RecordingFile
from mqtail.recordings.files import opened
from mqtail.recordings.ordered import in_order
from mqtail.recordings.session import RecordedSession
from mqtail.recordings.sources import Sources
from mqtail.settings import Settings

NOW = 1_795_216_800_000
CHUNK = 1_000
LINE = (
    "2026-11-20 23:20:00,{ms:03d} | WARN  | Transport Connection to: tcp://10.0.9.31:{n} failed: "
    "java.io.EOFException | org.apache.activemq.broker.TransportConnection.Transport "
    "| ActiveMQ Transport: ssl:///10.0.9.31:{n}@61617"
)


def made(first: int, late: bool) -> list[LogEvent]:
    """A thousand events of both instances; with late ones, each hundredth is 15 minutes old."""
    sources = [
        Source(
            i, "prod-orders", "mq", "general", str(i + 1),
            log_group="/aws/amazonmq/broker/b-0a1b2c3d/general",
            log_stream=f"activemq-b-0a1b2c3d-{i + 1}.log", format="activemq-general",
        )
        for i in range(2)
    ]  # fmt: skip
    events = []
    for n in range(first, first + CHUNK):
        time = NOW + n // 3 - (900_000 if late and n % 100 == 0 else 0)
        message = LINE.format(n=n, ms=n % 1000)
        events.append(
            LogEvent(time, time + 900, sources[n % 2], n, message, Level.WARN, f"{n:056d}")
        )
    return events


def recorded(path: Path, count: int, *, late: bool) -> float:
    """Write a recording; gives the seconds that it took, without making the events."""
    line, seconds = JsonFormatter().line, 0.0
    file = RecordingFile(str(path))
    for first in range(0, count, CHUNK):
        events = made(first, late)
        begin = perf_counter()
        file.write(b"".join(map(line, events)))
        seconds += perf_counter() - begin
    file.close()
    return seconds


def read_only(path: Path) -> None:
    """Decode every event."""
    with opened((str(path),), Sources()) as files:
        for _ in files[0].events():
            pass


def shown(path: Path) -> None:
    """Open it as the UI does, without a UI; prints the longest turn of the event loop."""

    async def run() -> float:
        with opened((str(path),), Sources()) as files:
            session = RecordedSession(files, Settings(), lambda _: True)
            reading = asyncio.create_task(session.run())
            longest = 0.0
            while not reading.done():
                begin = perf_counter()
                await asyncio.sleep(0)
                longest = max(longest, perf_counter() - begin)
            return longest

    print(f"{'':34} longest turn {asyncio.run(run()) * 1000:6.1f} ms")


def sorted_for_a_pipe(path: Path) -> None:
    """Put every event into order."""
    sources = Sources()
    with opened((str(path),), sources) as files:
        for _ in in_order(files[0].events(), sources.all, 200_000):
            pass


def report(name: str, work: Callable[[Path], None], path: Path, count: int) -> None:
    """Print how fast some work on a recording is."""
    begin = perf_counter()
    work(path)
    seconds = perf_counter() - begin
    print(f"{name:34} {count / seconds:10,.0f} events/s")


def main() -> None:
    """Print one line for each kind of file and of work."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=600_000)
    count = parser.parse_args().events // CHUNK * CHUNK
    with TemporaryDirectory() as folder:
        for ending in (".jsonl", ".jsonl.gz", ".late.jsonl"):
            path = Path(folder, f"day{ending}")
            late = ending.startswith(".late")
            seconds = recorded(path, count, late=late)
            print(f"{path.name}, {path.stat().st_size / 1_000_000:,.0f} MB")
            print(f"{'  recorded':34} {count / seconds:10,.0f} events/s")
            report("  decoded", read_only, path, count)
            report("  opened in the UI's session", shown, path, count)
            report("  put in order for a pipe", sorted_for_a_pipe, path, count)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{'peak memory':34} {peak:10,.0f} MB")


if __name__ == "__main__":
    main()
