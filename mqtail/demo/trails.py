"""Trails of CloudTrail: what they are, whether they log, and what calls change of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec import Struct

from mqtail.demo.calls import Call, ServiceError
from mqtail.demo.policy_decisions import allowed
from mqtail.demo.s3_service import S3Service
from mqtail.policies import Document, Principal, Request


class Trail(Struct, rename="pascal", omit_defaults=True):
    """A trail, with the members that AWS tells of it."""

    name: str
    s3_bucket_name: str = msgspec.field(name="S3BucketName")
    trail_arn: str = msgspec.field(name="TrailARN")
    home_region: str
    is_multi_region_trail: bool
    is_organization_trail: bool
    s3_key_prefix: str = msgspec.field(name="S3KeyPrefix", default="")


@dataclass(slots=True)
class TrailStatus:
    """What GetTrailStatus tells. Times in ms since the epoch."""

    logging: bool
    started: int | None = None
    delivered: int | None = None
    delivery_error: str = ""
    """Told as long as the bucket's policy does not let CloudTrail write into it."""


class OneTrail(Struct, rename="pascal"):
    """A request about one trail, by its name or ARN."""

    name: str


class CreateTrail(OneTrail):
    """Make a trail."""

    s3_bucket_name: str = msgspec.field(name="S3BucketName")
    s3_key_prefix: str = msgspec.field(name="S3KeyPrefix", default="")
    is_multi_region_trail: bool = False
    is_organization_trail: bool = False


class UpdateTrail(OneTrail):
    """Change a trail; what is None stays."""

    s3_bucket_name: str | None = msgspec.field(name="S3BucketName", default=None)
    s3_key_prefix: str | None = msgspec.field(name="S3KeyPrefix", default=None)
    is_multi_region_trail: bool | None = None


class DescribeTrails(Struct, rename="camel"):
    """List trails."""

    trail_name_list: list[str] = []
    include_shadow_trails: bool = True


