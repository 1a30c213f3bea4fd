"""CloudTrail records: their fields, and what is no record or cannot be read as one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mqtail.events import Level
from mqtail.formats import Fields, continues, find, level, starts, time
from mqtail.formats.cloudtrail_resources import Resources, resources
from tests.formats.support import CLOUDTRAIL, CLUSTER, call, fields

CORPORA = Path(__file__).resolve().parents[3] / "shared" / "corpora" / "cloudtrail"

# The three records that the Amazon MSK developer guide prints ("Logging API calls").
DESCRIBE_CLUSTER = """\
{
  "eventVersion": "1.05",
  "userIdentity": {
    "type": "IAMUser",
    "principalId": "ABCDEF0123456789ABCDE",
    "arn": "arn:aws:iam::012345678901:user/Joe",
    "accountId": "012345678901",
    "accessKeyId": "AIDACKCEVSQ6C2EXAMPLE",
    "userName": "Joe"
  },
  "eventTime": "2018-12-12T02:29:24Z",
  "eventSource": "kafka.amazonaws.com",
  "eventName": "DescribeCluster",
  "awsRegion": "us-east-1",
  "sourceIPAddress": "192.0.2.0",
  "userAgent": "aws-cli/1.14.67 Python/3.6.0 Windows/10 botocore/1.9.20",
  "requestParameters": {
    "clusterArn": "arn%3Aaws%3Akafka%3Aus-east-1%3A012345678901%3Acluster%2Fexamplecluster%2F01234567-abcd-0123-abcd-abcd0123efa-2"
  },
  "responseElements": null,
  "requestID": "bd83f636-fdb5-abcd-0123-157e2fbf2bde",
  "eventID": "60052aba-0123-4511-bcde-3e18dbd42aa4",
  "readOnly": true,
  "eventType": "AwsApiCall",
  "recipientAccountId": "012345678901"
}"""  # noqa: E501
DELETE_CLUSTER = """\
{
  "eventVersion": "1.05",
  "userIdentity": {
    "type": "IAMUser",
    "principalId": "ABCDEF0123456789ABCDE",
    "arn": "arn:aws:iam::012345678901:user/Joe",
    "accountId": "012345678901",
    "accessKeyId": "AIDACKCEVSQ6C2EXAMPLE",
    "userName": "Joe"
  },
  "eventTime": "2018-12-12T02:29:40Z",
  "eventSource": "kafka.amazonaws.com",
  "eventName": "DeleteCluster",
  "awsRegion": "us-east-1",
  "sourceIPAddress": "192.0.2.0",
  "userAgent": "aws-cli/1.14.67 Python/3.6.0 Windows/10 botocore/1.9.20",
  "requestParameters": {
    "clusterArn": "arn%3Aaws%3Akafka%3Aus-east-1%3A012345678901%3Acluster%2Fexamplecluster%2F01234567-abcd-0123-abcd-abcd0123efa-2"
  },
  "responseElements": {
    "clusterArn": "arn:aws:kafka:us-east-1:012345678901:cluster/examplecluster/01234567-abcd-0123-abcd-abcd0123efa-2",
    "state": "DELETING"
  },
  "requestID": "c6bfb3f7-abcd-0123-afa5-293519897703",
  "eventID": "8a7f1fcf-0123-abcd-9bdb-1ebf0663a75c",
  "readOnly": false,
  "eventType": "AwsApiCall",
  "recipientAccountId": "012345678901"
}"""  # noqa: E501
CREATE_TOPIC = """\
{
  "eventVersion": "1.08",
  "userIdentity": {
    "type": "IAMUser",
    "principalId": "ABCDEFGH1IJKLMN2P34Q5",
    "arn": "arn:aws:iam::111122223333:user/Admin",
    "accountId": "111122223333",
    "accessKeyId": "CDEFAB1C2UUUUU3AB4TT",
    "userName": "Admin"
  },
  "eventTime": "2021-03-01T12:51:19Z",
  "eventSource": "kafka-cluster.amazonaws.com",
  "eventName": "CreateTopic",
  "awsRegion": "us-east-1",
  "sourceIPAddress": "198.51.100.0/24",
  "userAgent": "aws-msk-iam-auth/unknown-version/aws-internal/3 aws-sdk-java/1.11.970 Linux/4.14.214-160.339.amzn2.x86_64 OpenJDK_64-Bit_Server_VM/25.272-b10 java/1.8.0_272 scala/2.12.8 vendor/Red_Hat,_Inc.",
  "requestParameters": {
    "kafkaAPI": "CreateTopics",
    "resourceARN": "arn:aws:kafka:us-east-1:111122223333:topic/IamAuthCluster/3ebafd8e-dae9-440d-85db-4ef52679674d-1/Topic9"
  },
  "responseElements": null,
  "requestID": "e7c5e49f-6aac-4c9a-a1d1-c2c46599f5e4",
  "eventID": "be1f93fd-4f14-4634-ab02-b5a79cb833d2",
  "readOnly": false,
  "eventType": "AwsApiCall",
  "managementEvent": true,
  "eventCategory": "Management",
  "recipientAccountId": "111122223333"
}"""  # noqa: E501


@pytest.mark.parametrize(
    ("record", "expected", "named"),
    [
        (
            DESCRIBE_CLUSTER,
            Fields(
                format=CLOUDTRAIL,
                text="Joe called DescribeCluster on examplecluster from 192.0.2.0",
                level=Level.DEBUG,
                time=1_544_581_764_000,
                logger="kafka",
                user="Joe",
                details=(
                    ("action", "DescribeCluster"),
                    ("resource", "examplecluster"),
                    ("address", "192.0.2.0"),
                    ("agent", "aws-cli/1.14.67 Python/3.6.0 Windows/10 botocore/1.9.20"),
                    ("access", "read"),
                    ("region", "us-east-1"),
                    ("account", "012345678901"),
                    ("request", "bd83f636-fdb5-abcd-0123-157e2fbf2bde"),
                ),
            ),
            "012345678901:cluster/examplecluster/01234567-abcd-0123-abcd-abcd0123efa-2",
        ),
        (
            DELETE_CLUSTER,
            Fields(
                format=CLOUDTRAIL,
                text="Joe called DeleteCluster on examplecluster from 192.0.2.0",
                level=Level.INFO,
                time=1_544_581_780_000,
                logger="kafka",
                user="Joe",
                details=(
                    ("action", "DeleteCluster"),
                    ("resource", "examplecluster"),
                    ("address", "192.0.2.0"),
                    ("agent", "aws-cli/1.14.67 Python/3.6.0 Windows/10 botocore/1.9.20"),
                    ("access", "write"),
                    ("region", "us-east-1"),
                    ("account", "012345678901"),
                    ("request", "c6bfb3f7-abcd-0123-afa5-293519897703"),
                ),
            ),
            "012345678901:cluster/examplecluster/01234567-abcd-0123-abcd-abcd0123efa-2",
        ),
        (
            CREATE_TOPIC,
            Fields(
                format=CLOUDTRAIL,
                text="Admin called CreateTopic on topic Topic9 of IamAuthCluster "
                "from 198.51.100.0/24",
                level=Level.INFO,
                time=1_614_603_079_000,
                logger="kafka-cluster",
                user="Admin",
                details=(
                    ("action", "CreateTopic"),
                    ("resource", "topic Topic9 of IamAuthCluster"),
                    ("address", "198.51.100.0/24"),
                    (
                        "agent",
                        "aws-msk-iam-auth/unknown-version/aws-internal/3 "
                        "aws-sdk-java/1.11.970 Linux/4.1…",
                    ),
                    ("access", "write"),
                    ("region", "us-east-1"),
                    ("account", "111122223333"),
                    ("request", "e7c5e49f-6aac-4c9a-a1d1-c2c46599f5e4"),
                ),
            ),
            "111122223333:cluster/IamAuthCluster/3ebafd8e-dae9-440d-85db-4ef52679674d-1",
        ),
    ],
    ids=["DescribeCluster", "DeleteCluster", "CreateTopic"],
)
def test_records_of_the_developer_guide(record: str, expected: Fields, named: str) -> None:
    """As printed, with their line breaks, and as CloudTrail stores them, in one line."""
    compact = json.dumps(json.loads(record), separators=(",", ":"))
    for text in (record, compact):
        assert fields(text) == expected
        assert level(text, CLOUDTRAIL) is level(text) is expected.level
        assert time(text, CLOUDTRAIL) == time(text) == expected.time
        assert starts(text, CLOUDTRAIL)
        assert resources(text) == Resources(clusters=(f"arn:aws:kafka:us-east-1:{named}",))


PRINTED = {
    "msk-describe-delete-cluster.json": [
        "Joe called DescribeCluster on examplecluster from 192.0.2.0",
        "Joe called DeleteCluster on examplecluster from 192.0.2.0",
    ],
    "msk-create-topic.json": [
        "Admin called CreateTopic on topic Topic9 of IamAuthCluster from 198.51.100.0/24",
    ],
    "mq-create-broker.json": [
        "AmazonMqConsole called CreateBroker on MyBroker (engineVersion 5.15.9, "
        "deploymentMode ACTIVE_STANDBY_MULTI_AZ, engineType ActiveMQ, hostInstanceType "
        "mq.m5.large, publiclyAccessible on, …) from 203.0.113.0",
    ],
    "mq-create-grant.repaired.json": [
        "AmazonMqConsole (role) called CreateGrant on "
        "key/bdbe42ae-f825-4e78-a8a1-828d411c4be2 (granteePrincipal mq.amazonaws.com, "
        "retiringPrincipal mq.amazonaws.com, operations CreateGrant Decrypt "
        "GenerateDataKeyWithoutPlaintext …) through mq.amazonaws.com from 203.0.113.0",
    ],
    "kms-create-grant-invoked-by-mq.repaired.json": [
        "mq.amazonaws.com called CreateGrant on key/1234abcd-12ab-34cd-56ef-123456SAMPLE "
        "(granteePrincipal mq.amazonaws.com, operations Decrypt, retiringPrincipal "
        "ec2.us-east-1.amazonaws.com, aws:ebs:id vol-0b670f00f7d5417c0)",
    ],
    "msk-create-channel.partial.json": [
        "someone called CreateChannel on channel orders-channel of my-express-cluster "
        "(topicArn topic orders-topic of my-express-cluster, valueConverter JSON) from "
        "203.0.113.25",
    ],
}
"""The line of every record in AWS"s documentation, by file."""
needs_corpora = pytest.mark.skipif(
    not CORPORA.is_dir(), reason="needs the corpora of printed records"
)


