"""CloudTrail as real clients see it."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from botocore.exceptions import ClientError
from botocore.model import OperationModel, Shape

from mqtail.demo import faults
from mqtail.demo.calls import Call
from mqtail.demo.cloudtrail_service import CloudTrailService, iso_seconds
from mqtail.demo.s3_service import S3Service
from mqtail.demo.server import EmbeddedAws
from tests.demo.conftest import NOW, Clock, Connect

if TYPE_CHECKING:
    from types_aiobotocore_cloudtrail import CloudTrailClient
    from types_aiobotocore_s3 import S3Client

DAY_MS = 86_400_000
ROLE = {
    "type": "AssumedRole",
    "principalId": "AROADEMODEMODEMODEMO2:jane",
    "arn": "arn:aws:sts::111122223333:assumed-role/operator/jane",
    "accountId": "111122223333",
    "accessKeyId": "ASIADEMODEMODEMODEMO",
}


@pytest.fixture
def trails(clock: Clock) -> CloudTrailService:
    """CloudTrail without a server around it, and without a limit on calls."""
    s3 = S3Service(clock, "111122223333", "us-east-1")
    service = CloudTrailService(clock, "111122223333", "us-east-1", s3)
    service.rate_limit = None
    return service


def lookup(service: CloudTrailService, _region: str = "us-east-1", **given: Any) -> dict[str, Any]:
    """The answer of LookupEvents, as it is on the wire."""
    call = Call("cloudtrail", "LookupEvents", given, service.clock(), _region, "key")
    answer: dict[str, Any] = msgspec.to_builtins(service.answer(call))
    return answer


def names(answer: Any) -> list[str]:
    """Names of the events of a page."""
    return [event["EventName"] for event in answer["Events"]]


def put(service: CloudTrailService, name: str, ago_s: int = 0, **members: Any) -> dict[str, Any]:
    """Put a record of something that happened so long ago."""
    time = iso_seconds(service.clock() - ago_s * 1000)
    return service.put({"eventName": name, "eventTime": time} | members)


async def refused(call: Any) -> tuple[str, int]:
    """Code and status of the error that a call ends with."""
    with pytest.raises(ClientError) as raised:
        await call
    error = raised.value.response
    return error["Error"]["Code"], error["ResponseMetadata"]["HTTPStatusCode"]


def test_answers_fit_the_models(
    trails: CloudTrailService,
    operation_model: Callable[[str, str], OperationModel],
    check_shape: Callable[[Shape | None, Any], None],
) -> None:
    """Of every operation."""
    put(trails, "RebootBroker", 1, resources=[{"ARN": "arn:b", "type": "AWS::MSK::Cluster"}])
    put(trails, "ListClustersV2", 2, userIdentity=ROLE)
    trail = trails.add_trail("audit", "bucket", "prefix")
    trails.deliver_trail(trail, [])
    for operation, parameters in (
        ("LookupEvents", {"MaxResults": 1}),
        ("DescribeTrails", {}),
        ("GetTrail", {"Name": "audit"}),
        ("GetTrailStatus", {"Name": "audit"}),
    ):
        call = Call("cloudtrail", operation, parameters, NOW, "us-east-1", "key")
        answer = msgspec.to_builtins(trails.answer(call))
        check_shape(operation_model("cloudtrail", operation).output_shape, answer)


async def test_an_event_tells_its_record(aws: EmbeddedAws, cloudtrail: CloudTrailClient) -> None:
    """The record as JSON text; ReadOnly is a word; a role's user is the name of its session."""
    resources = [{"ARN": "arn:cluster", "type": "AWS::MSK::Cluster"}]
    record = aws.cloudtrail.put(
        {"eventName": "RebootBroker", "readOnly": False, "resources": resources}
        | {"userIdentity": ROLE}
    )
    (event,) = (await cloudtrail.lookup_events())["Events"]
    assert json.loads(event["CloudTrailEvent"]) == record
    assert (event["EventName"], event["ReadOnly"]) == ("RebootBroker", "false")
    assert (event["Username"], event["AccessKeyId"]) == ("jane", "ASIADEMODEMODEMODEMO")
    assert event["EventId"] == record["eventID"]
    assert event["EventTime"] == datetime.fromisoformat(record["eventTime"])
    assert event["Resources"] == [
        {"ResourceType": "AWS::MSK::Cluster", "ResourceName": "arn:cluster"}
    ]
    for member in ("eventVersion", "sourceIPAddress", "userAgent", "requestID", "awsRegion"):
        assert record[member]