class Trails:
    """The trails of an account.

    Args:
        account: account id.
        s3: where trails are delivered to.
    """

    def __init__(self, account: str, s3: S3Service) -> None:
        self._account = account
        self._s3 = s3
        self._trails: dict[str, Trail] = {}
        self._statuses: dict[str, TrailStatus] = {}

    def add(self, trail: Trail, status: TrailStatus) -> None:
        """Add a trail; one of its ARN is replaced."""
        self._trails[trail.trail_arn] = trail
        self._statuses[trail.trail_arn] = status

    def status(self, trail: Trail) -> TrailStatus:
        """The status of a trail."""
        return self._statuses[trail.trail_arn]

    def arn(self, name: str, region: str) -> str:
        """The ARN of a trail whose home is a region; an ARN stays."""
        if name.startswith("arn:"):
            return name
        return f"arn:aws:cloudtrail:{region}:{self._account}:trail/{name}"

    # For clients.

    def describe(self, request: DescribeTrails, call: Call) -> dict[str, Any]:
        """DescribeTrails: those of the region, and the shadows of multi-region trails."""
        named, shadows = request.trail_name_list, request.include_shadow_trails
        told = [
            trail
            for trail in self._trails.values()
            if (trail.home_region == call.region or (trail.is_multi_region_trail and shadows))
            and (not named or trail.name in named or trail.trail_arn in named)
        ]
        return {"trailList": told}

    def get(self, request: OneTrail, call: Call) -> dict[str, Any]:
        """GetTrail."""
        return {"Trail": self._find(request, call)}

    def get_status(self, request: OneTrail, call: Call) -> dict[str, Any]:
        """GetTrailStatus."""
        trail = self._find(request, call)
        status = self.status(trail)
        told: dict[str, Any] = {"IsLogging": status.logging}
        if status.started is not None:
            told["StartLoggingTime"] = status.started / 1000
        if status.delivered is not None:
            told["LatestDeliveryTime"] = status.delivered / 1000
        if status.delivery_error and not self._may_deliver(trail):
            told["LatestDeliveryError"] = status.delivery_error
        return told

    def create(self, request: CreateTrail, call: Call) -> dict[str, Any]:
        """CreateTrail: it does not log before StartLogging (API reference)."""
        arn = self.arn(request.name, call.region)
        if arn in self._trails:
            text = f"Trail {request.name} already exists for customer: {self._account}"
            raise ServiceError("TrailAlreadyExistsException", text)
        trail = Trail(
            request.name,
            request.s3_bucket_name,
            arn,
            call.region,
            request.is_multi_region_trail,
            request.is_organization_trail,
            request.s3_key_prefix,
        )
        self._check_bucket(trail)
        self.add(trail, TrailStatus(logging=False))
        return _told(trail)

    def update(self, request: UpdateTrail, call: Call) -> dict[str, Any]:
        """UpdateTrail."""
        trail = self._at_home(request, call)
        sent = (request.s3_bucket_name, request.s3_key_prefix, request.is_multi_region_trail)
        bucket, prefix, multi_region = sent
        changed = msgspec.structs.replace(
            trail,
            s3_bucket_name=trail.s3_bucket_name if bucket is None else bucket,
            s3_key_prefix=trail.s3_key_prefix if prefix is None else prefix,
            is_multi_region_trail=(
                trail.is_multi_region_trail if multi_region is None else multi_region
            ),
        )
        if bucket is not None or prefix is not None:
            self._check_bucket(changed)
        self._trails[trail.trail_arn] = changed
        return _told(changed)

    def start_logging(self, request: OneTrail, call: Call) -> dict[str, Any]:
        """StartLogging."""
        status = self.status(self._at_home(request, call))
        status.logging, status.started = True, call.time
        return {}

    def _find(self, request: OneTrail, call: Call) -> Trail:
        trail = self._trails.get(self.arn(request.name, call.region))
        if trail is None:
            raise ServiceError("TrailNotFoundException", f"Unknown trail: {request.name}")
        return trail

    def _at_home(self, request: OneTrail, call: Call) -> Trail:
        trail = self._find(request, call)
        if trail.home_region != call.region:
            text = f"The trail must be changed in its home region {trail.home_region}."
            raise ServiceError("InvalidHomeRegionException", text)
        return trail

    def _check_bucket(self, trail: Trail) -> None:
        name = trail.s3_bucket_name
        if self._s3.bucket(name) is None:
            text = f"S3 bucket {name} does not exist!"
            raise ServiceError("S3BucketDoesNotExistException", text)
        if not self._may_deliver(trail):
            text = f"Incorrect S3 bucket policy is detected for bucket: {name}"
            raise ServiceError("InsufficientS3BucketPolicyException", text)

    def _may_deliver(self, trail: Trail) -> bool:
        """Whether the bucket's policy lets CloudTrail write (CloudTrail user guide)."""
        bucket = self._s3.bucket(trail.s3_bucket_name)
        if bucket is None or bucket.policy is None:
            return False
        arn = f"arn:aws:s3:::{bucket.name}"
        prefix = trail.s3_key_prefix and trail.s3_key_prefix + "/"
        key = f"{arn}/{prefix}AWSLogs/{self._account}/CloudTrail"
        context: Mapping[str, str] = {
            "aws:SourceArn": trail.trail_arn,
            "aws:SourceAccount": self._account,
            "s3:x-amz-acl": "bucket-owner-full-control",
        }
        who = Principal.service("cloudtrail.amazonaws.com")
        document = [Document.parse(bucket.policy)]
        return allowed(document, Request("s3:GetBucketAcl", arn, who, context)) and allowed(
            document, Request("s3:PutObject", key, who, context)
        )


def _told(trail: Trail) -> dict[str, Any]:
    """The members of the answer to CreateTrail and UpdateTrail."""
    told: dict[str, Any] = msgspec.to_builtins(trail)
    del told["HomeRegion"]
    return told | {"IncludeGlobalServiceEvents": True, "LogFileValidationEnabled": False}
