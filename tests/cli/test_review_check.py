"""`mqtail check` where it is not run as usual: streams that are closed, early ends, odd values."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import signal
import struct
import subprocess
import sys
import termios
from contextlib import suppress
from typing import Any

import pytest
from rich.cells import cell_len

from mqtail.checks.model import Subject, failed
from mqtail.checks.registry import ALL
from mqtail.checks.report import TextReport
from mqtail.checks.runner import CheckedTarget
from mqtail.cli import commands as cli
from mqtail.demo.faults import AccessDenied, Hang
from mqtail.demo.mq_service import Broker
from mqtail.demo.thread import EmbeddedAwsThread
from tests.cli.support import PATIENCE_S, Mqtail

CHECK = (sys.executable, "-m", "mqtail", "check")
ONLY_BROKERS = ("--only", "mq-broker")


def add_broker(server: EmbeddedAwsThread, name: str = "orders-mq", **options: Any) -> Broker:
    """A broker; RUNNING unless a state is given."""
    return server.run(lambda: server.aws.mq.add_broker(name, engine="RABBITMQ", **options))


def hang(server: EmbeddedAwsThread, broker: Broker) -> None:
    """Looking up one broker takes for ever."""
    server.run(
        lambda: server.aws.faults.add(
            Hang(),
            operation="DescribeBroker",
            where=lambda parameters: parameters.get("broker-id") == broker.id,
        )
    )


def hide_trail(server: EmbeddedAwsThread, name: str) -> None:
    """The status of a trail may not be seen."""
    server.run(
        lambda: server.aws.faults.add(
            AccessDenied(),
            operation="GetTrailStatus",
            where=lambda parameters: name in str(parameters),
        )
    )


# Streams.


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(ONLY_BROKERS, 0), (("order-mq", *ONLY_BROKERS), 1), (("--only", "log-group"), 3)],
)
def test_stderr_is_closed(server: EmbeddedAwsThread, arguments: tuple[str, ...], code: int) -> None:
    """As in `mqtail check 2>&-`: there is no progress, and nobody to tell anything."""
    add_broker(server)
    closing = ("sh", "-c", 'exec "$@" 2>&-', "sh", *CHECK, *arguments)
    done = subprocess.run(closing, stdout=subprocess.PIPE, timeout=PATIENCE_S, check=False)
    assert done.returncode == code
    assert (b"order" in done.stdout) is (code != 3)


def test_stdout_is_closed(server: EmbeddedAwsThread) -> None:
    """Nothing could be shown, so nothing is checked."""
    add_broker(server)
    closing = ("sh", "-c", 'exec "$@" >&-', "sh", *CHECK)
    done = subprocess.run(closing, stderr=subprocess.PIPE, timeout=PATIENCE_S, check=False)
    assert (done.returncode, done.stderr.splitlines()[0]) == (2, b"mqtail: stdout is closed.")


@pytest.mark.parametrize("arguments", [("--list",), ("--print-policy",)])
def test_a_disk_is_full(arguments: tuple[str, ...]) -> None:
    """It is told as what it is, whatever is printed."""
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [*CHECK, *arguments],
            stdout=full,
            stderr=subprocess.PIPE,
            timeout=PATIENCE_S,
            check=False,
        )
    assert done.returncode == 5
    assert b"cannot be written to stdout: No space left on device." in done.stderr
    assert b"Unforeseen" not in done.stderr


@pytest.mark.parametrize("output", ["text", "json"])
def test_a_failure_nobody_reads_is_none_the_less_one(
    server: EmbeddedAwsThread, output: str
) -> None:
    """As in `mqtail check | head -1` with pipefail: what was found decides, quietly."""
    add_broker(server, state="CREATION_FAILED")
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [*CHECK, *ONLY_BROKERS, "-o", output],
        stdout=writer,
        stderr=subprocess.PIPE,
        timeout=PATIENCE_S,
        check=False,
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (1, b"")


class OnTerminal:
    """A run of `mqtail check` whose stderr is a terminal. Use as a context manager.

    Args:
        columns: width of the terminal.
        arguments: of the command.
    """

    def __init__(self, columns: int, *arguments: str) -> None:
        self._own, terminal = pty.openpty()
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        self.process = subprocess.Popen(
            [*CHECK, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=terminal,
            env={name: value for name, value in os.environ.items() if name != "COLUMNS"},
        )
        os.close(terminal)

    def __enter__(self) -> OnTerminal:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()
        os.close(self._own)

    def told(self, until: str | None = None) -> str:
        """What is written to the terminal next, up to a text or to the end."""
        told = b""
        with suppress(OSError):  # how Linux tells that the other side is closed
            while until is None or until.encode() not in told:
                told += os.read(self._own, 65536)
        return told.decode()


def test_progress_fits_the_terminal_that_it_is_shown_on(server: EmbeddedAwsThread) -> None:
    """That of stderr, and not what is assumed of a pipe: a line that wraps is not erased."""
    add_broker(server, "a-broker-with-a-long-name-for-such-a-window")
    with OnTerminal(30, *ONLY_BROKERS) as run:
        shown = [part for part in run.told().split("\r\x1b[K") if part]
    assert "checked 0 of 1, a-broker" in "".join(shown)
    assert max(map(len, shown)) < 30


# Early ends.


STUBBORN = """
import asyncio
from mqtail.pipe import ended_by_signals

