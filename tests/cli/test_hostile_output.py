r"""Escape sequences in a message, from the service to stdout: text, raw and JSON."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

from mqtail.demo.thread import EmbeddedAwsThread
from tests.cli.support import PATIENCE_S, Mqtail

GROUP = "/app/hostile"
HOSTILE = (
    "\x1b[2J\x1b]0;owned\x07 \x9b31m [bold]x[/] \u202eevil\u2066 \x7f \u2028 \x00 caf\u00e9 \u2603"
)


@pytest.fixture
def hostile(server: EmbeddedAwsThread) -> EmbeddedAwsThread:
    """An AWS with one hostile message."""
    now = time.time_ns() // 1_000_000
    server.run(server.aws.logs.put, GROUP, "stream", [(now, HOSTILE)], ingested=now)
    return server


def test_text_never_has_escape_sequences(mqtail: Mqtail, hostile: EmbeddedAwsThread) -> None:
    """What would act on a terminal is shown instead; only mqtail's own colours are left."""
    for color in ("never", "always"):
        text = mqtail(GROUP, "--no-follow", "-o", "text", "--color", color).out.decode()
        assert "[bold]x[/]" in text
        assert "caf\u00e9 \u2603" in text
        assert "␛[2J␛]0;owned␇" in text
        assert not {*HOSTILE} & {*"\x9b\x07\x7f\x00\u202e\u2066\u2028"} & {*text}
        assert "\x1b[2J" not in text
        assert "\x1b]" not in text


def test_raw_goes_into_a_pipe_as_received(mqtail: Mqtail, hostile: EmbeddedAwsThread) -> None:
    """A program behind the pipe gets the very bytes."""
    assert mqtail(GROUP, "--no-follow", "-o", "raw").out == f"{HOSTILE}\n".encode()


def test_json_has_escapes_that_decode_to_the_message(
    mqtail: Mqtail, hostile: EmbeddedAwsThread
) -> None:
    """Harmless on a terminal, unchanged for a program."""
    out = mqtail(GROUP, "--no-follow", "-o", "json").out
    assert json.loads(out)["message"] == HOSTILE
    assert all(character.isprintable() for character in out.decode().removesuffix("\n"))


@pytest.mark.parametrize("output", ["raw", "text", "json"])
def test_a_terminal_gets_no_escape_sequence_of_a_message(
    hostile: EmbeddedAwsThread, output: str
) -> None:
    """Not even raw output, when a terminal is what it goes to."""
    shown = on_a_terminal([GROUP, "--no-follow", "-o", output, "--color", "never"])
    assert b"caf" in shown
    assert not set(shown.replace(b"\r\n", b"")) & set(b"\x1b\x07\x7f\x00")
    assert "\x9b" not in shown.decode()
    assert "\u202e" not in shown.decode()


def test_a_filter_that_takes_for_ever_is_stopped(
    mqtail: Mqtail, server: EmbeddedAwsThread, tmp_path: Path
) -> None:
    """Every line is there from then on, in the pipe and in the recording; stderr says so once."""
    now = time.time_ns() // 1_000_000
    lines = ["a" * 40, "a" * 41, "other"]
    put = [(now + number, line) for number, line in enumerate(lines)]
    server.run(server.aws.logs.put, GROUP, "stream", put, ingested=now)
    record = str(tmp_path / "kept.jsonl")
    options = ("--no-follow", "-o", "raw", "-f", "/(a+)+b/")
    said = (
        "mqtail: --filter: /(a+)+b/ takes too long: it was stopped on a line of 40 characters;"
        " from here on everything passes.\n"
    )
    tailed = mqtail(GROUP, *options, "--record", record)
    assert tailed.lines == lines
    assert tailed.err.count(said) == 1
    opened = mqtail("open", record, "-o", "raw", "-f", "/(a+)+b/")
    assert opened.lines == lines
    assert opened.err.count(said) == 1


def test_a_notice_needs_no_utf8(server: EmbeddedAwsThread) -> None:
    """Half a surrogate pair, and characters that the locale has not, are replaced on stderr."""
    ended = subprocess.run(
        [sys.executable, "-X", "utf8=0", "-m", "mqtail", b"/no/\xff\x1b[31m\xe2\x98\x83"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env={**os.environ, "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": ""},
        timeout=PATIENCE_S,
        check=False,
    )
    assert ended.returncode == 3
    assert b"Traceback" not in ended.stderr
    assert ended.stderr.startswith(b"mqtail: ")
    assert b"\x1b" not in ended.stderr


def on_a_terminal(arguments: list[str]) -> bytes:
    """What a run of mqtail writes to a terminal, to its end."""
    own, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 400, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-m", "mqtail", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=terminal,
        stderr=subprocess.STDOUT,
    )
    os.close(terminal)
    shown = b""
    try:
        while part := os.read(own, 65536):
            shown += part
    except OSError:
        pass  # how Linux tells that the other side is closed
    finally:
        os.close(own)
    assert process.wait(PATIENCE_S) == 0
    return shown
