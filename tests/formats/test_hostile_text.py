"""Text that nobody foresaw: nothing raises, nothing disagrees, and the work stays bounded."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mqtail.events import Level, LogEvent, Source
from mqtail.formats import FORMATS, by_name, continues, find, level, parse, starts, time

NAMES = ["", *(format.name for format in FORMATS)]
MEGABYTE = 1_000_000

PIECES = [
    *"|[]<>=:'\"\\\n\r\t\x00\x1b(){}.,- 09aZé",
    " | ",
    " at ",
    "] on ",
    "] from  ",
    "\n",
    "2026-03-02 08:15:01,007",
    "2026-03-02 08:15:01.250",
    "2026-03-02 08:15:01.250999+00:00",
    " at 02-03-2026 08:20:00,125 | ",
    " | INFO  | ",
    "ERROR | ",
    "ops called x.Y.z[",
    "ops requested /admin/x.action [",
    "JMSDestination='[",
    " [error] <0.1.0> ",
    "=INFO REPORT==== 2-Mar-2026::08:15:01 ===\n",
    "(10.0.9.31:1 -> 10.0.4.17:2 - ",
    "user '",
    "queue://",
    "[2026-03-02 08:15:01,007] INFO ",
    "[2026-03-02 08:61:01,007] ERROR [Partition orders-2 broker=1] ",
    "[Worker-0a1b] ",
    " (kafka.server.KafkaServer)",
    " (kafka.server.KafkaServer)\n",
    "[GroupCoordinator 1]: group ",
    "partition orders-",
    " from host/",
    "Principal = User:",
    '{"eventName":"X","eventSource":"y","requestParameters":{"a":[',
    '"errorCode":"X",',
    "arn%3Aaws%3Akafka%3A",
    "arn:aws:kafka:r:1:cluster/",
    "\tat com.example.Shop.open(Shop.java:1)",
    "Caused by: ",
]
HEADS = ["", *(format.samples[0].message[:60] for format in FORMATS[:-1])]
HEADS.append('{"eventName":"X","eventSource":"y","userAgent":"')

texts = st.one_of(st.text(), st.lists(st.sampled_from(PIECES)).map("".join))
names = st.sampled_from(NAMES)


def event(message: str, name: str) -> LogEvent:
    """An event of a source that expects a format."""
    return LogEvent(0, 0, Source(0, "shop", "mq", "general", format=name), 0, message)


@settings(deadline=None)
@given(message=texts, name=names)
def test_parse_never_fails_and_agrees_with_level(message: str, name: str) -> None:
    """Any text gives fields, with the level that `level` gives; a known format has a level."""
    fields = parse(event(message, name))
    format = find(message, name)
    assert fields.level is level(message, name)
    assert fields.format == (format.name if format else "")
    assert (fields.level is Level.UNKNOWN) == (not fields.format)
    assert fields.time == time(message, name)
    assert not name or starts(message, name) is by_name(name).starts(message)
    assert all(label and value for label, value in fields.details)


@settings(deadline=None)
@given(message=texts, line=texts, name=names)
def test_continues_never_fails(message: str, line: str, name: str) -> None:
    """Any two texts can be asked about; to text of no format nothing is ever joined."""
    answer = continues(message, line, name)
    assert not (answer and find(message, name) is None)


@settings(deadline=None)
@given(head=st.sampled_from([format.samples[0].message for format in FORMATS]), line=texts)
def test_joined_text_keeps_its_format(head: str, line: str) -> None:
    """Joining lines changes neither the format nor the level of an event."""
    alone, grown = parse(event(head, "")), parse(event(f"{head}\n{line}", ""))
    assert (grown.format, grown.level) == (alone.format, alone.level)


@pytest.mark.parametrize("piece", PIECES, ids=repr)
def test_a_megabyte_of_anything_is_answered(piece: str) -> None:
    """No expression backtracks without bound, whatever is repeated after whatever head."""
    for head, name in zip(HEADS, NAMES, strict=True):
        message = head + piece * (MEGABYTE // len(piece))
        fields = parse(event(message, name))
        assert level(message, name) is fields.level
        assert time(message, name) == fields.time
        continues(message, "x", name)
        continues(head, message, name)
        continues(message, message, "")
