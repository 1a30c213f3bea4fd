"""Firehose as real clients see it, and the objects that its streams write."""

from __future__ import annotations

import gzip
import io
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, get_args
from zipfile import ZipFile

import pytest
from botocore.exceptions import ClientError
from botocore.model import OperationModel, Shape

from mqtail.demo import faults
from mqtail.demo.calls import Call
from mqtail.demo.firehose_objects import S3Settings, object_key
from mqtail.demo.firehose_service import FirehoseService, Other
from mqtail.demo.s3_service import S3Service
from mqtail.demo.server import EmbeddedAws
from tests.demo.conftest import NOW, Clock

if TYPE_CHECKING:
    from types_aiobotocore_firehose import FirehoseClient


@pytest.fixture
def stored(clock: Clock) -> S3Service:
    """The S3 that the streams write to."""
    return S3Service(clock, "111122223333", "us-east-1")


@pytest.fixture
def streams(clock: Clock, stored: S3Service) -> FirehoseService:
    """Firehose without a server around it."""
    return FirehoseService(clock, "111122223333", "us-east-1", stored)


async def refused(call: Any) -> tuple[str, int]:
    """Code and status of the error that a call ends with."""
    with pytest.raises(ClientError) as raised:
        await call
    error = raised.value.response
    return error["Error"]["Code"], error["ResponseMetadata"]["HTTPStatusCode"]


async def destination(firehose: FirehoseClient, name: str) -> Any:
    """The destination of a stream."""
    told = (await firehose.describe_delivery_stream(DeliveryStreamName=name))[
        "DeliveryStreamDescription"
    ]
    (found,) = told["Destinations"]
    return found


def test_answers_fit_the_models(
    streams: FirehoseService,
    operation_model: Callable[[str, str], OperationModel],
    check_shape: Callable[[Shape | None, Any], None],
) -> None:
    """For every kind of destination."""
    settings: S3Settings = {
        "bucket": "b",
        "prefix": "p/",
        "error_prefix": "e/",
        "compression": "GZIP",
        "time_zone": "Europe/Berlin",
        "file_extension": ".log.gz",
        "kms_key": "arn:aws:kms:us-east-1:111122223333:key/k",
        "delimiter": True,
        "parquet": False,
        "partitioned": True,
    }
    streams.add_stream("s3", s3=settings)
    streams.add_stream("s3-plain", s3={"bucket": "b"}, status="CREATING")
    streams.add_stream("search", opensearch={"domain": "logs", "index": "broker"})
    streams.add_stream("named", opensearch={"cluster_endpoint": "https://x", "index": "broker"})
    for other in get_args(Other):
        streams.add_stream(other, other=other)
    calls: list[tuple[str, dict[str, Any]]] = [
        ("DescribeDeliveryStream", {"DeliveryStreamName": name})
        for name in ("s3", "s3-plain", "search", "named", *get_args(Other))
    ]
    calls += [
        ("ListDeliveryStreams", {"Limit": 3}),
        ("ListTagsForDeliveryStream", {"DeliveryStreamName": "s3"}),
    ]
    for operation, parameters in calls:
        answer = streams.answer(Call("firehose", operation, parameters, NOW, "us-east-1", "key"))
        check_shape(operation_model("firehose", operation).output_shape, answer)


async def test_a_stream_into_s3(aws: EmbeddedAws, firehose: FirehoseClient) -> None:
    """Told in the extended form, and beside it in the older one."""
    aws.firehose.add_stream(
        "logs", s3={"bucket": "b", "prefix": "p/", "compression": "GZIP", "delimiter": True}
    )
    found = await destination(firehose, "logs")
    extended = found["ExtendedS3DestinationDescription"]
    assert (extended["BucketARN"], extended["Prefix"]) == ("arn:aws:s3:::b", "p/")
    assert extended["CompressionFormat"] == "GZIP"
    assert extended["CustomTimeZone"] == "UTC"
    (processor,) = extended["ProcessingConfiguration"]["Processors"]
    assert processor["Type"] == "AppendDelimiterToRecord"
    assert found["S3DestinationDescription"]["BucketARN"] == "arn:aws:s3:::b"
    aws.firehose.add_stream("plain", s3={"bucket": "b"})
    found = await destination(firehose, "plain")
    assert "Prefix" not in found["ExtendedS3DestinationDescription"]
    assert found["S3DestinationDescription"]["CompressionFormat"] == "UNCOMPRESSED"


