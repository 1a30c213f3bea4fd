"""The story of the Kafka clusters: what it tells, that all destinations tell the same, and who."""

from __future__ import annotations

import gzip
import json
import re
from collections import defaultdict
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest
from aiobotocore.session import AioSession

from mqtail.demo.kafka_service import KafkaService
from mqtail.demo.s3_buckets import S3Object
from mqtail.demo.server import EmbeddedAws
from mqtail.demo.story.kafka_script import FIREHOSE_STREAM, KafkaScript
from mqtail.demo.story.play import DEFAULT_SEED, Play, kafka_events, story_events, story_records
from mqtail.demo.story.telling import CHAPTER_MS, StoryEvent
from tests.demo.conftest import Clock

if TYPE_CHECKING:
    from types_aiobotocore_s3 import S3Client

START = 1_795_219_200_000
MINUTE = 60_000
DAY = 86_400_000
GROUP = "/aws/msk/clicks-msk"
LOG_BUCKET = "clicks-msk-logs-111122223333"
FIREHOSE_BUCKET = "clicks-msk-firehose-111122223333"

LINE = re.compile(r"\[(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d),(\d{3})\] (INFO|WARN|ERROR) ")
LOGGER = re.compile(r" \((?:[\w-]+\.)+[\w$]+\)")
CONTINUATION = re.compile(r"[\w.$]+Exception: |\tat ")
KEY = re.compile(
    r"msk/AWSLogs/111122223333/KafkaBrokerLogs/us-east-1/clicks-msk-[0-9a-f-]{36}-4"
    r"/(\d{4}-\d\d-\d\d-\d\d)/Broker-([123])_(\d\d)-(\d\d)_[0-9a-f]{8}\.log\.gz"
)


def told_of(kafka: list[StoryEvent], group: str = GROUP) -> list[StoryEvent]:
    """The events of a cluster in the order of time."""
    return sorted((e for e in kafka if e.group == group), key=lambda e: e.timestamp)


@pytest.fixture(scope="module")
def history() -> list[StoryEvent]:
    """The history of `clicks-msk`."""
    return told_of(kafka_events(START))


@pytest.fixture(scope="module")
def live() -> list[StoryEvent]:
    """Ten minutes of live events of `clicks-msk`."""
    kafka = KafkaService(lambda: START, "111122223333", "us-east-1")
    script = KafkaScript(kafka, "us-east-1", START, DEFAULT_SEED)
    return told_of([event for number in range(20) for event in script.chapter(number)])


@pytest.fixture
def told_live(clock: Clock) -> EmbeddedAws:
    """An embedded AWS that is not served, with its story open and 20 minutes told ahead."""
    clock.now = START
    aws = EmbeddedAws(clock=clock, story=True)
    play_of(aws).open(START)
    play_of(aws).publish_until(START + 20 * MINUTE)
    return aws


@pytest.fixture
async def s3_of_story(story_aws: EmbeddedAws, session: AioSession) -> AsyncIterator[S3Client]:
    """An S3 client of the stories."""
    async with session.create_client(
        "s3", region_name="us-east-1", endpoint_url=story_aws.url
    ) as client:
        yield client


def play_of(aws: EmbeddedAws) -> Play:
    """The stories."""
    assert aws.play is not None
    return aws.play


def broker(event: StoryEvent) -> int:
    """The broker whose log it is."""
    return int(event.stream[-1])


def lines_of(events: list[StoryEvent], number: int) -> list[str]:
    """The lines of a broker's log, in order."""
    return [line for e in events if broker(e) == number for line in e.message.split("\n")]


def files_of(aws: EmbeddedAws, number: int) -> list[str]:
    """The lines of a broker in the bucket of the broker logs, from all objects in their order."""
    found = [o for o in aws.s3.objects(LOG_BUCKET) if f"/Broker-{number}_" in o.key]
    # Two objects of one moment have no order of their own but that of their lines.
    texts = sorted((o.key[:-16], gzip.decompress(o.body).decode()) for o in found)
    return [line for _, text in texts for line in text.removesuffix("\n").split("\n")]


def place_of(key: str) -> tuple[int, datetime]:
    """The broker in the key of an object with broker logs, and the moment in it."""
    found = KEY.fullmatch(key)
    assert found, key
    folder, number, hour, minute = found.groups()
    assert folder.endswith(f"-{hour}")
    return int(number), datetime.fromisoformat(f"{folder[:10]}T{hour}:{minute}+00:00")


