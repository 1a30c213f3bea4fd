"""Logs that a Firehose stream delivers: found where they are, or said why they cannot be read."""

from __future__ import annotations

import json
from typing import Any

import cramjam
import pytest

from mqtail.demo import firehose_service
from mqtail.demo.faults import AccessDenied, ServerError
from mqtail.demo.firehose_objects import S3Settings, object_key
from mqtail.errors import TargetError
from mqtail.events import Level
from mqtail.status import State
from tests.engine.deliveries import IDENTIFIER, STREAM, Streams, record, texts
from tests.engine.support import Following, ago, eventually

# S3.

PREFIXES: list[S3Settings] = [
    {},
    {"prefix": "logs/"},
    {"prefix": "logs-", "delimiter": True},
    {"prefix": "logs/!{timestamp:yyyy-MM-dd}/", "time_zone": "America/New_York"},
    {"prefix": "!{timestamp:yyyy/'day'dd-MM}/!{firehose:random-string}/"},
    {"prefix": "!{firehose:random-string}/!{timestamp:yyyy}/", "file_extension": ".log"},
]


@pytest.mark.parametrize("settings", PREFIXES, ids=[str(p.get("prefix")) for p in PREFIXES])
@pytest.mark.parametrize("compression", ["UNCOMPRESSED", "GZIP", "ZIP"])
async def test_what_a_stream_writes_into_s3(
    streams: Streams, settings: S3Settings, compression: Any
) -> None:
    """Wherever its prefix puts objects, however these are compressed."""
    s3: S3Settings = {**settings, "bucket": "delivered", "compression": compression}
    s3["error_prefix"] = "failed/"
    stream = streams.add(s3=s3)
    streams.deliver(stream, "a", "b", seconds_ago=100)
    streams.deliver(stream, "c", seconds_ago=50)
    events = await streams.history()
    assert texts(events) == ["a", "b", "c"]
    assert {event.level for event in events} == {Level.WARN}
    source = events[0].source
    assert (source.target, source.kind, source.destination, source.instance, source.bucket) == (
        "clicks",
        "broker",
        "firehose",
        "2",
        "delivered",
    )


@pytest.mark.parametrize("codec", ["snappy", "snappy_raw"])
async def test_objects_that_snappy_packed(streams: Streams, codec: str) -> None:
    """Framed, as Firehose's Snappy is, or as one block."""
    streams.add(s3={"bucket": "delivered", "compression": "Snappy"})
    compress = cramjam.snappy.compress if codec == "snappy" else cramjam.snappy.compress_raw
    key = object_key(STREAM, {"bucket": "", "compression": "Snappy"}, ago(100), IDENTIFIER)
    streams.aws.s3.put_object("delivered", key, bytes(compress(record("a", ago(100)))))
    assert texts(await streams.history()) == ["a"]


async def test_following_a_stream(streams: Streams) -> None:
    """The source says where it is read, and new objects come as they are delivered."""
    stream = streams.add(s3={"bucket": "delivered", "prefix": "logs/"})
    streams.deliver(stream, "old")
    async with streams.following() as following:
        await following.watched.until(lambda events: texts(events) == ["old"])
        (status,) = following.tail.readers
        assert status.place == f"{STREAM} → s3://delivered/logs/"
        streams.deliver(stream, "new", seconds_ago=1)
        await following.watched.until(lambda events: texts(events) == ["old", "new"])


async def test_one_instance_of_a_stream(streams: Streams) -> None:
    """Its records tell the brokers apart."""
    streams.deliver(streams.add(s3={"bucket": "delivered"}), "a")
    assert texts(await streams.history(instances=("2",))) == ["a"]
    with pytest.raises(TargetError, match="no log stream of instance 7") as caught:
        await streams.history(instances=("7",))
    assert "There are: 2." in caught.value.hint


# What stands in the way.


async def the_status(following: Following) -> Any:
    """The status of the only reader, once there is one."""
    await eventually(lambda: bool(following.tail.readers))
    return following.tail.readers[0]


async def test_a_stream_that_is_not_there_yet(streams: Streams) -> None:
    """It is waited for, and then read from the beginning."""
    with pytest.raises(TargetError, match=STREAM):
        await streams.history()
    async with streams.following() as following:
        status = await the_status(following)
        await eventually(lambda: status.state is State.WAITING)
        assert STREAM in status.reason
        streams.deliver(streams.add(s3={"bucket": "delivered"}), "a")
        await following.watched.until(lambda events: texts(events) == ["a"])
        await eventually(lambda: status.state is State.LIVE)
        assert not status.reason


async def test_a_stream_that_is_being_made(streams: Streams) -> None:
    """Its state is told."""
    stream = streams.add(status="CREATING", s3={"bucket": "delivered"})
    streams.deliver(stream, "a")
    async with streams.following() as following:
        status = await the_status(following)
        await eventually(lambda: status.state is State.WAITING)
        assert "CREATING" in status.reason
        stream.status = "ACTIVE"
        await following.watched.until(lambda events: texts(events) == ["a"])