@needs_corpora
@pytest.mark.parametrize("path", PRINTED)
def test_printed_records(path: str) -> None:
    """The records of AWS's documentation read well."""
    content = json.loads((CORPORA / path).read_text())
    records = content.get("Records", [content])
    assert [fields(record).text for record in records] == PRINTED[path]


@needs_corpora
def test_every_printed_record_is_tested() -> None:
    """A record that is added to the folder is one that must read well."""
    assert {path.name for path in CORPORA.glob("*.json")} == set(PRINTED)


@needs_corpora
def test_record_that_is_no_json() -> None:
    """AWS prints one with a brace missing: it is shown whole."""
    text = (CORPORA / "mq-create-grant.as-published-invalid.json.txt").read_text()
    assert fields(text) == Fields(format=CLOUDTRAIL, text=text, level=Level.INFO)
    assert resources(text) == Resources()


@pytest.mark.parametrize(
    ("members", "expected", "access"),
    [
        ({"readOnly": True}, Level.DEBUG, "read"),
        ({"readOnly": False}, Level.INFO, "write"),
        ({"readOnly": None}, Level.INFO, None),
        ({"readOnly": "true"}, Level.INFO, None),
        ({"readOnly": True, "errorCode": "ThrottlingException"}, Level.WARN, "read"),
        ({"readOnly": True, "errorCode": None}, Level.DEBUG, "read"),
    ],
)
def test_level(members: dict[str, Any], expected: Level, access: str | None) -> None:
    """A call that failed warns, one that only reads is a detail."""
    found = fields(call(**members))
    assert (found.level, dict(found.details).get("access")) == (expected, access)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2026-03-02T08:15:01Z", 1_772_439_301_000),
        ("2026-13-02T08:15:01Z", None),
        ("yesterday", None),
        (1_772_439_301, None),
        (None, None),
    ],
)
def test_time(written: Any, expected: int | None) -> None:
    """`eventTime` is ISO 8601; what is no time gives none."""
    record = json.dumps(call(eventTime=written))
    assert fields(record).time == time(record, CLOUDTRAIL) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "{}",
        '["eventName", "eventSource"]',
        '{"eventName": "DeleteCluster"}',
        '{"eventSource": "kafka.amazonaws.com"}',
        ' {"eventName": "X", "eventSource": "kafka.amazonaws.com"}',
        '{"padding": "' + "x" * 10_000 + '", "eventName": "X", "eventSource": "y"}',
    ],
)
def test_no_record(text: str) -> None:
    """A text is a record when it begins as an object that soon names an event's source and name."""
    assert not starts(text, CLOUDTRAIL)
    assert find(text, CLOUDTRAIL) is None
    assert time(text, CLOUDTRAIL) is None


