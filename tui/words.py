"""The values that fields of the filter have in what is read, to complete what is typed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice

from mqtail.events import LogEvent
from mqtail.formats import parse
from tui.session import TailSession

LATEST = 2_000
"""Events, the newest, that are looked through for loggers, threads and users."""


class Words:
    """Finds the values of fields.

    Args:
        session: what reads the logs.
    """

    def __init__(self, session: TailSession) -> None:
        self._session = session

    def of(self, field: str) -> Sequence[str]:
        """The values of a field of the filter language; empty where nobody knows them."""
        if field in ("logger", "thread", "user"):
            return _distinct(getattr(parse(event), field) or "" for event in self._latest())
        sources = [
            stream.source for reader in self._session.readers for stream in reader.streams.values()
        ]
        if field in ("target", "kind", "instance"):
            return _distinct(getattr(source, field) or "" for source in sources)
        if field == "source":
            return _distinct(source.destination for source in sources)
        if field == "group":
            return _distinct(source.log_group for source in sources)
        return _distinct(source.log_stream for source in sources) if field == "stream" else ()

    def _latest(self) -> Iterable[LogEvent]:
        return islice(reversed(self._session.store), LATEST)


def _distinct(values: Iterable[str]) -> list[str]:
    return sorted(set(filter(None, values)))
