"""Amazon MSK as real clients see it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from botocore.model import OperationModel, Shape

from mqtail.demo import faults
from mqtail.demo.calls import Call
from mqtail.demo.kafka_clusters import Authentication, Cluster, Destinations
from mqtail.demo.kafka_service import KafkaService
from mqtail.demo.server import EmbeddedAws
from tests.demo.conftest import NOW, Clock, Connect

if TYPE_CHECKING:
    from types_aiobotocore_kafka import KafkaClient

ARN = "arn:aws:kafka:us-east-1:111122223333:cluster/"


def logging_of(service: KafkaService, cluster: Cluster) -> dict[str, Any]:
    """What the description of a cluster says of its logging; empty where it says nothing."""
    call = Call("kafka", "DescribeClusterV2", {"clusterArn": cluster.arn}, NOW, "us-east-1", "k")
    told: dict[str, Any] = service.answer(call)["clusterInfo"]["provisioned"].get("loggingInfo", {})
    return told


async def refused(call: Any) -> tuple[str, int, str]:
    """Code, status and message of the error that a call ends with."""
    with pytest.raises(ClientError) as raised:
        await call
    error = raised.value.response
    code, message = error["Error"]["Code"], error["Error"]["Message"]
    return code, error["ResponseMetadata"]["HTTPStatusCode"], message


def test_answers_fit_the_models(
    clock: Clock,
    operation_model: Callable[[str, str], OperationModel],
    check_shape: Callable[[Shape | None, Any], None],
) -> None:
    """Of every operation, for clusters of each type."""
    service = KafkaService(clock, "111122223333", "us-east-1")
    authorizer = Destinations("/authorizer", disabled={"s3"})
    every = ("group", ("bucket", "prefix"), "stream")
    full = service.add_cluster(
        "full", cloudwatch=every[0], s3=every[1], firehose=every[2], authorizer=authorizer
    )
    service.add_cluster("plain", express=True, state="REBOOTING_BROKER")
    serverless = service.add_cluster("serverless", type="SERVERLESS")
    for operation, parameters in (
        ("ListClustersV2", {"maxResults": "2"}),
        ("ListClusters", {}),
        ("DescribeClusterV2", {"clusterArn": full.arn}),
        ("DescribeClusterV2", {"clusterArn": serverless.arn}),
        ("DescribeCluster", {"clusterArn": full.arn}),
        ("ListNodes", {"clusterArn": full.arn, "maxResults": "2"}),
    ):
        answer = service.answer(Call("kafka", operation, parameters, NOW, "us-east-1", "key"))
        check_shape(operation_model("kafka", operation).output_shape, answer)


async def test_clusters_are_listed_in_pages(aws: EmbeddedAws, kafka: KafkaClient) -> None:
    """The name filter is a prefix; the first version of the API has no serverless clusters."""
    for n in range(5):
        aws.kafka.add_cluster(f"orders-{n}")
    aws.kafka.add_cluster("my-orders")
    aws.kafka.add_cluster("orders-s", type="SERVERLESS")
    aws.kafka.add_cluster("orders-far", region="eu-west-1")

    async def listed(operation: str, **parameters: Any) -> list[list[str]]:
        pages = kafka.get_paginator(operation).paginate(**parameters)  # type: ignore[call-overload]
        return [[c["ClusterName"] for c in page["ClusterInfoList"]] async for page in pages]

    names = [f"orders-{n}" for n in range(5)]
    size = {"PageSize": 3}
    assert await listed("list_clusters_v2") == [["my-orders", *names, "orders-s"]]
    wanted = {"ClusterNameFilter": "orders", "PaginationConfig": size}
    assert await listed("list_clusters_v2", **wanted) == [names[:3], [*names[3:], "orders-s"]]
    assert await listed("list_clusters", **wanted) == [names[:3], names[3:]]
    assert await listed("list_clusters_v2", ClusterTypeFilter="SERVERLESS") == [["orders-s"]]
    call = kafka.list_clusters_v2(NextToken="x")
    assert (await refused(call))[:2] == ("BadRequestException", 400)
    call = kafka.list_clusters_v2(MaxResults=101)
    assert (await refused(call))[:2] == ("BadRequestException", 400)


async def test_a_cluster_and_its_destinations(aws: EmbeddedAws, kafka: KafkaClient) -> None:
    """ARNs come encoded in the path; destinations as they were set."""
    cluster = aws.kafka.add_cluster(
        "clicks",
        cloudwatch="/aws/msk/clicks",
        s3=("logs", "msk"),
        firehose="stream",
        disabled={"firehose"},
    )
    assert cluster.arn == f"{ARN}clicks/{cluster.uuid}-4"
    told = (await kafka.describe_cluster_v2(ClusterArn=cluster.arn))["ClusterInfo"]
    assert (told["ClusterArn"], told["ClusterType"]) == (cluster.arn, "PROVISIONED")
    assert told["Provisioned"]["LoggingInfo"] == {
        "BrokerLogs": {
            "CloudWatchLogs": {"Enabled": True, "LogGroup": "/aws/msk/clicks"},
            "Firehose": {"Enabled": False, "DeliveryStream": "stream"},
            "S3": {"Enabled": True, "Bucket": "logs", "Prefix": "msk"},
        }
    }
    old = (await kafka.describe_cluster(ClusterArn=cluster.arn))["ClusterInfo"]
    assert old["LoggingInfo"] == told["Provisioned"]["LoggingInfo"]
    assert aws.calls[-1].parameters["clusterArn"] == cluster.arn


def test_logging_that_is_configured_in_part(clock: Clock) -> None:
    """Nothing, one that is off, and authorizer logs alone."""
    service = KafkaService(clock, "111122223333", "us-east-1")
    assert logging_of(service, service.add_cluster("none")) == {}
    off = service.add_cluster("off", disabled={"s3", "cloudwatch", "firehose"})
    assert logging_of(service, off)["brokerLogs"] == {
        "cloudWatchLogs": {"enabled": False},
        "firehose": {"enabled": False},
        "s3": {"enabled": False},
    }
    only = service.add_cluster("authorizer", authorizer=Destinations(firehose="stream"))
    assert logging_of(service, only) == {
        "brokerLogs": {},
        "authorizerLogs": {"firehose": {"enabled": True, "deliveryStream": "stream"}},
    }


async def test_express_and_serverless(aws: EmbeddedAws, kafka: KafkaClient) -> None:
    """Told by the instance type; a serverless cluster has neither brokers nor logging."""
    express = aws.kafka.add_cluster("express", express=True)
    told = (await kafka.describe_cluster_v2(ClusterArn=express.arn))["ClusterInfo"]
    group = told["Provisioned"]["BrokerNodeGroupInfo"]
    assert group["InstanceType"] == "express.m7g.large"
    assert "LoggingInfo" not in told["Provisioned"]
    serverless = aws.kafka.add_cluster("serverless", type="SERVERLESS")
    told = (await kafka.describe_cluster_v2(ClusterArn=serverless.arn))["ClusterInfo"]
    assert "Provisioned" not in told
    assert told["Serverless"]["VpcConfigs"]
    for call in (
        kafka.describe_cluster(ClusterArn=serverless.arn),
        kafka.list_nodes(ClusterArn=serverless.arn),
    ):
        assert (await refused(call))[:2] == ("BadRequestException", 400)


async def test_nodes_have_numbers_with_a_fraction(aws: EmbeddedAws, kafka: KafkaClient) -> None:
    """BrokerId is a double in AWS's model."""
    cluster = aws.kafka.add_cluster("clicks", brokers=4)
    pages = kafka.get_paginator("list_nodes").paginate(
        ClusterArn=cluster.arn, PaginationConfig={"PageSize": 3}
    )
    found = [[n["BrokerNodeInfo"] for n in page["NodeInfoList"]] async for page in pages]
    assert [[node["BrokerId"] for node in page] for page in found] == [[1.0, 2.0, 3.0], [4.0]]
    assert found[0][1]["Endpoints"][0].startswith("b-2.clicks.")


