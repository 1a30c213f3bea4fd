"""S3 as real clients see it."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import aiohttp
import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from botocore.model import OperationModel, Shape
from hypothesis import given
from hypothesis import strategies as st

from mqtail.demo import faults
from mqtail.demo.calls import Call
from mqtail.demo.s3_service import S3Service
from mqtail.demo.server import EmbeddedAws
from mqtail.demo.thread import EmbeddedAwsThread
from tests.demo.conftest import NOW, Clock, Connect

if TYPE_CHECKING:
    from types_aiobotocore_s3 import S3Client

BUCKET = "demo-logs"
BROKEN = (aiohttp.ClientError, ConnectionError)
"""What reading a body that breaks off raises."""
DAY_MS = 86_400_000


def make_service(clock: Callable[[], int]) -> S3Service:
    """S3 without a server around it."""
    return S3Service(clock, "111122223333", "us-east-1")


def listed(service: S3Service, **parameters: str) -> dict[str, Any]:
    """The members of a listing."""
    given = {"Bucket": BUCKET} | {k.replace("_", "-"): v for k, v in parameters.items()}
    call = Call("s3", "ListObjectsV2", given, service.clock(), "us-east-1", "key")
    answer: dict[str, Any] = service.answer(call)
    return answer


def names(answer: Any) -> list[str]:
    """Keys and common prefixes of a listing, in order."""
    keys = [found["Key"] for found in answer.get("Contents", [])]
    return sorted(keys + [found["Prefix"] for found in answer.get("CommonPrefixes", [])])


async def read(s3: S3Client, key: str, **parameters: Any) -> bytes:
    """The bytes of an object."""
    answer = await s3.get_object(Bucket=BUCKET, Key=key, **parameters)
    return await answer["Body"].read()


async def refused(call: Any) -> tuple[str, int, str]:
    """Code, status and message of the error that a call ends with."""
    with pytest.raises(ClientError) as raised:
        await call
    error = raised.value.response
    code, message = error["Error"]["Code"], error["Error"]["Message"]
    return code, error["ResponseMetadata"]["HTTPStatusCode"], message


async def test_listing_in_pages_with_prefix_and_delimiter(aws: EmbeddedAws, s3: S3Client) -> None:
    """Keys of all kinds, common prefixes once, in the order of UTF-8, through tokens."""
    keys = ["msk/a/1", "msk/a/2", "msk/b/1", "msk/b c+d&<é>", "msk/z", "other"]
    for key in keys:
        aws.s3.put_object(BUCKET, key, key.encode())
    assert names(await s3.list_objects_v2(Bucket=BUCKET)) == sorted(keys)
    pages = s3.get_paginator("list_objects_v2").paginate(
        Bucket=BUCKET, Prefix="msk/", Delimiter="/", PaginationConfig={"PageSize": 1}
    )
    found = [names(page) async for page in pages]
    assert found == [["msk/a/"], ["msk/b c+d&<é>"], ["msk/b/"], ["msk/z"]]
    calls = aws.calls_of("ListObjectsV2")
    assert calls[-1].parameters["max-keys"] == "1"
    (after,) = (await s3.list_objects_v2(Bucket=BUCKET, StartAfter="msk/z"))["Contents"]
    assert (after["Key"], after["Size"], after["StorageClass"]) == ("other", 5, "STANDARD")
    assert (await s3.list_objects_v2(Bucket=BUCKET, MaxKeys=0))["KeyCount"] == 0


async def test_a_page_has_a_thousand_keys_at_most(aws: EmbeddedAws, s3: S3Client) -> None:
    """Whatever is asked for."""
    for n in range(1002):
        aws.s3.put_object(BUCKET, f"{n:04d}", b"")
    page = await s3.list_objects_v2(Bucket=BUCKET, MaxKeys=5000)
    assert (page["KeyCount"], page["MaxKeys"], page["IsTruncated"]) == (1000, 1000, True)
    token = page["NextContinuationToken"]
    rest = await s3.list_objects_v2(Bucket=BUCKET, ContinuationToken=token)
    assert names(rest) == ["1000", "1001"]
    assert not rest["IsTruncated"]
    call = s3.list_objects_v2(Bucket=BUCKET, ContinuationToken="x")
    assert (await refused(call))[0] == "InvalidArgument"


KEYS = st.text("ab/é", max_size=5).filter(bool)


@given(
    keys=st.sets(KEYS, max_size=20),
    prefix=st.text("ab/", max_size=2),
    delimiter=st.sampled_from(["", "/", "b"]),
    start_after=st.text("ab/é", max_size=3),
    page=st.integers(1, 4),
)
def test_pages_give_what_a_plain_filter_gives(
    keys: set[str], prefix: str, delimiter: str, start_after: str, page: int
) -> None:
    """Every key once, or its common prefix once."""
    service = make_service(Clock())
    service.create_bucket(BUCKET)
    for key in keys:
        service.put_object(BUCKET, key, b"x")
    expected = set()
    for key in keys:
        if key.startswith(prefix) and key > start_after:
            head, divided, _ = key[len(prefix) :].partition(delimiter or "\0")
            expected.add(prefix + head + divided)
    found: list[str] = []
    sent: dict[str, str] = {"start_after": start_after} if start_after else {}
    while True:
        answer = listed(service, prefix=prefix, delimiter=delimiter, max_keys=str(page), **sent)
        found += names(answer)
        if not answer["IsTruncated"]:
            break
        sent = {"continuation_token": answer["NextContinuationToken"]}
    assert found == sorted(expected)


def test_answers_fit_the_model(
    operation_model: Callable[[str, str], OperationModel],
    check_shape: Callable[[Shape | None, Any], None],
) -> None:
    """The members of a listing are those of AWS's model, and no others."""
    service = make_service(Clock())
    for key in ("a/1", "a/2", "b"):
        service.put_object(BUCKET, key, b"x")
    first = listed(service, delimiter="/", max_keys="1", encoding_type="url", start_after="a")
    token = first["NextContinuationToken"]
    for answer in (first, listed(service, delimiter="/", continuation_token=token)):
        check_shape(operation_model("s3", "ListObjectsV2").output_shape, answer)


