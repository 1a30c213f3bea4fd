"""A session without AWS, and the application on top of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import count

import pytest

from mqtail.events import Level, LogEvent, Source
from mqtail.settings import Settings
from mqtail.status import OlderHistory, OlderState, ReaderStatus, State, StreamStatus
from mqtail.store import Store
from mqtail.targets import Target
from tests.tui.checkups import Checkups
from tui.app import MqtailApp, Tailing
from tui.preferences import Preferences
from widgets.filter.bar import FilterBar

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
        self.targets: list[Target] = []
        self.readers: list[ReaderStatus] = []
        self.notes: list[str] = []
        self.phase = "reading"
        self.older = OlderHistory()
        self.now = NOW
        self.progress: float | None = None
        self.read_now_calls = 0
        self.read_older_calls = 0
        self.also_read: list[ReaderStatus] = []
        self.ended_by: BaseException | None = None
        self.end = asyncio.Event()
        self.cancelled = False
        self._order = count(1)
        self._sources = count()

    def add_reader(
        self, target: str = "orders", kind: str = "general", instances: str = "12"
    ) -> ReaderStatus:
        """A log group of a target, with a log stream for each instance."""
        group = f"/aws/amazonmq/broker/b-1/{kind}"
        reader = ReaderStatus(target, "mq", kind, group, state=State.LIVE)
        for instance in instances:
            stream = f"activemq-b-1-{instance}.log"
            self._add_stream(reader, stream, instance=instance, log_group=group, log_stream=stream)
        self.readers.append(reader)
        return reader

    def add_cluster(
        self,
        name: str = "clicks",
        *,
        read: tuple[str, ...] = ("cloudwatch",),
        brokers: tuple[str, ...] = ("1", "2", "3"),
    ) -> None:
        """A cluster that delivers its broker log everywhere; it is read from some places."""
        places = {
            "cloudwatch": f"/aws/msk/{name}",
            "s3": f"s3://{name}-logs/msk",
            "firehose": f"Firehose stream {name}-logs",
        }
        for destination, place in places.items():
            reader = ReaderStatus(name, "msk", "broker", place, destination, State.AVAILABLE)
            self.readers.append(reader)
            if destination in read:
                reader.state = State.LIVE
                bucket = f"{name}-logs" if destination == "s3" else ""
                for broker in brokers:
                    stream = f"{name}-Broker-{broker}"
                    self._add_stream(
                        reader, stream, instance=broker, destination=destination, bucket=bucket,
                        format="kafka",
                    )  # fmt: skip

    def add_api_calls(self, *targets: str) -> ReaderStatus:
        """The API calls that concern these targets, in one reader."""
        place, kind = "CloudTrail event history", "api"
        reader = ReaderStatus("cloudtrail", "cloudtrail", kind, place, "cloudtrail", State.LIVE)
        for target in targets:
            self._add_stream(
                reader, target, target=target, destination="cloudtrail", format="cloudtrail"
            )
        self.readers.append(reader)
        return reader

    def _add_stream(self, reader: ReaderStatus, name: str, target: str = "", **values: str) -> None:
        source = Source(
            next(self._sources), target or reader.target, reader.service, reader.kind, **values
        )
        reader.streams[name] = StreamStatus(source)

    def event(
        self,
        message: str = "",
        *,
        reader: int = 0,
        target: str = "",
        instance: str | None = "1",
        level: Level = Level.INFO,
        at: int | None = None,
        late: bool = False,
    ) -> LogEvent:
        """An event of a reader's stream, `at` ms; not yet in the store."""
        order = next(self._order)
        status = self.readers[reader]
        streams = status.streams.values()
        stream = next(
            stream
            for stream in streams
            if stream.source.instance == instance and target in ("", stream.source.target)
        )
        timestamp = NOW - 100_000 + order * 10 if at is None else at
        event = LogEvent(
            timestamp,
            # CloudTrail does not tell when it took a call in.
            timestamp + (20_000 if late else 500) if stream.source.service != "cloudtrail" else 0,
            stream.source,
            order,
            message or f"event {order}",
            level,
            id=f"id-{order}",
            late=late,
        )
        stream.count([event])
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

    def read_older(self) -> None:
        """Count the wishes; reading goes on for ever."""
        self.read_older_calls += 1
        self.older.state = OlderState.READING

    def read_also(self, status: ReaderStatus) -> None:
        """Remember the wish; the log has two streams at once."""
        self.also_read.append(status)
        status.state = State.LIVE
        for broker in "12":
            self._add_stream(
                status, f"Broker-{broker}", instance=broker, destination=status.destination
            )


@pytest.fixture
def session() -> FakeSession:
    """A session with a general and an audit log of two instances, and no events."""
    session = FakeSession()
    session.add_reader()
    session.add_reader(kind="audit")
    return session


@pytest.fixture
def checkups() -> Checkups:
    """Runs of the setup check that find what a test gives."""
    return Checkups()


@pytest.fixture
def make_app(session: FakeSession, checkups: Checkups) -> Callable[..., MqtailApp]:
    """Builds the application on the session, at a fixed time."""

    def make(settings: Settings | None = None, preferences: Preferences | None = None) -> MqtailApp:
        tailing = Tailing(session, settings or Settings(), checkups)
        return MqtailApp(tailing, preferences=preferences, now=lambda: NOW)

    return make