async def test_what_is_not_there_or_no_arn(aws: EmbeddedAws, kafka: KafkaClient) -> None:
    """Also when it was taken away."""
    cluster = aws.kafka.add_cluster("clicks")
    aws.kafka.remove_cluster(cluster)
    call = kafka.describe_cluster_v2(ClusterArn=cluster.arn)
    assert (await refused(call))[:2] == ("NotFoundException", 404)
    call = kafka.describe_cluster_v2(ClusterArn="clicks")
    assert (await refused(call))[:2] == ("BadRequestException", 400)


async def test_denied_and_throttled(aws: EmbeddedAws, kafka: KafkaClient, connect: Connect) -> None:
    """With the status and codes of REST-JSON; a list names the path as its resource."""
    cluster = aws.kafka.add_cluster("clicks")
    aws.faults.add(faults.AccessDenied(), service="kafka", times=2)
    code, status, message = await refused(kafka.list_clusters_v2())
    assert (code, status) == ("AccessDeniedException", 403)
    assert (
        "is not authorized to perform: kafka:ListClustersV2 on resource:"
        " arn:aws:kafka:us-east-1:111122223333:/api/v2/clusters because"
    ) in message
    message = (await refused(kafka.describe_cluster_v2(ClusterArn=cluster.arn)))[2]
    assert f"on resource: {cluster.arn} because" in message
    aws.faults.add(faults.Throttle(), service="kafka")
    assert (await refused(kafka.list_clusters_v2()))[:2] == ("TooManyRequestsException", 429)
    far = await connect("mq")
    assert (await far.list_brokers())["BrokerSummaries"] == []