async def test_a_stream_into_opensearch(aws: EmbeddedAws, firehose: FirehoseClient) -> None:
    """By the domain's ARN or by an endpoint; with the bucket of what failed, or of all."""
    aws.firehose.add_stream(
        "search",
        opensearch={
            "domain": "logs",
            "index": "broker",
            "rotation": "OneHour",
            "backup_bucket": "all",
            "backup_mode": "AllDocuments",
        },
    )
    told = (await destination(firehose, "search"))["AmazonopensearchserviceDestinationDescription"]
    assert told["DomainARN"] == "arn:aws:es:us-east-1:111122223333:domain/logs"
    assert (told["IndexName"], told["IndexRotationPeriod"]) == ("broker", "OneHour")
    assert told["S3BackupMode"] == "AllDocuments"
    assert told["S3DestinationDescription"]["BucketARN"] == "arn:aws:s3:::all"
    aws.firehose.add_stream("named", opensearch={"cluster_endpoint": "https://x", "index": "i"})
    told = (await destination(firehose, "named"))["AmazonopensearchserviceDestinationDescription"]
    assert (told["ClusterEndpoint"], told["S3BackupMode"]) == ("https://x", "FailedDocumentsOnly")
    assert "DomainARN" not in told


async def test_streams_and_tags_are_listed(aws: EmbeddedAws, firehose: FirehoseClient) -> None:
    """In the order of their names, ten at most unless told otherwise; of the region."""
    for n in range(12):
        aws.firehose.add_stream(f"s{n:02d}", s3={"bucket": "b"})
    aws.firehose.add_stream("far", s3={"bucket": "b"}, region="eu-west-1")
    first = await firehose.list_delivery_streams()
    assert first["DeliveryStreamNames"] == [f"s{n:02d}" for n in range(10)]
    assert first["HasMoreDeliveryStreams"]
    rest = await firehose.list_delivery_streams(ExclusiveStartDeliveryStreamName="s09")
    assert (rest["DeliveryStreamNames"], rest["HasMoreDeliveryStreams"]) == (["s10", "s11"], False)
    others = await firehose.list_delivery_streams(DeliveryStreamType="MSKAsSource")
    assert others["DeliveryStreamNames"] == []
    tags = await firehose.list_tags_for_delivery_stream(DeliveryStreamName="s00")
    assert tags["Tags"] == [{"Key": "LogDeliveryEnabled", "Value": "true"}]
    aws.firehose.add_stream("bare", s3={"bucket": "b"}, tags={"a": "1", "b": "2"})
    tags = await firehose.list_tags_for_delivery_stream(DeliveryStreamName="bare", Limit=1)
    assert (tags["Tags"], tags["HasMoreTags"]) == ([{"Key": "a", "Value": "1"}], True)


async def test_errors(aws: EmbeddedAws, firehose: FirehoseClient) -> None:
    """What is not there, what makes no sense, and the faults, in the codes of JSON 1.1."""
    call = firehose.describe_delivery_stream(DeliveryStreamName="none")
    assert await refused(call) == ("ResourceNotFoundException", 400)
    tags = firehose.list_tags_for_delivery_stream(DeliveryStreamName="none")
    assert await refused(tags) == ("ResourceNotFoundException", 400)
    assert await refused(firehose.list_delivery_streams(Limit=10_001)) == (
        "ValidationException",
        400,
    )
    aws.faults.add(faults.AccessDenied(), service="firehose")
    arn = "arn:aws:firehose:us-east-1:111122223333:deliverystream/x"
    with pytest.raises(ClientError, match=f"firehose:DescribeDeliveryStream on resource: {arn} "):
        await firehose.describe_delivery_stream(DeliveryStreamName="x")


@pytest.mark.parametrize(
    ("settings", "prefix", "ending"),
    [
        ({}, "2026/11/21/00/", ""),
        ({"prefix": "msk/"}, "msk/2026/11/21/00/", ""),
        ({"prefix": "msk/!{timestamp:yyyy-MM-dd}/x/"}, "msk/2026-11-21/x/", ""),
        ({"prefix": "y=!{timestamp:yyyy}/h=!{timestamp:HH}/"}, "y=2026/h=00/", ""),
        ({"prefix": "!{timestamp:'day'=dd}/"}, "day=21/", ""),
        ({"prefix": "!{firehose:random-string}/"}, "01234567abc/2026/11/21/00/", ""),
        ({"time_zone": "America/New_York"}, "2026/11/20/19/", ""),
        ({"compression": "GZIP"}, "2026/11/21/00/", ".gz"),
        ({"compression": "HADOOP_SNAPPY"}, "2026/11/21/00/", ".hsnappy"),
        ({"compression": "GZIP", "file_extension": ".json"}, "2026/11/21/00/", ".json"),
    ],
)
def test_keys(settings: S3Settings, prefix: str, ending: str) -> None:
    """Prefixes with and without expressions; the time is that of the first record."""
    identifier = "01234567-abcd-4000-8000-000000000000"
    key = object_key("logs", settings, NOW + 61_000, identifier)
    assert key == f"{prefix}logs-1-2026-11-21-00-01-01-{identifier}{ending}"


