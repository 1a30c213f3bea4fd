"""Events for the widgets to show."""

from __future__ import annotations

from itertools import count

import pytest

from mqtail.events import Level, LogEvent, Source

START = 1_795_000_000_000
"""The moment that the times of the events count from, ms."""


class EventFactory:
    """Makes events of one source, each a second after the one before."""

    def __init__(self) -> None:
        self.source = Source(0, "orders", "mq", "general", "1", log_group="/g", log_stream="s-1")
        self._order = count(1)

    def one(
        self,
        message: str = "",
        *,
        at: float | None = None,
        level: Level = Level.INFO,
        late: bool = False,
        source: Source | None = None,
    ) -> LogEvent:
        """An event `at` seconds after the start; its message is its number unless given."""
        order = next(self._order)
        timestamp = START + int((order if at is None else at) * 1000)
        return LogEvent(
            timestamp,
            timestamp + (20_000 if late else 500),
            source or self.source,
            order,
            message or f"event {order}",
            level,
            late=late,
        )

    def many(self, number: int) -> list[LogEvent]:
        """So many events, a second apart."""
        return [self.one() for _ in range(number)]


@pytest.fixture
def factory() -> EventFactory:
    """A fresh factory."""
    return EventFactory()
