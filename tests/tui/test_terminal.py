"""The terminal goes away: the window is closed, the connection is lost."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path


def _read_until(end: int, text: bytes) -> None:
    """Read what is written to a terminal, up to a text."""
    seen = b""
    while text not in seen:
        seen += os.read(end, 65_536)


def test_it_ends_when_the_terminal_is_gone(tmp_path: Path) -> None:
    """Also a process that the system does not tell, as it is of no session of that terminal."""
    command = [sys.executable, "-m", "mqtail", "demo", "tail", "orders-mq"]
    environment = {**os.environ, "TERM": "xterm-256color", "HOME": str(tmp_path)}
    window, terminal = pty.openpty()
    process = subprocess.Popen(
        command,
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        env=environment,
        start_new_session=True,
    )
    os.close(terminal)
    try:
        with os.fdopen(window, "rb"):
            _read_until(window, b"Pause")
        assert process.wait(timeout=30) == 0
    finally:
        process.kill()
        process.wait()
