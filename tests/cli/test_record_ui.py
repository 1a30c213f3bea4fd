"""`--record` with the UI in a real terminal: however that is left, the recording is complete."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from mqtail.demo.thread import EmbeddedAwsThread
from tests.cli.support import PATIENCE_S, Mqtail
from tests.recordings.support import read


def press_q(window: int, process: subprocess.Popen[bytes]) -> None:
    """Leave it as a person does."""
    os.write(window, b"q")


def terminate(window: int, process: subprocess.Popen[bytes]) -> None:
    """End it from outside."""
    process.send_signal(signal.SIGTERM)


@pytest.mark.parametrize("leave", [press_q, terminate], ids=["key", "signal"])
def test_everything_that_was_read_is_recorded(
    mqtail: Mqtail,
    story: EmbeddedAwsThread,
    tmp_path: Path,
    leave: Callable[[int, subprocess.Popen[bytes]], None],
) -> None:
    """The same events as lines would have had; where they are is said in the terminal."""
    path = tmp_path / "a.jsonl.gz"
    options = ("orders-mq", "-s", "2h", "-k", "general", "-l", "warn")
    command = [sys.executable, "-m", "mqtail", *options, "--record", str(path)]
    window, terminal = pty.openpty()
    process = subprocess.Popen(
        command,
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        env={**os.environ, "TERM": "xterm-256color"},
        start_new_session=True,
    )
    os.close(terminal)
    seen = b""
    with os.fdopen(window, "rb", buffering=0):
        try:
            while b"LIVE" not in seen:
                seen += os.read(window, 65_536)
            leave(window, process)
            with suppress(OSError):  # the terminal ends with the process
                while data := os.read(window, 65_536):
                    seen += data
            assert process.wait(PATIENCE_S) == 0
        finally:
            process.kill()
            process.wait()
    recorded, notes = read(path)
    assert notes == []
    shown = mqtail(*options, "-o", "json", "--no-follow")
    assert {event.event_id for event in recorded} == {found["event_id"] for found in shown.events}
    assert len(recorded) == len(shown.events) > 10
    assert f"{len(recorded)} events were recorded in".encode() in seen
