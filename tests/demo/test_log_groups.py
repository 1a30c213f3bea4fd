"""Log groups, streams, delivery and resource policies."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from mqtail.demo.calls import ServiceError
from mqtail.demo.logs_service import LogsService

Ask = Callable[..., dict[str, Any]]

NOW = 1_795_219_200_000
HOUR, DAY = 3_600_000, 86_400_000
ARN = "arn:aws:logs:us-east-1:111122223333:log-group:"


def groups(answer: dict[str, Any]) -> list[str]:
    """Names of log groups."""
    return [group["logGroupName"] for group in answer["logGroups"]]


def test_groups_are_listed_in_ascii_order_in_pages(service: LogsService, ask: Ask) -> None:
    """Upper case before lower case; at most 50 a page."""
    names = [f"/app/{n:03d}" for n in range(60)] + ["/Zoo", "/app"]
    for name in reversed(names):
        service.create_group(name)
    first = ask("DescribeLogGroups")
    second = ask("DescribeLogGroups", nextToken=first["nextToken"])
    assert len(first["logGroups"]) == 50
    assert groups(first) + groups(second) == sorted(names)
    assert "nextToken" not in second


def test_groups_are_found_by_prefix_pattern_identifier_and_class(
    service: LogsService, ask: Ask
) -> None:
    """A pattern is a part of the name with its case, and gives three members only."""
    for name in (
        "/aws/amazonmq/broker/b-1/general",
        "/aws/amazonmq/broker/b-1/audit",
        "/aws/lambda",
    ):
        service.create_group(name)
    service.create_group("/rare", log_group_class="INFREQUENT_ACCESS", retention_in_days=7)
    assert len(groups(ask("DescribeLogGroups", logGroupNamePrefix="/aws/amazonmq/"))) == 2
    (found,) = ask("DescribeLogGroups", logGroupNamePattern="ambda")["logGroups"]
    assert found == {
        "logGroupName": "/aws/lambda",
        "creationTime": NOW,
        "arn": ARN + "/aws/lambda:*",
    }
    assert groups(ask("DescribeLogGroups", logGroupNamePattern="Lambda")) == []
    both = ["/aws/lambda", ARN + "/rare"]
    assert groups(ask("DescribeLogGroups", logGroupIdentifiers=both)) == ["/aws/lambda", "/rare"]
    (rare,) = ask("DescribeLogGroups", logGroupClass="INFREQUENT_ACCESS")["logGroups"]
    assert (rare["logGroupArn"], rare["arn"]) == (ARN + "/rare", ARN + "/rare:*")
    assert rare["retentionInDays"] == 7


def test_streams_are_listed_by_name_or_by_last_event(service: LogsService, ask: Ask) -> None:
    """Either way round, in pages, by prefix."""
    for n, stream in enumerate(("b", "a", "c")):
        service.put("/g", stream, [(NOW + n, "x")])
    service.create_stream("/g", "empty")

    def names(**parameters: Any) -> list[str]:
        streams = ask("DescribeLogStreams", logGroupName="/g", **parameters)["logStreams"]
        return [stream["logStreamName"] for stream in streams]

    assert names() == ["a", "b", "c", "empty"]
    assert names(descending=True, limit=2) == ["empty", "c"]
    assert names(orderBy="LastEventTime", descending=True) == ["c", "a", "b", "empty"]
    assert names(logStreamNamePrefix="e") == ["empty"]
    first = ask("DescribeLogStreams", logGroupName="/g", limit=3)
    assert names(limit=3, nextToken=first["nextToken"]) == ["empty"]
    stream, *_, empty = ask("DescribeLogStreams", logGroupIdentifier=ARN + "/g")["logStreams"]
    assert stream["lastEventTimestamp"] == NOW + 1
    assert stream["lastIngestionTime"] == NOW
    assert stream["storedBytes"] == 0
    assert "firstEventTimestamp" not in empty


@pytest.mark.parametrize(
    ("operation", "parameters", "code"),
    [
        (
            "DescribeLogGroups",
            {"logGroupNamePrefix": "/a", "logGroupNamePattern": "a"},
            "InvalidParameterException",
        ),
        (
            "DescribeLogGroups",
            {"logGroupIdentifiers": ["/a"], "logGroupNamePrefix": "/"},
            "InvalidParameterException",
        ),
        ("DescribeLogGroups", {"accountIdentifiers": ["1"]}, "InvalidParameterException"),
        ("DescribeLogGroups", {"limit": 51}, "InvalidParameterException"),
        ("DescribeLogGroups", {"nextToken": "x"}, "InvalidParameterException"),
        ("DescribeLogStreams", {"logGroupName": "/no"}, "ResourceNotFoundException"),
        ("DescribeLogStreams", {}, "InvalidParameterException"),
        (
            "DescribeLogStreams",
            {"logGroupName": "/g", "orderBy": "LastEventTime", "logStreamNamePrefix": "a"},
            "InvalidParameterException",
        ),
        ("CreateLogGroup", {"logGroupName": "/g"}, "ResourceAlreadyExistsException"),
        (
            "CreateLogStream",
            {"logGroupName": "/no", "logStreamName": "s"},
            "ResourceNotFoundException",
        ),
        (
            "DeleteLogStream",
            {"logGroupName": "/g", "logStreamName": "s"},
            "ResourceNotFoundException",
        ),
        (
            "PutRetentionPolicy",
            {"logGroupName": "/g", "retentionInDays": 2},
            "InvalidParameterException",
        ),
        ("DeleteResourcePolicy", {"policyName": "none"}, "ResourceNotFoundException"),
        ("DescribeResourcePolicies", {"policyScope": "RESOURCE"}, "InvalidParameterException"),
        ("DescribeResourcePolicies", {"resourceArn": "x"}, "InvalidParameterException"),
        (
            "PutResourcePolicy",
            {"policyName": "p", "policyDocument": "{"},
            "InvalidParameterException",
        ),
        ("StartQuery", {}, "UnknownOperationException"),
    ],
)
def test_refused(
    service: LogsService, ask: Ask, operation: str, parameters: dict[str, Any], code: str
) -> None:
    """Errors have AWS's codes."""
    service.create_group("/g")
    with pytest.raises(ServiceError) as raised:
        ask(operation, **parameters)
    assert raised.value.code == code


