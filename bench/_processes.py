"""Processes of their own for what a bench program must not measure with the rest."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