@pytest.mark.parametrize(
    "text",
    [
        '{"eventName": "X", "eventSource": "kafka.amazonaws.com"',
        '{"eventName": "X", "eventSource": "kafka.amazonaws.com"} and more',
        '{"detail": {"eventName": "X", "eventSource": "kafka.amazonaws.com"}}',
        '{"eventName": 7, "eventSource": "kafka.amazonaws.com"}',
        '{"eventName": "X", "eventSource": "y", "nested": ' + "[" * 100_000 + "]" * 100_000 + "}",
    ],
)
def test_record_that_cannot_be_read(text: str) -> None:
    """It is an event of its own, shown as it is, and names no resources."""
    assert starts(text, CLOUDTRAIL)
    assert fields(text) == Fields(format=CLOUDTRAIL, text=text, level=Level.INFO)
    assert level(text, CLOUDTRAIL) is Level.INFO
    assert resources(text) == Resources()


def test_half_a_surrogate_pair_hides_nothing() -> None:
    """A caller chooses its user agent, and cannot make a record unreadable by it."""
    for half in ("\ud83d", "\udc00"):
        record = call(userAgent=half, errorCode="X", requestParameters={"clusterArn": CLUSTER})
        for text in (json.dumps(record), json.dumps(record, ensure_ascii=False)):
            found = fields(text)
            assert found.text == "kim called DeleteCluster on clicks from 192.0.2.7: X"
            assert dict(found.details)["agent"] == half
            assert found.level is level(text, CLOUDTRAIL) is Level.WARN
            assert resources(text) == Resources(clusters=(CLUSTER,))


