"""Real logs: every line is an event or belongs to one, however the lines are delivered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

from mqtail.events import Level, LogEvent, Source
from mqtail.formats import Fields, continues, find, level, parse

CORPORA = Path(__file__).resolve().parents[3] / "shared" / "corpora"
FILES = [
    # File, format, lines, events
    ("general/activemq-5.15.9.log", "activemq-general", 4_000, 1_009),
    ("general/activemq-5.17.2.log", "activemq-general", 921, 842),
    ("general/activemq-5.17.2-log4j2.log", "activemq-general", 882, 491),
    ("general/activemq-standby.log", "activemq-general", 71, 71),
    ("general/activemq-start-failures.log", "activemq-general", 153, 22),
    ("audit/audit-5.15.9.log", "activemq-audit", 700, 686),
    ("audit/audit-5.17.2.log", "activemq-audit", 556, 540),
    ("audit/audit-5.17.2-log4j2.log", "activemq-audit", 280, 272),
    (
        "rabbitmq/rabbit@ip-10-0-21-52.us-west-2.compute.internal.log",
        "rabbitmq",
        2_639,
        1_657,
    ),
    ("rabbitmq/channel.log", "rabbitmq", 39, 20),
    ("rabbitmq/connection.log", "rabbitmq", 276, 207),
    ("rabbitmq/federation.log", "rabbitmq", 8, 2),
    ("rabbitmq/mirroring.log", "rabbitmq", 45, 45),
    ("rabbitmq/start-failure-stdout.log", "rabbitmq", 51, 8),
    ("rabbitmq/public/lager-3.7.14-beats.log", "rabbitmq", 78, 25),
    ("rabbitmq/public/lager-3.8-issues.log", "rabbitmq", 29, 18),
]

pytestmark = pytest.mark.skipif(not CORPORA.is_dir(), reason="needs the corpora of real logs")
each_file = pytest.mark.parametrize(
    ("path", "format", "lines", "events"), FILES, ids=[path for path, *_ in FILES]
)


def read(path: str) -> list[str]:
    """The lines of a file."""
    return (CORPORA / path).read_text(encoding="utf-8").removesuffix("\n").split("\n")


def joined(received: Iterable[str], expected: str) -> list[str]:
    """The events that received texts make."""
    events: list[str] = []
    for text in received:
        if events and continues(events[-1], text, expected):
            events[-1] += f"\n{text}"
        else:
            events.append(text)
    return events


def parsed(messages: Iterable[str], expected: str) -> list[Fields]:
    """What is found in each event."""
    source = Source(0, "shop", "mq", "general", format=expected)
    return [parse(LogEvent(0, 0, source, order, message)) for order, message in enumerate(messages)]


def test_every_file_is_tested() -> None:
    """A log that is added to these folders is one that must parse."""
    folders = ("general", "audit", "rabbitmq")
    found = {
        str(path.relative_to(CORPORA))
        for folder in folders
        for path in (CORPORA / folder).rglob("*.log")
    }
    assert found == {path for path, *_ in FILES}


@each_file
def test_every_line_is_in_an_event(path: str, format: str, lines: int, events: int) -> None:
    """As many events as the file has, all of its format, each with level, time and thread."""
    received = read(path)
    messages = joined(received, format)
    assert (len(received), len(messages)) == (lines, events)
    assert "\n".join(messages) == "\n".join(received)
    for message, fields in zip(messages, parsed(messages, format), strict=True):
        assert fields.format == format
        assert fields.level is level(message, format) is not Level.UNKNOWN
        assert fields.time is not None
        assert fields.thread


@each_file
def test_whole_events_are_the_same(path: str, format: str, lines: int, events: int) -> None:
    """Multi-line events that are delivered in one piece are neither joined nor taken apart."""
    messages = joined(read(path), format)
    again = joined(messages, format)
    assert again == messages
    assert parsed(again, format) == parsed(messages, format)


@each_file
def test_another_expectation_changes_nothing(
    path: str, format: str, lines: int, events: int
) -> None:
    """Events are recognised in a source of another format, and of none."""
    messages = joined(read(path), format)
    for expected in ("", "activemq-general", "activemq-audit", "rabbitmq-report"):
        found = [find(message, expected) for message in messages]
        assert {other.name if other else "" for other in found} == {format}
        assert parsed(messages, expected) == parsed(messages, format)


@pytest.mark.parametrize(
    "path", [path for path, format, *_ in FILES if format == "activemq-general"]
)
def test_general_events_are_taken_apart_without_loss(path: str) -> None:
    """The first line is its level, message, logger and thread, and a trace follows unchanged."""
    messages = joined(read(path), "activemq-general")
    for message, fields in zip(messages, parsed(messages, "activemq-general"), strict=True):
        text, _, trace = fields.text.partition("\n")
        line = (
            f"{message[:23]} | {fields.level.name:<5} | {text} | {fields.logger} | {fields.thread}"
        )
        assert f"{line}\n{trace}".rstrip() == message.rstrip()


def test_audit_details() -> None:
    """What 5.17 logs of JMX calls: user, target and address of each, argument lists of most."""
    fields = parsed(joined(read("audit/audit-5.17.2.log"), "activemq-audit"), "activemq-audit")
    assert {event.user for event in fields} == {"admin"}
    counts = Counter(name for event in fields for name, _ in event.details)
    assert counts == {"operation": 540, "target": 540, "arguments": 358, "address": 540, "via": 540}
    assert {dict(event.details)["via"] for event in fields} == {"JMX"}
    purged = [event for event in fields if dict(event.details)["operation"] == "QueueView.purge"]
    assert sorted(dict(event.details)["target"] for event in purged) == sorted(
        f"ops.{letter}.q{number}" for letter in "bd" for number in range(8)
    )


def test_audit_ways() -> None:
    """5.15 logs the console, Jolokia and JMX; the queue is named by the console alone."""
    fields = parsed(joined(read("audit/audit-5.15.9.log"), "activemq-audit"), "activemq-audit")
    ways = Counter(dict(event.details)["via"] for event in fields)
    targets = Counter(
        dict(event.details)["via"] for event in fields if "target" in dict(event.details)
    )
    users = Counter(event.user for event in fields)
    assert users == {"admin": 610, "anonymous": 74, "user": 2}
    assert ways["Jolokia/console"] == users["anonymous"]
    assert set(targets) == {"console"}
