"""Kafka's log: fields, details, where the logger stands, and which lines are one event."""

from __future__ import annotations

import pytest

from mqtail.events import Level, LogEvent, Source
from mqtail.formats import Fields, continues, find, level, may_continue, parse, starts, time

KAFKA = "kafka"
TIME = "2026-03-02 08:15:01,007"
MS = 1_772_439_301_007
NULS = "\0" * 1_015


def fields(message: str) -> Fields:
    """What is found in a message."""
    source = Source(0, "shop", "msk", "broker", format=KAFKA)
    return parse(LogEvent(0, 0, source, 0, message))


def line(text: str, word: str = "INFO", logger: str = "kafka.server.Shop") -> str:
    """A line of Kafka's log."""
    return f"[{TIME}] {word} {text} ({logger})"


@pytest.mark.parametrize("word", ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"])
@pytest.mark.parametrize("before", ["", NULS, "[Worker-0a1b2c3d4e5f60718] "])
def test_level_of_every_word(word: str, before: str) -> None:
    """Words of four and of five letters are found, also behind what can stand before the time."""
    message = before + line("text", word)
    assert level(message, KAFKA) is Level.named(word)
    assert fields(message).level is Level.named(word)
    assert fields(message).text == "text"
    assert time(message, KAFKA) == fields(message).time == MS
    assert starts(message, KAFKA)


@pytest.mark.parametrize("word", ["info", "INFORM", "WARNING", "ERRORS", "NOTICE", "", "INFO,"])
def test_another_word_is_no_level(word: str) -> None:
    """A bracketed time begins an event only with one of log4j's levels."""
    message = line("text", word)
    assert find(message, KAFKA) is None
    assert not starts(message, KAFKA)
    assert time(message, KAFKA) is None


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2026-03-02 08:15:01,007", MS),
        ("2024-02-29 00:00:00,000", 1_709_164_800_000),
        ("1970-01-01 00:00:59,999", 59_999),
        ("2026-02-29 08:15:01,007", None),
        ("2026-13-01 08:15:01,007", None),
        ("2026-03-02 24:15:01,007", None),
        ("2026-03-02 08:60:01,007", None),
        ("2026-03-02 08:15:60,007", None),
        ("2026-03-02 08:15:+1,007", None),
        ("2026-03-02 08:15:01,0x7", None),
        ("YYYY-MM-DD HH:MM:SS,mmm", None),
    ],
)
def test_time(written: str, expected: int | None) -> None:
    """The time is UTC; an event of an impossible time has none."""
    message = line("text").replace(TIME, written)
    assert (fields(message).format, fields(message).text) == (KAFKA, "text")
    assert fields(message).time == time(message, KAFKA) == expected


@pytest.mark.parametrize(
    "line",
    [
        "2026-03-02 08:15:01,007 INFO text",
        "[2026-03-02T08:15:01,007] INFO text",
        "(2026-03-02 08:15:01,007] INFO text",
        "[2026-03-02 08:15:01.007] INFO text",
        "[2026-03-02 08:15:01,007]INFO text",
        "[Worker-7] INFO text",
        "[Worker-7] [1, 2] INFO text",
        "[1, 2, 3]",
        "[",
        "\0",
        NULS,
    ],
)
def test_no_event_start(line: str) -> None:
    """What only looks like the beginning of an event is part of the one before it."""
    assert not starts(line, KAFKA)
    assert time(line, KAFKA) is None
    assert continues("[2026-03-02 08:15:01,007] INFO text", line, KAFKA)


@pytest.mark.parametrize(
    "logger",
    [
        "kafka.server.KafkaServer",
        "state.change.logger",
        "kafka.request.logger",
        "kafka.log.UnifiedLog$",
        "kafka.log.LogManager$$anon$1",
        "org.apache.kafka.storage.internals.log.LogSegment",
    ],
)
def test_logger_at_the_end_of_the_first_line(logger: str) -> None:
    """Any name with dots in it is a logger, and what follows the line is a trace."""
    trace = "\njava.io.IOException: no (com.example.Shop)\n\tat com.example.Shop.open(Shop.java)"
    found = fields(line("text (of 3) (id: 1)", logger=logger) + trace)
    assert (found.logger, found.text) == (logger, f"text (of 3) (id: 1){trace}")


