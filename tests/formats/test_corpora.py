"""Real logs: every line is an event or belongs to one, however the lines are delivered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

from mqtail.events import Level, LogEvent, Source
from mqtail.formats import Fields, continues, find, level, parse, starts, time

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
    ("kafka/server.log", "kafka", 4_383, 2_847),
    ("kafka/broker-1/controller.log", "kafka", 144, 144),
    ("kafka/broker-1/log-cleaner.log", "kafka", 53, 44),
    ("kafka/broker-1/server.log", "kafka", 4_039, 2_196),
    ("kafka/broker-1/state-change.log", "kafka", 76, 53),
    ("kafka/public/kraft-3.9.0-controller.log.2025-02-11-16.log", "kafka", 86, 86),
    ("kafka/public/kraft-3.9.0-controller.log.2025-02-11-17.log", "kafka", 221, 221),
    ("kafka/public/kraft-3.9.0-server.log.2025-02-07-10.log", "kafka", 234, 177),
    ("kafka/public/kraft-3.9.0-server.log.2025-02-11-15.log", "kafka", 4_609, 3_231),
    ("kafka/public/kraft-3.9.0-server.log.2025-02-12-17.log", "kafka", 1_892, 1_155),
    ("kafka/public/kraft-3.9.0-server.log.2025-02-13-11.log", "kafka", 483, 435),
    ("kafka/public/zk-2.8.0-controller.log.2021-04-28-16.log", "kafka", 331, 260),
    ("kafka/public/zk-2.8.0-server.log.2021-04-28-16.log", "kafka", 3_476, 1_566),
    ("kafka/public/zk-2.8.0-server.log.2021-05-05-12.log", "kafka", 130, 119),
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
    folders = ("general", "audit", "rabbitmq", "kafka")
    found = {
        str(path.relative_to(CORPORA))
        for folder in folders
        for path in (CORPORA / folder).rglob("*.log")
    }
    assert found == {path for path, *_ in FILES}


@each_file
def test_every_line_is_in_an_event(path: str, format: str, lines: int, events: int) -> None:
    """As many events as the file has, all of its format, each with level, time and thread.

    Kafka writes no thread; each of its events has a logger.
    """
    received = read(path)
    messages = joined(received, format)
    assert (len(received), len(messages)) == (lines, events)
    assert "\n".join(messages) == "\n".join(received)
    for message, fields in zip(messages, parsed(messages, format), strict=True):
        assert fields.format == format
        assert fields.level is level(message, format) is not Level.UNKNOWN
        assert fields.time is not None
        assert fields.time == time(message, format)
        assert fields.logger if format == "kafka" else fields.thread


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
    for expected in ("", "activemq-general", "activemq-audit", "rabbitmq-report", "kafka"):
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


KAFKA = [path for path, format, *_ in FILES if format == "kafka"]


@pytest.mark.parametrize("path", KAFKA)
def test_kafka_events_are_taken_apart_without_loss(path: str) -> None:
    """An event is its time, level, text and logger; a logger alone on its line takes the line."""
    messages = joined(read(path), "kafka")
    for message, fields in zip(messages, parsed(messages, "kafka"), strict=True):
        whole = f"{message[:25]} {fields.level.name} {fields.text}"
        logger = f" ({fields.logger})"
        assert whole in (message.replace(logger, "", 1), message.replace(f"\n{logger}", "", 1))


@pytest.mark.parametrize("path", KAFKA)
def test_kafka_files_can_be_read_line_by_line(path: str) -> None:
    """A line begins an event exactly where joining says so, and no other line has a time."""
    received = read(path)
    beginnings = [line for line in received if starts(line, "kafka")]
    assert beginnings == [event.partition("\n")[0] for event in joined(received, "kafka")]
    assert beginnings == [line for line in received if time(line, "kafka") is not None]


@pytest.mark.parametrize(
    ("path", "details", "users"),
    [
        (
            "kafka/server.log",
            {
                "component": 2_372, "broker": 1_605, "partition": 1_753, "topic": 1_762,
                "group": 75, "client": 48, "address": 59, "operation": 1,
            },
            {"app": 9, "reader": 1},
        ),
        (
            "kafka/broker-1/server.log",
            {
                "component": 1_780, "broker": 1_091, "partition": 1_355, "topic": 1_356,
                "group": 26, "client": 19, "address": 70,
            },
            {"app": 9},
        ),
        (
            "kafka/broker-1/state-change.log",
            {"component": 53, "broker": 53, "partition": 53, "topic": 53},
            {},
        ),
        (
            "kafka/public/kraft-3.9.0-server.log.2025-02-11-15.log",
            {
                "component": 2_928, "broker": 2_577, "partition": 970, "topic": 974,
                "group": 30, "client": 29, "address": 29,
            },
            {"ANONYMOUS": 1},
        ),
        (
            "kafka/public/zk-2.8.0-server.log.2021-04-28-16.log",
            {"component": 898, "broker": 653, "partition": 383, "topic": 383, "group": 4},
            {},
        ),
    ],
)  # fmt: skip
def test_kafka_details(path: str, details: dict[str, int], users: dict[str, int]) -> None:
    """What the logs of brokers with ZooKeeper and with KRaft name."""
    fields = parsed(joined(read(path), "kafka"), "kafka")
    assert Counter(name for event in fields for name, _ in event.details) == details
    assert Counter(event.user for event in fields if event.user) == users


@pytest.mark.parametrize(
    ("path", "broker"),
    [
        ("kafka/server.log", "2"),
        ("kafka/broker-1/controller.log", "1"),
        ("kafka/broker-1/server.log", "1"),
        ("kafka/broker-1/state-change.log", "1"),
        ("kafka/public/kraft-3.9.0-server.log.2025-02-13-11.log", "2"),
        ("kafka/public/kraft-3.9.0-controller.log.2025-02-11-17.log", "1"),
    ],
)
def test_kafka_broker_is_the_one_whose_log_it_is(path: str, broker: str) -> None:
    """In one broker's log no event is taken for one of the brokers that it talks to."""
    fields = parsed(joined(read(path), "kafka"), "kafka")
    found = {value for event in fields for name, value in event.details if name == "broker"}
    assert found == {broker}


