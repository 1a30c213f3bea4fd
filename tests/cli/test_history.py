"""`mqtail tail --no-follow` on the story's history: every event once, in order, and as asked."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from itertools import pairwise
from typing import Any

import pytest

from mqtail.demo.story.play import OTHER_GROUP, kafka_events, story_events
from mqtail.demo.story.telling import StoryEvent
from mqtail.demo.thread import EmbeddedAwsThread
from mqtail.events import Level
from tests.cli.support import Mqtail

HISTORY = ("-o", "json", "--no-follow", "--since", "2h")
LOGS = ("-k", "general", "-k", "audit", "-k", "connection", "-k", "channel")
"""Without the API calls, which are no log events."""
KEYS = (
    *("timestamp", "ingested", "target", "service", "kind", "instance", "source", "level"),
    *("logger", "thread", "user", "message", "joined", "log_group", "log_stream", "event_id"),
    *("late", "lag", "format"),
)
ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


@pytest.fixture(scope="module")
def told(story_server: EmbeddedAwsThread) -> list[StoryEvent]:
    """Everything that the service holds, in the order of time."""
    assert story_server.aws.play is not None
    return sorted(
        story_events(story_server.aws.play.start), key=lambda event: (event.timestamp, event.stream)
    )


def groups_of(server: EmbeddedAwsThread, *kinds: str) -> set[str]:
    """Log groups of the story's ActiveMQ broker."""
    assert server.aws.play is not None
    return {
        server.aws.play.orders.log_group_prefix + kind for kind in kinds or ("general", "audit")
    }


def lines_by_stream(events: list[dict[str, Any]]) -> dict[tuple[str, str], Counter[str]]:
    """What was printed of each stream, line by line; API calls have none."""
    found: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for event in events:
        if event["kind"] != "api":
            found[event["log_group"], event["log_stream"]].update(event["message"].split("\n"))
    return found


def told_by_stream(told: list[StoryEvent], groups: set[str]) -> dict[tuple[str, str], Counter[str]]:
    """What the service holds of each stream, line by line."""
    found: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for event in told:
        if event.group in groups:
            found[event.group, event.stream].update(event.message.split("\n"))
    return found


def test_every_event_of_the_history_once_and_in_order(
    mqtail: Mqtail, story: EmbeddedAwsThread, told: list[StoryEvent]
) -> None:
    """What is printed, with the lines joined to it, is exactly what the service holds."""
    groups = groups_of(story)
    result = mqtail("tail", "orders-mq", *LOGS, *HISTORY)
    assert (result.code, result.err) == (0, "")
    events = result.events
    assert lines_by_stream(events) == told_by_stream(told, groups)
    held = sum(event.group in groups for event in told)
    assert sum(1 + event.get("joined", 0) for event in events) == held
    ids = [event["event_id"] for event in events]
    assert len(set(ids)) == len(ids)
    assert all(a["timestamp"] <= b["timestamp"] for a, b in pairwise(events))
    assert not any(event["late"] for event in events)
    assert any(event.get("joined", 0) > 3 for event in events)


