"""CloudTrail in memory: the event history that LookupEvents searches, and trails.

Behaviour follows the API reference of LookupEvents: management events of the last 90 days, newest
first, at most 50 a page, one lookup attribute, two calls a second in an account and region.
"""

from __future__ import annotations

import gzip
from bisect import bisect_right, insort
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from itertools import count
from typing import Annotated, Any
from uuid import NAMESPACE_URL, uuid5

import msgspec
from msgspec import Meta, Struct

from mqtail.demo.calls import Call, Permission, ServiceError
from mqtail.demo.identities import user_identity
from mqtail.demo.paging import Place, Tokens, doubled
from mqtail.demo.rates import Rate
from mqtail.demo.s3_service import S3Service
from mqtail.demo.service import Service
from mqtail.demo.trails import (
    CreateTrail,
    DescribeTrails,
    OneTrail,
    Trail,
    Trails,
    TrailStatus,
    UpdateTrail,
)
from mqtail.demo.wire import JsonWire

MAX_RESULTS = 50
"""Events on a page (API reference of LookupEvents)."""

HISTORY_MS = 90 * 24 * 3600 * 1000
"""How far back LookupEvents looks, ms."""

Record = dict[str, Any]
"""A CloudTrail record: the JSON object of one API call."""


class _Lookup(Struct, rename="pascal"):
    lookup_attributes: list[dict[str, str]] = []
    start_time: float | None = None
    end_time: float | None = None
    event_category: str | None = None
    max_results: int = MAX_RESULTS
    next_token: Annotated[str, Meta(min_length=1)] | None = None


class StoredRecord(Struct, frozen=True):
    """A record of the event history, and when it can be looked up. Times in ms."""

    time: int
    number: int
    """Grows with every record that is put."""
    visible: int
    record: Record

    @property
    def order(self) -> tuple[int, int]:
        """Sorts the newest first."""
        return (-self.time, -self.number)