@pytest.mark.parametrize(
    ("message", "logger", "text"),
    [
        (" (kafka.server.Shop)", "kafka.server.Shop", ""),
        (
            "a\n\tb = (c)\n\td = e\n (kafka.server.Shop)",
            "kafka.server.Shop",
            "a\n\tb = (c)\n\td = e",
        ),
        ("a\nb (kafka.server.Shop)\nc: d (e.f)", "kafka.server.Shop", "a\nb\nc: d (e.f)"),
        ("a\n\n (kafka.server.Shop)\n\n", "kafka.server.Shop", "a\n\n\n"),
        ("a (kafka.server.Shop)  ", "kafka.server.Shop", "a  "),
        ("a (kafka.server.Shop)\r", "kafka.server.Shop", "a\r"),
        ("a (org.apache.kafka.Shop:780)", "org.apache.kafka.Shop", "a"),
        ("a (id: 3 rack: null)", None, "a (id: 3 rack: null)"),
        ("a (10.0.9.31)", None, "a (10.0.9.31)"),
        ("a (none)", None, "a (none)"),
        ("a(kafka.server.Shop)", None, "a(kafka.server.Shop)"),
        ("a (kafka.server.", None, "a (kafka.server."),
        (f"a ({'k.' * 400}k)", None, f"a ({'k.' * 400}k)"),
    ],
)
def test_logger(message: str, logger: str | None, text: str) -> None:
    """It is found lines below as well, taken out of the text, and never made up."""
    found = fields(f"[{TIME}] INFO {message}")
    assert (found.logger, found.text) == (logger, text)


def test_logger_hundreds_of_lines_below() -> None:
    """As the configuration of a broker is written when it starts."""
    values = "".join(f"\n\tsetting.{number} = {number}" for number in range(400))
    message = f"[{TIME}] INFO KafkaConfig values: {values}\n (kafka.server.KafkaConfig)"
    found = fields(message)
    assert (found.logger, found.text) == (
        "kafka.server.KafkaConfig",
        f"KafkaConfig values: {values}",
    )


@pytest.mark.parametrize(
    ("source", "details"),
    [
        ("Partition orders-2 broker=1", {"component": "Partition", "broker": "1"}),
        ("Log partition=orders-2, dir=/data", {"component": "Log"}),
        ("UnifiedLog partition=orders-2, dir=/data", {"component": "UnifiedLog"}),
        ("GroupCoordinator 1", {"component": "GroupCoordinator", "broker": "1"}),
        ("GroupCoordinator id=1", {"component": "GroupCoordinator", "broker": "1"}),
        ("KafkaServer id=1", {"component": "KafkaServer", "broker": "1"}),
        ("Controller id=3", {"component": "Controller", "broker": "3"}),
        ("Controller id=3 epoch=9", {"component": "Controller", "broker": "3"}),
        ("Controller id=3, targetBrokerId=1", {"component": "Controller", "broker": "3"}),
        ("RequestSendThread controllerId=3", {"component": "RequestSendThread", "broker": "3"}),
        (
            "ReplicaFetcher replicaId=2, leaderId=1, fetcherId=0",
            {"component": "ReplicaFetcher", "broker": "2"},
        ),
        ("ReplicaFetcherThread-0-3", {"component": "ReplicaFetcherThread-0-3"}),
        (
            "ReplicaFetcherManager on broker 2",
            {"component": "ReplicaFetcherManager", "broker": "2"},
        ),
        ("SocketServer brokerId=1", {"component": "SocketServer", "broker": "1"}),
        (
            "SocketServer listenerType=BROKER, nodeId=1",
            {"component": "SocketServer", "broker": "1"},
        ),
        (
            "DynamicConfigPublisher broker id=1",
            {"component": "DynamicConfigPublisher", "broker": "1"},
        ),
        (
            "Transaction State Manager 1",
            {"component": "Transaction State Manager", "broker": "1"},
        ),
        ("Channel manager on controller 3", {"component": "Channel manager", "broker": "3"}),
        (
            "data-plane Kafka Request Handler on Broker 1",
            {"component": "data-plane Kafka Request Handler", "broker": "1"},
        ),
        ("ExpirationReaper-1-Fetch", {"component": "ExpirationReaper-1-Fetch", "broker": "1"}),
        (
            "broker-2-to-controller-forwarding-channel-manager",
            {"component": "broker-2-to-controller-forwarding-channel-manager", "broker": "2"},
        ),
        ("kafka-log-cleaner-thread-0", {"component": "kafka-log-cleaner-thread-0"}),
        ("ZooKeeperClient Kafka server", {"component": "ZooKeeperClient Kafka server"}),
        ("LogDirFailureHandler", {"component": "LogDirFailureHandler"}),
        ("1, 2, 3", {}),
        ("id=1", {"broker": "1"}),
    ],
)
def test_component_and_broker(source: str, details: dict[str, str]) -> None:
    """The bracket that a message begins with tells who says it, and whose log it is."""
    for text in (f"[{source}] Stopped", f"[{source}]: Stopped"):
        found = dict(fields(line(text)).details)
        assert {name: found.get(name) for name in ("component", "broker")} == {
            "component": details.get("component"),
            "broker": details.get("broker"),
        }


