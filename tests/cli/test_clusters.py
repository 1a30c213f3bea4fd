"""`mqtail clicks-msk`: the story of a Kafka broker's restart, wherever it was delivered."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest

from mqtail.demo.thread import EmbeddedAwsThread
from tests.cli.support import Mqtail, Result

HISTORY = ("-o", "json", "--no-follow", "--since", "2h")
DESTINATIONS = ("cloudwatch", "s3", "firehose")


def what_was_said(events: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    """Time, broker and message of each event of the broker log, in one order."""
    return sorted(
        (event["timestamp"], event["instance"], event["message"])
        for event in events
        if event["kind"] == "broker"
    )


@pytest.fixture
def by_destination(
    mqtail: Mqtail, story: EmbeddedAwsThread, remembered: dict[str, Result]
) -> dict[str, list[dict[str, Any]]]:
    """What is printed of each destination."""
    for destination in DESTINATIONS:
        if destination not in remembered:
            remembered[destination] = mqtail("clicks-msk", *HISTORY, "-d", destination)
            assert (remembered[destination].code, remembered[destination].err) == (0, "")
    return {destination: remembered[destination].events for destination in DESTINATIONS}


@pytest.mark.parametrize("destination", DESTINATIONS)
def test_every_destination_tells_the_same_story(
    by_destination: dict[str, list[dict[str, Any]]], destination: str
) -> None:
    """The same events, each once, in time order, none of them late."""
    events = by_destination[destination]
    assert what_was_said(events) == what_was_said(by_destination["cloudwatch"])
    assert len(what_was_said(events)) > 500
    assert len(set(what_was_said(events))) == len(what_was_said(events))
    times = [event["timestamp"] for event in events]
    assert all(before <= after for before, after in pairwise(times))
    assert not any(event["late"] for event in events)
    assert {e["source"] for e in events if e["kind"] == "broker"} == {destination}
    assert {e["instance"] for e in events if e["kind"] == "broker"} == {"1", "2", "3"}


def test_the_restart_can_be_followed(by_destination: dict[str, list[dict[str, Any]]]) -> None:
    """Who asked for it, the partitions that lost a replica, and that they have it again."""
    events = by_destination["s3"]

    def first(*parts: str) -> int:
        return next(
            row
            for row, event in enumerate(events)
            if all(part in event["message"] for part in parts)
        )

    asked = first('"RebootBroker"', "clicks-msk")
    shrunk = first("ISR", "1,2,3", "1,3")
    assert asked < first("shutting down") < first("KafkaConfig values") < len(events)
    assert asked < shrunk
    assert events[asked]["kind"] == "api"
    assert events[asked]["target"] == "clicks-msk"
    assert events[asked]["user"]


def test_lines_in_s3_say_where_they_are(
    by_destination: dict[str, list[dict[str, Any]]],
) -> None:
    """Bucket, key and line instead of a log group and stream."""
    for destination in ("s3", "firehose"):
        event = next(e for e in by_destination[destination] if e["kind"] == "broker")
        assert event["bucket"]
        assert event["key"].endswith(".gz")
        assert event["line"] >= 1
        assert event["log_group"] is None
        assert event["log_stream"] is None
        assert event["lag"] > 0
    assert "bucket" not in by_destination["cloudwatch"][0]


def test_all_api_calls(mqtail: Mqtail, story: EmbeddedAwsThread) -> None:
    """Of brokers and clusters; whole records, and one readable line in text."""
    events = mqtail("cloudtrail", *HISTORY).events
    assert {"clicks-msk", "orders-mq"} <= {event["target"] for event in events}
    assert {event["service"] for event in events} == {"cloudtrail"}
    for event in events:
        assert json.loads(event["message"])["eventID"] == event["event_id"]
    text = mqtail("cloudtrail", "--no-follow", "--since", "2h", "-o", "text")
    assert (text.code, text.err) == (0, "")
    # After midnight there is a line for each day as well.
    assert len([line for line in text.lines if not line.startswith("-- ")]) == len(events)
    assert any("called RebootBroker on clicks-msk" in line for line in text.lines)
    changes = mqtail("cloudtrail", *HISTORY, "-l", "info").events
    assert 0 < len(changes) < len(events)


def test_a_trail_tells_the_same(mqtail: Mqtail, story: EmbeddedAwsThread) -> None:
    """Whether its bucket is read, or the event history."""
    looked_up = mqtail("cloudtrail", *HISTORY).events
    for trail in ("all-calls", "s3://cloudtrail-logs-111122223333"):
        delivered = mqtail("cloudtrail", "--trail", trail, *HISTORY).events
        assert {e["event_id"] for e in delivered} == {e["event_id"] for e in looked_up}
        assert len(delivered) == len(looked_up)


def test_api_calls_are_found_by_what_is_shown(mqtail: Mqtail, story: EmbeddedAwsThread) -> None:
    """The readable line, the person behind the role, and the record itself."""
    for wanted in ('"called RebootBroker on clicks-msk"', "user:*maria*", "/maria.*RebootBroker/"):
        events = mqtail("clicks-msk", *HISTORY, "-k", "api", "-f", wanted).events
        assert {event["user"] for event in events} == {"platform-operator/maria.lopez"}


def test_a_serverless_cluster(mqtail: Mqtail, story: EmbeddedAwsThread) -> None:
    """It has no broker logs, and that is said; its API calls are there."""
    result = mqtail("adhoc-serverless", *HISTORY)
    assert result.code == 0
    assert "serverless" in result.err
    assert {event["kind"] for event in result.events} == {"api"}


def test_a_destination_that_there_is_not(mqtail: Mqtail, story: EmbeddedAwsThread) -> None:
    """The hint names those that there are."""
    result = mqtail("audit-msk", *HISTORY, "-d", "s3")
    result.failed(3, "audit-msk: there are no logs to read.", "only to cloudwatch")
    mqtail("clicks-msk", *HISTORY, "-d", "splunk").failed(2, "splunk")
