"""Checks of CloudTrail: the event history, and trails that keep it for longer."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from mqtail.aws.failures import FailedCall
from mqtail.checks.asking import Described
from mqtail.checks.commands import aws
from mqtail.checks.lookups import Lookups
from mqtail.checks.model import Check, Finding, Subject, check, failed, passed, warned

_GUIDE = "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/"
_HISTORY = _GUIDE + "view-cloudtrail-events.html"
_TRAILS = _GUIDE + "cloudtrail-create-and-update-a-trail.html"

_CATEGORY = "CloudTrail"


@check("cloudtrail-history", _CATEGORY, "The event history can be read", doc=_HISTORY)
async def history_readable(account: Subject) -> Finding:
    """LookupEvents works: API calls are shown, and it is known who rebooted a broker."""
    reboots = await account.lookups.api_calls("RebootBroker")
    return passed(
        f"LookupEvents: {len(reboots) or 'no'} call{'s' * (len(reboots) != 1)} of RebootBroker in"
        " the last 90 days."
    )


@dataclass(frozen=True, slots=True)
class _Trail:
    """A trail that covers the region, and how it does."""

    described: Described
    """As DescribeTrails gives it."""
    status: Described
    """As GetTrailStatus gives it."""

    @property
    def arn(self) -> str:
        """Its ARN."""
        return str(self.described.get("TrailARN", ""))

    @property
    def name(self) -> str:
        """Its name."""
        return str(self.described.get("Name", "")) or self.arn

    @property
    def all_regions(self) -> bool:
        """Whether it has the API calls of all regions."""
        return bool(self.described.get("IsMultiRegionTrail"))

    @property
    def logging(self) -> bool:
        """Whether it is switched on."""
        return bool(self.status.get("IsLogging"))

    @property
    def error(self) -> str:
        """S3's error at the latest delivery; empty where that worked."""
        return str(self.status.get("LatestDeliveryError") or "")

    @property
    def delivers(self) -> bool:
        """Whether API calls come into its bucket."""
        return self.logging and not self.error

    @property
    def told(self) -> str:
        """How it does, in a sentence without a full stop."""
        regions = "all regions" if self.all_regions else "one region"
        if not self.logging:
            how = "logging is stopped"
        elif self.error:
            how = f"delivery fails: {self.error}"
        else:
            how = "it delivers"
        return f"{self.name} ({regions}, bucket {self.described.get('S3BucketName', '')}): {how}"

    def mend(self, lookups: Lookups, operation: str, **options: Any) -> list[str]:
        """The command that changes it; none where it is another account's (an organization's)."""
        if f":{lookups.account}:" not in self.arn:
            return []
        region = str(self.described.get("HomeRegion", "")) or lookups.region
        return [aws("cloudtrail", operation, region=region, name=self.arn, **options)]


@check("cloudtrail-trail", _CATEGORY, "A trail delivers API calls", doc=_TRAILS)
async def trail_delivers(account: Subject) -> Finding:
    """DescribeTrails, GetTrailStatus; one trail that works is enough."""
    trails, unseen = await _trails(account.lookups)
    if not trails and not unseen:
        return warned(
            f"DescribeTrails in {account.lookups.region}: there is no trail.",
            "CloudTrail's event history keeps API calls for 90 days only. A trail delivers them to"
            " a bucket, where they stay; `mqtail cloudtrail --trail NAME` reads them there.",
        )
    evidence = f"GetTrailStatus: {'; '.join(trail.told for trail in trails)}."
    working = [trail for trail in trails if trail.delivers]
    if any(trail.all_regions for trail in working):
        return passed(evidence)
    if unseen:
        raise unseen[0]
    if not working:
        return _broken(account.lookups, trails, evidence)
    trail = working[0]
    return warned(
        evidence,
        f"The trail {trail.name} has the API calls of {account.lookups.region} alone; what is done"
        " in another region, and global services such as IAM, may be missing.",
        *trail.mend(account.lookups, "update-trail", is_multi_region_trail=True),
    )


async def _trails(lookups: Lookups) -> tuple[list[_Trail], list[FailedCall]]:
    """The trails, those of all regions first; and why the status of others is not known."""
    trails: list[_Trail] = []
    unseen: list[FailedCall] = []

    async def look(trail: Described) -> None:
        try:
            status = await lookups.trail_status(str(trail.get("TrailARN", "")))
        except FailedCall as error:
            unseen.append(error)
        else:
            trails.append(_Trail(trail, status))

    await asyncio.gather(*map(look, await lookups.trails()))
    return sorted(trails, key=lambda trail: (not trail.all_regions, trail.name)), unseen


def _broken(lookups: Lookups, trails: list[_Trail], evidence: str) -> Finding:
    """No trail works: one whose delivery fails is nearer to it than one that is stopped."""
    failing = next((trail for trail in trails if trail.logging), None)
    if failing is not None:
        return failed(
            evidence,
            f"CloudTrail cannot write into the bucket {failing.described.get('S3BucketName', '')}"
            f" of the trail {failing.name}: {failing.error}. See that the bucket exists and that"
            " its policy lets cloudtrail.amazonaws.com s3:GetBucketAcl and s3:PutObject.",
        )
    stopped = trails[0]
    return failed(
        evidence,
        f"Logging of the trail {stopped.name} is stopped, and no other trail delivers here: API"
        " calls are kept for 90 days only.",
        *stopped.mend(lookups, "start-logging"),
    )


CHECKS: tuple[Check[Any], ...] = (history_readable, trail_delivers)
"""In the order in which they are shown."""