async def test_a_stream_that_may_not_be_described(streams: Streams) -> None:
    """The right that is missing is told, and looked for again."""
    streams.deliver(streams.add(s3={"bucket": "delivered"}), "a")
    denied = streams.aws.faults.add(AccessDenied(), operation="DescribeDeliveryStream")
    with pytest.raises(TargetError) as caught:
        await streams.history()
    assert "firehose:DescribeDeliveryStream" in caught.value.hint
    streams.aws.kafka.add_cluster("beside", cloudwatch="/msk/beside")
    arguments = streams.arguments(destinations=("firehose", "cloudwatch"))
    async with streams.bench.following("clicks", "beside", **arguments) as following:
        await eventually(lambda: len(following.tail.readers) == 2)
        status = following.tail.readers[0]
        await eventually(lambda: status.state is State.FAILING)
        assert status.hopeless
        denied.remove()
        await following.watched.until(lambda events: texts(events) == ["a"])


async def test_failures_that_pass(streams: Streams) -> None:
    """The description is asked for again."""
    streams.deliver(streams.add(s3={"bucket": "delivered"}), "a")
    streams.aws.faults.add(ServerError(), operation="DescribeDeliveryStream", times=3)
    assert texts(await streams.history()) == ["a"]


# Destinations that cannot be read.


@pytest.mark.parametrize(
    ("other", "named"),
    [
        ("Splunk", "Splunk"),
        ("HttpEndpoint", "an HTTP endpoint"),
        ("Snowflake", "Snowflake"),
        ("Iceberg", "Iceberg tables"),
    ],
)
async def test_destinations_that_cannot_be_read(streams: Streams, other: Any, named: str) -> None:
    """They are named, with what can be done instead."""
    streams.add(other=other)
    with pytest.raises(TargetError, match=f"delivers to {named}, which mqtail cannot") as caught:
        await streams.history()
    assert "only what could not be delivered" in caught.value.message
    assert "--destination cloudwatch" in caught.value.hint


async def test_parquet_cannot_be_read(streams: Streams) -> None:
    """It is said before any object is opened."""
    streams.add(s3={"bucket": "delivered", "parquet": True})
    with pytest.raises(TargetError, match="Parquet or ORC"):
        await streams.history()
    assert not streams.aws.calls_of("ListObjectsV2")


@pytest.mark.parametrize(
    ("other", "mode"),
    [("Splunk", "AllEvents"), ("HttpEndpoint", "AllData"), ("Redshift", "Disabled")],
)
async def test_a_full_copy_in_s3_is_read_instead(
    streams: Streams, other: Any, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And that is said; what goes to Redshift is in S3 first in any case."""
    described = firehose_service._OTHERS[other] | {"S3BackupMode": mode}
    monkeypatch.setitem(firehose_service._OTHERS, other, described)
    streams.add(other=other)
    streams.put_backup(f"{STREAM}-backup", "a")
    async with streams.following() as following:
        await following.watched.until(lambda events: texts(events) == ["a"])
        (note,) = following.tail.notes
        assert "which mqtail cannot read. The stream's copy in S3 is read instead" in note
        assert f"s3://{STREAM}-backup/" in note


async def test_the_copy_of_a_domain_that_cannot_be_reached(streams: Streams) -> None:
    """It is in a VPC, or refuses us."""
    streams.aws.opensearch.add_domain("search", endpoint_reachable=False)
    streams.add(
        opensearch={
            "domain": "search",
            "index": "clicks",
            "backup_bucket": "copies",
            "backup_mode": "AllDocuments",
        }
    )
    streams.put_backup("copies", "a", "b")
    async with streams.following() as following:
        await following.watched.until(lambda events: texts(events) == ["a", "b"])
        (note,) = following.tail.notes
        assert note.startswith("AWS cannot be reached while searching the index clicks-20*")
        (status,) = following.tail.readers
        assert status.place == f"{STREAM} → s3://copies/"
        await eventually(lambda: status.state is State.LIVE)


@pytest.mark.parametrize("operation", ["Search", "DescribeDomain"])
async def test_the_copy_of_a_domain_that_refuses_us(streams: Streams, operation: str) -> None:
    """Whether it may not be searched, or not be looked up."""
    streams.aws.opensearch.add_domain("search")
    streams.add(
        opensearch={
            "domain": "search",
            "index": "clicks",
            "backup_bucket": "copies",
            "backup_mode": "AllDocuments",
        }
    )
    streams.aws.faults.add(AccessDenied(), operation=operation)
    streams.put_backup("copies", "a")
    assert texts(await streams.history()) == ["a"]


async def test_a_domain_out_of_reach_without_a_copy(streams: Streams) -> None:
    """It says why that does not help, and goes on trying."""
    domain = streams.aws.opensearch.add_domain("search", endpoint_reachable=False)
    streams.add(opensearch={"domain": "search", "index": "clicks"})
    with pytest.raises(TargetError) as caught:
        await streams.history()
    assert "only what could not be delivered" in caught.value.message
    assert "in a VPC" in caught.value.hint
    async with streams.following() as following:
        status = await the_status(following)
        await eventually(lambda: status.state is State.FAILING)
        domain.reachable = True
        await eventually(lambda: status.state is State.WAITING)
        streams.aws.opensearch.put("search", "clicks-2026-11-21", json.loads(record("a", ago(10))))
        await following.watched.until(lambda events: texts(events) == ["a"])
