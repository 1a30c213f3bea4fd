"""The line formats, and which of them a line has.

A source is expected to have one format, yet every line decides for itself: a line of another
format in the same stream is still found out. A new format is one module and one entry here.
"""

from __future__ import annotations

import re
from functools import lru_cache

from mqtail.events import Level, LogEvent
from mqtail.formats.activemq_audit import ActiveMQAudit
from mqtail.formats.activemq_general import ActiveMQGeneral
from mqtail.formats.base import Fields, Format
from mqtail.formats.cloudtrail import CloudTrail
from mqtail.formats.kafka import Kafka
from mqtail.formats.rabbitmq import RabbitMQ, RabbitMQReport

FORMATS: tuple[Format, ...] = (
    ActiveMQGeneral(),
    ActiveMQAudit(),
    RabbitMQ(),
    RabbitMQReport(),
    Kafka(),
    CloudTrail(),
)

_BY_NAME = {format.name: format for format in FORMATS}
_EXPECTED = {
    ("mq", "activemq", "general"): ActiveMQGeneral.name,
    ("mq", "activemq", "audit"): ActiveMQAudit.name,
    ("mq", "rabbitmq", ""): RabbitMQ.name,
    ("msk", "", "broker"): Kafka.name,
    ("msk", "", "authorizer"): Kafka.name,
    ("cloudtrail", "", ""): CloudTrail.name,
}
"""By service, engine and kind; an empty engine or kind stands for all."""
_SELF_DELIMITING = frozenset({ActiveMQAudit.name})
"""Formats whose open event can hold anything, another format's event start too."""
_TRACE = re.compile(
    r"\s|Caused by: |\.\.\. \d+ more|(?:[\w$]{1,80}\.){1,20}[\w$]{1,200}(?::|\n|\Z)"
)
"""How a line of a stack trace begins."""

_CACHED_EVENTS = 1_024
_CACHED_LENGTH = 16_384
"""Longer messages are parsed anew each time, so that the cache stays below some megabytes."""

_by_last_match = FORMATS


def by_name(name: str) -> Format:
    """The format of that name.

    Raises:
        KeyError: there is none.
    """
    return _BY_NAME[name]


def expected(service: str, engine: str, kind: str) -> str:
    """Name of the format that a log should have, empty when that is not known.

    Args:
        service: `mq`, `msk`, `cloudtrail`, or `logs` for a log group taken by its own name.
        engine: the broker's engine as the service spells it, in any case.
        kind: kind of log (`general`, `audit`, `connection`, `channel`, `broker`, `authorizer`).
    """
    engine = engine.lower()
    keys = ((service, engine, kind), (service, engine, ""), (service, "", kind), (service, "", ""))
    return next((_EXPECTED[key] for key in keys if key in _EXPECTED), "")


def find(message: str, expected: str = "") -> Format | None:
    """The format of an event or of its first line, None where none fits.

    Args:
        message: text of the event.
        expected: name of the format to try first; then the one that matched last.
    """
    global _by_last_match
    format = _BY_NAME.get(expected)
    if format is not None and format.starts(message):
        return format
    for format in _by_last_match:
        if format.starts(message):
            if format is not _by_last_match[0]:
                others = [other for other in _by_last_match if other is not format]
                _by_last_match = (format, *others)
            return format
    return None


def level(message: str, expected: str = "") -> Level:
    """The level of an event, UNKNOWN where no format fits."""
    return identify(message, expected)[1]


def identify(message: str, expected: str = "") -> tuple[Format | None, Level]:
    """The format of an event, None where none fits, and its level. Asked of every event."""
    format = _BY_NAME.get(expected)
    if format is not None:
        level = format.level(message)
        if level:
            return format, level
    format = find(message)
    return (None, Level.UNKNOWN) if format is None else (format, format.level(message))


def time(message: str, expected: str = "") -> int | None:
    """The time written in an event, ms since the epoch. Asked of every line of an S3 object.

    None where the text is of no format, or has no time or an impossible one.
    """
    format = _BY_NAME.get(expected)
    if format is not None:
        time = format.time(message)
        if time is not None:
            return time
    format = find(message, expected)
    return None if format is None else format.time(message)


def starts(line: str, expected: str) -> bool:
    """Whether a line begins an event of a format; for reading files line by line.

    Args:
        line: the line.
        expected: name of the format; where it is empty or unknown, any format counts.
    """
    format = _BY_NAME.get(expected)
    return find(line) is not None if format is None else format.starts(line)


def continues(message: str, line: str, expected: str = "") -> bool:
    """Whether a received log event belongs to the one before it in its log stream.

    Only beginnings and ends are looked at, however long the texts are.

    Args:
        message: the event's text so far.
        line: the text received next.
        expected: name of the source's format. Without it only what is unmistakable is joined:
            stack traces, repeated prefixes, events that are plainly not at their end.
    """
    format = _BY_NAME.get(expected)
    if format is not None and not format.continues(message, line):
        return False
    if format is None or not format.level(message):
        format = find(message)
    return continues_in(format, message, line, expected)


def continues_in(format: Format | None, message: str, line: str, expected: str = "") -> bool:
    """As `continues`, for an event whose format (`identify`) is known already."""
    if format is None or not format.continues(message, line):
        return False
    if expected and expected != format.name:
        source_format = _BY_NAME.get(expected)
        if source_format is not None and not source_format.continues(message, line):
            return False
    if not line or line[0].isspace() or format.name in _SELF_DELIMITING or format.starts(line):
        return True
    if find(line) is not None:
        return False
    return expected in _BY_NAME or _TRACE.match(line) is not None


def may_continue(line: str, expected: str = "") -> bool:
    """Whether a received log event, seen alone, looks like part of an event that began before it.

    Args:
        line: the text received.
        expected: name of the source's format. Without it only what is unmistakable counts.
    """
    if find(line, expected) is not None:
        return False
    return expected in _BY_NAME or not line or _TRACE.match(line) is not None


def parse(event: LogEvent) -> Fields:
    """Everything that can be found in an event; a text of no known format is given back whole."""
    if len(event.message) > _CACHED_LENGTH:
        return _parse(event.message, event.source.format)
    return _cached_parse(event.message, event.source.format)


def parse_briefly(event: LogEvent) -> Fields:
    """As `parse`, without `time` and `details`.

    For passing over many events once each, so nothing is kept of what was found.
    """
    return _parse(event.message, event.source.format, brief=True)


def _parse(message: str, expected: str, *, brief: bool = False) -> Fields:
    likely = _BY_NAME.get(expected) or _by_last_match[0]
    fields = likely.parse(message, brief=brief)
    if fields is None:
        format = find(message, expected)
        fields = None if format is None else format.parse(message, brief=brief)
    return Fields(format="", text=message) if fields is None else fields


# The key is the text itself: a string keeps its hash, and no two runs can be confused.
_cached_parse = lru_cache(maxsize=_CACHED_EVENTS)(_parse)
