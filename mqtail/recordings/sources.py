"""The sources of recorded events: one value for each, shared by all its events."""

from __future__ import annotations

from itertools import count
from typing import NamedTuple

from mqtail.events import Source


class Origin(NamedTuple):
    """What tells one source from another; the fields are those of `Source`."""

    target: str
    service: str
    kind: str
    instance: str | None
    destination: str
    log_group: str
    log_stream: str
    bucket: str
    format: str


class Sources:
    """Makes a `Source` of each origin, once."""

    def __init__(self) -> None:
        self._by_origin: dict[Origin, Source] = {}
        self.all: list[Source] = []
        """By their index."""
        self.orders = count()
        """Numbers for their events, see `LogEvent.order`."""

    def of(self, origin: Origin) -> Source:
        """The source of an origin."""
        source = self._by_origin.get(origin)
        if source is None:
            source = self._by_origin[origin] = Source(len(self.all), **origin._asdict())
            self.all.append(source)
        return source
