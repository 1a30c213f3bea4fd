"""Amazon Data Firehose: delivery streams with their tags, and what these write into S3."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import count
from typing import Any, Literal, TypedDict
from uuid import NAMESPACE_URL, uuid5

from mqtail.demo import firehose_requests as requests
from mqtail.demo.calls import Call, Permission, ServiceError
from mqtail.demo.firehose_objects import S3Settings, compressed, object_key
from mqtail.demo.s3_service import S3Service
from mqtail.demo.service import Service
from mqtail.demo.wire import JsonWire

Status = Literal["CREATING", "CREATING_FAILED", "DELETING", "DELETING_FAILED", "ACTIVE"]
Rotation = Literal["NoRotation", "OneHour", "OneDay", "OneWeek", "OneMonth"]
Other = Literal[
    "Splunk",
    "HttpEndpoint",
    "Redshift",
    "Snowflake",
    "Iceberg",
    "Elasticsearch",
    "AmazonOpenSearchServerless",
]


class OpenSearchSettings(TypedDict, total=False):
    """How a stream writes into an OpenSearch domain; the domain and the index are required."""

    domain: str
    """Name of the domain."""
    cluster_endpoint: str
    """Named instead of the domain's ARN."""
    index: str
    rotation: Rotation
    """`OneDay` unless told otherwise."""
    backup_bucket: str
    backup_mode: Literal["FailedDocumentsOnly", "AllDocuments"]


@dataclass(slots=True)
class DeliveryStream:
    """A delivery stream of the type DirectPut."""

    name: str
    arn: str
    status: Status
    created: int
    """ms since the epoch."""
    s3: S3Settings | None
    opensearch: OpenSearchSettings | None
    other: Other | None
    tags: dict[str, str]


