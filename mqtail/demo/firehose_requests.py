"""What Firehose operations take, with the limits of the service's API model."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from mqtail.demo.firehose_objects import Compression

MAX_TAGS = 50
"""A stream has at most so many tags (API reference of TagDeliveryStream)."""


class DescribeDeliveryStream(Struct, rename="pascal"):
    """A request about one delivery stream."""

    delivery_stream_name: Annotated[str, Meta(min_length=1, max_length=64)]


class ListDeliveryStreams(Struct, rename="pascal"):
    """List delivery streams."""

    limit: Annotated[int, Meta(ge=1, le=10_000)] = 10
    delivery_stream_type: str | None = None
    exclusive_start_delivery_stream_name: str = ""


class Tag(Struct, rename="pascal"):
    """A tag."""

    key: Annotated[str, Meta(min_length=1, max_length=128)]
    value: Annotated[str, Meta(max_length=256)] = ""


class TagDeliveryStream(DescribeDeliveryStream):
    """Set tags of a stream."""

    tags: Annotated[list[Tag], Meta(min_length=1, max_length=MAX_TAGS)]


class UntagDeliveryStream(DescribeDeliveryStream):
    """Remove tags of a stream."""

    tag_keys: Annotated[list[str], Meta(min_length=1, max_length=MAX_TAGS)]


class ExtendedS3(Struct, rename="pascal"):
    """The bucket that a new stream writes into."""

    role_arn: str = msgspec.field(name="RoleARN")
    bucket_arn: str = msgspec.field(name="BucketARN")
    prefix: str = ""
    error_output_prefix: str = ""
    compression_format: Compression = "UNCOMPRESSED"


class CreateDeliveryStream(DescribeDeliveryStream):
    """Make a delivery stream."""

    extended_s3: ExtendedS3 | None = msgspec.field(
        name="ExtendedS3DestinationConfiguration", default=None
    )
    tags: Annotated[list[Tag], Meta(max_length=MAX_TAGS)] = []


class ListTagsForDeliveryStream(DescribeDeliveryStream):
    """List the tags of a stream."""

    exclusive_start_tag_key: str = ""
    limit: Annotated[int, Meta(ge=1, le=50)] = 50
