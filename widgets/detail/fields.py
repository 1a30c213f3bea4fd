"""The fields of an event, and the filter expressions that are made of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import partial

from mqtail.events import LogEvent
from mqtail.filters.parse import literal, quoted
from mqtail.filters.predicates import said
from mqtail.formats import Fields
from widgets.human import date_and_time, lag

MAX_FILTER = 200
"""Characters of a value that can be filtered for."""

_BARE = re.compile(r'[^\s()"][^\s()]*')
"""A value of a filter's field that needs no quotes."""


@dataclass(frozen=True, slots=True)
class DetailField:
    """A field that an event has."""

    name: str
    value: str
    """As it was received."""
    remark: str = ""
    """What else there is to say about it."""
    filter: Callable[[], str] = str
    """Gives a filter expression for events with this value; empty: there is none."""


def event_fields(event: LogEvent, fields: Fields, zone: tzinfo) -> list[DetailField]:
    """Every field of an event that has a value.

    Args:
        event: the event.
        fields: what was found in its text.
        zone: zone of the times.
    """
    source, level = event.source, event.level.label
    place = [
        _filtered("target", source.target),
        DetailField("service", source.service),
        DetailField("engine", _engine(fields.format)),
        _filtered("kind", source.kind),
        _filtered("instance", source.instance),
        _filtered("source", source.destination),
    ]
    parsed = [
        _filtered("logger", fields.logger),
        _filtered("thread", fields.thread),
        _filtered("user", fields.user),
        *(
            DetailField(name, value, filter=partial(phrase, value, event))
            for name, value in fields.details
        ),
    ]
    delivered = [
        _filtered("log group", source.log_group, "group"),
        _filtered("log stream", source.log_stream, "stream"),
        DetailField("bucket", source.bucket),
        DetailField("key", event.key),
        DetailField("line", str(event.line or "")),
        DetailField("event id", event.event_id),
        DetailField("joined", str(event.joined or ""), "further log events"),
    ]
    shown = DetailField("level", level, filter=lambda: f"level:{level}")
    every: Iterable[DetailField] = [*_times(event, zone), shown, *place, *parsed, *delivered]
    return [field for field in every if field.value]


def phrase(value: str, event: LogEvent) -> str:
    """A filter expression for a text that stands in an event; empty: it cannot be one."""
    if len(value) > MAX_FILTER or not value.strip() or not value.isprintable():
        return ""
    return quoted(value) if value.casefold() in said(event).casefold() else ""


def _times(event: LogEvent, zone: tzinfo) -> list[DetailField]:
    """When it was, when it was taken in, and how late that was."""
    moment = datetime.fromtimestamp(event.timestamp // 1000, UTC).astimezone(zone)
    iso = moment.replace(microsecond=event.timestamp % 1000 * 1000).isoformat(
        timespec="milliseconds"
    )
    times = [
        DetailField("time", date_and_time(event.timestamp, zone), filter=lambda: f"time>={iso}")
    ]
    if event.ingested:
        later = f"{lag(event.lag)} later" if event.lag is not None else ""
        times.append(DetailField("ingested", date_and_time(event.ingested, zone), later))
    if event.late:
        remark = "it came after newer events had been shown"
        times.append(DetailField("late", "true", remark, lambda: "late:true"))
    return times


def _filtered(name: str, value: str | None, field: str = "") -> DetailField:
    """A field that the filter language knows, under a name of its own or the same."""
    return DetailField(name, value or "", filter=partial(_expression, field or name, value or ""))


def _expression(field: str, value: str) -> str:
    """The condition that a field has a value."""
    if len(value) > MAX_FILTER or not value.isprintable():
        return ""
    return f"{field}:{literal(value)}"


def _engine(format: str) -> str:
    """The broker's engine, as the format of the text tells it."""
    names = {"activemq": "ActiveMQ", "rabbitmq": "RabbitMQ", "kafka": "Kafka"}
    return names.get(format.partition("-")[0], "")
