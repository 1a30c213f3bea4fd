"""The bytes of an object, taken as they are needed."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator

from mqtail.sources.objects.problems import Damage

SOME = 32 * 1024
"""Bytes that are given at once where any number will do."""


class Source:
    """Bytes that come in chunks, to be taken in other portions.

    Args:
        chunks: where they come from.
    """

    def __init__(self, chunks: AsyncIterator[bytes]) -> None:
        self._chunks = chunks
        self._buffer = b""
        self._at = 0

    async def peek(self, count: int) -> bytes:
        """The next bytes, which stay there; fewer at the end."""
        while len(self._buffer) - self._at < count:
            more = await anext(self._chunks, b"")
            if not more:
                break
            self._buffer = self._buffer[self._at :] + more
            self._at = 0
        return self._buffer[self._at : self._at + count]

    async def take(self, count: int) -> bytes:
        """So many bytes.

        Raises:
            Damage: there are fewer.
        """
        parts: list[bytes] = []
        while count:
            part = await self.some(count)
            if not part:
                raise Damage("it is cut off")
            parts.append(part)
            count -= len(part)
        return b"".join(parts)

    async def some(self, most: int = SOME) -> bytes:
        """As many bytes as are at hand; none: it is the end."""
        if self._at == len(self._buffer):
            self._buffer, self._at = await anext(self._chunks, b""), 0
        part = self._buffer[self._at : self._at + most]
        self._at += len(part)
        return part

    def give_back(self, data: bytes) -> None:
        """Put back what was taken last and is not needed."""
        self._at -= len(data)

    async def part(self, count: int, most: int) -> AsyncGenerator[bytes, None]:
        """So many bytes, at most `most` at a time.

        Raises:
            Damage: there are fewer.
        """
        while count:
            part = await self.some(min(most, count))
            if not part:
                raise Damage("it is cut off")
            count -= len(part)
            yield part

    async def chunks(self, most: int) -> AsyncGenerator[bytes, None]:
        """All bytes that are left, at most `most` at a time."""
        while part := await self.some(most):
            yield part
