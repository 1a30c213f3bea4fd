"""A tail that goes on: what arrives while it runs, how it is ended, and a pipe that closes."""

from __future__ import annotations

import asyncio
import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from mqtail.demo.faults import Slow
from mqtail.demo.thread import EmbeddedAwsThread
from mqtail.events import LogEvent, Source
from mqtail.pipe import CHUNK, EventWriter
from tests.cli.support import HURRIED, PATIENCE_S, Running

GROUP = "/app/orders"


def put(server: EmbeddedAwsThread, *messages: str, group: str = GROUP, ago_ms: int = 0) -> None:
    """Have the service take in events."""
    now = time.time_ns() // 1_000_000 - ago_ms
    server.run(server.aws.logs.put, group, "s", [(now, message) for message in messages])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_and_what_was_read_is_written(
    server: EmbeddedAwsThread, config: Path, number: signal.Signals
) -> None:
    """Also what still waits for older events, which here is held for a minute."""
    config.write_text(HURRIED.replace("reorder_ms = 100", "reorder_ms = 60000"))
    put(server, "history", ago_ms=5_000)
    with Running(GROUP, "-o", "json") as tail:
        assert json.loads(tail.line())["message"] == "history"
        put(server, "live")
        asked = len(server.aws.calls_of("FilterLogEvents"))
        # The second poll from now on begins after the event was passed on by the first.
        wait_for_calls(server, asked + 3)
        tail.signal(number)
        ended = tail.end()
    assert (ended.code, ended.err) == (0, "")
    assert ended.messages == ["live"]


@pytest.mark.parametrize(
    ("operation", "number"),
    [
        ("GetCallerIdentity", signal.SIGINT),
        ("GetCallerIdentity", signal.SIGTERM),
        ("ListBrokers", signal.SIGTERM),
        ("FilterLogEvents", signal.SIGINT),
    ],
)
def test_a_signal_ends_it_before_anything_is_read(
    story: EmbeddedAwsThread, operation: str, number: signal.Signals
) -> None:
    """While it signs in, looks up the broker, or waits for the first page."""
    story.run(lambda: story.aws.faults.add(Slow(PATIENCE_S), operation=operation))
    with Running("orders-mq", "-o", "json") as tail:
        wait_for_calls(story, 1, operation)
        tail.signal(number)
        ended = tail.end()
    assert (ended.code, ended.out, ended.err.strip()) == (0, b"", "")


def wait_for_calls(
    server: EmbeddedAwsThread, count: int, operation: str = "FilterLogEvents"
) -> None:
    """Wait until an operation was called so often."""
    deadline = time.monotonic() + PATIENCE_S
    while len(server.aws.calls_of(operation)) < count:
        assert time.monotonic() < deadline
        threading.Event().wait(0.02)


def test_what_arrives_is_printed_once_and_told_when_late(server: EmbeddedAwsThread) -> None:
    """Events that are put while it runs come out, those that are out of order marked."""
    put(server, "history", ago_ms=20_000)
    with Running(GROUP, "-o", "json", "--follow") as tail:
        tail.until("history")
        put(server, "one", "two")
        lines = tail.until("two")
        put(server, "straggler", ago_ms=10_000)
        lines += tail.until("straggler")
        put(server, "three")
        lines += tail.until("three")
        tail.signal(signal.SIGINT)
        assert tail.end().out == b""
    events = [json.loads(line) for line in lines]
    assert [event["message"] for event in events] == ["one", "two", "straggler", "three"]
    assert [event["late"] for event in events] == [False, False, True, False]


def test_a_log_group_that_appears_later_is_read(server: EmbeddedAwsThread) -> None:
    """It waits for the broker's log group, and says so, until it is there."""
    broker = server.run(lambda: server.aws.mq.add_broker("new-mq", audit=False))
    group = f"{broker.log_group_prefix}general"
    with Running("new-mq", "-o", "raw") as tail:
        tail.told(f"mqtail: Not found while reading the log group {group}")
        put(server, "at last", group=group)
        assert tail.line() == "at last\n"
        tail.told(f"mqtail: {group}: reading again.")
        tail.signal(signal.SIGTERM)
        assert tail.end().code == 0


def test_a_second_signal_ends_it_at_once(story: EmbeddedAwsThread) -> None:
    """Even while the reader of the pipe takes nothing and a line cannot be finished."""
    process = subprocess.Popen(
        [sys.executable, "-m", "mqtail", "-o", "json", "-s", "2h"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.read(1) == b"{"
        # From here on nothing is read, and far more than a pipe holds is on its way.
        assert repeated(signal.SIGINT, process) == 0


def repeated(number: signal.Signals, process: subprocess.Popen[bytes]) -> int:
    """Send a signal until the process ends; gives its exit code. Two that meet count as one."""
    deadline = time.monotonic() + PATIENCE_S
    while process.poll() is None and time.monotonic() < deadline:
        process.send_signal(number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.1)
    return process.wait(0)


@pytest.mark.parametrize("options", [("--no-follow",), ("--follow",)], ids=["history", "following"])
def test_a_closed_pipe_is_no_error(story: EmbeddedAwsThread, options: tuple[str, ...]) -> None:
    """As in `mqtail ... | head -1`."""
    command = [sys.executable, "-m", "mqtail", "orders-mq", "-o", "json", "-s", "2h", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().startswith(b'{"timestamp"')
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(PATIENCE_S) == 0


def test_a_closed_pipe_is_noticed_while_nothing_happens(server: EmbeddedAwsThread) -> None:
    """A tail of a quiet log does not stay behind for ever when its reader has gone."""
    put(server, "all there is", ago_ms=5_000)
    command = [sys.executable, "-m", "mqtail", GROUP, "-o", "raw"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == b"all there is\n"
        process.stdout.close()
        assert process.wait(PATIENCE_S) == 0
        assert process.stderr.read() == b""


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_full_disk_is_told(story: EmbeddedAwsThread) -> None:
    """It cannot be mended by going on."""
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "mqtail", "orders-mq", "-o", "json", "-s", "2h"],
            stdout=full,
            stderr=subprocess.PIPE,
            timeout=PATIENCE_S,
            check=False,
        )
    assert done.returncode == 5
    told = b"mqtail: The events cannot be written to stdout: No space left on device.\n"
    assert done.stderr == told


class SlowPipe(io.BytesIO):
    """A pipe whose reader takes nothing until it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = threading.Event()
        self.open = threading.Event()

    def write(self, data: object) -> int:
        """Wait, then take it."""
        self.asked.set()
        assert self.open.wait(PATIENCE_S)
        return super().write(data)  # type: ignore[arg-type]


async def test_what_was_begun_is_written_to_the_end_when_cancelled() -> None:
    """More than goes out at once is in hand when the end comes: no part of it is lost."""
    source = Source(0, "t", "logs", "general")
    events = [LogEvent(n, 0, source, n, str(n)) for n in range(2 * CHUNK + 7)]
    pipe = SlowPipe()
    writer = EventWriter(pipe, lambda event: f"{event.message}\n".encode())
    showing = asyncio.create_task(writer.show(events))
    await asyncio.to_thread(pipe.asked.wait, PATIENCE_S)
    showing.cancel()
    pipe.open.set()
    with pytest.raises(asyncio.CancelledError):
        await showing
    assert pipe.getvalue().decode().split() == [event.message for event in events]
