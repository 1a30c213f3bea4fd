"""Threads that the end of the program does not wait for."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress


class UnwaitedThread(threading.Thread):
    """Runs a function that may take long to return: it loads modules, or asks AWS.

    Args:
        run: the function.
        name: name of the thread.
    """

    def __init__(self, run: Callable[[], object], name: str) -> None:
        super().__init__(target=run, name=name, daemon=True)


def end_at_once(code: int) -> None:
    """Where such a thread is still at work, end the process now; to be called last of all.

    The interpreter's own end takes away what the thread uses, as the TLS library: that can crash.

    Args:
        code: the exit code.
    """
    if any(isinstance(thread, UnwaitedThread) for thread in threading.enumerate()):
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError, AttributeError):
                stream.flush()
        os._exit(code)