def test_records_are_delivered(streams: FirehoseService, stored: S3Service, clock: Clock) -> None:
    """Without anything between them, unless the stream appends a newline; compressed or not."""
    plain = streams.add_stream("plain", s3={"bucket": "b"})
    packed = streams.add_stream(
        "packed", s3={"bucket": "c", "compression": "GZIP", "delimiter": True}
    )
    zipped = streams.add_stream("zipped", s3={"bucket": "d", "compression": "ZIP"})
    keys = [streams.deliver(s, [b"one", b"two"], arrived=NOW) for s in (plain, packed, zipped)]
    assert all(re.match(r"2026/11/21/00/\w+-1-2026-11-21-00-00-00-", key) for key in keys)
    (one,), (two,), (three,) = (stored.objects(bucket) for bucket in "bcd")
    assert one.body == b"onetwo"
    assert gzip.decompress(two.body) == b"one\ntwo\n"
    with ZipFile(io.BytesIO(three.body)) as archive:
        assert archive.read(archive.namelist()[0]) == b"onetwo"
    streams.deliver(plain, [b"late"], arrived=NOW, visible=NOW + 60_000)
    assert len(stored.objects("b")) == 1
    clock.now += 60_000
    assert len(stored.objects("b")) == 2


def test_what_is_not_delivered(streams: FirehoseService) -> None:
    """No bucket, or a compression that nothing here makes."""
    search = streams.add_stream("search", opensearch={"domain": "d", "index": "i"})
    snappy = streams.add_stream("snappy", s3={"bucket": "b", "compression": "Snappy"})
    for stream, words in ((search, "does not write into S3"), (snappy, "are not made here")):
        with pytest.raises(ValueError, match=words):
            streams.deliver(stream, [b"x"], arrived=NOW)


async def test_tags_decide_about_log_delivery(aws: EmbeddedAws, firehose: FirehoseClient) -> None:
    """Set, overwritten, removed; a stream that a test adds has AWS's own."""
    aws.firehose.add_stream("clicks", s3={"bucket": "b"})

    async def tags() -> dict[str, str]:
        answer = await firehose.list_tags_for_delivery_stream(DeliveryStreamName="clicks")
        return {tag["Key"]: tag.get("Value", "") for tag in answer["Tags"]}

    assert await tags() == {"LogDeliveryEnabled": "true"}
    await firehose.untag_delivery_stream(
        DeliveryStreamName="clicks", TagKeys=["LogDeliveryEnabled", "none"]
    )
    assert await tags() == {}
    for value in ("false", "true"):
        await firehose.tag_delivery_stream(
            DeliveryStreamName="clicks", Tags=[{"Key": "LogDeliveryEnabled", "Value": value}]
        )
    await firehose.tag_delivery_stream(DeliveryStreamName="clicks", Tags=[{"Key": "empty"}])
    assert await tags() == {"LogDeliveryEnabled": "true", "empty": ""}
    many = [{"Key": f"k{n}"} for n in range(49)]
    found = await refused(
        firehose.tag_delivery_stream(DeliveryStreamName="clicks", Tags=many)  # type: ignore[arg-type]
    )
    assert found == ("LimitExceededException", 400)
    missing = firehose.untag_delivery_stream(DeliveryStreamName="none", TagKeys=["k"])
    assert await refused(missing) == ("ResourceNotFoundException", 400)


async def test_a_stream_is_created(aws: EmbeddedAws, firehose: FirehoseClient) -> None:
    """It writes into a bucket, and has the tags that it was given."""
    parameters: dict[str, Any] = {
        "DeliveryStreamName": "clicks",
        "ExtendedS3DestinationConfiguration": {
            "RoleARN": "arn:aws:iam::111122223333:role/firehose",
            "BucketARN": "arn:aws:s3:::archive",
            "Prefix": "msk/",
            "CompressionFormat": "GZIP",
        },
    }
    answer = await firehose.create_delivery_stream(**parameters)
    told = (await destination(firehose, "clicks"))["ExtendedS3DestinationDescription"]
    assert (told["BucketARN"], told["Prefix"]) == ("arn:aws:s3:::archive", "msk/")
    assert told["CompressionFormat"] == "GZIP"
    stream = aws.firehose.stream("clicks")
    assert stream is not None
    assert (stream.arn, stream.tags) == (answer["DeliveryStreamARN"], {})
    again = firehose.create_delivery_stream(**parameters)
    assert await refused(again) == ("ResourceInUseException", 400)
    nowhere = firehose.create_delivery_stream(DeliveryStreamName="nowhere")
    assert await refused(nowhere) == ("InvalidArgumentException", 400)