def test_lines_have_the_documented_keys_and_values(
    mqtail: Mqtail, story: EmbeddedAwsThread
) -> None:
    """Each line is an object with the keys of the contract, and values of their types."""
    events = mqtail("orders-mq", "telemetry-mq", *LOGS, *HISTORY).events
    for event in events:
        assert list(event) == [key for key in KEYS if key != "joined" or "joined" in event]
        assert ISO.fullmatch(event["timestamp"])
        assert ISO.fullmatch(event["ingested"])
        assert event["target"] in ("orders-mq", "telemetry-mq")
        assert (event["service"], event["source"]) == ("mq", "cloudwatch")
        assert event["kind"] == event["log_group"].rpartition("/")[2]
        assert event["level"] in {None} | {level.label for level in Level if level}
        lag = datetime.fromisoformat(event["ingested"]) - datetime.fromisoformat(event["timestamp"])
        assert event["lag"] == round(lag / timedelta(seconds=1), 3)
        assert event.get("joined", 1) > 0
    instances = {(event["target"], event["instance"]) for event in events}
    assert {("orders-mq", "1"), ("orders-mq", "2")} < instances
    assert ("telemetry-mq", "ip-10-0-21-51") in instances
    assert {event["user"] for event in events} > {None, "admin"}


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        (("-i", "2"), lambda event: event["instance"] == "2" or event["kind"] == "api"),
        (("-k", "audit"), lambda event: event["kind"] == "audit"),
        (("-k", "audit", "-i", "1"), lambda e: e["kind"] == "audit" and e["instance"] == "1"),
        (("-l", "warn"), lambda event: event["level"] in ("warn", "error", "fatal")),
        (
            ("-f", "instance:1 and /Transport/"),
            lambda event: event["instance"] == "1" and "Transport" in event["message"],
        ),
        (
            ("-f", "level:error or user:admin"),
            lambda e: e["level"] == "error" or e["user"] == "admin",
        ),
    ],
)
def test_options_narrow_it_down(
    mqtail: Mqtail,
    story: EmbeddedAwsThread,
    everything: list[dict[str, Any]],
    options: tuple[str, ...],
    wanted: Any,
) -> None:
    """Exactly those of all events that the options describe are printed."""
    narrowed = mqtail("orders-mq", *options, *HISTORY)
    assert narrowed.code == 0
    expected = [event for event in everything if wanted(event)]
    assert 0 < len(expected) < len(everything)
    assert narrowed.events == expected


def test_only_the_asked_streams_are_read_of_one_instance(
    mqtail: Mqtail, story: EmbeddedAwsThread
) -> None:
    """The service is asked for the instance's streams, not for everything."""
    mqtail("orders-mq", "-i", "2", *HISTORY)
    calls = story.aws.calls_of("FilterLogEvents")
    assert calls
    assert all(
        [name.endswith("-2.log") for name in call.parameters["logStreamNames"]] == [True]
        for call in calls
    )


def test_the_filter_pattern_is_applied_by_the_service(
    mqtail: Mqtail, story: EmbeddedAwsThread, told: list[StoryEvent]
) -> None:
    """It is passed on as it is, and what comes back is printed."""
    result = mqtail("orders-mq", "--filter-pattern", "Transport", *HISTORY)
    calls = story.aws.calls_of("FilterLogEvents")
    assert {call.parameters["filterPattern"] for call in calls} == {"Transport"}
    expected = Counter(
        e.message for e in told if e.group in groups_of(story) and "Transport" in e.message
    )
    assert Counter(result.messages) == expected


def test_newest_lines_only(
    mqtail: Mqtail, story: EmbeddedAwsThread, everything: list[dict[str, Any]]
) -> None:
    """`-n` gives the newest events, of those that the other options want."""
    assert mqtail("orders-mq", "-n", "5", *HISTORY).events == everything[-5:]
    warnings = [event for event in everything if event["level"] in ("warn", "error", "fatal")]
    assert mqtail("orders-mq", "-n", "3", "-l", "warn", *HISTORY).events == warnings[-3:]
    assert mqtail("orders-mq", "-n", "0", *HISTORY).events == []


def test_since_and_until(
    mqtail: Mqtail, story: EmbeddedAwsThread, everything: list[dict[str, Any]]
) -> None:
    """The first moment belongs to it, the last does not; `--until` means `--no-follow`."""
    first, last = everything[20]["timestamp"], everything[-20]["timestamp"]
    part = mqtail("orders-mq", "-o", "json", "--since", first, "--until", last)
    assert part.code == 0
    expected = [event for event in everything if first <= event["timestamp"] < last]
    assert [event["event_id"] for event in part.events] == [e["event_id"] for e in expected]


def test_times_are_read_in_the_zone_that_is_asked_for(
    mqtail: Mqtail, story: EmbeddedAwsThread, everything: list[dict[str, Any]]
) -> None:
    """A time without a zone is one of `--timezone`, and text is printed in it."""
    moment = datetime.fromisoformat(everything[-50]["timestamp"])
    tokyo = moment.astimezone(UTC) + timedelta(hours=9)
    since = tokyo.replace(tzinfo=None).isoformat()
    result = mqtail(
        "orders-mq", "-o", "text", "--no-follow", "-s", since, "--timezone", "asia/tokyo"
    )
    starts = [line for line in result.lines if re.match(r"\d\d:", line)]
    assert starts[0].startswith(f"{tokyo:%H:%M:%S}.{moment.microsecond // 1000:03d} ")


