"""Reading one object from its beginning to its end, some events at a time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from operator import attrgetter

from mqtail.aws.failures import one_line
from mqtail.events import LogEvent
from mqtail.sources.objects.assembling import Assembler
from mqtail.sources.objects.listing import DeliveredObject
from mqtail.sources.objects.problems import Damage, ObjectProblem
from mqtail.sources.objects.records import Piece
from mqtail.sources.objects.splitting import Splitter
from mqtail.sources.retries import ReadFailed

AT_ONCE = 2_000
"""Lines that are worked on before others get their turn; a chunk can have many that are short."""

USUAL_CHARS = 2_500
"""Events longer than this on average are not all held back, so that memory is bounded."""

logger = logging.getLogger(__name__)

_time = attrgetter("timestamp")


class Cursor:
    """The events of an object in time order, as far as its disorder is within a bound.

    Args:
        found: the object.
        url: what it is called, for people.
        chunks: its decompressed bytes.
        assembler: makes its events.
        disorder: by how many events an event may stand behind its place.
    """

    def __init__(
        self,
        found: DeliveredObject,
        url: str,
        chunks: AsyncGenerator[bytes, None],
        assembler: Assembler,
        disorder: int,
    ) -> None:
        self.found = found
        self.ended = False
        """All that can be read of it was."""
        self._at_end = False
        self._failed: Damage | ObjectProblem | None = None
        self._url = url
        self._chunks = chunks
        self._assembler = assembler
        self._disorder = disorder
        self._splitter = Splitter()
        self._pieces: list[Piece] = []
        self._held: list[LogEvent] = []
        self._chars = 0
        """Characters of what is held."""

    @property
    def problem(self) -> ObjectProblem | None:
        """Why it could not be read, or not to its end, once it has ended."""
        if not isinstance(self._failed, Damage):
            return self._failed
        lines = self._assembler.lines
        if not lines:
            return ObjectProblem(f"{self._url} cannot be read: {self._failed}.")
        return ObjectProblem(
            f"{self._url} is damaged after {lines:,} lines: {self._failed}.",
            "What comes before was read.",
        )

    @property
    def unfinished(self) -> bool:
        """Whether it is to be read on later, from behind the lines that were read."""
        return isinstance(self._failed, ObjectProblem) and self._failed.aside

    @property
    def lines(self) -> int:
        """Lines or records that were read; without the last where that may be incomplete."""
        lines = self._assembler.lines
        return lines - bool(self._failed and lines and not self.unfinished)

    async def next(self) -> list[LogEvent]:
        """The next events; none: it is at its end."""
        most = self._disorder * USUAL_CHARS
        while not self.ended and len(self._held) <= self._disorder and self._chars <= most:
            try:
                await self._read()
            except ReadFailed:
                raise
            except Exception as error:
                await self._give_up(error)
        if self.ended:
            return self._take(len(self._held))
        ready, chars = max(0, len(self._held) - self._disorder), self._chars
        while chars > most and ready < len(self._held):
            chars -= len(self._held[ready].message)
            ready += 1
        return self._take(ready)

    def rest(self) -> list[LogEvent]:
        """What was read and not given."""
        self._hold(self._assembler.take(self._pieces) + self._assembler.finish())
        self._pieces = []
        return self._take(len(self._held))

    async def close(self) -> None:
        """End the reading, wherever it is."""
        self.ended = True
        await self._chunks.aclose()

    async def _read(self) -> None:
        """Take a few lines, of the next chunk where there are none."""
        if self._pieces:
            await asyncio.sleep(0)
        else:
            await self._read_chunk()
        part, self._pieces = self._pieces[:AT_ONCE], self._pieces[AT_ONCE:]
        self._hold(self._assembler.take(part))
        if self._at_end and not self._pieces:
            self._hold(self._assembler.finish())
            self.ended = True

    async def _read_chunk(self) -> None:
        try:
            data = await anext(self._chunks, None)
        except (Damage, ObjectProblem) as problem:
            data, self._failed = None, problem
        if data is None:
            self._at_end = True
            # The rest of a line comes with the line when it is read on.
            self._pieces = [] if self.unfinished else self._splitter.finish()
        else:
            self._pieces = self._splitter.feed(data)

    async def _give_up(self, error: Exception) -> None:
        """End at an error that is not foreseen: it must not strike the other objects."""
        logger.error("Reading %s failed", self._url, exc_info=error)
        line, reason = self._assembler.lines, f"{type(error).__name__}: {one_line(error)}"
        self._failed = ObjectProblem(
            f"{self._url} cannot be read on from line {line:,}: {reason}.",
            "This is an error in mqtail; the other objects are read.",
        )
        self._pieces = []
        self._hold(self._assembler.finish())
        await self.close()

    def _hold(self, events: list[LogEvent]) -> None:
        self._held += events
        self._held.sort(key=_time)
        self._chars += _chars(events)

    def _take(self, count: int) -> list[LogEvent]:
        taken, self._held = self._held[:count], self._held[count:]
        self._chars -= _chars(taken)
        return taken


def _chars(events: list[LogEvent]) -> int:
    return sum(len(event.message) for event in events)
