"""Processes of their own for what a bench program must not measure, and what processes cost."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def started(target: Callable[..., None], *arguments: Any) -> Iterator[None]:
    """Run a function in a fresh process, which is ended afterwards."""
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=target, args=arguments, daemon=True)
    process.start()
    try:
        yield
    finally:
        process.terminate()
        process.join()


@contextmanager
def serving(target: Callable[..., None], *arguments: Any) -> Iterator[str]:
    """Run a server as `started` does; gives the URL that it sends through its last argument."""
    here, there = multiprocessing.Pipe()
    with started(target, *arguments, there):
        yield here.recv()


def cpu_s(process: int) -> float:
    """CPU seconds of a process so far, all its threads together (proc(5): utime and stime)."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
