"""What the tests of recordings share: events, files of them, and how they are read back."""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from mqtail.events import Level, LogEvent, Source
from mqtail.output import JsonFormatter
from mqtail.recordings.files import RecordedFile, opened
from mqtail.recordings.ordered import in_order
from mqtail.recordings.sources import Sources

NOON = 1_795_176_000_000
"""2026-11-20 12:00:00 UTC."""
SOURCE = Source(
    0,
    "orders-mq",
    "mq",
    "general",
    "1",
    log_group="/aws/amazonmq/broker/b-1/general",
    log_stream="activemq-b-1-1.log",
    format="activemq-general",
)


def event(number: int, message: str = "", source: Source = SOURCE, **changes: Any) -> LogEvent:
    """An event, `number` ms after noon."""
    values: dict[str, Any] = {
        "timestamp": NOON + number,
        "ingested": NOON + number + 500,
        "order": number,
        "level": Level.INFO,
        "id": f"id-{number}",
    }
    return LogEvent(source=source, message=message or f"event {number}", **values | changes)


def lines_of(events: Iterable[LogEvent]) -> bytes:
    """The JSON lines of events."""
    return b"".join(map(JsonFormatter().line, events))


def write(path: Path, data: bytes | str) -> str:
    """A file with these contents, compressed if its name says so; gives its path."""
    raw = data.encode() if isinstance(data, str) else data
    path.write_bytes(gzip.compress(raw) if path.suffix == ".gz" else raw)
    return str(path)


def read(*paths: str | Path) -> tuple[list[LogEvent], list[str]]:
    """All events of files in the order in which they are written, and the notes."""
    with opened(tuple(map(str, paths)), Sources()) as files:
        events = [event for file in files for part in file.events() for event in part]
        return events, notes_of(files)


def read_in_order(*paths: str | Path, most: int = 1_000) -> list[LogEvent]:
    """All events of files in time order, at most so many of them held in memory."""
    sources = Sources()
    with opened(tuple(map(str, paths)), sources) as files:
        batches = (part for file in files for part in file.events())
        return list(in_order(batches, sources.all, most))


def notes_of(files: list[RecordedFile]) -> list[str]:
    """What was wrong with files."""
    return [note for file in files for note in file.notes]


def messages(events: Iterable[LogEvent]) -> list[str]:
    """Their texts."""
    return [event.message for event in events]
