"""Reading a log that Firehose delivers to OpenSearch."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from contextlib import aclosing

from mqtail.events import LogEvent
from mqtail.logs import DeliveryStreamLog
from mqtail.sources.objects.brokers import Brokers
from mqtail.sources.objects.records import Piece, piece_of
from mqtail.sources.opensearch.domain import Domain
from mqtail.sources.opensearch.index import Index
from mqtail.sources.ranges import Found, RangeReader
from mqtail.sources.reader import Surroundings
from mqtail.status import ReaderStatus, StreamStatus

OVERLAP_MS = 120_000
"""How far back every round looks."""

DELIVERY_MS = 1_200_000
"""How far back the quicker sweep looks: Firehose keeps records for up to 15 minutes."""


class OpenSearchReader(RangeReader):
    """Reads the documents of an index, each once, by the time that they have.

    When a document came is not known (`ingested` is 0); its id is the event's.

    Args:
        log: the log.
        around: what it shares with the other readers.
        domain: where the documents are.
        index: name of their index.
        rotates: whether the index is rotated.
        status: the status to keep.
    """

    def __init__(
        self,
        log: DeliveryStreamLog,
        around: Surroundings,
        domain: Domain,
        index: str,
        *,
        rotates: bool,
        status: ReaderStatus,
    ) -> None:
        super().__init__(
            log,
            around,
            status,
            poll_ms=around.pace.search_poll_ms,
            overlap_ms=OVERLAP_MS,
            sweeps_ms=tuple(
                (max(back, DELIVERY_MS), every) for back, every in around.pace.sweeps_ms
            ),
        )
        self.index = Index(
            domain,
            index,
            rotates=rotates,
            clients=around.clients,
            status=status,
            retries=self._retries,
        )
        self._oldest: int | None = None
        """Time of the oldest document, ms, once that is known."""
        self._brokers = Brokers(log, "", around=around, status=status, source_of=None)

    @property
    def instances_left_out(self) -> set[str]:
        """Broker instances that are there and were not asked for."""
        return self._brokers.left_out

    @property
    def absence(self) -> str:
        """That there are no documents yet, while that is so."""
        if self.index.has_documents:
            return ""
        return f"{self.status.place}: there are no documents yet."

    async def oldest_first(self, start: int, end: int | None) -> AsyncGenerator[list[Found], None]:
        """See `RangeReader`."""
        async with aclosing(self.index.pages(start, end)) as pages:
            async for found, _ in pages:
                yield found

    async def newest_first(
        self, start: int, end: int | None
    ) -> AsyncGenerator[tuple[list[Found], int], None]:
        """See `RangeReader`."""
        async with aclosing(self.index.pages(start, end, newest_first=True)) as pages:
            async for found, reached in pages:
                # Of that millisecond there may be more.
                yield found, reached + 1 if reached > start else start

    def event(self, found: Found) -> LogEvent | None:
        """The event of a document, by the rules of other JSON records."""
        piece = _piece(found.text)
        source = self._brokers.source(piece, None)
        if source is None:
            return None
        id = found.id.partition("/")[2]
        return LogEvent(found.time, 0, source, 0, piece.text, id=id)

    async def _kept_from(self) -> int:
        if self._oldest is None:
            self._oldest = await self.index.oldest()
        return self._around.clock.now() if self._oldest is None else self._oldest

    def _stream(self, event: LogEvent) -> StreamStatus:
        return self._brokers.streams[event.source.index]


def _piece(text: str) -> Piece:
    try:
        record = json.loads(text)
    except (ValueError, RecursionError):
        record = None
    # A document that is no JSON object is its own text.
    return piece_of(record, text, 0) if isinstance(record, dict) else Piece(text, 0)
