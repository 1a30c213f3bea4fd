"""MSK's logs in S3, directly and through Firehose, against moto's server.

It keeps a cluster's LoggingInfo only when that was made with the first API, and names no cluster in
an ARN. It has no LookupEvents, so the API calls beside the logs fail: the logs must not notice.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest

from mqtail.aws.signin import SignIn
from mqtail.engine import Tail
from mqtail.settings import Settings
from tests.engine.kafka import kafka_line
from tests.engine.support import HURRIED, Watched, ago, running
from tests.moto_servers import create_cluster, moto_server

BUCKET = "kafka-logs"
STREAM = "kafka-stream"
LOGGING = {
    "BrokerLogs": {
        "CloudWatchLogs": {"Enabled": False},
        "S3": {"Enabled": True, "Bucket": BUCKET, "Prefix": "msk"},
        "Firehose": {"Enabled": True, "DeliveryStream": STREAM},
    }
}


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    """A moto server with a cluster, a delivery stream and a bucket; gives its URL."""
    with moto_server() as url:
        client("s3", url).create_bucket(Bucket=BUCKET)
        client("firehose", url).create_delivery_stream(
            DeliveryStreamName=STREAM,
            ExtendedS3DestinationConfiguration={
                "RoleARN": "arn:aws:iam::123456789012:role/delivery",
                "BucketARN": f"arn:aws:s3:::{BUCKET}",
                "Prefix": "firehose/",
                "CompressionFormat": "GZIP",
            },
        )
        create_cluster(client("kafka", url), LOGGING)
        yield url


def client(service: str, url: str) -> Any:
    """A client of the server."""
    return boto3.client(
        service,
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


def tail_of(moto: str, **changes: Any) -> Tail:
    """A tail of the cluster's broker log."""
    settings = Settings(targets=("clicks",), kinds=("broker",), pace=HURRIED, **changes)
    return Tail(settings, SignIn("us-east-1", endpoint_url=moto))


def put(url: str, broker: int, moment: int, texts: list[str]) -> list[str]:
    """Deliver lines of a broker in both ways; gives them as they are written."""
    at = datetime.fromtimestamp(moment // 1000, UTC)
    lines = [
        kafka_line(moment // 1000 * 1000 + number, f"[Log partition=t-{number}] {text}")
        for number, text in enumerate(texts)
    ]
    body = gzip.compress("".join(f"{line}\n" for line in lines).encode())
    arn = client("kafka", url).list_clusters()["ClusterInfoList"][0]["ClusterArn"]
    direct = (
        f"msk/AWSLogs/123456789012/KafkaBrokerLogs/us-east-1/{arn.rpartition('/')[2]}"
        f"/{at:%Y-%m-%d-%H}/Broker-{broker}_{at:%H-%M}_0a1b2c3{broker}.log.gz"
    )
    streamed = (
        f"firehose/{at:%Y/%m/%d/%H}/{STREAM}-1-{at:%Y-%m-%d-%H-%M-%S}"
        f"-00000000-0000-4000-8000-00000000000{broker}.gz"
    )
    s3 = client("s3", url)
    for key in (direct, streamed):
        s3.put_object(Bucket=BUCKET, Key=key, Body=body)
    return lines


@pytest.mark.parametrize("destination", ["s3", "firehose"])
async def test_history_and_what_is_delivered_later(moto: str, destination: str) -> None:
    """The lines of all brokers in time order, then those of the next delivery, each once."""
    first = put(moto, 1, ago(300), ["rolled", "deleted"])
    second = put(moto, 2, ago(200), ["opened"])
    watched = Watched()
    tail = tail_of(moto, destinations=(destination,))
    async with running(tail.run_in_order(watched.show)):
        await watched.until_seen(*first, *second)
        third = put(moto, 3, ago(100), ["closed"])
        await watched.until_seen(*third)
    assert [event.message for event in watched.events] == [*first, *second, *third]
    s3 = client("s3", moto)
    for found in s3.list_objects_v2(Bucket=BUCKET)["Contents"]:
        s3.delete_object(Bucket=BUCKET, Key=found["Key"])