def test_a_group_is_made_fed_and_removed(ask: Ask) -> None:
    """What an ordinary client does."""
    ask("CreateLogGroup", logGroupName="/g", deletionProtectionEnabled=True)
    ask("CreateLogStream", logGroupName="/g", logStreamName="s")
    with pytest.raises(ServiceError, match="ResourceAlreadyExistsException"):
        ask("CreateLogStream", logGroupName="/g", logStreamName="s")
    ask("PutRetentionPolicy", logGroupName="/g", retentionInDays=14)
    events = [{"timestamp": NOW, "message": "x"}]
    ask("PutLogEvents", logGroupName="/g", logStreamName="s", logEvents=events)
    assert len(ask("FilterLogEvents", logGroupName="/g")["events"]) == 1
    ask("DeleteLogStream", logGroupName="/g", logStreamName="s")
    assert ask("FilterLogEvents", logGroupName="/g")["events"] == []
    with pytest.raises(ServiceError, match="protected"):
        ask("DeleteLogGroup", logGroupName="/g")
    ask("CreateLogGroup", logGroupName="/free")
    ask("DeleteLogGroup", logGroupName="/free")
    assert groups(ask("DescribeLogGroups")) == ["/g"]


def test_old_and_future_events_are_rejected(service: LogsService, ask: Ask) -> None:
    """Too old, too far ahead or past the retention; the rest of the batch is taken."""
    service.create_stream("/g", "s")

    def put(*times: int) -> dict[str, Any]:
        events = [{"timestamp": time, "message": str(time)} for time in times]
        return ask("PutLogEvents", logGroupName="/g", logStreamName="s", logEvents=events)

    assert "rejectedLogEventsInfo" not in put(NOW - 1, NOW, NOW + 2 * HOUR)
    assert put(NOW - 14 * DAY - 1, NOW - 14 * DAY)["rejectedLogEventsInfo"] == {
        "tooOldLogEventEndIndex": 1
    }
    assert put(NOW, NOW + 2 * HOUR + 1)["rejectedLogEventsInfo"] == {"tooNewLogEventStartIndex": 1}
    times = [event.timestamp for event in service.events("/g")]
    assert times == [NOW - 14 * DAY, NOW - 1, NOW, NOW, NOW + 2 * HOUR]
    ask("PutRetentionPolicy", logGroupName="/g", retentionInDays=1)
    assert put(NOW - DAY - 1, NOW)["rejectedLogEventsInfo"] == {"expiredLogEventEndIndex": 1}
    times = [event.timestamp for event in service.events("/g")]
    assert times == [NOW - 1, NOW, NOW, NOW, NOW + 2 * HOUR]