def test_a_record_continues_nothing() -> None:
    """Every record is an event, and so is what follows one."""
    for other in (DELETE_CLUSTER, "", "\tat com.example.Shop", "}"):
        assert not continues(CREATE_TOPIC, other, CLOUDTRAIL)
        assert not continues(CREATE_TOPIC, other)
    assert not continues("[2026-03-02 08:15:01,007] INFO a (b.c)", CREATE_TOPIC, "kafka")


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.just(CLUSTER),
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.dictionaries(st.text() | st.sampled_from(["enabled", "arn", "brokerIds"]), inner)
    ),
    max_leaves=10,
)
MEMBERS = (
    "userIdentity", "eventTime", "eventSource", "eventName", "awsRegion", "sourceIPAddress",
    "userAgent", "errorCode", "errorMessage", "requestParameters", "responseElements", "requestID",
    "readOnly", "resources", "recipientAccountId",
)  # fmt: skip


@settings(deadline=None)
@given(members=st.dictionaries(st.sampled_from(MEMBERS), values))
def test_members_of_any_type(members: dict[str, Any]) -> None:
    """Nothing in a record breaks it: the line is one line, and level and time agree with it."""
    text = json.dumps(call() | members)
    found = fields(text)
    assert found.format == CLOUDTRAIL
    assert found.text == text or "\n" not in found.text
    assert found.level is level(text, CLOUDTRAIL)
    assert found.time == time(text, CLOUDTRAIL)
    assert all(label and value for label, value in found.details)
    assert isinstance(resources(text), Resources)


@settings(deadline=None)
@given(identity=st.dictionaries(st.sampled_from(("type", "arn", "userName", "invokedBy")), values))
def test_identities_of_any_type(identity: dict[str, Any]) -> None:
    """Whoever made a call, somebody is named."""
    assert " called DeleteCluster" in fields(call(userIdentity=identity)).text


def test_megabytes_are_bounded() -> None:
    """Long values and long lists give a short line."""
    for value in ("x" * 1_000_000, " " * 1_000_000, "arn:aws:kafka:" * 70_000, "%3A" * 300_000):
        request = {"clusterArn": value, "other": [value], value: {"a": value}}
        record = call("X", requestParameters=request, errorCode="Y", errorMessage=value)
        del record["userIdentity"]
        found = fields(record | {"userIdentity": {"userName": value}})
        assert found.level is Level.WARN
        assert len(found.text) < 1_500
        assert isinstance(resources(json.dumps(record)), Resources)
    items = call("X", requestParameters={"items": [{"a": [1] * 9}] * 100_000})
    assert fields(items).text == "kim called X (a 1 1 1 …, a 1 1 1 …, a 1 1 1 …, …) from 192.0.2.7"
