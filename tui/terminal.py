"""The terminal that the application runs in, which can go away at any moment."""

from __future__ import annotations

import asyncio
import signal
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TextIO

from textual.drivers.linux_driver import LinuxDriver

from mqtail.stdio import is_gone

if TYPE_CHECKING:
    from textual.app import App

LOOK_S = 1
"""Seconds between two looks at whether the terminal is still there."""


class TerminalDriver(LinuxDriver):
    """Drives a terminal; ends the application in order when the terminal is gone.

    Textual writes from a thread. A write that fails would end the thread, and the application would
    wait for ever to hand over what comes next: no signal could end it.

    Args:
        app: the application.
        options: as Textual's own driver takes them.
    """

    def __init__(self, app: App[Any], **options: Any) -> None:
        super().__init__(app, **options)
        self._file: Any = _Output(self._file)


class _Output:
    """Takes what is written to a terminal, also when that has gone.

    Args:
        file: the terminal.
    """

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._gone = False

    def write(self, text: str) -> None:
        """Write to the terminal."""
        if not self._gone:
            try:
                self._file.write(text)
            except OSError:
                self._hang_up()

    def flush(self) -> None:
        """Write what is held back."""
        if not self._gone:
            try:
                self._file.flush()
            except OSError:
                self._hang_up()

    def fileno(self) -> int:
        """The number of the file."""
        return self._file.fileno()

    def isatty(self) -> bool:
        """Whether it is a terminal."""
        return self._file.isatty()

    def _hang_up(self) -> None:
        """Tell the application as the system does; not every process is told by it."""
        self._gone = True
        signal.raise_signal(signal.SIGHUP)


def leave_on_signals(app: App[Any]) -> None:
    """End an application in order, with the terminal as it was, when asked to from outside."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGHUP):
        with suppress(NotImplementedError, RuntimeError, ValueError):
            loop.add_signal_handler(number, app.exit)


def leave_without_terminal(app: App[Any]) -> None:
    """End an application in order where its terminal has gone.

    Writing to it tells of that only when there is news to show.
    """

    def look() -> None:
        if is_gone(sys.__stdin__):
            app.exit()

    app.set_interval(LOOK_S, look)
