"""The line that tells a CloudTrail record: who called what on which, with what, and the error."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mqtail.events import Level
from mqtail.formats import level
from mqtail.formats.cloudtrail_resources import resources
from tests.formats.support import ACCOUNT, BROKER, CLOUDTRAIL, CLUSTER, call, fields, operations


def on(action: str = "X", response: Any = None, **request: Any) -> str:
    """The line of a call without who made it and from where."""
    text = fields(call(action, requestParameters=request, responseElements=response)).text
    return text.removeprefix("kim called ").removesuffix(" from 192.0.2.7")


IDENTITIES: list[tuple[Any, str | None, str]] = [
    ({"type": "IAMUser", "userName": "kim"}, "kim", "kim"),
    ({"type": "IAMUser", "arn": "arn:aws:iam::1:user/ops/kim"}, "kim", "kim"),
    ({"type": "Root", "accountId": "1", "arn": "arn:aws:iam::1:root"}, "root", "root"),
    (
        {
            "type": "AssumedRole",
            "principalId": "AROAX:i-0a1b",
            "sessionContext": {"sessionIssuer": {"userName": "deploy"}},
        },
        "deploy",
        "deploy/i-0a1b",
    ),
    (
        {"type": "AssumedRole", "sessionContext": {"sessionIssuer": {"userName": "deploy"}}},
        "deploy",
        "deploy (role)",
    ),
    (
        {"type": "AssumedRole", "arn": "arn:aws:sts::1:assumed-role/deploy/botocore-session-17"},
        "deploy/botocore-session-17",
        "deploy/botocore-session-17",
    ),
    (
        {"type": "AssumedRole", "arn": "arn:aws:sts::1:assumed-role/Operators/kim@example.com"},
        "kim@example.com",
        "kim@example.com (Operators)",
    ),
    (
        {
            "type": "AssumedRole",
            "principalId": "AROAX:kim",
            "sessionContext": {
                "sessionIssuer": {"userName": "AWSReservedSSO_Read_Only_0123456789abcdef"}
            },
        },
        "kim",
        "kim (Read_Only)",
    ),
    (
        {"type": "AssumedRole", "principalId": "AROAX:kim@example.com"},
        "kim@example.com",
        "kim@example.com",
    ),
    ({"type": "AssumedRole"}, None, "someone"),
    (
        {"type": "FederatedUser", "arn": "arn:aws:sts::1:federated-user/kim"},
        "kim",
        "kim (federated)",
    ),
    (
        {"type": "AWSService", "invokedBy": "mq.amazonaws.com"},
        "mq.amazonaws.com",
        "mq.amazonaws.com",
    ),
    ({"type": "AWSAccount", "accountId": "444455556666"}, "444455556666", "account 444455556666"),
    (
        {"type": "IdentityCenterUser", "onBehalfOf": {"userId": "544894e8-80c1"}},
        "544894e8-80c1",
        "Identity Center user 544894e8-80c1",
    ),
    ({"type": "SAMLUser", "userName": "kim", "principalId": "x"}, "kim", "kim"),
    ({"type": "Unknown", "principalId": "AIDAX"}, "AIDAX", "AIDAX"),
    ({"accountId": "444455556666"}, "444455556666", "444455556666"),
    ({"type": "IAMUser", "userName": 7}, None, "someone"),
    ({}, None, "someone"),
    ([], None, "someone"),
    ("kim", None, "someone"),
    (None, None, "someone"),
]


@pytest.mark.parametrize(("identity", "user", "phrase"), IDENTITIES)
def test_who(identity: Any, user: str | None, phrase: str) -> None:
    """Every type of identity is named; a person by the name of the session, a program by its role.

    The user stands in the record as it is given, so that a search for it can look there first.
    """
    record = json.dumps(call(userIdentity=identity))
    found = fields(record)
    assert (found.user, found.text) == (user, f"{phrase} called DeleteCluster from 192.0.2.7")
    assert (user or "").casefold() in record.casefold()


def test_absent_identity() -> None:
    """A record can say nothing about who made the call."""
    record = call()
    del record["userIdentity"]
    assert fields(record).text == "someone called DeleteCluster from 192.0.2.7"


def test_call_through_a_service() -> None:
    """A service that made the call for somebody is named, and not once more as the address."""
    identity = {"type": "IAMUser", "userName": "kim", "invokedBy": "mq.amazonaws.com"}
    assert fields(call(userIdentity=identity)).text == (
        "kim called DeleteCluster through mq.amazonaws.com from 192.0.2.7"
    )
    found = fields(call(userIdentity=identity, sourceIPAddress="mq.amazonaws.com"))
    assert found.text == "kim called DeleteCluster through mq.amazonaws.com"
    assert dict(found.details)["through"] == "mq.amazonaws.com"


@pytest.mark.parametrize(
    ("request_", "text"),
    [
        ({"clusterArn": CLUSTER}, "clicks"),
        ({"clusterArn": CLUSTER.replace(":", "%3A").replace("/", "%2F")}, "clicks"),
        ({"clusterArn": CLUSTER.replace(":", "%3a").replace("/", "%2f")}, "clicks"),
        ({"clusterName": "clicks"}, "clicks"),
        ({"clusterArn": CLUSTER, "brokerIds": ["2"]}, "clicks broker 2"),
        ({"clusterArn": CLUSTER, "brokerIds": [1.0, 2.0]}, "clicks brokers 1, 2"),
        ({"clusterArn": CLUSTER, "topicName": "orders"}, "topic orders of clicks"),
        ({"resourceArn": CLUSTER}, "clicks"),
        (
            {"resourceARN": f"{CLUSTER.replace(':cluster', ':group')}/tills/eu"},
            "group tills/eu of clicks",
        ),
        (
            {"resourceARN": f"{CLUSTER.replace(':cluster', ':transactional-id')}/t-1"},
            "transactional id t-1 of clicks",
        ),
        (
            {
                "clusterArn": CLUSTER,
                "vpcConnectionArn": f"arn:aws:kafka:r:1:vpc-connection/{ACCOUNT}/clicks/u-1",
            },
            "vpc connection clicks",
        ),
        ({"arn": "arn:aws:kafka:eu-west-1:1:configuration/tuned/u-1"}, "configuration tuned"),
        ({"brokerName": "orders"}, "orders"),
        ({"broker-id": BROKER}, BROKER),
        ({"brokerId": BROKER}, BROKER),
        ({"broker-id": BROKER, "username": "app"}, f"user app of {BROKER}"),
        ({"userName": "app"}, "user app"),
        ({"configuration-id": "c-0a1b"}, "configuration c-0a1b"),
        ({"configurationId": "c-0a1b"}, "configuration c-0a1b"),
        ({"resource-arn": f"arn:aws:mq:eu-west-1:1:broker:orders:{BROKER}"}, "orders"),
        ({"resource-arn": "arn:aws:mq:eu-west-1:1:configuration:c-0a1b"}, "configuration c-0a1b"),
        ({"name": "tuned"}, "tuned"),
        ({"clusterArn": "not\nan arn"}, "not an arn"),
        ({"clusterArn": "arn:aws:kafka:eu-west-1:1:/v1/clusters"}, "/v1/clusters"),
        ({"clusterArn": "arn:aws:kafka:eu-west-1:1:cluster"}, "cluster"),
    ],
)
def test_on_what(request_: dict[str, Any], text: str) -> None:
    """What a call was made on is told in words, from the request, else from the response."""
    assert on("X", **request_) == f"X on {text}"
    assert on("X", response=request_) == f"X on {text}"
    found = fields(call("X", requestParameters=request_))
    assert dict(found.details)["resource"] == text


def test_resource_of_the_record_or_of_the_error() -> None:
    """Where neither request nor response names anything."""
    listed = [{"type": "AWS::KMS::Key", "ARN": "arn:aws:kms:eu-west-1:1:key/0a1b"}]
    assert fields(call("X", resources=listed)).text == "kim called X on key/0a1b from 192.0.2.7"
    message = f"User: arn:aws:iam::1:user/kim may not X on resource: {CLUSTER}."
    found = fields(call("X", errorCode="AccessDenied", errorMessage=message))
    assert found.text == f"kim called X on clicks from 192.0.2.7: AccessDenied: {message}"


@pytest.mark.parametrize(
    ("request_", "text"),
    [
        ({"targetNumberOfBrokerNodes": 6.0}, "targetNumberOfBrokerNodes 6"),
        (
            {"targetInstanceType": "kafka.m7g.large", "currentVersion": "K3"},
            "targetInstanceType kafka.m7g.large",
        ),
        (
            {"targetBrokerEBSVolumeInfo": [{"kafkaBrokerNodeId": "ALL", "volumeSizeGB": 1_200}]},
            "kafkaBrokerNodeId ALL, volumeSizeGB 1200",
        ),
        (
            {
                "loggingInfo": {
                    "brokerLogs": {
                        "cloudWatchLogs": {"enabled": True, "logGroup": "/msk"},
                        "s3": {"enabled": False},
                    }
                }
            },
            "cloudWatchLogs on, logGroup /msk, s3 off",
        ),
        (
            {"prometheus": {"jmxExporter": {"enabledInBroker": True}}},
            "jmxExporter on",
        ),
        ({"logs": {"audit": True, "general": False}}, "audit on, general off"),
        (
            {
                "configurationInfo": {
                    "arn": "arn:aws:kafka:r:1:configuration/tuned/u",
                    "revision": 2,
                }
            },
            "arn configuration tuned, revision 2",
        ),
        (
            {"secretArnList": ["arn:aws:secretsmanager:r:1:secret:AmazonMSK_a"]},
            "secretArnList secret:AmazonMSK_a",
        ),
        ({"kafkaAPI": "CreatePartitions"}, "kafkaAPI CreatePartitions"),
        ({"tags": {"team": "shop"}}, "team shop"),
        ({"securityGroups": list("abcd")}, "securityGroups a b c …"),
        ({"items": [{"a": 1}, {"a": 2}, {"a": 3}, {"a": 4}]}, "a 1, a 2, a 3, …"),
        ({"ratio": 0.5, "limit": -3}, "ratio 0.5, limit -3"),
    ],
)
def test_with_which_parameters(request_: dict[str, Any], text: str) -> None:
    """What was changed is told in few words."""
    assert on("X", clusterArn=CLUSTER, **request_) == f"X on clicks ({text})"
    found = fields(call("X", requestParameters={"clusterArn": CLUSTER} | request_))
    assert dict(found.details)["parameters"] == text


@pytest.mark.parametrize(
    "request_",
    [
        {"currentVersion": "K3", "clientToken": "t", "maxResults": 10, "nextToken": "n"},
        {"password": "***", "serviceAccountPassword": "x", "data": "PGJyb2tlcj4="},
        {"users": [{"password": "***"}], "secret": "HIDDEN_DUE_TO_SECURITY_REASONS"},
        {"policy": "{}", "serverProperties": "YT1i", "configs": "YT1i"},
        {"kafkaAPI": "Xs", "empty": "", "nothing": None, "none": {}, "no": []},
    ],
)
def test_parameters_that_tell_nothing(request_: dict[str, Any]) -> None:
    """Tokens, secrets and encoded files are left out."""
    assert on("X", clusterArn=CLUSTER, **request_) == "X on clicks"


def test_many_parameters_are_cut() -> None:
    """The line stays one that can be read, and says that there is more."""
    text = on("X", **{f"parameter{number}": "value" for number in range(500)})
    assert text.startswith("X (parameter0 value, parameter1 value, ")
    assert text.endswith(", …)")
    assert len(text) < 200


def test_failed_call() -> None:
    """Its level is WARN, and the line ends with the error, without line breaks and bounded."""
    record = call(errorCode="AccessDeniedException", errorMessage="no\nright " * 100, readOnly=True)
    found = fields(record)
    head = "kim called DeleteCluster from 192.0.2.7: AccessDeniedException: no right no right"
    assert found.text.startswith(head)
    assert found.text.endswith("…")
    assert len(found.text) < 400
    assert found.level is level(json.dumps(record), CLOUDTRAIL) is Level.WARN
    assert dict(found.details)["error"] == "AccessDeniedException"


@pytest.mark.parametrize(
    ("action", "api", "kind"),
    [
        ("DescribeClusterDynamicConfiguration", "DescribeConfigs", "cluster"),
        ("AlterClusterDynamicConfiguration", "IncrementalAlterConfigs", "cluster"),
        ("CreateTopic", "CreateTopics", "topic"),
        ("DescribeTopicDynamicConfiguration", "DescribeConfigs", "topic"),
        ("AlterTopic", "CreatePartitions", "topic"),
        ("AlterTopicDynamicConfiguration", "IncrementalAlterConfigs", "topic"),
        ("DeleteTopic", "DeleteTopics", "topic"),
    ],
)
def test_kafka_actions(action: str, api: str, kind: str) -> None:
    """Those that CloudTrail records of clients with IAM access control (MSK: CloudTrail page)."""
    topic = "/orders" if kind == "topic" else ""
    arn = CLUSTER.replace(":cluster", f":{kind}") + topic
    text = on(action, kafkaAPI=api, resourceARN=arn)
    what = "topic orders of clicks" if topic else "clicks"
    how = "" if api.startswith(action) else f" (kafkaAPI {api})"
    assert text == f"{action} on {what}{how}"
    record = json.dumps(call(action, requestParameters={"resourceARN": arn}))
    assert resources(record).clusters == (CLUSTER,)


WITHOUT_RESOURCE = {
    "DescribeBrokerEngineTypes", "DescribeBrokerInstanceOptions",
    "ListBrokers", "ListClusters", "ListClustersV2", "ListConfigurations", "ListKafkaVersions",
    "ListReplicators", "ListVpcConnections",
}  # fmt: skip
"""Operations that need not be called on anything."""


@pytest.mark.parametrize("service", ["kafka", "mq"])
def test_every_operation_reads_well(service: str) -> None:
    """Whatever the services can be asked for, with all parameters and with none."""
    for action, request in operations(service).items():
        for parameters in (request, {}, None):
            text = fields(call(action, requestParameters=parameters)).text
            assert text.startswith(f"kim called {action}")
            assert text.endswith(" from 192.0.2.7")
            assert not any(part in text for part in ("None", "{", "}", "[", "'", "\n", "()"))
            assert len(text) < 400
        text = fields(call(action, requestParameters=request)).text
        assert (" on " in text) is (action not in WITHOUT_RESOURCE), text