@pytest.mark.parametrize(
    ("text", "details"),
    [
        ("[Partition a.b-c-12 broker=1] Stopped", {"partition": "a.b-c-12", "topic": "a.b-c"}),
        ("[Log partition=a-0, dir=/data] Stopped", {"partition": "a-0", "topic": "a"}),
        ("Truncating partition a-0.", {"partition": "a-0", "topic": "a"}),
        ("Log(dir=/d/a-0, topic=a, partition=0, end=7)", {"partition": "a-0", "topic": "a"}),
        (
            "Loaded offsets and group metadata from __consumer_offsets-3 in 2 ms",
            {"partition": "__consumer_offsets-3", "topic": "__consumer_offsets"},
        ),
        ("Resigned for partition 47", {}),
        ("partition a-0-old", {}),
        ("Removed fetcher for partitions Set(a-0, __consumer_offsets-2)", {}),
        ("New partition callback for __consumer_offsets-1,__consumer_offsets-2", {}),
        ("Creating topic orders with configuration {}", {"topic": "orders"}),
        ("Deletion of topic orders.", {"topic": "orders"}),
        ("Election not needed for topic partition", {}),
        ("Election not needed for topic partition-plan", {"topic": "partition-plan"}),
        ("List of topics to be deleted: orders", {}),
        ("Broker and topic stats closed", {}),
        (
            "[Consumer clientId=till-3, groupId=tills] Stopped",
            {"group": "tills", "client": "till-3"},
        ),
        ("Changing PRODUCE quota for client-id till-3 to 1024.0", {"client": "till-3"}),
        ("Failed authentication with /10.0.9.31 (no)", {"address": "10.0.9.31"}),
        ("Failed authentication with a.example/10.0.9.31 (no)", {"address": "10.0.9.31"}),
        ("Unexpected error from /10.0.9.31; closing connection", {"address": "10.0.9.31"}),
        ("Unexpected error from /[fe80::1]:50122; closing", {"address": "[fe80::1]:50122"}),
        ("Rejected connection from /10.0.9.31:50122, too many", {"address": "10.0.9.31:50122"}),
        ("Bad request (clientAddress=/10.0.9.31, x)", {"address": "10.0.9.31"}),
        ("Opening connection to server zk-1/10.0.4.2:2181", {}),
        ("Reading configuration from /data/kafka", {}),
    ],
)
def test_details(text: str, details: dict[str, str]) -> None:
    """What a message plainly names is pulled out, and of several partitions none."""
    found = fields(line(text))
    assert found.text == text
    assert {
        name: value for name, value in found.details if name not in ("component", "broker")
    } == details


@pytest.mark.parametrize(
    ("text", "group"),
    [
        ("[GroupCoordinator 1]: Preparing to rebalance group tills in state Empty", "tills"),
        ("[GroupCoordinator 1]: Loading group metadata for tills with generation 2", "tills"),
        ("[GroupCoordinator 1]: Group tills is dead", "tills"),
        ("[GroupCoordinator 1]: Cannot store group tills: The group is rebalancing", "tills"),
        ("[GroupCoordinator 1]: Elected as the group coordinator for partition 4", None),
        ("[GroupCoordinator id=1] [GroupId tills] Stopped", "tills"),
        ("[GroupCoordinator 1]: Removing it from the group", None),
    ],
)
def test_consumer_group(text: str, group: str | None) -> None:
    """A group is what a coordinator of groups calls one; elsewhere the word can mean anything."""
    logger = "kafka.coordinator.group.GroupCoordinator"
    assert dict(fields(line(text, logger=logger)).details).get("group") == group
    if "GroupId" not in text:
        assert "group" not in dict(fields(line(text)).details)


