"""Events out of JSON: the lines that mqtail writes, and what the AWS CLI prints."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from mqtail import formats
from mqtail.events import Level, LogEvent, Source
from mqtail.recordings.sources import Origin, Sources
from mqtail.targets import instance_of

FILE = "file"
"""Destination of events whose file does not say where they were read."""

NO_EVENT = (ValueError, TypeError, RecursionError)
"""What is raised for a text that is no event; the last for JSON that is nested without end."""

_LAST_SECOND = 253_402_214_400
"""What a datetime can hold, a day of room for time zones."""

Number = Annotated[int, Meta(ge=0, le=2**53)]

_LOGS = {
    "activemq-general": ("mq", "general"),
    "activemq-audit": ("mq", "audit"),
    "rabbitmq": ("mq", "general"),
    "rabbitmq-report": ("mq", "general"),
    "kafka": ("msk", "broker"),
    "cloudtrail": ("cloudtrail", "api"),
}
"""Service and kind of the log whose lines have a format."""


class Record(Struct, gc=False):
    """An event as a JSON object has it: mqtail's own keys, or those of CloudWatch Logs."""

    timestamp: int | str
    message: str
    ingested: int | str | None = None
    target: str = ""
    service: str = ""
    kind: str = ""
    instance: str | None = None
    source: str = ""
    level: str | UnsetType | None = UNSET
    joined: Number = 0
    log_group: str | None = None
    log_stream: str | None = None
    bucket: str = ""
    key: str = ""
    line: Number = 0
    event_id: str | None = None
    late: bool = False
    format: str = ""
    stream_name: str = msgspec.field(default="", name="logStreamName")
    ingestion_time: int = msgspec.field(default=0, name="ingestionTime")
    cloudwatch_id: str = msgspec.field(default="", name="eventId")


class _Bare(Struct, gc=False):
    """What any event has; its other keys may mean anything."""

    timestamp: int | str
    message: str


_decoder = msgspec.json.Decoder(Record)


class RecordReader:
    """Makes events of the records of one file.

    Args:
        name: what the target is called where the records do not tell.
        sources: of all files.
    """

    def __init__(self, name: str, sources: Sources) -> None:
        self._name = name
        self._sources = sources
        self._by_stream: dict[str, Source] = {}

    def lines(self, data: bytes) -> list[LogEvent]:
        """The events of complete lines.

        Raises:
            ValueError: a line is no event.
        """
        event = self._event
        return [event(record) for record in _decoder.decode_lines(data)]

    def line(self, data: bytes) -> LogEvent:
        """The event of a line, if need be read less strictly.

        Raises:
            ValueError: it is none.
        """
        try:
            return self._event(_decoder.decode(data))
        except NO_EVENT:
            return self.element(json.loads(data.decode("utf-8", "replace")))

    def element(self, value: object) -> LogEvent:
        """The event of a decoded JSON object.

        Raises:
            ValueError: it is none.
        """
        value = _without_surrogates(value)
        try:
            return self._event(msgspec.convert(value, Record))
        except msgspec.ValidationError:
            bare = msgspec.convert(value, _Bare)
            return self._event(Record(bare.timestamp, bare.message))

    def _event(self, record: Record) -> LogEvent:
        source = self._source(record) if record.target else self._named_by_file(record)
        level = record.level
        return LogEvent(
            milliseconds(record.timestamp),
            milliseconds(record.ingested or record.ingestion_time),
            source,
            0,
            record.message,
            formats.level(record.message, source.format) if level is UNSET else _level(level),
            record.event_id or record.cloudwatch_id,
            record.joined,
            record.late,
            True,
            record.key,
            record.line,
        )

    def _source(self, record: Record) -> Source:
        return self._sources.of(
            Origin(
                record.target,
                record.service or "logs",
                record.kind or "general",
                record.instance,
                record.source or FILE,
                record.log_group or "",
                record.log_stream or "",
                record.bucket,
                record.format,
            )
        )

    def _named_by_file(self, record: Record) -> Source:
        """A source for events that do not say whose they are: their text tells what log it is."""
        stream = record.log_stream or record.stream_name
        source = self._by_stream.get(stream)
        if source is None or not source.format:
            origin = origin_of(self._name, record.message, stream)
            if source is None or origin.format:
                source = self._by_stream[stream] = self._sources.of(origin)
        return source


@lru_cache(maxsize=256)
def _level(word: str | None) -> Level:
    """The level of a word for it, in any case."""
    try:
        return Level.named(word or "")
    except KeyError:
        return Level.UNKNOWN


def is_recorded(line: bytes) -> bool:
    """Whether a line is an event as mqtail writes it."""
    try:
        return bool(_decoder.decode(line).target)
    except NO_EVENT:
        return False


def origin_of(name: str, message: str, stream: str = "") -> Origin:
    """Where an event comes from, as far as its text and its log stream tell.

    Args:
        name: the target.
        message: the event's text.
        stream: name of its log stream, may be empty.
    """
    format = formats.find(message)
    found = format.name if format else ""
    service, kind = _LOGS.get(found, ("logs", "general"))
    instance = instance_of(service, stream) if stream else None
    return Origin(name, service, kind, instance, FILE, "", stream, "", found)


def elements(text: str, begin: int) -> Iterator[object]:
    """The values of a JSON array, one after the other.

    Args:
        text: the text that the array is in.
        begin: the position behind its `[`.

    Raises:
        ValueError: it is damaged, or cut off.
    """
    decode, at = json.JSONDecoder().raw_decode, begin
    while True:
        while text[at : at + 1].isspace() or text.startswith(",", at):
            at += 1
        if text.startswith("]", at):
            return
        value, at = decode(text, at)
        yield value


def milliseconds(time: int | str) -> int:
    """A moment in ms since the epoch, of a number of ms, or of ISO 8601.

    Raises:
        ValueError: it is none, or lies before 1970 or after 9999.
    """
    if isinstance(time, str):
        if len(time) == 24 and time[19] == "." and time[23] == "Z":
            return _second(time[:19]) * 1000 + int(time[20:23])
        time = int(time) if time.isdecimal() else _of_iso(time)
    _check_second(time // 1000)
    return time


@lru_cache(maxsize=4096)
def _second(text: str) -> int:
    """Seconds since the epoch of `2026-11-20T23:24:54`, UTC."""
    second = _of_iso(text) // 1000
    _check_second(second)
    return second


def _of_iso(text: str) -> int:
    moment = datetime.fromisoformat(text)
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return round(aware.timestamp() * 1000)


def _check_second(second: int) -> None:
    if not can_be_shown(second):
        raise ValueError(f"{second} seconds since the epoch is no time that can be shown")


def can_be_shown(second: int) -> bool:
    """Whether a second since the epoch is in a year that every time zone has a name for."""
    return 0 <= second <= _LAST_SECOND


def _without_surrogates(value: object) -> object:
    """A JSON object whose texts have a UTF-8 form."""
    if not isinstance(value, dict):
        return value
    return {
        key: text.encode("utf-8", "replace").decode() if isinstance(text, str) else text
        for key, text in value.items()
    }