async def test_reading_an_object(aws: EmbeddedAws, s3: S3Client) -> None:
    """Its bytes as they are, also a gzip's, with its headers; HEAD tells the same."""
    body = gzip.compress(b"line\n" * 1000)
    stored = aws.s3.put_object(BUCKET, "a b/ü.gz", body, modified=NOW)
    answer = await s3.get_object(Bucket=BUCKET, Key="a b/ü.gz")
    assert await answer["Body"].read() == body
    head = await s3.head_object(Bucket=BUCKET, Key="a b/ü.gz")
    for told in (answer, head):
        assert told["ETag"] == f'"{stored.etag}"'
        assert told["ContentLength"] == len(body)
        assert told["LastModified"].timestamp() * 1000 == NOW
        assert told["ServerSideEncryption"] == "AES256"
        assert "ContentEncoding" not in told
    assert aws.calls_of("GetObject")[0].parameters["Key"] == "a b/ü.gz"


async def test_ranges_and_conditions(aws: EmbeddedAws, s3: S3Client) -> None:
    """206 with the range, 416 beyond the end, 412 when it has changed meanwhile."""
    stored = aws.s3.put_object(BUCKET, "k", b"0123456789")
    for text, wanted, told in (
        ("bytes=2-4", b"234", "bytes 2-4/10"),
        ("bytes=7-", b"789", "bytes 7-9/10"),
        ("bytes=7-99", b"789", "bytes 7-9/10"),
        ("bytes=-2", b"89", "bytes 8-9/10"),
        ("bytes=-99", b"0123456789", "bytes 0-9/10"),
    ):
        answer = await s3.get_object(Bucket=BUCKET, Key="k", Range=text)
        assert await answer["Body"].read() == wanted
        assert answer["ContentRange"] == told
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 206
    for text in ("bytes=4-2", "lines=1-2", "bytes=-"):
        assert await read(s3, "k", Range=text) == b"0123456789"
    for text in ("bytes=10-", "bytes=-0"):
        call = s3.get_object(Bucket=BUCKET, Key="k", Range=text)
        assert (await refused(call))[:2] == ("InvalidRange", 416)
    assert await read(s3, "k", IfMatch=f'"{stored.etag}"') == b"0123456789"
    changed = aws.s3.put_object(BUCKET, "k", b"other")
    assert changed.etag != stored.etag
    call = s3.get_object(Bucket=BUCKET, Key="k", IfMatch=f'"{stored.etag}"')
    assert (await refused(call))[:2] == ("PreconditionFailed", 412)


async def test_an_empty_object(aws: EmbeddedAws, s3: S3Client) -> None:
    """It has no byte that a range could begin with."""
    aws.s3.put_object(BUCKET, "empty", b"")
    assert await read(s3, "empty") == b""
    call = s3.get_object(Bucket=BUCKET, Key="empty", Range="bytes=0-")
    assert (await refused(call))[:2] == ("InvalidRange", 416)