def test_names_in_the_destinations(clock: Clock) -> None:
    """The key layout of broker logs in S3; a log stream has the broker's id in its name."""
    service = KafkaService(clock, "111122223333", "us-east-1")
    bare = service.add_cluster("clicks", s3=("logs", ""))
    assert bare.object_key(2, NOW + 17 * 3_600_000 + 305_000, "5b17f696") == (
        f"AWSLogs/111122223333/KafkaBrokerLogs/us-east-1/clicks-{bare.uuid}-4"
        "/2026-11-21-17/Broker-2_17-05_5b17f696.log.gz"
    )
    below = service.add_cluster("other", s3=("logs", "msk/eu"))
    assert below.object_key(1, NOW, "00000000").startswith("msk/eu/AWSLogs/")
    assert bare.log_stream(2) == f"clicks-{bare.uuid}-Broker-2"


async def test_authentication_is_told_and_changed(aws: EmbeddedAws, kafka: KafkaClient) -> None:
    """In both versions of the API; what a call does not name stays."""
    cluster = aws.kafka.add_cluster("orders", authentication=Authentication(False, scram=True))

    async def told() -> Any:
        two = (await kafka.describe_cluster_v2(ClusterArn=cluster.arn))["ClusterInfo"]
        one = (await kafka.describe_cluster(ClusterArn=cluster.arn))["ClusterInfo"]
        assert two["Provisioned"]["ClientAuthentication"] == one["ClientAuthentication"]
        assert one["EncryptionInfo"]["EncryptionInTransit"]["ClientBroker"] == "TLS"
        assert two["CurrentVersion"] == one["CurrentVersion"]
        return one["ClientAuthentication"]

    off, on = {"Enabled": False}, {"Enabled": True}
    sasl = {"Iam": off, "Scram": on}
    assert await told() == {"Sasl": sasl, "Tls": off, "Unauthenticated": off}
    answer = await kafka.update_security(
        ClusterArn=cluster.arn,
        CurrentVersion=cluster.current_version,
        ClientAuthentication={"Sasl": {"Iam": {"Enabled": True}}, "Tls": {"Enabled": True}},
    )
    assert ":cluster-operation/orders/" in answer["ClusterOperationArn"]
    sasl = {"Iam": on, "Scram": on}
    assert await told() == {"Sasl": sasl, "Tls": on, "Unauthenticated": off}


async def test_monitoring_is_changed(aws: EmbeddedAws, kafka: KafkaClient) -> None:
    """By who knows the version of the settings, which is another one afterwards."""
    cluster = aws.kafka.add_cluster("orders")
    first = cluster.current_version
    group = {"Enabled": True, "LogGroup": "/msk/orders"}
    brokers = {"CloudWatchLogs": group, "S3": {"Enabled": False, "Bucket": "b", "Prefix": "p"}}
    change: dict[str, Any] = {
        "ClusterArn": cluster.arn,
        "CurrentVersion": first,
        "EnhancedMonitoring": "PER_BROKER",
        "LoggingInfo": {
            "BrokerLogs": brokers,
            "AuthorizerLogs": {"CloudWatchLogs": group},
        },
    }
    await kafka.update_monitoring(**change)
    info = (await kafka.describe_cluster_v2(ClusterArn=cluster.arn))["ClusterInfo"]
    assert info["CurrentVersion"] == cluster.current_version != first
    assert info["Provisioned"]["EnhancedMonitoring"] == "PER_BROKER"
    assert info["Provisioned"]["LoggingInfo"] == change["LoggingInfo"]
    found = await refused(kafka.update_monitoring(**change))
    assert found[:2] == ("BadRequestException", 400)
    change["CurrentVersion"] = cluster.current_version
    unnamed: dict[str, Any] = {"LoggingInfo": {"BrokerLogs": {"S3": {"Enabled": True}}}}
    found = await refused(kafka.update_monitoring(**change | unnamed))
    assert found[:2] == ("BadRequestException", 400)
    cluster.state = "UPDATING"
    found = await refused(kafka.update_monitoring(**change))
    assert "UPDATING" in found[2]
    serverless = aws.kafka.add_cluster("less", type="SERVERLESS")
    found = await refused(kafka.update_monitoring(**change | {"ClusterArn": serverless.arn}))
    assert "serverless" in found[2]


async def test_changes_are_in_the_event_history(aws: EmbeddedAws, kafka: KafkaClient) -> None:
    """The cluster's ARN as it stands in the path of the request."""
    cluster = aws.kafka.add_cluster("orders")
    await kafka.update_monitoring(ClusterArn=cluster.arn, CurrentVersion=cluster.current_version)
    (record,) = aws.cloudtrail.records()
    assert (record["eventSource"], record["eventName"]) == (
        "kafka.amazonaws.com",
        "UpdateMonitoring",
    )
    assert record["requestParameters"]["clusterArn"].startswith("arn%3Aaws%3Akafka%3A")
    assert record["responseElements"]["clusterArn"] == cluster.arn
    assert record["userIdentity"]["userName"] == "demo"
