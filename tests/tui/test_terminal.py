"""A real terminal: it is left as it was, however mqtail ends; and it can go away itself."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import termios
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

PATIENCE_S = 30
DEMO = ("-m", "mqtail", "demo", "tail")
FAULTY = """
import sys
from tui.screens.main import MainScreen
from widgets.status_line import StatusLine

def fail(*_):
    raise ZeroDivisionError("oh [/no]")

def fail_from_now_on(_):
    StatusLine.render_line = fail

MainScreen.action_read_now = {fault}
from mqtail.cli import main
main(["demo", "tail", "orders-mq"])
"""
"""mqtail with an error of its own, that the key r brings up."""
SWITCHED_ON = ("?1049", "?1000", "?1003", "?1006", "?1004", "?2004")
"""Modes of the terminal that must be off again: the other screen, the mouse, pasting."""


class Window:
    """A process in a terminal of its own, as the one who sits before it has it.

    Args:
        directory: the process's home.
        arguments: of Python, which it runs.
        changes: to the environment.
    """

    def __init__(self, directory: Path, *arguments: str, **changes: str) -> None:
        self._end, terminal = pty.openpty()
        self._before = termios.tcgetattr(self._end)
        self.process = subprocess.Popen(
            [sys.executable, *arguments],
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            env={**os.environ, "TERM": "xterm-256color", "HOME": str(directory), **changes},
            cwd=Path(__file__).parents[2],
            start_new_session=True,
        )
        os.close(terminal)
        self.seen = b""
        """All that was written so far."""

    @property
    def is_clean(self) -> bool:
        """Whether lines are edited as before, and every mode is off again that was switched on."""
        ends = {self._last(mode) for mode in SWITCHED_ON}
        return (
            termios.tcgetattr(self._end) == self._before
            and ends <= {b"l", b""}
            and self._last("?25") in (b"h", b"")
        )

    def until(self, text: bytes, *, after: int = 0) -> None:
        """Read what is written, up to a text; a program that no longer writes it has failed.

        Args:
            after: bytes at the begin of `seen` that do not count.
        """
        while text not in self.seen[after:]:
            ready, _, _ = select.select([self._end], [], [], PATIENCE_S)
            assert ready, f"{text!r} never came, only {self.seen[-500:]!r}"
            self.seen += os.read(self._end, 65_536)

    def press(self, key: bytes) -> None:
        """Press a key."""
        os.write(self._end, key)

    def close(self) -> None:
        """Close the window; what runs in it goes on until it notices."""
        if self._end >= 0:
            os.close(self._end)
            self._end = -1

    def code(self) -> int:
        """The exit code, after all that is written has been read."""
        with suppress(OSError):  # the terminal ends with the process
            while self._end >= 0 and (data := os.read(self._end, 65_536)):
                self.seen += data
        return self.process.wait(PATIENCE_S)

    def _last(self, mode: str) -> bytes:
        """How a mode was set the last time: `h` on, `l` off, nothing where it never was."""
        found = re.findall(rb"\x1b\[" + re.escape(mode.encode()) + rb"([hl])", self.seen)
        return found[-1] if found else b""


@contextmanager
def opening_windows(directory: Path) -> Iterator[Callable[..., Window]]:
    """Opens windows; they and what runs in them end with the block.

    Args:
        directory: the home of all processes.
    """
    windows = []

    def opened(*arguments: str, **changes: str) -> Window:
        windows.append(Window(directory, *arguments, **changes))
        return windows[-1]

    try:
        yield opened
    finally:
        for window in windows:
            window.process.kill()
            window.process.wait()
            window.close()


@pytest.fixture
def open_window(tmp_path: Path) -> Iterator[Callable[..., Window]]:
    """Opens windows; they and what runs in them end with the test."""
    with opening_windows(tmp_path) as opened:
        yield opened


@pytest.mark.parametrize("quiet", [False, True], ids=["live", "ended"])
def test_it_ends_when_the_terminal_is_gone(
    open_window: Callable[..., Window], tmp_path: Path, quiet: bool
) -> None:
    """Also a process that the system does not tell, as it is of no session of that terminal."""
    log = tmp_path / "broker.log"
    log.write_text("2026-11-18 11:05:00,100 | INFO  | started | Broker | main\n")
    window = open_window(*(("-m", "mqtail", "open", str(log)) if quiet else (*DEMO, "orders-mq")))
    window.until(b"Pause")
    window.close()
    assert window.code() == 0


@pytest.mark.parametrize(
    ("number", "targets", "shown"),
    [
        (signal.SIGTERM, ["orders-mq"], b"Pause"),
        (signal.SIGINT, ["orders-mq", "--summary"], b" LIVE "),
        (signal.SIGTERM, [], b"orders-mq"),
    ],
    ids=["term", "int", "term-in-the-chooser"],
)
def test_a_signal_leaves_the_terminal_clean(
    open_window: Callable[..., Window], number: signal.Signals, targets: list[str], shown: bytes
) -> None:
    """It ends as asked, and says nothing but what --summary has it say."""
    window = open_window(*DEMO, *targets)
    window.until(shown)
    window.process.send_signal(number)
    assert window.code() == 0
    assert b"\x1b[?1049h" in window.seen
    assert window.is_clean
    said = window.seen.rpartition(b"?1049l")[2]
    assert b"mqtail" not in said
    assert bool(re.search(rb"orders-mq general +live ", said)) is ("--summary" in targets)


@pytest.mark.parametrize("fault", ["fail", "fail_from_now_on"], ids=["in a key", "in painting"])
def test_a_crash_leaves_the_terminal_clean(
    open_window: Callable[..., Window], tmp_path: Path, fault: str
) -> None:
    """A sentence, the code 5, and the traceback in a file; what was chosen before is kept."""
    state = tmp_path / "state.json"
    window = open_window("-c", FAULTY.format(fault=fault), MQTAIL_STATE=str(state))
    window.until(b"Pause")
    window.press(b"wr")
    assert window.code() == 5
    assert window.is_clean
    said = window.seen.rpartition(b"?1049l")[2].decode()
    assert "mqtail: Unforeseen error, ZeroDivisionError: oh [/no]." in said
    assert "Traceback" not in window.seen.decode()
    (report,) = tmp_path.rglob("last-error.txt")
    assert "".join(said.split()).endswith(f"keptin{report}.")
    assert "Traceback" in report.read_text()
    assert report.stat().st_mode & 0o777 == 0o600
    assert json.loads(state.read_text())["wrap"] is True


def test_a_wrong_configuration_is_told_before_anything_is_shown(
    open_window: Callable[..., Window], tmp_path: Path
) -> None:
    """In a sentence and a hint, on a terminal that was not touched."""
    config = tmp_path / "config.toml"
    config.write_text('[keys]\nlog-pauze = "p"\n')
    window = open_window(*DEMO, "orders-mq", MQTAIL_CONFIG=str(config))
    assert window.code() == 2
    assert b"\x1b[" not in window.seen
    assert b"there is no log-pauze" in window.seen
    assert b"log-pause" in window.seen
