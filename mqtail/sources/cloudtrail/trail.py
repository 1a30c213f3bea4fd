"""Reading API calls from the objects that a trail of CloudTrail delivers to S3."""

from __future__ import annotations

from typing import Any

from msgspec import structs

from mqtail.aws.failures import FailedCall, Failure, Kind
from mqtail.formats.cloudtrail_record import decoded
from mqtail.logs import ApiCalls
from mqtail.sources.cloudtrail.lookups import EVENT_SOURCES
from mqtail.sources.cloudtrail.owners import Owners
from mqtail.sources.objects.layouts import TrailLayout
from mqtail.sources.objects.reader import ObjectsReader
from mqtail.sources.objects.records import Piece
from mqtail.sources.reader import Surroundings
from mqtail.sources.resolving import ResolvingReader, called
from mqtail.targets import region_of_arn

_URL = "s3://"
_FOLDER = "/AWSLogs/"
"""What follows a trail's prefix in keys."""


class TrailReader(ResolvingReader):
    """Reads the calls of this account and region from a trail's bucket, each once.

    Their events are as those of CloudTrail's event history.

    Args:
        calls: whose calls, and which trail.
        around: what it shares with the other readers.
    """

    def __init__(self, calls: ApiCalls, around: Surroundings) -> None:
        super().__init__(calls, around)
        self._calls = calls
        self._owners = Owners(calls)
        for target in self._owners.targets:
            self.status.streams[target] = around.new_stream(calls, target)

    @property
    def log(self) -> ApiCalls:
        """What it reads."""
        return self._calls

    async def resolve(self) -> ObjectsReader:
        """The reader of the trail's objects.

        Raises:
            FailedCall: the trail cannot be looked up, or has nothing of this region.
        """
        trail = self._calls.trail
        arn = ""
        if trail.startswith(_URL):
            bucket, _, path = trail.removeprefix(_URL).partition("/")
            prefix = f"/{path}/".partition(_FOLDER)[0].strip("/")
        else:
            described = await self._describe(trail)
            bucket, prefix = described["S3BucketName"], described.get("S3KeyPrefix", "")
            arn = described.get("TrailARN", "")
            self.status.place = f"{self._calls.place} → {_URL}{bucket}/{prefix}"
        for stream in self.status.streams.values():
            stream.source = structs.replace(stream.source, bucket=bucket)
        layout = TrailLayout(prefix, self._account(arn), self._around.clients.region)
        return ObjectsReader(
            self._calls,
            layout,
            self._around,
            bucket=bucket,
            status=self.status,
            source_of=self._source_of,
        )

    async def _describe(self, trail: str) -> dict[str, Any]:
        client: Any = await self._around.clients.cloudtrail()
        self.status.requests += 1
        what = f"looking up the trail {trail} (cloudtrail:GetTrail)"
        call = client.get_trail(Name=trail)
        described: dict[str, Any] = await called(what, call, "Trail")
        home, here = described.get("HomeRegion", ""), self._around.clients.region
        if home and home != here and not described.get("IsMultiRegionTrail"):
            raise FailedCall(
                Failure(
                    Kind.UNEXPECTED,
                    f"The trail {trail} records {home} only, and mqtail reads {here}.",
                    f"Use --region {home}, or a trail of all regions.",
                )
            )
        return described

    def _account(self, trail_arn: str) -> str:
        """Whose calls are read: ours, else that of the targets or of the trail."""
        arns = [owner for owner, _ in self._calls.owners if owner.startswith("arn:")]
        accounts = [arn.split(":")[4] for arn in (*arns, trail_arn) if region_of_arn(arn)]
        account = self._around.clients.account or next(iter(accounts), "")
        if not account:
            raise FailedCall(
                Failure(
                    Kind.UNEXPECTED,
                    "The account whose calls to read from the trail is not known.",
                    "STS (GetCallerIdentity) could not be reached; name the trail by its ARN.",
                )
            )
        return account

    def _source_of(self, piece: Piece) -> tuple[str, str | None] | None:
        """Whose call a record is of; None: of another service, or of nobody asked for."""
        if not any(name in piece.text for name in EVENT_SOURCES):
            return None
        record = decoded(piece.text)
        if record is None or record.event_source not in EVENT_SOURCES:
            return None
        target = self._owners.of(piece.text)
        return None if target is None else (target, None)
