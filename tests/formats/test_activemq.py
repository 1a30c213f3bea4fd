"""The two logs of ActiveMQ: fields, details, and where an event ends."""

from __future__ import annotations

import pytest

from mqtail.events import Level, LogEvent, Source
from mqtail.formats import Fields, continues, level, parse

GENERAL = "activemq-general"
AUDIT = "activemq-audit"
CALL = "INFO  | ops called org.apache.activemq.broker.jmx."


def fields(message: str, expected: str = GENERAL) -> Fields:
    """What is found in a message."""
    return parse(LogEvent(0, 0, Source(0, "shop", "mq", "general", format=expected), 0, message))


def general(message: str, thread: str = "main", word: str = "INFO ") -> str:
    """A line of the general log."""
    return f"2026-03-02 08:15:01,007 | {word} | {message} | com.example.Shop | {thread}"


def audit(action: str, thread: str = "RMI TCP Connection(4)-10.0.9.8") -> str:
    """A line of the audit log."""
    return f"INFO  | {action} at 02-03-2026 08:20:00,125 | {thread}"


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("TRACE", Level.TRACE),
        ("DEBUG", Level.DEBUG),
        ("INFO ", Level.INFO),
        ("WARN ", Level.WARN),
        ("ERROR", Level.ERROR),
        ("FATAL", Level.FATAL),
    ],
)
def test_level_of_every_word(word: str, expected: Level) -> None:
    """Both logs' padded levels are found, and the same by `level` and `parse`."""
    for name, message in (
        (GENERAL, general("text", word=word)),
        (AUDIT, f"{word} | ops called x.Y.z[] at 02-03-2026 08:20:00,125 | main"),
    ):
        assert level(message, name) is expected
        assert fields(message, name).level is expected


@pytest.mark.parametrize(
    ("message", "thread", "details"),
    [
        ("Connector openwire stopped", "main", {"connector": "openwire"}),
        (
            "Apache ActiveMQ 5.18.4 (shop-mq-2, ID:a-1) is shutdown",
            "main",
            {"broker": "shop-mq-2"},
        ),
        ("Slow", "ActiveMQ BrokerService[shop-mq-2] Task-1", {"broker": "shop-mq-2"}),
        (
            "Transport Connection to: tcp://10.0.9.31:50122 failed: java.io.EOFException",
            "ActiveMQ Transport: tcp:///10.0.9.31:50122@61616",
            {"address": "10.0.9.31:50122"},
        ),
        ("Oh", "ActiveMQ Transport: ssl:///10.0.9.31:50122@61617", {"address": "10.0.9.31:50122"}),
        ("Stopping vm://shop-mq-1#3 because it failed", "main", {}),
        ("Listening for connections at: tcp://localhost:61616?maximumConnections=9", "main", {}),
        (
            "Memory limit. Producer (ID:a-1) stopped to prevent flooding queue://shop.in. See x",
            "main",
            {"destination": "queue://shop.in"},
        ),
        (
            "Usage(Main:memory:topic://shop.t:memory) percentUsage=98%, usage=1",
            "main",
            {"destination": "topic://shop.t", "usage": "98%"},
        ),
        ("Duplicate, clientId=till-3, refused", "main", {"client": "till-3"}),
    ],
)
def test_details_of_the_general_log(message: str, thread: str, details: dict[str, str]) -> None:
    """What a message plainly names is pulled out, and nothing else."""
    assert dict(fields(general(message, thread)).details) == details


@pytest.mark.parametrize(
    ("message", "user"),
    [
        ("User name [kiosk] or password is invalid.", "kiosk"),
        ("User kiosk is not authorized to read from: queue://shop.in", "kiosk"),
        ("User name [null] or password is invalid.", None),
        ("User name [] or password is invalid.", None),
        ("The user is gone", None),
    ],
)
def test_user_of_the_general_log(message: str, user: str | None) -> None:
    """The refused user is named; a login without a name has none."""
    assert fields(general(message)).user == user


def test_message_may_hold_bars() -> None:
    """Logger and thread are split off from the right."""
    found = fields(general("a | b | c", "Task-1"))
    assert (found.text, found.logger, found.thread) == ("a | b | c", "com.example.Shop", "Task-1")


def test_event_cut_off_before_its_logger() -> None:
    """Without logger and thread the rest of the line is the text."""
    found = fields("2026-03-02 08:15:01,007 | WARN  | half a mess")
    assert (found.format, found.text, found.logger, found.thread) == (
        GENERAL,
        "half a mess",
        None,
        None,
    )


def test_impossible_time_is_no_time() -> None:
    """A line with the layout but no such day is an event without a time."""
    found = fields(general("text").replace("-03-02", "-13-42"))
    assert (found.format, found.time, found.text) == (GENERAL, None, "text")


@pytest.mark.parametrize(
    "line",
    [
        "java.lang.SecurityException: no",
        "\tat com.example.Login.check(Login.java:31)",
        "Caused by: java.io.IOException",
        "\t... 30 more",
        "",
        "Stacktrace:",
        "20: <head>",
        "2026-03-02 08:15:01,007 was when it began",
    ],
)
def test_further_lines_of_the_general_log(line: str) -> None:
    """Whatever begins no event belongs to the one before it, but not to text of no format."""
    assert continues(general("text"), line, GENERAL)
    assert not continues("text of no format", line, GENERAL)


