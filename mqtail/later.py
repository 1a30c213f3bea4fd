"""What takes a while to make, made in a thread while the event loop goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from threading import Lock
from typing import Generic, TypeVar

from mqtail.unwaited import UnwaitedThread

_T = TypeVar("_T")


class Later(Generic[_T]):
    """Something that a function makes when it is first needed, once.

    Args:
        make: makes it; it may block, and raise what `ready` and `wait` raise then, every time.
    """

    def __init__(self, make: Callable[[], _T]) -> None:
        self._maker = make
        self._lock = Lock()
        self._future: Future[_T] | None = None

    @property
    def made(self) -> _T | None:
        """What was made; None: nothing yet."""
        future = self._future
        if future is None or not future.done() or future.exception() is not None:
            return None
        return future.result()

    def make(self) -> _T:
        """Make it in this thread, where nobody has begun to."""
        with self._lock:
            if self._future is None:
                self._future = _running()
                self._run(self._future)
        return self.wait()

    async def ready(self) -> _T:
        """What is made; the event loop goes on meanwhile."""
        return await asyncio.wrap_future(self._begun())

    def wait(self) -> _T:
        """What is made; blocks until then."""
        return self._begun().result()

    def _begun(self) -> Future[_T]:
        with self._lock:
            if self._future is None:
                self._future = _running()
                making = partial(self._run, self._future)
                UnwaitedThread(making, name="later").start()
        return self._future

    def _run(self, future: Future[_T]) -> None:
        try:
            made = self._maker()
        except BaseException as error:
            future.set_exception(error)
        else:
            future.set_result(made)


def _running() -> Future[_T]:
    # Such a future cannot be cancelled by one who gives up waiting for it.
    future: Future[_T] = Future()
    future.set_running_or_notify_cancel()
    return future
