"""A session without AWS, and the application on top of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import count

import pytest

from mqtail.events import Level, LogEvent, Source
from mqtail.settings import Settings
from mqtail.status import ReaderStatus, State, StreamStatus
from mqtail.store import Store
from tui.app import MqtailApp
from widgets.filter_bar import FilterBar

NOW = 1_795_000_000_000
"""The time of the tests, ms: 2026-11-18 11:06:40 UTC."""


@pytest.fixture(autouse=True)
def eager_filter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half-typed filters are passed on at the next turn, so that no test waits."""
    monkeypatch.setattr(FilterBar, "SETTLE_S", 0.001)


class FakeSession:
    """A session whose store a test fills; it reads nothing and ends when told to."""

    def __init__(self) -> None:
        self.store = Store(10_000)
        self.readers: list[ReaderStatus] = []
        self.notes: list[str] = []
        self.phase = "reading"
        self.read_now_calls = 0
        self.ended_by: BaseException | None = None
        self.end = asyncio.Event()
        self.cancelled = False
        self._order = count(1)
        self._sources = count()

    def add_reader(
        self, target: str = "orders", kind: str = "general", instances: str = "12"
    ) -> ReaderStatus:
        """A log group of a target, with a log stream for each instance."""
        reader = ReaderStatus(target, "mq", kind, f"/aws/amazonmq/broker/b-1/{kind}", State.LIVE)
        for instance in instances:
            stream = f"activemq-b-1-{instance}.log"
            source = Source(
                next(self._sources), target, "mq", kind, instance, "", reader.log_group, stream
            )
            reader.streams[stream] = StreamStatus(source)
        self.readers.append(reader)
        return reader

    def event(
        self,
        message: str = "",
        *,
        reader: int = 0,
        instance: str = "1",
        level: Level = Level.INFO,
        at: int | None = None,
        late: bool = False,
    ) -> LogEvent:
        """An event of a reader's stream, `at` ms; not yet in the store."""
        order = next(self._order)
        status = self.readers[reader]
        streams = status.streams.values()
        stream = next(stream for stream in streams if stream.source.instance == instance)
        timestamp = NOW - 100_000 + order * 10 if at is None else at
        event = LogEvent(
            timestamp,
            timestamp + (20_000 if late else 500),
            stream.source,
            order,
            message or f"event {order}",
            level,
            event_id=f"id-{order}",
            late=late,
        )
        stream.count(event)
        status.late += late
        return event

    def add(self, *messages: str, instance: str = "1", reader: int = 0) -> None:
        """Put events with these messages into the store."""
        self.store.add([self.event(text, instance=instance, reader=reader) for text in messages])

    async def run(self) -> None:
        """Wait until the test ends the session."""
        try:
            await self.end.wait()
        except asyncio.CancelledError:
            self.cancelled = True
            raise
        if self.ended_by is not None:
            raise self.ended_by

    def read_now(self) -> None:
        """Count the wishes."""
        self.read_now_calls += 1


@pytest.fixture
def session() -> FakeSession:
    """A session with a general and an audit log of two instances, and no events."""
    session = FakeSession()
    session.add_reader()
    session.add_reader(kind="audit")
    return session


@pytest.fixture
def make_app(session: FakeSession) -> Callable[..., MqtailApp]:
    """Builds the application on the session, at a fixed time."""

    def make(settings: Settings | None = None) -> MqtailApp:
        return MqtailApp(session, settings or Settings(), now=lambda: NOW)

    return make