def records_of(aws: EmbeddedAws) -> list[dict[str, Any]]:
    """What the delivery stream wrote, from all objects in their order."""
    texts = [gzip.decompress(o.body).decode() for o in aws.s3.objects(FIREHOSE_BUCKET)]
    return [json.loads(line) for text in texts for line in text.splitlines()]


def lines_in_records(aws: EmbeddedAws, number: int) -> list[str]:
    """The lines of a broker in the records of the delivery stream, by time."""
    records = sorted(records_of(aws), key=lambda record: record["timestamp"])
    mine = [record["message"] for record in records if record["broker"] == number]
    return [line for message in mine for line in message.split("\n")]


def test_the_history_is_an_hour_that_is_over(history: list[StoryEvent]) -> None:
    """All of it ingested before the start; the same seed and start tell the same."""
    assert 800 < len(history) < 2000
    assert all(START - 61 * MINUTE < e.timestamp <= e.ingested <= START for e in history)
    assert history[0].timestamp < START - 58 * MINUTE
    assert history[-1].timestamp > START - 2 * MINUTE
    assert {broker(event) for event in history} == {1, 2, 3}
    assert told_of(kafka_events(START)) == history
    assert told_of(kafka_events(START, seed=7)) != history


@pytest.mark.parametrize("told", ["history", "live"])
def test_every_line_has_kafkas_form(told: str, request: pytest.FixtureRequest) -> None:
    """The time in the text is the event's; the logger ends the first line or the last one."""
    for event in request.getfixturevalue(told):
        first, *rest = event.message.split("\n")
        started = LINE.match(first)
        if started is None:
            assert CONTINUATION.match(first), first
            assert not rest
            continue
        moment = datetime.strptime(started[1], "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
        assert moment.timestamp() * 1000 + int(started[2]) == event.timestamp
        if LOGGER.search(first):
            assert LOGGER.fullmatch(first[first.rindex(" (") :])
            assert all(CONTINUATION.match(line) for line in rest), event.message
        else:
            assert LOGGER.fullmatch(rest[-1])
            assert all(line.startswith("\t") for line in rest[:-1])


def test_live_events_take_one_to_five_seconds(live: list[StoryEvent]) -> None:
    """As log delivery does; a few lines a second."""
    lags = sorted(e.ingested - e.timestamp for e in live)
    assert 1000 <= lags[0] < lags[-1] <= 5000
    assert 1 <= len(live) / (20 * CHAPTER_MS / 1000) <= 8


def test_the_reboot_of_the_history(history: list[StoryEvent]) -> None:
    """Step by step: broker 2 leaves, the others go on without it, it comes back."""

    def first(number: int, words: str) -> int:
        return next(e.timestamp for e in history if broker(e) == number and words in e.message)

    steps = [
        first(2, "due to signal SIGTERM"),
        first(2, "Beginning controlled shutdown"),
        first(3, "has requested and been granted a controlled shutdown"),
        first(1, "Shrinking ISR from 1,2,3 to 1,3"),
        first(1, "Connection to 2 was disconnected"),
        first(2, "Registered signal handlers"),
        first(2, "KafkaConfig values: "),
        first(2, "Recovering unflushed segment"),
        first(2, "Loaded 20 logs"),
        first(3, "Replayed RegisterBrokerRecord"),
        first(2, "Added fetcher to broker 1"),
        first(2, "Kafka Server started"),
        first(1, "Expanding ISR from 1,3 to 1,2,3"),
        first(3, "maybeBalancePartitionLeaders"),
        first(2, "[Broker id=2] Leader clicks-"),
    ]
    assert steps == sorted(steps)
    assert abs(steps[0] - (START - 22 * MINUTE)) < MINUTE
    assert first(3, "Shrinking ISR") < first(3, "Expanding ISR")
    leader = first(3, "[Broker id=3] Leader clicks-1 ")
    assert steps[0] < leader < steps[4]
    refused = [e for e in history if "NotEnoughReplicasException" in e.message]
    assert {broker(event) for event in refused} == {1, 3}
    assert all(steps[2] < event.timestamp < steps[13] for event in refused)


def test_the_rebooted_broker_is_silent_while_it_is_away(history: list[StoryEvent]) -> None:
    """Nothing between its last line and its first one."""
    mine = [e for e in history if broker(e) == 2]
    started = next(n for n, e in enumerate(mine) if "Log4jController" in e.message)
    assert "Shutting down. (kafka.log.LogManager)" in mine[started - 1].message
    assert mine[started].timestamp - mine[started - 1].timestamp > 20_000


@pytest.mark.parametrize("told", ["history", "live"])
def test_what_shrinks_expands_again(told: str, request: pytest.FixtureRequest) -> None:
    """Every partition that loses broker 2 gets it back, from the leader that it has by then."""
    isr: dict[str, set[str]] = defaultdict(lambda: {"1,2,3", "1,2", "2,3"})
    shrunk = set()
    for event in request.getfixturevalue(told):
        found = re.search(
            r"\[Partition (\S+) broker=\d\] (Shrinking|Expanding) ISR from ([\d,]+) to ([\d,]+)",
            event.message,
        )
        if found is None:
            continue
        name, kind, before, after = found.groups()
        assert kind == "Expanding" or before in isr[name]
        assert ("2" in after) == (kind == "Expanding")
        isr[name] = {after}
        shrunk.add(name) if kind == "Shrinking" else None
    assert {"clicks-0", "sessions-0", "exports-2", "__consumer_offsets-0"} <= shrunk


def test_live_reboots_come_again(live: list[StoryEvent]) -> None:
    """Every four minutes, with leader epochs that grow."""
    times = [e.timestamp for e in live if "SIGTERM" in e.message]
    assert [(b - a) // 1000 in range(238, 243) for a, b in pairwise(times)] == [True, True]
    assert times[0] - START < MINUTE
    pattern = re.compile(r"Leader clicks-1 with .* starts at leader epoch (\d+) ")
    found = [pattern.search(e.message) for e in live]
    epochs = [int(match[1]) for match in found if match]
    assert epochs == list(range(epochs[0], epochs[0] + len(epochs)))
    # The history had one reboot, with two changes.
    assert epochs[0] == 34


def test_events_of_many_lines(history: list[StoryEvent]) -> None:
    """The configuration as one event, with the logger at its end; traces in both ways."""
    (values,) = [e.message for e in history if "KafkaConfig values" in e.message]
    lines = values.split("\n")
    assert len(lines) > 200
    assert lines[-1] == " (kafka.server.KafkaConfig)"
    assert "\tnode.id = 2" in lines
    assert any("\n\tat " in event.message for event in history)
    frames = [n for n, e in enumerate(history) if e.message.startswith("\tat ")]
    assert frames
    for n in frames:
        previous = history[n - 1]
        assert (previous.stream, previous.timestamp) == (history[n].stream, history[n].timestamp)
    assert any(e.message.endswith("\n (kafka.log.LogCleaner)") for e in history)


async def test_three_destinations_tell_the_same_lines(
    story_aws: EmbeddedAws, history: list[StoryEvent]
) -> None:
    """All of the history, in order, at the start."""
    play = play_of(story_aws)
    told = told_of(kafka_events(play.start))
    stored = story_aws.logs.events(GROUP)
    for number in (1, 2, 3):
        wanted = lines_of(told, number)
        stream = play.clicks.log_stream(number)
        mine = [e.message for e in stored if e.log_stream_name == stream]
        assert [line for message in mine for line in message.split("\n")] == wanted
        assert files_of(story_aws, number) == wanted
        assert lines_in_records(story_aws, number) == wanted
    assert len(records_of(story_aws)) == len(told) == len(history)


async def test_objects_of_the_history(
    s3_of_story: S3Client, story_aws: EmbeddedAws, history: list[StoryEvent]
) -> None:
    """As a client lists them: a key layout, five minutes in each, written before the start."""
    start = play_of(story_aws).start
    pages = s3_of_story.get_paginator("list_objects_v2").paginate(
        Bucket=LOG_BUCKET, Prefix="msk/AWSLogs/"
    )
    found = [stored async for page in pages for stored in page["Contents"]]
    moments = defaultdict(list)
    for stored in found:
        number, end = place_of(stored["Key"])
        moments[number].append(end)
        assert stored["LastModified"] <= datetime.fromtimestamp(start / 1000, UTC)
        assert timedelta() <= stored["LastModified"] - end <= timedelta(minutes=2)
        answer = await s3_of_story.get_object(Bucket=LOG_BUCKET, Key=stored["Key"])
        lines = gzip.decompress(await answer["Body"].read()).decode().split("\n")
        times = [LINE.match(line) for line in lines]
        for match in filter(None, times):
            written = datetime.strptime(match[1], "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
            assert end - timedelta(minutes=5) <= written < end + timedelta(minutes=1)
    for ends in moments.values():
        assert 10 <= len(set(ends)) <= 14


async def test_records_of_the_delivery_stream(story_aws: EmbeddedAws) -> None:
    """JSON lines with the time, the broker and the cluster; an object a minute."""
    for record in records_of(story_aws):
        assert list(record) == ["timestamp", "broker", "cluster", "message"]
        assert record["cluster"] == "clicks-msk"
    objects = story_aws.s3.objects(FIREHOSE_BUCKET)
    assert 40 < len(objects) < 65
    for stored in objects:
        assert re.fullmatch(
            rf"\d{{4}}/\d\d/\d\d/\d\d/{FIREHOSE_STREAM}-1(-\d\d\d\d)(-\d\d){{5}}-[0-9a-f-]+\.gz",
            stored.key,
        )
        assert stored.modified <= play_of(story_aws).start


def test_live_objects_come_when_they_are_due(told_live: EmbeddedAws, clock: Clock) -> None:
    """S3 every five minutes and up to one more, Firehose every minute; nothing before."""
    before = {
        bucket: {stored.key for stored in told_live.s3.objects(bucket)}
        for bucket in (LOG_BUCKET, FIREHOSE_BUCKET)
    }
    lags = defaultdict(list)
    for clock.now in range(START, START + 15 * MINUTE, 1_000):
        for bucket, keys in before.items():
            for stored in told_live.s3.objects(bucket):
                if stored.key not in keys:
                    keys.add(stored.key)
                    assert clock.now - 1_000 < stored.modified <= clock.now
                    lags[bucket].append(clock.now - _end_of(stored))
    # START is a full hour: three windows of S3, of which the last one is not due.
    assert len(lags[LOG_BUCKET]) >= 6
    assert all(5_000 <= lag <= MINUTE + 1_000 for lag in lags[LOG_BUCKET])
    places = [place_of(key) for key in before[LOG_BUCKET]]
    # Sometimes MSK writes two objects for a broker at one time.
    assert len(places) > len(set(places))
    assert len(lags[FIREHOSE_BUCKET]) in (13, 14)
    assert all(1_000 <= lag < MINUTE + 8_000 for lag in lags[FIREHOSE_BUCKET])


def _end_of(stored: S3Object) -> int:
    """The moment in an object's key, or the newest one in its records, ms."""
    if stored.key.startswith("msk/"):
        return int(place_of(stored.key)[1].timestamp()) * 1000
    text = gzip.decompress(stored.body).decode()
    found = re.findall(r"\[(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d),(\d{3})\]", text)
    moments = [(datetime.fromisoformat(f"{moment}+00:00"), int(ms)) for moment, ms in found]
    return max(int(moment.timestamp()) * 1000 + ms for moment, ms in moments)


def test_live_lines_are_in_all_destinations_once(told_live: EmbeddedAws, clock: Clock) -> None:
    """History and a quarter of an hour, at the end of a window of each destination."""
    end = START + 15 * MINUTE
    clock.now = START + 20 * MINUTE
    stored = told_live.logs.events(GROUP)
    for number in (1, 2, 3):
        stream = play_of(told_live).clicks.log_stream(number)
        mine = [e for e in stored if e.log_stream_name == stream]
        by_time = [line for e in mine if e.timestamp < end for line in e.message.split("\n")]
        files = files_of(told_live, number)
        assert files[: len(by_time)] == by_time
        assert len(by_time) <= len(files)
        arrived = {(e.timestamp, e.message) for e in mine if e.ingestion_time < end}
        records = [
            (record["timestamp"], record["message"])
            for record in records_of(told_live)
            if record["broker"] == number
        ]
        assert arrived <= set(records)
        assert len(records) <= len(mine)


def test_nothing_grows_for_days(told_live: EmbeddedAws, clock: Clock) -> None:
    """Objects and records of more than a day ago are gone."""
    clock.now = START + 21 * MINUTE
    assert told_live.s3.objects(LOG_BUCKET)
    assert told_live.cloudtrail.records()
    clock.now += DAY
    assert told_live.s3.objects(LOG_BUCKET) == []
    assert told_live.s3.objects(FIREHOSE_BUCKET) == []
    assert told_live.cloudtrail.records() == []
    assert told_live.logs.create_group(GROUP).retention_in_days == 1


async def test_the_other_clusters(story_aws: EmbeddedAws) -> None:
    """Express brokers with few lines; a serverless cluster without any."""
    play = play_of(story_aws)
    assert play.audit.instance_type.startswith("express.")
    assert play.audit.broker_logs.told() == {
        "cloudWatchLogs": {"enabled": True, "logGroup": "/aws/msk/audit-msk"}
    }
    told = told_of(kafka_events(play.start), "/aws/msk/audit-msk")
    assert 20 < len(told) < 400
    assert len(story_aws.logs.events("/aws/msk/audit-msk")) == len(told)
    assert not any("SIGTERM" in event.message for event in told)
    assert play.adhoc.type == "SERVERLESS"
    destinations = play.clicks.broker_logs
    assert (destinations.cloudwatch, destinations.s3, destinations.firehose) == (
        GROUP,
        (LOG_BUCKET, "msk"),
        FIREHOSE_STREAM,
    )


# API calls.


@pytest.fixture(scope="module")
def records() -> list[dict[str, Any]]:
    """The CloudTrail records of the history."""
    return [told.record for told in story_records(START)]


def moment_of(record: dict[str, Any]) -> int:
    """When a call was made, ms."""
    return int(datetime.fromisoformat(record["eventTime"]).timestamp() * 1000)


def named(records: list[dict[str, Any]], name: str, source: str) -> list[dict[str, Any]]:
    """The records of an operation."""
    source = f"{source}.amazonaws.com"
    return [r for r in records if (r["eventName"], r["eventSource"]) == (name, source)]


def test_who_rebooted_the_kafka_broker(
    records: list[dict[str, Any]], history: list[StoryEvent]
) -> None:
    """An operator, seconds before the broker's log tells of it; a topic was altered before."""
    (reboot,) = named(records, "RebootBroker", "kafka")
    stopped = next(e.timestamp for e in history if "SIGTERM" in e.message)
    assert 4_000 < stopped - moment_of(reboot) < 10_000
    assert reboot["requestParameters"]["brokerIds"] == ["2"]
    arn = unquote(reboot["requestParameters"]["clusterArn"])
    assert arn == reboot["responseElements"]["clusterArn"]
    assert ":cluster/clicks-msk/" in arn
    assert reboot["userIdentity"]["sessionContext"]["sessionIssuer"]["userName"] == (
        "platform-operator"
    )
    (alter,) = named(records, "AlterTopic", "kafka-cluster")
    assert 2 * MINUTE < moment_of(reboot) - moment_of(alter) < 10 * MINUTE
    assert alter["requestParameters"]["resourceARN"].endswith("/clicks")
    assert alter["userIdentity"]["type"] == "AssumedRole"


def test_who_rebooted_the_activemq_broker(records: list[dict[str, Any]]) -> None:
    """The one whom its audit log names, just before that."""
    events = sorted(story_events(START), key=lambda e: e.timestamp)
    audit = next(e for e in events if "terminateJVM" in e.message)
    (reboot,) = named(records, "RebootBroker", "amazonmq")
    assert 0 < audit.timestamp - moment_of(reboot) < 6_000
    assert reboot["userIdentity"]["userName"] == "admin"
    assert "| admin called" in audit.message
    assert reboot["requestParameters"]["broker-id"] in audit.group
    telemetry = [r for r in records if r["eventSource"] == "amazonmq.amazonaws.com"]
    assert {r["eventName"] for r in telemetry} == {"RebootBroker", "DescribeBroker"}


def test_all_kinds_of_calls(records: list[dict[str, Any]]) -> None:
    """Reading and writing, roles and users, one that is denied; all ids differ."""
    names = {(r["eventSource"].partition(".")[0], r["eventName"]) for r in records}
    assert {("kafka-cluster", "CreateTopic"), ("kafka", "DescribeClusterV2")} <= names
    (denied,) = [r for r in records if "errorCode" in r]
    assert (denied["eventName"], denied["errorCode"]) == ("DeleteCluster", "AccessDenied")
    assert denied["userIdentity"]["type"] == "IAMUser"
    assert {r["readOnly"] for r in records} == {True, False}
    for member in ("eventID", "requestID"):
        assert len({r[member] for r in records}) == len(records)
    assert [moment_of(r) for r in records] == sorted(moment_of(r) for r in records)
    for record in records:
        assert START - 60 * MINUTE < moment_of(record) < START
        assert record["sourceIPAddress"]
        assert record["userAgent"]


def test_records_are_there_when_they_have_arrived(told_live: EmbeddedAws, clock: Clock) -> None:
    """Those of the history at the start; live ones after 5 to 20 s."""
    assert len(told_live.cloudtrail.records()) == len(story_records(START))
    for told in story_records(START):
        assert told.visible <= START
        assert told.visible == START or 120_000 <= told.visible - moment_of(told.record) <= 600_000
    seen = {record["eventID"] for record in told_live.cloudtrail.records()}
    lags = []
    for clock.now in range(START, START + 5 * MINUTE, 500):
        for record in told_live.cloudtrail.records():
            if record["eventID"] not in seen:
                seen.add(record["eventID"])
                lags.append(clock.now - moment_of(record))
    assert len(lags) > 10
    assert all(5_000 <= lag <= 20_500 for lag in lags)
    times = [r["eventTime"] for r in named(told_live.cloudtrail.records(), "RebootBroker", "kafka")]
    assert len(times) == 3
