"""The embedded AWS in a thread of its own, for synchronous programs and for the demo."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from types import TracebackType
from typing import ParamSpec, Self, TypeVar

from mqtail.demo.server import EmbeddedAws

_P = ParamSpec("_P")
_T = TypeVar("_T")


class EmbeddedAwsThread:
    """Runs a server in a thread with an event loop of its own.

        with EmbeddedAwsThread(EmbeddedAws(story=True)) as server:
            client = boto3.client("logs", endpoint_url=server.url)

    Args:
        aws: the server; its parts may be used directly before the start, later through `run`.
        port: where to listen; 0: a free port.
    """

    def __init__(self, aws: EmbeddedAws | None = None, *, port: int = 0) -> None:
        self.aws = aws or EmbeddedAws()
        self.port = port
        self.url = ""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._ready = threading.Event()
        self._failure: BaseException | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the thread; returns when the server answers.

        Raises:
            OSError: the port is taken.
        """
        self._ready.clear()
        self._failure = None
        self._thread = threading.Thread(target=self._main, name="embedded-aws", daemon=True)
        self._thread.start()
        self._ready.wait()
        if self._failure is not None:
            self._join()

    def stop(self) -> None:
        """Stop the server and wait for the thread. Nothing happens if it is not running."""
        if self._loop is not None and self._stop is not None:
            self._loop.call_soon_threadsafe(self._stop.set)
        self._join()

    def run(self, function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """Call a function in the server's thread, between two requests, and give its result.

        Raises:
            RuntimeError: the server is not running.
        """
        if self._loop is None:
            raise RuntimeError("The embedded AWS is not running.")

        async def call() -> _T:
            return function(*args, **kwargs)

        return asyncio.run_coroutine_threadsafe(call(), self._loop).result()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _join(self) -> None:
        """Wait for the thread's end, and raise what it ended with."""
        if self._thread is not None:
            self._thread.join()
        self._thread = self._loop = self._stop = None
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure

    def _main(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:
            self._failure = error
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        stop = asyncio.Event()
        await self.aws.start(port=self.port)
        self.url = self.aws.url
        self._loop, self._stop = asyncio.get_running_loop(), stop
        self._ready.set()
        try:
            await stop.wait()
        finally:
            await self.aws.stop()