async def test_pages_newest_first(aws: EmbeddedAws, cloudtrail: CloudTrailClient) -> None:
    """Fifty at most, in spite of what arrives meanwhile; the token needs the same parameters."""
    aws.cloudtrail.rate_limit = None
    for n in range(60):
        put(aws.cloudtrail, f"E{n}", n // 2)
    start = datetime.fromtimestamp(aws.clock() / 1000 - 3600, UTC)
    first = await cloudtrail.lookup_events(StartTime=start)
    put(aws.cloudtrail, "New", 0)
    token = first["NextToken"]
    second = await cloudtrail.lookup_events(StartTime=start, NextToken=token)
    assert "NextToken" not in second
    # Of one second, the one that came last is the newest.
    expected = [f"E{n ^ 1}" for n in range(60)]
    assert (names(first), names(second)) == (expected[:50], expected[50:])
    for call in (
        cloudtrail.lookup_events(NextToken=token),
        cloudtrail.lookup_events(NextToken="x", StartTime=start),
    ):
        assert await refused(call) == ("InvalidNextTokenException", 400)


def test_time_range_and_late_records(trails: CloudTrailService, clock: Clock) -> None:
    """Both ends belong to it; a record is found when it has arrived; 90 days are kept."""
    for ago in (0, 10, 20):
        put(trails, f"E{ago}", ago)
    assert names(lookup(trails, StartTime=NOW / 1000 - 10)) == ["E0", "E10"]
    assert names(lookup(trails, EndTime=NOW / 1000 - 10)) == ["E10", "E20"]
    assert names(lookup(trails, StartTime=NOW / 1000 - 19.5, EndTime=NOW / 1000 - 1)) == ["E10"]
    time = iso_seconds(NOW - 5000)
    trails.put({"eventName": "Late", "eventTime": time}, visible=NOW + 60_000)
    assert "Late" not in names(lookup(trails))
    clock.now += 60_000
    assert names(lookup(trails)) == ["E0", "Late", "E10", "E20"]
    assert [record["eventName"] for record in trails.records()] == names(lookup(trails))
    clock.now = NOW + 90 * DAY_MS - 10_000
    assert names(lookup(trails)) == ["E0", "Late", "E10"]
    trails.keep_ms = DAY_MS
    assert lookup(trails) == {"Events": []}


@pytest.mark.parametrize(
    ("key", "value", "found"),
    [
        ("EventName", "RebootBroker", ["RebootBroker"]),
        ("EventSource", "amazonmq.amazonaws.com", ["ListBrokers"]),
        ("ReadOnly", "true", ["ListBrokers"]),
        ("Username", "jane", ["RebootBroker"]),
        ("Username", "demo", ["ListBrokers"]),
        ("AccessKeyId", "ASIADEMODEMODEMODEMO", ["RebootBroker"]),
        ("ResourceType", "AWS::MSK::Cluster", ["RebootBroker"]),
        ("ResourceName", "arn:cluster", ["RebootBroker"]),
        ("EventName", "rebootbroker", []),
    ],
)
def test_one_attribute(trails: CloudTrailService, key: str, value: str, found: list[str]) -> None:
    """Each that there is, word for word."""
    resources = [{"ARN": "arn:cluster", "type": "AWS::MSK::Cluster"}]
    put(trails, "RebootBroker", 1, readOnly=False, userIdentity=ROLE, resources=resources)
    put(trails, "ListBrokers", 2, eventSource="amazonmq.amazonaws.com")
    attribute = {"AttributeKey": key, "AttributeValue": value}
    assert names(lookup(trails, LookupAttributes=[attribute])) == found


def test_an_event_by_its_id(trails: CloudTrailService) -> None:
    """Ids are made where none is given, and no two are alike."""
    records = [put(trails, f"E{n}") for n in range(3)]
    assert len({record["eventID"] for record in records}) == 3
    attribute = {"AttributeKey": "EventId", "AttributeValue": records[1]["eventID"]}
    assert names(lookup(trails, LookupAttributes=[attribute])) == ["E1"]


async def test_what_lookup_does_not_take(aws: EmbeddedAws, cloudtrail: CloudTrailClient) -> None:
    """Two attributes, an unknown one, too many results, a range that ends before it begins."""
    aws.cloudtrail.rate_limit = None
    name: Any = {"AttributeKey": "EventName", "AttributeValue": "x"}
    other: Any = {"AttributeKey": "EventTime", "AttributeValue": "x"}
    for attributes in ([name, name], [other]):
        call = cloudtrail.lookup_events(LookupAttributes=attributes)
        assert await refused(call) == ("InvalidLookupAttributesException", 400)
    call = cloudtrail.lookup_events(MaxResults=51)
    assert await refused(call) == ("InvalidMaxResultsException", 400)
    start = datetime.now(UTC)
    call = cloudtrail.lookup_events(StartTime=start, EndTime=start - timedelta(seconds=1))
    assert await refused(call) == ("InvalidTimeRangeException", 400)
    assert (await cloudtrail.lookup_events(EventCategory="insight"))["Events"] == []


def test_two_lookups_a_second_in_each_region(trails: CloudTrailService, clock: Clock) -> None:
    """One more is throttled, and does not count itself."""
    trails.rate_limit = 2.0
    lookup(trails)
    clock.now += 400
    lookup(trails)
    lookup(trails, _region="eu-west-1")
    for _ in range(3):
        with pytest.raises(Exception, match="ThrottlingException: Rate exceeded"):
            lookup(trails)
    clock.now += 600
    lookup(trails)
    with pytest.raises(Exception, match="Rate exceeded"):
        lookup(trails)
    trails.rate_limit = 0.5
    clock.now += 1999
    with pytest.raises(Exception, match="Rate exceeded"):
        lookup(trails)
    clock.now += 1
    lookup(trails)


async def test_regions_denials_and_the_throttle(
    aws: EmbeddedAws, cloudtrail: CloudTrailClient, connect: Connect
) -> None:
    """A region has its own history; the codes are those of JSON 1.1."""
    put(aws.cloudtrail, "Far", awsRegion="eu-west-1")
    assert (await cloudtrail.lookup_events())["Events"] == []
    far = await connect("cloudtrail", "eu-west-1")
    assert names(await far.lookup_events()) == ["Far"]
    await cloudtrail.lookup_events()
    assert await refused(cloudtrail.lookup_events()) == ("ThrottlingException", 400)
    aws.faults.add(faults.AccessDenied(), service="cloudtrail")
    assert await refused(cloudtrail.describe_trails()) == ("AccessDeniedException", 400)


async def test_trails(aws: EmbeddedAws, cloudtrail: CloudTrailClient, connect: Connect) -> None:
    """Described where they are and, of all regions, elsewhere; by name or ARN."""
    audit = aws.cloudtrail.add_trail("audit", "bucket", "prefix")
    aws.cloudtrail.add_trail("local", "bucket", multi_region=False, logging=False)
    told = (await cloudtrail.describe_trails())["trailList"]
    assert [trail["Name"] for trail in told] == ["audit", "local"]
    assert (told[0]["S3BucketName"], told[0]["S3KeyPrefix"]) == ("bucket", "prefix")
    assert "S3KeyPrefix" not in told[1]
    one = await cloudtrail.describe_trails(trailNameList=[audit.trail_arn])
    assert [trail["Name"] for trail in one["trailList"]] == ["audit"]
    far = await connect("cloudtrail", "eu-west-1")
    assert [trail["Name"] for trail in (await far.describe_trails())["trailList"]] == ["audit"]
    assert (await far.describe_trails(includeShadowTrails=False))["trailList"] == []
    assert (await far.get_trail(Name=audit.trail_arn))["Trail"]["HomeRegion"] == "us-east-1"
    assert await refused(far.get_trail(Name="audit")) == ("TrailNotFoundException", 400)
    assert not (await cloudtrail.get_trail_status(Name="local"))["IsLogging"]
    status = await cloudtrail.get_trail_status(Name="audit")
    assert status["IsLogging"]
    assert "LatestDeliveryTime" not in status
    aws.cloudtrail.deliver_trail(audit, [], published=NOW)
    status = await cloudtrail.get_trail_status(Name="audit")
    assert status["LatestDeliveryTime"].timestamp() * 1000 == NOW


def test_objects_of_a_trail(clock: Clock) -> None:
    """The key layout with and without prefix, and of an organization; the records in gzip."""
    s3 = S3Service(clock, "111122223333", "us-east-1")
    service = CloudTrailService(clock, "111122223333", "us-east-1", s3)
    record = put(service, "CreateTopic", 30)
    plain, own = service.add_trail("plain", "bucket"), service.add_trail("own", "bucket", "logs")
    whole = service.add_trail("whole", "bucket", organization=True)
    keys = [service.deliver_trail(trail, [record]) for trail in (plain, own, whole)]
    tail = (
        "111122223333/CloudTrail/us-east-1/2026/11/21/111122223333_CloudTrail_us-east-1"
        r"_20261121T0000Z_[0-9a-f]{16}\.json\.gz"
    )
    prefixes = ("AWSLogs/", "logs/AWSLogs/", "AWSLogs/o-[a-z0-9]+/")
    for key, prefix in zip(keys, prefixes, strict=True):
        assert re.fullmatch(prefix + tail, key), key
    for stored in s3.objects("bucket"):
        assert json.loads(gzip.decompress(stored.body)) == {"Records": [record]}
    service.deliver_trail(plain, [record], visible=NOW + 1)
    assert len(s3.objects("bucket")) == 3
    clock.now += 1
    assert len(s3.objects("bucket")) == 4


def trail_policy(bucket: str) -> dict[str, Any]:
    """The bucket policy that AWS documents for a trail."""
    service = {"Service": "cloudtrail.amazonaws.com"}
    arn = f"arn:aws:s3:::{bucket}"
    look = {"Action": "s3:GetBucketAcl", "Resource": arn}
    write = {
        "Action": "s3:PutObject",
        "Resource": f"{arn}/AWSLogs/111122223333/*",
        "Condition": {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}},
    }
    usual = {"Effect": "Allow", "Principal": service}
    return {"Version": "2012-10-17", "Statement": [usual | look, usual | write]}


