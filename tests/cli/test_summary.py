"""What was read, told on stderr: when a signal asks for it, and at the end by --summary."""

from __future__ import annotations

import json
import signal
import subprocess
import sys

from mqtail.clock import wall_clock_ms
from mqtail.demo.faults import AccessDenied
from mqtail.demo.thread import EmbeddedAwsThread
from tests.cli.support import PATIENCE_S, Mqtail, Running

GROUP = "/app/orders"


def test_a_signal_has_it_told_at_any_time(server: EmbeddedAwsThread) -> None:
    """It goes on afterwards; another signal that ends it has it told by the option."""
    server.run(server.aws.logs.put, GROUP, "s", [(wall_clock_ms(), "history")])
    with Running(GROUP, "-o", "json", "--summary") as tail:
        assert json.loads(tail.line())["message"] == "history"
        tail.signal(signal.SIGUSR1)
        tail.told('"events": 1, ')
        server.run(server.aws.logs.put, GROUP, "s", [(wall_clock_ms(), "live")])
        assert json.loads(tail.line())["message"] == "live"
        tail.signal(signal.SIGTERM)
        ended = tail.end()
    assert (ended.code, ended.out) == (0, b"")
    first, last = map(json.loads, ended.err.splitlines())
    assert (first["source"], first["events"]) == (GROUP, 1)
    assert (last["source"], last["events"], last["state"]) == (GROUP, 2, "live")
    assert last["complete_from"] < last["complete_to"]
    assert last["requests"] > first["requests"] > 0


def test_it_is_told_when_the_pipe_is_closed(server: EmbeddedAwsThread) -> None:
    """As in `mqtail --summary ... | head -1`."""
    server.run(server.aws.logs.put, GROUP, "s", [(wall_clock_ms(), "history")])
    command = [sys.executable, "-m", "mqtail", GROUP, "-o", "raw", "--summary"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == b"history\n"
        process.stdout.close()
        heading, row = process.stderr.read().decode().splitlines()[:2]
        assert process.wait(PATIENCE_S) == 0
    assert heading.split()[:2] == ["source", "state"]
    assert row.startswith(f"{GROUP}  live ")


def test_a_history_is_complete_up_to_its_end(mqtail: Mqtail, story: EmbeddedAwsThread) -> None:
    """To the start of the run, or where it was to stop; without the option nothing is told."""
    history = ("orders-mq", "-k", "general", "-s", "2h", "-u", "1m", "-o", "json")
    assert mqtail(*history).err == ""
    result = mqtail(*history, "--summary")
    told = json.loads(result.err)
    times = [event["timestamp"] for event in result.events]
    assert (told["state"], told["events"]) == ("ended", len(times))
    assert told["complete_from"] < times[0] <= times[-1] < told["complete_to"]


def test_it_is_told_before_the_error_that_nothing_could_be_read(
    mqtail: Mqtail, story: EmbeddedAwsThread
) -> None:
    """With the reason."""
    story.run(lambda: story.aws.faults.add(AccessDenied(), operation="FilterLogEvents"))
    result = mqtail("orders-mq", "-k", "audit", "--no-follow", "--summary", "-o", "text")
    result.failed(3, "not authorized")
    row, remark = result.err.splitlines()[1:3]
    assert row.startswith("orders-mq audit  failing  -              -  ")
    assert remark.endswith("allows the logs:FilterLogEvents action.")