class FirehoseService(Service):
    """Delivery streams of one account in any number of regions.

    Args:
        clock: gives the time, ms since the epoch.
        account: account id, for ARNs.
        region: the region of streams that are added without one.
        s3: where records are delivered to.
    """

    wire = JsonWire("Firehose_20150804")

    def __init__(self, clock: Callable[[], int], account: str, region: str, s3: S3Service) -> None:
        super().__init__(clock, account, region)
        self._s3 = s3
        self._streams: dict[str, dict[str, DeliveryStream]] = {}
        self._numbers = count(1)
        self._operations = self.named(
            (requests.DescribeDeliveryStream, self._describe),
            (requests.ListDeliveryStreams, self._list_streams),
            (requests.ListTagsForDeliveryStream, self._list_tags),
            (requests.TagDeliveryStream, self._tag),
            (requests.UntagDeliveryStream, self._untag),
            (requests.CreateDeliveryStream, self._create),
        )

    # For tests and stories.

    def add_stream(
        self,
        name: str,
        *,
        status: Status = "ACTIVE",
        s3: S3Settings | None = None,
        opensearch: OpenSearchSettings | None = None,
        other: Other | None = None,
        tags: dict[str, str] | None = None,
        created: int | None = None,
        region: str | None = None,
    ) -> DeliveryStream:
        """Add a delivery stream with one destination.

        Args:
            name: its name.
            status: `ACTIVE`...
            s3: it writes into a bucket.
            opensearch: it writes into an OpenSearch domain.
            other: it writes into something else; the destination has made-up names.
            tags: its tags; None: that of log delivery, as AWS sets it.
            created: ms since the epoch; None: now.
            region: where it is.
        """
        region = region or self.region
        stream = DeliveryStream(
            name,
            f"arn:aws:firehose:{region}:{self.account}:deliverystream/{name}",
            status,
            self.clock() if created is None else created,
            s3,
            opensearch,
            other,
            {"LogDeliveryEnabled": "true"} if tags is None else tags,
        )
        self._streams.setdefault(region, {})[name] = stream
        return stream

    def stream(self, name: str, *, region: str | None = None) -> DeliveryStream | None:
        """The delivery stream of a name."""
        return self._streams.get(region or self.region, {}).get(name)

    def deliver(
        self,
        stream: DeliveryStream,
        records: Iterable[bytes],
        *,
        arrived: int,
        visible: int | None = None,
    ) -> str:
        """Write records into a stream's bucket, as one object.

        Args:
            stream: the stream; its compression is none, GZIP or ZIP.
            records: the records; only a stream with a delimiter separates them.
            arrived: when the first record arrived (ms), which is the time in the key.
            visible: the object is not there before (ms); None: it is at once.

        Returns:
            The object's key.

        Raises:
            ValueError: the stream has no S3 destination, or another compression.
        """
        if stream.s3 is None:
            raise ValueError(f"{stream.name} does not write into S3.")
        number = uuid5(NAMESPACE_URL, f"{stream.arn}/{arrived}/{next(self._numbers)}")
        key = object_key(stream.name, stream.s3, arrived, str(number))
        end = b"\n" if stream.s3.get("delimiter") else b""
        text = b"".join(record + end for record in records)
        body = compressed(text, stream.s3.get("compression", "UNCOMPRESSED"))
        kms_key = stream.s3.get("kms_key", "")
        self._s3.put_object(stream.s3["bucket"], key, body, kms_key=kms_key, visible=visible)
        return key

    # For clients.

    def permission(self, call: Call) -> Permission:
        """The stream; a list has no resource."""
        name = call.parameters.get("DeliveryStreamName")
        arn = f"arn:aws:firehose:{call.region}:{self.account}:deliverystream/{name}"
        return Permission(f"firehose:{call.operation}", arn if name else "*")

    def _describe(self, request: requests.DescribeDeliveryStream, call: Call) -> dict[str, Any]:
        stream = self._stream(request, call)
        return {
            "DeliveryStreamDescription": {
                "DeliveryStreamName": stream.name,
                "DeliveryStreamARN": stream.arn,
                "DeliveryStreamStatus": stream.status,
                "DeliveryStreamEncryptionConfiguration": {"Status": "DISABLED"},
                "DeliveryStreamType": "DirectPut",
                "VersionId": "1",
                "CreateTimestamp": stream.created / 1000,
                "Destinations": [self._destination(stream, call.region)],
                "HasMoreDestinations": False,
            }
        }

    def _list_streams(self, request: requests.ListDeliveryStreams, call: Call) -> dict[str, Any]:
        names = [
            name
            for name in sorted(self._streams.get(call.region, {}))
            if name > request.exclusive_start_delivery_stream_name
            and request.delivery_stream_type in (None, "DirectPut")
        ]
        return {
            "DeliveryStreamNames": names[: request.limit],
            "HasMoreDeliveryStreams": len(names) > request.limit,
        }

    def _list_tags(self, request: requests.ListTagsForDeliveryStream, call: Call) -> dict[str, Any]:
        tags = [
            {"Key": key, "Value": value}
            for key, value in sorted(self._stream(request, call).tags.items())
            if key > request.exclusive_start_tag_key
        ]
        return {"Tags": tags[: request.limit], "HasMoreTags": len(tags) > request.limit}

    def _tag(self, request: requests.TagDeliveryStream, call: Call) -> dict[str, Any]:
        tags = self._stream(request, call).tags
        added = {tag.key: tag.value for tag in request.tags}
        if len(tags | added) > requests.MAX_TAGS:
            raise ServiceError(
                "LimitExceededException", f"A stream has at most {requests.MAX_TAGS} tags."
            )
        tags.update(added)
        return {}

    def _untag(self, request: requests.UntagDeliveryStream, call: Call) -> dict[str, Any]:
        tags = self._stream(request, call).tags
        for key in request.tag_keys:
            tags.pop(key, None)
        return {}

    def _create(self, request: requests.CreateDeliveryStream, call: Call) -> dict[str, Any]:
        name = request.delivery_stream_name
        if self.stream(name, region=call.region) is not None:
            text = f"Firehose {name} under accountId {self.account} already exists"
            raise ServiceError("ResourceInUseException", text)
        wanted = request.extended_s3
        if wanted is None:
            text = "Only ExtendedS3DestinationConfiguration is known here."
            raise ServiceError("InvalidArgumentException", text)
        settings: S3Settings = {
            "bucket": wanted.bucket_arn.rpartition(":")[2],
            "prefix": wanted.prefix,
            "error_prefix": wanted.error_output_prefix,
            "compression": wanted.compression_format,
        }
        tags = {tag.key: tag.value for tag in request.tags}
        stream = self.add_stream(name, s3=settings, tags=tags, region=call.region)
        return {"DeliveryStreamARN": stream.arn}

    def _stream(self, request: requests.DescribeDeliveryStream, call: Call) -> DeliveryStream:
        name = request.delivery_stream_name
        stream = self.stream(name, region=call.region)
        if stream is None:
            text = f"Firehose {name} under account {self.account} not found."
            raise ServiceError("ResourceNotFoundException", text)
        return stream

    def _destination(self, stream: DeliveryStream, region: str) -> dict[str, Any]:
        told: dict[str, Any] = {"DestinationId": "destinationId-000000000001"}
        if stream.s3 is not None:
            # AWS tells the members of the older form, too, beside the newer one.
            told["S3DestinationDescription"] = self._bucket(stream.s3)
            told["ExtendedS3DestinationDescription"] = self._extended(stream.s3)
        if stream.opensearch is not None:
            member = "AmazonopensearchserviceDestinationDescription"
            told[member] = self._opensearch(stream.opensearch, region)
        if stream.other is not None:
            backup = self._bucket({"bucket": f"{stream.name}-backup"})
            told[f"{stream.other}DestinationDescription"] = _OTHERS[stream.other] | {
                "S3DestinationDescription": backup
            }
        return told

    def _role(self) -> str:
        return f"arn:aws:iam::{self.account}:role/firehose-delivery"

    def _bucket(self, settings: S3Settings) -> dict[str, Any]:
        key = settings.get("kms_key")
        encryption = {"KMSEncryptionConfig": {"AWSKMSKeyARN": key}} if key else _NO_ENCRYPTION
        told = {
            "RoleARN": self._role(),
            "BucketARN": f"arn:aws:s3:::{settings['bucket']}",
            "Prefix": settings.get("prefix", ""),
            "ErrorOutputPrefix": settings.get("error_prefix", ""),
            "BufferingHints": {"SizeInMBs": 5, "IntervalInSeconds": 60},
            "CompressionFormat": settings.get("compression", "UNCOMPRESSED"),
            "EncryptionConfiguration": encryption,
            "CloudWatchLoggingOptions": {"Enabled": False},
        }
        return {name: value for name, value in told.items() if value != ""}

    def _extended(self, settings: S3Settings) -> dict[str, Any]:
        delimiter = {
            "Type": "AppendDelimiterToRecord",
            "Parameters": [{"ParameterName": "Delimiter", "ParameterValue": "\\n"}],
        }
        processors = [delimiter] if settings.get("delimiter") else []
        told = self._bucket(settings) | {
            "ProcessingConfiguration": {"Enabled": bool(processors), "Processors": processors},
            "S3BackupMode": "Disabled",
            "DataFormatConversionConfiguration": {"Enabled": settings.get("parquet", False)},
            "DynamicPartitioningConfiguration": {"Enabled": settings.get("partitioned", False)},
            "CustomTimeZone": settings.get("time_zone", "UTC"),
        }
        if extension := settings.get("file_extension"):
            told["FileExtension"] = extension
        return told

    def _opensearch(self, settings: OpenSearchSettings, region: str) -> dict[str, Any]:
        backup = self._bucket({"bucket": settings.get("backup_bucket", "firehose-backup")})
        told = {
            "RoleARN": self._role(),
            "IndexName": settings["index"],
            "IndexRotationPeriod": settings.get("rotation", "OneDay"),
            "BufferingHints": {"SizeInMBs": 5, "IntervalInSeconds": 60},
            "RetryOptions": {"DurationInSeconds": 300},
            "S3BackupMode": settings.get("backup_mode", "FailedDocumentsOnly"),
            "S3DestinationDescription": backup,
        }
        if endpoint := settings.get("cluster_endpoint"):
            return told | {"ClusterEndpoint": endpoint}
        arn = f"arn:aws:es:{region}:{self.account}:domain/{settings['domain']}"
        return told | {"DomainARN": arn}


