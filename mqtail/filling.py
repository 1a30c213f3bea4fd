"""Filling a store with what logs have, the newest first: that is seen before all is read."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

from mqtail.older import OlderReading
from mqtail.sources.reader import Batch, History, Reader
from mqtail.store import Predicate, Store


class StoreFiller:
    """Reads logs into a store, each on its own.

    Args:
        store: takes the events.
        older: told of each log whose history has been read, and reads on from there.
        wanted: which events `lines` counts.
        lines: how much of the history of each log is read; None: all that was asked for.
    """

    def __init__(
        self, store: Store, older: OlderReading, *, wanted: Predicate, lines: int | None
    ) -> None:
        self._store = store
        self._older = older
        self._wanted = wanted
        self._lines = lines

    async def read(self, reader: Reader, *, end: int | None, follow: bool) -> None:
        """Run a reader: its history backwards, and what arrives as soon as its newest page is in.

        Args:
            end: end of the history, ms, inclusive; None: none.
            follow: whether to read what arrives, for ever.

        Raises:
            ExceptionGroup: of a `ReadFailed`: the reader is not patient and cannot read its log.
        """
        store, following = self._store, False
        async with asyncio.TaskGroup() as tasks:
            async with aclosing(self._history(reader, end)) as pages:
                async for events in pages:
                    store.add(events)
                    if follow and not following:
                        following = True
                        tasks.create_task(reader.follow(self._take))
                    if events and reader.reads_backwards:
                        newest = max(events[-1].timestamp, reader.status.history_to)
                        if newest < store.begin:
                            # The buffer is full of newer ones: nothing that follows is kept.
                            break
            self._older.add(reader)
            if follow and not following:
                tasks.create_task(reader.follow(self._take))

    def _history(self, reader: Reader, end: int | None) -> History:
        if self._lines is None:
            return reader.history_backwards(end)
        return reader.history_newest(end, self._lines, self._wanted)

    async def _take(self, batch: Batch) -> None:
        if batch.new:
            self._store.add(batch.new)
        self._store.grown(batch.grown)
