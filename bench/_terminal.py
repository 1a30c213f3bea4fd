"""Runs a part of a bench program on a pseudo-terminal of its own, and gives what it found out."""

from __future__ import annotations

import os
import pty
import termios
import threading
import time
from collections.abc import Callable
from contextlib import suppress

SIZE = (50, 160)
"""Rows and columns of the terminal."""


def on_terminal(child: Callable[[int], None]) -> str:
    """What a program writes to the file descriptor that it is given.

    It runs in a process of its own, on a terminal that is read all the time.
    """
    figures, out = os.pipe()
    process, terminal = pty.fork()
    if not process:
        os.close(figures)
        threading.Thread(target=_end_with, args=[os.getppid()], daemon=True).start()
        child(out)
        # What the parent has open, a server for example, is the parent's to close.
        os._exit(0)
    os.close(out)
    termios.tcsetwinsize(terminal, SIZE)
    threading.Thread(target=_drain, args=[terminal], daemon=True).start()
    with os.fdopen(figures) as file:
        text = file.read()
    os.waitpid(process, 0)
    return text


def _end_with(parent: int) -> None:
    """End when the parent process has."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


def _drain(terminal: int) -> None:
    """Read what the program writes, as a terminal does."""
    with suppress(OSError):
        while os.read(terminal, 65536):
            pass