async def stay():
    while True:
        try:
            print("waits", flush=True)
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            pass

async def main():
    task = asyncio.create_task(stay())
    with ended_by_signals(task, 3):
        await task

asyncio.run(main())
"""
"""A program that the first signal does not end, as a report that nobody reads."""


def test_the_second_signal_ends_with_the_code_of_an_early_end() -> None:
    """A check that was cut off is no pass."""
    process = subprocess.Popen([sys.executable, "-c", STUBBORN], stdout=subprocess.PIPE)
    assert process.stdout is not None
    try:
        for _ in range(2):
            assert process.stdout.readline() == b"waits\n"
            process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE_S) == 3
    finally:
        process.kill()
        process.communicate()


def test_an_early_end_prints_what_is_known(server: EmbeddedAwsThread) -> None:
    """A broker that is not done keeps back those after it: their failures decide on the code."""
    hang(server, add_broker(server, "a-mq"))
    add_broker(server, "b-mq", state="CREATION_FAILED")
    with OnTerminal(80, *ONLY_BROKERS) as run:
        run.told("checked 1 of 2, a-mq")
        run.process.send_signal(signal.SIGINT)
        told = run.told()
        out, _ = run.process.communicate(timeout=PATIENCE_S)
    assert run.process.returncode == 1
    assert "mqtail: Ended after 1 of 2 checks." in told
    assert "× b-mq: mq-broker" in out.decode()
    assert "fix:" not in out.decode()


def test_json_is_whole_or_not_there(server: EmbeddedAwsThread) -> None:
    """An early end prints no half of a report that a program could take for all of it."""
    add_broker(server, "a-mq", state="CREATION_FAILED")
    hang(server, add_broker(server, "b-mq"))
    with OnTerminal(80, *ONLY_BROKERS, "-o", "json") as run:
        run.told("checked 1 of 2, b-mq")
        run.process.send_signal(signal.SIGTERM)
        out, _ = run.process.communicate(timeout=PATIENCE_S)
        assert (run.process.returncode, out) == (1, b"")


def test_an_end_before_the_beginning_is_no_pass(
    mqtail: Mqtail, server: EmbeddedAwsThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl+C while everything is loaded."""

    def interrupted(options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "build_check", interrupted)
    assert mqtail("check").code == 3


# Values.


@pytest.mark.parametrize(
    ("variable", "value"),
    [("PRINCIPAL", "deployer"), ("ONLY", "mq-brokers"), ("WAIT", "5"), ("COLOR", "red")],
)
def test_a_wrong_variable_is_named(
    mqtail: Mqtail,
    server: EmbeddedAwsThread,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    value: str,
) -> None:
    """The user did not type an option."""
    monkeypatch.setenv(f"MQTAIL_{variable}", value)
    result = mqtail("check")
    result.failed(2, f"MQTAIL_{variable}: ")
    assert f"--{variable.lower()}" not in result.err


def test_variables_choose_checks(
    mqtail: Mqtail, server: EmbeddedAwsThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Several, blanks between them; an empty one is none."""
    add_broker(server)
    monkeypatch.setenv("MQTAIL_ONLY", "mq-broker mq-general-logging")
    monkeypatch.setenv("MQTAIL_ASCII", "1")
    monkeypatch.setenv("MQTAIL_WAIT", "")
    monkeypatch.setenv("MQTAIL_PRINCIPAL", "")
    result = mqtail("check")
    assert result.code == 0
    assert "    + The broker is there and runs  mq-broker" in result.lines
    assert result.lines[-2] == "2 passed"


# What is found and how it is told.


def test_a_trail_that_delivers_is_enough(mqtail: Mqtail, server: EmbeddedAwsThread) -> None:
    """Even if the status of another one (an organization's, say) may not be seen."""
    add_broker(server)
    server.run(lambda: server.aws.cloudtrail.add_trail("all-calls", "audit"))
    server.run(lambda: server.aws.cloudtrail.add_trail("of-the-organization", "audit"))
    only = ("--only", "cloudtrail-trail", "-o", "json")

    def outcome() -> str:
        report = json.loads(mqtail("check", *only).out)
        return str(report["targets"][-1]["checks"][0]["outcome"])

    for name, found in (("of-the-organization", "pass"), ("all-calls", "unknown")):
        hide_trail(server, name)
        assert outcome() == found


def test_wide_characters_are_wrapped_by_their_cells() -> None:
    """Text fits the terminal, whatever script it is in; a word that does not stays whole."""
    words = " ".join(["\u65e5\u672c\u8a9e"] * 40) + " " + "x" * 70
    subject = Subject("mq", "b-1", "orders-mq", None)  # type: ignore[arg-type]
    target = CheckedTarget(subject, [ALL["mq-broker"]], {"mq-broker": failed(words, "It is.")})
    lines = TextReport(color=False, ascii=False, width=50).target(target).splitlines()
    found = [line for line in lines if "\u65e5" in line]
    assert len(found) > 5
    assert max(map(cell_len, found)) <= 50
    assert "        " + "x" * 70 in lines