async def test_a_trail_is_created_and_switched_on(
    aws: EmbeddedAws, cloudtrail: CloudTrailClient, connect: Connect
) -> None:
    """Its bucket has to be there and to let CloudTrail write; it logs once it is told to."""
    new: dict[str, Any] = {"Name": "audit", "S3BucketName": "trails"}
    missing = await refused(cloudtrail.create_trail(**new))
    assert missing == ("S3BucketDoesNotExistException", 400)
    bucket = aws.s3.create_bucket("trails")
    shut = await refused(cloudtrail.create_trail(**new))
    assert shut == ("InsufficientS3BucketPolicyException", 400)
    bucket.policy = json.dumps(trail_policy("trails"))
    trail = await cloudtrail.create_trail(**new)
    assert (trail["S3BucketName"], trail["IsMultiRegionTrail"]) == ("trails", False)
    assert await refused(cloudtrail.create_trail(**new)) == ("TrailAlreadyExistsException", 400)
    assert not (await cloudtrail.get_trail_status(Name="audit"))["IsLogging"]
    await cloudtrail.start_logging(Name="audit")
    status = await cloudtrail.get_trail_status(Name="audit")
    assert status["IsLogging"]
    assert "StartLoggingTime" in status
    await cloudtrail.update_trail(Name=trail["TrailARN"], IsMultiRegionTrail=True)
    (told,) = (await cloudtrail.describe_trails())["trailList"]
    assert (told["IsMultiRegionTrail"], told["S3BucketName"]) == (True, "trails")
    far = await connect("cloudtrail", "eu-west-1")
    for call in (far.start_logging, far.update_trail):
        found = await refused(call(Name=trail["TrailARN"]))
        assert found == ("InvalidHomeRegionException", 400)
    other = cloudtrail.update_trail(Name="audit", S3BucketName="none")
    assert await refused(other) == ("S3BucketDoesNotExistException", 400)


