"""JSON records of logs: what is their message, their broker, their time, whoever made them."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from mqtail.formats.times import milliseconds

_MESSAGES = ("message", "@message", "log", "msg", "event")
_TIMES = ("timestamp", "@timestamp", "time")
_BROKERS = ("broker", "brokerId", "broker_id", "instance")
_STREAMS = ("logStream", "log_stream", "logStreamName", "stream")
_MOST_LEVELS = 3
"""Objects within objects that a message is looked for in."""

_BROKER = re.compile(r"(?:broker-|b-)?(\d{1,9})(?:\..*)?", re.IGNORECASE)
_BROKER_STREAM = re.compile(r".*broker-(\d{1,9})", re.IGNORECASE)
_NUMBER = re.compile(r"\d{1,18}(?:\.\d{1,9})?")
_LONGEST_NAME = 200
_LAST_MS = 253_402_300_799_999
"""The end of the year 9999."""
_UNITS = ((10**11, 1000), (10**14, 1), (10**17, 0.001), (10**20, 0.000_001))
"""Up to which number it is of what: s, ms, us, ns; by how many ms one of it is."""


class Piece(NamedTuple):
    """A line, or a record with what it says of itself."""

    text: str
    line: int
    """Number of the line or record in its object, from 1."""
    instance: str | None = None
    """The broker that it names."""
    time: int | None = None
    """The time that it has beside its text, ms."""
    id: str = ""
    """An id that it has wherever it is delivered; empty: none."""


def pieces_of(record: dict[str, Any], text: str, line: int) -> list[Piece]:
    """The pieces of a JSON record: one, or several of an envelope of CloudWatch Logs.

    Args:
        record: the record.
        text: the record as it was received.
        line: its number in its object.
    """
    kind, events = record.get("messageType"), record.get("logEvents")
    if kind == "DATA_MESSAGE" and isinstance(events, list):
        broker = _broker([record])
        return [
            piece_of(event, str(event.get("message", "")), line)._replace(
                instance=broker, id=_text(event.get("id"))
            )
            for event in events
            if isinstance(event, dict)
        ]
    if kind == "CONTROL_MESSAGE":
        # CloudWatch Logs tries whether its destination can be reached.
        return []
    return [piece_of(record, text, line)]


def piece_of(record: dict[str, Any], text: str, line: int) -> Piece:
    """The piece that a JSON record stands for; one without a message is its own text.

    Args:
        record: the record.
        text: the record as it was received.
        line: its number in its object.
    """
    if "eventSource" in record and "eventName" in record:
        # CloudTrail: the record is the message.
        time = time_of(record.get("eventTime"))
        return Piece(text, line, None, time, _text(record.get("eventID")))
    scopes = [record]
    message: str | None = None
    while message is None and len(scopes) <= _MOST_LEVELS:
        found = [scopes[-1].get(name) for name in _MESSAGES]
        inner = next((value for value in found if isinstance(value, str | dict)), None)
        if not isinstance(inner, dict):
            message = inner
            break
        scopes.append(inner)
    times = (time_of(scope.get(name)) for scope in scopes for name in _TIMES)
    time = next((time for time in times if time is not None), None)
    shown = text if message is None else message.rstrip("\r\n")
    return Piece(shown, line, _broker(scopes), time)


def time_of(value: object) -> int | None:
    """Ms since the epoch of a number of s, ms, us or ns, or of a time in ISO 8601; else None."""
    if isinstance(value, str):
        if not _NUMBER.fullmatch(value):
            time = milliseconds(value)
            return time if time is not None and 0 < time <= _LAST_MS else None
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    unit = next((ms for most, ms in _UNITS if 0 < value < most), None)
    if unit is None:
        return None
    return int(value) if unit == 1 else round(value * unit)


def _broker(scopes: list[dict[str, Any]]) -> str | None:
    """The broker's id, from a field of its own or from the name of a log stream."""
    for scope in scopes:
        for name in _BROKERS:
            value = scope.get(name)
            if isinstance(value, float) and value.is_integer():
                value = int(value)
            if isinstance(value, int) and not isinstance(value, bool):
                return str(value)
            if isinstance(value, str) and 0 < len(value) <= _LONGEST_NAME:
                number = _BROKER.fullmatch(value)
                return number[1] if number else value
        for name in _STREAMS:
            value = scope.get(name)
            if isinstance(value, str) and (found := _BROKER_STREAM.match(value[:_LONGEST_NAME])):
                return found[1]
    return None


def _text(value: object) -> str:
    return value[:_LONGEST_NAME] if isinstance(value, str) else ""
