"""The fields of an event, and the filters that are made of them."""

from __future__ import annotations

from datetime import UTC, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mqtail.events import Level, LogEvent, Source
from mqtail.filters import compile_filter
from mqtail.formats import FORMATS, parse
from tests.widgets.conftest import START
from widgets.detail.fields import DetailField, event_fields, phrase

if TYPE_CHECKING:
    from tests.widgets.conftest import EventFactory


def _fields(event: LogEvent) -> dict[str, DetailField]:
    return {field.name: field for field in event_fields(event, parse(event), UTC)}


def _passes(event: LogEvent, expression: str) -> bool:
    return compile_filter(expression, now=START, zone=UTC).matches(event)


def test_there_is_every_field(factory: EventFactory) -> None:
    """Times, place, what was parsed, and where it came from."""
    message = (
        "2026-11-18 11:05:00,200 | ERROR | Could not accept | org.x.Acceptor | main\n\tat org.x.A"
    )
    event = factory.one(message, level=Level.ERROR, late=True)
    event.id, event.joined = "id-1", 1
    fields = _fields(event)
    assert {name: field.value for name, field in fields.items()} == {
        "time": "2026-11-18 11:06:41.000 +00:00",
        "ingested": "2026-11-18 11:07:01.000 +00:00",
        "late": "true",
        "level": "error",
        "target": "orders",
        "service": "mq",
        "engine": "ActiveMQ",
        "kind": "general",
        "instance": "1",
        "source": "cloudwatch",
        "logger": "org.x.Acceptor",
        "thread": "main",
        "log group": "/g",
        "log stream": "s-1",
        "event id": "id-1",
        "joined": "1",
    }
    assert fields["ingested"].remark == "20.0s later"
    assert fields["joined"].remark == "further log events"


def test_an_event_of_an_object_says_where_it_stands_there(factory: EventFactory) -> None:
    """Bucket, key and line, and how late it was delivered."""
    source = Source(3, "clicks", "msk", "broker", "2", "s3", bucket="logs", format="kafka")
    event = factory.one(
        "[2026-11-18 11:05:00,100] INFO [Partition clicks-0 broker=2] Shrinking ISR from 1,2 to 2 "
        "(kafka.cluster.Partition)",
        source=source,
    )
    event.ingested, event.key, event.line = event.timestamp + 252_000, "msk/Broker-2.log.gz", 1_204
    fields = _fields(event)
    found = [fields[name].value for name in ("bucket", "key", "line", "component", "partition")]
    assert found == ["logs", "msk/Broker-2.log.gz", "1204", "Partition", "clicks-0"]
    assert fields["ingested"].remark == "4m12s later"


@pytest.mark.parametrize(
    "message",
    [sample.message for format in FORMATS for sample in format.samples],
    ids=[f"{format.name}-{at}" for format in FORMATS for at, _ in enumerate(format.samples)],
)
def test_what_is_filtered_for_is_there(message: str) -> None:
    """The event itself passes what its fields give, and nothing of it once that is excluded."""
    service = "cloudtrail" if message.startswith("{") else "mq"
    source = Source(0, "orders (new)", service, "general", "rabbit@[host]*", log_stream='a"b c')
    level = parse(LogEvent(START, 0, source, 1, message)).level
    event = LogEvent(START, START + 9, source, 1, message, level, late=True)
    expressions = [field.filter() for field in event_fields(event, parse(event), UTC)]
    expressions = list(filter(None, expressions))
    assert len(expressions) >= 8
    for expression in expressions:
        assert _passes(event, expression), expression
        assert not _passes(event, f"not {expression}"), expression


def test_the_time_filters_from_then_on(factory: EventFactory) -> None:
    """In any zone, to the millisecond."""
    before, event, after = (factory.one(at=at) for at in (1.124, 1.125, 1.126))
    zone = timezone(timedelta(hours=5, minutes=45))
    expression = event_fields(event, parse(event), zone)[0].filter()
    assert [_passes(one, expression) for one in (before, event, after)] == [False, True, True]


@given(st.text(min_size=1, max_size=30))
def test_any_value_can_be_filtered_for_or_not_at_all(value: str) -> None:
    """Whatever a name has in it, its filter means that name alone."""
    event = LogEvent(START, 0, Source(0, value, "mq", "general", "1"), 1, f"<{value}>")
    other = LogEvent(START, 0, Source(0, f"{value}x", "mq", "general", "1"), 1, "nothing")
    target, text = _fields(event)["target"].filter(), phrase(value, event)
    assert not target or (_passes(event, target) and not _passes(other, target))
    assert not text or _passes(event, text)
