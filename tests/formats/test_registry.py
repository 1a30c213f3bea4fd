"""Which format is expected, which is found, and what happens where none fits."""

from __future__ import annotations

import pytest

from mqtail.events import Level, LogEvent, Source
from mqtail.formats import (
    FORMATS,
    Fields,
    Format,
    by_name,
    continues,
    continues_in,
    expected,
    find,
    identify,
    level,
    parse,
    starts,
    time,
)

GENERAL = "2026-03-02 08:15:01,007 | WARN  | text | com.example.Shop | main"


@pytest.mark.parametrize(
    ("service", "engine", "kind", "name"),
    [
        ("mq", "ACTIVEMQ", "general", "activemq-general"),
        ("mq", "ActiveMQ", "audit", "activemq-audit"),
        ("mq", "RABBITMQ", "general", "rabbitmq"),
        ("mq", "RabbitMQ", "connection", "rabbitmq"),
        ("mq", "rabbitmq", "channel", "rabbitmq"),
        ("mq", "rabbitmq", "upgrade", "rabbitmq"),
        ("mq", "ACTIVEMQ", "other", ""),
        ("mq", "", "general", ""),
        ("msk", "", "broker", "kafka"),
        ("msk", "PROVISIONED", "broker", "kafka"),
        ("msk", "", "authorizer", "kafka"),
        ("msk", "", "other", ""),
        ("cloudtrail", "", "api", "cloudtrail"),
        ("cloudtrail", "ACTIVEMQ", "", "cloudtrail"),
        ("logs", "", "broker", ""),
        ("logs", "", "general", ""),
        ("logs", "ACTIVEMQ", "general", ""),
    ],
)
def test_expected_format(service: str, engine: str, kind: str, name: str) -> None:
    """Engine and kind tell the format, in any case; a plain log group has none."""
    assert expected(service, engine, kind) == name
    assert not name or by_name(name).name == name


def test_unknown_name_is_an_error() -> None:
    """Asking for a format that is not there is a mistake of the caller."""
    with pytest.raises(KeyError):
        by_name("kafka?")


def test_text_of_no_format_is_given_back_whole() -> None:
    """Nothing is lost and nothing made up where no format fits."""
    for message in ("", " ", "hello\nworld", "2026-03-02 hello", "\x1b[31m[red]"):
        for name in ("", "rabbitmq", "no-such-format"):
            event = LogEvent(0, 0, Source(0, "shop", "logs", "app", format=name), 0, message)
            assert parse(event) == Fields(format="", text=message)
            assert find(message, name) is None
            assert level(message, name) is Level.UNKNOWN
            assert time(message, name) is None
            assert not starts(message, name)


def test_grown_event_is_parsed_anew() -> None:
    """After lines were joined to it, an event is not shown as it was before."""
    event = LogEvent(0, 0, Source(0, "shop", "mq", "general"), 7, GENERAL)
    assert parse(event).text == "text"
    event.message += "\n\tat com.example.Shop.open(Shop.java:1)"
    event.joined = 1
    assert parse(event).text == "text\n\tat com.example.Shop.open(Shop.java:1)"


def test_events_with_equal_numbers_are_not_confused() -> None:
    """Two runs in one process number their events alike."""
    source = Source(0, "shop", "mq", "general", format="activemq-general")
    other = GENERAL.replace("text", "other")
    assert parse(LogEvent(0, 0, source, 1, GENERAL)).text == "text"
    assert parse(LogEvent(0, 0, source, 1, other)).text == "other"


@pytest.mark.parametrize(
    ("line", "joined"),
    [
        ("\tat com.example.Shop.open(Shop.java:1)", True),
        ("  indented", True),
        ("", True),
        ("Caused by: java.io.IOException", True),
        ("... 12 more", True),
        ("java.lang.IllegalStateException: closed", True),
        ("com.example.Shop$Closed", True),
        ("com.example.Shop$Closed\n\tat com.example.Shop.open(Shop.java:1)", True),
        ("a line of another program", False),
        ("example.com is down", False),
        (GENERAL, False),
    ],
)
def test_without_expectation_only_traces_are_joined(line: str, joined: bool) -> None:
    """In a log group of any kind only what is plainly a stack trace belongs to a known event."""
    assert continues(GENERAL, line) is joined
    assert not continues("a line of another program", line)


def test_stack_trace_under_an_event_of_an_unexpected_format() -> None:
    """Lines join by the format that the event has, whatever its log group should hold."""
    for name in ("activemq-audit", "rabbitmq", "activemq-general"):
        assert continues(GENERAL, "\tat com.example.Shop.open(Shop.java:1)", name)
        assert not continues(GENERAL, GENERAL, name)


def test_event_start_of_another_format_is_not_swallowed() -> None:
    """An ActiveMQ line in a RabbitMQ stream is an event of its own."""
    head = "2026-03-02 08:15:01.250999+00:00 [info] <0.44.0> hello"
    assert not continues(head, GENERAL, "rabbitmq")
    assert continues(head, "hello", "rabbitmq")


def test_time_of_an_event_of_an_unexpected_format() -> None:
    """A line of another format than the expected one still has its time."""
    for name in ("", "no-such-format", "kafka", "cloudtrail", "activemq-general"):
        assert time(GENERAL, name) == 1_772_439_301_007


def test_only_the_expected_format_starts_a_line() -> None:
    """A file is cut into the events of its own format; where that is not known, of any format."""
    assert starts(GENERAL, "activemq-general")
    assert not starts(GENERAL, "kafka")
    assert starts(GENERAL, "")
    assert starts(GENERAL, "no-such-format")


MESSAGES = [sample.message for format in FORMATS for sample in format.samples]


@pytest.mark.parametrize("format", FORMATS, ids=[format.name for format in FORMATS])
def test_what_begins_an_event_for_certain_does_so(format: Format) -> None:
    """Whatever the source's format is and whatever comes before; and it is of that format."""
    lines = [line for message in MESSAGES for line in (message, *message.split("\n"))]
    for line in lines:
        if found := format.begins(line):
            for name in ("", *(other.name for other in FORMATS)):
                assert identify(line, name) == (format, found)
                assert not any(continues_in(format, before, line, name) for before in MESSAGES)
