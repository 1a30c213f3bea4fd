"""Reading a log from where a Firehose stream delivers it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, TypeVar
from zoneinfo import ZoneInfoNotFoundError

from mqtail.aws.failures import SIGN_IN_KINDS, FailedCall, Failure, Kind
from mqtail.logs import DeliveryStreamLog
from mqtail.sources.objects.layouts import FirehoseLayout
from mqtail.sources.objects.reader import ObjectsReader
from mqtail.sources.opensearch import OpenSearchReader, find_domain
from mqtail.sources.reader import Emit, Reader, Surroundings
from mqtail.sources.resolving import ResolvingReader, called

logger = logging.getLogger(__name__)

TRIES = 3
"""Calls that may fail before a domain counts as out of reach, where there is a copy."""

_T = TypeVar("_T")

Described = dict[str, Any]
"""What DescribeDeliveryStream tells of a stream, or of a part of it."""

_SEARCHED = (
    "AmazonopensearchserviceDestinationDescription",
    "ElasticsearchDestinationDescription",
    "AmazonOpenSearchServerlessDestinationDescription",
)
_OTHERS = {
    "RedshiftDestinationDescription": "Redshift",
    "SplunkDestinationDescription": "Splunk",
    "HttpEndpointDestinationDescription": "an HTTP endpoint",
    "SnowflakeDestinationDescription": "Snowflake",
    "IcebergDestinationDescription": "Iceberg tables",
}
_PLACE = (
    "BucketARN", "Prefix", "CustomTimeZone", "DomainARN", "ClusterEndpoint", "CollectionEndpoint",
    "IndexName", "IndexRotationPeriod",
)  # fmt: skip
"""Members of a destination that tell where its data are."""
_BACKS_UP_ALL = ("AllDocuments", "AllEvents", "AllData")
"""Backup modes in which the backup is a full copy; others have only what failed."""
_ELSEWHERE = (
    "Deliver the cluster's logs to CloudWatch Logs or to S3, too; where that is done, use"
    " --destination cloudwatch or --destination s3."
)


class FirehoseReader(ResolvingReader):
    """Reads the S3 objects or OpenSearch documents that a stream writes.

    Where a stream's destination cannot be read, its backup in S3 is, provided that it has
    everything and not only what failed.

    Args:
        log: the log.
        around: what it shares with the other readers.
    """

    def __init__(self, log: DeliveryStreamLog, around: Surroundings) -> None:
        super().__init__(log, around)
        self._log = log
        self._places: dict[str, list[Any]] = {}
        """What tells where the stream delivers, as it is read."""

    @property
    def log(self) -> DeliveryStreamLog:
        """What it reads."""
        return self._log

    async def resolve(self) -> Reader:
        """The reader of the stream's destination.

        Raises:
            FailedCall: the stream cannot be described, is not active, or cannot be read anywhere.
        """
        destination = _destination(await self._describe())
        self._places = _places(destination)
        extended = destination.get("ExtendedS3DestinationDescription")
        for member in _SEARCHED:
            if described := destination.get(member):
                return await self._documents(described)
        for member, name in _OTHERS.items():
            if described := destination.get(member):
                return self._copy(described, self._unreadable(name))
        if described := extended or destination.get("S3DestinationDescription"):
            converts = described.get("DataFormatConversionConfiguration", {}).get("Enabled")
            if converts:
                return self._copy(described, self._unreadable("S3 as Parquet or ORC"))
            return self._objects(described)
        raise FailedCall(self._unreadable("a destination that is not known"))

    async def follow(self, emit: Emit) -> None:
        """Read on as events arrive, for ever; tell when the stream delivers elsewhere, or not."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(super().follow(emit))
            tasks.create_task(self._watch())

    async def _watch(self) -> None:
        """Tell of changes of the stream. What it has delivered before is read on."""
        await self._reader()
        told = ""
        while True:
            await asyncio.sleep(self._around.pace.relist_ms / 1000)
            news = ""
            try:
                if _places(_destination(await self._describe())) != self._places:
                    news = (
                        f"{self._log.place} delivers elsewhere now: start mqtail again to read it."
                    )
            except FailedCall as error:
                if error.failure.kind is not Kind.MISSING:
                    continue
                news = error.failure.sentence
            except Exception:
                # Nothing but this look is struck: the reading goes on, and it looks again later.
                logger.exception("Looking at %s failed", self._log.place)
                continue
            if news and news != told:
                self._around.notes.append(news)
            told = news

    async def _describe(self) -> Described:
        """The stream, once it is active."""
        name = self._log.stream
        client: Any = await self._around.clients.firehose()
        what = f"looking up the Firehose stream {name} (firehose:DescribeDeliveryStream)"
        self.status.requests += 1
        call = client.describe_delivery_stream(DeliveryStreamName=name)
        stream: Described = await called(what, call, "DeliveryStreamDescription")
        state = stream.get("DeliveryStreamStatus", "")
        if state != "ACTIVE":
            why = stream.get("FailureDescription", {}).get("Details", "")
            sentence = f"The Firehose stream {name} is in the state {state}."
            raise FailedCall(Failure(Kind.MISSING, f"{sentence} {why}".rstrip()))
        return stream

    async def _documents(self, described: Described) -> Reader:
        """The reader of a domain's documents, or of their copy if the domain cannot be read."""
        tries = TRIES if _full_copy(described) else 1
        try:
            clients, status = self._around.clients, self.status
            domain = await self._try(lambda: find_domain(clients, described, status), tries)
            name = described["IndexName"]
            reader = OpenSearchReader(
                self._log,
                self._around,
                domain,
                name,
                rotates=described.get("IndexRotationPeriod", "NoRotation") != "NoRotation",
                status=self.status,
            )
            await self._try(reader.index.explore, tries)
        except FailedCall as error:
            if error.failure.kind in (*SIGN_IN_KINDS, Kind.THROTTLED, Kind.SERVER):
                raise
            return self._copy(described, error.failure)
        self._tell_place(f"{domain.name}/{reader.index.pattern}")
        return reader

    async def _try(self, call: Callable[[], Awaitable[_T]], tries: int) -> _T:
        """The result of a call that may fail a few times.

        Raises:
            FailedCall: it did not work.
        """
        for _ in range(tries - 1):
            try:
                return await call()
            except FailedCall as error:
                if not error.failure.passing:
                    raise
                await asyncio.sleep(self._around.pace.backoff_ms / 1000)
        return await call()

    def _objects(self, described: Described) -> Reader:
        """The reader of a bucket that the stream writes into."""
        bucket = described["BucketARN"].rpartition(":")[2]
        prefix = described.get("Prefix", "")
        zone = described.get("CustomTimeZone", "UTC")
        try:
            layout = FirehoseLayout(
                self._log.stream,
                prefix,
                time_zone=zone,
                error_prefix=described.get("ErrorOutputPrefix", ""),
            )
        except (ZoneInfoNotFoundError, ValueError) as error:
            sentence = f"The time zone {zone} of {self._log.place} is not known here."
            raise FailedCall(Failure(Kind.UNEXPECTED, sentence)) from error
        self._tell_place(f"s3://{bucket}/{prefix}")
        return ObjectsReader(self._log, layout, self._around, bucket=bucket, status=self.status)

    def _copy(self, described: Described, failure: Failure) -> Reader:
        """The reader of a full copy in S3 of what cannot be read where it is delivered.

        Raises:
            FailedCall: there is no such copy.
        """
        copy = _full_copy(described)
        if copy is None:
            backed_up = described.get("S3BackupMode", "Disabled") != "Disabled"
            only = " Its backup in S3 has only what could not be delivered." if backed_up else ""
            sentence, hint = failure.sentence + only, failure.hint or _ELSEWHERE
            raise FailedCall(replace(failure, sentence=sentence, hint=hint))
        reader = self._objects(copy)
        note = f"{failure.sentence} The stream's copy in S3 is read instead: {self.status.place}."
        if note not in self._around.notes:
            self._around.notes.append(note)
        return reader

    def _unreadable(self, where: str) -> Failure:
        sentence = f"{self._log.place} delivers to {where}, which mqtail cannot read."
        return Failure(Kind.UNEXPECTED, sentence)

    def _tell_place(self, place: str) -> None:
        self.status.place = f"{self._log.stream} → {place}"


def _destination(stream: Described) -> Described:
    """The only destination of a stream."""
    return next(iter(stream.get("Destinations", ())), {})


def _places(destination: Described) -> dict[str, list[Any]]:
    """What tells where a destination is."""
    return {
        member: [described.get(name) for name in _PLACE]
        for member, described in destination.items()
        if isinstance(described, dict)
    }


def _full_copy(described: Described) -> Described | None:
    """Where in S3 a destination has everything, too; None: nowhere."""
    mode = described.get("S3BackupMode")
    if mode == "Enabled":
        return described.get("S3BackupDescription")
    # What goes to Redshift is copied from a bucket.
    if mode in _BACKS_UP_ALL or "CopyCommand" in described:
        return described.get("S3DestinationDescription")
    return None