@pytest.mark.parametrize(
    "events",
    [
        [(NOW, "second"), (NOW - 1, "first")],
        [(NOW - DAY - 1, "x"), (NOW, "x")],
        [(NOW, "x" * 1_048_551)],
        [(NOW, "x" * 600_000), (NOW, "x" * 600_000)],
        [(NOW, "")],
        [],
    ],
)
def test_batches_that_are_refused(
    service: LogsService, ask: Ask, events: list[tuple[int, str]]
) -> None:
    """Out of order, over a day long, too large, or with nothing in it."""
    service.create_stream("/g", "s")
    batch = [{"timestamp": time, "message": message} for time, message in events]
    with pytest.raises(ServiceError, match="InvalidParameterException"):
        ask("PutLogEvents", logGroupName="/g", logStreamName="s", logEvents=batch)
    assert service.events("/g") == []


POLICY = json.dumps({"Version": "2012-10-17", "Statement": []})


def test_account_policies(ask: Ask) -> None:
    """At most ten; the scope ACCOUNT is the default."""
    for n in range(10):
        ask("PutResourcePolicy", policyName=f"p{n}", policyDocument=POLICY)
    with pytest.raises(ServiceError, match="LimitExceededException"):
        ask("PutResourcePolicy", policyName="p10", policyDocument=POLICY)
    ask("PutResourcePolicy", policyName="p9", policyDocument=POLICY)
    ask("DeleteResourcePolicy", policyName="p0")
    page = ask("DescribeResourcePolicies", limit=5)
    rest = ask("DescribeResourcePolicies", limit=5, nextToken=page["nextToken"])
    policies = page["resourcePolicies"] + rest["resourcePolicies"]
    assert [policy["policyName"] for policy in policies] == [f"p{n}" for n in range(1, 10)]
    assert {policy["policyScope"] for policy in policies} == {"ACCOUNT"}


def test_a_group_has_a_policy_of_its_own(service: LogsService, ask: Ask) -> None:
    """Found by scope and ARN only, and changed with the revision that it has."""
    service.create_group("/g")
    put = ask("PutResourcePolicy", resourceArn=ARN + "/g", policyDocument=POLICY)
    assert ask("DescribeResourcePolicies")["resourcePolicies"] == []
    own = {"policyScope": "RESOURCE", "resourceArn": ARN + "/g:*"}
    (policy,) = ask("DescribeResourcePolicies", **own)["resourcePolicies"]
    assert (policy["policyScope"], policy["revisionId"]) == ("RESOURCE", put["revisionId"])
    with pytest.raises(ServiceError, match="expectedRevisionId"):
        ask("DeleteResourcePolicy", resourceArn=ARN + "/g", expectedRevisionId="other")
    revision = put["revisionId"]
    ask("DeleteResourcePolicy", resourceArn=ARN + "/g", expectedRevisionId=revision)
    assert ask("DescribeResourcePolicies", **own)["resourcePolicies"] == []
