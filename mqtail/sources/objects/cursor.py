"""Reading one object from its beginning to its end, some events at a time."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from operator import attrgetter

from mqtail.events import LogEvent
from mqtail.sources.objects.assembling import Assembler
from mqtail.sources.objects.listing import DeliveredObject
from mqtail.sources.objects.problems import Damage, ObjectProblem
from mqtail.sources.objects.splitting import Splitter

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
        self.problem: ObjectProblem | None = None
        """Why it could not be read, or not to its end."""
        self.ended = False
        self._url = url
        self._chunks = chunks
        self._assembler = assembler
        self._disorder = disorder
        self._splitter = Splitter()
        self._held: list[LogEvent] = []

    @property
    def lines(self) -> int:
        """Lines or records that were read; without the last where that may be incomplete."""
        return self._assembler.lines - bool(self.problem and self._assembler.lines)

    async def next(self) -> list[LogEvent]:
        """The next events; none: it is at its end."""
        while not self.ended and len(self._held) <= self._disorder:
            await self._read()
        ready = len(self._held) if self.ended else len(self._held) - self._disorder
        return self._take(ready)

    def rest(self) -> list[LogEvent]:
        """What was read and not given."""
        self._held += self._assembler.finish()
        self._held.sort(key=_time)
        return self._take(len(self._held))

    async def close(self) -> None:
        """End the reading, wherever it is."""
        self.ended = True
        await self._chunks.aclose()

    async def _read(self) -> None:
        try:
            data = await anext(self._chunks, None)
        except Damage as damage:
            self._end()
            self.problem = ObjectProblem(
                f"{self._url} is damaged after {self._assembler.lines:,} lines: {damage}.",
                "What comes before was read.",
            )
        except ObjectProblem as problem:
            self._end()
            self.problem = problem
        else:
            if data is None:
                self._end()
            else:
                self._held += self._assembler.take(self._splitter.feed(data))
        self._held.sort(key=_time)

    def _end(self) -> None:
        self._held += self._assembler.take(self._splitter.finish()) + self._assembler.finish()
        self.ended = True

    def _take(self, count: int) -> list[LogEvent]:
        taken, self._held = self._held[:count], self._held[count:]
        return taken