def test_kafka_groups_and_topics() -> None:
    """Names, not the words around them."""
    fields = parsed(joined(read("kafka/server.log"), "kafka"), "kafka")
    details = [dict(event.details) for event in fields]
    assert {found["group"] for found in details if "group" in found} == {
        "billing", "forbidden-group", "shipping",
    }  # fmt: skip
    assert {found["topic"] for found in details if "topic" in found} == {
        "__consumer_offsets", "__transaction_state", "clicks", "orders", "payments", "profiles",
        "solo", "temp", *(f"bulk-{number}" for number in range(1, 7)),
    }  # fmt: skip


def test_kafka_settings_are_one_event() -> None:
    """The logger of a broker's settings stands hundreds of lines below its time."""
    messages = joined(read("kafka/server.log"), "kafka")
    settings = [event for event in parsed(messages, "kafka") if "KafkaConfig values" in event.text]
    assert {event.logger for event in settings} == {"kafka.server.KafkaConfig"}
    assert {event.text.count("\n") for event in settings} == {207}


def test_nul_bytes_of_a_broken_off_file() -> None:
    """They belong to the last event before the break, and none is lost."""
    path = "kafka/public/zk-2.8.0-server.log.2021-05-05-12.log"
    *_, last = joined(read(path), "kafka")
    text, _, nuls = last.partition("\n")
    assert starts(text, "kafka")
    assert nuls == "\0" * 1_015
    assert parsed([last], "kafka")[0].text.endswith(f"\n{nuls}")