async def test_a_large_object(aws: EmbeddedAws, s3: S3Client) -> None:
    """Whole, and as a range in the middle of it."""
    body = bytes(range(256)) * 12_000
    aws.s3.put_object(BUCKET, "large", body)
    assert await read(s3, "large") == body
    assert await read(s3, "large", Range="bytes=1000000-2999999") == body[1_000_000:3_000_000]


async def test_what_is_not_there(aws: EmbeddedAws, s3: S3Client) -> None:
    """Bucket or key; HEAD has no room for a code."""
    aws.s3.create_bucket(BUCKET)
    assert (await refused(s3.list_objects_v2(Bucket="none")))[:2] == ("NoSuchBucket", 404)
    with pytest.raises(s3.exceptions.NoSuchKey):
        await read(s3, "none")
    for call in (s3.head_bucket(Bucket="none"), s3.head_object(Bucket=BUCKET, Key="none")):
        assert (await refused(call))[:2] == ("404", 404)
    assert (await refused(s3.list_objects(Bucket=BUCKET)))[:2] == ("NotImplemented", 501)
    assert (await refused(s3.list_buckets()))[:2] == ("NotImplemented", 501)


async def test_visible_later_and_deleted(aws: EmbeddedAws, s3: S3Client) -> None:
    """Neither listed nor read before its time."""
    now = aws.clock()
    aws.s3.put_object(BUCKET, "later", b"x", visible=now + 3_600_000)
    aws.s3.put_object(BUCKET, "past", b"x", visible=now - 60_000)
    assert names(await s3.list_objects_v2(Bucket=BUCKET)) == ["past"]
    with pytest.raises(s3.exceptions.NoSuchKey):
        await read(s3, "later")
    assert [stored.modified for stored in aws.s3.objects(BUCKET)] == [now - 60_000]
    aws.s3.delete_object(BUCKET, "past")
    aws.s3.delete_object(BUCKET, "past")
    assert names(await s3.list_objects_v2(Bucket=BUCKET)) == []


def test_old_objects_expire(clock: Clock) -> None:
    """By their LastModified, where the bucket has such a rule."""
    service = make_service(clock)
    service.create_bucket(BUCKET, expire_days=1)
    service.put_object(BUCKET, "old", b"x")
    clock.now += DAY_MS
    service.put_object(BUCKET, "new", b"x")
    assert names(listed(service)) == ["new", "old"]
    clock.now += 1
    assert names(listed(service)) == ["new"]


async def test_denied_objects(aws: EmbeddedAws, s3: S3Client) -> None:
    """In IAM's words, naming the object, or the key that it is encrypted with."""
    key_arn = "arn:aws:kms:us-east-1:111122223333:key/k1"
    aws.s3.put_object(BUCKET, "a", b"a", kms_key=key_arn)
    aws.s3.put_object(BUCKET, "b", b"b")
    encrypted = await s3.head_object(Bucket=BUCKET, Key="a")
    assert (encrypted["ServerSideEncryption"], encrypted["SSEKMSKeyId"]) == ("aws:kms", key_arn)
    aws.s3.deny_kms(BUCKET, "a")
    aws.s3.deny_object(BUCKET, "b")
    user = "User: arn:aws:iam::111122223333:user/demo is not authorized to perform:"
    assert await refused(s3.get_object(Bucket=BUCKET, Key="a")) == (
        "AccessDenied",
        403,
        f"{user} kms:Decrypt on resource: {key_arn}"
        " because no identity-based policy allows the kms:Decrypt action",
    )
    assert await refused(s3.get_object(Bucket=BUCKET, Key="b")) == (
        "AccessDenied",
        403,
        f"{user} s3:GetObject on resource: arn:aws:s3:::{BUCKET}/b"
        " because no identity-based policy allows the s3:GetObject action",
    )
    assert (await refused(s3.head_object(Bucket=BUCKET, Key="a")))[:2] == ("403", 403)
    aws.s3.allow_object(BUCKET, "a")
    assert await read(s3, "a") == b"a"


async def test_buckets_have_a_region(aws: EmbeddedAws, connect: Connect, s3: S3Client) -> None:
    """A client of another region is sent there, and finds it by itself."""
    aws.s3.create_bucket("far", "eu-west-1")
    aws.s3.put_object("far", "k", b"far away")
    aws.s3.put_object(BUCKET, "k", b"here")
    assert (await s3.get_bucket_location(Bucket="far"))["LocationConstraint"] == "eu-west-1"
    assert (await s3.get_bucket_location(Bucket=BUCKET))["LocationConstraint"] is None
    assert (await s3.head_bucket(Bucket=BUCKET))["BucketRegion"] == "us-east-1"
    answer = await s3.get_object(Bucket="far", Key="k")
    assert await answer["Body"].read() == b"far away"
    regions = [call.region for call in aws.calls_of("GetObject")]
    assert (regions[0], regions[-1]) == ("us-east-1", "eu-west-1")
    near = await connect("s3", "eu-west-1")
    assert names(await near.list_objects_v2(Bucket="far")) == ["k"]