def test_raw_is_the_messages_as_they_are(
    mqtail: Mqtail, story: EmbeddedAwsThread, everything: list[dict[str, Any]]
) -> None:
    """`-o raw` gives the messages of `-o json`, and nothing else."""
    messages = [event["message"] for event in everything]
    raw = mqtail("orders-mq", "-o", "raw", "--no-follow", "--since", "2h")
    assert raw.out.decode() == "".join(f"{message}\n" for message in messages)


def test_text_names_the_target_only_where_there_may_be_several(
    mqtail: Mqtail, story: EmbeddedAwsThread
) -> None:
    """One broker's name on every line would be noise; a pattern's or no target is not."""
    for target, named in (("orders-mq", False), ("orders-*", True)):
        result = mqtail(target, "--no-follow", "--since", "2h", "-k", "audit")
        starts = [line for line in result.lines if re.match(r"\d\d:\d\d:", line)]
        assert starts
        assert {" orders-mq " in line[:30] for line in starts} == {named}


def targets(server: EmbeddedAwsThread) -> dict[str, tuple[str, str]]:
    """By what is tested: a target, and a pattern of the log groups that it means."""
    play = server.aws.play
    assert play is not None
    orders = play.orders
    general = orders.log_group_prefix + "general"
    logs = f"arn:aws:logs:us-east-1:111122223333:log-group:{general}"
    return {
        "name": ("orders-mq", f"*{orders.id}/*"),
        "pattern": ("*-mq", "/aws/amazonmq/*"),
        "pattern of one": ("tele*", f"*{play.telemetry.id}/*"),
        "id": (orders.id, f"*{orders.id}/*"),
        "ARN": (orders.arn, f"*{orders.id}/*"),
        "log group": (general, general),
        "log group's ARN": (logs, general),
        "log group's ARN with its end": (f"{logs}:*", general),
        "pattern of log groups": (f"{orders.log_group_prefix}*", f"*{orders.id}/*"),
        "log group of something else": (OTHER_GROUP, OTHER_GROUP),
    }


@pytest.mark.parametrize(
    "kind",
    [
        "name",
        "pattern",
        "pattern of one",
        "id",
        "ARN",
        "log group",
        "log group's ARN",
        "log group's ARN with its end",
        "pattern of log groups",
        "log group of something else",
    ],
)
def test_a_target_can_be_named_in_many_ways(
    mqtail: Mqtail, story: EmbeddedAwsThread, told: list[StoryEvent], kind: str
) -> None:
    """What is read are the log groups that the target means, all of each."""
    target, pattern = targets(story)[kind]
    result = mqtail("tail", target, *HISTORY)
    assert (result.code, result.err) == (0, "")
    groups = {event.group for event in told if fnmatchcase(event.group, pattern)}
    assert lines_by_stream(result.events) == told_by_stream(told, groups)


def test_without_a_target_all_brokers_and_clusters_are_read(
    mqtail: Mqtail, story: EmbeddedAwsThread, told: list[StoryEvent]
) -> None:
    """Into a pipe it takes everything that `ls` lists."""
    result = mqtail(*HISTORY)
    assert story.aws.play is not None
    told = [*told, *kafka_events(story.aws.play.start)]
    groups = {event.group for event in told if event.group != OTHER_GROUP}
    assert lines_by_stream(result.events) == told_by_stream(told, groups)


def test_several_targets_are_merged_and_none_is_read_twice(
    mqtail: Mqtail, story: EmbeddedAwsThread, everything: list[dict[str, Any]]
) -> None:
    """A broker that is meant twice is one broker."""
    play = story.aws.play
    assert play is not None
    assert mqtail("orders-mq", play.orders.id, "orders-*", *HISTORY).events == everything


def test_pages_in_between_that_are_empty_end_nothing(
    mqtail: Mqtail, story: EmbeddedAwsThread, everything: list[dict[str, Any]]
) -> None:
    """Small pages, some of them empty, give the same."""
    logs = story.aws.logs
    usual, logs.scan_limit = logs.scan_limit, 50
    try:
        result = mqtail("orders-mq", *HISTORY)
    finally:
        logs.scan_limit = usual
    assert len(story.aws.calls_of("FilterLogEvents")) > 4
    assert result.events == everything