class CloudTrailService(Service):
    """Records and trails of one account in any number of regions.

    Args:
        clock: gives the time, ms since the epoch.
        account: account id, for ARNs.
        region: the region of records and trails unless told otherwise.
        s3: where trails are delivered to.

    Attributes:
        rate_limit: so many calls of LookupEvents a second are answered in each region, by the
            server's clock; None: all.
        keep_ms: how long records stay.
        tokens: its page tokens, whose life can be shortened.
    """

    wire = JsonWire("com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101")

    def __init__(self, clock: Callable[[], int], account: str, region: str, s3: S3Service) -> None:
        super().__init__(clock, account, region)
        self.rate_limit: float | None = 2.0
        self.keep_ms = HISTORY_MS
        self._s3 = s3
        self._records: dict[str, list[StoredRecord]] = {}
        self._trails = Trails(account, s3)
        self._rates: dict[str, Rate] = {}
        self._numbers = count(1)
        self.tokens = Tokens(lambda text: ServiceError("InvalidNextTokenException", text))
        self._operations = {
            "LookupEvents": self._lookup_events,
            "DescribeTrails": self.taking(DescribeTrails, self._trails.describe),
            "GetTrail": self.taking(OneTrail, self._trails.get),
            "GetTrailStatus": self.taking(OneTrail, self._trails.get_status),
            "CreateTrail": self.taking(CreateTrail, self._trails.create),
            "UpdateTrail": self.taking(UpdateTrail, self._trails.update),
            "StartLogging": self.taking(OneTrail, self._trails.start_logging),
        }

    # For tests and stories.

    def put(
        self, record: Record, *, visible: int | None = None, region: str | None = None
    ) -> Record:
        """Take a record into the event history.

        Args:
            record: what it tells; `eventID`, `eventTime`, `awsRegion` and other members that every
                record has are filled in where they are missing.
            visible: it is not found before (ms); None: it is at once.
            region: the region whose history it is in.

        Returns:
            The record as it will be read.
        """
        region = region or str(record.get("awsRegion", self.region))
        number = next(self._numbers)
        now = self.clock()
        usual: Record = {
            "eventVersion": "1.09",
            "userIdentity": user_identity(f"arn:aws:iam::{self.account}:user/demo")
            | {"accessKeyId": "AKIADEMODEMODEMODEMO"},
            "eventTime": iso_seconds(now),
            "eventSource": "kafka.amazonaws.com",
            "eventName": "DescribeClusterV2",
            "awsRegion": region,
            "sourceIPAddress": "203.0.113.24",
            "userAgent": "aws-cli/2.27.41",
            "requestParameters": None,
            "responseElements": None,
            "requestID": str(uuid5(NAMESPACE_URL, f"request/{now}/{number}")),
            "eventID": str(uuid5(NAMESPACE_URL, f"event/{now}/{number}")),
            "readOnly": True,
            "eventType": "AwsApiCall",
            "managementEvent": True,
            "recipientAccountId": self.account,
            "eventCategory": "Management",
        }
        # In the order of AWS's records, whatever the order in which members were given.
        full = usual | record
        time = int(datetime.fromisoformat(full["eventTime"]).timestamp() * 1000)
        stored = StoredRecord(time, number, now if visible is None else visible, full)
        records = self._records.setdefault(region, [])
        insort(records, stored, key=lambda r: r.order)
        while records and records[-1].time < now - self.keep_ms:
            records.pop()
        return full

    def add_trail(
        self,
        name: str,
        bucket: str,
        prefix: str = "",
        *,
        region: str | None = None,
        multi_region: bool = True,
        organization: bool = False,
        logging: bool = True,
        delivery_error: str = "",
    ) -> Trail:
        """Add a trail.

        Args:
            name: its name.
            bucket: where it is delivered to.
            prefix: before its keys there.
            region: its home.
            multi_region: it has the records of all regions.
            organization: it has the records of all accounts of the organization.
            logging: it is switched on.
            delivery_error: S3's error at the latest delivery, `AccessDenied`; it is told as long
                as the bucket's policy does not let CloudTrail write there.
        """
        region = region or self.region
        arn = self._trails.arn(name, region)
        trail = Trail(name, bucket, arn, region, multi_region, organization, prefix)
        self._trails.add(trail, TrailStatus(logging, delivery_error=delivery_error))
        return trail

    def deliver_trail(
        self,
        trail: Trail,
        records: Iterable[Record],
        *,
        published: int | None = None,
        visible: int | None = None,
        region: str | None = None,
        organization_id: str = "o-d3m0d3m0d3",
    ) -> str:
        """Write records into a trail's bucket, as one object.

        Args:
            trail: the trail.
            records: the records, as `put` gives them.
            published: the moment in the object's key (ms); None: now.
            visible: the object is not there before (ms); None: from `published` on.
            region: region of the records.
            organization_id: part of the key where it is a trail of an organization.

        Returns:
            The object's key.
        """
        published = self.clock() if published is None else published
        region = region or self.region
        moment = datetime.fromtimestamp(published // 1000, UTC)
        token = uuid5(NAMESPACE_URL, f"trail/{trail.trail_arn}/{next(self._numbers)}").hex[:16]
        organization = f"{organization_id}/" if trail.is_organization_trail else ""
        key = (
            f"{trail.s3_key_prefix and trail.s3_key_prefix + '/'}AWSLogs/{organization}"
            f"{self.account}/CloudTrail/{region}/{moment:%Y/%m/%d}/{self.account}_CloudTrail"
            f"_{region}_{moment:%Y%m%dT%H%MZ}_{token}.json.gz"
        )
        body = gzip.compress(msgspec.json.encode({"Records": list(records)}), mtime=0)
        visible = published if visible is None else visible
        self._s3.put_object(trail.s3_bucket_name, key, body, visible=visible)
        self._trails.status(trail).delivered = visible
        return key

    def records(self, *, region: str | None = None) -> list[Record]:
        """The records that can be looked up now, newest first."""
        return [stored.record for stored in self._visible(region or self.region, self.clock())]

    # For clients.

    def permission(self, call: Call) -> Permission:
        """LookupEvents has no resource; a trail has its ARN."""
        name = call.parameters.get("Name")
        resource = self._trails.arn(str(name), call.region) if name else "*"
        return Permission(f"cloudtrail:{call.operation}", resource)

    def invalid(self, message: str) -> ServiceError:
        """InvalidParameterException."""
        return ServiceError("InvalidParameterException", message)

    def _lookup_events(self, call: Call) -> dict[str, Any]:
        self._check_rate(call)
        request = self.request(call, _Lookup)
        if not 1 <= request.max_results <= MAX_RESULTS:
            text = f"MaxResults must be between 1 and {MAX_RESULTS}."
            raise ServiceError("InvalidMaxResultsException", text)
        matches = _matcher(request.lookup_attributes)
        start, end = request.start_time, request.end_time
        if start is not None and end is not None and start > end:
            text = "StartTime must not be after EndTime."
            raise ServiceError("InvalidTimeRangeException", text)
        bound = (call.region, request.lookup_attributes, start, end, request.event_category)
        place = Place()
        if request.next_token is not None:
            place = self.tokens.read(request.next_token, bound, call.time)
        if place.empty_pages < call.empty_pages:
            return {"Events": [], "NextToken": self.tokens.make(bound, place.waited, call.time)}
        found = [
            stored
            for stored in self._visible(call.region, call.as_of)
            if (start is None or stored.time >= start * 1000)
            and (end is None or stored.time <= end * 1000)
            and matches(stored.record)
        ]
        if request.event_category is not None:
            # Insights, which nobody puts.
            found = []
        page, more = _page(found, place, request.max_results, call)
        events = doubled(page, call.doubled_events)
        answer: dict[str, Any] = {"Events": [_event(stored) for stored in events]}
        if more:
            following = Place((page[-1].time, page[-1].number, ""))
            answer["NextToken"] = self.tokens.make(bound, following, call.time)
        return answer

    def _visible(self, region: str, now: int) -> list[StoredRecord]:
        oldest = now - min(self.keep_ms, HISTORY_MS)
        stored = self._records.get(region, ())
        return [record for record in stored if record.visible <= now and record.time >= oldest]

    def _check_rate(self, call: Call) -> None:
        """Refuse a call that is one too many within the second before it."""
        if self.rate_limit is None:
            return
        rate = self._rates.setdefault(call.region, Rate())
        if not rate.takes(call.time, self.rate_limit):
            raise ServiceError("ThrottlingException", "Rate exceeded")


def _page(
    found: list[StoredRecord], place: Place, limit: int, call: Call
) -> tuple[list[StoredRecord], bool]:
    """A page of what was found, from a place on, and whether there is more."""
    begin = 0
    if place.position is not None:
        time, number, _ = place.position
        begin = bisect_right(found, (-time, -number), key=lambda stored: stored.order)
    end = begin + max(1, limit - call.doubled_events - call.repeated_events)
    return found[max(0, begin - call.repeated_events) : end], end < len(found)


def iso_seconds(time: int) -> str:
    """A moment (ms) as CloudTrail writes it: UTC, whole seconds."""
    return datetime.fromtimestamp(time // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def username(record: Record) -> str:
    """Whom the event history names: the IAM user, the session of a role, or a service."""
    identity = record.get("userIdentity") or {}
    if identity.get("type") == "AssumedRole":
        return str(identity.get("principalId", "")).partition(":")[2]
    return str(identity.get("userName") or identity.get("invokedBy") or "")


def _resources(record: Record) -> list[dict[str, str]]:
    return [
        {"ResourceType": resource.get("type", ""), "ResourceName": resource.get("ARN", "")}
        for resource in record.get("resources") or ()
    ]


def _event(stored: StoredRecord) -> dict[str, Any]:
    record = stored.record
    identity = record.get("userIdentity") or {}
    told = {
        "EventId": record["eventID"],
        "EventName": record["eventName"],
        "ReadOnly": _read_only(record),
        "EventTime": stored.time // 1000,
        "EventSource": record["eventSource"],
        "Resources": _resources(record),
        "CloudTrailEvent": msgspec.json.encode(record).decode(),
    }
    if name := username(record):
        told["Username"] = name
    if key := identity.get("accessKeyId"):
        told["AccessKeyId"] = key
    return told


def _read_only(record: Record) -> str:
    return "true" if record["readOnly"] else "false"


def _matcher(attributes: list[dict[str, str]]) -> Callable[[Record], bool]:
    """Whether a record has the one attribute that is asked for.

    Raises:
        ServiceError: there are several, or it is none that can be looked up by.
    """
    if not attributes:
        return lambda record: True
    of_record = _ATTRIBUTES.get(attributes[0].get("AttributeKey", ""))
    value = attributes[0].get("AttributeValue", "")
    if len(attributes) > 1 or of_record is None or not value:
        text = "Exactly one lookup attribute with a known key and a value can be given."
        raise ServiceError("InvalidLookupAttributesException", text)
    return lambda record: value in of_record(record)


_ATTRIBUTES: dict[str, Callable[[Record], list[Any]]] = {
    "EventId": lambda record: [record["eventID"]],
    "EventName": lambda record: [record["eventName"]],
    "ReadOnly": lambda record: [_read_only(record)],
    "Username": lambda record: [username(record)],
    "ResourceType": lambda record: [found["ResourceType"] for found in _resources(record)],
    "ResourceName": lambda record: [found["ResourceName"] for found in _resources(record)],
    "EventSource": lambda record: [record["eventSource"]],
    "AccessKeyId": lambda record: [(record.get("userIdentity") or {}).get("accessKeyId")],
}
"""What a lookup attribute is compared with (API reference of LookupAttribute)."""