@pytest.mark.parametrize(
    ("fault", "code", "status"),
    [
        (faults.Throttle(), "SlowDown", 503),
        (faults.ServerError(), "SlowDown", 503),
        (faults.ServerError(500), "InternalError", 500),
        (faults.AccessDenied(), "AccessDenied", 403),
        (faults.ExpiredCredentials(), "ExpiredToken", 400),
        (faults.UnrecognizedClient(), "InvalidAccessKeyId", 403),
        (faults.InvalidSignature(), "SignatureDoesNotMatch", 403),
    ],
)
async def test_errors(
    aws: EmbeddedAws, s3: S3Client, fault: faults.Fault, code: str, status: int
) -> None:
    """S3 has its own codes."""
    aws.s3.put_object(BUCKET, "k", b"x")
    handle = aws.faults.add(fault, operation="GetObject", where=lambda p: p["Key"] == "k")
    assert (await refused(s3.get_object(Bucket=BUCKET, Key="k")))[:2] == (code, status)
    handle.remove()
    assert await read(s3, "k") == b"x"


async def test_denial_of_a_listing(aws: EmbeddedAws, s3: S3Client) -> None:
    """Listing is ListBucket to IAM."""
    aws.s3.create_bucket(BUCKET)
    aws.faults.add(faults.AccessDenied(), service="s3")
    message = (await refused(s3.list_objects_v2(Bucket=BUCKET)))[2]
    assert f"s3:ListBucket on resource: arn:aws:s3:::{BUCKET} because" in message


def test_an_object_that_is_replaced(clock: Clock) -> None:
    """When the new one becomes visible, not before; what is put later stands."""
    service = make_service(clock)
    service.put_object(BUCKET, "k", b"old")
    replaced = service.put_object(BUCKET, "k", b"newer", visible=clock.now + 1_000)
    assert [found.body for found in service.objects(BUCKET)] == [b"old"]
    clock.now += 1_000
    assert service.objects(BUCKET) == [replaced]
    service.put_object(BUCKET, "k", b"backdated", visible=clock.now - 5_000)
    assert [found.body for found in service.objects(BUCKET)] == [b"backdated"]
    service.delete_object(BUCKET, "k")
    assert service.objects(BUCKET) == []


async def test_transfers_that_fail(aws: EmbeddedAws, s3: S3Client) -> None:
    """Reset before the answer, reset in its middle, and half a body that says that it is whole."""
    body = bytes(3_000_000)
    aws.s3.put_object(BUCKET, "k", body)
    # aiohttp repeats a GET once by itself.
    aws.faults.add(faults.ConnectionReset(), times=2)
    with pytest.raises(EndpointConnectionError):
        await read(s3, "k")
    aws.faults.add(faults.TruncatedBody(), times=1)
    assert await read(s3, "k") == body[:1_500_000]
    aws.faults.add(faults.BrokenTransfer(), times=1)
    answer = await s3.get_object(Bucket=BUCKET, Key="k")
    assert answer["ContentLength"] == len(body)
    async with answer["Body"] as stream:
        with pytest.raises(BROKEN):
            await stream.read()
    aws.faults.add(faults.Slow(0.01), times=1)
    assert await read(s3, "k") == body


async def test_a_broken_transfer_gives_its_first_bytes(aws: EmbeddedAws, s3: S3Client) -> None:
    """What was sent before the reset arrives, so that a reader can go on from there."""
    aws.s3.put_object(BUCKET, "k", bytes(range(256)) * 100)
    aws.faults.add(faults.BrokenTransfer(), times=1)
    answer = await s3.get_object(Bucket=BUCKET, Key="k")
    got = b""
    async with answer["Body"] as stream:
        with suppress(*BROKEN):
            while piece := await stream.read(1000):
                got += piece
    assert 0 < len(got) <= 12_800
    assert got == (bytes(range(256)) * 100)[: len(got)]


def test_boto3_reads_it() -> None:
    """A synchronous client, with the addresses that it chooses itself."""
    with EmbeddedAwsThread() as server:
        server.run(server.aws.s3.put_object, BUCKET, "a/b.gz", b"x")
        s3 = boto3.client("s3", endpoint_url=server.url, region_name="us-east-1")
        assert names(s3.list_objects_v2(Bucket=BUCKET)) == ["a/b.gz"]
        assert s3.get_object(Bucket=BUCKET, Key="a/b.gz")["Body"].read() == b"x"
