"""The terminal that the application runs in, which can go away at any moment."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Any, TextIO

from textual.drivers.linux_driver import LinuxDriver

if TYPE_CHECKING:
    from textual.app import App


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