def test_details_are_those_of_the_first_line() -> None:
    """A trace names topics and addresses of its own."""
    trace = "\njava.io.IOException: partition orders-1 from /10.0.9.31 clientId=x quota for user y"
    found = fields(line("Stopped") + trace)
    assert (found.user, found.details) == (None, ())


@pytest.mark.parametrize(
    ("text", "user"),
    [
        ("Principal = User:kiosk is Denied Operation = Read from host = 10.0.9.31 on x", "kiosk"),
        ("Principal = User:CN=till 3,O=Shop is Allowed operation = READ from", "CN=till 3,O=Shop"),
        ("Bad request (principal=User:ANONYMOUS, x)", "ANONYMOUS"),
        ("Removing FETCH quota for user app", "app"),
        ("The user is gone", None),
    ],
)
def test_user(text: str, user: str | None) -> None:
    """The principal is the user, a distinguished name in full."""
    assert fields(line(text)).user == user


def test_authorizer() -> None:
    """A denial names the user, the operation, the client's address and the resource."""
    text = (
        "Principal = User:kiosk is Denied operation = READ from host = 10.0.9.31 on resource = "
        "Group:LITERAL:tills for request = JOIN_GROUP with resourceRefCount = 1"
    )
    found = fields(line(text, logger="kafka.authorizer.logger"))
    assert found.user == "kiosk"
    assert found.details == (
        ("group", "tills"),
        ("address", "10.0.9.31"),
        ("operation", "READ"),
    )


@pytest.mark.parametrize(
    "further",
    [
        "",
        "java.io.IOException: Connection to 10.0.4.18:9092 (id: 2 rack: null) failed.",
        "\tat com.example.Shop.open(Shop.java:31)",
        "Caused by: java.io.IOException",
        "\tbroker.id = 1",
        " (kafka.server.KafkaConfig)",
        "[2026-03-02 08:15:01,007] was when it began",
        NULS,
    ],
)
def test_further_lines(further: str) -> None:
    """Whatever begins no event belongs to the one before it, but not to text of no format."""
    assert continues(line("text"), further, KAFKA)
    assert not continues("text of no format", further, KAFKA)
    assert may_continue(further, KAFKA)


def test_event_starts_end_an_event() -> None:
    """The next event of this or of another format is not swallowed."""
    for start in (
        line("next"),
        NULS + line("next"),
        "[Worker-7] " + line("next"),
        "2026-03-02 08:15:01,007 | WARN  | text | com.example.Shop | main",
        "2026-03-02 08:15:01.250999+00:00 [info] <0.44.0> hello",
        '{"eventSource":"kafka.amazonaws.com","eventName":"DeleteCluster"}',
    ):
        for expected in ("", KAFKA):
            assert not continues(line("text"), start, expected)


def test_no_byte_of_a_broken_off_file_is_lost() -> None:
    """NUL bytes stay in the message; a broker's first event behind them is found."""
    message = NULS + line("[KafkaServer id=1] Starting", "WARN")
    found = fields(message)
    assert (found.level, found.time, found.text) == (Level.WARN, MS, "[KafkaServer id=1] Starting")
    assert fields(f"{line('text')}\n{NULS}").text == f"text\n{NULS}"


def test_far_too_many_nul_bytes_are_no_event() -> None:
    """The search for the time is bounded; such a line belongs to the event before it."""
    message = "\0" * 1_000_000 + line("text")
    assert not starts(message, KAFKA)
    assert continues(line("text"), message, KAFKA)


def test_recognised_where_nothing_is_expected() -> None:
    """In a log group of any kind, a line and the stack trace under it are one event of Kafka."""
    message = line("text")
    found = find(message)
    assert found is not None
    assert found.name == KAFKA
    assert level(message) is Level.INFO
    assert time(message) == MS
    assert continues(message, "\tat com.example.Shop.open(Shop.java:31)")
    assert continues(message, " (kafka.server.KafkaConfig)")
    assert not continues(message, "a line of another program")
