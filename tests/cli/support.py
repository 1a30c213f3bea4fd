"""What the tests of the command line share: what a run gave, and a run that is still going on."""

from __future__ import annotations

import json
import os
import pty
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

PATIENCE_S = 20

HURRIED = """
[reading]
poll_ms = 50
idle_poll_ms = 50
relist_ms = 200
reorder_ms = 100
object_reorder_ms = 100
object_poll_ms = 100
search_poll_ms = 100
api_poll_ms = 100
api_pause_ms = 1
backoff_ms = 20
max_backoff_ms = 100
"""
"""A configuration with which everything happens sooner."""


@dataclass(frozen=True)
class Result:
    """What a run of the command line gave."""

    code: int
    out: bytes
    err: str

    @property
    def lines(self) -> list[str]:
        """The lines of stdout."""
        return self.out.decode().splitlines()

    @property
    def events(self) -> list[dict[str, Any]]:
        """The objects of stdout's JSON lines."""
        return [json.loads(line) for line in self.out.split(b"\n") if line]

    @property
    def messages(self) -> list[str]:
        """The messages of stdout's JSON lines."""
        return [event["message"] for event in self.events]

    def failed(self, code: int, *parts: str) -> None:
        """Check that it ended with this code, and told a sentence and a hint that have the parts.

        The sentence is one line that begins with the program's name, the hint one below it.
        """
        assert self.code == code, self.err
        assert "Traceback" not in self.err
        sentence, hint = self.err.splitlines()[-2:]
        assert sentence.startswith("mqtail: ")
        assert hint.startswith("        ")
        assert sentence.endswith((".", "?", ")")), sentence
        assert hint.endswith((".", "?", ")")), hint
        for part in parts:
            assert part in self.err


Mqtail = Callable[..., Result]
"""Runs the command line in this process; gives what it printed and its exit code."""


class Running:
    """A process of mqtail whose output is read while it runs. Use as a context manager.

    Args:
        arguments: its command line.
        environment: variables beside those of this process.
    """

    def __init__(self, *arguments: str, environment: Mapping[str, str] | None = None) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "mqtail", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **(environment or {})},
            cwd=Path(__file__).parents[2],
        )
        self._read: queue.Queue[bytes] = queue.Queue()
        self._told: queue.Queue[bytes] = queue.Queue()
        self._err = b""
        self._readers = [
            threading.Thread(target=_read, args=(self.process.stdout, self._read), daemon=True),
            threading.Thread(target=_read, args=(self.process.stderr, self._told), daemon=True),
        ]

    def __enter__(self) -> Running:
        for reader in self._readers:
            reader.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        for reader in self._readers:
            reader.join()
        for stream in (self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()

    def line(self) -> str:
        """The next line of stdout.

        Raises:
            queue.Empty: there came none for long.
        """
        return self._read.get(timeout=PATIENCE_S).decode()

    def until(self, part: str) -> list[str]:
        """The next lines of stdout, to the first one that has a part."""
        lines = [self.line()]
        while part not in lines[-1]:
            lines.append(self.line())
        return lines

    def told(self, part: str) -> None:
        """Wait for a line of stderr that has a part.

        Raises:
            queue.Empty: there came none for long.
        """
        line = b""
        while part not in line.decode():
            line = self._told.get(timeout=PATIENCE_S)
            self._err += line

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self.process.send_signal(number)

    def end(self) -> Result:
        """Wait for its end: its exit code, all of stderr, and the lines that were not read yet."""
        code = self.process.wait(PATIENCE_S)
        for reader in self._readers:
            reader.join(PATIENCE_S)
        out = b"".join(self._read.queue)
        err = self._err + b"".join(self._told.queue)
        return Result(code, out, err.decode())


_ON_ITS_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(os.open(sys.argv[1], os.O_RDWR), termios.TIOCSCTTY, 0)
from mqtail.cli import main
main(sys.argv[2:])
"""
"""Runs mqtail with a terminal of its own, where the MFA code is asked for."""


class CodeAsked:
    """mqtail with a terminal of its own, on which it has asked for an MFA code; stdout is a pipe.

    To be used in a `with`, which ends it.
    """

    def __init__(self, *arguments: str) -> None:
        self._own, self._terminal = pty.openpty()
        self._process = subprocess.Popen(
            [sys.executable, "-c", _ON_ITS_TERMINAL, os.ttyname(self._terminal), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        asked = b""
        while not asked.rstrip().endswith(b":"):
            asked += os.read(self._own, 1000)
        self.question = asked.decode().strip()
        """What it asks."""

    def answer(self, code: str) -> tuple[int, bytes, bytes]:
        """Type the code; gives the exit code, stdout and stderr."""
        os.write(self._own, f"{code}\n".encode())
        out, err = self._process.communicate(timeout=PATIENCE_S)
        return self._process.returncode, out, err

    def __enter__(self) -> CodeAsked:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()
        os.close(self._terminal)
        os.close(self._own)


def _read(stream: IO[bytes], lines: queue.Queue[bytes]) -> None:
    for line in stream:
        lines.put(line)
