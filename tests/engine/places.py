"""The destinations of logs in virtual time: where events are put, and a tail that shows them."""

from __future__ import annotations

import gzip
import json
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from mqtail.aws.signin import SignIn
from mqtail.demo.cloudtrail_service import iso_seconds
from mqtail.demo.server import EmbeddedAws
from mqtail.engine import Tail
from mqtail.events import LogEvent
from mqtail.settings import Pace, Settings
from mqtail.status import ReaderStatus
from tests.engine.deliveries import STREAM as DELIVERY_STREAM
from tests.engine.deliveries import warning
from tests.engine.kafka import BUCKET, kafka_line
from tests.engine.support import GROUP, STREAM, running
from tests.engine.virtual import Times

PACE = Pace(poll_ms=6_000, idle_poll_ms=6_000, search_poll_ms=15_000, object_poll_ms=20_000)
"""As in earnest, but that it looks less often for what is new: hours pass sooner."""


class Place(ABC):
    """Somewhere that events are read from.

    Args:
        aws: has it.
    """

    settings: dict[str, Any] = {}  # noqa: RUF012  # read only
    """What a tail of it alone is asked for."""

    def __init__(self, aws: EmbeddedAws) -> None:
        self.aws = aws

    @abstractmethod
    def put(self, text: str, time: int, visible: int) -> None:
        """Put an event of a time there that is found from a moment on, both ms."""

    def text(self, event: LogEvent) -> str:
        """What was put there as an event."""
        return event.message


class InLogGroup(Place):
    """CloudWatch Logs."""

    settings = {"targets": (GROUP,)}  # noqa: RUF012

    def put(self, text: str, time: int, visible: int) -> None:
        """As an event of that ingestion time."""
        self.aws.logs.put(GROUP, STREAM, [(time, text)], ingested=visible)


class InEventHistory(Place):
    """CloudTrail's event history."""

    settings = {"targets": ("cloudtrail",)}  # noqa: RUF012

    def put(self, text: str, time: int, visible: int) -> None:
        """As an API call."""
        record = {"eventSource": "kafka.amazonaws.com", "eventTime": iso_seconds(time)}
        self.aws.cloudtrail.put(record | {"eventName": text}, visible=visible)

    def text(self, event: LogEvent) -> str:
        """The name of the call."""
        name: str = json.loads(event.message)["eventName"]
        return name


class InDomain(Place):
    """A search domain that Firehose delivers to."""

    settings = {"targets": ("clicks",), "destinations": ("firehose",), "kinds": ("broker",)}  # noqa: RUF012

    def __init__(self, aws: EmbeddedAws) -> None:
        super().__init__(aws)
        aws.kafka.add_cluster("clicks", firehose=DELIVERY_STREAM)
        aws.opensearch.add_domain("search")
        destination: Any = {"domain": "search", "index": "clicks"}
        aws.firehose.add_stream(DELIVERY_STREAM, opensearch=destination)
        self.put("the first", aws.clock() - 86_400_000, aws.clock())

    def put(self, text: str, time: int, visible: int) -> None:
        """As a document."""
        document = {"timestamp": time, "broker": 1, "message": warning(text)}
        self.aws.opensearch.put("search", "clicks-2026-11-21", document, visible=visible)

    def text(self, event: LogEvent) -> str:
        """What the line says."""
        return event.message.split(" WARN ")[1].split(" (")[0]


class InBucket(Place):
    """A bucket that Amazon MSK delivers to."""

    settings = {"targets": ("clicks",), "destinations": ("s3",), "kinds": ("broker",)}  # noqa: RUF012

    def __init__(self, aws: EmbeddedAws) -> None:
        super().__init__(aws)
        aws.s3.create_bucket(BUCKET)
        self._cluster = aws.kafka.add_cluster("clicks", s3=(BUCKET, "msk"))
        self._count = 0

    def put(self, text: str, time: int, visible: int) -> None:
        """As an object of one line."""
        self._count += 1
        key = self._cluster.object_key(1, time, f"{self._count:08x}")
        body = gzip.compress(f"{kafka_line(time, text)}\n".encode())
        self.aws.s3.put_object(BUCKET, key, body, modified=visible, visible=visible)

    def text(self, event: LogEvent) -> str:
        """What the line says."""
        return event.message.split(" INFO ")[1].split(" (")[0]


class Shown:
    """A tail that runs, and what was put where it reads.

    Attributes:
        times: the clocks.
        place: where it reads.
    """

    def __init__(self, times: Times, place: Place, tail: Tail) -> None:
        self.times = times
        self.place = place
        self.tail = tail
        self.expected: list[str] = []

    @property
    def status(self) -> ReaderStatus:
        """The status of its reader."""
        (status,) = self.tail.readers
        return status

    @property
    def texts(self) -> list[str]:
        """What is shown, in order."""
        return [self.place.text(event) for event in self.tail.store]

    def put(self, text: str, *, late_s: float = 0, ago_s: float = 0) -> None:
        """Put an event that is to be shown.

        Args:
            late_s: how long after its time it is found; less than 0: it is dated in the future.
            ago_s: how long ago it could be found first.
        """
        visible = self.times.service() - int(ago_s * 1000)
        self.place.put(text, visible - int(late_s * 1000), visible)
        self.expected.append(text)

    def check(self) -> None:
        """All that was put there is shown, each once."""
        expected, found = Counter(self.expected), Counter(self.texts)
        lost, twice = [*(expected - found)], [*(found - expected)]
        assert not lost, f"{len(lost)} lost: {lost[:9]}"
        assert not twice, f"{len(twice)} twice: {twice[:9]}"


@asynccontextmanager
async def tailing(
    where: type[Place], *, machine_ahead_s: float = 0, before: tuple[str, ...] = (), **changes: Any
) -> AsyncIterator[Shown]:
    """A tail of a place, in a virtual loop.

    Args:
        where: the place.
        machine_ahead_s: how far the machine's clock is ahead.
        before: events of the five minutes before the start.
        changes: of the settings.
    """
    times = Times(machine_ahead_s=machine_ahead_s)
    async with EmbeddedAws(clock=times.service) as aws:
        place = where(aws)
        settings = Settings(**({"pace": PACE} | place.settings | changes))
        sign_in = SignIn(region=aws.region, endpoint_url=aws.url, account=aws.account)
        shown = Shown(times, place, Tail(settings, sign_in, clock=times.clock()))
        for row, text in enumerate(before):
            shown.put(text, ago_s=300 * (row + 1) // (len(before) + 1))
        async with running(shown.tail.run()):
            yield shown
