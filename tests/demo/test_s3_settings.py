"""Settings of buckets through a real client: making them, their policy and their encryption."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from botocore.exceptions import ClientError

from mqtail.demo import faults
from mqtail.demo.s3_settings import Encryption
from mqtail.demo.server import EmbeddedAws

if TYPE_CHECKING:
    from types_aiobotocore_s3 import S3Client

SIGNED = {"Authorization": "AWS4-HMAC-SHA256 Credential=k/20261121/us-east-1/s3/aws4_request, x"}


def code(error: pytest.ExceptionInfo[ClientError]) -> str:
    """The error code of what a client raised."""
    return error.value.response["Error"]["Code"]


def bucket_policy(**changes: Any) -> str:
    """A policy of the bucket `logs`; members can be changed, or left out with None."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "delivery.logs.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": "arn:aws:s3:::logs/AWSLogs/111122223333/*",
    } | changes
    kept = {name: value for name, value in statement.items() if value is not None}
    return json.dumps({"Version": "2012-10-17", "Statement": [kept]})


async def test_policy(aws: EmbeddedAws, s3: S3Client) -> None:
    """It comes back as it was sent, and can be removed."""
    aws.s3.create_bucket("logs")
    with pytest.raises(ClientError) as error:
        await s3.get_bucket_policy(Bucket="logs")
    assert code(error) == "NoSuchBucketPolicy"
    await s3.put_bucket_policy(Bucket="logs", Policy=bucket_policy())
    assert (await s3.get_bucket_policy(Bucket="logs"))["Policy"] == bucket_policy()
    await s3.delete_bucket_policy(Bucket="logs")
    with pytest.raises(ClientError):
        await s3.get_bucket_policy(Bucket="logs")


async def test_a_bucket_can_have_a_policy_from_the_beginning(
    aws: EmbeddedAws, s3: S3Client
) -> None:
    """As a test gives it."""
    aws.s3.create_bucket("logs", policy={"Version": "2012-10-17", "Statement": []})
    text = (await s3.get_bucket_policy(Bucket="logs"))["Policy"]
    assert json.loads(text) == {"Version": "2012-10-17", "Statement": []}


@pytest.mark.parametrize(
    ("policy", "message"),
    [
        ("{", "JSON"),
        ("{}", "Statement"),
        (bucket_policy(Principal=None), "Missing required field Principal"),
        (bucket_policy(Resource=None), "Resource"),
        (bucket_policy(Resource="arn:aws:s3:::other/*"), "invalid resource"),
        (bucket_policy(Resource="logs/*"), "invalid resource"),
        (bucket_policy(Action="kms:Decrypt"), "invalid action"),
    ],
)
async def test_policies_that_are_refused(
    aws: EmbeddedAws, s3: S3Client, policy: str, message: str
) -> None:
    """The one that was there stays."""
    aws.s3.create_bucket("logs")
    await s3.put_bucket_policy(Bucket="logs", Policy=bucket_policy())
    with pytest.raises(ClientError, match=message) as error:
        await s3.put_bucket_policy(Bucket="logs", Policy=policy)
    assert code(error) == "MalformedPolicy"
    assert (await s3.get_bucket_policy(Bucket="logs"))["Policy"] == bucket_policy()


async def test_encryption(aws: EmbeddedAws, s3: S3Client) -> None:
    """SSE-S3 unless told otherwise, by a test or by a call."""
    key = aws.kms.add_key()
    aws.s3.create_bucket("logs")
    aws.s3.create_bucket("secret", encryption=Encryption("aws:kms", key.arn, bucket_key=True))
    aws.s3.create_bucket("managed", encryption=Encryption("aws:kms"))
    aws.s3.create_bucket("old", encryption=None)

    async def rule(bucket: str) -> tuple[Any, bool]:
        answer = await s3.get_bucket_encryption(Bucket=bucket)
        (found,) = answer["ServerSideEncryptionConfiguration"]["Rules"]
        return found["ApplyServerSideEncryptionByDefault"], found["BucketKeyEnabled"]

    by_key = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key.arn}
    assert await rule("logs") == ({"SSEAlgorithm": "AES256"}, False)
    assert await rule("secret") == (by_key, True)
    assert await rule("managed") == ({"SSEAlgorithm": "aws:kms"}, False)
    with pytest.raises(ClientError) as error:
        await rule("old")
    assert code(error) == "ServerSideEncryptionConfigurationNotFoundError"
    await s3.put_bucket_encryption(
        Bucket="old",
        ServerSideEncryptionConfiguration={
            "Rules": [
                {
                    "ApplyServerSideEncryptionByDefault": {
                        "SSEAlgorithm": "aws:kms",
                        "KMSMasterKeyID": key.arn,
                    },
                    "BucketKeyEnabled": True,
                }
            ]
        },
    )
    assert await rule("old") == (by_key, True)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<",
        "<ServerSideEncryptionConfiguration/>",
        "<S><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>no</SSEAlgorithm>"
        "</ApplyServerSideEncryptionByDefault></Rule></S>",
        '<!DOCTYPE a [<!ENTITY b "bbbb">]><a>&b;</a>',
    ],
)
async def test_encryption_that_cannot_be_read(aws: EmbeddedAws, body: str) -> None:
    """It is refused, whatever the body is."""
    aws.s3.create_bucket("logs")
    url = f"{aws.url}/logs?encryption"
    async with (
        aiohttp.ClientSession() as http,
        http.put(url, data=body.encode(), headers=SIGNED) as response,
    ):
        assert response.status == 400
        assert "<Code>MalformedXML</Code>" in await response.text()
    bucket = aws.s3.bucket("logs")
    assert bucket is not None
    assert bucket.encryption == Encryption()


async def test_buckets_are_made_where_the_request_says(aws: EmbeddedAws, connect: Any) -> None:
    """Outside of us-east-1 the request has to name the region."""
    here, there = await connect("s3"), await connect("s3", "eu-west-1")
    await here.create_bucket(Bucket="one")
    with pytest.raises(ClientError) as error:
        await there.create_bucket(Bucket="two")
    assert code(error) == "IllegalLocationConstraintException"
    place = {"LocationConstraint": "eu-west-1"}
    await there.create_bucket(Bucket="two", CreateBucketConfiguration=place)
    await here.create_bucket(Bucket="three", CreateBucketConfiguration=place)
    found = [aws.s3.bucket(name) for name in ("one", "two", "three")]
    assert [bucket and bucket.region for bucket in found] == ["us-east-1", "eu-west-1", "eu-west-1"]
    with pytest.raises(here.exceptions.BucketAlreadyOwnedByYou):
        await here.create_bucket(Bucket="one")


async def test_buckets_of_another_account(aws: EmbeddedAws, s3: S3Client) -> None:
    """Nobody here may look at them, and their names are taken."""
    aws.s3.create_bucket("theirs", foreign=True)
    for call in (
        s3.get_bucket_policy(Bucket="theirs"),
        s3.put_bucket_policy(Bucket="theirs", Policy=bucket_policy()),
        s3.get_bucket_encryption(Bucket="theirs"),
        s3.list_objects_v2(Bucket="theirs"),
    ):
        with pytest.raises(ClientError) as error:
            await call
        assert code(error) == "AccessDenied"
    with pytest.raises(ClientError) as error:
        await s3.head_bucket(Bucket="theirs")
    assert code(error) == "403"
    with pytest.raises(s3.exceptions.BucketAlreadyExists):
        await s3.create_bucket(Bucket="theirs")


async def test_what_is_not_there(aws: EmbeddedAws, s3: S3Client) -> None:
    """No bucket, and settings that this S3 does not have."""
    with pytest.raises(ClientError) as error:
        await s3.get_bucket_policy(Bucket="none")
    assert code(error) == "NoSuchBucket"
    with pytest.raises(ClientError) as error:
        await s3.put_bucket_versioning(Bucket="none", VersioningConfiguration={"Status": "Enabled"})
    assert code(error) == "NotImplemented"
    assert aws.s3.bucket("none") is None


async def test_permissions(aws: EmbeddedAws, s3: S3Client) -> None:
    """The actions have the names that IAM has for them."""
    aws.s3.create_bucket("logs")
    aws.faults.add(faults.AccessDenied(), service="s3")
    for call, action in (
        (s3.get_bucket_policy(Bucket="logs"), "GetBucketPolicy"),
        (s3.get_bucket_encryption(Bucket="logs"), "GetEncryptionConfiguration"),
        (s3.delete_bucket_policy(Bucket="logs"), "DeleteBucketPolicy"),
        (s3.create_bucket(Bucket="logs"), "CreateBucket"),
    ):
        with pytest.raises(ClientError, match=f"s3:{action} on resource: arn:aws:s3:::logs "):
            await call
