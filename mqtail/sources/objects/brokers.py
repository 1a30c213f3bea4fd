"""The sources of a log in S3: its brokers, numbered, with their counts."""

from __future__ import annotations

from collections.abc import Callable

from mqtail.events import Source
from mqtail.logs import Log
from mqtail.sources.objects.records import Piece
from mqtail.sources.reader import Surroundings
from mqtail.status import ReaderStatus, StreamStatus
from mqtail.targets import same_instance

MOST_SOURCES = 1_000
"""Brokers that are told apart; records may name anything as theirs."""

SourceOf = Callable[[Piece], tuple[str, str | None] | None]
"""Target and instance that a record belongs to; None: it is not wanted."""


class Brokers:
    """Knows the brokers whose events were found.

    Args:
        status: gets a `StreamStatus` for each that is wanted.
        source_of: decides record by record whose it is; None: all are of the log's target.
    """

    def __init__(
        self,
        log: Log,
        bucket: str,
        *,
        around: Surroundings,
        status: ReaderStatus,
        source_of: SourceOf | None,
    ) -> None:
        self._log = log
        self._bucket = bucket
        self._around = around
        self._status = status
        self._source_of = source_of
        self._sources: dict[tuple[str, str | None], Source] = {}
        self.streams: dict[int, StreamStatus] = {}
        """Counts of the sources, by their numbers."""
        self.left_out: set[str] = set()
        """Brokers that are there and were not asked for."""

    def wants(self, instance: str | None) -> bool:
        """Whether a broker is read; None: one that is not known."""
        wanted = self._around.instances
        if not wanted or any(same_instance(name, instance) for name in wanted):
            return True
        if instance is not None and len(self.left_out) < MOST_SOURCES:
            self.left_out.add(instance)
        return False

    def source(self, piece: Piece, instance: str | None) -> Source | None:
        """Where a line or record comes from; None when it is not wanted.

        Args:
            instance: the broker whose object it is in, where the key tells.
        """
        if self._source_of is None:
            owner: tuple[str, str | None] | None = (self._log.target, piece.instance or instance)
        else:
            owner = self._source_of(piece)
        if owner is None:
            return None
        return self._sources.get(owner) or self._added(*owner)

    def _added(self, target: str, instance: str | None) -> Source | None:
        if not self.wants(instance):
            return None
        if len(self._sources) >= MOST_SOURCES:
            instance = None
        log, name = self._log, _name(target, instance)
        known = self._status.streams.get(name)
        if known is None:
            known = self._around.new_stream(log, target, instance, bucket=self._bucket)
            self._status.streams[name] = known
        self._sources[target, instance] = known.source
        self.streams[known.source.index] = known
        return known.source


def _name(target: str, instance: str | None) -> str:
    """What a source is called among those of its log."""
    return target if instance is None else f"Broker-{instance}"