_NO_ENCRYPTION = {"NoEncryptionConfig": "NoEncryption"}

_OTHERS: dict[Other, dict[str, Any]] = {
    "Splunk": {
        "HECEndpoint": "https://splunk.example.com:8088",
        "HECEndpointType": "Raw",
        "S3BackupMode": "FailedEventsOnly",
    },
    "HttpEndpoint": {
        "EndpointConfiguration": {"Url": "https://logs.example.com/in", "Name": "collector"},
        "S3BackupMode": "FailedDataOnly",
    },
    "Redshift": {
        "RoleARN": "arn:aws:iam::111122223333:role/firehose-delivery",
        "ClusterJDBCURL": "jdbc:redshift://dw.example.com:5439/logs",
        "CopyCommand": {"DataTableName": "broker_logs"},
        "S3BackupMode": "Disabled",
    },
    "Snowflake": {
        "AccountUrl": "https://example.snowflakecomputing.com",
        "Database": "LOGS",
        "Schema": "PUBLIC",
        "Table": "BROKER_LOGS",
        "S3BackupMode": "FailedDataOnly",
    },
    "Iceberg": {"S3BackupMode": "FailedDataOnly"},
    "Elasticsearch": {
        "DomainARN": "arn:aws:es:us-east-1:111122223333:domain/old",
        "IndexName": "broker-logs",
        "IndexRotationPeriod": "OneDay",
        "S3BackupMode": "FailedDocumentsOnly",
    },
    "AmazonOpenSearchServerless": {
        "CollectionEndpoint": "https://d3m0d3m0.us-east-1.aoss.amazonaws.com",
        "IndexName": "broker-logs",
        "S3BackupMode": "FailedDocumentsOnly",
    },
}
