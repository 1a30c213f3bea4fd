"""A cluster whose log a Firehose stream delivers, into a bucket or a search domain."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from aiohttp import web

from mqtail.demo.firehose_objects import object_key
from mqtail.demo.firehose_service import DeliveryStream
from mqtail.demo.server import EmbeddedAws
from mqtail.events import LogEvent
from tests.engine.support import HURRIED, Bench, ago

SOON = replace(HURRIED, object_poll_ms=20, search_poll_ms=20)
STREAM = "clicks-logs"
IDENTIFIER = "01234567-89ab-cdef-0123-456789abcdef"


class StreamTails:
    """A cluster that delivers to a Firehose stream, and tails of that stream alone."""

    def __init__(self, aws: EmbeddedAws) -> None:
        self.aws = aws
        self.bench = Bench(aws)
        aws.kafka.add_cluster("clicks", firehose=STREAM)

    def arguments(self, **changes: Any) -> dict[str, Any]:
        """Settings of a tail of the stream alone."""
        defaults = {"pace": SOON, "since": ago(3600), "destinations": ("firehose",)}
        return defaults | {"kinds": ("broker",)} | changes

    async def history(self, **changes: Any) -> list[LogEvent]:
        """The history in order."""
        return await self.bench.history("clicks", **self.arguments(**changes))

    def following(self, **changes: Any) -> Any:
        """A tail that follows, in order."""
        return self.bench.following("clicks", **self.arguments(**changes))


class Streams(StreamTails):
    """Deliveries into buckets."""

    def add(self, **settings: Any) -> DeliveryStream:
        """Add the stream."""
        return self.aws.firehose.add_stream(STREAM, **settings)

    def deliver(self, stream: DeliveryStream, *texts: str, seconds_ago: float = 100) -> None:
        """Deliver lines in one object, their times a second apart."""
        records = [record(text, ago(seconds_ago - n)) for n, text in enumerate(texts)]
        self.aws.firehose.deliver(stream, records, arrived=ago(seconds_ago))

    def put_backup(self, bucket: str, *texts: str, seconds_ago: float = 100) -> None:
        """Deliver lines into a backup bucket."""
        key = object_key(STREAM, {"bucket": bucket}, ago(seconds_ago), IDENTIFIER)
        body = b"".join(record(text, ago(seconds_ago - n)) for n, text in enumerate(texts))
        self.aws.s3.put_object(bucket, key, body)


class Documents(StreamTails):
    """Deliveries into a search domain."""

    def __init__(self, aws: EmbeddedAws) -> None:
        super().__init__(aws)
        aws.opensearch.add_domain("search")

    def add_stream(self, **settings: Any) -> None:
        """Add the stream."""
        described = {"domain": "search", "index": "clicks"} | settings
        self.aws.firehose.add_stream(STREAM, opensearch=described)  # type: ignore[arg-type]

    def put(self, text: str, time: Any, index: str = "clicks-2026-11-21", **options: Any) -> None:
        """Put a document with a line in it, and its time in the field `timestamp`."""
        self.put_as({"timestamp": time, "broker": 1, "message": warning(text)}, index, **options)

    def put_as(self, document: dict[str, Any], index: str = "clicks-2026-11-21", **o: Any) -> None:
        """Put a document."""
        self.aws.opensearch.put("search", index, document, **o)


def record(text: str, time: int) -> bytes:
    """A record as one JSON object."""
    return json.dumps({"timestamp": time, "broker": 2, "message": warning(text)}).encode()


def warning(text: str) -> str:
    """A line as a broker writes it."""
    return f"[2026-01-01 00:00:00,000] WARN {text} (kafka.server.KafkaServer)"


def texts(events: Iterable[LogEvent]) -> list[str]:
    """What the lines of events say."""
    return [event.message.split(" WARN ")[1].split(" (")[0] for event in events]


@asynccontextmanager
async def answering(answer: Callable[[web.Request, Any], web.Response]) -> AsyncIterator[str]:
    """A server that answers searches, and its URL."""

    async def handle(request: web.Request) -> web.Response:
        return answer(request, json.loads(await request.read()))

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handle)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def hits(*found: dict[str, Any], **members: Any) -> web.Response:
    """A search result."""
    return web.json_response({"hits": {"hits": list(found)}} | members)
