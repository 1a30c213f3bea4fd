"""RabbitMQ's layouts: fields, details, and which lines are one event."""

from __future__ import annotations

import pytest

from mqtail.events import Level, LogEvent, Source
from mqtail.formats import Fields, continues, level, parse

RABBITMQ = "rabbitmq"
TIME = "2026-03-02 08:15:01.250999+00:00"
PEERS = "10.0.9.31:50122 -> 10.0.4.17:5671"
REPORT = "=ERROR REPORT==== 2-Mar-2026::08:15:01.250999 ==="


def fields(message: str) -> Fields:
    """What is found in a message."""
    source = Source(0, "shop", "mq", "general", format=RABBITMQ)
    return parse(LogEvent(0, 0, source, 0, message))


def line(text: str, word: str = "info", process: str = "<0.44.0>", time: str = TIME) -> str:
    """A line of RabbitMQ's log."""
    return f"{time} [{word}] {process} {text}"


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("debug", Level.DEBUG),
        ("info", Level.INFO),
        ("notice", Level.INFO),
        ("warning", Level.WARN),
        ("error", Level.ERROR),
        ("critical", Level.FATAL),
        ("alert", Level.FATAL),
        ("emergency", Level.FATAL),
    ],
)
def test_level_of_every_word(word: str, expected: Level) -> None:
    """Levels are found with and without a zone, and in reports."""
    for message in (
        line("text", word),
        line("text", word, time=TIME[:23]),
        REPORT.replace("ERROR", word.upper()),
    ):
        assert level(message, RABBITMQ) is expected
        assert fields(message).level is expected


@pytest.mark.parametrize(
    ("word", "expected"),
    [("CRASH", Level.ERROR), ("SUPERVISOR", Level.ERROR), ("PROGRESS", Level.INFO)],
)
def test_level_of_other_reports(word: str, expected: Level) -> None:
    """Erlang's reports about processes have the level that Erlang gives them."""
    assert level(REPORT.replace("ERROR", word), "rabbitmq-report") is expected


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        ("2026-03-02 08:15:01.250999+00:00", 1_772_439_301_250),
        ("2026-03-02 10:45:01.250000+02:30", 1_772_439_301_250),
        ("2026-03-02 00:15:01.250000-08:00", 1_772_439_301_250),
        ("2026-03-02 08:15:01.250", 1_772_439_301_250),
    ],
)
def test_time_with_its_zone(time: str, expected: int) -> None:
    """The zone counts; without one the time is UTC."""
    assert fields(line("text", time=time)).time == expected


@pytest.mark.parametrize(
    ("text", "user", "details"),
    [
        (
            f"accepting AMQP connection <0.9.1> ({PEERS})",
            None,
            {"address": "10.0.9.31:50122"},
        ),
        (
            f"connection <0.9.1> ({PEERS}) has a client-provided name: till 3",
            None,
            {"address": "10.0.9.31:50122", "client": "till 3"},
        ),
        (
            f"closing AMQP connection <0.9.1> ({PEERS} - till (3), vhost: '/shop', user: 'kiosk')",
            "kiosk",
            {"address": "10.0.9.31:50122", "client": "till (3)", "vhost": "/shop"},
        ),
        (
            f"closing AMQP connection <0.9.1> ({PEERS} - till-3):",
            None,
            {"address": "10.0.9.31:50122", "client": "till-3"},
        ),
        (
            f"Error on AMQP connection <0.9.1> ({PEERS}, state: starting):",
            None,
            {"address": "10.0.9.31:50122"},
        ),
        ("PLAIN login refused: user 'kiosk' - invalid credentials", "kiosk", {}),
        (
            "queue 'shop.in' in vhost '/': leader -> follower in term: 2",
            None,
            {"vhost": "/", "queue": "shop.in"},
        ),
        (
            "accepting AMQP connection <0.9.1> ([::1]:50122 -> [::1]:5671)",
            None,
            {"address": "[::1]:50122"},
        ),
        ("Server startup complete", None, {}),
    ],
)
def test_details(text: str, user: str | None, details: dict[str, str]) -> None:
    """User, virtual host, queue, and the client's address and name."""
    found = fields(line(text))
    assert (found.text, found.user, dict(found.details)) == (text, user, details)


def test_user_in_a_further_line() -> None:
    """A refused login names the user in its second line."""
    head = line(f"Error on AMQP connection <0.9.1> ({PEERS}, state: starting):", "error")
    second = line("PLAIN login refused: user 'kiosk' - no", "error")
    found = fields(f"{head}\n{second}")
    assert found.user == "kiosk"
    assert found.text.endswith(":\nPLAIN login refused: user 'kiosk' - no")


def test_prefix_is_removed_from_every_line() -> None:
    """Indentation, empty lines and lines without the prefix stay as they are."""
    prefix = line("").rstrip()
    found = fields(f"{prefix} a\n{prefix}   b\n{prefix}\n{prefix} \nc\n{prefix} d")
    assert found.text == "a\n  b\n\n\nc\nd"


@pytest.mark.parametrize("word", ["info", "error"])
def test_same_time_level_and_process_is_one_event(word: str) -> None:
    """A line is joined when it repeats the whole prefix, and only then."""
    head = line("a", "error")
    assert continues(head, line("b", word), RABBITMQ) is (word == "error")
    assert not continues(head, line("b", "error", process="<0.44.1>"), RABBITMQ)
    assert not continues(head, line("b", "error", time=TIME.replace("999", "998")), RABBITMQ)


def test_process_number_that_begins_alike_is_another_process() -> None:
    """`<0.4.0>` and `<0.44.0>` are two processes."""
    assert not continues(line("a", process="<0.4.0>"), line("b", process="<0.44.0>"), RABBITMQ)
    assert not continues(line("a", process="<0.4.0>"), line("b", process="<0.4.01>"), RABBITMQ)


def test_without_a_zone_every_prefix_begins_an_event() -> None:
    """Lager wrote the prefix once: two events of one ms and process are two."""
    head = line("a", time=TIME[:23])
    assert not continues(head, line("b", time=TIME[:23]), RABBITMQ)
    assert continues(head, "missed heartbeats from client, timeout: 60s", RABBITMQ)
    assert continues(head, "", RABBITMQ)


def test_lines_without_a_prefix_belong_to_the_event_before() -> None:
    """Also in the layout with a zone, where a node prints such lines while it boots."""
    assert continues(line("a"), "BOOT FAILED", RABBITMQ)
    assert continues(f"{line('a')}\nBOOT FAILED", line("b"), RABBITMQ)


def test_reports() -> None:
    """A report takes the lines below it, and ends where anything else begins."""
    assert continues(REPORT, "    hello", RABBITMQ)
    assert continues(f"{REPORT}\n    hello", "", RABBITMQ)
    assert continues(REPORT, "accepting AMQP connection", RABBITMQ)
    assert not continues(REPORT, REPORT, RABBITMQ)
    assert not continues(REPORT, line("a"), RABBITMQ)
    assert not continues(line("a"), REPORT, RABBITMQ)


def test_report_of_an_impossible_day_has_no_time() -> None:
    """What is a report but for its day is one without a time."""
    found = fields(REPORT.replace("2-Mar", "42-Mai"))
    assert (found.format, found.time) == ("rabbitmq-report", None)