async def test_a_delivery_error_ends_with_its_cause(
    aws: EmbeddedAws, cloudtrail: CloudTrailClient, s3: S3Client
) -> None:
    """Which is the bucket's policy."""
    aws.s3.create_bucket("trails")
    aws.cloudtrail.add_trail("audit", "trails", delivery_error="AccessDenied")
    status = await cloudtrail.get_trail_status(Name="audit")
    assert status["LatestDeliveryError"] == "AccessDenied"
    await s3.put_bucket_policy(Bucket="trails", Policy=json.dumps(trail_policy("trails")))
    assert "LatestDeliveryError" not in await cloudtrail.get_trail_status(Name="audit")


async def test_permissions(aws: EmbeddedAws, cloudtrail: CloudTrailClient) -> None:
    """A trail has its ARN, the event history none."""
    aws.faults.add(faults.AccessDenied(), service="cloudtrail")
    trail = "arn:aws:cloudtrail:us-east-1:111122223333:trail/audit"
    with pytest.raises(ClientError, match=f"cloudtrail:GetTrailStatus on resource: {trail} "):
        await cloudtrail.get_trail_status(Name="audit")
    with pytest.raises(ClientError, match=r"cloudtrail:LookupEvents on resource: \* "):
        await cloudtrail.lookup_events()
