"""Writing to a stream that may be slow, without holding up the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, BinaryIO


class Writer:
    """Writes bytes in a thread, so that a slow reader of a pipe holds up nothing else.

    Args:
        stream: where to write.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream
        self.problem: OSError | None = None
        """Why nothing can be written any more: what is given from then on is dropped."""

    async def write(self, data: bytes) -> None:
        """Write and flush."""
        if self.problem is None:
            await asyncio.to_thread(self._write, data)

    def _write(self, data: bytes) -> None:
        try:
            self.stream.write(data)
            self.stream.flush()
        except OSError as error:
            self.problem = error


async def to_the_end(work: Coroutine[Any, Any, None]) -> None:
    """Do work; cancelled, do it to its end nevertheless."""
    doing = asyncio.create_task(work)
    try:
        await asyncio.shield(doing)
    except asyncio.CancelledError:
        await doing
        raise