def test_event_starts_end_a_general_event() -> None:
    """The next event of this or of another format is not swallowed."""
    for line in (
        general("next"),
        audit("ops called org.apache.activemq.broker.jmx.BrokerView.gc[]"),
        "2026-03-02 08:15:01.250999+00:00 [info] <0.44.0> hello",
        "=INFO REPORT==== 2-Mar-2026::08:15:01 ===",
    ):
        assert not continues(general("text"), line, GENERAL)


def test_audit_event_in_the_general_log_keeps_its_logger() -> None:
    """An audit event that was sent to the general log is one of that log, with its logger."""
    line = (
        "2026-03-02 08:20:00,125 | INFO  | ops called x.QueueView.purge[] at 02-03-2026 "
        "08:20:00,125 | org.apache.activemq.audit | qtp4-1"
    )
    found = fields(line)
    assert (found.format, found.logger) == (GENERAL, "org.apache.activemq.audit")


@pytest.mark.parametrize(
    ("action", "thread", "details"),
    [
        (
            "ops called org.apache.activemq.broker.jmx.QueueView.purge[] on shop.in",
            "RMI TCP Connection(4)-10.0.9.8",
            {
                "operation": "QueueView.purge",
                "target": "shop.in",
                "address": "10.0.9.8",
                "via": "JMX",
            },
        ),
        (
            "ops called org.apache.activemq.broker.jmx.QueueView.browse[a] on b]",
            "qtp7-1",
            {"operation": "QueueView.browse", "arguments": "a] on b", "via": "Jolokia/console"},
        ),
        (
            "ops called org.apache.activemq.broker.jmx.BrokerView.stop[]",
            "main",
            {"operation": "BrokerView.stop"},
        ),
        (
            "ops requested /admin/deleteJob.action [jobId='[7]' secret='[x]' ] from  10.0.9.8",
            "qtp7-1",
            {
                "operation": "deleteJob",
                "arguments": "jobId='[7]' secret='[x]'",
                "address": "10.0.9.8",
                "via": "console",
            },
        ),
    ],
)
def test_details_of_the_audit_log(action: str, thread: str, details: dict[str, str]) -> None:
    """Operation, target, arguments, address and way are told apart; what is missing is left out."""
    found = fields(audit(action, thread), AUDIT)
    assert dict(found.details) == details
    assert (found.user, found.text, found.thread) == ("ops", action, thread)


def test_user_of_several_words() -> None:
    """A user can be a distinguished name or several principals."""
    found = fields(audit("cn=ops,ou=till one called x.BrokerView.gc[]"), AUDIT)
    assert found.user == "cn=ops,ou=till one"


def test_audit_event_without_its_end() -> None:
    """An event that was cut off has a level, user and operation, and no time or thread."""
    found = fields(f"{CALL}QueueView.sendTextMessage[first line", AUDIT)
    assert (found.level, found.user, found.time, found.thread) == (Level.INFO, "ops", None, None)
    assert dict(found.details) == {
        "operation": "QueueView.sendTextMessage",
        "arguments": "first line",
    }


def test_audit_event_of_another_kind() -> None:
    """What is neither a call nor a request keeps its text, time and thread."""
    found = fields(audit("something else happened"), AUDIT)
    assert (found.text, found.user, found.details) == ("something else happened", None, ())
    assert found.time == 1_772_439_600_125


@pytest.mark.parametrize(
    "line",
    ["second line", "", "INFO  | a bar in the body", general("a log line in the body"), "x] on y"],
)
def test_open_audit_event_takes_anything(line: str) -> None:
    """A message body goes on until the end of the event, whatever is in it."""
    assert continues(f"{CALL}QueueView.sendTextMessage[first", line, AUDIT)
    assert continues(f"{CALL}QueueView.sendTextMessage[first", line)


@pytest.mark.parametrize(
    "line",
    [
        audit("ops called org.apache.activemq.broker.jmx.BrokerView.gc[]"),
        audit("ops called com.example.Plugin.run[x"),
        audit("ops requested /admin/x.action [a='[b]' ] from  10.0.9.8"),
        "2012-03-02 08:20:00,125 | INFO  | ops called x.BrokerView.gc[] | main",
    ],
)
def test_next_call_ends_an_open_audit_event(line: str) -> None:
    """An event whose end was lost does not swallow the calls and requests after it."""
    assert not continues(f"{CALL}QueueView.sendTextMessage[first", line, AUDIT)


def test_ended_audit_event_takes_nothing_but_blank_lines() -> None:
    """After time and thread the event is over, in the new form and in the old one."""
    ended = audit("ops called org.apache.activemq.broker.jmx.QueueView.sendTextMessage[a\nb]")
    old = "2012-03-02 08:20:00,125 | INFO  | ops called x.QueueView.sendTextMessage[a\nb] | main"
    for message in (ended, old):
        assert continues(message, "", AUDIT)
        assert not continues(message, "second line", AUDIT)
        assert not continues(f"{message}\n", "second line", AUDIT)
    assert continues(old.removesuffix("] | main"), "b] | main", AUDIT)


def test_the_client_of_a_connection_info() -> None:
    """Its values stand after ` = `, with blanks."""
    text = "Adding Connection: ConnectionInfo {commandId = 1, clientId = stock-sync-1, user = app}"
    event = LogEvent(
        0, 0, Source(0, "b", "mq", "general", format="activemq-general"), 0,
        f"2026-11-20 23:24:54,411 | INFO  | {text} | a.b.C | main",
    )  # fmt: skip
    assert dict(parse(event).details)["client"] == "stock-sync-1"
